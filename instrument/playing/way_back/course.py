"""Course of the music: changes undone, a tune played again, a loop, from what is remembered of the plan.

What was planned and not announced when a control was turned is kept with its place. When the change is undone, it is
the plan again at once, and the thinker goes on behind it; where the music has gone beyond it meanwhile, the thinker
takes the place up and passes over what was not heard. A tune that is played again is what was announced of it, moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instrument.controls.requests import Laid
from instrument.controls.snapshot import Snapshot, turned
from instrument.controls.table import COMPOSING, LOOPING
from instrument.music.events import Span
from instrument.music.ticks import QUARTER
from instrument.playing.beginning.music import Music
from instrument.playing.schedule.packed_bar import whole
from instrument.playing.schedule.tick_result import Request
from instrument.playing.way_back.looping import Bounds, Looping, bounds
from instrument.playing.way_back.moved_spans import OWN, joined, moved
from instrument.playing.way_back.undo_points import UndoPoints

SHOWN = 8  #: spans that are told when many are planned at once; the others are heard of when they are announced
Place = tuple[int, Span | None]  #: tick, and the span that ends there


class Course:
    """Course of the music: undo, back and loop. thread: the player's. blocks: never."""

    def __init__(self, player: Music, snapshot: Snapshot) -> None:
        self.player, self.loop = player, Looping(player.buffer)
        self.points = UndoPoints(snapshot.version)
        self._since = 0  # number of the first request that the controls in force compose the same music for
        self._place: Place | None = None  # where the music is taken up again, until it is heard
        self._heard_from = 0  # number of the request for it
        self._bounds: Bounds | None = None
        self._pass_end = 0  # ticks: up to here a loop's last pass is planned, whatever the controls were meanwhile
        self._located = False  # the music was moved out of the loop
        self._left_loop = False  # the last pass is of a loop, not of what was moved back to
        self._looped_since = 0  # `_since` when the loop began

    @property
    def _on_clock(self) -> bool:
        """Whether the way of playing leaves the plan to the thinker, as far as the look-ahead says."""
        return self.player.modes.current.on_clock and self.player.modes.current.reach() is None

    def where(self) -> Place:
        """From where to think again."""
        if self._place is not None and self._on_clock and not self._heard():
            if not _ended(self.player.buffer.last_committed):
                return self._place
            self._place = None  # an ending was announced meanwhile, and is played
        return self.player.modes.current.where()

    def behind(self) -> Place:
        """From where to think again for another thinker, nothing having been turned: a loop's last pass stays."""
        start, after = self.where()
        ahead = self.player.buffer.ahead
        last = next((span for span in ahead if span.end == self._pass_end), None)
        stays = self._left_loop and self._on_clock and ahead and ahead[0].start == start
        return (last.end, last) if last is not None and stays else (start, after)

    def asked(self, start: int) -> None:
        """What is planned from `start` (ticks) on has been asked for anew, and stays no longer."""
        self._pass_end = min(self._pass_end, start)

    def _heard(self) -> bool:
        """Whether something of the music that was taken up again has been announced."""
        last = self.player.buffer.last_committed
        return last is not None and last.plan >= self._heard_from

    def plans(self) -> set[int]:
        """Numbers of the requests whose spans may be gone on from."""
        own = {self._place[1].plan} if self._place is not None and self._place[1] is not None else set[int]()
        return own | self.points.plans()

    # the controls

    def change(self, old: Snapshot, undone: int | None = None, top: int | None = None) -> list[Request]:
        """The controls have been turned, and the player has the new ones. undone, top: see `Change`."""
        new, here = self.player.snapshot, self.where() if self._on_clock else None
        planned, last_pass = self._planned(), self._pass_end
        if ends := self.loop.on and bounds(new) != self._bounds:  # what comes is the pass under way
            planned = self.loop.last_pass()
            last_pass = planned[-1].end if planned else 0
        changed = turned(old.values, new.values).keys()
        composing = not changed.isdisjoint(COMPOSING)
        alike = not composing and _asks(old) == _asks(new)
        returns = undone is not None and self.points.find(undone) is not None and bounds(new) is None
        requests: list[Request] | None = None
        if top is not None:
            requests = self._again(top)
        elif returns and undone is not None:
            requests = self._undo(undone)
        if not alike or requests is not None or not changed.isdisjoint(LOOPING):
            self.points.leave(new.version, old, here, planned, last_pass, ends)
        else:
            self.points.seen(new.version)
        if requests is not None:
            return requests
        if not alike:
            self._since, self._pass_end = self.player.plan + 1, 0
        another = (old.seed, old.tune) != (new.seed, new.tune)
        if self.loop.on and another and bounds(new) is None:  # it does not wait for the end of the loop
            self._leave_loop()
        elif ends and self._on_clock:  # at once: what is turned next in this turn may be undone behind the pass
            return self._end_loop()
        return self.player.think_again() if composing or old.tune != new.tune else []

    def _planned(self) -> tuple[Span, ...]:
        """What is planned with the controls in force, from the first bar that is not announced on."""
        found: list[Span] = []
        for span in self.player.buffer.ahead:
            of_loop = span.end <= self._pass_end
            if (span.plan < self._since and not of_loop) or (found and found[-1].end != span.start):
                break
            found.append(span)
        return tuple(found)

    def _undo(self, version: int) -> list[Request] | None:
        """Go on with the music of that version of the controls, as if it had never been left. None where it cannot: an
        ending that is announced is played, and a set that is over has ended."""
        point, (now, after) = self.points.find(version), self.player.modes.current.where()
        if point is None or point.start > now or not self._on_clock or _ended(after):
            return None
        self._leave_loop()
        same = version <= point.last and _alike(point.snapshot, self.player.snapshot)
        planned = point.planned if same or point.left_loop else ()
        passed = [span for span in planned if span.end <= now]
        coming = [span for span in planned if span.start >= now]
        across = next((span for span in planned if span.start < now < span.end), None)
        pass_end = point.pass_end
        if across is not None and across.end <= pass_end:  # it begins here instead
            coming = [moved(span, span.start + now - across.start) for span in (across, *coming)]
            pass_end += now - across.start
        if coming and coming[0].start == now:
            return self._lay(coming, pass_end)
        self._place = (passed[-1].end, passed[-1]) if passed else (point.start, point.after)
        self._heard_from = self._since = self.player.plan + 1
        return list(self.player.ask(*self.where()))

    def _again(self, top: int) -> list[Request] | None:
        """Play the tune whose top was announced at that tick again. None where it is not remembered."""
        tune: list[Span] = []
        for span in self.player.buffer.past.since(top):
            if span.start < top or span.source in OWN:
                continue
            if tune and (span.tune != tune[0].tune or (span.bar == 0 and not span.phrase.silent)):
                break
            tune.append(span)
        if not tune or not self._on_clock:
            return None
        self._leave_loop()
        now, after = self.player.modes.current.where()
        return self._lay(joined(tune, now, after))

    def _lay(self, spans: Sequence[Span], pass_end: int = 0) -> list[Request]:
        """Plan these spans, which begin where nothing is announced, and ask for what comes behind them. Up to
        `pass_end` (ticks) they are a loop's last pass, and remain as they are."""
        player = self.player
        looped = [span for span in spans if span.end <= pass_end]
        own = [*looped, *(replace(span, plan=player.plan + 1) for span in spans[len(looped) :])]
        self._place, self._since = None, player.plan + 1
        self._pass_end = looped[-1].end if looped else 0
        player.buffer.cut(own[0].start)
        requests: list[Request] = list(player.ask(own[-1].end, own[-1]))
        laid = [whole(span) for span in own if player.buffer.put(span)][:SHOWN]
        old, new = (tuple(one for one in laid if (one in looped) == of_loop) for of_loop in (True, False))
        told = ([Laid(old)] if old else []) + ([Laid(new, player.snapshot)] if new else [])
        return [*told, *requests]

    # from the thinker

    def late(self, span: Span) -> bool:
        """A span of the music that is taken up again, for bars that have been announced meanwhile: what follows it is
        waited for."""
        now = self.player.modes.current.where()[0]
        if self._place is None or not self._on_clock or span.start >= now:
            return False
        if span.end <= now:
            self._place = (span.end, span)
        return True

    # the loop

    def turn(self, now: float) -> list[Request]:
        """Each turn, before anything is announced: what the loop plans, and what is to be thought behind it."""
        player = self.player
        if self._place is not None and (not self._on_clock or self._heard()):
            self._place = None
        wanted = bounds(player.snapshot) if self._on_clock else None
        requests: list[Request] = []
        if self._located:
            self.loop.forget()
            self._pass_end, self._located = 0, False
            place = (player.buffer.end, player.buffer.last) if self._on_clock else player.modes.current.where()
            requests += player.ask(*place)
        elif self.loop.on and wanted != self._bounds:
            requests += self._end_loop()
        if wanted is not None and not self.loop.on and self.loop.begin(wanted, self._since):
            self._bounds, self._place, self._looped_since = wanted, None, self._since
            player.void()
        if self.loop.on and (laid := self.loop.fill(self._reach(now))):
            requests.append(Laid(laid))
        return requests

    def locate(self, known: bool, heard: int) -> None:
        """The music has been moved. known: to where it is remembered; heard: ticks up to which it was announced, which
        is the plan again whatever the controls are. Moved twice, it is as far as it was after the first move."""
        before = 0 if self._left_loop else self._pass_end
        self._place, self._pass_end = None, max(heard, before) if known else 0
        self._located, self._left_loop = self.loop.on and known, False
        self.loop.forget()
        if not known:
            self.points.clear()

    def _reach(self, now: float) -> int:
        """How far the plan is to reach, in ticks."""
        player = self.player
        snapshot, tick = player.snapshot, max(player.scheduler.tick(now), player.buffer.committed, 0)
        ahead = snapshot.number("search.lookahead") * snapshot.meter.bar
        return tick + int(max(ahead, snapshot.number("search.commit") * QUARTER + snapshot.meter.bar))

    def _end_loop(self) -> list[Request]:
        """The loop is off: its pass under way is played to the end, and the tune goes on behind it, as it was
        played or planned already where nothing has been turned since."""
        start, last = place = self.loop.end()
        same = self._looped_since == self._since and self._on_clock and not self.player.led_from(start)
        if behind := self.loop.behind(last) if same else []:
            requests = self._lay(behind)
        else:
            requests = list(self.player.ask(*(place if self._on_clock else self.player.modes.current.where())))
        self._pass_end, self._left_loop = start, True
        return requests

    def _leave_loop(self) -> None:
        """What is planned of the loop stays only for as long as nothing else is there."""
        self.loop.forget()


def _ended(after: Span | None) -> bool:
    """Whether an ending has been announced, or the set is over without one, by a fade."""
    return after is not None and (after.of_set.ending or after.of_set.over)


def _alike(one: Snapshot, other: Snapshot) -> bool:
    """Whether both compose the same music."""
    return _asks(one) == _asks(other) and turned(one.values, other.values).keys().isdisjoint(COMPOSING)


def _asks(one: Snapshot) -> tuple[object, ...]:
    """What decides what is composed, besides the values."""
    return one.tune, one.held, one.phrase, one.signal, one.playing_known
