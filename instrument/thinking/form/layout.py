"""Layout of a form as written measures: signs, first and second endings, pick-ups and the bars that make up for them.

Each part opens with `|:` where it is repeated. A pick-up comes before every part that a repeat leads into, and the
part's last bar is shorter by it; a tune without signs has its pick-up once, at the top. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from instrument.music.meter import Meter
from instrument.music.plan import Plan, PlannedBar
from instrument.music.ticks import EIGHTH
from instrument.thinking.form.bank import Again, Form


@dataclass(frozen=True, slots=True)
class _Part:
    """Of one part: bars, whether it is repeated, bars of its endings (0 for none), whether a pick-up leads into it, and
    whether its last bar is short."""

    bars: int
    repeated: bool
    ending: int
    led: bool
    short: bool


def lay_out(form: Form, meter: Meter, endings: Sequence[int] = ()) -> Plan:
    """The measures of a form. endings: bars of the first ending of each part, 0 for none; shorter is none."""
    bar = meter.bar
    pickup = form.pickup * EIGHTH if 0 < form.pickup * EIGHTH <= bar // 2 else 0
    parts = _parts(form, bool(pickup), endings)
    plan: list[PlannedBar] = []
    places: list[int] = []  # of each whole bar of the form: its measure, the last ending's where there are two
    for number, part in enumerate(parts):
        opens = part.repeated
        if part.led:
            plan.append(PlannedBar(opens=opens, lacks=bar - pickup, part=number, bar=0, left=part.bars))
            opens = False
        first = len(places)
        for place in range(part.bars):
            source, cells, step = _source(form, first + place, places, meter)
            written = PlannedBar(
                opens=opens, source=source, cells=cells, step=step, part=number, bar=place + 1,
                left=part.bars - 1 - place,
            )  # fmt: skip
            opens = False
            places.append(len(plan))
            plan.append(_signed(written, part, place, pickup if part.short else 0))
        if part.ending:
            plan += _second_ending(plan[-part.ending :], len(plan), pickup if part.short else 0)
            for back in range(part.ending):
                places[-1 - back] = len(plan) - 1 - back
        if plan and number + 1 < len(parts) and parts[number + 1].repeated and plan[-1].sign == "|":
            plan[-1] = replace(plan[-1], sign="|:")
    return tuple(plan)


def _parts(form: Form, pickup: bool, endings: Sequence[int]) -> list[_Part]:
    found: list[_Part] = []
    any_repeated = any(repeated for _, repeated in form.parts)
    for number, (bars, repeated) in enumerate(form.parts):
        last = number + 1 == len(form.parts)
        short = pickup and (repeated or (any_repeated if last else form.parts[number + 1][1]))
        led = pickup and (number == 0 or found[-1].short)
        ending = endings[number] if repeated and number < len(endings) and endings[number] < bars else 0
        found.append(_Part(bars, repeated, ending, led, short))
    return found


def _signed(bar: PlannedBar, part: _Part, place: int, lacks: int) -> PlannedBar:
    """The bar with the sign behind it, and what it lacks if it is the last."""
    last = place + 1 == part.bars
    if part.ending and place + 1 == part.bars - part.ending:
        bar = replace(bar, sign="|1")
    if part.ending and place == part.bars - part.ending:
        bar = replace(bar, ending=1)
    return replace(bar, sign=":|" if part.repeated else "|", lacks=lacks) if last else bar


def _second_ending(first: Sequence[PlannedBar], at: int, lacks: int) -> list[PlannedBar]:
    """The second ending beside a first: it begins as the first does and closes by itself."""
    found = []
    for place, bar in enumerate(first):
        last = place + 1 == len(first)
        cells = (1 << 32) - 1 if not last else 0b11 if len(first) == 1 else 0
        source = at - len(first) + place if cells else -1
        found.append(
            replace(bar, sign="|", ending=2 if place == 0 else 0, source=source, cells=cells, step=0,
                    lacks=lacks if last else 0)
        )  # fmt: skip
    return found


def _source(form: Form, number: int, places: Sequence[int], meter: Meter) -> tuple[int, int, int]:
    """(measure that a bar says again or -1, its cells, the step), of whole bar `number` of the form."""
    again = form.bars[number]
    if again is None or not 0 <= number - again.back < len(places):
        return -1, 0, 0
    cells = _cells(again, form, meter)
    return (places[number - again.back], cells, again.step) if cells else (-1, 0, 0)


def _cells(again: Again, form: Form, meter: Meter) -> int:
    """Cells of the form's own meter as cells of this one."""
    theirs, ours = Meter.parse(form.meter).bar // EIGHTH, meter.bar // EIGHTH
    if theirs == ours:
        return again.cells
    return sum(1 << cell for cell in range(ours) if again.cells >> (cell * theirs // ours) & 1)
