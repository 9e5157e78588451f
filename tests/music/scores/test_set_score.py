"""What was played, as ABC."""

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.music.abc import parse
from instrument.music.scores.set_score import abc_of
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.encode import tokens
from tests.fakes.band import planner
from tests.fakes.thorough import share


@pytest.mark.parametrize("seed", range(1, 1 + share(2, 4)))
@pytest.mark.parametrize("bars", [3, 13, 40])
def test_a_performance_broken_off_anywhere_is_whole_abc(seed: int, bars: int) -> None:
    snapshot = Snapshot().with_value("tune.seed", seed)
    plan = planner(snapshot)
    played = [plan.next_span() for _ in range(bars)]
    texts = list(parse.tunes(abc_of(played, "a set", 112.0, True)))
    assert len(texts) == len({span.tune for span in played})
    for text in texts:
        body = text.split("K:")[1]
        assert body.count("|:") <= body.count(":|") + body.count("::"), body
        assert not body.rstrip().endswith("|1")
        tune = read_tune(tokens(parse.read(text)))
        assert len(tune.measures) <= bars


def test_a_tune_in_two_halves_is_written_with_its_repeats() -> None:
    from dataclasses import replace

    snapshot = Snapshot()
    span = planner(snapshot).next_span()
    written = ("M:4/4", "K:Cmaj", *(["c", "8", "|"] * 16), "</s>")
    place = replace(span.place, measure=15)
    text = abc_of([replace(span, written=written, place=place)], "two halves", 112.0, True)
    assert text.count("|:") == 2
    assert text.count(":|") == 2
