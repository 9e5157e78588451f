"""The tune before and a tune that stays, in virtual time: from its top, to the note, with its controls."""

import pytest

from tests.fakes.back_evening import Evening, as_if, from_tick, joins, runs, tune_of


@pytest.mark.parametrize("into", [1, 3, 20])
def test_the_tune_before_comes_back_from_its_top_to_the_note(into: int) -> None:
    evening = Evening()
    while len(runs(evening.spans)) < 3:
        evening.bars(1)
    evening.bars(into - 1)
    before = next(run for run in runs(evening.spans) if run[0].tune == 1)
    evening.act("tune.back")
    back = evening.buffer.committed
    evening.bars(len(before) + into + 2)
    joins(evening.spans)
    again = from_tick(evening.spans, back)
    assert [span.bar for span in again[: len(before)]] == [span.bar for span in before]
    assert tune_of(again[: len(before)]) == tune_of(before)
    follows, third = again[len(before) :], runs(evening.spans)[2]
    assert (follows[0].tune, follows[0].bar) == (2, 0), "and then the set goes on as it went on"
    assert tune_of(follows[:into]) == tune_of(third[:into])


def test_twice_back_is_the_tune_before_that_and_then_there_is_none() -> None:
    evening = Evening()
    while len(runs(evening.spans)) < 3:
        evening.bars(1)
    first = runs(evening.spans)[0]
    evening.act("tune.back")
    evening.bars(3)
    evening.act("tune.back")
    back = evening.buffer.committed
    evening.bars(len(first))
    assert tune_of(from_tick(evening.spans, back)[: len(first)]) == tune_of(first)
    evening.act("tune.back")
    assert evening.said == ["there is no tune before this one"]


def test_back_brings_the_controls_of_that_tune_and_undo_takes_it_back() -> None:
    plain, evening = Evening(), Evening()
    for one in (plain, evening):
        one.bars(6)
        one.change(("tune.seed", 99), ("tune.key", "A dorian"))
        one.bars(6)
    tune = [span for span in evening.spans if span.key == "D major"]
    evening.act("tune.back")
    back = evening.buffer.committed
    assert (evening.snapshot.seed, evening.snapshot.values["tune.key"]) == (3, "D major")
    evening.bars(len(tune) + 6)
    again = from_tick(evening.spans, back)
    assert tune_of(again[: len(tune)]) == tune_of(tune)
    assert again[len(tune)].tune == 0 and again[len(tune)].bar == len(tune), "a tune that was cut off is played on"
    evening.act("undo")
    undone = evening.buffer.committed
    evening.bars(20)
    plain.bars(70)
    as_if(evening.spans, plain.spans, undone)


def test_a_tune_that_stays_begins_again_until_it_is_released() -> None:
    evening = Evening()
    evening.bars(3)
    evening.change(("tune.stay", True))
    while len(runs(evening.spans)) < 3:
        evening.bars(1)
    evening.bars(2)
    evening.change(("tune.stay", False))
    while len(runs(evening.spans)) < 5:
        evening.bars(1)
    joins(evening.spans)
    times = runs(evening.spans)
    assert [run[0].tune for run in times] == [0, 0, 0, 1, 2]
    first, again, once_more = (tune_of(run, "melody") for run in times[:3])
    assert first == again == once_more


def test_a_tune_that_stays_follows_the_controls() -> None:
    evening = Evening()
    evening.change(("tune.stay", True))
    evening.bars(6)
    evening.change(("tune.key", "E major"))
    while len(runs(evening.spans)) < 3:
        evening.bars(1)
    times = runs(evening.spans)
    assert {span.key for span in times[1]} == {"E major"}
    up = [(at, long, pitch + 2, voice) for at, long, pitch, voice in tune_of(times[0], "melody")[:12]]
    assert tune_of(times[1], "melody")[:12] == up
