"""Requests for plans: what the player asks of the thinker, and what it does with the bars that come.

It asks from the first bar that is not announced, one request at a time, and keeps the plan `search.lookahead` bars
ahead. The player's part that knows the thinker; no time, no devices.
"""

from __future__ import annotations

from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.ticks import QUARTER
from instrument.playing.ensemble.part import EnsemblePart
from instrument.playing.ensemble.roles import HeardBar
from instrument.playing.modes.play_modes import PlayModes
from instrument.playing.request_history import RequestHistory
from instrument.playing.schedule.lookahead import LookAhead, bars_ahead
from instrument.playing.schedule.scheduler import Scheduler
from instrument.playing.schedule.tick_result import Request
from instrument.playing.way_back.course import Course

MOST_HELD = 16  #: bars that are repeated at most while an answer is waited for


class PlanRequests:
    """Requests to the thinker, and its answers. thread: the player's. blocks: never."""

    snapshot: Snapshot
    scheduler: Scheduler
    buffer: LookAhead
    modes: PlayModes
    course: Course

    def __init__(self, snapshot: Snapshot) -> None:
        self.plan = 0  #: number of the newest request
        self._plans = RequestHistory(snapshot)
        self._thinking = False
        self._until = 0
        self._asked = self._turned = False  # a request awaits its first span; a control was turned meanwhile
        self._missed = 0  # answers in a row that came too late
        self.ensemble = EnsemblePart()
        self.way = 0.0  #: seconds to the thinker and back, beyond what a line between processes takes
        self._rewrite = False  # the next request voids what is written beyond

    def thinker_ready(self) -> list[Request]:
        """A thinker has come up, the first or another: it goes on from the end of what is planned."""
        self._thinking = True
        if self.course.loop.on:
            return []
        whole = self.modes.current.reach() is None and self.course.where() == self.modes.current.where()
        if whole and all(span.plan == self.plan for span in self.buffer.ahead):
            return self.ask(self.buffer.end, self.buffer.last)
        return self.ask(*self.course.behind())

    def thinker_gone(self) -> None:
        self._thinking = self._asked = self._turned = False

    def receive(self, span: Span) -> list[Request]:
        """A span from the thinker. What came too late is asked for again, from where it can still be heard."""
        if span.plan != self.plan:
            return []
        self._asked, turned, self._turned = False, self._turned, False
        taken = self.course.late(span) or self.modes.current.receive(span)
        self._missed = 0 if taken else self._missed + 1
        if taken and not turned:
            return []
        place = self.course.where()
        own = self.modes.current.on_clock and self.modes.current.reach() is None and place == self.modes.current.where()
        if self._missed > 1 and own and self.buffer.last_committed is not None:
            # it takes longer than a bar, time and again: the last part goes on, and what comes behind it is asked for
            late = -(-(self.buffer.committed - span.start) // max(1, span.end - span.start))  # bars
            self.buffer.hold_on(min(max(self._missed - 1, late), MOST_HELD))
            place = self.buffer.end, self.buffer.last
        return self.ask(*place)

    def hear_leader(self, bar: HeardBar) -> list[Request]:
        """Who leads the ensemble has announced a bar: what is planned there is laid to it. One that is announced here
        already, or that was heard before, changes nothing."""
        own = self.modes.current.on_clock and self.modes.current.reach() is None and not self.course.loop.on
        if not own or not self.ensemble.hear(bar, self.buffer.committed):
            return []
        before = next((span for span in self.buffer.ahead if span.end == bar.span.start), None)
        if self._asked or before is None or before.plan != self.plan:
            return self.think_again()
        return self.ask(bar.span.start, before)

    def led_from(self, tick: int) -> bool:
        """Whether bars of who leads the ensemble are known from that tick on."""
        return bool(self.ensemble.bars(tick))

    def void(self) -> None:
        """What has been asked for is not wanted any more."""
        self.plan += 1
        self._note_plan()
        self._asked = self._turned = False

    def think_again(self) -> list[Request]:
        """Ask for what is not yet announced, anew; in a loop, once it is off."""
        if self.course.loop.on:
            return []
        if self._asked:  # one request at a time: a sweep of a fader must not void every answer to it
            self._turned = True
            return []
        return self.ask(*self.course.where())

    def _note_plan(self) -> None:
        """Remember which controls the newest plan has."""
        needed = {*self.buffer.plans(), *self.modes.current.plans(), *self.course.plans()}
        self._plans.add(self.plan, self.snapshot, needed)

    def _extend(self, now: float) -> list[Request]:
        """Keep the plan `search.lookahead` bars ahead of what is playing."""
        if not self._thinking or self.course.loop.on or self.modes.current.reach() is not None:
            return []
        wanted = self._horizon(max(self.scheduler.tick(now), 0))
        if wanted < self._until + self.snapshot.meter.bar // 2:
            return []
        self._until = wanted
        return [Extend(wanted, self.scheduler.tick(now))]

    def _horizon(self, tick: int) -> int:
        """Ticks that the plan is to reach while the music is at `tick`."""
        ahead = int(self.snapshot.number("search.lookahead") + 1) * self.snapshot.meter.bar
        return tick + ahead + self._way_in_ticks() + self.ensemble.ahead(self.snapshot, self.buffer.committed)

    def ask(self, start: int, after: Span | None) -> list[Request]:
        """The requests for what comes from `start` (ticks) on, after that span."""
        self.plan += 1
        self.course.asked(start)
        before = self._plans.controls(after.plan) if after and after.plan < self.plan else self.snapshot
        self._note_plan()
        reach = self.modes.current.reach()
        if not self._thinking or (reach is not None and reach <= start):
            return []
        self._asked, self._turned = True, False  # what has been turned is in it
        rewrite, self._rewrite = self._rewrite, False
        wanted = max(start, self.modes.current.where()[0]) if reach is None else start
        # where the music was farther on before, the plan reached farther: it is not composed up to there again
        far = min(self._until, self._horizon(wanted))
        self._until = max(far, wanted + self.snapshot.meter.bar) if reach is None else reach
        heard = tuple((bar.span, bar.sounds) for bar in self.ensemble.bars(start))
        rethink = Rethink(
            self.plan, self.snapshot, start, after, before, rewrite, wanted if wanted > start else 0, heard
        )
        return [rethink, Extend(self._until, self.buffer.committed)]

    def announces(self) -> int:
        """Ticks beyond the moment that are announced: what the performer chose, and the way to the thinker and back, so
        that what is asked for anew begins where its answer can still be heard; earlier where others play to it."""
        own = int(self.snapshot.number("search.commit") * QUARTER) + self._way_in_ticks()
        return own + self.ensemble.ahead(self.snapshot, self.buffer.committed)

    def _way_in_ticks(self) -> int:
        return int(self.way * self.scheduler.bpm / 60 * QUARTER)

    def finished(self, now: float) -> bool:
        """True once the last of the bars asked for has been played."""
        buffer = self.buffer
        over = buffer.limit is not None and buffer.rests  # the set was over before
        return (over or buffer.announced == buffer.limit) and self.scheduler.tick(now) >= buffer.committed

    def bars_ahead(self, now: float) -> float:
        """Bars planned beyond the moment, announced or not."""
        last = self.buffer.last_committed
        spans = [*([last] if last else []), *self.buffer.ahead]
        return bars_ahead(spans, self.scheduler.tick(now))
