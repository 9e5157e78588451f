"""A SoundFont in place of the built-in synth, where a library for it is installed: tinysoundfont, else pyfluidsynth.

Both are optional. What we ask of them is little: messages, and frames. A message is given to the library at its exact
frame; FluidSynth itself works in steps of 64.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from instrument.controls.midi_messages import (
    BREATH,
    DATA,
    EXPRESSION,
    MODULATION,
    PAN,
    RESET,
    RPN,
    RPN_FINE,
    SOUND_OFF,
    VOLUME,
)
from instrument.music.sounds.timbres import TIMBRES
from instrument.playing.midi.input_channels import InputChannels
from instrument.playing.midi.output_message import MIXING, Message, share_of
from instrument.playing.sound.channel_sound import CLICK, ChannelSound
from instrument.playing.sound.expression import Expression
from instrument.playing.sound.percussion import CHANNEL
from instrument.playing.sound.queue import FrameQueue
from instrument.ports.audio.soundfont_touch import Touches
from instrument.ports.system.quiet import quiet_stderr

OF_ZONE = (VOLUME, PAN, MODULATION, BREATH, EXPRESSION)  #: controllers of a channel that are its members' too


class NoSoundFont(RuntimeError):
    """The SoundFont cannot be played: one line, why, and its mend."""


class SoundFont:
    """A `Renderer` that plays an .sf2 file. channels: MIDI channel 1..16 to timbre (as its program), level and pan.

    Raises NoSoundFont. Same promises as `Synth`, but for one: its bytes are the library's, not ours.
    """

    def __init__(self, path: Path, rate: int = 48_000, channels: Mapping[int, ChannelSound] | None = None) -> None:
        self.rate = rate
        self.level = 0.8
        self.frame = 0  #: the absolute frame that `render` hands out next. thread: any may read it
        _check(path)
        self._engine = _engine(path, rate)
        self._queue = FrameQueue()
        self._expressed = [Expression()] * 17
        self._zones = InputChannels(zones=False)
        self._kept: list[dict[tuple[str, int], Message]] = [{} for _ in range(17)]  # of each channel: for its members
        given = dict(channels or {})
        if given.get(CHANNEL) == CLICK:  # the font's own drums
            del given[CHANNEL]
            self._engine.drums(CHANNEL)
        for channel, sound in given.items():
            self._obey(Message(0, "program", channel, TIMBRES[sound.timbre].program))  # until another is said
            self._obey(Message(0, "control", channel, 7, min(127, round(100 * sound.level**0.5))))
            self._obey(Message(0, "control", channel, 10, min(127, round(64 + 63 * sound.pan))))

    def schedule(self, frame: int, message: Message) -> None:
        """Play `message` at an absolute frame; at once if that has passed. thread: any. blocks: never."""
        self._queue.put(frame, message)

    def silence(self) -> None:
        """Forget what is scheduled and end every note. thread: any. blocks: never."""
        self._queue.forget()

    def render(self, frames: int) -> NDArray[np.float32]:
        """The next sound, float32 [frames, 2], within -1..1. thread: audio only. blocks: never."""
        if self._queue.collect():
            for channel in range(1, 17):
                self._engine.obey(Message(0, "control", channel, SOUND_OFF))
                self._rest(channel)
        out = np.empty((frames, 2), dtype=np.float32)
        done = 0
        while due := self._queue.take(self.frame + frames):
            until = max(due[0] - self.frame, done)
            out[done:until] = self._engine.generate(until - done)
            self._obey(due[1])
            done = until
        out[done:] = self._engine.generate(frames - done)
        out *= self.level
        self.frame += frames
        return np.clip(out, -1, 1, out=out)

    def _obey(self, message: Message) -> None:
        """A message; breath is loudness, as with the built-in synth, for no font knows what to do with it."""
        channel = message.channel
        if message.kind == "zone":
            self._lay_zone(channel, message.number)
            return
        if message.kind in ("program", *MIXING) or (message.kind == "control" and message.number in OF_ZONE):
            self._kept[channel][message.kind, message.number if message.kind == "control" else 0] = message
            for member in self._zones.reach("", channel)[1:]:
                self._obey(replace(message, channel=member))
        if message.kind in MIXING:
            self._mixed(message)
            return
        before, self._expressed[channel] = self._expressed[channel], self._expressed[channel].after(message)
        if message.kind == "control" and message.number in (BREATH, EXPRESSION):
            loud = round(127 * self._expressed[channel].blown ** 0.5)
            self._engine.obey(Message(0, "control", channel, EXPRESSION, loud))
        elif message.kind == "control" and message.number == RESET:
            self._expressed[channel] = before
            self._rest(channel)
        else:
            self._engine.obey(message)

    def _lay_zone(self, channel: int, members: int) -> None:
        """Members of a channel, which sound as it does and bend by 48 semitones; no font's library knows of zones."""
        self._zones.configure("", channel, members)
        for member in self._zones.reach("", channel)[1:]:
            for number, value in ((RPN, 0), (RPN_FINE, 0), (DATA, 48), (RPN, 127), (RPN_FINE, 127)):
                self._engine.obey(Message(0, "control", member, number, value))
            for message in list(self._kept[channel].values()):
                self._obey(replace(message, channel=member))

    def _mixed(self, message: Message) -> None:
        """Level and place of a channel as a font knows them; its sound is chosen by program."""
        share = share_of(message)
        if message.kind == "gain":
            self._engine.obey(Message(0, "control", message.channel, 7, round(100 * share**0.5)))
        elif message.kind == "place":
            self._engine.obey(Message(0, "control", message.channel, 10, round(127 * share)))

    def _rest(self, channel: int) -> None:
        """A channel as nobody touched it."""
        if self._expressed[channel] != Expression():
            self._expressed[channel] = Expression()
            for message in (
                Message(0, "bend", channel, 0, 64), Message(0, "pressure", channel, 0),
                Message(0, "control", channel, 1, 0), Message(0, "control", channel, EXPRESSION, 127),
            ):  # fmt: skip
                self._engine.obey(message)


class _Engine(Protocol):
    def drums(self, channel: int) -> None: ...

    def obey(self, message: Message) -> None: ...

    def generate(self, frames: int) -> NDArray[np.float32]: ...


def _check(path: Path) -> None:
    try:
        if path.exists() and not path.is_file():
            raise NoSoundFont(f"{path} is no file; give --synth the path of an .sf2 file.")
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise NoSoundFont(f"{path}: {error.strerror or error}; give --synth the path of an .sf2 file.") from None
    if head[:4] != b"RIFF" or head[8:12] != b"sfbk":
        raise NoSoundFont(f"{path} is not a SoundFont; give --synth the path of an .sf2 file.")


def _engine(path: Path, rate: int) -> _Engine:
    for make in (_Tiny, _Fluid):
        try:
            with quiet_stderr():
                return make(path, rate)
        except ImportError:  # not installed, or without its system library: the next
            continue
        except Exception as error:  # each library has its own for a file it cannot read
            raise NoSoundFont(f"{path} does not load ({error}).") from None
    raise NoSoundFont(
        "no library plays SoundFonts: pip install --no-deps tinysoundfont, or install FluidSynth and pyfluidsynth."
    )


class _Tiny:
    """tinysoundfont: no system library, 256 voices. Without a preset for a program the channel is silent."""

    def __init__(self, path: Path, rate: int) -> None:
        import tinysoundfont

        self._synth: Any = tinysoundfont.Synth(samplerate=rate)
        self._synth.sfload(str(path), gain=0.0)
        self._touches = Touches(
            rate, lambda channel, semitones: self._synth.set_tuning(channel - 1, semitones),
            lambda channel, value: self._synth.control_change(channel - 1, 7, value),
        )  # fmt: skip
        for channel in range(16):
            self._try_program(channel, 0)

    def drums(self, channel: int) -> None:
        """General MIDI's percussion on a channel, where the font has any."""
        with suppress(RuntimeError):
            self._synth.program_change(channel - 1, 0, True)

    def _try_program(self, channel: int, program: int) -> None:
        try:
            self._synth.program_change(channel, program)
        except RuntimeError:  # the font has no such preset: the one before stays
            return

    def obey(self, message: Message) -> None:
        channel = message.channel - 1
        if message.kind == "on" and message.value:
            self._synth.noteon(channel, message.number, message.value)
        elif message.kind in ("on", "off"):
            self._synth.noteoff(channel, message.number)
        elif message.kind == "program":
            self._try_program(channel, message.number)
        elif message.kind == "bend":
            self._synth.pitchbend(channel, message.number | message.value << 7)
        elif message.kind == "control":
            self._synth.control_change(channel, message.number, message.value)
        self._touches.obey(message)

    def generate(self, frames: int) -> NDArray[np.float32]:
        pieces = [np.frombuffer(self._synth.generate(n), np.float32) for n in self._touches.steps(frames)]
        return (np.concatenate(pieces) if pieces else np.zeros(0, np.float32)).reshape(frames, 2)


class _Fluid:
    """pyfluidsynth: needs the system's libfluidsynth."""

    def __init__(self, path: Path, rate: int) -> None:
        import fluidsynth

        whole = ctypes.c_int
        self._press: Any = fluidsynth.cfunc(
            "fluid_synth_channel_pressure", whole, ("synth", ctypes.c_void_p, 1), ("chan", whole, 1), ("val", whole, 1)
        )
        self._synth: Any = fluidsynth.Synth(gain=0.8, samplerate=float(rate), channels=16)
        font = self._synth.sfload(str(path))
        if font < 0:
            raise ValueError("FluidSynth refuses it")
        for channel in range(16):
            self._synth.sfont_select(channel, font)
            self._synth.program_change(channel, 0)

    def drums(self, channel: int) -> None:
        """FluidSynth has percussion on channel 10 by itself."""

    def obey(self, message: Message) -> None:
        channel = message.channel - 1
        if message.kind == "on" and message.value:
            self._synth.noteon(channel, message.number, message.value)
        elif message.kind in ("on", "off"):
            self._synth.noteoff(channel, message.number)
        elif message.kind == "program":
            self._synth.program_change(channel, message.number)
        elif message.kind == "bend":
            self._synth.pitch_bend(channel, (message.number | message.value << 7) - 8192)
        elif message.kind in ("pressure", "touch"):  # the wrapper has no name for it
            pressure = message.number if message.kind == "pressure" else message.value
            self._press(self._synth.synth, channel, pressure)
        elif message.kind == "control":
            self._synth.cc(channel, message.number, message.value)

    def generate(self, frames: int) -> NDArray[np.float32]:
        if frames == 0:
            return np.zeros((0, 2), dtype=np.float32)
        pcm = np.asarray(self._synth.get_samples(frames), dtype=np.float32).reshape(frames, 2)
        return pcm / np.float32(32768)
