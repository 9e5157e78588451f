"""Sound in: a microphone through JACK where a server runs, else through PortAudio (the sounddevice package).

The driver's thread only copies each block and stamps it; whoever listens takes them when it can. Seconds are those at
which the sound was in the air, as far as the driver says how long it was on its way.
"""

from __future__ import annotations

import sys
from collections import deque
from contextlib import suppress
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from instrument.playing.time.clock import Bell, Clock
from instrument.ports.audio.portaudio import first_line, portaudio, sound_cards
from instrument.ports.jack import port_list
from instrument.ports.system.quiet import quiet_stderr

CLIENT = "Lilt mic"  #: our name in JACK
PORT = f"{CLIENT}:in"
SILENT = 1.0  #: seconds without a block after which a microphone has gone
FULLEST = 400  #: blocks that wait; beyond it the oldest are lost
CREEPS = 1e-4  #: seconds in a second that a stamp may be later than the earliest before it: clocks drift
Block = NDArray[np.float32]


class NoMicrophone(RuntimeError):
    """There is no such microphone: one line, what is missing and its mend."""


class Source(Protocol):
    """An open device. name: as people know it; rate: frames a second; latency: seconds from air to block."""

    name: str
    rate: int
    latency: float

    @property
    def alive(self) -> bool: ...
    def close(self) -> None: ...


class Blocks:
    """What has been heard and was not yet taken. `put` is the driver's thread's, the rest one thread's.

    The driver calls when it can; a block cannot be there before it was heard, so the earliest stamps are the truth and
    the others are brought to them.
    """

    def __init__(self, clock: Clock, bell: Bell) -> None:
        self.clock, self._bell = clock, bell
        self.last = clock.now()  #: seconds: when the newest came
        self.lost = 0  #: blocks for which there was no room
        self._waiting: deque[tuple[Block, float]] = deque()
        self._frames, self._zero = 0, float("inf")

    def put(self, block: Block, rate: int) -> None:
        """blocks: never. Raises nothing."""
        now = self.clock.now()
        self._frames += len(block)
        zero = now - self._frames / rate
        self._zero = min(zero, self._zero + CREEPS * (now - self.last))
        if now - self.last > SILENT:
            self._zero = zero
        self.last = now
        if len(self._waiting) >= FULLEST:
            self.lost += 1
            self._waiting.popleft()
        self._waiting.append((np.array(block, np.float32), self._zero + self._frames / rate))
        self._bell.ring()

    def take(self) -> list[tuple[Block, float]]:
        """Blocks, oldest first, each with the moment of its end."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]


def open_source(device: str | None, blocks: Blocks) -> Source:
    """A microphone by part of its name, or (None) the system's own choice; of JACK's, any port that gives sound.

    Raises NoMicrophone, one line. blocks: a second or two at most, while a driver starts.
    """
    client = _jack_client()
    if client is not None:
        return JackSource(client, device, blocks)
    if JackSource.seen:  # PortAudio hangs in a process that has seen a JACK server die
        raise NoMicrophone("no microphone: the JACK server has gone.")
    return CardSource(device, blocks)


def sources() -> list[str]:
    """Microphones there are, by name: of JACK where a server runs, else of PortAudio; none where neither is."""
    client = _jack_client()
    if client is not None:
        with quiet_stderr(), suppress(Exception):
            try:
                return port_list.names(client, port_list.AUDIO, port_list.GIVES)
            finally:
                client.close()
    try:
        with quiet_stderr():
            return [str(card["name"]) for card in _cards(_portaudio())]
    except NoMicrophone:
        return []


def check(device: str | None) -> None:
    """Refuse, before anything starts, what cannot be heard. Raises NoMicrophone, one line."""
    client = _jack_client()
    if client is None:
        with quiet_stderr():
            _find(_portaudio(), device)
        return
    there = port_list.names(client, port_list.AUDIO, port_list.GIVES)
    with quiet_stderr(), suppress(Exception):
        client.close()
    if device and not any(device.lower() in name.lower() for name in there):
        raise NoMicrophone(_unknown(device, there))


class JackSource:
    """A port of a JACK client of our own, which others may connect to as well. seen: this process has had one."""

    seen = False

    def __init__(self, client: Any, device: str | None, blocks: Blocks) -> None:
        JackSource.seen = True
        self._client, self._blocks, self._dead = client, blocks, False
        self.rate, self.latency = int(client.samplerate), client.blocksize / client.samplerate
        flags = port_list.GIVES | (port_list.PHYSICAL if device is None else 0)
        found = port_list.names(client, port_list.AUDIO, flags)
        named = [name for name in found if device is None or device.lower() in name.lower()]
        if device and not named:
            self.close()
            raise NoMicrophone(_unknown(device, found))
        self._port = client.inports.register("in")
        client.set_shutdown_callback(self._shutdown)
        client.set_process_callback(self._process)
        client.activate()
        for port in named[:1]:
            with suppress(Exception):  # connected already
                client.connect(port, self._port)
        self.name = named[0] if named else f"{PORT} (JACK), which nothing is connected to yet,"

    @property
    def alive(self) -> bool:
        return not self._dead

    def close(self) -> None:
        self._dead = True
        with quiet_stderr(), suppress(Exception):
            self._client.close()

    def _process(self, frames: int) -> None:
        with suppress(Exception):  # nothing may be raised into JACK: it would stop calling
            self._blocks.put(self._port.get_array(), self.rate)

    def _shutdown(self, status: object, reason: object) -> None:
        self._dead = True


class CardSource:
    """A sound card's input, by PortAudio."""

    def __init__(self, device: str | None, blocks: Blocks) -> None:
        with quiet_stderr():
            sd = _portaudio()
            card = _find(sd, device)
            self.name, self.rate = str(card["name"]), int(card["default_samplerate"])
            try:
                self._stream = sd.InputStream(
                    samplerate=self.rate, blocksize=0, device=card["index"], channels=1, dtype="float32",
                    latency="low", callback=lambda sound, *_: blocks.put(sound[:, 0], self.rate),
                )  # fmt: skip
                self._stream.start()
            except sd.PortAudioError as error:
                raise NoMicrophone(
                    f'the microphone "{self.name}" does not open ({first_line(error)}): is another program holding it?'
                ) from None
        self.latency = float(self._stream.latency)

    @property
    def alive(self) -> bool:
        return bool(self._stream.active)

    def close(self) -> None:
        with suppress(Exception):  # the driver is gone
            self._stream.abort()
            self._stream.close()


def _jack_client() -> Any:
    """A client of a JACK server; None where the library or a server is missing."""
    try:
        import jack
    except (ImportError, OSError):
        return None
    with quiet_stderr(), suppress(Exception):
        jack.set_error_function(None)  # what JACK says of a server that has gone is ours to say
        jack.set_info_function(None)
        return jack.Client(CLIENT, no_start_server=True)
    return None


def _portaudio() -> Any:
    return portaudio(NoMicrophone, "no microphone", "'lilt[mic]'")


def _cards(sd: Any) -> list[Any]:
    return sound_cards(sd, "input", 1, NoMicrophone, "no microphone")


def _find(sd: Any, device: str | None) -> Any:
    cards = _cards(sd)
    if not cards:
        raise NoMicrophone(
            "no microphone found. Plug one in, or start a sound server (Linux: pipewire or jackd); "
            "lilt ports says what there is."
        )
    if device:
        named = [card for card in cards if device.lower() in card["name"].lower()]
        if not named:
            raise NoMicrophone(_unknown(device, [str(card["name"]) for card in cards]))
        return named[0]
    usual = [sd.default.device[0], *(api["default_input_device"] for api in sd.query_hostapis())]
    return next((card for number in usual for card in cards if card["index"] == number), cards[0])


def _unknown(device: str, there: list[str]) -> str:
    found = ", ".join(f'"{name}"' for name in there) or "none"
    mend = " (a patch's name goes before --mic)" if sys.argv[-1:] == [device] else ""
    return f'no microphone matches "{device}"{mend}. Found: {found}.'
