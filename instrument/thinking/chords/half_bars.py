"""Half bars of a melody, the grid on which chords change, with the notes of each as numbers. Pure.

A bar of 3/4 has three of them, 9/8 three, 3/2 three, every other two; a chord seldom changes on the weaker ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from instrument.music.meter import Meter
from instrument.music.note import Note

#: how a note stands to its half bar: it is struck with it, sounds on into it, falls on a later beat or between beats
STRUCK, HELD, BEAT, OFF = range(4)
SOUNDS = 4
EIGHT = 8  #: bars of a section
#: places of half bars in a section, from its beginning and to its close
PLACES = (
    "the first", "the rest of the first bar", "a later bar", "later in a later bar", "the fourth bar",
    "later in the fourth bar", "the bar before the last", "later in the bar before the last", "the last bar",
    "later in the last bar",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar as played. begins, ends: ticks; notes: of the melody that sound in it, their starts in ticks; those tied in
    from before begin before it; in_part: whole bars of its part before it, -1 for a pick-up."""

    begins: int
    ends: int
    notes: tuple[Note, ...]
    in_part: int


@dataclass(frozen=True, slots=True)
class HalfBars:
    """Some bars in a row, half bar by half bar.

    begins, lengths: (count,) ticks; bar: (count,) index of the bar; within: (count,) half bars of it before
    place: (count,) index in PLACES
    sounds: (count, SOUNDS, 12) share of the half bar, for STRUCK and HELD 1, by pitch class above the tonic
    triple: three to a bar; tonic: pitch class; mode: a key of `instrument.music.key.MODE_FIFTHS`
    """

    begins: NDArray[np.int64]
    lengths: NDArray[np.int64]
    bar: NDArray[np.intp]
    within: NDArray[np.intp]
    place: NDArray[np.intp]
    sounds: NDArray[np.float64]
    triple: bool
    tonic: int
    mode: str

    def __len__(self) -> int:
        return len(self.begins)

    def first(self, count: int) -> HalfBars:
        """As if there were only so many."""
        return self._rows(slice(count)) if count < len(self) else self

    def last(self, count: int) -> HalfBars:
        """The last of them."""
        return self._rows(slice(-count, None)) if count < len(self) else self

    def _rows(self, which: slice) -> HalfBars:
        return replace(
            self, begins=self.begins[which], lengths=self.lengths[which], bar=self.bar[which],
            within=self.within[which], place=self.place[which], sounds=self.sounds[which],
        )  # fmt: skip


def per_bar(meter: Meter) -> int:
    """Half bars in a bar: two, or three."""
    return 3 if meter.upper in (3, 9) else 2


def half_bar(meter: Meter) -> int:
    """Ticks of one."""
    return meter.bar // per_bar(meter)


def place(in_part: int, within: int) -> int:
    """Index in PLACES. in_part: whole bars of the part before; within: half bars of the bar before."""
    in_eight, later = in_part % EIGHT, int(within > 0)
    group = {0: 0, 3: 2, 6: 3, 7: 4}.get(in_eight, 1)
    return 2 * group + later


def half_bars(bars: Sequence[Bar], meter: Meter, tonic: int, mode: str) -> HalfBars:
    """Those of some bars; a pick-up has none, its notes sound in none."""
    length, rows = half_bar(meter), []
    for number, bar in enumerate(bars):
        if bar.in_part < 0:
            continue
        for within in range(per_bar(meter)):
            begins = bar.begins + within * length
            if begins < bar.ends:
                rows.append((number, begins, min(length, bar.ends - begins), within, place(bar.in_part, within)))
    sounds = np.zeros((len(rows), SOUNDS, 12))
    for row, (number, begins, lasts, _, _) in enumerate(rows):
        heard(sounds[row], bars[number].notes, begins, lasts, meter.beat, tonic)
    numbers, begin, last, inside, places = (np.array(column, np.int64) for column in zip(*rows, strict=True)) if rows \
        else (np.zeros(0, np.int64) for _ in range(5))  # fmt: skip
    return HalfBars(begin, last, numbers, inside, places, sounds, per_bar(meter) == 3, tonic, mode)


def heard(row: NDArray[np.float64], notes: Iterable[Note], begins: int, length: int, beat: int, tonic: int) -> None:
    """Add notes to the numbers of one half bar. row: (SOUNDS, 12)."""
    for note in notes:
        into, until = note.start - begins, min(note.end - begins, length)
        if into >= length or until <= 0:
            continue
        kind = HELD if into < 0 else STRUCK if into == 0 else BEAT if into % beat == 0 else OFF
        share = 1.0 if kind <= HELD else (until - into) / length
        row[kind, (note.pitch - tonic) % 12] += share
        if kind <= HELD:
            row[BEAT, (note.pitch - tonic) % 12] += until / length
