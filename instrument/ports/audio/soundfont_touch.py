"""Vibrato and swell by modulation and pressure, for a SoundFont library that knows neither: tinysoundfont.

What it does know is the tuning of a channel and its volume, and both reach the notes that sound. So the tuning goes up
and down a little every few milliseconds, as deep as our own synth's vibrato, and the volume is a little more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import pi, sin

from instrument.playing.midi.output_message import Message
from instrument.playing.sound.expression import SEMITONE, SWELL, Expression

STEP = 0.005  #: seconds that the tuning stands still
RATE = 5.0  #: turns of the vibrato a second
VOLUME, RESET = 7, 121  #: controllers
CUBE = 3  #: the power of a volume that loudness goes with there
UNTOUCHED = 100  #: a channel's volume until it is set, as MIDI has it


class Touches:
    """Vibrato and swell of a SoundFont's channels. thread: the audio's. blocks: never. channel: 1..16."""

    def __init__(self, rate: int, tune: Callable[[int, float], None], volume: Callable[[int, int], None]) -> None:
        """rate: frames a second; tune: sets a channel's tuning, semitones; volume: its controller 7."""
        self._rate, self._tune, self._volume = rate, tune, volume
        self._touched = [Expression()] * 17
        self._volumes = [UNTOUCHED] * 17
        self._wobbling: dict[int, float] = {}  # depth in semitones
        self._frame = 0

    def obey(self, message: Message) -> None:
        """Heed a message, which the library has had."""
        channel = message.channel
        before, after = self._touched[channel], self._touched[channel].after(message)
        self._touched[channel] = after
        if message.kind == "control" and message.number == VOLUME:
            self._volumes[channel] = message.value
        if after.pressure != before.pressure or (after.pressure and message.kind == "control"):
            louder: float = (1 + SWELL * after.pressure / 127) ** (1 / CUBE)
            self._volume(channel, min(127, round(self._volumes[channel] * louder)))
        if after.wobble:
            self._wobbling[channel] = after.wobble / SEMITONE
        elif self._wobbling.pop(channel, None) is not None:
            self._tune(channel, 0.0)

    def steps(self, frames: int) -> Iterator[int]:
        """So many frames in pieces, before each of which the tuning is set; in one where nothing wobbles."""
        step = round(STEP * self._rate)
        while frames > 0:
            count = min(frames, step) if self._wobbling else frames
            for channel, depth in self._wobbling.items():
                self._tune(channel, depth * sin(2 * pi * RATE * self._frame / self._rate))
            yield count
            self._frame = (self._frame + count) % (self._rate * 60)
            frames -= count
