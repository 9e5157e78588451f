"""`run.py study tunes`: a page of scores, docs/tunes.md: first tunes of seeds 1, 2, 3 ... with nothing picked.

The patches take turns. Every tune is composed as it is played, engraved, written as ABC and counted; how to hear it
is a command. What a musician says of it stands in docs/tunes.toml, which is his: this only ever adds entries for
tunes that have none yet, behind what is there, and changes nothing that is written.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from instrument.files.patch import Patch, find
from instrument.music.scores.score import abc_text
from instrument.music.sounds.compass import printed_octave
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.tune.loader import load_memory
from instrument.workshop.evaluate.as_played import play_set
from instrument.workshop.form.rows import form
from instrument.workshop.tune_studies.staff_svg import score_svg

Say = Callable[[str], None]
COUNTED = (
    ("bar5_is_bar1", "bar 5 is bar 1 again in {} of {} eights"),
    ("part_ends_on_tonic", "{} of {} parts end on the tonic"),
    ("tonic_rests_in_bar8", "{} of {} bars that rest on the tonic are a bar 8"),
)
HEAD = """# {last} tunes

The first tunes of the sets of seeds 1 to {last}, as the instrument plays them with nothing changed and nothing picked.
A dark shade lies over a bar that says an earlier one again, a light one where it nearly does. The scores as ABC are in
[tunes.abc](tunes.abc). What is said of each is a listener's, in [tunes.toml](tunes.toml). Made by `{command}`.
"""
NOT_YET = "*Nobody has said yet what is good in it and what is not.*"
STALE = "*(said of an earlier tune of this seed)* "
MANUAL = """# What a listener says of each tune in tunes.md: a sentence on what is good and what is not.
# `of` is the tune's mark: where the weights change, so does the tune, and the page says that the sentence is older.
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A tune of the page. name: "reel-1"; mark: of its tokens; tokens: `M:` and `K:` first, without `</s>`."""

    name: str
    patch: Patch
    seed: int
    tokens: tuple[str, ...]

    @property
    def mark(self) -> str:
        return hashlib.sha256(" ".join(self.tokens).encode()).hexdigest()[:8]

    @property
    def octave(self) -> int:
        """Octaves above the tokens at which the patch's instrument reads the tune."""
        voice = self.patch.voices["melody"]
        return printed_octave(self.patch.snapshot().key, voice.octave, voice.range)

    @property
    def title(self) -> str:
        return f"{self.patch.name.capitalize()}, seed {self.seed}"


def study_tunes(patches: Sequence[str], seeds: int, out: Path, weights: Path | None, command: str, say: Say) -> None:
    """Write OUT/tunes.md, tunes.abc, tunes.toml and pictures/tunes/*.svg. Raises ValueError, OSError.

    command: as it was called, for the page. blocks: seconds a tune.
    """
    said = sentences(out / "tunes.toml")
    memory = load_memory(ModelChoice(weights, "cpu"))
    tunes = []
    for seed in range(1, seeds + 1):
        patch = find(patches[(seed - 1) % len(patches)])
        tokens = tuple(t for t in play_set(memory, patch, seed, 1)[0].tokens if t != "</s>")
        tunes.append(Picture(f"{patch.name}-{seed}", patch, seed, tokens))
        say(f"{tunes[-1].title}: {' '.join(tokens)}")
    for path in write(tunes, said, out, command):
        say(str(path))


def sentences(path: Path) -> dict[str, dict[str, str]]:
    """What is said so far, by name of tune. Raises ValueError, one line, for a file that cannot be read as TOML."""
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: is not TOML: {error}; mend it first: nothing was written") from None
    return {name: {key: str(value) for key, value in entry.items()} for name, entry in found.items() if entry}


def write(tunes: Sequence[Picture], said: Mapping[str, Mapping[str, str]], out: Path, command: str) -> Iterator[Path]:
    """The files, one by one. Pictures of tunes that are no longer on the page go."""
    pictures = out / "pictures" / "tunes"
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.svg"):
        if old.stem not in {tune.name for tune in tunes}:
            old.unlink()
    for tune in tunes:
        path = pictures / f"{tune.name}.svg"
        path.write_text(score_svg(tune.tokens, tune.patch.snapshot().key, tune.octave), encoding="utf-8")
        yield path
    (out / "tunes.abc").write_text("\n".join(_abc(tune, n) for n, tune in enumerate(tunes, 1)), encoding="utf-8")
    yield out / "tunes.abc"
    _add(out / "tunes.toml", tunes, said)
    yield out / "tunes.toml"
    head = HEAD.format(last=len(tunes), command=command)
    page = [head, *(_section(tune, said.get(tune.name, {})) for tune in tunes)]
    (out / "tunes.md").write_text("\n".join(page), encoding="utf-8")
    yield out / "tunes.md"


def _abc(tune: Picture, number: int) -> str:
    snapshot = tune.patch.snapshot()
    return abc_text(tune.tokens, tune.title, snapshot.key, number, snapshot.number("clock.bpm"), tune.octave)


def _add(path: Path, tunes: Sequence[Picture], said: Mapping[str, Mapping[str, str]]) -> None:
    """Entries for tunes that have none, behind what stands there; where nothing is said yet, the mark of the tune."""
    text = path.read_text(encoding="utf-8") if path.exists() else MANUAL
    for tune in tunes:
        if tune.name not in said:
            text = f"{text.rstrip()}\n\n{_entry(tune.name, tune.mark)}\n"
        elif not said[tune.name].get("says", ""):
            text = text.replace(_entry(tune.name, said[tune.name].get("of", "")), _entry(tune.name, tune.mark))
    path.write_text(text, encoding="utf-8")


def _entry(name: str, mark: str) -> str:
    return f'[{name}]\nof = "{mark}"\nsays = ""'


def _section(tune: Picture, said: Mapping[str, str]) -> str:
    snapshot = tune.patch.snapshot()
    words = said.get("says", "").strip() or NOT_YET
    if words != NOT_YET and said.get("of") != tune.mark:
        words = STALE + words
    return f"""## {tune.title}: {snapshot.key}, {snapshot.meter}

![{tune.title}](pictures/tunes/{tune.name}.svg)

{words}

{counted(tune.tokens)} Hear it: `lilt {tune.patch.name} --seed {tune.seed}`, or without a sound card
`python run.py render {tune.patch.name} --seed {tune.seed}`.
"""


def counted(tokens: Sequence[str]) -> str:
    """A tune's form in a sentence."""
    found = form(tokens)
    told = [
        text.format(*(f"{number:g}" for number in found.counts[name])) for name, text in COUNTED
        if found.counts[name][1]
    ]  # fmt: skip
    return f"{found.bars} bars" + (f": {'; '.join(told)}." if told else ".")
