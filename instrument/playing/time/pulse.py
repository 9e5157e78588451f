"""Beat tracking of what somebody plays without a clock: the tempo, where each note falls in the bar, and when the next
beat comes.

Several readings are followed at once, each with its own tempo and its own place for every note; with each note they
are told apart by how near it comes to where it is written, and by how usual such a length is there in dance tunes. A
reading's tempo follows the hands as a Kalman filter does. Chords count once; ornaments move nothing. On which of the
beats the bars begin is judged last, of the whole phrase (`bar_line`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import log

from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH
from instrument.playing.time.bar_line import NOTES, pickup

UNIT = EIGHTH // 6  #: ticks: every place that a reading knows is so many of them
TOGETHER = 0.04  #: seconds within which keys are one note
READINGS = 40  #: followed at once
HOPELESS = 20.0  #: log-probability below the best at which one is given up
OCTAVES = 0.3  #: deviation of the tempo from the one that is expected, in octaves
STEPS = 9  #: tempos to the octave at first, over an octave and a half each way
LOOSE = 0.014  #: seconds, deviation of a hand
LOOSER = 0.02  #: and of the length of a note, as a share of it
WANDER = 0.006  #: deviation of the tempo from one eighth to the next, as a share of it
FAR = 3.5  #: deviations beyond which a note is somewhere else
ORNAMENT, SHORTEST = -5.0, 0.09  #: log-probability; seconds that one is long at most
STARTS = ((0, -0.4), (-12, -1.6), (-6, -1.8), (-18, -3.2))  #: where the first note is, in units; log-probability
REST = -5.5  #: log-probability of any other length that ends on an eighth
LONG_FIRST, OVER = 0.5, -1.5  #: log-probability, more or less, of a long note on the bar line, and over it
FASTEST, SLOWEST = 320.0, 30.0  #: quarter notes a minute

Lengths = Mapping[int, Mapping[int, float]]
#: log-probability of the time to the next note, in units, by the place in the beat; as counted in the
#: books' dance tunes, but for plain quarters, which hands play oftener than books
SIMPLE: Lengths = {
    0: {6: -0.7, 12: -0.55, 9: -2.4, 3: -2.8, 18: -2.6, 24: -2.0, 4: -3.6, 36: -4.0, 48: -4.0},
    3: {3: -0.2, 9: -2.0}, 4: {4: -0.1}, 8: {4: -0.1}, 9: {3: -0.1, 15: -4.0},
    6: {6: -0.3, 3: -2.5, 18: -3.8, 12: -4.0, 9: -5.0, 30: -4.5},
}  # fmt: skip
COMPOUND: Lengths = {
    0: {6: -0.7, 12: -0.9, 18: -2.3, 36: -3.0, 9: -3.8, 3: -4.0, 54: -4.5}, 3: {3: -0.2, 9: -2.2},
    6: {6: -0.2, 12: -3.8, 3: -4.5, 30: -4.5}, 9: {3: -0.1}, 12: {6: -0.15, 24: -3.6, 3: -3.5, 9: -4.5},
    15: {3: -0.1},
}  # fmt: skip


@dataclass(slots=True)
class _Reading:
    """at: seconds at which place `place` (units from a bar line) is; each: seconds of a unit; spread: their
    covariance; places: of every note so far, newest first, as a chain."""

    score: float
    at: float
    each: float
    place: int
    spread: tuple[float, float, float]
    places: tuple[int, object | None]


@dataclass(slots=True)
class Pulse:
    """Beat tracker for playing without a clock.

    expected: quarter notes a minute; meter: of the bars. thread: the player's. blocks: never.

    Cost: a note takes some 0.5 ms, however many came before.
    """

    expected: float
    meter: Meter
    onsets: list[float] = field(default_factory=list)  #: seconds
    _readings: list[_Reading] = field(default_factory=list)
    _pitches: list[int] = field(default_factory=list)  # of each onset: the highest of a chord
    _loud: list[int] = field(default_factory=list)
    _pickup: int = 0  # ticks before the first bar line
    _moved: int = 0  # ticks from the reading's own places to those

    def strike(self, at: float, pitch: int = 60, velocity: int = 80) -> int:
        """A key goes down. at: seconds. Returns which onset it belongs to, from 0."""
        if self.onsets and at - self.onsets[-1] <= TOGETHER:
            self._pitches[-1], self._loud[-1] = max(pitch, self._pitches[-1]), max(velocity, self._loud[-1])
        else:
            found = list(self._first(at)) if not self.onsets else self._further(at)
            self.onsets.append(at)
            self._pitches.append(pitch)
            self._loud.append(velocity)
            self._readings = _best(found)
        self._lay_bars()
        return len(self.onsets) - 1

    @property
    def bpm(self) -> float:
        """Quarter notes a minute, as they are played."""
        return 60 / (12 * self._reading.each) if self._readings else self.expected

    def places(self) -> list[int]:
        """Where every onset is: ticks from the first bar line, below 0 in a pick-up."""
        return [place + self._moved for place in self._read()]

    def tick(self, at: float) -> int:
        """Where the music is (ticks from the first bar line) at `at` (seconds), by the hands of just now."""
        one = self._reading
        return round((one.place + (at - one.at) / one.each) * UNIT) + self._moved

    def seconds(self, tick: int) -> float:
        """When a tick comes."""
        one = self._reading
        return one.at + ((tick - self._moved) / UNIT - one.place) * one.each

    def _lay_bars(self) -> None:
        """Find the first bar line anew; of a long phrase it is known for good."""
        places = self._read()
        if len(places) <= NOTES:
            self._pickup = pickup(self.meter, places, self._pitches, self._loud)
        self._moved = -self._pickup - places[0]

    def _read(self) -> list[int]:
        """Where every onset is, in ticks from where the reading counts."""
        chain: object | None = self._reading.places
        found = []
        while isinstance(chain, tuple):
            found.append(chain[0] * UNIT)
            chain = chain[1]
        return found[::-1]

    @property
    def _reading(self) -> _Reading:
        return self._readings[0]

    def _first(self, at: float) -> Iterator[_Reading]:
        for step in range(-3 * STEPS // 2, 3 * STEPS // 2 + 1):
            bpm = self.expected * 2 ** (step / STEPS)
            if not SLOWEST <= bpm <= FASTEST:
                continue
            each = 5 / bpm
            score = -0.5 * (step / STEPS / OCTAVES) ** 2
            for place, usual in STARTS:
                spread = (LOOSE**2, 0.0, (each / STEPS) ** 2 / 4)
                yield _Reading(score + usual, at, each, place, spread, (place, None))

    def _further(self, at: float) -> list[_Reading]:
        compound = self.meter.compound
        table, beat = (COMPOUND, 18) if compound else (SIMPLE, 12)
        short, bar = at - self.onsets[-1] <= SHORTEST, self.meter.bar // UNIT
        found = []
        for one in self._readings:
            if short:
                found.append(_kept(one))
            lengths = table.get(one.place % beat, {})
            for length in _near(one, at, lengths):
                usual = lengths.get(length, REST if (one.place + length) % 6 == 0 else None)
                if usual is None:
                    continue
                moved = _moved(one, at, length, usual + _held(one.place, length, beat, bar))
                if moved is not None:
                    found.append(moved)
        return found or [_lost(one, at) for one in self._readings]


def _near(one: _Reading, at: float, usual: Mapping[int, float]) -> list[int]:
    """Lengths that a note at `at` may end: units."""
    units = (at - one.at) / one.each
    far = FAR * ((LOOSE**2 + one.spread[0]) ** 0.5 / one.each + units * (one.spread[2] ** 0.5 / one.each + LOOSER))
    near = {length for length in usual if abs(length - units) <= far}
    low = (one.place + units - far) // 6 * 6 - one.place  # eighths
    return sorted(near | {n for n in range(int(low), int(units + far) + 1, 6) if n > 0 and abs(n - units) <= far})


def _held(place: int, length: int, beat: int, bar: int) -> float:
    """What a note of a beat or more says of where the bar is: it begins there rather than going over its line."""
    if length < beat:
        return 0.0
    into = place % bar
    return LONG_FIRST if into == 0 else OVER if into + length > bar else 0.0


def _moved(one: _Reading, at: float, length: int, usual: float) -> _Reading | None:
    """The reading with a note `length` units further on; None where it would come too far from there."""
    p, pq, q = one.spread
    wander = (WANDER * one.each) ** 2 * length / 6
    q += wander
    expected, p, pq = one.at + length * one.each, p + 2 * length * pq + length**2 * q, pq + length * q
    noise = LOOSE**2 + (LOOSER * length * one.each) ** 2
    error, s = at - expected, p + noise
    if error**2 > FAR**2 * s:
        return None
    gain, turn = p / s, pq / s
    score = one.score + usual - 0.5 * error**2 / s - 0.5 * log(s / LOOSE**2)
    each = one.each + turn * error
    if not 5 / FASTEST <= each <= 5 / SLOWEST:
        return None
    spread = ((1 - gain) * p, (1 - gain) * pq, q - turn * pq)
    place = one.place + length
    return _Reading(score, expected + gain * error, each, place, spread, (place, one.places))


def _kept(one: _Reading) -> _Reading:
    """The reading with an ornament."""
    return _Reading(one.score + ORNAMENT, one.at, one.each, one.place, one.spread, (one.place, one.places))


def _lost(one: _Reading, at: float) -> _Reading:
    """The reading after a note that none expected: it is on the nearest eighth, and the beat goes from there."""
    place = max(one.place + 1, round((one.place + (at - one.at) / one.each) / 6) * 6)
    spread = (LOOSE**2, 0.0, one.spread[2] + (0.02 * one.each) ** 2)
    return _Reading(one.score + 2 * REST, at, one.each, place, spread, (place, one.places))


def _best(found: list[_Reading]) -> list[_Reading]:
    """The best of them, the score of the best 0."""
    best = sorted(found, key=lambda one: -one.score)[:READINGS]
    top = best[0].score
    kept = [one for one in best if one.score > top - HOPELESS]
    for one in kept:
        one.score -= top
    return kept
