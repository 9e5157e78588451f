"""Sound out: a synth on a sound card, through PortAudio (the sounddevice package), which is imported only here.

The card's callback asks the synth for frames and notes when it did. From those moments a smoothed line says which frame
belongs to which time of the player's clock, so notes are placed by the card's own pace and not by when a callback came.
"""

from __future__ import annotations

import sys
import threading
from math import pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from instrument.playing.sound.synth import Renderer
from instrument.playing.time.clock import Clock
from instrument.ports.audio.portaudio import first_line, portaudio, sound_cards
from instrument.ports.system.quiet import quiet_stderr

FIRST_LIMIT = 2.0  #: seconds in which a card must ask for its first frames
CLOSE_LIMIT = 1.0  #: seconds that closing may take; then the driver is left to itself


class NoAudio(RuntimeError):
    """There is no sound: one line, what is missing and its mend."""


class FrameLine:
    """frame = a + b * time, drawn through noisy moments: a delay-locked loop (after Adriaensen, "Using a DLL", 2005).

    rate: frames a second, nominal; the loop finds the true one within 1 %. A jump of more than 0.1 s starts it afresh.
    thread: `add` from one; `frame_at` from any.
    """

    _BANDWIDTH = 0.3  #: Hz; slower is smoother

    def __init__(self, rate: int, now: float, frame: int) -> None:
        self._nominal = float(rate)
        self._line = (now, float(frame), self._nominal)  # replaced whole, so that a reader sees one or the other

    def add(self, now: float, frame: int) -> None:
        """At `now` (seconds, never going back) the card asked for the frames from `frame` on."""
        then, at, pace = self._line
        elapsed = now - then
        expected = at + pace * elapsed
        error = frame - expected
        if abs(error) > 0.1 * self._nominal:
            self._line = (now, float(frame), self._nominal)
            return
        if elapsed <= 0:
            return
        omega = min(2 * pi * self._BANDWIDTH * elapsed, 0.5)
        pace += error * omega**2 / elapsed
        pace = min(max(pace, 0.99 * self._nominal), 1.01 * self._nominal)
        self._line = (now, expected + sqrt(2) * omega * error, pace)

    def frame_at(self, now: float) -> int:
        """The frame that belongs to a time, past or to come."""
        then, at, pace = self._line
        return round(at + pace * (now - then))


class AudioOutput:
    """An open sound card. name: as people know it; rate: frames a second
    latency: seconds from `frame_at` to the ear, as the driver says, and a period of the card at least
    faults: times the synth failed, and the card got silence
    lost: it has gone, and asks for nothing more; `look` says so, `seek` tries to get it back.
    """

    hope = "it does not come back before Lilt is started again"  #: what to expect of one that is lost

    def __init__(self, synth: Renderer, clock: Clock, name: str = "") -> None:
        self.synth, self.clock, self.name = synth, clock, name
        self.rate = synth.rate
        self.latency = 0.0
        self.faults = 0
        self.lost = False
        self._line = FrameLine(self.rate, clock.now(), synth.frame)
        self._asked = threading.Event()  # set once, by the first callback
        self._stream: Any = None

    def frame_at(self, now: float) -> int:
        """The frame handed to the card at `now` (seconds on the player's clock), heard `latency` later. thread: any."""
        return self._line.frame_at(now)

    def fill(self, out: NDArray[np.float32], frames: int) -> None:
        """Fill `out` [frames, 2]. thread: the card's. blocks: never; raises: never."""
        self._line.add(self.clock.now(), self.synth.frame)
        try:
            out[:] = self.synth.render(frames)
        except Exception:  # a fault must not stop the card; it is counted
            self.faults += 1
            out.fill(0)
        if not self._asked.is_set():
            self.latency = frames / self.rate
            self._asked.set()

    def start(self, stream: Any) -> None:
        """Start a stream whose callback is `fill`. NoAudio where the card asks for nothing. blocks: 2 s at most."""
        self._stream = stream
        stream.start()
        if not self._asked.wait(FIRST_LIMIT):
            self.close()
            raise NoAudio(f'the sound card "{self.name}" opens but does not play. Is its sound server running well?')
        self.latency = max(self.latency, float(stream.latency))  # JACK says 0 before it is connected

    def look(self) -> bool:
        """Whether it is lost. thread: the player's."""
        active = getattr(self._stream, "active", True)
        self.lost = self.lost or not active
        return self.lost

    def seek(self) -> None:
        """PortAudio finds no card again in a process that has lost one."""

    def close(self) -> None:
        """Stop the card. Safe to call twice. blocks: 1 s at most, even when the driver does not answer."""
        stream, self._stream = self._stream, None
        if stream is not None:
            closing = threading.Thread(target=_close, args=(stream,), name="closing sound", daemon=True)
            closing.start()
            closing.join(CLOSE_LIMIT)


def open_output(synth: Renderer, clock: Clock, rate: int | None = None, device: int | str | None = None) -> AudioOutput:
    """Start playing `synth` on a sound card. Raises NoAudio, one line.

    rate: must be the synth's if given; ask `default_rate` before the synth is made
    device: a number, or part of a name; None: JACK's where a JACK server runs, else the system's own choice
    thread: any. blocks: up to a second or two, while the driver starts.
    """
    if rate not in (None, synth.rate):
        raise NoAudio(f"the sound card was asked for {rate} frames per second, but the synth makes {synth.rate}.")
    with quiet_stderr():
        sd = _portaudio()
        found = _find(sd, device)
        output = AudioOutput(synth, clock, str(found["name"]))
        try:
            stream = sd.OutputStream(
                samplerate=synth.rate, blocksize=0, device=found["index"], channels=2, dtype="float32", latency="low",
                callback=lambda out, frames, *_: output.fill(out, frames),
            )  # fmt: skip
            output.start(stream)
        except sd.PortAudioError as error:
            raise NoAudio(_unwilling(found, synth.rate, error)) from None
    return output


def default_rate(device: int | str | None = None) -> int:
    """Frames a second that the card prefers. Raises NoAudio."""
    with quiet_stderr():
        return int(_find(_portaudio(), device)["default_samplerate"])


def outputs() -> list[str]:
    """The sound cards there are, by name; none where PortAudio is missing."""
    try:
        with quiet_stderr():
            return [str(card["name"]) for card in _cards(_portaudio())]
    except NoAudio:
        return []


def _portaudio() -> Any:
    return portaudio(NoAudio, "no sound", "sounddevice")


def _cards(sd: Any) -> list[Any]:
    return sound_cards(sd, "output", 2, NoAudio, "no sound")


def _find(sd: Any, device: int | str | None) -> Any:
    cards = _cards(sd)
    if not cards:
        raise NoAudio("no sound card found. Plug one in, or start a sound server (Linux: pipewire or jackd).")
    if device is not None:
        named = [c for c in cards if c["index"] == device or str(device).lower() in c["name"].lower()]
        if not named:
            raise NoAudio(f'no sound card matches "{device}". Found: {", ".join(_quoted(cards))}.')
        return named[0]
    jack = [api["default_output_device"] for api in sd.query_hostapis() if "JACK" in api["name"]]
    usual = [sd.default.device[1], *(api["default_output_device"] for api in sd.query_hostapis())]
    for number in [*(jack if sys.platform == "linux" else []), *usual]:
        for card in cards:
            if card["index"] == number:
                return card
    return cards[0]


def _quoted(cards: list[Any]) -> list[str]:
    return [f'"{card["name"]}"' for card in cards]


def _unwilling(card: Any, rate: int, error: Exception) -> str:
    preferred = int(card["default_samplerate"])
    mend = "is another program holding it?" if preferred == rate else f"it prefers {preferred} frames per second."
    return f'the sound card "{card["name"]}" does not open at {rate} frames per second ({first_line(error)}): {mend}'


def _close(stream: Any) -> None:
    try:
        stream.abort()
        stream.close()
    except Exception:  # the driver is gone; nothing is left to close
        return
