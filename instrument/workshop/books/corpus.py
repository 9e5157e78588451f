"""The tunes the folk model learns from: what pip brings, and any ABC a user names.

music21's corpus holds O'Neill's Music of Ireland, Ryan's Mammoth Collection, Aird's Airs, some reels of
the Nottingham collection and two books of miscellany, as ABC files; only the files are read, music21 is
never imported. Every tune that is left out has a reason, and the reasons are counted.
"""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from instrument.music.abc.parse import Refused, Score, decoded, read, tunes
from instrument.music.analysis.tonic import judged, with_tonic
from instrument.music.dances.dance import dance_named, dance_of_rhythm
from instrument.music.play_order import order
from instrument.music.tokens.bars import Misspelt, Tune, miscounted, read_tune
from instrument.music.tokens.encode import tokens
from instrument.workshop.books.books import BOOKS, book_of


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """What is known of a tune besides its notes. dance: one of `instrument.music.dances.dance.DANCES`

    by: what the dance was told by: "R:", "section" (of the printed book), "title", or "rhythm"
    tagged: its key as the file gives it, where another tonic was believed; "" otherwise
    """

    title: str
    dance: str
    by: str
    tagged: str = ""


@dataclass(slots=True)
class Corpus:
    """Corpus of training tunes. tunes: (name, tokens) in reading order; a name is "folder/file X:number".

    refused: (name, reason) of every tune left out; dropped: signs that were not kept, counted.
    told: title, dance and so on, by name
    """

    tunes: list[tuple[str, list[str]]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    told: dict[str, CorpusReport] = field(default_factory=dict)

    def reasons(self, file: str = "") -> Counter[str]:
        """Why tunes were left out, counted; of the one file ("folder/file") where it is named."""
        return Counter(reason for name, reason in self.refused if not file or name.startswith(file + " "))


def music21_folder() -> Path:
    """Where pip put music21's corpus. Raises FileNotFoundError with the mend."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("music21 is not installed; pip install -e .[train] brings its corpus")
    return Path(spec.origin).parent / "corpus"


def default_files() -> list[Path]:
    base = music21_folder()
    return [path for name in BOOKS for path in sorted((base / name).glob("*.abc"))]


def named_files(paths: Iterable[Path]) -> Iterator[Path]:
    """ABC files the user names; folders are searched through for files whose names end in .abc, in any case.

    Raises FileNotFoundError.
    """
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() == ".abc" and p.is_file())
        elif path.exists():
            yield path
        else:
            raise FileNotFoundError(f"no ABC file or folder at {path}")


def gather(files: Iterable[Path], known: Iterable[str], checked: Iterable[Path] = ()) -> Corpus:
    """Read every tune of the files whose bars add up and whose tokens are in `known`.

    checked: those of the files whose keys are looked at: a tune in a mode that its last notes and its scale speak
    against is read in the one they speak for, or left out. The books are read as their editors tagged them.
    Exact copies are kept once. Deterministic: the same files give the same corpus in the same order.
    """
    corpus, allowed, seen, doubted = Corpus(), set(known), set[tuple[str, ...]](), set(checked)
    names: Counter[str] = Counter()
    for path in files:
        for text in tunes(decoded(path.read_bytes())):
            name = _named(path, text, names)
            try:
                score = read(text)
                found, tagged = in_its_mode(score) if path in doubted else (tokens(score, ties=False), "")
                tune = read_tune(found)
                if strange := [t for t in found if t not in allowed]:
                    raise Refused(f"{strange[0]} is not in the vocabulary")
                if miscounted(tune, order(tune.measures)):
                    raise Refused("its bars do not add up")
                if tuple(found) in seen:
                    raise Refused("a copy of a tune above")
            except (Refused, Misspelt) as reason:
                corpus.refused.append((name, str(reason)))
                continue
            seen.add(tuple(found))
            corpus.tunes.append((name, found))
            corpus.told[name] = _told(name, score, tune, tagged)
            corpus.dropped.update(score.dropped)
    return corpus


def _named(path: Path, text: str, names: Counter[str]) -> str:
    """ "folder/file X:number"; where a file has a number twice, the second is "X:number.2"."""
    name = f"{path.parent.name}/{path.stem} {text.splitlines()[0]}".replace("X: ", "X:").rstrip()
    names[name] += 1
    return name if names[name] == 1 else f"{name}.{names[name]}"


def in_its_mode(score: Score) -> tuple[list[str], str]:
    """(tokens in the mode that the notes speak for, the key as tagged where it is another). Raises Refused."""
    found = tokens(score, ties=False)
    likely = judged(read_tune(found))
    if likely is None:
        raise Refused("its notes speak against its mode, and for no other clearly")
    if likely.degree == 0:
        return found, ""
    believed = with_tonic(score.key, likely.degree)
    if believed is None:
        raise Refused("its notes speak for a mode that has no name")
    return tokens(replace(score, key=believed), ties=False), str(score.key)


def _told(name: str, score: Score, tune: Tune, tagged: str) -> CorpusReport:
    """By its `R:` field, else the section of its book, else its titles, else its rhythm."""
    book, number = book_of(name), name.rpartition(" X:")[2]
    section = book.dance(int(number)) if book and number.isdigit() else None
    if section == "slip jig" and tune.meter.upper != 9:
        section = None
    ways = (
        ("R:", dance_named(score.rhythm, (), tune.meter)), ("section", section),
        ("title", dance_named("", score.titles, tune.meter)), ("rhythm", dance_of_rhythm(tune)),
    )  # fmt: skip
    by, dance = next((by, dance) for by, dance in ways if dance)
    return CorpusReport(score.title, dance, by, tagged)


def pooled(reasons: Counter[str]) -> Counter[str]:
    """Reasons to leave a tune out, those together that differ only in a quotation or a number. Pure."""
    found: Counter[str] = Counter()
    for reason, count in reasons.items():
        plain = re.sub(r'"[^"]*"', '"..."', re.sub(r"^\S+ is not in the", "a token is not in the", reason))
        found[re.sub(r"(token|time|tuplet) \S*\d\S*", r"\1 ...", re.sub(r"^K:\S+ ", "K:... ", plain))] += count
    return found


def file_report(corpus: Corpus, path: Path) -> Iterator[str]:
    """What became of one file: tunes read, kept, re-tagged, and left out by reason."""
    file = f"{path.parent.name}/{path.stem}"
    kept = [name for name, _ in corpus.tunes if name.startswith(file + " ")]
    out = pooled(corpus.reasons(file))
    yield f"{path}: {len(kept) + out.total()} tunes read, {len(kept)} kept, {out.total()} left out"
    if tagged := sum(bool(corpus.told[name].tagged) for name in kept):
        yield f"  {tagged} kept in another mode than tagged"
    for reason, count in out.most_common():
        yield f"  {count} left out: {reason}"
