"""Recording: the sound into NAME.wav as it is made, the notes into NAME.mid when it is over.

The WAV can be played whatever happens: its header is made true once a second, so a process killed in the middle leaves
all but the last second. The MIDI file comes from the notes as written, in ticks, not from when they were sounded.
"""

from __future__ import annotations

import wave
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from instrument.music.events import Note, Span
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.ports.midi_file import write_midi

__all__ = ["Recorder", "WavWriter", "write_midi"]

LARGEST = 4_000_000_000  #: bytes of sound in one file; the format's sizes are 32-bit


class WavWriter:
    """A 16-bit stereo WAV that grows. rate: frames a second. Raises OSError as files do. thread: one."""

    def __init__(self, path: Path, rate: int) -> None:
        self.path, self.frames = path, 0
        self._file: BinaryIO = path.open("wb")
        self._wave = wave.open(self._file, "wb")  # noqa: SIM115 - closed in close()
        self._wave.setparams((2, 2, rate, 0, "NONE", "not compressed"))
        self._wave.writeframes(b"")
        self._file.flush()
        self._each, self._unwritten = rate, 0
        self._closed = False

    @property
    def full(self) -> bool:
        """The format holds no more; go on in another file."""
        return self.frames * 4 >= LARGEST

    def write(self, sound: NDArray[np.float32]) -> None:
        """Add sound, float32 [frames, 2]; what is outside -1..1 is clipped."""
        self._wave.writeframesraw(np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
        self.frames += len(sound)
        self._unwritten += len(sound)
        if self._unwritten >= self._each:
            self.flush()

    def flush(self) -> None:
        """Bring the file up to date: what is there now can be played."""
        self._wave.writeframes(b"")  # corrects the sizes in the header
        self._file.flush()
        self._unwritten = 0

    def close(self) -> None:
        """Safe to call twice."""
        if not self._closed:
            self._closed = True
            self._wave.close()
            self._file.close()


class Routed(Protocol):
    """Where a voice goes: channel 1..16, program 0..127."""

    @property
    def channel(self) -> int: ...

    @property
    def program(self) -> int: ...


class Recorder:
    """Writes stem.wav and stem.mid; makes the folder. routes: of each voice. Raises OSError. thread: one.

    Keeps the notes until `close`: some 2 MB an hour.
    """

    def __init__(self, stem: Path, rate: int, routes: Mapping[str, Routed], title: str = "Lilt") -> None:
        self.stem, self.rate, self.title = stem, rate, title
        self._channels = {voice: (route.channel, route.program) for voice, route in routes.items()}
        self._notes: list[Note] = []
        self._tempos: list[tuple[int, float]] = []
        self._meters: list[tuple[int, Meter]] = []
        self._keys: list[tuple[int, Key]] = []
        self._closed = False
        stem.parent.mkdir(parents=True, exist_ok=True)
        self._wav = WavWriter(self._path(".wav"), rate)
        self._files = 1

    def add(self, span: Span, bpm: float, tempos: Iterable[tuple[int, float]] = ()) -> None:
        """Remember a span, and the tempo (quarter notes a minute) it is played in, or its tempos by tick."""
        self._notes += [note for note in span.notes if note.voice in self._channels]
        for tick, tempo in tempos or ((span.start, bpm),):
            if not self._tempos or self._tempos[-1][1] != tempo:
                self._tempos.append((tick, tempo))
        for changes, value in (
            (self._meters, Meter.parse(span.meter)), (self._keys, Key.parse(span.key)),
        ):  # fmt: skip
            if not changes or changes[-1][1] != value:
                changes.append((span.start, value))  # type: ignore[arg-type]

    def play(self, notes: Iterable[Note]) -> None:
        """Remember notes that were played, outside any span."""
        self._notes += [note for note in notes if note.voice in self._channels]

    def write(self, sound: NDArray[np.float32]) -> None:
        """Add sound, float32 [frames, 2]. After six hours it goes on in stem-2.wav."""
        if self._wav.full:
            self._wav.close()
            self._files += 1
            self._wav = WavWriter(self._path(f"-{self._files}.wav"), self.rate)
        self._wav.write(sound)

    def close(self) -> None:
        """Finish both files. Safe to call twice."""
        if not self._closed:
            self._closed = True
            self._wav.close()
            write_midi(
                self._path(".mid"), self._notes, self._channels, self._tempos, self._meters, self.title, self._keys
            )

    def _path(self, ending: str) -> Path:
        return self.stem.with_name(self.stem.name + ending)
