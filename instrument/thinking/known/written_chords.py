"""Chords that somebody wrote over a tune, laid over a bar of it in the key in which it sounds. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from instrument.music.chord import NO_CHORD, Chord, PlacedChord
from instrument.music.key import Key
from instrument.music.repertoire.known_tune import KnownTune, Symbol


def written_chords(tune: KnownTune, measure: int, begins: int, ends: int, key: Key) -> tuple[PlacedChord, ...]:
    """Over measure number `measure`, which sounds from `begins` to `ends` (ticks) in `key`; the chord before goes on
    until its first. Those that nobody knows are silence, and keep their text; () for a tune without chords."""
    up = (key.tonic - Key.parse(tune.key).tonic) % 12
    here = [symbol for symbol in tune.chords if symbol[0] == measure and symbol[1] < ends - begins]
    before = [symbol for symbol in tune.chords if symbol[0] < measure]
    if before and (not here or here[0][1]):
        here.insert(0, (measure, 0, before[-1][2]))
    return tuple(_placed(here, begins, ends, up))


def _placed(symbols: list[Symbol], begins: int, ends: int, up: int) -> Iterator[PlacedChord]:
    starts = [begins + start for _, start, _ in symbols]
    last: PlacedChord | None = None
    for (_, _, text), start, end in zip(symbols, starts, [*starts[1:], ends], strict=False):
        if end <= start:  # two over one note: the last counts
            continue
        chord, shown = _read(text, up)
        if last is not None and (last.chord, last.text) == (chord, shown):
            last = PlacedChord(last.begins, end - last.begins, chord, text=shown, source="written")
            continue
        if last is not None:
            yield last
        last = PlacedChord(start, end - start, chord, text=shown, source="written")
    if last is not None:
        yield last


def _read(text: str, up: int) -> tuple[Chord, str]:
    """The chord as it sounds, and what is shown in place of its name: its own text, unless that is in another key."""
    try:
        chord = Chord.parse(text)
    except ValueError:
        return NO_CHORD, text
    return (chord.moved(up), "" if up else text) if not chord.silent else (chord, text)
