"""Opening chord: what sounds in the lead-in, a chord of the key to bow to, or a fiddler's "four potatoes". Pure.

The chord is held over the last bar. Four potatoes are four strokes of the tonic and its fifth, each a long and two
shorts (a long and a short in jig time), as fiddlers give the tempo of a reel.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from instrument.music.events import Note, Span
from instrument.music.lead_in import LeadIn, halves

BREATH = 16  #: this part of a bar is silent between the chord and the first note
LOUD, SOFT = 84, 66  #: velocities of strokes
HELD = 74  #: velocity of the chord
SHORT = 0.8  #: of its time a stroke sounds
MIDDLE = 69  #: MIDI note near which the tonic lies where nothing is known of the melody
THIRDS = {"maj": 4, "mix": 4, "lyd": 4}  #: semitones above the tonic; 3 in every other mode


def opening_chord(kind: str, lead: LeadIn, voices: Collection[str], spans: Sequence[Span]) -> list[Note]:
    """The notes before the entry, in order; none for "none". voices: those that may sound; spans: what comes."""
    leader = next((voice for voice in ("melody", "soprano") if voice in voices), None)
    if kind == "none" or leader is None or not lead.bars:
        return []
    tonic = _tonic(lead.key.tonic, spans)
    if kind == "potatoes":
        found = [
            Note(start, round(length * SHORT), pitch, velocity, leader)
            for start, length, velocity in _strokes(lead) for pitch in (tonic, tonic + 7)
        ]  # fmt: skip
    else:
        start = lead.line - lead.meter.bar
        length = lead.entry - start - lead.meter.bar // BREATH
        chord = _spread(lead, tonic, leader, voices, spans)
        found = [Note(start, length, pitch, HELD, voice) for voice, pitch in chord]
    return [note for note in found if note.duration > 0 and note.end <= lead.entry and 0 <= note.pitch <= 127]


def _tonic(tonic: int, spans: Sequence[Span]) -> int:
    """The tonic at or below the first note of the melody, or above it, where the melody does not go so low."""
    notes = [note.pitch for span in spans for note in span.notes if note.voice == "melody"] or [MIDDLE]
    below = notes[0] - (notes[0] - tonic) % 12
    return below + 12 if below < min(notes) and below + 12 <= max(notes) else below


def _spread(
    lead: LeadIn, tonic: int, leader: str, voices: Collection[str], spans: Sequence[Span]
) -> Iterator[tuple[str, int]]:
    """(voice, note): root, fifth and third from the bass up; all of them the leader's where nobody else is there."""
    third = THIRDS.get(lead.key.mode, 3)
    others = {"bass": tonic - 24, "tenor": tonic - 17, "alto": tonic - 12 + third}
    yield leader, tonic
    found = [(voice, pitch) for voice, pitch in others.items() if voice in voices]
    if len(found) < 3:
        found += [(leader, tonic + third), (leader, tonic + 7)]
    yield from found
    if "drone" in voices:
        held = {note.pitch for span in spans[:1] for note in span.notes if note.voice == "drone"}
        yield from (("drone", pitch) for pitch in sorted(held))


def _strokes(lead: LeadIn) -> Iterator[tuple[int, int, int]]:
    """(tick, length, velocity) of each stroke of the potatoes."""
    meter = lead.meter
    size = meter.bar // 2 if halves(meter) else meter.beat
    first = lead.line - (4 * size if halves(meter) else meter.bar)
    for start in range(first, lead.line, size):
        if meter.compound:
            for beat in range(start, start + size, meter.beat):
                yield beat, meter.beat * 2 // 3, LOUD
                yield beat + meter.beat * 2 // 3, meter.beat // 3, SOFT
        else:
            yield start, size // 2, LOUD
            yield start + size // 2, size // 4, SOFT
            yield start + size * 3 // 4, size // 4, SOFT
