"""Melody of a written tune: its notes in order, one at a time. Pure."""

from __future__ import annotations

from instrument.music.measure import Tune
from instrument.music.note import Note


def melody(tune: Tune) -> list[Note]:
    """The notes as written, the first of each chord; starts are ticks from the top of the tune as written."""
    notes: list[Note] = []
    top = 0
    for measure in tune.measures:
        taken = -1
        for note in measure.notes:
            if note.start != taken:
                notes.append(Note(top + note.start, note.duration, note.pitch))
            taken = note.start
        top += measure.length
    return notes
