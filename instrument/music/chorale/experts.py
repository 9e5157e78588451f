"""Table of the chorale experts: each one's name, help, MIDI controller, and the frame that it speaks in.

Controls, networks and plots read their experts here. To add one: a row here, the fields that it sees in
`networks/chorale/feature_rows.py` and, for the hot path, in `features_fast.py`; then `lilt train chorale`. Weights say
which experts they hold, so those that were trained before go on playing without the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: what a frame tells apart: pitches as they are; intervals up to a window; pitch classes; only that a note begins
Frame = Literal["pitches", "intervals", "classes", "onset"]
#: what it is counted from; "known voices": a head for each voice that is decided before
CountedFrom = Literal["nothing", "soprano", "own last", "tonic", "known voices"]


@dataclass(frozen=True, slots=True)
class Expert:
    """Chorale expert: a row of the table.

    name: of its controls, `harmony.expert.NAME` and `harmony.heat.NAME`, and of the group of fields that it sees
    help: what it knows, as those controls say it; controller: MIDI controller of its weight, or None
    frame, counted_from: what it speaks of; window: of a frame of intervals, semitones either way
    """

    name: str
    help: str
    controller: int | None
    frame: Frame
    counted_from: CountedFrom = "nothing"
    window: int = 0


EXPERTS: dict[str, Expert] = {
    expert.name: expert
    for expert in (
        Expert("absolute", "the notes themselves", 106, "pitches"),
        Expert("spacing", "distances between voices", 107, "intervals", "known voices", window=40),
        Expert("contour", "how a voice moves", 108, "intervals", "own last", window=24),
        Expert("beat", "when a voice moves", 109, "onset"),
        Expert("chord", "chords", 110, "classes", "soprano"),
        Expert("key", "the key", 111, "classes", "tonic"),
    )
}
CADENCE = "cadence"  #: the expert on all voices together, with a network of its own (`networks/chorale/cadence.py`)
#: every expert that a performer can turn: name, help, MIDI controller
TURNED: tuple[tuple[str, str, int | None], ...] = (
    *((expert.name, expert.help, expert.controller) for expert in EXPERTS.values()),
    (CADENCE, "chords that lead to one another, and home", None),
)
