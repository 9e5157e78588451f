"""Change expert: where chords change, on the bar line more than within the bar, and how often."""

from __future__ import annotations

from instrument.thinking.chords.experts.expert import Expert, Floats, Numbers
from instrument.thinking.chords.half_bars import HalfBars


class Change(Expert):
    """numbers["keep"]: (2, PLACES) nats for the chord before once more, in bars of two and of three."""

    name = "change"

    def __init__(self, numbers: Numbers) -> None:
        self._keep: Floats = numbers["keep"]

    def keeps(self, half: HalfBars) -> Floats:
        found: Floats = self._keep[int(half.triple), half.place]
        return found
