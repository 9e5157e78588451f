"""The player process: opens the ports, turns the player's loop, and ends every note on every way out.

Nothing heavy is imported here and nothing waits on anybody: the line to the conductor takes what it can at once, ports
are fed, and between the two the process sleeps, until something is due or comes in. Between the pieces of a turn's work
what is due goes out first. If the conductor goes away, so do we, after ending every note. The music of a turn is made
for one moment, in whole microseconds.
"""

from __future__ import annotations

import gc
import signal
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, cast

from instrument.controls.devices.plugged import NOTHING
from instrument.music.chord import Chord
from instrument.playing.messages import (
    Act,
    Announced,
    Change,
    FirstNote,
    Meet,
    NotesLine,
    PlayerEnded,
    PlayerSetup,
    Plug,
    PortsOpened,
    Present,
    Released,
    Said,
    Watch,
)
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import Performance
from instrument.playing.time.clock import Bell, Clock, SystemClock, whole
from instrument.playing.time.lateness import Lateness
from instrument.playing.turn import Entry, Exits
from instrument.ports.accompanist_client import AccompanistClient
from instrument.ports.jack.client import JackClient
from instrument.ports.jack.transport import JackTransport
from instrument.ports.link import Link
from instrument.ports.log.log_pipe import LogPipe
from instrument.ports.midi import system
from instrument.ports.midi.echo_guard import EchoGuard
from instrument.ports.midi.input import Inbox
from instrument.ports.midi.network_input import NetworkInputs
from instrument.ports.open_devices import open_inputs, open_network, open_outputs
from instrument.ports.osc_out.note_output import OscNotes
from instrument.ports.outlets import Outlets
from instrument.ports.outputs import LEAD, Midi
from instrument.ports.reconnect import Reconnector
from instrument.ports.system.outbox import newest_changes
from instrument.ports.system.pipe import line as open_line
from instrument.ports.system.priority import raise_priority
from instrument.ports.system.receiver import take_over

TURN = 0.005  #: seconds between turns when nothing is due sooner
PATIENCE = 0.5  #: seconds that the goodbye may wait for the conductor
TAIL = 1.5  #: seconds that the last notes may ring after the last bar


def run(
    line: Connection, setup: PlayerSetup, tapes: Sequence[Connection] = (), fit: Callable[[Loop], None] | None = None
) -> None:
    """Play until told to quit, until the bars are played, or until the line closes. tapes: to those who watch and log
    fit: is given the loop before it plays, to measure it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the conductor decides what Ctrl-C means
    _signals(_leave)
    priority = raise_priority()
    clock = SystemClock()
    loop = Loop(line, setup, clock, priority, LogPipe(*tapes))
    if fit is not None:
        fit(loop)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        loop.run()
    except (EOFError, BrokenPipeError, ConnectionResetError, SystemExit):
        pass
    finally:
        _signals(signal.SIG_IGN)
        loop.close()


def _signals(handler: Any) -> None:
    """What the signals that end a process do. Windows has not all of them."""
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handler)


def _leave(number: int, frame: object) -> None:
    _signals(signal.SIG_IGN)  # a second one must not break into the ending of the notes
    raise SystemExit(0)


class Loop:
    """One performance, its outputs and its line. thread: the player process's only one, besides the audio callback.

    sources: asked at every turn for what has come in, in this order
    """

    def __init__(
        self, line: Connection, setup: PlayerSetup, clock: Clock, priority: str, log: LogPipe | None = None
    ) -> None:
        self.line, self.setup, self.clock = open_line(line), setup, clock
        self.lateness, self.bell = Lateness(), Bell()
        self.inbox = Inbox(clock, self.bell)
        self.partner = AccompanistClient(self.bell)
        values = setup.snapshot.values
        needs_jack = setup.midi != NOTHING or values["clock.source"] == "jack" or values["clock.jack_master"]
        self.jack = JackClient(clock, setup.midi) if needs_jack or not setup.silent else None
        system.own_jack = self.jack
        self.outputs, lines = open_outputs(setup, clock, self.lateness, self.jack)
        more, told = open_network(setup, clock, self.lateness, self.line.put)
        self.outputs, lines = [*self.outputs, *more], [*lines, *told]
        self.inputs, heard = open_inputs(setup, self.inbox)
        #: seconds that messages are made ahead of their time: enough for the output that is served the earliest
        lead = LEAD - min([0.0, *(output.delay for output in self.outputs)])
        if self.jack is not None and needs_jack:
            self.jack.lead = lead = max(lead, lead - LEAD + self.jack.early)
        self.performance = Performance(setup, [output.name for output in self.outputs], lead)
        self.network = NetworkInputs(clock, self.bell, lead, lambda text: self.line.put(Said(text)))
        self.guard = EchoGuard(setup.midi.inputs)
        for output in self.outputs:
            if isinstance(output, Midi) and self.guard.wanted:
                output.port.watch = lambda data, output=output: self.guard.sent(data, output.moment)
        self.cables = Reconnector(setup.midi, [] if setup.dry else self.outputs, self.inputs)
        self.link = Link(clock, setup.snapshot)
        self.transport = JackTransport(self.jack, setup.snapshot, self.performance.player.scheduler)
        self.sources: list[Callable[[], Iterable[Entry]]] = [self._from_conductor, self._heard, self.network.take,
            self.partner.take, self.link.take, self.transport.take]  # fmt: skip
        self.outlets = Outlets(self.outputs, self.performance.player.scheduler, lambda text: self.line.put(Said(text)))
        recording = next((recording.stem for recording in self.outlets.recordings), None)
        ports = () if setup.dry else tuple(o.whole for o in self.outputs if isinstance(o, Midi) and o.there)
        self.line.send(PortsOpened((*lines, *heard, priority), recording, ports))
        self.log = log or LogPipe(None)
        self.log.begin(setup, [output.name for output in self.outputs], lead, self.now())
        self.log.ports(self._ends())
        self._logs: deque[tuple[int, Connection]] = deque()  # to another watch, in place of one that has died
        self._first, self._said = False, clock.now()
        self._pace: tuple[bool, float, int, Chord | None] = (False, 0.0, 0, None)  # as last told
        self._closed = False

    def _ends(self) -> dict[str, str]:
        """The outputs on which a watch can end notes: the rig's names, the system's."""
        return self.cables.outputs() | {one.name: one.whole for one in self.outputs if isinstance(one, OscNotes)}

    def now(self) -> float:
        """Seconds, in whole microseconds, so that a log of moments is exact."""
        return whole(self.clock.now())

    def run(self) -> None:
        """Play to the end."""
        ended = float("inf")
        begin = () if self.performance.waits else (Act("transport.play"),)
        if not begin:
            self.line.send(Said(f"waiting for {self.performance.waits_for} to start the music"))
        wake = self.turn([*self.cables.absent(), *begin])
        while self.clock.now() < ended:
            if ended == float("inf") and self.performance.finished(self.clock.now()):
                ended = self.clock.now() + TAIL
            self.clock.sleep_until(min(wake, self.clock.now() + TURN), self.bell)
            wake = self.turn()

    def turn(self, first: Iterable[Entry] = ()) -> float:
        """Once round: send what is due, hear, play, send, report. Returns when the next message is due (seconds)."""
        self.outlets.flush(self.outlets.due_first(self.clock), TURN)
        self.outlets.due_first(self.clock)
        entries = newest_changes([*first, *(entry for source in self.sources for entry in source())])
        now = self.outlets.due_first(self.clock)
        exits = self.performance.turn(now, entries)
        self.outlets.due_first(self.clock)
        if self._logs:
            number, line = self._logs.popleft()
            ends = [output for output in self.outputs if isinstance(output, Midi | OscNotes)]
            sounding, laid = {end.name: end.sounding for end in ends}, [m for end in ends for m in end.laid]
            self.log.renew(line, self._ends(), sounding, number, laid)
        self.log.turn(now, self.performance.player.scheduler.tick(now), entries, exits)  # first: the watchdog must know
        self._deliver(exits, now)
        self.transport.heed(entries)
        self.network.heed(entries)
        if missing := self.link.heed(entries):
            self.line.put(Said(missing))
        if any(isinstance(entry, Change) for entry in entries):
            self._level()
        self.outlets.flush(self.now(), TURN)
        scheduler = self.performance.player.scheduler
        beat = scheduler.tick(now) // self.performance.player.snapshot.meter.beat
        pace = (scheduler.playing, scheduler.bpm, beat, self.performance.player.backing.chord)
        if now - self._said >= 1.0 or (pace != self._pace and now - self._said >= 0.05):
            self._said, self._pace = now, pace
            self.line.put(self.performance.status(now, self.lateness.worst() * 1000))
        self.outlets.due_first(self.clock)
        self.line.flush()
        wake = self.outlets.flush(self.now(), TURN)
        return min(wake, self.performance.wake(), self.network.wake())

    def _heard(self) -> Iterable[Entry]:
        now = self.clock.now()
        for one in self.inbox.take():
            if isinstance(one, Released):
                self.line.put(Said(f'more came in at "{one.port}" than can be heard; its keys are let go'))
                yield one
            elif not self.guard.echo(one):
                yield one
        for port in self.inputs:
            if port.silent(now):
                self.line.put(Said(f'"{port.name}" has fallen silent; its keys are let go'))
                yield Released(port.name)

    def _from_conductor(self) -> Iterable[Entry]:
        for message in self.line.take():
            if isinstance(message, Meet):
                self.partner.join(message.end)
            elif isinstance(message, Watch):
                take_over(message.end, partial(self._watched, message.number), "lilt watch")
            elif isinstance(message, NotesLine):
                take_over(message.end, partial(self.network.join, port=message.port), "lilt notes")
            elif isinstance(message, Present):
                yield from self._plugged(self.cables.found(message))
            else:
                yield cast("Entry", message)
        yield from self._plugged(self.cables.retry(self.clock.now()))

    def _watched(self, number: int, line: Connection) -> None:
        """Another watch is there. thread: any."""
        self._logs.append((number, line))

    def _plugged(self, plugs: list[Plug]) -> Iterable[Entry]:
        for plug in plugs:
            self.line.put(Said(f'"{plug.port}" {"is back" if plug.there else "has gone; it is waited for"}'))
            yield plug
        if plugs:
            self.log.ports(self._ends())

    def _deliver(self, exits: Exits, now: float) -> None:
        for one in exits.out:
            if isinstance(one, Silence):
                self.outlets.silence(one)
            else:
                self._send(one, now)
        for told in exits.told:
            if isinstance(told, Announced):
                self.outlets.announced(told.span)
            self.line.put(told)
        if exits.cue is not None:
            self.partner.ask(exits.cue)
        if exits.quit:
            raise SystemExit(0)

    def _send(self, message: Message, now: float) -> None:
        self.outlets.send(message, now)
        if not self._first and message.kind == "on":
            self._first = True
            delay = max((output.delay for output in self.outputs), default=0.0)
            self.line.put(FirstNote(max(message.due, now) + delay))

    def _level(self) -> None:
        for output in self.outputs:
            synth = getattr(output, "synth", None)
            if synth is not None:
                synth.level = self.performance.player.snapshot.number("sound.level")

    def close(self) -> None:
        """End every note, close every port, say goodbye. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        now = self.now()
        exits = self.performance.close(now)
        with suppress(OSError):  # the notes first, then what was recorded, then what a driver may hold up
            self._deliver(exits, now)
        self.outlets.close()
        self.log.end(now, exits.out)
        for port in self.inputs:
            port.close()
        self.partner.close()
        self.link.close()
        self.transport.close()
        if self.jack is not None:
            self.jack.close()
            system.own_jack = None
        player = self.performance.player
        sent = float(sum(output.port.sent for output in self.outputs if isinstance(output, Midi)))
        figures = {**self.lateness.figures(), "sent": sent, "dropped": float(player.scheduler.dropped)}
        self.line.put(PlayerEnded({**figures, "repeated": float(player.repeated)}))
        self.line.drain(PATIENCE, self.clock)
