"""Two thinkers of one performance: one elsewhere that composes while it can be reached, one here that stands by.

Whichever composes, the player asks one. A change over is told to it as a thinker that went and one that came: it asks
for what comes behind the bars that it has, and both compose the same from that, so that nothing is heard of it. The one
here takes over when the way is lost or answers come too late for the look-ahead; the other is gone back to after a
while, longer each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from instrument.controls.control import Value
from instrument.controls.explanations import ThinkerFigures, Thought
from instrument.controls.requests import Extend, Rethink, RoundTrip, ThinkerReady
from instrument.music.events import Span
from instrument.playing.messages import Status, ThinkerState
from instrument.rig.cluster.news import Reached, Unreached, WayMeasured

SHORT = 1.0  #: bars ahead: with fewer, an answer that is waited for is too late
LATE = 0.5  #: seconds that an answer may be waited for whatever the lead
FAR = 0.5  #: seconds there and back: beyond, the one elsewhere is not asked
WAITS, LONGEST = 4.0, 60.0  #: seconds until it is gone back to after it was lost, doubled each time, and at most
STEADY = 60.0  #: seconds of composing elsewhere after which that begins anew
NEWS = 0.25  #: by how much of itself the way must change to be told to the player,
LEAST = 0.005  #: and by how many seconds
ANSWER = 0.003  #: seconds in which the accompanist answers, anywhere: its networks are too small for a GPU
HERE = "here"

Receiver = Callable[[Any], object]
Hears = dict[type, Receiver]


class Process(Protocol):
    """A process of the conductor's, as far as it is needed here."""

    def send(self, message: object) -> None: ...

    def alive(self) -> None: ...

    def drop(self) -> None: ...

    def later(self, seconds: float) -> None: ...

    def replace(self) -> bool: ...


class TwoThinkers:
    """Two thinkers, remote and local, for failover. thread: the conductor's. blocks: never."""

    def __init__(
        self, here: Process, there: Process, player: Callable[[object], None], say: Callable[[str], None],
        publish: Callable[[dict[str, Value]], None], now: Callable[[], float],
        accompanied: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """player: sends to the player; publish: new values of readings; now: seconds that never go back; accompanied:
        whether there is an accompanist, which stays on this machine."""
        self.here, self.there, self._player = here, there, player
        self._say, self._publish, self._now, self._accompanied = say, publish, now, accompanied
        self.elsewhere = False  #: whether the one elsewhere composes
        self.way = 0.0  #: seconds there and back
        self._up_here = self._up_there = False
        self._node, self._said = "", False  # where it is, and whether it was said that it is not to be had
        self._told_way, self._told_stays = 0.0, False
        self._waiting: float | None = None  # since when an answer from elsewhere is waited for
        self._over = False  # nothing is to come: the set ends with what was sent
        self._back = 0.0  # when it is gone back to, at the earliest
        self._pause, self._since = WAITS, 0.0
        self._again = True  # whether it is worth another try
        self._deliver: Mapping[type, Receiver] = {}
        self._mourn: Callable[[], object] = lambda: None

    def join(
        self, hears: dict[Any, Hears], gone: dict[Any, Callable[[], object]], player: object,
        listen: Callable[[type, Receiver], None],
    ) -> None:  # fmt: skip
        """Hang on a conductor's tables, in which the thinker here and the player stand already."""
        self._deliver, self._mourn = dict(hears[self.here]), gone[self.here]
        hears[player] |= {Rethink: self.ask, Extend: self.ask}
        hears[self.here][ThinkerReady], gone[self.here] = self._ready_here, self._gone_here
        hears[self.there] = {
            Reached: self._reached, ThinkerReady: self._ready_there, WayMeasured: self._measured,
            Unreached: self._unreached, **dict.fromkeys((Span, ThinkerFigures, Thought), self._from_there),
        }  # fmt: skip
        gone[self.there] = self._gone_there
        listen(Status, self._status)

    def ask(self, request: Rethink | Extend) -> None:
        """A request of the player's."""
        (self.there if self.elsewhere else self.here).send(request)
        self._over = self._over and not isinstance(request, Rethink)
        if self.elsewhere and self._waiting is None and not self._over:
            self._waiting = self._now()

    # from the one here

    def _ready_here(self, ready: ThinkerReady) -> None:
        self._up_here = True
        if not self.elsewhere:
            self._player(ThinkerState(True))

    def _gone_here(self) -> None:
        self._up_here = False
        if not self.elsewhere:
            self._mourn()
            return
        self.here.replace()
        self._say("the thinker on this machine, which stood by, has died; another is starting")

    # from the one elsewhere

    def _reached(self, reached: Reached) -> None:
        self._node = f"{reached.node} ({reached.device})"

    def _ready_there(self, ready: ThinkerReady) -> None:
        self._up_there = True
        self.there.alive()

    def _measured(self, way: WayMeasured) -> None:
        """Once a second: how far it is, and so whether it is asked."""
        self.way = way.seconds
        now = self._now()
        if self.elsewhere:
            self._publish({"thinker.way_ms": 1000 * self.way})
            self._tell_way(self.way)
            if self.way > FAR:
                self._back = now + self._wait()
                self._come_back(f"the way to {self._node} and back takes {_ms(self.way)}")
            elif now - self._since > STEADY:
                self._pause = WAITS
        elif self._up_there and now >= self._back and self.way <= FAR:
            self._go_there(now)

    def _from_there(self, message: Span | ThinkerFigures | Thought) -> None:
        if not self.elsewhere:
            return
        if isinstance(message, Span):
            self._waiting, self._over = None, message.of_set.over
            self.there.alive()
            self._player(message)
        elif receiver := self._deliver.get(type(message)):
            receiver(message)

    def _unreached(self, why: Unreached) -> None:
        self._again = why.again
        self._lose(why.line)

    def _gone_there(self) -> None:
        self._lose("its process has ended")
        self._up_there = False
        if self._again:
            self.there.later(self._wait())
        else:
            self.there.drop()

    def _lose(self, why: str) -> None:
        """It cannot be had, now or any more. Until it has composed again, that is said once."""
        if self.elsewhere:
            self._come_back(f"the thinker on {self._node} is lost ({why})")
        elif not self._up_there and not self._said:
            self._said = True
            self._say(f"no thinker elsewhere: {why}; the one on this machine composes")

    def _wait(self) -> float:
        """Seconds until it is tried again, longer each time."""
        self._pause, pause = min(LONGEST, 2 * self._pause), self._pause
        return pause

    # from the player

    def _status(self, status: Status) -> None:
        """An answer that has not come while the plan runs out will not come in time."""
        if not (self.elsewhere and status.playing and self._waiting is not None and self._up_here):
            return
        if status.ahead < SHORT and self._now() - self._waiting > LATE + self.way:
            self._back = self._now() + self._wait()
            self._come_back(f"{self._node} answers too late")

    # changing over

    def _go_there(self, now: float) -> None:
        self.elsewhere, self._since, self._waiting, self._said = True, now, None, False
        self._change_over(self.way, True, self._node)
        self._say(f"{self._node} composes now, {_ms(self.way)} there and back; the thinker on this machine stands by")
        if self._accompanied() and not self._told_stays:
            self._told_stays = True
            far = f"{_ms(ANSWER)} here, {_ms(ANSWER + self.way)} there"
            self._say(f"the accompanist stays on this machine, which answers a key sooner: {far}")

    def _come_back(self, why: str) -> None:
        self.elsewhere = False
        self._change_over(0.0, self._up_here, HERE)
        self._say(f"{why}; the thinker on this machine has taken over")

    def _change_over(self, way: float, up: bool, place: str) -> None:
        self._player(ThinkerState(False))
        self._told_way = way
        self._player(RoundTrip(way))
        if up:
            self._player(ThinkerState(True))
        self._publish({"thinker.place": place, "thinker.way_ms": 1000 * way})

    def _tell_way(self, way: float) -> None:
        if abs(way - self._told_way) > max(LEAST, NEWS * self._told_way):
            self._told_way = way
            self._player(RoundTrip(way))


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"
