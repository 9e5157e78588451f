"""Nottingham's tunes with their chords: as played, half bar by half bar, split by families of tunes.

The Nottingham Music Database (Eric Foxley), in ABC by James Allwright, cleaned by Jukedeck.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from instrument.music.abc.parse import Refused, decoded, read, tunes
from instrument.music.analysis.tonic import judged, with_tonic
from instrument.music.chord import Chord
from instrument.music.key import Key
from instrument.music.measure import Tune
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.encode import Symbol, with_symbols
from instrument.thinking.chords.bars_played import PlayedTune, played
from instrument.thinking.chords.half_bars import HalfBars, half_bars
from instrument.thinking.chords.states import nearest
from instrument.workshop.books.families import families

NOBODY = -1  #: no chord is written above a half bar


@dataclass(frozen=True, slots=True)
class BackedTune:
    """Tune with chords. name: file and X:; half: as played; states: (half bars,) the chord of each, NOBODY for none
    fresh: (half bars,) whether it is played for the first time; side: "train", "valid" or "test"."""

    name: str
    half: HalfBars
    states: NDArray[np.intp]
    fresh: NDArray[np.bool_]
    side: str = ""


def read_books(folder: Path) -> list[BackedTune]:
    """Every tune with chords in the ABC files of a folder, or where it has none itself in those of its folders, and its
    side. Raises ValueError where there is none."""
    found: list[BackedTune] = []
    texts: list[Sequence[str]] = []
    for file in sorted(folder.glob("*.abc")) or sorted(folder.rglob("*.abc")):
        for text in tunes(decoded(file.read_bytes())):
            try:
                score = read(text)
                tokens, symbols = with_symbols(score)
            except (Refused, ValueError):
                continue
            tune = backed(f"{file.name} X:{score.number}", tokens, symbols, score.key)
            if tune is not None:
                found.append(tune)
                texts.append(tokens)
    if not found:
        raise ValueError(f"{folder}: no tune in ABC with chord symbols; give the folder of Nottingham's ABC files")
    return [replace(tune, side=side) for tune, side in zip(found, sides(texts), strict=True)]


def sides(texts: Sequence[Sequence[str]]) -> list[str]:
    """ "train", "valid" (one family in eight) or "test" (two in eight); a family's hash decides its side."""
    group = families(texts)
    names: dict[int, str] = {}
    for text, family in zip(texts, group, strict=True):
        name = hashlib.sha256(" ".join(text).encode()).hexdigest()
        names[family] = min(name, names.get(family, name))
    return [{0: "valid", 1: "test", 2: "test"}.get(int(names[family][:8], 16) % 8, "train") for family in group]


def backed(name: str, tokens: Sequence[str], symbols: Sequence[Symbol], tagged: Key) -> BackedTune | None:
    """A tune on C (as tagged) with the chords above it; None where fewer than half of its half bars have any."""
    tune = read_tune(tokens)
    key = believed(tune, tagged)
    whole = played(tune.measures, tune.meter.bar)
    half = half_bars(whole.bars, tune.meter, (key.tonic - tagged.tonic) % 12, key.mode)
    labels = _labels(tune, symbols, key, half, whole)
    if not len(half) or (labels == NOBODY).mean() > 0.5:
        return None
    seen: set[tuple[int, int]] = set()
    fresh = []
    for bar, within in zip(half.bar, half.within, strict=True):
        at = (whole.written[bar][0], int(within))
        fresh.append(at not in seen)
        seen.add(at)
    return BackedTune(name, half, labels, np.array(fresh))


def believed(tune: Tune, tagged: Key) -> Key:
    """The key by the tune's own notes, where the tag can be believed less: many books give the right signature and the
    wrong tonic. No chord is looked at."""
    likely = judged(tune)
    return (with_tonic(tagged, likely.degree) if likely else None) or tagged


def _labels(tune: Tune, symbols: Sequence[Symbol], key: Key, half: HalfBars, whole: PlayedTune) -> NDArray[np.intp]:
    """The state of each half bar: of the chord that sounds longest in it. What is no chord sounds on as before."""
    above: dict[int, list[tuple[int, int]]] = {}
    for symbol in symbols:
        try:
            chord = Chord.parse(symbol.text)
        except ValueError:
            continue
        above.setdefault(symbol.measure, []).append(
            (symbol.start, NOBODY if chord.silent else nearest(chord, key.tonic))
        )
    changes: list[tuple[int, int]] = [(0, NOBODY)]
    for at, place in zip(whole.starts, whole.places, strict=True):
        changes += [(at + start, state) for start, state in above.get(place.measure, ())]
    labels = []
    for begins, length in zip(half.begins, half.lengths, strict=True):
        share: dict[int, int] = {}
        for (since, state), (until, _) in zip(changes, [*changes[1:], (1 << 60, 0)], strict=True):
            both = min(until, begins + length) - max(since, begins)
            if both > 0:
                share[state] = share.get(state, 0) + int(both)
        labels.append(max(share, key=lambda state: share[state]) if share else NOBODY)
    return np.array(labels, np.intp)
