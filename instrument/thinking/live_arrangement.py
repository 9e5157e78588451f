"""Live arrangement: voices, octaves, drone and compass as the mixer's controls stand, in place of the patch's. Pure."""

from __future__ import annotations

from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.controls.voice_controls import drone_of, voice_at, voices_on
from instrument.thinking.arrange import Arrangement


def arranged(how: Arrangement, snapshot: Snapshot) -> Arrangement:
    """The arrangement under these controls; one that is not live is as it was given."""
    if not how.live:
        return how
    octaves = {name: voice.octave for name, voice in voices_on(snapshot.values).items()}
    melody = voice_at(snapshot.values, "melody")
    return replace(
        how, octaves={"melody": melody.octave, **octaves}, drone=drone_of(snapshot.values), compass=melody.range
    )
