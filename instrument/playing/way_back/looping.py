"""The loop: bars of the tune that come again and again, as they were played. No time, no devices.

From the bar behind the last on, the bars of the loop are put into the look-ahead buffer once more, notes and all, as
far ahead as the music is planned otherwise; nothing is composed meanwhile. When the loop is off, its pass is played to
the end, and the tune goes on behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, islice

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.playing.schedule.lookahead import LookAhead
from instrument.playing.way_back.moved_spans import OWN, joined, moved

FOLLOWING = 16  #: bars behind the loop that are remembered at most
Bounds = tuple[int, int]  #: first and last bar of the loop, counted from 0 as `Span.bar` is


def bounds(snapshot: Snapshot) -> Bounds | None:
    """The loop that is asked for, or None."""
    values = snapshot.values
    if not values["loop.on"] or values["loop.to"] < values["loop.from"]:  # type: ignore[operator]
        return None
    return int(values["loop.from"]) - 1, int(values["loop.to"]) - 1


class Looping:
    """Loop of bars. thread: the player's. blocks: never."""

    def __init__(self, buffer: LookAhead) -> None:
        self.buffer = buffer
        self.bars: tuple[Span, ...] = ()  #: those that come again; () while none do
        self._bounds: Bounds = (0, 0)
        self._behind: list[Span] = []  # the loop's last bar and what followed it when the loop began

    @property
    def on(self) -> bool:
        """Whether the plan is made of the loop's bars."""
        return bool(self.bars)

    def begin(self, wanted: Bounds, since: int = 0) -> bool:
        """Take over where the tune, as it is announced and planned, goes beyond the loop. False where it does not yet,
        or where it has not been played with all the loop's bars. since: number of the first request whose bars are as
        the controls have them."""
        joint = self._joint(wanted[1])
        bars = self._remembered(wanted, joint) if joint is not None else ()
        if joint is None or not bars:
            return False
        self._behind = self._following(bars[-1], since)
        self.buffer.cut(joint.end)
        self.bars, self._bounds = bars, wanted
        return True

    def fill(self, until: int) -> tuple[Span, ...]:
        """Plan passes of the loop until `until` (ticks) is reached; returns what was planned."""
        laid: list[Span] = []
        while self.bars and self.buffer.end < until:
            one = joined(self.bars, self.buffer.end, self.buffer.last)
            laid += [span for span in one if self.buffer.put(span)]
        return tuple(laid)

    def end(self) -> tuple[int, Span | None]:
        """The loop is off: what is planned of it ends with the pass under way. Returns from where the tune goes on."""
        last = next(reversed(self.last_pass()), self.buffer.last_committed)
        self.forget()
        if last is None:
            return self.buffer.committed, None
        self.buffer.cut(last.end)
        return last.end, last

    def behind(self, last: Span | None) -> list[Span]:
        """The bars that followed the loop's last one when the loop began, moved behind that bar's last repeat; [] where
        `last`, with which the loop has ended, is no repeat of it."""
        if last is None or not self._behind or moved(self._behind[0], last.start) != replace(last, branches=()):
            return []
        by = last.end - self._behind[0].end
        return [moved(span, span.start + by) for span in self._behind[1:]]

    def last_pass(self) -> tuple[Span, ...]:
        """What is still to be announced of the pass under way."""
        line, last = self._line(), self.buffer.last_committed
        ends = next((place for place, span in enumerate(line) if span.bar == self._bounds[1]), len(line))
        return tuple(span for span in line[: ends + 1] if span is not last)

    def forget(self) -> None:
        """There is no loop any more; what is planned of it stays."""
        self.bars = ()

    def _line(self) -> list[Span]:
        """The last announced span and those planned behind it; where a set is over with it, these alone."""
        last = self.buffer.last_committed
        return [*([last] if last and not last.of_set.over else []), *self.buffer.ahead]

    def _following(self, last: Span, since: int) -> list[Span]:
        """A bar of the tune, and those behind it as they were played and planned, as far as the tune just went on."""
        found = [last]
        known = chain(self.buffer.past.since(last.end), self.buffer.ahead)
        for span in islice((one for one in known if one.start >= last.end), FOLLOWING):
            goes_on = (span.start, span.tune, span.bar) == (found[-1].end, last.tune, found[-1].bar + 1)
            if not goes_on or span.plan < since or span.source in OWN or span.phrase.played:
                break
            found.append(span)
        return found

    def _joint(self, last: int) -> Span | None:
        """The span behind which the loop begins again: the first of what comes that is not before the loop's last bar.
        None where none is, or the tune ends before, or its set does with that bar."""
        tune = None
        for span in self._line():
            if span.source in OWN:
                continue
            if tune not in (None, span.tune) or span.of_set.over:
                return None
            tune = span.tune
            if span.bar >= last and not _is_practised(span):
                return span
        return None

    def _remembered(self, wanted: Bounds, joint: Span) -> tuple[Span, ...]:
        """The loop's bars, each as it was played or planned last before the joint; () where one is missing."""
        found: dict[int, Span] = {}
        practised: list[Span] = []
        for span in self._back(joint):
            if span.tune != joint.tune:
                break
            if span.source not in OWN:
                practised.append(span)
                if not span.phrase.silent:
                    found.setdefault(span.bar, span)
        bars = [found.get(bar) for bar in range(wanted[0], wanted[1] + 1)]
        if None in bars:
            return ()
        if joint.phrase.silent:  # with the bars that were left to the performer, in the order in which they came
            first = practised.index(found[wanted[0]])
            return tuple(span for span in reversed(practised[: first + 1]) if wanted[0] <= span.bar <= wanted[1])
        return tuple(bar for bar in bars if bar is not None)

    def _back(self, joint: Span) -> Iterable[Span]:
        """What was played up to the joint, the newest first, to the top of the tune."""
        for span in chain(reversed(self.buffer.ahead), self.buffer.past.newest_first()):
            if span.end <= joint.end:
                yield span
                if span.bar == 0 and span.source not in OWN and not span.phrase.silent:
                    return


def _is_practised(span: Span) -> bool:
    """Whether bars of its phrase are still to be left to the performer behind it."""
    return span.phrase.played > span.phrase.silent
