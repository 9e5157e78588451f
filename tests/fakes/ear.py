"""A recorder of a JACK port's sound, in the test's own process: nobody else's is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import jack
import numpy as np
from numpy.typing import NDArray

from tests.fakes.jackd import RATE


class Tape:
    """Records from its making on. ports: those that are heard, mixed."""

    def __init__(self, environment: dict[str, str], *ports: str) -> None:
        self._client = jack.Client("tape", servername=environment["JACK_DEFAULT_SERVER"], no_start_server=True)
        self._in = self._client.inports.register("in")
        self._blocks: list[bytes] = []
        self._client.set_process_callback(lambda frames: self._blocks.append(bytes(self._in.get_buffer())))
        self._client.activate()
        for port in ports:
            self._client.connect(port, self._in)

    def close(self) -> None:
        self._client.deactivate()
        self._client.close()

    @property
    def seconds(self) -> float:
        return sum(map(len, list(self._blocks))) / 4 / RATE

    @property
    def sound(self) -> NDArray[np.float32]:
        return np.frombuffer(b"".join(list(self._blocks)), np.float32)

    def heard(self, loud: float = 0.01) -> NDArray[np.float32]:
        """From the first sound on."""
        there = np.flatnonzero(np.abs(sound := self.sound) > loud)
        assert len(there), "nothing was heard"
        return sound[there[0] :]


@contextmanager
def recording(environment: dict[str, str], *ports: str) -> Iterator[Tape]:
    """A tape of these ports mixed, while it lasts."""
    tape = Tape(environment, *ports)
    try:
        yield tape
    finally:
        tape.close()
