"""Recording: the sound into NAME.wav and what was struck into NAME.mid, both whole at every moment of their growing.

The disk is touched in a thread of its own, so that a slow or full one never holds up the music. What goes wrong there
ends the recording: `ended` says why, in one line, and what is on disk by then stays. A name that is taken is left to
whom it belongs; the next free one, NAME-2 and so on, is used.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count, takewhile
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from instrument.controls.midi_messages import channel_of
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.playing.midi.output_message import Message, share_of
from instrument.playing.sound.percussion import CHANNEL
from instrument.ports.midi.output import encode
from instrument.ports.recording.midi_file import write_midi
from instrument.ports.recording.midi_take import MidiTake
from instrument.ports.recording.wav_file import WavWriter

__all__ = ["Recorder", "WavWriter", "write_midi"]

MOST = 30.0  #: seconds of sound that wait for the disk at most
PATIENCE = 5.0  #: seconds that closing waits for it
NAMES = 1000  #: how many of one name are tried


class Routed(Protocol):
    """Where a voice goes: channel 1..16, program 0..127."""

    @property
    def channel(self) -> int: ...

    @property
    def program(self) -> int: ...


class Recorder:
    """Makes the folder. routes: of each voice. Raises OSError, from the constructor alone. thread: one; `ended` may be
    read by any. blocks: never, but for `close`.

    Keeps the messages until `close`, for a track of each channel: some 3 MB an hour.
    """

    def __init__(self, stem: Path, rate: int, routes: Mapping[str, Routed], title: str = "Lilt") -> None:
        self.rate, self.ended = rate, ""
        stem.parent.mkdir(parents=True, exist_ok=True)
        voices: dict[int, str] = {}
        for voice, route in routes.items():
            voices.setdefault(route.channel, voice)
        voices.setdefault(CHANNEL, "click")
        self.stem, self._wav, self._midi = _open(stem, rate, title, voices)
        self._files = 1
        self._given = 0  # frames, to the thread
        self._done = 0  # frames, by the thread
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="recording", daemon=True)
        self._thread.start()

    @property
    def files(self) -> list[Path]:
        """What there is on disk, in order."""
        return recorded(self.stem)

    def write(self, sound: NDArray[np.float32]) -> None:
        """Add sound, float32 [frames, 2]. After six hours it goes on in stem.2.wav."""
        if self._given - self._done > MOST * self.rate:
            self.ended = self.ended or "the disk does not keep up"
        self._given += len(sound)
        self._put(lambda: self._write(sound))

    def message(self, at: float, message: Message) -> None:
        """A message on a channel, struck so many seconds after the recording began."""
        data = bytes(encode(_as_controller(message)))
        if channel_of(data):
            self._put(lambda: self._midi.message(at, data))

    def tempo(self, at: float, bpm: float) -> None:
        """Quarter notes a minute from a moment on."""
        self._put(lambda: self._midi.tempo(at, bpm))

    def bar(self, at: float, into: int, meter: Meter, key: Key, bpm: float) -> None:
        """The music stands `into` ticks behind a bar line: it has begun, has been moved, or has another meter."""
        self._put(lambda: self._midi.bar(at, into, meter, key, bpm))

    def text(self, at: float, text: str) -> None:
        """A word into the MIDI file, so many seconds after the recording began."""
        self._put(lambda: self._midi.text(at, text))

    def close(self) -> None:
        """Finish both files. Safe to call twice. blocks: five seconds at most, where the disk hangs."""
        if self._thread.is_alive():
            self._put(self._finish)
            self._jobs.put(None)
            self._thread.join(PATIENCE)
            if self._thread.is_alive():
                self.ended = self.ended or "the disk does not answer"

    def _put(self, job: Callable[[], None]) -> None:
        if not self.ended:
            self._jobs.put(job)

    # in the thread

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self.ended:
                continue
            try:
                job()
            except Exception as error:  # a fault of ours is no reason to stop the music either
                self._give_up(error)

    def _write(self, sound: NDArray[np.float32]) -> None:
        if self._wav.full:
            self._wav.close()
            self._wav = WavWriter(self._part(self._files + 1), self.rate)
            self._files += 1
        told = self._wav.told
        self._wav.write(sound)
        if self._wav.told != told:
            self._midi.flush()
            if not (self._wav.there and self._midi.there):
                raise FileNotFoundError(2, "its files have gone")
        self._done += len(sound)  # both files have it

    def _finish(self) -> None:
        self._wav.close()
        self._midi.finish()

    def _give_up(self, error: Exception) -> None:
        said = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}: {error}"
        self.ended = " ".join(str(said).split())
        with suppress(OSError):
            self._midi.flush()
        with suppress(OSError):
            self._wav.close()
        with suppress(OSError):
            self._midi.leave()

    def _part(self, number: int) -> Path:
        return self._path(f".{number}.wav")

    def _path(self, ending: str) -> Path:
        return self.stem.with_name(self.stem.name + ending)


def _as_controller(message: Message) -> Message:
    """What our own sound is told of a channel's level and place, as anybody else's understands it."""
    if message.kind not in ("gain", "place"):
        return message
    share = share_of(message)
    number, value = (7, round(127 * share**0.5)) if message.kind == "gain" else (10, round(127 * share))
    return Message(message.due, "control", message.channel, number, value, message.port)


def recorded(stem: Path | None) -> list[Path]:
    """The files of a recording that are there: the sound, its further parts, the notes."""
    if stem is None:
        return []
    parts = takewhile(Path.exists, (stem.with_name(f"{stem.name}.{number}.wav") for number in count(2)))
    wanted = [stem.with_name(stem.name + ".wav"), *parts, stem.with_name(stem.name + ".mid")]
    return [path for path in wanted if path.exists()]


def _open(stem: Path, rate: int, title: str, voices: Mapping[int, str]) -> tuple[Path, WavWriter, MidiTake]:
    """The first name of which nothing is there yet, and its two files."""
    for number in range(1, NAMES + 1):
        name = stem.name if number == 1 else f"{stem.name}-{number}"
        if any(stem.with_name(name + ending).exists() for ending in (".wav", ".2.wav", ".mid")):
            continue
        try:
            wav = WavWriter(stem.with_name(name + ".wav"), rate)
        except FileExistsError:  # somebody else was quicker
            continue
        try:
            return stem.with_name(name), wav, MidiTake(stem.with_name(name + ".mid"), title, voices)
        except FileExistsError:
            wav.discard()
        except OSError:
            wav.discard()
            raise
    raise FileExistsError(17, f"{NAMES} recordings have this name already", str(stem))
