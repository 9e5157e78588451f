"""Sound through a JACK server, by our own client there, which comes back when the server does.

PortAudio hangs for good in a process that has seen a JACK server die; JACK's own library does not. So where a server
runs and the package JACK-Client is installed, the synth is played by it, and PortAudio is never loaded.
"""

from __future__ import annotations

import ctypes
import threading
from contextlib import suppress
from typing import Any

import numpy as np

from instrument.playing.sound.synth import Renderer
from instrument.playing.time.clock import Clock
from instrument.ports.audio.sound_card import AudioOutput, NoAudio
from instrument.ports.jack.client import JackClient
from instrument.ports.midi.jack_server import library as jack_library

SIDES = ("left", "right")  #: the ports' names behind our client's
PLAYBACK = 1  #: which way a latency is asked for
LARGEST = 8192  #: frames of a period that there is room for from the start


class JackOutput(AudioOutput):
    """As every sound card of ours. lost: the server has gone; `seek` looks for it again."""

    hope = "it is waited for"

    def __init__(self, synth: Renderer, clock: Clock, jack: JackClient) -> None:
        """Raises NoAudio where no server runs, or at another rate than the synth's."""
        super().__init__(synth, clock, "JACK")
        self._jack = jack
        self._buffer = np.zeros((LARGEST, 2), np.float32)
        self._client: Any = None  # the one that has our ports
        self._left: Any = None
        self._period = 0  # frames
        self._seeking: threading.Thread | None = None
        self._closed = False
        self._open()

    def look(self) -> bool:
        self.lost = not self._jack.alive or self._jack.client is not self._client
        if not self.lost and self._client.blocksize != self._period:  # somebody has set another
            with suppress(Exception):  # a server that goes at this moment
                self._measure(self._client)
        return self.lost

    def seek(self) -> None:
        """Look whether a server is there again. blocks: never; it may take a moment until `look` says so."""
        if self.lost and (self._seeking is None or not self._seeking.is_alive()):
            self._seeking = threading.Thread(target=self._again, name="seeking JACK", daemon=True)
            self._seeking.start()

    def close(self) -> None:
        """Play nothing more. The client is closed by whose it is."""
        self._closed = True
        if self._jack.client is self._client:
            self._jack.sound = None

    def _again(self) -> None:
        with suppress(NoAudio):
            self._open()

    def _open(self) -> None:
        if not self._jack.open():
            raise NoAudio("no JACK server, or the package JACK-Client is missing.")
        client = self._jack.client
        if client.samplerate != self.rate:
            raise NoAudio(f"JACK runs at {client.samplerate} frames per second, the synth at {self.rate}.")
        try:
            ports = [client.outports.register(side) for side in SIDES]
            if not self._closed:
                self._jack.sound = self._player(ports)
            _connect(client, ports)
        except Exception as error:  # the package's own kinds: it has gone at this moment
            raise NoAudio(f"no JACK server ({error}).") from None
        self._left = ports[0]
        self._measure(client)
        self._client, self.lost = client, False

    def _measure(self, client: Any) -> None:
        """How long sound takes to the ear, with periods as they are."""
        self._period = client.blocksize
        self.latency = max(self._period, _to_the_ear(self._left)) / client.samplerate

    def _player(self, ports: list[Any]) -> Any:
        """What fills the ports' buffers in each cycle."""

        def play(frames: int) -> None:
            if frames > len(self._buffer):  # somebody has given the server longer periods
                self._buffer = np.zeros((frames, 2), np.float32)
            self.fill(self._buffer[:frames], frames)
            for side, port in enumerate(ports):
                port.get_array()[:] = self._buffer[:frames, side]

        return play


class _Range(ctypes.Structure):
    _fields_ = (("least", ctypes.c_uint32), ("most", ctypes.c_uint32))


def _to_the_ear(port: Any) -> int:
    """Frames from a port until they sound, as the server says; the package does not ask for it. 0 where unknown."""
    found = _Range()
    try:
        import jack

        pointer = ctypes.c_void_p(int(jack._ffi.cast("uintptr_t", port._ptr)))
        jack_library().jack_port_get_latency_range(pointer, PLAYBACK, ctypes.byref(found))
    except (ImportError, AttributeError, TypeError, OSError):
        return 0
    return int(found.most)


def _connect(client: Any, ports: list[Any]) -> None:
    """To the first two places where sound leaves the machine, if there are."""
    places = client.get_ports(is_audio=True, is_input=True, is_physical=True)
    for port, place in zip(ports, places, strict=False):
        client.connect(port, place)
