"""Note, the smallest thing that is planned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from sys import intern

from instrument.music.held_once import held_once


@dataclass(frozen=True, slots=True)
class Note:
    """Note of a voice. start: ticks from the top; duration: ticks, > 0; pitch: MIDI 0..127; velocity: 1..127;
    voice: which part; the patch maps parts to ports and channels."""

    start: int
    duration: int
    pitch: int
    velocity: int = 80
    voice: str = "melody"

    def __reduce__(self) -> tuple[Callable[..., Note], Row]:
        """For pickle. Not by a state: Python 3.11.2 puts its own in that place, of a frozen dataclass with slots."""
        return _received, (self.start, self.duration, self.pitch, self.velocity, self.voice)

    @property
    def end(self) -> int:
        return self.start + self.duration


Row = tuple[int, int, int, int, str]  #: start, duration, pitch, velocity, voice
_start, _duration, _pitch, _velocity, _voice = (getattr(Note, name).__set__ for name in Note.__slots__)


def row_of(note: Note) -> Row:
    """A note as plain values. Pure."""
    return note.start, note.duration, note.pitch, note.velocity, note.voice


def _received(start: int, duration: int, pitch: int, velocity: int, voice: str) -> Note:
    """A note as it was sent. There are few durations and voices: each is held once, since thousands of notes are."""
    return note_of((start, held_once(duration), pitch, velocity, intern(voice)))


def note_of(row: Row) -> Note:
    """The note of a row, in two thirds of the time that `Note` takes, which sets what is frozen by name. Pure."""
    note = object.__new__(Note)
    _start(note, row[0])
    _duration(note, row[1])
    _pitch(note, row[2])
    _velocity(note, row[3])
    _voice(note, row[4])
    return note
