"""Never late: what is given up first, how far, and how it comes back. No clock: durations are told."""

from __future__ import annotations

import itertools

import pytest

from instrument.thinking.model.settings import TuneSettings
from instrument.thinking.tree.search import Search
from instrument.thinking.tune.load_shedding import GRACE, LEAST_BEAM, PATIENCE, LoadShedding, Pace, ladder, told

VOCAB = 137
HARD = TuneSettings(1, 0, Search(3, 16, joint=0.8), futures=8)


def figures(settings: TuneSettings) -> tuple[int, int, int]:
    return settings.search.beta, settings.search.n, settings.futures


def test_first_the_beam_then_the_tuple_then_the_futures() -> None:
    rungs = [figures(rung) for rung in ladder(HARD, VOCAB)]
    assert rungs == [
        (16, 3, 8), (8, 3, 8), (4, 3, 8), (4, 2, 8), (4, 1, 8), (4, 1, 4), (4, 1, 2), (4, 1, 1),
    ]  # fmt: skip
    assert LEAST_BEAM == 4


def test_a_beam_is_not_narrowed_where_that_would_save_nothing() -> None:
    """Without a joint temperature tuples are drawn without their tree, whatever its width."""
    rungs = [figures(rung) for rung in ladder(TuneSettings(1, 0, Search(3, 0), futures=2), VOCAB)]
    assert rungs == [(0, 3, 2), (0, 2, 2), (0, 1, 2), (0, 1, 1)]


@pytest.mark.parametrize(
    "settings",
    [HARD, TuneSettings(1, 0), TuneSettings(1, 0, Search(4, 8, "beam")), TuneSettings(1, 0, Search(2, 0, joint=2.0))],
    ids=str,
)
def test_every_rung_asks_less_than_the_one_before(settings: TuneSettings) -> None:
    pace = Pace(0.002, 0.0001)
    costs = [pace.token(rung, VOCAB) for rung in ladder(settings, VOCAB)]
    assert all(a > b for a, b in itertools.pairwise(costs)) or len(costs) == 1


def test_what_keeps_up_is_in_force_and_the_wish_stays() -> None:
    governor = LoadShedding(Pace(0.002, 0.0001), VOCAB)
    assert governor.force(HARD, 10.0) == HARD
    tight = governor.force(HARD, 0.02)
    assert figures(tight) != figures(HARD) and governor.pace.token(tight, VOCAB) <= 0.7 * 0.02
    assert figures(governor.force(HARD, 1e-9)) == (4, 1, 1), "and never less than there is"
    assert governor.force(HARD, 10.0) == HARD


def test_a_machine_that_turns_out_slower_is_believed() -> None:
    governor = LoadShedding(Pace(0.002, 0.0001), VOCAB)
    budget = governor.pace.token(HARD, VOCAB) / 0.6
    assert governor.force(HARD, budget) == HARD
    for _ in range(20):
        governor.took(3.0, 1.0)
    assert governor.slow == pytest.approx(3.0, rel=0.05)
    assert governor.force(HARD, budget) != HARD


def test_too_little_lead_sends_it_down_and_enough_of_it_up_again() -> None:
    governor = LoadShedding(Pace(0.0, 0.0), VOCAB)
    governor.changed()
    for _ in range(GRACE):
        governor.ahead(0.1)  # right behind a change the lead says nothing
    assert governor.force(HARD, 1.0) == HARD
    lowered = []
    for _ in range(3 * (GRACE + 1)):
        governor.ahead(0.4)
        lowered.append(governor.notches)
    assert lowered[-1] == 3 and sorted(lowered) == lowered
    assert figures(governor.force(HARD, 1.0)) == (4, 2, 8)
    governor.ahead(1.5)  # neither short nor easy
    assert governor.notches == 3
    for rung in (2, 1, 0):
        for _ in range(PATIENCE + GRACE):
            governor.ahead(3.0)
        assert governor.notches <= rung
    assert governor.force(HARD, 1.0) == HARD


def test_what_changes_is_told_in_one_line() -> None:
    rungs = list(ladder(HARD, VOCAB))
    assert told(HARD, HARD, HARD, 3.0) == ""
    assert told(HARD, rungs[1], HARD, 0.8) == "the thinker is 0.8 bars ahead; beam width lowered from 16 to 8"
    assert "tuple length lowered from 3 to 2" in told(HARD, rungs[3], rungs[2], 0.5)
    assert told(HARD, rungs[1], rungs[2], 2.5) == "the thinker is 2.5 bars ahead; beam width back at 8 of 16"
    assert told(HARD, HARD, rungs[1], 2.5) == "the thinker is 2.5 bars ahead; beam width back at 16"
