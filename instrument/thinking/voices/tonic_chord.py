"""Tonic chord of an ending: under the last long note the voices stand on the tonic's triad. Pure.

Each stands near where it was. The harmoniser follows the melody wherever it may go on; an ending goes nowhere, and its
close must be one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instrument.music.events import Note, Span
from instrument.music.key import LETTER_SEMITONES, Key

#: of each voice: degree of the triad, and the MIDI note it is near where it has not sounded
STANDS = {"bass": (0, 48), "tenor": (4, 55), "alto": (2, 62)}
VELOCITY = 72


def settled(span: Span, before: Span | None, voices: Sequence[str]) -> Span:
    """The span of an ending with its voices on the tonic chord from its last melody note on. before: the span played
    before it, by which a voice knows where it was."""
    melody = [note for note in span.notes if note.voice == "melody"]
    if not melody or not voices:
        return span
    rest = max(note.start for note in melody)
    kept = [
        replace(note, duration=min(note.end, rest) - note.start) if note.voice in voices else note
        for note in span.notes
        if note.voice not in voices or note.start < rest
    ]
    earlier = [*(before.notes if before is not None else ()), *kept]
    key = Key.parse(span.key)
    chord = [
        Note(rest, span.end - rest, _nearest(key, STANDS[voice][0], _was(earlier, voice)), VELOCITY, voice)
        for voice in voices
    ]
    return replace(span, notes=(*kept, *chord))


def _was(notes: Sequence[Note], voice: str) -> int:
    """Where a voice was last."""
    own = [note for note in notes if note.voice == voice]
    return max(own, key=lambda note: note.start).pitch if own else STANDS[voice][1]


def _nearest(key: Key, degree: int, pitch: int) -> int:
    """The note of a degree of the scale that is nearest to a pitch; of equals the lower."""
    letter = (key.letter + degree) % 7
    wanted = (LETTER_SEMITONES[letter] + key.signature[letter]) % 12
    near = [note for note in range(max(0, pitch - 11), min(127, pitch + 11) + 1) if note % 12 == wanted]
    return min(near, key=lambda note: (abs(note - pitch), note))
