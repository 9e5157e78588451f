"""Tunes that were played: where each began, with which controls, and how many bars the one that sounds has.

Fed with what is announced, and with what was asked of the thinker, which says the controls of each plan.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.tokens.tune_length import bars_from
from instrument.playing.request_history import RequestHistory
from instrument.playing.schedule.lookahead import KEPT
from instrument.playing.way_back.moved_spans import OWN


@dataclass(slots=True)
class TunePlayed:
    """One tune, or one time through it. seed, tune: which it is; spans: as they were announced."""

    seed: int
    tune: int
    spans: list[Span] = field(default_factory=list)

    @property
    def name(self) -> tuple[int, int]:
        return self.seed, self.tune


class TunesPlayed:
    """Tunes that were played. thread: one at a time. blocks: never."""

    def __init__(self, first: Snapshot) -> None:
        """first: the controls of the opening."""
        self._plans = RequestHistory(first)
        self._spans: deque[Span] = deque(maxlen=KEPT)

    def asked(self, plan: int, snapshot: Snapshot) -> None:
        """A request was made with these controls."""
        self._plans.add(plan, snapshot, {span.plan for span in self._spans})

    def announced(self, span: Span) -> None:
        """A span will be heard. What was announced there or later before, and moved away from, is forgotten."""
        while self._spans and self._spans[-1].start >= span.start:
            self._spans.pop()
        if span.source not in OWN:
            self._spans.append(span)

    def controls(self, span: Span) -> Snapshot:
        """The controls that a span was composed with."""
        return self._plans.controls(span.plan)

    def before(self) -> TunePlayed | None:
        """The tune before the one that sounds: of the times that it was played, the one with the most bars."""
        tunes = self._tunes()
        if not tunes:
            return None
        here = next(place for place, tune in enumerate(tunes) if tune.name == tunes[-1].name)
        others = [tune for tune in tunes[:here] if here and tune.name == tunes[here - 1].name]
        return max(others, key=lambda tune: len(tune.spans), default=None)

    def bars(self) -> int | None:
        """How many bars the tune has that was announced last, repeats counted; None where that is not known yet."""
        if not self._spans:
            return None
        last = self._spans[-1]
        aabb = bool(self.controls(last).values["tune.aabb"]) and not last.known[0]
        left = bars_from(last.written, last.form, last.place, aabb)
        return None if left is None else last.bar + left

    def _tunes(self) -> list[TunePlayed]:
        """All that is remembered, tune by tune, a time through each."""
        found: list[TunePlayed] = []
        for span in self._spans:
            name = (self.controls(span).seed, span.tune)
            if not found or found[-1].name != name or (span.bar == 0 and not span.phrase.silent):
                found.append(TunePlayed(*name))
            found[-1].spans.append(span)
        return found
