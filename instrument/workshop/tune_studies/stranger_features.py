"""Features that a stranger hears in a tune, by name: form, bar rhythms, intervals, scale degrees by place.

Nothing that tells a tune by its paper alone is in them: no spelling (pitches are degrees above the tonic), no length (a
tune is heard through its first sixteen bars, and shares are of those), no miscounted bars, no cap. Signs of repeats and
endings count as form. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise

from instrument.music.ticks import EIGHTH
from instrument.workshop.form.bars import EIGHT, Bar
from instrument.workshop.form.cadences import resting
from instrument.workshop.form.rhythms import rhythm
from instrument.workshop.form.rows import BY_NAME, FormCounts

HEARD = 16  #: bars of a tune
FEWEST = 8  #: bars below which a tune is no tune to judge
WIDEST = 12  #: semitones; larger leaps count as one
#: rows that tell the paper, the cap or the corpus rather than the music
PAPER = ("bars_written", "stopped_by_cap", "miscounted_bars", "longest_shared", "another_seeds")
DEGREES = ("1", "b2", "2", "b3", "3", "4", "#4", "5", "b6", "6", "b7", "7")


def features(form: FormCounts, length: int) -> dict[str, float]:
    """Name, in plain words, to value, mostly 0..1. length: ticks of a bar."""
    bars = form.said[:HEARD]
    return {**rows(form), **bar_features(bars, length)}


def rows(form: FormCounts) -> dict[str, float]:
    """The tune's own figure in each row of the table; a row with nothing to count is left out."""
    return {
        f"form: {BY_NAME[name].text}": count / whole
        for name, (count, whole) in form.counts.items() if whole and name not in PAPER
    }  # fmt: skip


def bar_features(bars: Sequence[Bar], length: int) -> dict[str, float]:
    """Shares of what stands in the bars."""
    notes = [(start + at * length, duration, pitch) for at, bar in enumerate(bars) for start, duration, pitch in bar]
    steps = [max(-WIDEST - 1, min(WIDEST + 1, b[2] - a[2])) for a, b in pairwise(notes)]
    return {
        **_shares("bar rhythm", (_rhythm(bar) for bar in bars)),
        **_shares("lengths", _grams([_eighths(note[1]) for note in notes], (1, 3))),
        **_shares("two bars' rhythms", (f"{_rhythm(a)} | {_rhythm(b)}" for a, b in pairwise(bars))),
        **_shares("steps", _grams([f"{step:+d}" for step in steps], (1, 2, 3))),
        **_shares("degree by place", (
            f"{DEGREES[pitch % 12]} at quaver {start // EIGHTH + 1}" for bar in bars for start, _, pitch in bar
        )),
        **_shares("bar of the eight", (
            f"bar {at % EIGHT + 1} rests on {DEGREES[resting(bar, length)]}" for at, bar in enumerate(bars) if bar
        ), each=bars),
        **_shares("bar of the eight", (
            f"bar {at % EIGHT + 1} begins on {DEGREES[bar[0][2] % 12]}" for at, bar in enumerate(bars) if bar
        ), each=bars),
    }  # fmt: skip


def _rhythm(bar: Bar) -> str:
    return " ".join(_eighths(duration) for _, duration in rhythm(bar))


def _eighths(ticks: int) -> str:
    return f"{ticks / EIGHTH:.3g}"


def _grams(items: Sequence[str], sizes: Iterable[int]) -> list[str]:
    return [" ".join(items[i : i + size]) for size in sizes for i in range(len(items) - size + 1)]


def _shares(kind: str, found: Iterable[Hashable], each: Sequence[object] | None = None) -> dict[str, float]:
    """Of all found (or of the eights in `each`), the share of each kind, as its square root, which tells rare things
    better apart (Hellinger)."""
    counted = Counter(found)
    whole = counted.total() if each is None else max(1, -(-len(each) // EIGHT))
    return {f"{kind}: {what}": (count / whole) ** 0.5 for what, count in counted.items()}
