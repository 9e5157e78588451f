"""Controls of the backing: how guitar, piano, double bass, bodhran and pads play, and the keys that name the chord."""

from __future__ import annotations

from instrument.controls.control import Control
from instrument.music.backing.pattern import STYLES
from instrument.music.backing.strings import TUNINGS


def backing_controls() -> tuple[Control, ...]:
    """All of them, for the table."""
    return (
        Control("backing.drive", "float", 0.5, "How hard the backing plays, and how far its accents stand out",
                effect="voices"),
        Control("backing.density", "float", 0.5, "How many strokes a bar has, from held chords to running quavers",
                effect="voices"),
        Control("backing.variety", "float", 0.3, "How often patterns change, and parts end with a fill; 0 keeps one",
                effect="voices"),
        Control("backing.pattern", "choice", "auto", "Whose patterns the backing plays: those of the tune's dance, or "
                "of another of the same meter", choices=("auto", *STYLES), effect="voices"),
        Control("backing.tuning", "choice", "DADGAD", "Tuning of the guitar; GDAD is a bouzouki's",
                choices=tuple(TUNINGS), effect="voices"),
        Control("backing.pads", "bool", True, "Whether the voice pads, where there is one, holds the chords, for an "
                "arranger on an output of its own", effect="voices"),
        Control("backing.time", "choice", "clock", "When the backing sounds under your keys: in its pattern, by the "
                "clock's bars, or at once, whenever the chord changes", choices=("clock", "hands"), effect="live"),
        Control("backing.zone", "zone", "none", "Keys of your keyboard whose chord is the chord, at once; beside them "
                "you play as before", choices=("none", "E3", "G3", "B3", "C4", "E4"), effect="live"),
    )  # fmt: skip
