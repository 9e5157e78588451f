"""The look-ahead buffer: spans that join without gap or overlap, committed from the front.

What is committed has been announced and never changes. Beyond that, a newer plan replaces an older one
span by span as it arrives, so that the music never waits for a thought.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from instrument.music.events import Span
from instrument.music.ticks import QUARTER
from instrument.playing.schedule.packed_bar import moved, whole
from instrument.playing.schedule.past import Past

REPEATED_BARS = 8  #: how far back the player goes when it must fill in by itself
LEAP = 64 * QUARTER  #: ticks, more than any bar has: what is leapt over is one span, not thousands of bars
PATIENCE = 32 * QUARTER  #: ticks that are left silent, where the music was moved beyond the plan, before repeating


class LookAhead:
    """Look-ahead buffer of planned spans. thread: the player's. blocks: never."""

    def __init__(self, limit: int | None = None) -> None:
        """limit: announce so many spans and no more; None: for ever."""
        self.limit = limit
        self.announced = 0  #: spans so far
        self.past = Past()  #: what is announced and remembered
        self._ahead: deque[Span] = deque()
        #: openings of other tunes, each from tick 0, for as long as nothing but openings has been played
        self.further: deque[tuple[Span, ...]] = deque()
        self._repeats = 0
        self._from = 0  # ticks; what ends before has been passed over
        #: asked, in place of the last part's repeat, what comes where nothing is planned; None: nothing yet
        self.fill: Callable[[int, Span | None], Span | None] | None = None

    @property
    def committed(self) -> int:
        """Ticks; everything before is announced."""
        return self.past.last.end if self.past.last else 0

    @property
    def end(self) -> int:
        """Ticks; the plan reaches to here."""
        return self._ahead[-1].end if self._ahead else self.committed

    @property
    def ahead(self) -> Sequence[Span]:
        """What is planned and not announced, in order; packed where it was played before and the music moved back."""
        return tuple(self._ahead)

    @property
    def last_committed(self) -> Span | None:
        return self.past.last

    @property
    def last(self) -> Span | None:
        return self._ahead[-1] if self._ahead else self.last_committed

    def plans(self) -> set[int]:
        """Numbers of the plans that the remembered spans belong to."""
        return self.past.plans() | {span.plan for span in self._ahead}

    def put(self, span: Span) -> bool:
        """Take a span that begins at a joint beyond what is committed, in place of what was planned there.

        What an older plan has behind it stays, to fall back on, if it joins; the newer plan will replace it in turn.
        Behind the end of a set nothing of that set stays.
        False where the span cannot be taken: it would move what is announced, or leave a gap.
        """
        if span.end <= span.start or span.start < self.committed:
            return False
        if span.start == self.end:
            self._ahead.append(span)
            return True
        joints = {self.committed, *(s.end for s in self._ahead)}
        if span.start not in joints:
            return False
        before = [s for s in self._ahead if s.end <= span.start]
        behind = [s for s in self._ahead if s.start >= span.end]
        joined = behind if behind and behind[0].start == span.end and not _ends_before(span, behind[0]) else []
        self._ahead = deque([*before, span, *joined])
        return True

    def commit(self, tick: int) -> Iterator[Span]:
        """Announce spans until `tick` is covered; what is missing is repeated from the last part.

        What lies before the place that the music was moved to is passed over. While the plan has not come as far, there
        is nothing: the thinker is quick, and what it composes on the way is the tune.
        """
        while self.committed <= tick and not self.rests:
            span = self._next() if self.announced != self.limit and not self._waits(tick) else None
            if span is None:
                return
            self.past.append(span)
            if span.end > self._from:
                self.announced += span.source != "silent" or not span.lacking  # a beat of silence is no bar
                yield span

    @property
    def rests(self) -> bool:
        """The set is over with what is announced; what is planned behind it waits for `release`."""
        last = self.last_committed
        over = last is not None and last.of_set.over and last.source not in ("silent", "repeated")
        return over and last is not None and last.end > self._from

    def release(self) -> None:
        """The music goes on behind the end of a set."""
        self._from = max(self._from, self.committed)

    def locate(self, tick: int) -> bool:
        """The music moves to `tick`, back or on. What was played from there on is the plan again, and will be announced
        once more. False where the place is older than what is remembered; then nothing is kept, and all is to be
        composed again from the top."""
        self._from, self._repeats = tick, 0
        oldest = self.past.start
        for span in self.past.take_beyond(tick):
            if leap(span):  # nobody has heard it, and nobody shall
                self._ahead.clear()
            else:
                self._ahead.appendleft(span)
        if tick >= oldest:
            return True
        self.past.clear()
        self._ahead.clear()
        return False

    def since(self, tick: int) -> Iterator[Span]:
        """The announced spans that reach beyond `tick`."""
        return self.past.since(tick)

    def at(self, tick: int) -> Span | None:
        """The span that `tick` lies in, announced or planned; None where there is none."""
        return next((span for span in chain(self._ahead, self.past.since(tick)) if span.start <= tick < span.end), None)

    def cut(self, tick: int) -> None:
        """Forget what is planned, not announced, and ends after `tick`."""
        self._ahead = deque(span for span in self._ahead if span.end <= tick)

    def drop(self) -> None:
        """Forget what is planned and not announced."""
        self._ahead.clear()

    def amend(self, written: tuple[str, ...]) -> None:
        """The performer has played the last committed span's tune otherwise; what is to come goes on from there."""
        if (last := self.past.last) is not None:
            self.past.replace_last(replace(last, written=written))

    def _waits(self, tick: int) -> bool:
        """Whether what was moved to is still being composed."""
        behind = self.fill is None and not self._ahead and self.committed <= self._from
        return behind and tick < self._from + PATIENCE

    def _next(self) -> Span | None:
        if self._ahead:
            span = whole(self._ahead.popleft())
            self._repeats = self._repeats if span.source == "repeated" else 0
            return span
        if self.fill is not None:
            return self.fill(self.committed, self.last_committed)
        return self._open() or (self._repeat() if self.past.last else None)

    def _open(self) -> Span | None:
        """The first bar of the next opening, whose others are planned behind it; None where there is none."""
        last = self.last_committed
        if not self.further or (last is not None and last.source != "opening"):
            return None
        shift = self.committed + (last.lacking if last else 0)
        first, *others = (moved(span, shift) for span in self.further.popleft())
        self._ahead.extend(others)
        return replace(first, start=self.committed)

    def hold_on(self, bars: int) -> None:
        """So many bars of the last part are the plan, in place of what was planned: who composes needs longer."""
        self.drop()
        for _ in range(bars if self.past.last else 0):
            self._ahead.append(self._repeat())

    def _repeat(self) -> Span:
        """The next bar of the last part of the tune under way again, moved to the end of the plan. What comes behind it
        is what comes behind the bar before: where a set is over, another."""
        last = self.past.last
        assert last is not None
        tune = (one for one in self.past.newest_first() if one.source != "repeated" and one.tune == last.tune)
        own = list(islice(tune, REPEATED_BARS))[::-1] or [last]
        part = sum(one.end - one.start for one in own)
        if (far := (self._from - self.end) // part * part) >= LEAP:
            end = self.end + far
            return replace(last, start=self.end, end=end, notes=(), chords=(), source="repeated", branches=())
        span = own[self._repeats % len(own)]
        self._repeats += 1
        of = replace(span.of_set, over=(self.last or last).of_set.over)
        return replace(moved(span, self.end - span.start), source="repeated", branches=(), of_set=of)


def _ends_before(span: Span, behind: Span) -> bool:
    """Whether a set is over with a span, and what was planned behind it goes on with that set. Pure."""
    return span.of_set.over and behind.of_set.first <= span.of_set.first


def leap(span: Span) -> bool:
    """Whether it stands for all that the music has leapt over, which nobody plays. Pure."""
    return span.end - span.start >= LEAP


def bars_ahead(spans: Sequence[Span], tick: int) -> float:
    """How many bars of `spans` lie beyond `tick`, the one under way counted in part."""
    total = 0.0
    for span in spans:
        total += max(0, span.end - max(tick, span.start)) / max(1, span.end - span.start)
    return total
