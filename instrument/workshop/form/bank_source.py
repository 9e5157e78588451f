"""Forms of the training books, for the bank that plans are drawn from: structure alone, no note is kept.

Only square forms go in, as dances have them: parts of eight or sixteen bars, at most 32 written, whole bars between
pick-ups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from instrument.music.measure import Tune
from instrument.music.plan import PlannedBar
from instrument.music.ticks import EIGHTH
from instrument.thinking.form.bank import Again, Form
from instrument.thinking.form.reading import plan_of

SQUARE = (8, 16)
LONGEST = 32  #: bars


def form_of(tune: Tune, dance: str) -> Form | None:
    """The form of a tune as written; None where it is not square. Pure."""
    plan = plan_of(tune)
    whole = [(index, bar) for index, bar in enumerate(plan) if not bar.pickup and bar.ending != 2]
    whole = [(index, bar) for index, bar in whole if not _in_second_ending(plan, index)]
    lengths = Counter(bar.part for _, bar in whole)
    if not whole or any(count not in SQUARE for count in lengths.values()) or len(whole) > LONGEST:
        return None
    number = {index: place for place, (index, _) in enumerate(whole)}
    again = [
        Again(place - number[bar.source], bar.cells, bar.step) if bar.source in number else None
        for place, (_, bar) in enumerate(whole)
    ]
    parts = tuple((lengths[part], _repeated(plan, part)) for part in sorted(lengths))
    first = plan[0]
    pickup = (tune.meter.bar - first.lacks) // EIGHTH if first.pickup else 0
    if first.pickup and (tune.meter.bar - first.lacks) % EIGHTH:
        pickup = 1  # less than an eighth counts as one
    return Form(dance, str(tune.meter), pickup, parts, tuple(again))


def _in_second_ending(plan: Sequence[PlannedBar], index: int) -> bool:
    """Whether the measure stands behind the sign of a second ending, in the same part."""
    for bar in reversed(plan[: index + 1]):
        if bar.part != plan[index].part:
            return False
        if bar.ending:
            return bar.ending == 2
    return False


def _repeated(plan: Sequence[PlannedBar], part: int) -> bool:
    return any(bar.sign == ":|" or bar.ending == 2 for bar in plan if bar.part == part)


def lines(tunes: Iterable[tuple[Tune, str]]) -> list[str]:
    """The lines of the bank, sorted, of (tune, dance) pairs."""
    forms = (form_of(tune, dance) for tune, dance in tunes)
    return sorted(str(form) for form in forms if form is not None)
