"""Watchdog: a process that writes the session log, and that ends the player's notes when the player cannot.

It is told of every message before it is sent, so that it knows what sounds. When the player's line closes without a
goodbye, or falls silent though it should beat once a second, the keys that are down are ended through ports of its own,
opened while all was well. A port of ours that others connect to dies with the player: nobody can send from it then.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from instrument.playing.messages import Said, Watching
from instrument.playing.midi.channel_controllers import Part
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.time.clock import Clock, SystemClock
from instrument.ports.log.log_end import LogEnd, end_of
from instrument.ports.log.log_pipe import Sounds
from instrument.ports.log.session_log import SessionLog, tidy
from instrument.ports.midi import output
from instrument.ports.midi.output import MidiOutput, NoMidi
from instrument.ports.osc_out.note_output import is_target, open_end
from instrument.ports.system.priority import WITNESS, raise_priority

PATIENCE = 2.5  #: seconds without a sign of the player's
UNSURE = 0.5  #: seconds: a note-off is told ahead of its moment, and may not have left
#: seconds between the times it is said again: a JACK server loses what it is given while it buries a client, and on a
#: machine that is very busy that takes long
AGAIN = (*(0.02,) * 25, *(0.1,) * 15)
TIMES = len(AGAIN)
#: of an output: keys that are down, (channel, note), and what else is not at rest, (channel, part)
Held = tuple[list[tuple[int, int]], list[tuple[int, Part]]]


def run(
    conductor: Connection, player: Connection, events: Connection, path: Path | None, goes_on: bool = False
) -> None:  # fmt: skip
    """Serve until the player has said goodbye and the conductor has gone. path: of the log, or None; goes_on: another
    has written it so far."""
    apart()
    raise_priority(WITNESS)
    watch = Watchdog(path, conductor, goes_on=goes_on)
    gc.collect()
    gc.freeze()
    clock, lines = SystemClock(), [player, events]
    heard = clock.now()
    while lines:
        ready = wait(lines, PATIENCE)
        heard = clock.now() if player in ready else heard
        if clock.now() - heard > PATIENCE:
            watch.silent()
        for line in [line for line in lines if line in ready]:
            try:
                data = line.recv_bytes()
            except (EOFError, OSError):
                lines.remove(line)
                if line is player:
                    watch.gone(alone=events not in lines or _closed(events, watch))
                continue
            watch.take(*pickle.loads(data))
    watch.close()


def _closed(line: Connection, watch: Watchdog) -> bool:
    """Whether the other end of a line has closed. What came in before is taken."""
    try:
        while line.poll(0):
            watch.take(*pickle.loads(line.recv_bytes()))
    except (EOFError, OSError):
        return True
    return False


def apart() -> None:
    """Leave the terminal's session and group, and heed no signal that they are sent: whoever ends those, from a closed
    window to a kill of the group, must not end this. The conductor ends it last, by its lines."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGPIPE"):  # Windows has not all of them
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if hasattr(os, "setsid"):
        with suppress(OSError):  # it leads a session already
            os.setsid()


class Watchdog:
    """Watchdog over the player's notes. thread: one."""

    def __init__(
        self, path: Path | None, conductor: Connection | None = None, clock: Clock | None = None, goes_on: bool = False
    ) -> None:  # fmt: skip
        """path: of the log, or None; goes_on: it is there already, and is written on."""
        self._conductor, self._clock = conductor, clock or SystemClock()
        self._at = 0  # microseconds on the player's clock
        self._found: LogEnd | None = None  # what another has left of the log
        self._log = self._open(path, goes_on) if path else None
        self._ports: dict[str, MidiOutput] = {}  # by the rig's names; their `down` is what the player holds
        self._left: list[MidiOutput] = []  # ports that have gone; their clients are left alone
        self._ended: deque[tuple[float, MidiOutput, tuple[int, int]]] = deque(maxlen=256)  # the newest note-offs
        self._over = False
        self._goodbye: dict[MidiOutput, Held] = {}  # what the player still held when it said goodbye
        self._voices: dict[int, str] = {}  # by channel, as it began: what an OSC target calls them

    def take(self, lost: int, record: tuple[Any, ...]) -> None:
        """A record of the pipe. lost: how many before it did not get through."""
        kind, *rest = record
        if lost:
            self._write({"lost": lost, "of": "events"} if kind == "event" else {"lost": lost})
        try:
            getattr(self, f"_{kind}")(*rest)
        except Exception as fault:  # whatever a record holds, the watch goes on
            self._tell(f"the watch over hanging notes: {type(fault).__name__}: {fault}")

    def silent(self) -> None:
        """The player has not been heard of for too long: what sounds is ended, and it may go on."""
        if not self._over and any(port.down for port in self._ports.values()):
            self._end_notes("the player hangs")

    def gone(self, alone: bool = False) -> None:
        """The player's line has closed. alone: the conductor died before, and the player ended its notes in a moment in
        which a JACK server may have been burying others, and lost them: they are ended once more."""
        if self._over and not alone:
            return
        held = self._goodbye if self._over else self._held()
        for at, port, key in self._ended:
            if self._clock.now() - at < UNSURE and port in held:
                held[port][0].append(key)
        if self._over:
            for port in held:
                port.panic()
        else:
            self._over = True
            self._end_notes("the player has died")
        for pause in AGAIN if any((*keys, *moved) for keys, moved in held.values()) else ():
            for port, (keys, moved) in held.items():
                port.end(keys)
                port.rest(moved)
            self._clock.sleep_until(self._clock.now() + pause)

    def _held(self) -> dict[MidiOutput, Held]:
        return {port: (sorted(port.down), sorted(port.moved)) for port in self._ports.values()}

    def close(self) -> None:
        for port in self._ports.values():
            port.close()
        if self._log is not None:
            self._log.close()

    # records

    def _begin(self, setup: Any, outputs: list[str], lead: float, at: int) -> None:
        self._at = at
        self._voices = setup.voices_by_channel()
        self._try(lambda log: log.begin(setup, outputs, lead, at))

    def _turn(
        self, idle: list[int], step: int, tick: int, entries: list[object], out: list[Message | Silence],
        faults: list[str],
    ) -> None:  # fmt: skip
        self._follow(out)
        self._log_turn(idle, step, tick, entries, out, faults)

    def _log_turn(
        self, idle: list[int], step: int, tick: int, entries: list[object], out: list[Message | Silence],
        faults: list[str],
    ) -> None:  # fmt: skip
        self._at += sum(idle) + step
        at = self._at
        self._try(lambda log: log.turn(at, tick, idle, entries, out, faults))

    def _idle(self, idle: list[int]) -> None:
        self._at += sum(idle)
        self._write({"idle": idle})

    def _end(self, idle: list[int], step: int, out: list[Message | Silence]) -> None:
        self._goodbye = self._held()
        self._follow(out)
        self._over = True
        self._at += sum(idle) + step
        at = self._at

        def write(log: SessionLog) -> None:
            if idle:
                log.write({"idle": idle})
            log.end(at, out)

        self._try(write)

    def _again(self, begins: int, ends: int, whole: bytes) -> None:
        """A record that was told to another, whose log may lack it. begins, ends: microseconds."""
        _, (kind, *rest) = pickle.loads(whole)
        known = self._found
        if known is not None and known.at is not None and (
            kind == "begin" or ends < known.at or (ends == known.at and known.turns)
        ):  # fmt: skip
            return
        if begins > self._at and kind != "begin":
            self._write({"lost": 1})
        self._at = begins
        if kind == "turn":
            idle, step, tick, entries, out, faults = rest
            self._log_turn(idle, step, tick, entries, out, faults)
        else:
            getattr(self, f"_{kind}")(*rest)

    def _event(self, line: dict[str, Any]) -> None:
        self._write(line)

    def _ports_there(self, there: dict[str, str]) -> None:
        """Open the same ports as the player, and leave alone those that have gone."""
        self._write({"ports": there})
        for name in set(self._ports) - set(there):
            self._left.append(self._ports.pop(name))
        for name, whole in there.items():
            if name not in self._ports or self._ports[name].name != whole:
                with suppress(NoMidi, OSError, ValueError):
                    self._ports[name] = self._end_at(whole)
        if self._conductor is not None:
            with suppress(OSError):
                systems = tuple(port.name for port in self._ports.values())
                self._conductor.send(Watching(tuple(self._ports), systems, str(self._log.path) if self._log else ""))

    def _end_at(self, whole: str) -> MidiOutput:
        """An end of our own of that output. Raises NoMidi, OSError or ValueError."""
        if is_target(whole):
            return MidiOutput(open_end(whole, self._voices), whole)
        return output.open_output(whole)

    def _sounding(self, sounding: dict[str, Sounds]) -> None:
        """What sounds where, as the player has it, for one who was not there from the beginning."""
        for name, (down, moved) in sounding.items():
            if (port := self._ports.get(name)) is not None:
                port.down, port.moved = set(down), set(moved)

    # what sounds

    def _follow(self, out: Iterable[Message | Silence]) -> None:
        for one in out:
            for message in one.offs if isinstance(one, Silence) else (one,):
                if (port := self._ports.get(message.port)) is not None:
                    port.follow(message)
                    if message.kind == "off":
                        self._ended.append((self._clock.now(), port, (message.channel, message.number)))

    def _end_notes(self, why: str) -> None:
        ended = sum(len(port.down) for port in self._ports.values())
        for port in self._ports.values():
            port.panic()
        line = f"{why}; {ended} notes were ended for it"
        self._write({"said": line})
        self._tell(line)

    def _tell(self, line: str) -> None:
        if self._conductor is not None:
            with suppress(OSError):
                self._conductor.send(Said(line))

    # the log

    def _open(self, path: Path, goes_on: bool) -> SessionLog | None:
        tidy(path.parent)
        try:
            if goes_on:
                self._found = left = end_of(path)
                self._at = left.at or 0
                return SessionLog.resumed(path, left.number, left.size, left.lines)
            return SessionLog(path)
        except OSError as error:
            self._no_log(error)
            return None

    def _write(self, line: dict[str, Any]) -> None:
        self._try(lambda log: log.write(line))

    def _try(self, work: Any) -> None:
        """A disk that is full ends the log, not the watch; what cannot be written is a line that is lost."""
        if self._log is None:
            return
        try:
            work(self._log)
        except OSError as error:
            self._log = None
            self._no_log(error)
        except Exception:  # what no line can hold
            with suppress(OSError):
                self._log.write({"lost": 1})

    def _no_log(self, error: OSError) -> None:
        self._tell(f"there is no session log: {error.strerror}")
