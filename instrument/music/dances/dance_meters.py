"""Dance of a meter: what is composed where a patch names none, or one that its meter cannot have. Pure."""

from __future__ import annotations

from instrument.music.meter import Meter

#: by meter: the dances it can have, the usual one first
DANCES_IN: dict[str, tuple[str, ...]] = {
    "4/4": ("reel", "hornpipe", "strathspey", "march", "air", "polka"),
    "2/2": ("reel", "hornpipe", "strathspey", "march"),
    "2/4": ("polka", "march", "air"),
    "6/8": ("jig", "march", "air", "slide"),
    "9/8": ("slip jig", "air"),
    "12/8": ("slide", "jig", "march"),
    "3/4": ("waltz", "air"),
    "3/2": ("other",),
}


def dance_in(meter: Meter, wanted: str) -> str:
    """The dance wanted, or the meter's usual one where it is "auto" or cannot be in that meter."""
    dances = DANCES_IN.get(str(meter), ("jig",) if meter.compound else ("other",))
    return wanted if wanted in dances else dances[0]
