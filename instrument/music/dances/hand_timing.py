"""The small unevenness of a hand: milliseconds early or late, a little softer or louder, the same every time. Pure.

Drawn from numbers that are passed in, so the same seed, tune, bar and note are always played alike. What falls on the
beat is nearer to it than what falls between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from instrument.music.dances.warp import Warp
from instrument.music.note import Note

SPREAD = 0.006  #: seconds: standard deviation of a note between beats, at full amount
ON_BEAT = 0.5  #: of it, for a note on a beat
TOUCH = 4.0  #: velocity: likewise
SHARE = 4  #: a note moves by no more than a quarter of the time to its neighbours


def by_hand(
    notes: Sequence[Note], start: int, end: int, beat: int, second: float, amount: float, chance: Iterator[float],
    strum: float = 0.0,
) -> tuple[Note, ...]:  # fmt: skip
    """One voice's notes of a measure, loosened: in their order, begun within start..end, none through another.

    start, end: of the measure; beat: its length; second: ticks in one; amount: 0 exact, 1 as a hand is
    chance: numbers in [0, 1), six for each moment at which notes begin; strum: ticks within which notes that begin one
    after the other are one moment
    """
    moments = _moments(notes, strum)
    ahead = [*moments[1:], end]
    behind = [start, *moments[:-1]]
    knots: list[tuple[int, float]] = []
    touch: dict[int, float] = {}
    for moment, before, after in zip(moments, behind, ahead, strict=True):
        spread = SPREAD * second * amount * (ON_BEAT if (end - moment) % beat == 0 else 1.0)
        late, touch[moment] = spread * _normal(chance), TOUCH * amount * _normal(chance)
        late = max(-(moment - before) / SHARE, min((after - moment) / SHARE, late))  # the first of a bar only late
        knots.append((moment, moment + late))
    warp = Warp.of([*knots, (start, start), (end, end)])
    moved = (warp.note(note) for note in notes)
    of = (lambda at: max(moment for moment in moments if moment <= at)) if strum else (lambda at: at)
    return tuple(
        replace(new, velocity=max(1, min(127, round(new.velocity + touch[of(old.start)]))))
        for old, new in zip(notes, moved, strict=True)
    )


def _moments(notes: Sequence[Note], strum: float) -> list[int]:
    """When notes begin, each strum once: when its first does."""
    found: list[int] = []
    for at in sorted({note.start for note in notes}):
        if not found or at - found[-1] > strum or not strum:
            found.append(at)
    return found


def _normal(chance: Iterator[float]) -> float:
    """Mean 0, standard deviation 1, never beyond 3: the sum of three uniform numbers, exact on every machine."""
    return 2 * (next(chance) + next(chance) + next(chance) - 1.5)
