"""Live arrangement: voices, octaves, drone, compass and keys as the controls stand, in place of the patch's. Pure."""

from __future__ import annotations

from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.controls.voice_controls import drone_of, voice_at, voices_on
from instrument.thinking.spans.arrange import Arrangement


def arranged(how: Arrangement, snapshot: Snapshot) -> Arrangement:
    """The arrangement under these controls; one that is not live is as it was given."""
    if not how.live:
        return how
    octaves = {name: voice.octave for name, voice in voices_on(snapshot.values).items()}
    melody = voice_at(snapshot.values, "melody")
    listed = str(snapshot.values.get("tune.key_list", "none"))
    return replace(
        how, octaves={"melody": melody.octave, **octaves}, drone=drone_of(snapshot.values), compass=melody.range,
        keys=() if listed == "none" else tuple(listed.split(", ")),
    )  # fmt: skip
