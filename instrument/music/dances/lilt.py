"""The lilt of each dance: where the notes inside a beat fall as players have them, not as they are written. Pure.

Sources: Alan Ng, "Rhythm (Tune Type) Definitions" (irishtune.info): in a jig the first of three quavers is the longest
and strongest and the two after it are again uneven, so that dotted quaver, semiquaver, quaver is how it may be taught;
reels go in heavy-light pairs, hornpipes likewise and more unevenly. Katherine M. Glen, "Expressive Microtimings and
Groove in Scottish Gaelic Fiddle Music" (University of British Columbia, 2015), measures such pairs in a reel. The order
of long and short is theirs; the shares below were set by ear between even notes and Ng's way of teaching them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from instrument.music.dances.warp import Warp
from instrument.music.meter import Meter
from instrument.music.note import Note
from instrument.music.ticks import EIGHTH, QUARTER


@dataclass(frozen=True, slots=True)
class Lilt:
    """Shares of a beat, 0..1. second, third: where the second and third quaver of a compound beat begin
    pair: where the second of two quavers begins; dotted: the short note behind a dotted one; snap: the long note
    behind a short one."""

    second: float = 1 / 3
    third: float = 2 / 3
    pair: float = 1 / 2
    dotted: float = 3 / 4
    snap: float = 1 / 4


LILTS: dict[str, Lilt] = {
    "reel": Lilt(pair=0.53, dotted=0.70, snap=0.27),
    "jig": Lilt(0.40, 0.66),
    "slip jig": Lilt(0.39, 0.66),
    "slide": Lilt(0.41, 0.66),
    "hornpipe": Lilt(pair=0.64, dotted=2 / 3, snap=0.30),
    "polka": Lilt(pair=0.52, dotted=0.72),
    "strathspey": Lilt(pair=0.55, dotted=0.77, snap=0.22),
    "waltz": Lilt(0.36, 0.67, pair=0.53, dotted=0.72),
    "march": Lilt(0.36, 0.67, pair=0.52, dotted=0.74),
    "air": Lilt(0.35, 0.67, pair=0.51, dotted=0.73),
}
EVEN = Lilt()


def lilting(
    dance: str, meter: Meter, melody: Sequence[Note], start: int, end: int, barline: int, amount: float
) -> Warp:
    """The warp of one measure. All in ticks.

    melody: as written, which tells a dotted pair from even quavers; start, end: of the measure; barline: a tick on one,
    from which whole beats are counted; amount: 0 is even, 1 as players have it
    """
    lilt = LILTS.get(dance, EVEN)
    if not amount or lilt == EVEN:
        return Warp()
    beat = 3 * EIGHTH if meter.compound else QUARTER
    knots: list[tuple[int, float]] = []
    for at in range(barline + (start - barline) // beat * beat, end, beat):
        struck = {note.start - at for note in melody if 0 < note.start - at < beat}
        knots.append((at, at))
        for written, played in _inside(lilt, meter, struck):
            knots.append((at + round(written * beat), at + (written + amount * (played - written)) * beat))
    return Warp.of([*knots, (at + beat, at + beat)]) if knots else Warp()


def _inside(lilt: Lilt, meter: Meter, struck: set[int]) -> Iterator[tuple[float, float]]:
    """(place as written, as played) inside a beat. struck: ticks into it at which the melody has notes."""
    if meter.compound:
        yield from ((1 / 3, lilt.second), (2 / 3, lilt.third))
        return
    places = {12 * tick // QUARTER if 12 * tick % QUARTER == 0 else -1 for tick in struck}  # in twelfths of the beat
    if places == {9}:
        yield 3 / 4, lilt.dotted
    elif places == {3}:
        yield 1 / 4, lilt.snap
    elif places <= {6}:
        yield 1 / 2, lilt.pair
    elif places <= {3, 6, 9}:
        yield 1 / 2, (1 / 2 + lilt.pair) / 2  # semiquavers go by more evenly
