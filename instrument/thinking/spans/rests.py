"""Tune of rests: time goes by in bars, and the music is what is played by hand. No torch."""

from __future__ import annotations

from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.plan import Plan
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.tokens import STOP
from instrument.thinking.spans.planner import WriteRequest

BARS = 16  #: of a tune


class Rests:
    """A `Writer` for the planner. Everything is written from the first."""

    plan: Plan = ()

    def __init__(self, brief: WriteRequest) -> None:
        meter = Meter.parse(brief.tokens[0][2:])
        bar = ("z", str(meter.bar // EIGHTH), "|")
        written = [token for token in brief.tokens if token != STOP]
        standing = len(read_tune(written, strict=False).measures)
        more = BARS if brief.context else max(0, BARS - standing)
        self.texts, self.whole = (*written, *(bar * more), STOP), True
        self._measures = read_tune(self.texts, strict=False).measures

    def measures(self) -> tuple[Measure, ...]:
        return self._measures

    def measure(self, index: int) -> Measure | None:
        return self._measures[index] if index < len(self._measures) else None

    def cut(self, tokens: int) -> None:
        """Rests are the same whatever the controls."""
