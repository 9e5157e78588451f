"""JACK MIDI ports of our own, in the shape of python-rtmidi's clients, so that nobody need tell them apart.

An output takes a message at once, or asks its source, in JACK's thread, for what is due in the cycle at hand.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from instrument.ports.jack import port_list
from instrument.ports.midi.system import IN, OUT, jack_api

WAITING = 32_768  #: messages that a server which stands still may keep waiting
DRAIN = 0.3  #: seconds that closing waits for what was sent


class Client(Protocol):
    """The JACK client that ports belong to."""

    client: Any
    lead: float

    @property
    def alive(self) -> bool: ...
    @property
    def early(self) -> float: ...
    def holds(self, wire: JackPort) -> bool: ...
    def release(self, wire: JackPort) -> None: ...
    def targets(self, kind: str) -> list[str]: ...
    def moment(self, frame: int) -> float: ...


class JackPort(ABC):
    """A port of our client, of either direction, as python-rtmidi has them. short: its name behind the client's."""

    kind: str

    def __init__(self, jack: Client, short: str) -> None:
        self._jack, self.short = jack, short
        self._port: Any = None

    @property
    def alive(self) -> bool:
        """Whether its server is there, and it is still the client's."""
        return self._jack.holds(self)

    def get_current_api(self) -> int:
        return jack_api()

    def get_ports(self) -> list[str]:
        return self._jack.targets(self.kind)

    def open_port(self, number: int, label: str) -> None:
        """Connect to one of `get_ports()`. Raises OSError where that one does not let itself be connected."""
        self.open_virtual_port(label)
        other = self.get_ports()[number]
        if not port_list.connect(self._jack.client, self._port, other):
            raise OSError(f"{self._port.name} and {other} do not connect")

    def connected(self) -> list[str]:
        """Names, as they are now, of the ports that it is connected to."""
        port = self._port
        return port_list.connected(port) if port is not None and self.alive else []

    def open_virtual_port(self, label: str) -> None:
        """Be there, for others to connect to."""
        if self._port is None:
            client = self._jack.client
            ports = client.midi_outports if self.kind == OUT else client.midi_inports
            self._port = ports.register(self.short)

    def close_port(self) -> None:
        self._jack.release(self)
        port, self._port = self._port, None
        if port is not None and self._jack.alive:
            with suppress(Exception):
                port.unregister()

    def delete(self) -> None:
        """Leave nothing behind."""
        self.close_port()

    @abstractmethod
    def process(self, begins: int, length: int) -> None:
        """A cycle. begins: its first frame; length: frames. thread: JACK's."""


class JackOut(JackPort):
    """JACK MIDI output. source: writes what is due before a moment, seconds, with `at`."""

    kind = OUT

    def __init__(self, jack: Client, short: str) -> None:
        super().__init__(jack, short)
        self.source: Callable[[float], None] | None = None
        self.writing = 0.0  #: seconds: the moment of the message that is being written
        self._soon: deque[bytes] = deque(maxlen=WAITING)
        self._drained = threading.Event()
        self._drained.set()
        self._begins = self._length = self._offset = 0  # of the cycle at hand, and of what was last written in it
        self._wrote = False  # whether anything was written in the cycle at hand
        self._writes = 0  # the thread that is writing at a moment of its own

    def send_message(self, data: list[int]) -> None:
        """At the frame that `at` says, within it; else as soon as may be. thread: any. blocks: never."""
        if not self._jack.alive:
            raise OSError("the JACK server has gone")
        self._drained.clear()
        if self._writes != threading.get_ident() or not self._write(bytes(data)):
            self._soon.append(bytes(data))

    def close_port(self) -> None:
        """What was sent leaves first. blocks: 0.3 s at most."""
        if self._port is not None and self._jack.alive:
            self._drained.wait(DRAIN)
        super().close_port()

    # in JACK's thread

    def process(self, begins: int, length: int) -> None:
        port = self._port
        if port is None:
            return
        port.clear_buffer()
        self._begins, self._length, self._offset, self._wrote = begins, length, 0, False
        self.writing = self._jack.moment(begins)
        if not self._soon:
            self._drained.set()  # what was written is with the others since the cycle before
        while self._soon and (self._write(self._soon[0]) or not self._wrote):
            self._soon.popleft()  # what an empty cycle has no room for, none ever has: it is left out
        if self.source is not None:
            self.source(self._jack.moment(begins + length) - self._shift)

    @contextmanager
    def at(self, due: float) -> Iterator[float]:
        """What is sent within leaves at its moment (seconds), or now if that has passed. Gives seconds that it is late.
        thread: JACK's, from `source`."""
        rate = self._jack.client.samplerate
        frame = round((due + self._shift - self._jack.moment(self._begins)) * rate)
        self._offset = max(self._offset, min(frame, self._length - 1), 0)
        self.writing = self._jack.moment(self._begins + self._offset)
        self._writes = threading.get_ident()
        try:
            yield max(0.0, -frame / rate)
        finally:
            self._writes = 0

    def _write(self, data: bytes) -> bool:
        """At the frame at hand. False where the cycle is full: it leaves first in the next."""
        try:
            self._port.write_midi_event(self._offset, data)
        except Exception:  # the library's own
            return False
        self._wrote = True
        return True

    @property
    def _shift(self) -> float:
        """Seconds that everything is later, where a cycle is longer than messages are made ahead."""
        return max(0.0, self._jack.early - self._jack.lead)


class JackIn(JackPort):
    """What comes in is given to the callback with its moment."""

    kind = IN

    def __init__(self, jack: Client, short: str) -> None:
        super().__init__(jack, short)
        self._hear: Callable[[bytes, float], None] | None = None

    def set_timed(self, hear: Callable[[bytes, float], None]) -> None:
        """hear: is given each message and its moment (seconds), in JACK's thread; it must not block."""
        self._hear = hear

    def ignore_types(self, **_: bool) -> None:
        """What is of no use is passed over by who hears it."""

    def cancel_callback(self) -> None:
        self._hear = None

    def process(self, begins: int, length: int) -> None:
        port, hear = self._port, self._hear
        if port is None:
            return
        for offset, data in port.incoming_midi_events():
            if hear is not None:
                hear(bytes(data), self._jack.moment(begins + offset))
