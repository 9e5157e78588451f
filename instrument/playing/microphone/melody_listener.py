"""Melody listener: blocks of a microphone's sound in, the notes of one melody instrument or voice out."""

from __future__ import annotations

from collections.abc import Iterable

from instrument.music.sounds.compass import Compass
from instrument.playing.microphone.note_former import NoteFormer
from instrument.playing.microphone.own_notes import OwnNotes
from instrument.playing.microphone.pitch_frame import HeardNote
from instrument.playing.microphone.pitch_tracker import Block, PitchTracker


class MelodyListener:
    """Transcriber of a melody from sound.

    thread: one. blocks: never; a block of sound costs some four hundredths of its own time on one core.
    """

    def __init__(self, rate: int, compass: Compass | None) -> None:
        """rate: frames a second; compass: of what is played, None for any."""
        self.tracker = PitchTracker(rate, compass)
        self.former = NoteFormer(compass, self.tracker.window)
        self.own = OwnNotes()

    def hear(self, block: Block, ends: float) -> list[HeardNote]:
        """Sound, [frames] of full scale 1, whose last moment is at `ends` seconds. Returns notes that begin and end."""
        notes: list[HeardNote] = []
        for frame in self.tracker.hear(block, ends):
            found = self.former.hear(self.own.without(frame, self.former.note is not None))
            if any(note.velocity for note in found):
                self.own.performed(frame)
            notes += found
        return notes

    def play(self, notes: Iterable[tuple[float, str, int, int]]) -> None:
        """What we play ourselves, as `Sounding` has it: it may be heard, too."""
        self.own.hear(notes)

    def end(self, at: float) -> list[HeardNote]:
        """Nothing is heard any more: the note that sounds ends."""
        return self.former.end(at)
