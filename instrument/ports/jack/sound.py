"""Sound through a JACK server, by a client of our own, which comes back when the server does.

PortAudio hangs for good in a process that has seen a JACK server die; JACK's own library does not. So where a server
runs and the package JACK-Client is installed, the synth is played by it, and PortAudio is never loaded.
"""

from __future__ import annotations

import ctypes
import os
import threading
from typing import Any

import numpy as np

from instrument.playing.sound.synth import Renderer
from instrument.playing.time.clock import Clock
from instrument.ports.audio.sound_card import AudioOutput, NoAudio
from instrument.ports.midi.jack_server import library as jack_library

NAME = "Lilt sound"
PLAYBACK = 1  #: which way a latency is asked for
LARGEST = 8192  #: frames of a period


class JackOutput(AudioOutput):
    """As every sound card of ours. lost: the server has gone; `seek` looks for it again."""

    hope = "it is waited for"

    def __init__(self, synth: Renderer, clock: Clock) -> None:
        """Raises NoAudio where no server runs, or at another rate than the synth's."""
        super().__init__(synth, clock, "JACK")
        self._buffer = np.zeros((LARGEST, 2), np.float32)
        self._dead: list[Any] = []  # clients of servers that have gone: never touched again
        self._seeking: threading.Thread | None = None
        self._closed = False
        self._open()

    def seek(self) -> None:
        """Look whether a server is there again. blocks: never; it may take a moment until `lost` says so."""
        if self.lost and (self._seeking is None or not self._seeking.is_alive()):
            self._seeking = threading.Thread(target=self._again, name="seeking JACK", daemon=True)
            self._seeking.start()

    def close(self) -> None:
        self._closed = True
        if self.lost:
            self._stream = None
        super().close()

    def _again(self) -> None:
        self._dead.append(self._stream)
        try:
            self._open()
        except NoAudio:
            return

    def _open(self) -> None:
        client = client_of(NAME)
        if client.samplerate != self.rate or client.blocksize > LARGEST:
            client.close()
            raise NoAudio(f"JACK runs at {client.samplerate} frames per second, the synth at {self.rate}.")
        ports = [client.outports.register(side) for side in ("left", "right")]

        def process(frames: int) -> None:
            self.fill(self._buffer[:frames], frames)
            for side, port in enumerate(ports):
                port.get_array()[:] = self._buffer[:frames, side]

        def gone(status: Any, reason: str) -> None:
            if self._stream is stream:
                self.lost = True

        def hungry(delay: float) -> None:
            self.underruns += 1

        stream = _Stream(client)
        client.set_process_callback(process)
        client.set_shutdown_callback(gone)
        client.set_xrun_callback(hungry)
        self._stream = stream
        client.activate()
        _connect(client, ports)
        period = client.blocksize / client.samplerate
        self.latency = max(period, _to_the_ear(ports[0]) / client.samplerate)
        self.lost = False
        if self._closed:  # meanwhile
            super().close()


class _Stream:
    """A client with the names that a PortAudio stream has."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def abort(self) -> None:
        self._client.deactivate()

    def close(self) -> None:
        self._client.close()


def rate() -> int | None:
    """Frames a second of the JACK server; None where none runs."""
    try:
        client = client_of(f"{NAME} rate")
    except NoAudio:
        return None
    found = int(client.samplerate)
    client.close()
    return found


def client_of(name: str) -> Any:
    """A client of the server that runs. Raises NoAudio."""
    os.environ.setdefault("JACK_NO_START_SERVER", "1")
    jack = _jack()
    try:
        return jack.Client(name, no_start_server=True)
    except Exception as error:  # the package's own kinds
        raise NoAudio(f"no JACK server ({' '.join(str(error).split())[:100]}).") from None


def _jack() -> Any:
    """The package, its library's talk turned off. Raises NoAudio."""
    try:
        import jack
    except (ImportError, OSError):
        raise NoAudio("the package JACK-Client is missing: pip install JACK-Client.") from None
    jack.set_error_function(lambda line: None)
    jack.set_info_function(lambda line: None)
    return jack


class _Range(ctypes.Structure):
    _fields_ = (("least", ctypes.c_uint32), ("most", ctypes.c_uint32))


def _to_the_ear(port: Any) -> int:
    """Frames from a port until they sound, as the server says; the package does not ask for it. 0 where unknown."""
    found = _Range()
    try:
        pointer = ctypes.c_void_p(int(_jack()._ffi.cast("uintptr_t", port._ptr)))
        jack_library().jack_port_get_latency_range(pointer, PLAYBACK, ctypes.byref(found))
    except (AttributeError, TypeError, OSError):
        return 0
    return int(found.most)


def _connect(client: Any, ports: list[Any]) -> None:
    """To the first two places where sound leaves the machine, if there are."""
    places = client.get_ports(is_audio=True, is_input=True, is_physical=True)
    for port, place in zip(ports, places, strict=False):
        client.connect(port, place)
