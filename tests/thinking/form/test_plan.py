"""Plans of form: read off tunes, drawn from the books' bank, laid out as measures that add up and are kept."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.controls.snapshot import Snapshot
from instrument.music.meter import Meter
from instrument.music.plan import Plan, letters
from instrument.music.play_order import order
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.bars import miscounted, read_tune
from instrument.thinking.form.bank import Again, Form, shipped
from instrument.thinking.form.custom import CLOSES, RETURNS, closes, cumulative, returns
from instrument.thinking.form.drawing import FormRequest, answering, draw_plan, rest_of_part
from instrument.thinking.form.layout import lay_out
from instrument.thinking.form.reading import plan_of
from instrument.thinking.spans.planner import WriteRequest, header
from instrument.thinking.tune.loader import WriterFactory
from tests.fakes.band import tiny_mind
from tests.fakes.thorough import share

DANCES = (("reel", "4/4"), ("jig", "6/8"), ("slip jig", "9/8"), ("slide", "12/8"), ("hornpipe", "4/4"),
          ("polka", "2/4"), ("strathspey", "4/4"), ("waltz", "3/4"), ("march", "2/4"), ("air", "3/4"),
          ("other", "3/2"))  # fmt: skip
open_ = st.sampled_from(("drawn", "yes", "no"))
requests = st.builds(
    lambda dance, **rest: FormRequest(*dance, **rest), st.sampled_from(DANCES), seed=st.integers(0, 2**31 - 1),
    tune=st.integers(0, 50), parts=st.integers(0, 6), bars=st.sampled_from((0, 8, 16)), repeats=open_, endings=open_,
    pickup=open_,
)  # fmt: skip


def tune(text: str, meter: str = "4/4") -> Plan:
    return plan_of(read_tune([f"M:{meter}", "K:Cmaj", *text.split()]))


def bars(*names: str) -> str:
    """Bars by a letter each: the same letter is the same bar."""
    pitches = "CDEFGABcdefgab"
    each = {name: f"{pitches[i]} 2 {pitches[i + 1]} 2 {pitches[i]} 2 {pitches[i + 2]} 2"
            for name in names for i in [ord(name) - ord("a")]}  # fmt: skip
    return " | ".join(each[name] for name in names)


def test_bars_that_come_again_are_read_off_the_notes() -> None:
    plan = tune(f"|: {bars(*'abacabad')} :| |: {bars(*'efegabad')} :|")
    assert letters(plan, 8 * EIGHTH) == "|: a b a c | a b a d :| |: e f e g | a b a d :|"
    sources = [-1 if bar.step else bar.source for bar in plan]
    assert sources == [-1, -1, 0, -1, 0, 1, 2, -1, -1, -1, 8, -1, 4, 5, 6, 7], (
        "of equals, the bar that players would name: the same of the part before, then four before, then two"
    )
    assert {bar.part for bar in plan[:8]} == {0} and {bar.part for bar in plan[8:]} == {1}
    assert [bar.left for bar in plan[:8]] == [7, 6, 5, 4, 3, 2, 1, 0]


def test_half_a_bar_and_a_step_higher_are_read_too() -> None:
    plan = tune("C D E F G 4 | C D E F c 4 | D E F G A 4 |")
    assert (plan[1].source, plan[1].cells, plan[1].step) == (0, 0b00001111, 0)
    assert (plan[2].source, plan[2].cells, plan[2].step) == (0, 0b11111111, 1)


def test_pick_ups_and_endings_have_their_place() -> None:
    plan = tune("|: G | C 8 | D 8 |1 E 7 :| |2 F 7 |: A | B 8 | c 7 :|")
    assert [bar.bar for bar in plan] == [0, 1, 2, 3, 3, 0, 1, 2]
    assert [bar.sign for bar in plan] == ["|", "|", "|1", ":|", "|:", "|", "|", ":|"]
    assert [bar.lacks // EIGHTH for bar in plan] == [7, 0, 0, 1, 1, 7, 0, 1]
    assert [bar.ending for bar in plan] == [0, 0, 0, 1, 2, 0, 0, 0]
    assert [bar.part for bar in plan] == [0, 0, 0, 0, 0, 1, 1, 1]


def test_a_form_is_a_line_and_back() -> None:
    form = Form("slip jig", "9/8", 1, ((8, True), (8, False)), (None, Again(1, 5), Again(2, 0x1FF, -1), *[None] * 13))
    assert Form.parse(str(form)) == form
    for shipped_form in shipped()[::97]:
        assert Form.parse(str(shipped_form)) == shipped_form
    with pytest.raises(ValueError, match="bars in parts"):
        Form.parse("reel 4/4 0 8r . . .")


def test_the_bank_has_forms_and_no_notes() -> None:
    counted = Counter(form.dance for form in shipped())
    assert min(counted[dance] for dance in ("reel", "jig", "hornpipe")) > 300
    for form in shipped():
        assert {length for length, _ in form.parts} <= {8, 16} and len(form.bars) <= 32
        assert all(again is None or 0 < again.back <= at for at, again in enumerate(form.bars))


@given(requests)
@settings(max_examples=share(100, 300), deadline=None)
def test_what_is_asked_of_a_plan_is_kept_and_the_same_again(wanted: FormRequest) -> None:
    plan = draw_plan(wanted)
    assert plan == draw_plan(wanted)
    whole = [bar for bar in plan if not bar.pickup and bar.ending != 2]
    lengths = Counter(bar.part for bar in whole if not _second(plan, bar))
    assert set(lengths.values()) <= {8, 16}
    assert not wanted.parts or len(lengths) == wanted.parts
    assert not wanted.bars or set(lengths.values()) == {wanted.bars}
    assert wanted.pickup == "drawn" or plan[0].pickup == (wanted.pickup == "yes")
    if wanted.repeats != "drawn":
        assert all(any(bar.sign == ":|" for bar in plan if bar.part == part) == (wanted.repeats == "yes")
                   for part in lengths)  # fmt: skip
    if wanted.endings == "no":
        assert not any(bar.ending for bar in plan)
    for at, bar in enumerate(plan):
        assert bar.source < at and (bar.source < 0 or not plan[bar.source].pickup)


def _second(plan: Plan, bar: object) -> bool:
    at = next(i for i, each in enumerate(plan) if each is bar)
    return next((b.ending for b in reversed(plan[: at + 1]) if b.ending or b.bar == 1), 0) == 2


@pytest.mark.long  # 4 seconds of CPU
@pytest.mark.parametrize(("dance", "meter"), DANCES)
def test_a_model_that_knows_nothing_still_plays_the_plan(dance: str, meter: str) -> None:
    """Signs, lengths and returns are as planned whatever the network would rather do, and every bar adds up."""
    memory = tiny_mind(3)
    for seed in range(1, 1 + share(1, 6)):
        snapshot = Snapshot().with_values([("tune.seed", seed), ("tune.meter", meter), ("tune.dance", dance)])
        tune_writer = WriterFactory(memory)(WriteRequest(snapshot, 0, header(snapshot)))
        while not tune_writer.whole:
            tune_writer.compose_measure()
        tune = read_tune(tune_writer.texts[:-1])
        assert not miscounted(tune, order(tune.measures)), tune_writer.texts
        assert len(tune.measures) == len(tune_writer.plan)
        for measure, bar in zip(tune.measures, tune_writer.plan, strict=True):
            assert (measure.opens or False) == (bar.opens or _opened_before(tune_writer.plan, bar))
            assert (measure.closes, measure.ending) == (bar.sign == ":|", bar.ending)
            assert measure.length == Meter.parse(meter).bar - bar.lacks


def _opened_before(plan: Plan, bar: object) -> bool:
    at = next(i for i, each in enumerate(plan) if each is bar)
    return at > 0 and plan[at - 1].sign == "|:"


def test_custom_brings_returns_and_closes_into_their_range_and_keeps_the_rest() -> None:
    for dance, meter in (("reel", "4/4"), ("jig", "6/8")):
        forms = tuple(form for form in shipped() if (form.dance, form.meter) == (dance, meter))
        running = cumulative(forms)
        weights = [b - a for a, b in zip([0.0, *running], running, strict=False)]
        assert running[-1] == pytest.approx(1) and min(weights) > 0
        for feature, (low, high) in ((returns, RETURNS), (closes, CLOSES)):
            told = [(w, feature(form)) for w, form in zip(weights, forms, strict=True)]
            known = [(w, value) for w, value in told if value == value]  # not NaN
            mean = sum(w * value for w, value in known) / sum(w for w, _ in known)
            assert low - 0.02 <= mean <= high + 0.02


def test_bars_that_are_given_keep_their_place() -> None:
    given_tune = read_tune(["M:4/4", "K:Cmaj", "|:", *f"{bars(*'abac')} |".split()])
    plan = draw_plan(FormRequest("reel", "4/4", 5, 0), given_tune)
    assert plan[0].opens and [bar.bar for bar in plan[:5]] == [1, 2, 3, 4, 5]
    assert plan[2].source == 0 and any(bar.sign == ":|" for bar in plan if bar.part == 0)


def test_what_is_left_of_a_part_comes_before_what_follows() -> None:
    form = Form("reel", "4/4", 0, ((8, True), (8, True)), (*[None] * 4, *[Again(4, 255)] * 2, *[None] * 10))
    plan = lay_out(form, Meter(4, 4))
    rest = rest_of_part(plan, 2, 3, plan)
    assert [bar.left for bar in rest[3:8]] == [4, 3, 2, 1, 0] and all(bar.sign == "|" for bar in rest[3:8])
    assert rest[4].source == 0 and rest[5].source == 1, "bars 5 and 6 say 1 and 2 again, which are measures 0 and 1"
    assert rest[8].opens and rest[8].bar == 1 and rest[8].part == 1
    answer = answering(4, 4, plan)
    assert [bar.source for bar in answer[4:8]] == [0, 1, 2, -1] and answer[7].left == 0
