"""A phrase while it is played: its notes, where they are in the bar, and when it is over.

By the clock a note is where the clock has it. By the hands nobody has given a beat: tempo and bars are found in what is
played. A phrase is over after a silence of so many beats of its own, one that is longer besides than any step that it
has taken so far: who plays half notes, however short, is waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from instrument.music.events import Note
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH
from instrument.playing.time.pulse import TOGETHER, Pulse

Key = tuple[str, int, int]  #: input, channel 0..15, key

MOST = 1024  #: notes, after which a phrase begins anew
LONGEST = 16  #: bars that are answered: the last ones
HELD = 2  #: bars after which a key that is still down is no part of the phrase
FEWEST = 3  #: notes of which a phrase is believed to be made; for fewer more is waited for, a bar
MARGIN = 1.25  #: times the longest step from note to note, before which nobody has stopped


@dataclass(slots=True)
class _Struck:
    """at, end: seconds, None while it is held; onset: which one of the phrase's."""

    at: float
    pitch: int
    onset: int
    end: float | None = None


class PhraseHeard:
    """Ticks count from the phrase's first bar line, below 0 in a pick-up. thread: the player's. blocks: never."""

    def __init__(
        self, meter: Meter, bpm: float, clock: Callable[[float], int] | None = None,
        seconds: Callable[[int], float] | None = None,
    ) -> None:  # fmt: skip
        """bpm: quarter notes a minute, as expected; clock, seconds: from seconds to ticks and back by the clock, or
        None where the hands set the time."""
        self.meter, self._clock, self._seconds = meter, clock, seconds
        self._pulse = Pulse(bpm, meter)
        self._notes: list[_Struck] = []
        self._down: dict[Key, _Struck] = {}
        self._newest = self._lifted = float("-inf")  # seconds: when a key last went down, and up
        self._longest = 0.0  # seconds from one note to the next
        self._steps = 0  # from one note to the next

    def __len__(self) -> int:
        """Notes so far."""
        return len(self._notes)

    @property
    def by_hand(self) -> bool:
        """Whether the hands set the time."""
        return self._clock is None

    @property
    def bpm(self) -> float:
        """Quarter notes a minute, as it is played; by the clock, as was expected."""
        return self._pulse.bpm if self.by_hand else self._pulse.expected

    def strike(self, key: Key, pitch: int, at: float, velocity: int = 80) -> None:
        """A key goes down. at: seconds."""
        self.lift(key, at)
        if self._notes:
            self._longest = max(self._longest, at - self._newest)
            self._steps += at - self._newest > TOGETHER
        self._newest, self._lifted = at, max(at, self._lifted)
        onset = self._pulse.strike(at, pitch, velocity) if self.by_hand else len(self._notes)
        self._down[key] = _Struck(at, pitch, onset)
        self._notes.append(self._down[key])

    def lift(self, key: Key, at: float) -> None:
        """A key goes up, one of the phrase's or another."""
        if struck := self._down.pop(key, None):
            struck.end = max(at, struck.at)
            self._lifted = max(self._lifted, struck.end)

    def release(self, port: str, at: float, channel: int | None = None) -> None:
        """An input lets go of its keys; channel: on that one, 1..16."""
        for key in [key for key in self._down if key[0] == port and channel in (None, key[1] + 1)]:
            self.lift(key, at)

    def tick(self, at: float) -> int:
        """Where the phrase is at `at` (seconds)."""
        return self._clock(at) if self._clock else self._pulse.tick(at)

    def seconds(self, tick: int) -> float:
        """When a tick comes."""
        return self._seconds(tick) if self._seconds else self._pulse.seconds(tick)

    def ended(self, wait: float) -> int:
        """The tick at which it is over, should nothing else be played; wait: beats of silence. A key that is down is
        waited for, two bars at most; one that was down long before, as a drone, is not."""
        last = self.tick(self._newest)
        step = last - self.tick(self._newest - MARGIN * self._longest)
        if any(last - self.tick(note.at) < self._held for note in self._down.values()):
            return last + self._held
        ends = -(-(self.tick(self._lifted) - EIGHTH // 4) // EIGHTH) * EIGHTH  # where it is written to end
        silent = ends + round(wait * self.meter.beat) + self.meter.beat // 4  # a note on that beat is waited for
        least = self.meter.bar if self._steps < FEWEST - 1 else 0
        return max(silent, last + least, last + min(step, self.meter.bar))

    def silent(self, now: float) -> int:
        """Ticks since a key went up or down."""
        return self.tick(now) - self.tick(max(self._lifted, self._newest))

    def bars(self, now: float) -> int:
        """Whole bars that it takes, as far as it has come by `now`: its first bar line to the end of its last note."""
        last = max(min(self.tick(note.end if note.end is not None else now), self._limit(note)) for note in self._notes)
        return max(1, -(-(last - EIGHTH) // self.meter.bar))

    def written(self, now: float, bars: int) -> tuple[list[Note], int]:
        """Its notes, to be written in so many bars, and how many bars those are: the last LONGEST of more."""
        left_out = max(0, bars - LONGEST) * self.meter.bar
        starts = self._starts()
        notes = []
        for note, start in zip(self._notes, starts, strict=True):
            lasts = min(self.tick(note.end if note.end is not None else now), self._limit(note)) - self.tick(note.at)
            if start >= left_out or left_out == 0:
                notes.append(Note(start - left_out, max(1, lasts), note.pitch))
        return notes, bars - left_out // self.meter.bar

    def closes_alone(self, bars: int) -> bool:
        """Whether the last of its bars is an odd one that holds but its first note: the close of what came before."""
        line = (bars - 1) * self.meter.bar
        there = [start for start in self._starts() if start >= line - EIGHTH // 2]
        return bars > 2 and bars % 2 == 1 and len(there) == 1 and abs(there[0] - line) < EIGHTH // 2

    @property
    def _held(self) -> int:
        return HELD * self.meter.bar

    def _limit(self, note: _Struck) -> int:
        """The tick at which a note that is still held counts as over."""
        return self.tick(note.at) + self._held

    def _starts(self) -> list[int]:
        """Of every note, in ticks."""
        if not self.by_hand:
            return [self.tick(note.at) for note in self._notes]
        places = self._pulse.places()
        return [places[note.onset] for note in self._notes]
