"""Controls of what is played in: the velocity curve, and the split of the keyboard between two roles."""

from __future__ import annotations

from instrument.controls.control import Control
from instrument.controls.voice import PARTS
from instrument.music.sounds.velocity_curve import CURVES, LOUDEST

MELODY, CHORDS, CONTROL, LISTEN = "melody", "chords", "control", "listen"
#: voices of the patch that keys may play by hand; the tune's own voice is not one of them, whose part "melody" takes
PLAYED = tuple(part for part in PARTS if part != "melody")
ROLES = (MELODY, CHORDS, CONTROL, *PLAYED)  #: what keys may be for: see docs/keys.md
HEADING = {"input": "Your keys"}  #: of their group


def input_controls() -> tuple[Control, ...]:
    """All of them, for the table."""
    return (
        Control("input.curve", "curve", "linear", "How hard your keys count: as they are struck, loud under a light "
                "touch, only under a heavy one, or all alike; a number is a power", choices=tuple(CURVES),
                effect="live"),
        Control("input.floor", "int", 1, "What the lightest touch of your keys counts as", 1, LOUDEST, "velocity",
                effect="live"),
        Control("input.ceiling", "int", LOUDEST, "What the hardest touch of your keys counts as", 1, LOUDEST,
                "velocity", effect="live"),
        Control("input.split", "note", "none", "The key that divides your keyboard: it and all above have one role, "
                "all below another", choices=("none", "E3", "G3", "B3", "C4", "E4"), effect="live"),
        Control("input.below", "choice", CHORDS, "What keys below the split are for: the chord, a voice of the patch, "
                "what you play, or pads alone", choices=ROLES, effect="live"),
        Control("input.above", "choice", MELODY, "What keys from the split up are for", choices=ROLES, effect="live"),
    )  # fmt: skip
