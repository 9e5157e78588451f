"""Drawing of a plan: the form of a tune chosen from the books' own, by dance and meter, before a note is composed.

The same seed, tune and wishes give the same plan. What a performer asks for (parts, bars a part, repeats, endings,
pick-up) is kept; what is left open is drawn as often as the books have it. Bars that are given already, an opening's or
a phrase's, keep their place: forms that begin as they do come first. Pure but for reading the bank once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from instrument.music.measure import Tune
from instrument.music.meter import Meter
from instrument.music.plan import Plan, PlannedBar, shifted
from instrument.music.ticks import EIGHTH
from instrument.thinking.form.bank import Again, Form, shipped
from instrument.thinking.form.custom import cumulative
from instrument.thinking.form.layout import lay_out
from instrument.thinking.form.reading import plan_of

FEWEST = 10  #: forms of a dance, below which those of its meter serve as well
EVEN = 0.55  #: share of forms whose two parts are both written with repeats; players' books leave signs out
ENDINGS = 0.3  #: share of repeated parts with first and second endings, as players' own collections have them
TWO_BARS = 0.25  #: of those, endings of two bars
SHORTEST = 16  #: bars as played
STREAM = 1  #: of the random numbers, apart from those of the notes


@dataclass(frozen=True, slots=True)
class FormRequest:
    """What a plan is drawn for. parts, bars: of the tune and of a part, 0 drawn; repeats, endings, pickup: "drawn",
    "yes" or "no"."""

    dance: str
    meter: str
    seed: int
    tune: int
    parts: int = 0
    bars: int = 0
    repeats: str = "drawn"
    endings: str = "drawn"
    pickup: str = "drawn"


def draw_plan(wanted: FormRequest, given: Tune | None = None) -> Plan:
    """The plan of a whole tune. given: its first measures, if some stand already; the plan begins with them."""
    chance = np.random.Generator(np.random.Philox(key=[wanted.seed, wanted.tune], counter=[0, 0, 0, STREAM]))
    numbers = chance.random(8).tolist()
    known = plan_of(given) if given is not None and given.measures else ()
    form = _form(wanted, known, Meter.parse(wanted.meter), numbers)
    endings = _endings(form, wanted.endings, numbers[3:])
    plan = lay_out(form, Meter.parse(wanted.meter), endings)
    return (*_placed(known, plan), *plan[len(known) :])


def _form(wanted: FormRequest, known: Plan, meter: Meter, numbers: Sequence[float]) -> Form:
    forms = _candidates(wanted, meter)
    if known:
        pickup = (meter.bar - known[0].lacks) // EIGHTH if known[0].pickup else 0
        forms = [form for form in forms if (form.pickup > 0) == (pickup > 0)] or forms
        forms = [replace(form, pickup=pickup) for form in forms]
        if known[0].opens:
            forms = [form for form in forms if form.parts[0][1]] or forms
        forms = _nearest(forms, [bar for bar in known if not bar.pickup])
    form = forms[min(len(forms) - 1, int(np.searchsorted(cumulative(tuple(forms)), numbers[0], side="right")))]
    form = _with_parts(form, forms, wanted, numbers[1])
    return _with_signs(form, forms, wanted, bool(known and known[0].opens), numbers[2])


def _candidates(wanted: FormRequest, meter: Meter) -> list[Form]:
    """Forms of the dance in its meter; where they are few, of the meter; else of any dance in like time."""
    whole = [form for form in shipped() if _bars_played(form) >= SHORTEST]
    mine = [form for form in whole if (form.dance, form.meter) == (wanted.dance, wanted.meter)]
    if len(mine) < FEWEST:
        mine = [form for form in whole if form.meter == wanted.meter]
    if len(mine) < FEWEST:
        mine = [form for form in whole if form.meter == ("6/8" if meter.compound else "4/4")]
    if wanted.pickup != "drawn":
        some = [form for form in mine if (form.pickup > 0) == (wanted.pickup == "yes")]
        mine = some or [replace(form, pickup=int(wanted.pickup == "yes")) for form in mine]
    if wanted.parts:
        mine = [form for form in mine if len(form.parts) == wanted.parts] or mine
    if wanted.bars:
        mine = [form for form in mine if all(bars == wanted.bars for bars, _ in form.parts)] or mine
    return mine


def _bars_played(form: Form) -> int:
    return sum(bars * (1 + repeated) for bars, repeated in form.parts)


def _nearest(forms: Sequence[Form], known: Sequence[PlannedBar]) -> list[Form]:
    """The forms whose first bars say each other again as the given ones do, as nearly as there are any."""

    def apart(form: Form) -> int:
        pairs = zip(known, form.bars, strict=False)
        return sum((bar.source >= 0) != (again is not None) for bar, again in pairs)

    least = min(apart(form) for form in forms)
    return [form for form in forms if apart(form) == least]


def _with_parts(form: Form, forms: Sequence[Form], wanted: FormRequest, number: float) -> Form:
    """The form with as many parts, of as many bars, as are wanted; more are taken from other forms."""
    count = wanted.parts or len(form.parts)
    if count == len(form.parts) and (not wanted.bars or all(bars == wanted.bars for bars, _ in form.parts)):
        return form
    parts: list[tuple[int, bool]] = []
    bars: list[Again | None] = []
    turn = int(number * len(forms))
    source = form
    while len(parts) < count:
        at = 0
        for length, repeated in source.parts:
            own = list(source.bars[at : at + length])
            at += length
            if len(parts) == count:
                break
            if wanted.bars:
                own = (own * (1 + wanted.bars // length))[: wanted.bars]
            parts.append((len(own), repeated))
            bars += own
        turn += 1
        source = forms[turn % len(forms)]
    return replace(form, parts=tuple(parts), bars=tuple(bars))


def _with_signs(form: Form, forms: Sequence[Form], wanted: FormRequest, opened: bool, number: float) -> Form:
    """Repeats as wanted; drawn, a form of two repeated eights may be written without them, played the same."""
    if wanted.repeats != "drawn":
        return replace(form, parts=tuple((bars, wanted.repeats == "yes" or (opened and n == 0))
                                         for n, (bars, _) in enumerate(form.parts)))  # fmt: skip
    share = sum(each.even for each in forms) / len(forms)
    if form.even and not opened and share > EVEN and number < 1 - EVEN / share:
        return replace(form, parts=tuple((bars, False) for bars, _ in form.parts))
    return form


def _endings(form: Form, wanted: str, numbers: Sequence[float]) -> tuple[int, ...]:
    """Bars of each part's first ending, 0 for none."""
    if wanted == "no":
        return ()
    often = 1.0 if wanted == "yes" else ENDINGS
    return tuple(
        (1 + (number < often * TWO_BARS)) * (number < often)
        for number, _ in zip(np.resize(numbers, len(form.parts)), form.parts, strict=True)
    )


def _placed(known: Plan, plan: Plan) -> Plan:
    """What is given, as it is, at its place in the plan."""
    return tuple(
        replace(bar, part=at.part, bar=at.bar, left=at.left) for bar, at in zip(known, plan, strict=False)
    ) + tuple(known[len(plan) :])


def rest_of_part(plan: Plan, place: int, context: int, further: Plan) -> Plan:
    """The plan behind `context` measures that were played before, the last of them measure `place` of `plan`: the bars
    that its part still has, then `further`. Without a place in a plan, `further` alone."""
    before = tuple(PlannedBar(bar=0) for _ in range(context))
    if not 0 <= place < len(plan):
        return (*before, *shifted(further, context))
    here = plan[place]
    shift = context - 1 - place  # of measures from the old plan to this one
    rest = []
    for bar in plan[place + 1 :]:
        if bar.part != here.part or bar.ending == 2:
            break
        source = bar.source + shift if bar.source + shift >= 0 else -1
        rest.append(replace(bar, sign="|", opens=False, ending=0, lacks=0, source=source, part=0))
    count = context + len(rest)
    return (*before, *rest, *(replace(bar, part=bar.part + 1) for bar in shifted(further, count)))


def answering(bars: int, context: int, further: Plan) -> Plan:
    """The plan of an answer: `context` bars were played to it; it takes them up half a bar each, in their order, goes
    its own way in its last bar and closes there; `further` comes after."""
    before = tuple(PlannedBar(bar=0) for _ in range(context))
    half = 0b111
    answer = tuple(
        PlannedBar(source=place % context if context and place + 1 < bars else -1, cells=half, bar=place + 1,
                   left=bars - 1 - place)
        for place in range(bars)
    )  # fmt: skip
    count = context + bars
    return (*before, *answer, *(replace(bar, part=bar.part + 1) for bar in shifted(further, count)))
