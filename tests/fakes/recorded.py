"""Recordings to compare with: what is played, and what stands in the files."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np

from instrument.music.events import Note
from instrument.music.ticks import EIGHTH, QUARTER

SOUND = np.linspace(-0.5, 0.5, 2000, dtype=np.float32).reshape(1000, 2)


CHANNELS = {"melody": (1, 78), "drone": (2, 109)}


NOTES = [
    Note(0, EIGHTH, 62, 80), Note(EIGHTH, EIGHTH, 66, 70), Note(QUARTER, QUARTER // 3, 69),
    Note(0, QUARTER * 4, 38, 60, "drone"),
]  # fmt: skip


@dataclass(frozen=True)
class Route:
    channel: int
    program: int


def read(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)


SHOW = {v: Route(*c) for v, c in CHANNELS.items()}


def placed(path: Path) -> list[tuple[float, mido.Message]]:
    """(seconds, message) of a MIDI file, as somebody else reads it."""
    now, found = 0.0, []
    for message in mido.MidiFile(str(path)):
        now += message.time
        found.append((now, message))
    return found


def struck(path: Path) -> list[tuple[float, int]]:
    return [(at, m.note) for at, m in placed(path) if m.type == "note_on" and m.velocity]
