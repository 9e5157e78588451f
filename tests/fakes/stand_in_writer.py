"""A stand-in for the composer: tunes by chance, without a model, at a thousandth of its cost.

It obeys as the model's writer does: what it writes is a function of the controls, the tune's number and the tokens so
far; short parts with repeats, second endings and pick-ups; bars that do not add up where the guard is off; each further
time through varies some bars.
"""

from __future__ import annotations

import zlib
from random import Random

from instrument.controls.table import COMPOSING
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.plan import Plan, PlannedBar
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.decode import GrowingTune
from instrument.music.tokens.tokens import BARS, STOP
from instrument.thinking.spans.writer import WriteRequest

PITCHES = ("C,", "D,", "E,", "G,", "A,", "C", "D", "E", "F", "G", "A", "B", "c", "d", "e")
LONGEST = 24  #: measures behind what stands
#: groups of controls that say where a tune goes on or how it is sung, and nothing of its notes
APART = ("set.", "voice.", "harmony.", "tune.key", "tune.stay", "tune.aabb", "tune.meter")


def drawn(*words: object) -> Random:
    """Chance that the same words give again, in every process."""
    return Random(zlib.crc32(repr(words).encode()))


class StandInWriter:
    """A `Writer` for the planner."""

    def __init__(self, brief: WriteRequest) -> None:
        values = brief.snapshot.values
        self._meter = Meter.parse(brief.tokens[0][2:])
        self._words = [
            brief.snapshot.seed, brief.tune, brief.snapshot.held,
            *(values[name] for name in COMPOSING if not name.startswith(APART)),
        ]  # fmt: skip
        self._guarded = bool(values["tune.guard"])
        self.whole = brief.tokens[-1] == STOP
        self._tokens = [token for token in brief.tokens if token != STOP]
        self._reading, self._known = GrowingTune(), -1
        self._measures: tuple[Measure, ...] = ()
        self._primed = len(read_tune(self._tokens[: brief.context], strict=False).measures) if brief.context else 0
        self.plan: Plan = () if brief.context else brief.plan or self._form(len(self.measures()))
        self._time, self._decided = brief.time, brief.stands
        self._vary = brief.snapshot.number("set.vary")

    @property
    def texts(self) -> tuple[str, ...]:
        return (*self._tokens, *((STOP,) if self.whole else ()))

    def measures(self) -> tuple[Measure, ...]:
        if self._known != len(self._tokens):
            self._measures, self._known = self._reading.read(self._tokens).measures, len(self._tokens)
        return self._measures

    def measure(self, index: int) -> Measure | None:
        if self._time > 1:
            while self._decided <= index:
                self._say_otherwise(self._decided)
                self._decided += 1
        while not self.whole and len(self.measures()) <= index:
            self._write()
        measures = self.measures()
        return measures[index] if index < len(measures) else None

    def cut(self, tokens: int) -> None:
        if self._time == 1 and (tokens < len(self._tokens) or self.whole):
            self._tokens, self.whole = self._tokens[:tokens], False

    def _form(self, standing: int) -> Plan:
        """Two or three parts of four bars; of bars that stand already nothing is said otherwise."""
        chance = drawn("form", *self._words[:2])
        if standing or chance.random() < 0.2:
            return ()  # its form is left to chance, and remains so wherever it is taken up again
        bars: list[PlannedBar] = []
        pickup = chance.choice((0, 0, 1, 2)) * EIGHTH
        if pickup:
            bars.append(PlannedBar(lacks=self._meter.bar - pickup, bar=0, left=4))
        for part in range(chance.choice((2, 2, 3))):
            repeated = chance.random() < 0.6
            for bar in range(4):
                ends = repeated and bar == 3
                bars.append(PlannedBar(":|" if ends else "|", repeated and not bar, 0, 0, part=part, bar=bar + 1,
                                       left=3 - bar))  # fmt: skip
        return tuple(bars)

    def _write(self) -> None:
        index = len(self.measures())
        planned = self.plan[index] if index < len(self.plan) else None
        chance = drawn(*self._words, index, self._tokens[-1])
        lacks = planned.lacks if planned else 0
        if not self._guarded and chance.random() < 0.4:
            lacks += EIGHTH
        self._tokens += ["|:"] if planned and planned.opens else []
        self._tokens += self._notes(max(EIGHTH, self._meter.bar - lacks), chance)  # a bar without a note is none
        self._tokens += [planned.sign if planned else "|"]
        more = index + 1 - self._primed
        over = index + 1 >= len(self.plan) if self.plan else more % 4 == 0 and (chance.random() < 0.3 or more > LONGEST)
        self.whole = over

    def _notes(self, ticks: int, chance: Random) -> list[str]:
        """So many ticks of notes."""
        left, notes = ticks // EIGHTH, list[str]()
        while left > 0:
            long = min(left, chance.choice((1, 1, 2, 2, 3)))
            notes += [chance.choice(PITCHES), *([str(long)] if long > 1 else [])]
            left -= long
        return notes

    def _say_otherwise(self, index: int) -> None:
        """One measure of a tune that is known, perhaps varied: as long as it was, its signs as they were."""
        measures = self.measures()
        chance = drawn("again", *self._words[:2], self._time, index, self._vary)
        if index >= len(measures) or chance.random() >= self._vary or measures[index].length % EIGHTH:
            return
        here = measures[index]
        old = self._tokens[here.first : here.last]
        head = next((i for i, token in enumerate(old) if token not in BARS), len(old))
        tail = [token for token in old[head:] if token in BARS]
        new = [*old[:head], *self._notes(here.length, chance), *tail]
        self._tokens = [*self._tokens[: here.first], *new, *self._tokens[here.last :]]
        self._known = -1
