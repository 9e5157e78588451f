"""Tunes that were played: where each began, with which controls, and how many bars the one that sounds has.

Fed with what is announced, and with what was asked of the thinker, which says the controls of each plan.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.tokens.tune_length import bars_from
from instrument.playing.request_history import RequestHistory
from instrument.playing.schedule.past import KEPT
from instrument.playing.way_back.moved_spans import OWN

WHOLE = 64  #: of the remembered bars, the newest, with all that they carry; of older ones, where they stood


@dataclass(slots=True)
class TunePlayed:
    """One tune, or one time through it. seed, tune: which it is; start: ticks, of its first bar; plan: number of the
    request that its last bar answers; bars: how many were announced."""

    seed: int
    tune: int
    start: int
    plan: int
    bars: int = 0

    @property
    def name(self) -> tuple[int, int]:
        return self.seed, self.tune


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar that was announced. start: ticks; plan, tune: as in `Span`; top: a time through the tune begins with it."""

    start: int
    plan: int
    tune: int
    top: bool


class TunesPlayed:
    """Tunes that were played. thread: one at a time. blocks: never."""

    def __init__(self, first: Snapshot) -> None:
        """first: the controls of the opening."""
        self._plans = RequestHistory(first)
        self._bars: deque[_Bar] = deque(maxlen=KEPT)
        self._whole: deque[Span] = deque(maxlen=WHOLE)  # the newest of them

    def asked(self, plan: int, snapshot: Snapshot) -> None:
        """A request was made with these controls."""
        self._plans.add(plan, snapshot, {bar.plan for bar in self._bars})

    def announced(self, span: Span) -> None:
        """A span will be heard. What was announced there or later before, and moved away from, is forgotten."""
        for remembered in (self._bars, self._whole):
            while remembered and remembered[-1].start >= span.start:
                remembered.pop()
        if span.source not in OWN:
            self._bars.append(_Bar(span.start, span.plan, span.tune, span.bar == 0 and not span.phrase.silent))
            self._whole.append(span)

    def before(self) -> TunePlayed | None:
        """The tune before the one that sounds: of the times that it was played, the one with the most bars."""
        tunes = self._tunes()
        if not tunes:
            return None
        here = next(place for place, tune in enumerate(tunes) if tune.name == tunes[-1].name)
        others = [tune for tune in tunes[:here] if here and tune.name == tunes[here - 1].name]
        return max(others, key=lambda tune: tune.bars, default=None)

    def controls(self, plan: int) -> Snapshot:
        """The controls that the bars of a request were composed with."""
        return self._plans.controls(plan)

    def bars(self) -> int | None:
        """How many bars the tune has that was announced last, repeats counted; None where that is not known yet, or the
        music was moved back further than whole bars are remembered and has not gone on from there."""
        if not self._whole:
            return None
        last = self._whole[-1]
        aabb = bool(self.controls(last.plan).values["tune.aabb"]) and not last.known[0]
        left = bars_from(last.written, last.form, last.place, aabb)
        return None if left is None else last.bar + left

    def _tunes(self) -> list[TunePlayed]:
        """All that is remembered, tune by tune, a time through each."""
        found: list[TunePlayed] = []
        for bar in self._bars:
            name = (self.controls(bar.plan).seed, bar.tune)
            if not found or found[-1].name != name or bar.top:
                found.append(TunePlayed(*name, start=bar.start, plan=bar.plan))
            found[-1].plan = bar.plan
            found[-1].bars += 1
        return found
