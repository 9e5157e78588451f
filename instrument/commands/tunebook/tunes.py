"""`run.py tunes`: the tunes that were kept, listed, written out for others to read, or played again.

What is played again is what was kept: the tokens as the model wrote them, through the same arrangement, in the same
key, tempo and voices. The model is not asked.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from instrument.commands.tunebook import handwritten, musicxml
from instrument.controls.table import CONTROLS
from instrument.files.patch import Patch, PatchError, find
from instrument.files.tunebook import Kept, read, text_of
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.plan import Plan
from instrument.music.play_order import in_aabb, two_parts
from instrument.music.tokens.decode import read_tune
from instrument.music.tokens.encode import tokens
from instrument.ports.recording.midi_file import write_midi
from instrument.rig.setup import arrangement
from instrument.thinking.spans.planner import Planner
from instrument.thinking.voices.accompanist_process import load_choir
from instrument.thinking.voices.spans_with_voices import with_voices

_FIELDS = "TCMLQKVRPw"  # of ABC, that go into a score
_FIELD_INSIDE = re.compile(r"\[\s*(?![MLKQVPR]\s*:)[A-Za-z]\s*:[^\]]*(\]|$)")
KINDS = ("abc", "json", "mid", "musicxml", "svg", "pdf")


def lines(book: Path, kept: list[Kept]) -> Iterator[str]:
    """What stands in the book, a line a tune."""
    if not kept:
        yield f"{book}: no tunes yet; keep one with /lilt/tune/keep or the page's button, or name another book"
    for number, tune in enumerate(kept, 1):
        told = ", ".join(part for part in (tune.patch, tune.kept[:10], tune.model and f"model {tune.model}") if part)
        seed = f"seed {tune.seed}, tune {tune.tune + 1}" if tune.patch else "written in by hand"
        fault = f"; cannot be had again: {tune.fault}" if tune.fault else ""
        yield f"{number:>4}  {tune.title}  ({seed}{', ' + told if told else ''}{fault})"


def one_of(book: Path, number: int) -> Kept:
    """The `number`-th tune of a book, from 1. Raises ValueError, one line."""
    kept = read(book)
    if not 1 <= number <= len(kept):
        held = f"it holds {len(kept)}" if kept else "it is empty, or not there"
        raise ValueError(f"{book}: there is no tune {number}; {held}")
    return kept[number - 1]


def patch_of(kept: Kept) -> Patch:
    """Its patch with every control as it was when the tune was kept. Raises PatchError where the patch is gone."""
    if kept.fault:
        raise ValueError(f"tune {kept.title!r} cannot be had again: {kept.fault}")
    if not re.fullmatch(r"[^/\\\0]{0,80}", kept.patch) or kept.patch.endswith(".toml"):
        raise ValueError(f"tune {kept.title!r} names a patch by a path: {kept.patch[:80]!r}; a name is all it may give")
    try:
        patch = find(kept.patch or "first")
    except PatchError as error:
        raise PatchError(f"tune {kept.title!r} was played with a patch that is not here: {error}") from None
    values = {n: v for n, v in kept.controls.items() if n in CONTROLS and not n.startswith("voice.")}
    if not kept.controls:
        values = handwritten.controls(handwritten.score_of(kept.abc))
    return replace(patch, values={**patch.values, **values, "tune.seed": kept.seed or 1})


def texts_of(kept: Kept) -> tuple[str, ...]:
    """Its tokens, `M:` and `K:` first: as they were kept, or read from its ABC. Raises ValueError, one line."""
    if kept.fault:
        raise ValueError(f"tune {kept.title!r} cannot be had again: {kept.fault}")
    if kept.tokens:
        return tuple(token for token in kept.tokens if token != "</s>")
    return tuple(tokens(handwritten.score_of(kept.abc)))


def spans_of(kept: Kept, patch: Patch) -> tuple[Span, ...]:
    """The whole tune as it was played, repeats and voices included. Raises ValueError."""
    texts, snapshot = texts_of(kept), patch.snapshot()
    whole = bool(kept.tokens) and kept.tokens[-1] == "</s>"
    writer = _Whole(texts, whole and bool(snapshot.values["tune.aabb"]))
    how = arrangement(patch)
    if not kept.tokens:  # written by hand: at its own pitch, whatever the patch's instrument reaches
        how = replace(how, compass=None)
    planner = Planner(lambda _: writer, how, snapshot)
    planner.source = "opening"
    spans: list[Span] = []
    while (span := planner.next_span()).tune == 0:
        spans.append(span)
    if not kept.tokens:
        spans = handwritten.at_its_pitch(spans, handwritten.score_of(kept.abc))
        spans = handwritten.with_chords(spans, kept.abc)
    return with_voices(spans, lambda: load_choir(None), how, snapshot)


class _Whole:
    """A writer with nothing to add: a tune that is written to its end."""

    def __init__(self, texts: tuple[str, ...], aabb: bool) -> None:
        self.texts, self.whole = texts, True
        self.plan: Plan = ()  # of a tune that is written out there is none
        measures = read_tune(texts, strict=False).measures
        parts = two_parts(measures) if aabb else None
        self._measures = in_aabb(measures, parts) if parts else measures
        if not measures:
            raise ValueError("this tune has no bar to play")

    def measures(self) -> tuple[Measure, ...]:
        return self._measures

    def measure(self, index: int) -> Measure | None:
        return self._measures[index] if index < len(self._measures) else None

    def cut(self, tokens: int) -> None:
        raise ValueError("a kept tune is not cut")


def export(kept: Kept, stem: Path, kinds: tuple[str, ...]) -> list[Path]:
    """Write STEM.abc and so on; returns the files. Raises ValueError, OSError; RuntimeError for a missing program."""
    if lack := next(filter(None, map(lacks, kinds)), ""):
        raise RuntimeError(lack)
    stem.parent.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in kinds:
        path = stem.with_name(f"{stem.name}.{kind}")
        _WAYS[kind](kept, path)
        written.append(path)
    return written


def lacks(kind: str) -> str:
    """What a kind of file needs and this machine has not, in one line; "" if it can be written."""
    if kind == "musicxml" and not _there("music21"):
        return "MusicXML needs music21; pip install -e .[train]"
    if kind == "pdf" and shutil.which("ps2pdf") is None:
        return "PDF needs ps2pdf (Debian: ghostscript); SVG does not"
    if kind in ("svg", "pdf") and shutil.which("abcm2ps") is None:
        return "a score needs abcm2ps (Debian: abcm2ps)"
    return ""


def _there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _abc(kept: Kept, path: Path) -> None:
    path.write_text(text_of(kept, 1), encoding="utf-8")


def _json(kept: Kept, path: Path) -> None:
    path.write_text(json.dumps(asdict(kept), indent=1, default=dict) + "\n", encoding="utf-8")


def _midi(kept: Kept, path: Path) -> None:
    patch = patch_of(kept)
    spans = spans_of(kept, patch)
    channels = {name: (voice.channel, voice.program) for name, voice in patch.voices.items()}
    notes = [note for span in spans for note in span.notes if note.voice in channels]
    title = f"{kept.title}; seed {kept.seed}, model {kept.model}" if kept.patch else kept.title
    meters, keys = [(0, Meter.parse(spans[0].meter))], [(0, Key.parse(spans[0].key))]
    write_midi(path, notes, channels, [(0, patch.snapshot().number("clock.bpm"))], meters, title, keys, _texts(spans))


def _texts(spans: Sequence[Span]) -> list[tuple[int, str]]:
    """The names of the chords, where they change."""
    found: list[tuple[int, str]] = []
    for span in spans:
        for placed in span.chords:
            name = placed.name(Key.parse(span.key))
            if not found or found[-1][1] != name:
                found.append((placed.begins, name))
    return found


def _musicxml(kept: Kept, path: Path) -> None:
    composer = f"Lilt, seed {kept.seed}, model {kept.model}" if kept.patch else ""  # what a hand wrote in is not ours
    musicxml.write("X:1\n" + _body(kept), kept.title, composer, path)


def _svg(kept: Kept, path: Path) -> None:
    _engrave(kept, path, "-g")


def _pdf(kept: Kept, path: Path) -> None:
    script = path.with_suffix(".ps")
    _engrave(kept, script, "")
    subprocess.run(["ps2pdf", str(script), str(path)], check=True, capture_output=True)
    script.unlink()


def _engrave(kept: Kept, path: Path, option: str) -> None:
    command = ["abcm2ps", "-q", "-S", *([option] if option else []), "-O", str(path), "-"]
    done = subprocess.run(command, input="X:1\n" + _body(kept), capture_output=True, text=True, timeout=60)
    first = path.with_name(f"{path.stem}001{path.suffix}")  # it numbers pages of SVG
    if first.exists():
        first.replace(path)
    if not path.exists():
        raise RuntimeError(f"abcm2ps wrote no score: {' '.join(done.stderr.split())[:200]}")


def _body(kept: Kept) -> str:
    """Its ABC without the number, its origin as a line under the title. Only the fields that a score needs go on to
    other programs: instructions may name files of this machine."""
    rows = [_FIELD_INSIDE.sub("", row) for row in kept.abc.splitlines()]
    rows = [row for row in rows if row.strip() and _harmless(row.lstrip())]
    origin = f"C:Lilt, {kept.patch}, seed {kept.seed}, model {kept.model}" if kept.patch else ""
    titles = sum(row.startswith("T:") for row in rows[:1])
    return "\n".join([*rows[:titles], *([origin] if origin else []), *rows[titles:]]) + "\n"


def _harmless(row: str) -> bool:
    """Whether a line of ABC is a field that a score needs, or music."""
    if row.startswith("%"):
        return False
    return row[0] in _FIELDS if re.match(r"[A-Za-z+]\s*:(?![|:])", row) else True


_WAYS = {"abc": _abc, "json": _json, "mid": _midi, "musicxml": _musicxml, "svg": _svg, "pdf": _pdf}
