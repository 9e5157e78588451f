"""A tune in numbers: does it count, how long are its parts, does it close on its tonic, how much of it comes again.

Pure functions of a `Tune` as it is written (`read_tune(tokens, strict=False)` reads anything a model says), the same
for the books' tunes and for the model's. Bars are counted by their ticks: a pick-up and the
short bar that makes it whole are one. What is shared with other tunes is `instrument.workshop.form.overlap`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from instrument.music.analysis.melody import melody
from instrument.music.measure import Measure, Tune
from instrument.music.play_order import Place, follow, order
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.bars import miscounted

OCTAVE = 12  #: semitones; larger leaps count as one


@dataclass(frozen=True, slots=True)
class TunePart:
    """Part of a tune.

    measures: indices as played the first time; bars: whole bars in them; repeated: it is played again.
    """

    measures: tuple[int, ...]
    bars: float
    repeated: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """One tune. bars: as written, of those miscounted do not add up; parts: bars of each; aabb: two equal parts, each
    played twice; closes: the last note is the tonic; closing_parts: the share of parts that end there; range:
    semitones; repetition: see `repetition`; longest_return: see `longest_return`."""

    bars: int
    miscounted: int
    parts: tuple[float, ...]
    aabb: bool
    closes: bool
    closing_parts: float
    range: int
    repetition: float
    longest_return: int


def figures(tune: Tune) -> Figures:
    """All of the above. Pure; a tune without notes is a tune of zeros."""
    found = parts(tune)
    ends = [closes_on_tonic(tune, part.measures) for part in found]
    sounded = [note.pitch for note in melody(tune)]
    return Figures(
        len(tune.measures), len(miscounted(tune, order(tune.measures))), tuple(part.bars for part in found),
        aabb(found), closes_on_tonic(tune, range(len(tune.measures))), sum(ends) / max(1, len(ends)),
        max(sounded, default=0) - min(sounded, default=0), repetition(tune), longest_return(tune),
    )  # fmt: skip


def parts(tune: Tune) -> list[TunePart]:
    """The parts in the order they are played; a tune without repeat signs is one part. Pure."""
    found: list[tuple[list[int], bool]] = []
    place, section = Place(), -1
    while place.measure < len(tune.measures):
        if place.section != section:
            section = place.section
            found.append(([], False))
        if place.time == 1:
            found[-1][0].append(place.measure)
        else:
            found[-1] = (found[-1][0], True)
        place = follow(tune.measures, place)
    whole = tune.meter.bar
    return [
        TunePart(tuple(own), round(2 * sum(tune.measures[i].length for i in own) / whole) / 2, repeated)
        for own, repeated in found
    ]  # fmt: skip


def aabb(found: Sequence[TunePart]) -> bool:
    """Two parts of as many bars, each of them played twice."""
    return len(found) == 2 and all(part.repeated for part in found) and found[0].bars == found[1].bars


def closes_on_tonic(tune: Tune, measures: Iterable[int]) -> bool:
    """Is the last note of these measures the tonic, in any octave? (A chord closes where its lowest note does.)"""
    last = max((i for i in measures if tune.measures[i].notes), default=None)
    if last is None:
        return False
    notes = tune.measures[last].notes
    final = max(note.start for note in notes)
    return min(note.pitch for note in notes if note.start == final) % OCTAVE == tune.mode.tonic


def repetition(tune: Tune) -> float:
    """The share of written bars, 0..1, that say again what an earlier bar said: same notes, same lengths.

    The forward diagonals of the Gramian of a tune with itself, as a number (Sturm, "Making sense of the folk-rnn v2
    model", part 9). A repeat sign adds nothing to it: what is written once is counted once.
    """
    said = [bar_of(m) for m in tune.measures if m.notes]
    return 1 - len(set(said)) / len(said) if said else 0.0


def longest_return(tune: Tune) -> int:
    """The length in bars of the longest passage that is written again later: the longest of those diagonals."""
    said = [bar_of(m) for m in tune.measures]
    best = 0
    for lag in range(1, len(said)):
        run = 0
        for earlier, later in zip(said, said[lag:], strict=False):
            run = run + 1 if earlier == later and earlier else 0
            best = max(best, min(run, lag))
    return best


def bar_of(measure: Measure) -> tuple[tuple[int, int, int], ...]:
    """What a bar says: (start, duration, pitch) of each note."""
    return tuple((n.start, n.duration, n.pitch) for n in measure.notes)


def intervals(tune: Tune) -> Counter[int]:
    """Melodic steps in semitones, upwards positive; leaps beyond the octave count as 13 or -13."""
    steps = (b.pitch - a.pitch for a, b in pairwise(melody(tune)))
    return Counter(max(-OCTAVE - 1, min(OCTAVE + 1, step)) for step in steps)


def durations(tune: Tune) -> Counter[float]:
    """Lengths of notes, in eighths."""
    return Counter(note.duration / EIGHTH for note in melody(tune))


def apart(one: Counter[Hashable], other: Counter[Hashable]) -> float:
    """Total variation, 0 (alike) to 1 (nothing in common): the most that the two can differ on any event.

    Half the L1 distance of the two distributions. Raises ValueError where one is empty.
    """
    if not one.total() or not other.total():
        raise ValueError("a histogram of nothing has no distance to another")
    return min(1.0, sum(abs(one[k] / one.total() - other[k] / other.total()) for k in {*one, *other}) / 2)


def summary(every: Sequence[Figures]) -> dict[str, float]:
    """Means and shares over tunes; parts_of_eight: of all parts, those of 8 or 16 bars. Raises ValueError for none."""
    if not every:
        raise ValueError("no tune to sum up")
    count, bars = len(every), sum(f.bars for f in every)
    lengths = [length for f in every for length in f.parts]
    return {
        "tunes_miscounted": sum(f.miscounted > 0 for f in every) / count,
        "bars_miscounted": sum(f.miscounted for f in every) / max(1, bars),
        "bars": bars / count,
        "parts": len(lengths) / count,
        "parts_of_eight": sum(length in (8, 16) for length in lengths) / max(1, len(lengths)),
        "aabb": sum(f.aabb for f in every) / count,
        "closes_on_tonic": sum(f.closes for f in every) / count,
        "parts_close_on_tonic": sum(f.closing_parts for f in every) / count,
        "range": sum(f.range for f in every) / count,
        "repetition": sum(f.repetition for f in every) / count,
        "longest_return": sum(f.longest_return for f in every) / count,
    }
