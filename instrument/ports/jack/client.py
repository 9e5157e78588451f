"""JACK client of our own: one client named Lilt for MIDI, sound and transport, every event on its frame.

python-rtmidi writes whatever it is given at the beginning of JACK's next cycle, so that a steady clock leaves in pairs.
Here JACK's own thread takes what is due in the cycle at hand and writes each message at the frame of its moment; what
comes in is stamped likewise. The library is JACK-Client, which needs JACK's own; where either is missing, or no server
runs, there is no client and python-rtmidi does what it can.

When a server dies its client is closed, and the next server gets a new client under the same names. There is one client
and not one of each kind, since a server that buries several lets nothing through for as many times as long.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

from instrument.controls.devices.plugged import Plugged
from instrument.playing.time.clock import Clock
from instrument.ports.jack import port_list
from instrument.ports.jack.midi_ports import JackIn, JackOut, JackPort
from instrument.ports.system.quiet import quiet_stderr

NAME = "Lilt"
SLACK = 0.009  #: seconds before a cycle by which its messages are there: the player's turn, and a late one
SETTLES = 0.5  #: seconds in which JACK's frames are brought to our clock
FAR, ROW = 0.003, 6  #: seconds that they may differ by; after so many cycles beyond, the server has stood still
WRAP = 2**32  #: frames after which JACK's count begins anew


class JackClient:
    """JACK client for MIDI, sound and transport.

    thread: the player's, but for `open`, which is any's, and `_process`, which is JACK's.
    """

    def __init__(self, clock: Clock, wanted: Plugged) -> None:
        """wanted: of each kind the first is `out` or `in`, whatever the rig calls it; others have its name behind."""
        self.clock = clock
        self.lead = 0.02  #: seconds that messages are made ahead of their time
        self.faults = 0
        self.begins = 0.0  #: seconds on our clock: the first frame of the cycle at hand
        self.cycle: Callable[[float], None] | None = None  #: is told of each, in JACK's thread
        self.sound: Callable[[int], None] | None = None  #: fills the cycle's frames with sound, in JACK's thread
        self._opening = threading.RLock()
        outs, ins = [port.name for port in wanted.outputs], [port.name for port in wanted.inputs]
        self._names = {("MidiOut", name): "out" if n == 0 else f"out_{name}" for n, name in enumerate(outs)}
        self._names |= {("MidiIn", name): "in" if n == 0 else f"in_{name}" for n, name in enumerate(ins)}
        self._library = _library()
        self.client: Any = None
        self._dead = False
        self._wires: tuple[JackPort, ...] = ()
        self._frames = 0  # of all cycles so far, not wrapping
        self._last = 0  # JACK's own count, which wraps
        self._far = 0  # cycles in a row whose beginning was not where it was expected
        self._zero: float | None = None  # seconds on our clock of frame 0

    @property
    def alive(self) -> bool:
        """Whether our client is there and its server too."""
        return self.client is not None and not self._dead

    @property
    def period(self) -> float:
        """Seconds of a cycle; 0 without a server."""
        return self.client.blocksize / self.client.samplerate if self.alive else 0.0

    @property
    def early(self) -> float:
        """Seconds before its moment that a message must be there to leave on its frame."""
        return self.period + SLACK if self.alive else 0.0

    def open(self) -> bool:
        """Be there, if a server is. blocks: some 30 ms where it has just come up."""
        if self._library is None:
            return False
        with self._opening:
            if self.alive:
                return True
            self.close()
            with quiet_stderr(), suppress(Exception):
                client = self._library.Client(NAME, no_start_server=True)
                client.set_shutdown_callback(self._shutdown)
                client.set_process_callback(self._process)
                self.client = client  # it is asked from the very first cycle on
                try:
                    client.activate()
                except Exception:
                    self.client = None
                    raise
            return self.alive

    def wire(self, kind: str, name: str) -> JackPort | None:
        """A port, by the rig's name. None without a server. kind: "MidiOut" or "MidiIn"."""
        if not self.open():
            return None
        short = self._names.get((kind, name), ("out_" if kind == "MidiOut" else "in_") + name)
        self._forget(short)
        wire: JackPort = JackOut(self, short) if kind == "MidiOut" else JackIn(self, short)
        self._wires = (*self._wires, wire)
        return wire

    def holds(self, wire: JackPort) -> bool:
        """Whether a port is one of this client's, and its server is there."""
        return self.alive and wire in self._wires

    def release(self, wire: JackPort) -> None:
        """A port is no longer used."""
        self._wires = tuple(one for one in self._wires if one is not wire)

    def targets(self, kind: str) -> list[str]:
        """Names of the ports that one of that kind could be connected to."""
        if not self.alive:
            return []
        return port_list.names(self.client, port_list.MIDI, port_list.TAKES if kind == "MidiOut" else port_list.GIVES)

    def close(self) -> None:
        """Leave the server, or what is left of it. Safe to call twice."""
        client, self.client, self._wires = self.client, None, ()
        self._dead, self._zero, self.sound = False, None, None
        if client is not None:
            with quiet_stderr(), suppress(Exception):
                client.close()

    def moment(self, frame: int) -> float:
        """Seconds on our clock of a frame, counted as in `_process`."""
        return float((self._zero or 0.0) + frame / self.client.samplerate)

    # JACK's threads

    def _process(self, frames: int) -> None:
        """A cycle. blocks: at most while the player hands a message over."""
        try:
            self._tell_time()
            begins = self._frames
            self.begins = self.moment(begins)
            if self.cycle is not None:
                self.cycle(self.begins)
            for wire in self._wires:
                wire.process(begins, frames)
        except Exception:  # nothing may be raised into JACK: it would stop calling
            self.faults += 1
        try:
            if self.sound is not None:
                self.sound(frames)
        except Exception:
            self.faults += 1

    def _tell_time(self) -> None:
        """What this cycle's first frame is on our clock: steadily, however late this thread woke."""
        client = self.client
        last, rate = client.last_frame_time, client.samplerate
        step = (last - self._last) % WRAP
        self._frames, self._last = self._frames + step, last
        zero = self.clock.now() - (self._frames + client.frames_since_cycle_start) / rate
        off = zero - self._zero if self._zero is not None else float("inf")
        self._far = self._far + 1 if abs(off) > FAR else 0
        if self._zero is None or self._far >= ROW:
            self._zero, self._far = zero, 0
        elif not self._far:
            self._zero += off * min(1.0, step / rate / SETTLES)

    def _shutdown(self, status: object, reason: object) -> None:
        self._dead = True

    def _forget(self, short: str) -> None:
        """A port of that name that is still there gives way."""
        for wire in self._wires:
            if wire.short == short:
                wire.close_port()


def _library() -> ModuleType | None:
    """JACK-Client, or None where it or JACK itself is not installed."""
    try:
        import jack
    except (ImportError, OSError):
        return None
    with suppress(Exception):  # AttributeError too: another module of that name
        jack.set_error_function(None)  # what JACK says of a server that has gone is ours to say
        jack.set_info_function(None)
    library: ModuleType = jack
    return library if hasattr(jack, "Client") else None
