"""A recording played into JACK by a client of the test's own, as a microphone's capture port gives sound."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jack
import numpy as np
from numpy.typing import NDArray

from tests.fakes.jackd import RATE

Sound = NDArray[np.float32]


def write_wave(path: Path, sound: Sound) -> None:
    """16 bits, one channel, at RATE."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def read_wave(path: Path) -> Sound:
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


class WavePlayer:
    """Silence until `play`, then the file, then silence. port: where it comes out."""

    def __init__(self, environment: dict[str, str], name: str, path: Path) -> None:
        self._sound, self._at, self._playing = read_wave(path), 0, False
        self._client = jack.Client(name, servername=environment["JACK_DEFAULT_SERVER"], no_start_server=True)
        self._out = self._client.outports.register("capture")
        self._client.set_process_callback(self._process)
        self._client.activate()
        self.port = f"{name}:capture"

    @property
    def over(self) -> bool:
        return self._at >= len(self._sound)

    def play(self) -> None:
        self._playing = True

    def again(self) -> None:
        """From its top."""
        self._at = 0

    def close(self) -> None:
        self._client.deactivate()
        self._client.close()

    def _process(self, frames: int) -> None:
        out = self._out.get_array()
        out.fill(0)
        if self._playing:
            piece = self._sound[self._at : self._at + frames]
            out[: len(piece)] = piece
            self._at += frames


@contextmanager
def wave_player(environment: dict[str, str], name: str, path: Path) -> Iterator[WavePlayer]:
    """A player of a file, while it lasts."""
    player = WavePlayer(environment, name, path)
    try:
        yield player
    finally:
        player.close()
