"""The microphone's process: sound in, notes out to the player, on a line of their own, as an input named "microphone".

It is apart from the player's, which must not wait for sound, and from the main one, which may be busy. Where the
microphone goes, its note ends, that is said once, and it is opened again when it is back. What cannot be heard in time
is left out rather than played late. The process ends when its line to the main process closes.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

from instrument.controls.devices.microphone import MICROPHONE, Microphone
from instrument.controls.midi_messages import encode
from instrument.playing.messages import Said, Sounding
from instrument.playing.microphone.melody_listener import MelodyListener
from instrument.playing.microphone.pitch_frame import HeardNote
from instrument.playing.time.clock import Bell, Clock, SystemClock
from instrument.ports.log.log_pipe import RecordPipe
from instrument.ports.microphone.capture import SILENT, Blocks, NoMicrophone, Source, open_source
from instrument.ports.system.priority import raise_priority

TURN = 0.02  #: seconds between turns where no sound comes in
SIGN = 0.5  #: seconds between signs of life to the player, which lets the keys go that it hears nothing of
TRIES = 1.0  #: seconds between tries to open a microphone that has gone
LATE = 0.25  #: seconds of sound that may wait; what is older is left out
PRIORITY = 12  #: of 1..99, under the player and the accompanist

Open = Callable[[str | None, Blocks], Source]


def run(conductor: Connection, notes: Connection, microphone: Microphone) -> None:
    """Serve until the line closes. conductor: what we play comes in, lines for people go out; notes: to the player."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise_priority(PRIORITY)
    listening = Listening(conductor, RecordPipe(notes), microphone, SystemClock(), Bell())
    gc.collect()
    gc.freeze()
    with suppress(EOFError, OSError):
        while True:
            listening.turn()
    listening.close()


class Listening:
    """Listening to a microphone, in its own process. thread: one, beside the driver's."""

    def __init__(
        self, conductor: Connection, notes: RecordPipe, microphone: Microphone, clock: Clock, bell: Bell,
        open_it: Open = open_source,
    ) -> None:  # fmt: skip
        self._conductor, self._notes, self._microphone = conductor, notes, microphone
        self._clock, self._bell, self._open = clock, bell, open_it
        self._blocks = Blocks(clock, bell)
        self._source: Source | None = None
        self._listener: MelodyListener | None = None
        self._next_try = self._next_sign = float("-inf")
        self._missed, self._lagged = False, False  # said already: it is not there; there is more than can be heard

    def turn(self) -> None:
        """Hear what has come in, and sleep until more does. Raises EOFError, OSError where nobody is left to tell."""
        while self._conductor.poll():
            message = self._conductor.recv()
            if isinstance(message, Sounding) and self._listener is not None:
                self._listener.play(message.notes)
        now = self._clock.now()
        if self._source is None and now >= self._next_try:
            self._next_try = now + TRIES
            self._begin()
        elif self._source is not None and not (self._source.alive and now - self._blocks.last < SILENT):
            self._lose()
        self._hear(self._clock.now())
        if now >= self._next_sign:
            self._next_sign = now + SIGN
            self._notes.put(("sign", MICROPHONE))
        self._clock.sleep_until(self._clock.now() + TURN, self._bell)

    def close(self) -> None:
        """Let the microphone go, and every key."""
        self._notes.put(("gone", MICROPHONE))
        self._notes.close()
        if self._source is not None:
            self._source.close()

    def _hear(self, now: float) -> None:
        source, listener = self._source, self._listener
        for block, ends in self._blocks.take():
            if source is None or listener is None:
                continue
            if now - ends > LATE:
                if not self._lagged:
                    self._say("this machine is too slow for the microphone; what comes too late is left out")
                self._lagged = True
                self._send(listener.end(ends - source.latency))
                continue
            self._send(listener.hear(block, ends - source.latency))

    def _send(self, notes: list[HeardNote]) -> None:
        for note in notes:
            data = encode("on", 1, note.pitch, note.velocity) if note.velocity else encode("off", 1, note.pitch)
            self._notes.put(("midi", MICROPHONE, note.at, bytes(data), 0.0))

    def _begin(self) -> None:
        self._blocks = Blocks(self._clock, self._bell)
        try:
            self._source = self._open(self._microphone.device, self._blocks)
        except NoMicrophone as missing:
            if not self._missed:
                self._say(f"{missing} It is waited for.")
            self._missed = True
            return
        own = self._listener.own if self._listener is not None else None
        self._listener = MelodyListener(self._source.rate, self._microphone.compass)
        if own is not None:
            self._listener.own = own
        back = "is back" if self._missed else f"is heard, {self._source.latency * 1000:.0f} ms on its way"
        self._say(f"microphone: {self._source.name} {back}")
        self._missed = False

    def _lose(self) -> None:
        """It has gone: its note ends."""
        assert self._source is not None
        self._source.close()
        self._say(f"microphone: {self._source.name} has gone; it is waited for")
        self._source, self._missed = None, True
        self._next_try = self._clock.now() + TRIES
        if self._listener is not None:
            self._send(self._listener.end(self._clock.now()))
        self._notes.put(("gone", MICROPHONE))

    def _say(self, line: str) -> None:
        self._conductor.send(Said(line))
