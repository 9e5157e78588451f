"""A measure in C to sounding notes: key, accents of the dance, and a drone under it. No torch.

Accents follow the place in the bar: the first beat leans most, other beats less, what is off the beat least.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from instrument.music.events import Note
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.sounds.compass import Compass, fold, semitones_up
from instrument.music.tokens.bars import Measure

DOWNBEAT, BEAT, OFFBEAT = 100, 88, 74  #: velocities
DRONE_VELOCITY = 62
GAP = 24  #: a note ends 1/24 of its length early, so that repeated notes speak


@dataclass(frozen=True, slots=True)
class Arrangement:
    """From the patch. octaves: of each voice there is, up (+) or down (-); drone: "none", "tonic" or "fifth"
    source: "tune", "chorale" or "played"; experts: weights of the voices, None for the shipped ones
    compass: of the melody's instrument, None for any; keys: of the tunes of a set in turn, () for none listed
    live: voices, octaves, drone and compass follow the mixer's controls (`live_arrangement`)."""

    octaves: dict[str, int]
    drone: str = "none"
    source: str = "tune"
    experts: Path | None = None
    compass: Compass | None = None
    keys: tuple[str, ...] = ()
    live: bool = False


def arrange(
    measure: Measure, start: int, offset: int, end: int, meter: Meter, key: Key, how: Arrangement, up: int | None = None
) -> tuple[Note, ...]:
    """All voices of one measure as played.

    start, end: ticks of its span; offset: ticks into a whole bar at which the span starts, so that
    accents fall right under a pick-up. A pick-up's notes end at `end`; silence fills the span before.
    up: semitones from the measure to how it sounds, every note in its place; None: as the key and the compass have it
    """
    shift = semitones_up(key, how.octaves.get("melody", 0), how.compass) if up is None else up
    compass = how.compass if up is None else None
    lead = end - start - measure.length
    notes = [
        Note(
            start + lead + note.start, note.duration - note.duration // GAP,
            within(fold(note.pitch + shift, compass)),
            accent(offset + lead + note.start, meter), "melody",
        )
        for note in measure.notes
    ]  # fmt: skip
    return (*notes, *_drone(start, end, key, how))


def accent(place: int, meter: Meter) -> int:
    """Velocity of a note so many ticks from a bar line. Pure."""
    place %= meter.bar
    return DOWNBEAT if place == 0 else BEAT if place % meter.beat == 0 else OFFBEAT


def _drone(start: int, end: int, key: Key, how: Arrangement) -> tuple[Note, ...]:
    if how.drone == "none":
        return ()
    tonic = 48 + (key.tonic if key.tonic < 7 else key.tonic - 12) + 12 * how.octaves.get("drone", 0)
    pitches = [tonic] if how.drone == "tonic" else [tonic, tonic + 7]
    return tuple(Note(start, end - start, within(p), DRONE_VELOCITY, "drone") for p in pitches)


def within(pitch: int) -> int:
    """Octave by octave into MIDI's 0..127."""
    while pitch > 127:
        pitch -= 12
    while pitch < 0:
        pitch += 12
    return pitch
