"""The player process: opens the ports, turns the player's loop, and ends every note on every way out.

Nothing heavy is imported here and nothing waits on anybody: the line to the conductor is polled, ports are
fed, and between the two the process sleeps, until something is due or comes in. If the conductor goes away, so do
we, after ending every note. Each turn reads the time once, in whole microseconds.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterable
from multiprocessing.connection import Connection

from instrument.music.events import Span
from instrument.playing.clock import Bell, Clock, SystemClock, whole
from instrument.playing.lateness import Lateness
from instrument.playing.message import Message
from instrument.playing.player import Player, Turn
from instrument.playing.wire import (
    Act,
    Announced,
    Change,
    Ended,
    FirstNote,
    Opened,
    Said,
    Stage,
    Status,
    Thinker,
)
from instrument.ports.midi_in import Inbox
from instrument.ports.opening import open_inputs, open_outputs
from instrument.ports.outputs import LEAD, Midi, Recording
from instrument.ports.priority import raise_priority

TURN = 0.005  #: seconds between turns when nothing is due sooner
TAIL = 1.5  #: seconds that the last notes may ring after the last bar
TWICE = 1.0  #: seconds within which a second panic ends all notes of all channels


def run(line: Connection, setup: Stage) -> None:
    """Play until told to quit, until the bars are played, or until the line closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the conductor decides what Ctrl-C means
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _leave)
    priority = raise_priority()
    clock = SystemClock()
    loop = Loop(line, setup, clock, priority)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        loop.run()
    except (EOFError, BrokenPipeError, ConnectionResetError, SystemExit):
        pass
    finally:
        loop.close()


def _leave(number: int, frame: object) -> None:
    raise SystemExit(0)


class Loop:
    """One player, its outputs and its line. thread: the player process's only one, besides the audio callback."""

    def __init__(self, line: Connection, setup: Stage, clock: Clock, priority: str) -> None:
        self.line, self.setup, self.clock = line, setup, clock
        self.lateness = Lateness()
        self.bell = Bell()
        self.inbox = Inbox(clock, self.bell)
        self.outputs, lines = open_outputs(setup, clock, self.lateness)
        self.inputs, heard = open_inputs(setup, self.inbox)
        names = [output.name for output in self.outputs]
        thru = {one.name: tuple(o for o in one.thru if o in names) for one in setup.midi.inputs}
        self.player = Player(setup.routes(names), setup.snapshot, setup.opening, setup.bars, thru)
        #: seconds that messages are made ahead of their time: enough for the output that is served the earliest
        self.lead = LEAD - min([0.0, *(output.delay for output in self.outputs)])
        recording = next((o.stem for o in self.outputs if isinstance(o, Recording)), None)
        ports = () if setup.dry else tuple(o.port.name for o in self.outputs if isinstance(o, Midi))
        line.send(Opened((*lines, *heard, priority), recording, ports))
        self._first, self._panicked, self._said = False, float("-inf"), clock.now()
        self._closed = False

    def now(self) -> float:
        """Seconds, in whole microseconds, so that a log of moments is exact."""
        return whole(self.clock.now())

    def begin(self) -> None:
        """Start the music."""
        self._dispatch(self.player.play(self.now() + self.lead), self.now())

    def run(self) -> None:
        self.begin()
        ended = float("inf")
        while self.clock.now() < ended:
            wake = self.turn()
            if ended == float("inf") and self.player.finished(self.clock.now() + self.lead):
                ended = self.clock.now() + TAIL
            self.clock.sleep_until(min(wake, self.clock.now() + TURN), self.bell)

    def turn(self) -> float:
        """Once round: send what is due, hear, play, send, report. Returns when the next message is due (seconds)."""
        now = self.now()
        for output in self.outputs:
            output.flush(now)
        while self.line.poll(0):
            self._obey(self.line.recv(), now)
        for heard in self.inbox.take():
            self._take(self.player.hear(heard), now)
        self._take(self.player.advance(now + self.lead), now)
        wake = min((output.flush(now) for output in self.outputs), default=now + TURN)
        if now - self._said >= 1.0:
            self._said = now
            self.line.send(self._status(now + self.lead))
        return wake

    def _take(self, turn: Turn, now: float) -> None:
        self._dispatch(turn.messages, now)
        for request in turn.requests:
            self.line.send(request)
        for span in turn.announced:
            self._announce(span)

    def _obey(self, message: object, now: float) -> None:
        now, sent = now + self.lead, now
        requests: Iterable[object] = ()
        if isinstance(message, Span):
            requests = self.player.receive(message)
        elif isinstance(message, Change):
            requests = self.player.change(message.snapshot, now)
            self._level()
        elif isinstance(message, Thinker):
            requests = self.player.thinker_ready() if message.up else ()
            if not message.up:
                self.player.thinker_gone()
        elif isinstance(message, Act):
            self._act(message.name, now, sent)
        for request in requests:
            self.line.send(request)

    def _act(self, name: str, now: float, sent: float) -> None:
        if name == "transport.play":
            self._dispatch(self.player.play(now), sent)
        elif name == "transport.stop":
            self._end_notes(self.player.stop(now), False)
        elif name == "panic":
            self._end_notes(self.player.panic(now), now - self._panicked < TWICE)
            self._panicked = now
        elif name == "quit":
            raise SystemExit(0)

    def _dispatch(self, messages: Iterable[Message], now: float) -> None:
        for message in messages:
            for output in self.outputs:
                if output.name == message.port:
                    output.take(message, now)
            if not self._first and message.kind == "on":
                self._first = True
                self.line.send(FirstNote(max(message.due, now) + max(output.delay for output in self.outputs)))

    def _announce(self, span: Span) -> None:
        for output in self.outputs:
            if isinstance(output, Recording):
                output.announced(span, self.player.scheduler.bpm)
        if span.source == "repeated" and self.player.repeated == 1:
            self.line.send(Said("the thinker is not there yet; repeating the last part until it is"))
        self.line.send(Announced(span))

    def _level(self) -> None:
        for output in self.outputs:
            synth = getattr(output, "synth", None)
            if synth is not None:
                synth.level = self.player.snapshot.number("sound.level")

    def _end_notes(self, offs: list[Message], everything: bool) -> None:
        for output in self.outputs:
            output.silence([m for m in offs if m.port == output.name], everything)

    def _status(self, now: float) -> Status:
        player = self.player
        return Status(
            player.scheduler.playing, player.buffer.announced, player.scheduler.bpm, player.bars_ahead(now),
            player.repeated, self.lateness.worst() * 1000,
        )  # fmt: skip

    def close(self) -> None:
        """End every note, close every port, say goodbye. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        for port in self.inputs:
            port.close()
        self._end_notes(self.player.stop(self.now() + self.lead), False)
        for output in self.outputs:
            output.close()
        try:
            figures = {**self.lateness.figures(), "dropped": float(self.player.scheduler.dropped)}
            self.line.send(Ended({**figures, "repeated": float(self.player.repeated)}))
        except (BrokenPipeError, OSError):
            pass
