"""Chords under a melody as it is played by hand: cues in, the chord that stands out. No time, no pipes.

A half bar's chord is decided with the first that is heard of it. Within it the chord stays, unless what is played makes
another nearly sure. A note belongs to the grid step it is nearest to, so one that comes a little early counts for the
half bar it means. After two bars of silence everything begins anew, and nobody is backed until the next note.
"""

from __future__ import annotations

import numpy as np

from instrument.controls.snapshot import Snapshot
from instrument.music.chord import PlacedChord
from instrument.music.cues import Cue
from instrument.music.note import Note
from instrument.thinking.chords.choice import Choice
from instrument.thinking.chords.chord_filter import ChordFilter
from instrument.thinking.chords.half_bars import BEAT, SOUNDS, STRUCK, HalfBars, half_bar, heard, per_bar, place
from instrument.thinking.chords.product import Product
from instrument.thinking.chords.taste import taste

SILENT_BARS = 2
KEPT, MOST = 192, 256  #: half bars that are remembered, when there are too many, and at most
NOTES = 64  #: notes that are remembered
OTHERS = 0.5  #: how much a note that others sound counts beside one of yours


class ChordsLive:
    """Live chords under a melody.

    thread: one. A cue costs one to two milliseconds where a half bar begins, else far less.
    """

    def __init__(self, product: Product, snapshot: Snapshot) -> None:
        self._product = product
        self.change(snapshot)

    def change(self, snapshot: Snapshot) -> None:
        """The controls have been turned. Another meter or key begins anew."""
        asked = snapshot.meter, snapshot.key
        if getattr(self, "_asked", None) != asked:
            self._asked, self.meter, self.key = asked, snapshot.meter, snapshot.key
            self._anew()
        self.taste = taste(snapshot)

    def _anew(self) -> None:
        self._filter = ChordFilter(self._product)
        self._notes: list[Note] = []
        self._number, self._origin, self._first = -1, 0, 0  # of the newest note; a bar line; the bar it all began in
        self._sounds = np.zeros((MOST, SOUNDS, 12))
        self._from = self._count = 0  # number of the first half bar remembered; how many are
        self._now: PlacedChord | None = None
        self._others: tuple[int, tuple[int, ...]] = (0, ())  # what others sounded, and in which half bar

    def hear(self, cue: Cue) -> tuple[PlacedChord | None, Choice | None]:
        """The chord that stands now, and why, where it has just been decided; None while nobody is backed."""
        note, length = cue.note, half_bar(self.meter)
        if note is None:
            return self._now, None
        newest = note.number != self._number
        tick = max(cue.tick, cue.grid.tick(cue.grid.step(note.tick))) if newest else cue.tick
        if self._count and (tick < self._begins(self._count - 1) - length or cue.grid.origin != self._origin):
            self._anew()
        if not newest and note.ended is not None and tick - note.ended > SILENT_BARS * self.meter.bar:
            self._anew()
            self._number, self._origin = note.number, cue.grid.origin
            return None, None
        if not newest and not self._count:
            return None, None
        self._take(cue, tick, newest)
        number = (tick - cue.grid.origin) // length
        fresh = not self._count or number > self._from + self._count - 1
        if not fresh and not newest and cue.others == self._others[1]:
            return self._now, None
        return self._decide(number, fresh, cue)

    def _take(self, cue: Cue, tick: int, newest: bool) -> None:
        """The melody's note, and how long the one before it has sounded."""
        note = cue.note
        assert note is not None
        if self._notes:
            last = self._notes[-1]
            ends = cue.grid.tick(cue.grid.step(note.tick)) if newest else tick if note.ended is None else note.ended
            self._notes[-1] = Note(last.start, max(1, ends - last.start), last.pitch) if newest or note.ended is None \
                else Note(last.start, max(1, min(ends, tick) - last.start), last.pitch)  # fmt: skip
        if newest:
            start = cue.grid.tick(cue.grid.step(note.tick))
            self._notes = [*self._notes[1 - NOTES :], Note(start, max(1, tick - start), note.pitch)]
            self._number, self._origin = note.number, cue.grid.origin

    def _decide(self, number: int, fresh: bool, cue: Cue) -> tuple[PlacedChord | None, Choice | None]:
        if not self._count or number - self._from - self._count > 2 * per_bar(self.meter) * SILENT_BARS:
            kept = self._notes, self._number, self._origin
            self._anew()
            self._notes, self._number, self._origin = kept
            self._from, self._first = number, number // per_bar(self.meter)
        self._count = max(self._count, number - self._from + 1)
        if self._count > MOST - 8:
            self._forget(self._count - KEPT)
        self._others = (number, cue.others)
        for row in range(max(0, number - self._from - 2), self._count):
            self._fill(row)
        half = self._half_bars()
        with_it = self._notes[-1].start == self._begins(self._count - 1)  # its moment was asked for before the key came
        decide = self._filter.begin if fresh or with_it else self._filter.revise
        choice = decide(half, self.taste)
        if choice is not None:
            begins = self._begins(self._count - 1)
            nats = tuple((name, round(value, 2)) for name, value in choice.gains)
            self._now = PlacedChord(begins, half_bar(self.meter), choice.chord, nats)
        return self._now, choice

    def _begins(self, row: int) -> int:
        return self._origin + (self._from + row) * half_bar(self.meter)

    def _fill(self, row: int) -> None:
        """What sounds in a half bar, as far as it is known."""
        self._sounds[row] = 0.0
        begins, length = self._begins(row), half_bar(self.meter)
        heard(self._sounds[row], self._notes, begins, length, self.meter.beat, self.key.tonic)
        number, others = self._others
        if number == self._from + row:
            for pitch in others:
                self._sounds[row, (STRUCK, BEAT), (pitch - self.key.tonic) % 12] += OTHERS

    def _half_bars(self) -> HalfBars:
        numbers, size = self._from + np.arange(self._count), per_bar(self.meter)
        bars, within = numbers // size, numbers % size
        places = np.array([place(int(bar), int(part)) for bar, part in zip(bars - self._first, within, strict=True)])
        length = half_bar(self.meter)
        return HalfBars(
            self._origin + numbers * length, np.full(self._count, length), bars, within, places,
            self._sounds[: self._count], size == 3, self.key.tonic, self.key.mode,
        )  # fmt: skip

    def _forget(self, count: int) -> None:
        """The oldest half bars."""
        self._sounds[: self._count - count] = self._sounds[count : self._count]
        self._from, self._count = self._from + count, self._count - count
        self._filter.forget(count)
