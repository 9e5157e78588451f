"""A tune as it is read: measures of notes in ticks, in the order they are written."""

from __future__ import annotations

from dataclasses import dataclass

from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.note import Note


@dataclass(frozen=True, slots=True)
class Measure:
    """What stands between two bar lines.

    notes: starts in ticks from the measure's own first tick; length: ticks, as counted, not as the meter says
    opens: `|:` stands before it; closes: `:|` behind it; ending: 1, 2 or 0 for none
    first, last: the slice of the tune's tokens it was read from, its closing bar line included
    """

    notes: tuple[Note, ...]
    length: int
    opens: bool
    closes: bool
    ending: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Tune:
    """meter, mode (a Key on C) and measures in the order they are written."""

    meter: Meter
    mode: Key
    measures: tuple[Measure, ...]


class Misspelt(ValueError):
    """Tokens that cannot be read as music; the message names the token and its place."""
