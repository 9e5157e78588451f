"""MIDI clock out: others follow us. Every clock has its moment on the line that the music goes by.

Clocks are numbered from the top of the piece, so however the tempo moves, none is skipped and none comes twice. Start,
or a position with Continue, goes out a little before the clock that it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence

from instrument.controls.snapshot import Snapshot
from instrument.music.ticks import QUARTER
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.scheduler import Scheduler

CLOCK = QUARTER // 24  #: ticks
SIXTEENTH = QUARTER // 4  #: ticks
FARTHEST = 16_383  #: sixteenths that a position can say
BEFORE = 0.002  #: seconds from Start to its clock, and from a position to Continue


class ClockOut:
    """MIDI clock output.

    thread: the player's. blocks: never. It watches the scheduler, and gives what follows from where that stands.
    """

    def __init__(self, scheduler: Scheduler, ports: Sequence[str], snapshot: Snapshot) -> None:
        """ports: names of the MIDI outputs."""
        self.scheduler, self.ports = scheduler, tuple(ports)
        self._running = False  # those who follow have been started
        self._begun = -1  # which beginning of the scheduler's they know of
        self._waited, self._shifted = -1, 0  # which beginning they wait for; how far it has been moved
        self._next = 0  # number of the next clock
        self._newest: float | None = None  # when the newest clock is due; None: silent
        self.change(snapshot)

    def change(self, snapshot: Snapshot) -> None:
        """The controls have been turned."""
        self.send = str(snapshot.values["clock.send"])

    def advance(self, now: float) -> list[Message]:
        """What is due by `now` (seconds, the scheduler's), for every port."""
        playing = self.scheduler.playing and self.send != "no"
        found: list[Message] = []
        stops = self._running and (not playing or self._begun != self.scheduler.begun)
        self._running = self._running and not stops
        if playing and not self._running:
            found += self._begin(now)
        if stops:
            found[:0] = self._all(found[0].due if found else now, "stop")
        if self._running or (playing and self.send == "always"):
            found += self._clocks(now)
        elif playing:
            self._newest = None  # it is counted in, and clocks begin with it
        elif self.send == "always":
            found += self._idle(now)
        else:
            self._newest = None
        if self.send == "no":
            self._begun = self.scheduler.begun  # nobody is told: when they are, it is of where the music is then
        return found

    def close(self, now: float) -> list[Message]:
        """The end: whoever follows is stopped."""
        running, self._running = self._running, False
        return self._all(now, "stop") if running else []

    def _begin(self, now: float) -> list[Message]:
        """Start at the top; elsewhere a position, and Continue where it has come."""
        fresh, counted = self._begun != self.scheduler.begun, self.scheduler.counted
        tick = self.scheduler.begun_at - counted if fresh else self.scheduler.tick(now)
        behind = counted > 0 and tick < self.scheduler.origin  # counted in by our own clock: the song begins later
        tick = self.scheduler.origin if behind else tick if counted else max(0, tick)
        origin = min(self.scheduler.origin, tick)
        sixteenth = -(-(tick - origin) // SIXTEENTH)
        at = self.scheduler.seconds(origin + sixteenth * SIXTEENTH) - BEFORE
        if behind and at - 2 * BEFORE > now:
            return self._wait(now)
        self._begun, self._running = self.scheduler.begun, True
        self._next, self._shifted = -(-tick // CLOCK), self.scheduler.shifted
        if sixteenth == 0:
            return self._all(at, "start")
        return self._all(at - BEFORE, "position", min(sixteenth, FARTHEST)) + self._all(at, "continue")

    def _wait(self, now: float) -> list[Message]:
        """While it is counted in, clocks are those of the count, if any."""
        if self._waited != self.scheduler.begun:
            self._waited, self._shifted = self.scheduler.begun, self.scheduler.shifted
            self._next = -(-self.scheduler.tick(now) // CLOCK)
        return []

    def _clocks(self, now: float) -> list[Message]:
        found: list[Message] = []
        moved, self._shifted = self.scheduler.shifted - self._shifted, self.scheduler.shifted
        self._next += moved // CLOCK
        while (due := self.scheduler.seconds(self._next * CLOCK)) <= now:
            self._newest = due if self._newest is None else max(due, self._newest)
            found += self._all(self._newest, "clock")
            self._next += 1
        return found

    def _idle(self, now: float) -> list[Message]:
        """While the music stands, clocks that tell the tempo."""
        found: list[Message] = []
        newest = now if self._newest is None else self._newest
        while (due := newest + 60 / self.scheduler.bpm / 24) <= now:
            found += self._all(due, "clock")
            newest = due
        self._newest = newest
        return found

    def _all(self, due: float, kind: str, value: int = 0) -> list[Message]:
        return [Message(due, kind, 1, 0, value, port) for port in self.ports]
