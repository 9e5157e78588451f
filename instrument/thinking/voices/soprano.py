"""First voice: a tune from the experts of a soprano alone: when by the beat, which note by contour, key and height.

Sixteen bars in phrases of four. A phrase ends on a long note of the tonic chord, or half way on one of the dominant;
the tune ends on the tonic. A `Writer` for the planner, in the tokens of the tunes; no torch. The same seed and tune
give the same music, and each bar has its own random numbers.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from instrument.controls.snapshot import Snapshot
from instrument.music.grid import STEPS, Grid, tactus
from instrument.music.key import LETTER_SEMITONES, Key, transposition
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.plan import Plan
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.tokens import STOP, duration_text, pitch_text
from instrument.networks.chorale import first_voice
from instrument.networks.chorale.first_voice import BEAT, DOWN, EXPERTS, MAJOR, MINOR, OLDEST, OTHER, FirstVoice
from instrument.thinking.spans.planner import WriteRequest

BARS, PHRASE = 16, 4
MINOR_MODES = ("min", "dor", "phr", "loc")
LOWEST, HIGHEST = 60, 79  #: MIDI, as it sounds
OPEN, CLOSED = (1, 4, 6), (0, 2)  #: degrees that a phrase ends on: half way, and at an end
NEAR = 1.0  #: nats that each step of the scale from a goal costs on the way to it
SUNG = 2**34  #: keeps these random numbers apart from others of the same seed


class Song:
    """Written whole when it is asked for."""

    plan: Plan = ()

    def __init__(self, brief: WriteRequest, voice: FirstVoice) -> None:
        self._brief, self._voice = brief, voice
        self.whole = True
        kept = [token for token in brief.tokens if token != STOP]
        self._write(kept, 0 if not brief.context else len(read_tune(kept, strict=False).measures))

    def measures(self) -> tuple[Measure, ...]:
        return self._measures

    def measure(self, index: int) -> Measure | None:
        return self._measures[index] if index < len(self._measures) else None

    def cut(self, tokens: int) -> None:
        """Write anew from this token on."""
        self._write(list(self.texts[:tokens]), self._first)

    def _write(self, kept: list[str], first: int) -> None:
        """kept: tokens that stand, to a bar line; first: measures that are no part of this tune."""
        self._first = first
        standing = read_tune(kept, strict=False).measures
        singer = Singer(self._brief.snapshot, self._brief.tune, Meter.parse(kept[0][2:]), self._voice)
        for measure in standing[-2:]:
            singer.recall(measure)
        for bar in range(len(standing) - first, BARS):
            kept += singer.bar(bar)
        self.texts = (*kept, STOP)
        self._measures = read_tune(self.texts, strict=False).measures


class Singer:
    """One tune, bar after bar."""

    def __init__(self, snapshot: Snapshot, tune: int, meter: Meter, voice: FirstVoice) -> None:
        self.snapshot, self.tune, self.meter, self.voice = snapshot, tune, meter, voice
        self.grid = Grid(tactus(str(snapshot.values["harmony.tactus"]), meter, snapshot.number("clock.bpm")))
        self.scale = Key(0, 0, snapshot.key.mode)
        shift = transposition(snapshot.key)
        heights = np.arange(-7, 21)
        pitches = np.array([self._pitch(h) for h in heights.tolist()])
        inside = (pitches + shift >= LOWEST) & (pitches + shift <= HIGHEST)
        self.heights, self.sounding = heights[inside], pitches[inside] + shift
        self.here: int | None = None
        self.interval: int | None = None

    def recall(self, measure: Measure) -> None:
        """Notes that have been sung."""
        for note in measure.notes:
            height = min(range(-7, 21), key=lambda h: abs(self._pitch(h) - note.pitch))
            self._sing(height)

    def bar(self, number: int) -> list[str]:
        """The tokens of bar `number`, 0..15, its bar line included. It begins with a note."""
        beats = self.meter.bar // self.grid.beat
        steps = [step for step in range(STEPS * beats) if not (self.grid.compound and step % STEPS == 2)]
        close = beats // 2 * STEPS if number % PHRASE == PHRASE - 1 else None  # the step of a phrase's last note
        bits = np.random.Philox(key=[self.snapshot.seed, SUNG + self.tune], counter=[0, number, 0, 0])
        chance = np.random.Generator(bits).random((len(steps), 2))
        struck: list[tuple[int, int]] = []  # tick, height
        age = OLDEST
        for step, (when, which) in zip(steps, chance.tolist(), strict=True):
            place, since = self._place(step), age
            if self.grid.compound and step % STEPS == 3:
                since = 2 if age > 1 else OLDEST  # a long eighth and a short one; or three alike
            over = close is not None and step > close
            if not over and (step in (0, close) or self._begins(place, since, when)):
                goal = self._goal(number) if close is not None else None
                struck.append((self.grid.tick(step), self._note(place, which, goal, step == close)))
                age = 0
            age += 1
        ends = [tick for tick, _ in struck[1:]] + [self.meter.bar]
        sung = [self._tokens(height, end - tick) for (tick, height), end in zip(struck, ends, strict=True)]
        return [token for tokens in sung for token in tokens] + ["|"]

    def _begins(self, place: int, age: int, chance: float) -> bool:
        likely = float(np.clip(self.voice.beat[place, min(age, OLDEST) - 1], 1e-4, 1 - 1e-4))
        weight = self.snapshot.number("harmony.expert.beat") / self.snapshot.number("harmony.articulation")
        odds = (likely / (1 - likely)) ** weight
        return bool(chance < odds / (1 + odds))

    def _goal(self, number: int) -> tuple[int, ...]:
        """The degrees on which the phrase that bar `number` closes may end."""
        return (0,) if number == BARS - 1 else CLOSED if number // PHRASE % 2 else OPEN

    def _note(self, place: int, chance: float, goal: tuple[int, ...] | None, ends: bool) -> int:
        """The height of the next note; it becomes the last one. goal: degrees ahead; ends: it is one of them."""
        mode = MINOR if self.snapshot.key.mode in MINOR_MODES else MAJOR
        said = self.voice.logs(self.heights, self.sounding, self.here, self.interval, mode, place)
        logs = np.zeros(len(self.heights))
        for name in EXPERTS:
            logs += self.voice.exponents[name] * self.snapshot.number(f"harmony.expert.{name}") * said[name]
        if goal is not None:
            logs -= NEAR * self._away(goal) if not ends else np.where(self._away(goal) > 0, np.inf, 0.0)
        logs = logs / self.snapshot.number("harmony.temperature")
        shares = np.exp(logs - logs.max())
        found = int(np.searchsorted(np.cumsum(shares / shares.sum()), chance, side="right"))
        height = int(self.heights[min(found, len(self.heights) - 1)])
        self._sing(height)
        return height

    def _away(self, goal: tuple[int, ...]) -> NDArray[np.int64]:
        """Of each height, the steps of the scale to the nearest of these degrees."""
        ways = [np.minimum((self.heights - degree) % 7, (degree - self.heights) % 7) for degree in goal]
        found: NDArray[np.int64] = np.min(ways, axis=0)
        return found

    def _sing(self, height: int) -> None:
        self.interval = None if self.here is None else height - self.here
        self.here = height

    def _place(self, step: int) -> int:
        within = step % STEPS
        if self.grid.compound:
            return (DOWN if step == 0 else BEAT) if within == 0 else first_voice.EIGHTH if within == 3 else OTHER
        return DOWN if step == 0 else BEAT if within == 0 else first_voice.EIGHTH if within == 2 else OTHER

    def _pitch(self, height: int) -> int:
        """MIDI on C."""
        octave, degree = divmod(height, 7)
        return 60 + 12 * octave + LETTER_SEMITONES[degree] + self.scale.signature[degree]

    def _tokens(self, height: int, ticks: int) -> list[str]:
        """A note; what the key signature alters needs no sign."""
        octave, degree = divmod(height, 7)
        length = duration_text(Fraction(ticks, EIGHTH))
        return [pitch_text(degree, octave, None), *([length] if length else [])]
