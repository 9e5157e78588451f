"""Line to another process on which neither sending nor hearing ever waits for the other end.

What the system does not take at once waits in an outbox, and goes with the next `flush`; what has come in half is kept
until the rest is there. The other end may be a plain `Connection`. Where the system has no such sockets (Windows), a
thread does the sending.
"""

from __future__ import annotations

import os
import pickle
import socket
import struct
import threading
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler

from instrument.playing.time.clock import Clock
from instrument.ports.system.outbox import Outbox

AT_ONCE = 262_144  #: bytes taken in at one asking
TOGETHER = 16_384  #: bytes from which on no more is sent in one go: what waits may still be folded
AGAIN = 0.01  #: seconds between tries, where `drain` waits for the other end


class ProcessPipe:
    """`send` and `flush` are any thread's, `take` is one's. blocks: never, but for `drain`."""

    def __init__(self, connection: Connection) -> None:
        """connection: a duplex one, from now on ours alone."""
        self.connection = connection
        self.outbox = Outbox()
        self._lock = threading.Lock()
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))
        self._going = memoryview(b"")  # what is left of the messages under way
        self._come = bytearray()
        self._ended = False  # the other end has closed

    def fileno(self) -> int:
        """For `wait`: readable when something has come in."""
        return self.connection.fileno()

    def send(self, message: object) -> None:
        """Send it now, or when there is room. Raises OSError where nobody reads any more."""
        self.put(message)
        self.flush()

    def put(self, message: object) -> None:
        """It goes with the next `flush`."""
        with self._lock:
            self.outbox.put(message)

    def flush(self) -> bool:
        """Send what can be sent; False where some is left. Raises OSError where nobody reads any more."""
        with self._lock:
            try:
                while self._going or len(self.outbox):
                    if not self._going:
                        self._going = memoryview(self._together())
                    self._going = self._going[self._socket.send(self._going, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                return False
            return True

    def take(self) -> list[object]:
        """The messages that are wholly there. Raises EOFError where the other end has closed and all is taken."""
        room = AT_ONCE
        with suppress(BlockingIOError):
            while room > 0 and not self._ended:
                try:
                    data = self._socket.recv(65536, socket.MSG_DONTWAIT)
                except ConnectionResetError:  # it has died
                    data = b""
                self._ended = not data
                self._come += data
                room -= len(data)
        found = self._whole()
        if self._ended and not found:
            raise EOFError
        return found

    def drain(self, patience: float, clock: Clock) -> None:
        """Wait up to so many seconds until all is sent. blocks: as long."""
        ends = clock.now() + patience
        with suppress(OSError):
            while not self.flush() and clock.now() < ends:
                clock.sleep_until(clock.now() + AGAIN)

    def close(self) -> None:
        """Let it go. Safe to call twice."""
        with self._lock:
            if not self.connection.closed:
                self._socket.close()
                self.connection.close()
            self._ended = True

    def _together(self) -> bytes:
        """The messages that come next, as `Connection.recv` reads them, as many as go well at once."""
        data = bytearray()
        while len(self.outbox) and len(data) < TOGETHER:
            one = ForkingPickler.dumps(self.outbox.pop())
            data += struct.pack("!i", len(one)) + bytes(one)
        return bytes(data)

    def _whole(self) -> list[object]:
        found, at = [], 0
        while len(self._come) - at >= 4:
            (size,) = struct.unpack_from("!i", self._come, at)
            if len(self._come) - at < 4 + size:
                break
            found.append(pickle.loads(memoryview(self._come)[at + 4 : at + 4 + size]))
            at += 4 + size
        del self._come[:at]
        return found


class ThreadedLine(ProcessPipe):
    """The same by a thread that does the sending, for where a socket cannot be told not to wait."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.outbox = Outbox()
        self._lock = threading.Lock()
        self._some = threading.Event()
        self._broken = self._sending = False
        threading.Thread(target=self._carry, name="line", daemon=True).start()

    def flush(self) -> bool:
        if self._broken:
            raise BrokenPipeError
        with self._lock:
            gone = not len(self.outbox) and not self._sending
        if not gone:
            self._some.set()
        return gone

    def take(self) -> list[object]:
        found = []
        try:
            while self.connection.poll(0):
                found.append(self.connection.recv())
        except OSError:
            if not found:
                raise EOFError from None
        except EOFError:
            if not found:
                raise
        return found

    def close(self) -> None:
        self._broken = True
        self._some.set()
        if not self.connection.closed:
            self.connection.close()

    def _carry(self) -> None:
        while self._some.wait() and not self._broken:
            with self._lock:
                message = self.outbox.pop() if len(self.outbox) else None
                self._sending = message is not None
                if message is None:
                    self._some.clear()
                    continue
            try:
                self.connection.send(message)
            except (OSError, ValueError):
                self._broken = True
            self._sending = False


def line(connection: Connection) -> ProcessPipe:
    """Our end of a line, as this system allows it."""
    return ProcessPipe(connection) if hasattr(socket, "MSG_DONTWAIT") else ThreadedLine(connection)


def ready(line: ProcessPipe, seconds: float) -> bool:
    """Whether something comes in within so many seconds. blocks: so long."""
    return bool(wait([line.connection], seconds))
