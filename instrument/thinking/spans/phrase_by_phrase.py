"""Practising phrase by phrase: so many bars are played, then the same bars are left to the performer. No torch.

A phrase is as many bars as `practice.phrase` says, or what is left of the tune; a pick-up belongs to the bar that it
leads into. The bars that are left keep their melody in the plan, so that the other voices go with it and the score
shows it; whoever plays does not strike it (`instrument.playing.performance_style`). Every span says where in its phrase
it stands, so that a change of controls, a loop or a restarted thinker goes on from there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from instrument.controls.requests import Rethink
from instrument.music.events import PhrasePlace, Place, Span
from instrument.music.measure import Measure
from instrument.thinking.spans.planner import Planner

NO_PHRASE = PhrasePlace()


class PhrasePlanner(Planner):
    """A planner that practises. thread: the thinker's."""

    phrase = NO_PHRASE  #: of the span that was given last
    _at: tuple[Place, int] | None = (
        None  #: of the bar left to the performer that was given last: place, bar of the tune
    )
    _leaving = False  #: a bar is being left to the performer
    _renumbered = False  #: the tune has been written anew from its last bars: measures have other numbers

    def next_span(self) -> Span:
        """The measure that comes next, played or left to the performer. Composes as much as that needs."""
        bars = int(self.snapshot.values["practice.phrase"])
        if not bars:
            self.phrase = NO_PHRASE
            return super().next_span()
        if self._due(bars):
            if self._there():
                return self._left()
            self.phrase, self._at = NO_PHRASE, None  # it was of a tune that is written anew, and shorter
        span = super().next_span()
        self.phrase = self._played_on(span)
        return replace(span, phrase=self.phrase)

    def rethink(self, request: Rethink) -> None:
        after, self._renumbered = request.after, False
        if after is None or not after.phrase.silent:
            super().rethink(request)
        else:  # the tune stands where the phrase was over
            super().rethink(replace(request, after=replace(after, place=after.phrase.last, bar=after.phrase.behind)))
        self.phrase, self._at = NO_PHRASE, None
        if after is not None and self.bar and self.tune == after.tune and self._stands(after.phrase):
            self.phrase = after.phrase
            if 0 < after.phrase.silent < after.phrase.played:  # else nothing of it is left, and the next begins anew
                self._at = after.place, after.bar

    def _stands(self, phrase: PhrasePlace) -> bool:
        """Whether the bars of a phrase are still written as they were."""
        return not self._renumbered and phrase.last.measure < len(self.writer.measures())

    def _prime(self, *given: Any, **more: Any) -> None:
        super()._prime(*given, **more)
        self._renumbered = True

    def _played_on(self, span: Span) -> PhrasePlace:
        """The phrase with another of its bars played, or the next one begun."""
        before, whole = self.phrase, self._whole(span.place)
        if before.silent or not before.played or span.bar == 0:
            before = PhrasePlace(top=span.place, bar=span.bar)
        if not whole and not before.played:
            return replace(before, last=span.place, behind=span.bar)
        return replace(before, played=before.played + whole, last=span.place, behind=span.bar)

    def _due(self, bars: int) -> bool:
        """Whether the next bar is left to the performer."""
        phrase, newest = self.phrase, self.newest
        if not phrase.played or (newest is not None and newest.of_set.over):
            return False
        if phrase.silent:
            return phrase.silent < phrase.played
        if phrase.played >= bars:
            return True
        following = self._place()
        if self.bar == 0:  # another tune has been called for
            self.phrase = NO_PHRASE
            return False
        return self.writer.measure(following.measure) is None

    def _there(self) -> bool:
        """Whether the tune has the bar of the phrase that comes next."""
        if self._at is not None:
            return self._has(self._at[0]) and self._has(self._after(self._at[0]))
        top = self.phrase.top
        return self._has(top) and (self._whole(top) or self._has(self._after(top)))

    def _has(self, place: Place) -> bool:
        return self.writer.measure(place.measure) is not None

    def _left(self) -> Span:
        """The next bar of the phrase, left to the performer; a pick-up that it begins with is passed over."""
        stood = self.place, self._played, self.bar
        place, bar = (
            (self.phrase.top, self.phrase.bar) if self._at is None else (self._after(self._at[0]), self._at[1] + 1)
        )
        if self._at is None and not self._whole(place):
            place, bar = self._after(place), bar + 1
        self._stand(place)
        self.bar, self._leaving = bar, True
        try:
            span = self._span(self.writer.measures()[place.measure])
        finally:
            self._leaving = False
            self.place, self._played, self.bar = stood
        self.phrase = replace(self.phrase, silent=self.phrase.silent + self._whole(place))
        self._at = (place, bar) if self.phrase.silent < self.phrase.played else None
        self.tick, self.lacking, self.newest = span.end, span.lacking, span
        return replace(span, phrase=self.phrase)

    def _whole(self, place: Place) -> bool:
        """Whether a measure counts as a bar: it is no pick-up."""
        return 2 * self.writer.measures()[place.measure].length > self._meter_at(place.measure).bar

    def _room(self, measure: Measure, bar: int) -> tuple[int, int]:
        if not self._leaving:
            return super()._room(measure, bar)
        silence = self.lacking if self._at is None else 0  # it begins on the bar
        if (self.lacking and not silence) or measure.length >= bar or self._is_miscounted(measure, bar):
            return silence, 0
        return silence, bar - measure.length
