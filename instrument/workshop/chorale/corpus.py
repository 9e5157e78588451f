"""The chorales that the harmoniser learns from: music21's Bach corpus on a grid of 16ths.

The encoders of these files ask not to have them passed on, so they are read where pip put them and the grids
are kept in the user's cache, outside the project. What does not parse, or is not in four parts, is listed with
its reason and left out. Reading takes minutes and happens once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from instrument.networks.chorale.tokens import HIGHEST, HOLD, LOWEST, REST, token
from instrument.ports.system import progress

FORMAT = 1  #: of the cached file
GRID = 4  #: steps a quarter note
MOST_STEPS = 4096  #: in one chorale; the longest in the corpus has some 700


@dataclass(frozen=True, slots=True)
class Chorale:
    """One piece on the grid.

    name: its file. voices: soprano, alto, tenor, bass, each one token a step.
    places: steps from the bar line, each step; a pick-up stands at the end of its bar. bars: the bar's length
    in steps, each step. off_grid: onsets that had to be moved to the nearest 16th.
    """

    name: str
    voices: tuple[tuple[int, ...], ...]
    places: tuple[int, ...]
    bars: tuple[int, ...]
    off_grid: int = 0

    @property
    def steps(self) -> int:
        return len(self.places)


@dataclass(frozen=True, slots=True)
class Chorales:
    """chorales in the order of their names; refused: (name, reason) of each file left out."""

    chorales: tuple[Chorale, ...]
    refused: tuple[tuple[str, str], ...]


def cache_folder() -> Path:
    """Where grids are kept: $LILT_CACHE, or the user's cache folder."""
    if stated := os.environ.get("LILT_CACHE"):
        return Path(stated)
    local = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    return (Path(local) if local else Path.home() / ".cache") / "lilt"


def load_chorales(cache: Path | None = None, report: Callable[[str], None] = lambda line: None) -> Chorales:
    """All chorales, from the cache or else read and cached.

    cache: folder, None for `cache_folder()`; what is there is enough, music21 or not. Raises FileNotFoundError,
    one line, where there is neither. blocks: minutes the first time, then tens of milliseconds.
    """
    path = (cache or cache_folder()) / "chorales.json"
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["mark"]["format"] == FORMAT and _version() in (None, kept["mark"]["music21"]):
            return Chorales(tuple(_chorale(c) for c in kept["chorales"]), tuple((n, r) for n, r in kept["refused"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none there, or damaged: read again
    files = corpus_files()
    mark = {"format": FORMAT, "music21": _version(), "files": len(files)}
    report(f"reading {len(files)} files of music21's Bach corpus; this takes some minutes, once")
    found = read_all(files, report)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    whole = {"mark": mark, "chorales": [asdict(c) for c in found.chorales], "refused": found.refused}
    part.write_text(json.dumps(whole), encoding="utf-8")
    part.replace(path)
    report(f"grids kept in {path}")
    return found


def corpus_files() -> list[Path]:
    """music21's files of Bach that hold notes, by name. Raises FileNotFoundError with the mend."""
    try:
        from music21 import corpus
    except ImportError:
        raise FileNotFoundError("music21 is not installed; pip install -e .[train] brings its corpus") from None
    paths = [Path(str(p)) for p in corpus.getComposer("bach")]
    return sorted((p for p in paths if p.suffix in (".mxl", ".xml", ".krn")), key=lambda p: (p.stem, p.suffix))


def read_all(files: list[Path], report: Callable[[str], None] = lambda line: None) -> Chorales:
    """Read each file; exact copies of a piece are kept once."""
    chorales: list[Chorale] = []
    refused: list[tuple[str, str]] = []
    seen: dict[tuple[tuple[int, ...], ...], str] = {}
    for index, path in enumerate(progress.each(files, "reading chorales", "file")):
        try:
            chorale = read_chorale(path)
            if chorale.voices in seen:
                raise ValueError(f"a copy of {seen[chorale.voices]}")
        except Exception as error:  # whatever music21 raises on a damaged file: listed, left out
            refused.append((path.name, " ".join(str(error).split())[:160] or type(error).__name__))
            continue
        seen[chorale.voices] = path.name
        chorales.append(chorale)
        if index % 50 == 49:
            report(f"{index + 1} of {len(files)} read")
    return Chorales(tuple(chorales), tuple(refused))


def read_chorale(path: Path) -> Chorale:
    """One file on the grid. Raises ValueError with the reason, or what music21 raises."""
    from music21 import converter

    score: Any = converter.parse(path, forceSource=True)
    parts = list(score.parts)
    if len(parts) != 4:
        raise ValueError(f"{len(parts)} parts, not four")
    places, bars = _bar_frame(parts[0])
    grids = [_grid(part, len(places)) for part in parts]
    voices = tuple(tuple(tokens) for tokens, _ in grids)
    if any(all(t in (REST, HOLD) for t in tokens) for tokens in voices):
        raise ValueError("a part without notes")
    return Chorale(path.name, voices, tuple(places), tuple(bars), sum(moved for _, moved in grids))


def _bar_frame(part: Any) -> tuple[list[int], list[int]]:
    """Place in the bar and length of the bar, each step, from the measures of a part."""
    places: list[int] = []
    bars: list[int] = []
    bar, before = 4 * GRID, 0
    for number, measure in enumerate(part.getElementsByClass("Measure")):
        if measure.timeSignature is not None:
            bar = round(measure.timeSignature.barDuration.quarterLength * GRID)
        start, length = len(places), round(float(measure.offset + measure.quarterLength) * GRID) - len(places)
        if length <= 0:
            continue
        if start + length > MOST_STEPS:
            raise ValueError(f"longer than {MOST_STEPS} steps")
        first = bar - length if number == 0 and length < bar else 0
        if 0 < before < bar and before + length == bar:  # a bar in two halves about a repeat sign
            first = before
        places += [(first + i) % bar for i in range(length)]
        bars += [bar] * length
        before = (first + length) % bar
    if not places:
        raise ValueError("no measures")
    return places, bars


def _grid(part: Any, steps: int) -> tuple[list[int], int]:
    """One part's tokens, and how many onsets were not on a 16th."""
    tokens = [REST] * steps
    moved = 0
    for start, end, midi, tied in _notes(part):
        first, last = round(start * GRID), round(end * GRID)
        moved += abs(start * GRID - first) > 1e-6
        if not LOWEST <= midi <= HIGHEST:
            raise ValueError(f"pitch {midi} is outside {LOWEST}..{HIGHEST}")
        if first >= steps or last <= first:
            continue
        held = tied and first > 0 and tokens[first - 1] != REST
        tokens[first] = HOLD if held else token(midi)
        tokens[first + 1 : min(last, steps)] = [HOLD] * (min(last, steps) - first - 1)
    return tokens, moved


def _notes(part: Any) -> Iterator[tuple[float, float, int, bool]]:
    """(start, end) in quarters, the pitch, whether a tie leads into it; of a chord its highest; in order."""
    for element in part.flatten().notes:
        if not hasattr(element, "pitches") or element.quarterLength == 0:
            continue  # chord symbols, grace notes
        start = float(element.offset)
        tied = element.tie is not None and element.tie.type in ("stop", "continue")
        yield start, start + float(element.quarterLength), max(p.midi for p in element.pitches), tied


def _version() -> str | None:
    """Of music21; None where it is not installed."""
    try:
        return version("music21")
    except PackageNotFoundError:
        return None


def _chorale(kept: dict[str, Any]) -> Chorale:
    voices = tuple(tuple(v) for v in kept["voices"])
    return Chorale(kept["name"], voices, tuple(kept["places"]), tuple(kept["bars"]), kept["off_grid"])
