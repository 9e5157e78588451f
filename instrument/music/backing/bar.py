"""A bar to be backed, how it is to be backed, and which instruments there are. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from instrument.music.chord import NO_CHORD, Chord, PlacedChord
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.ticks import QUARTER

#: voices that back, and whose patterns each plays; pads hold the chord and have none
PLAYS = {"guitar": "guitar", "piano": "piano", "double_bass": "bass", "bodhran": "bodhran"}
PADS = "pads"
BACKERS = (*PLAYS, PADS)  #: voices that back
WITH_CHORDS = tuple(voice for voice in BACKERS if voice != "bodhran")  #: those of them that play chords


@dataclass(frozen=True, slots=True)
class Manner:
    """How the backing plays. drive, density, variety: 0..1; tuning: one of `strings.TUNINGS`
    seed: of what is drawn; bpm: quarter notes a minute, by which strings are spread; pads: whether pads hold chords."""

    drive: float = 0.5
    density: float = 0.5
    variety: float = 0.3
    tuning: str = "DADGAD"
    seed: int = 1
    bpm: float = 180.0
    pads: bool = True

    def ticks(self, seconds: float) -> int:
        return round(seconds * self.bpm / 60 * QUARTER)


@dataclass(frozen=True, slots=True)
class BackedBar:
    """One measure as played. start, end: ticks; line: tick at which the bar that it belongs to ends
    chords: that sound in it, in order; after: the first chord of the next measure, None while nobody knows
    tune, number: which tune, and measures of it played before; time: which time through it
    place: whole bars of its part before it, -1 for a pick-up; left: bars of the part behind it, -1 while nobody knows
    calm: 0..1, how much lighter than usual; rest: tick from which on a last chord rings, None for none
    """

    start: int
    end: int
    line: int
    meter: Meter
    key: Key
    chords: tuple[PlacedChord, ...] = ()
    after: Chord | None = None
    tune: int = 0
    number: int = 0
    time: int = 1
    place: int = 0
    left: int = -1
    calm: float = 0.0
    rest: int | None = None

    @property
    def into(self) -> int:
        """Ticks into a whole bar at which it begins."""
        return (self.start - self.line) % self.meter.bar

    def chord(self, tick: int) -> Chord:
        """What sounds at a tick."""
        return next((each.chord for each in self.chords if each.begins <= tick < each.ends), NO_CHORD)

    def ends(self, tick: int) -> int:
        """Where the chord at a tick ends: with the bar, or where all comes to rest, at the latest."""
        latest = self.rest if self.rest is not None and tick < self.rest else self.end
        return min([latest, *(each.ends for each in self.chords if each.begins <= tick < each.ends)])

    def next_chord(self, tick: int) -> Chord | None:
        """The chord behind the one at a tick."""
        later = (each.chord for each in self.chords if each.begins > tick)
        return next(later, self.after)
