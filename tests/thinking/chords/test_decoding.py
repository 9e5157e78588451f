"""Decoding of chords, judged by writing out every way there is."""

from __future__ import annotations

from itertools import product as every

import numpy as np
import pytest

from instrument.thinking.chords.decoding import drawn, filtered, likeliest, to_go
from instrument.thinking.chords.product import Weighed
from instrument.thinking.chords.states import COUNT, DEGREE, SAME

LENGTH = 3
STATES = 8  #: of all, those that are not impossible here, so that every way can be written out


def weighed(seed: int = 1) -> Weighed:
    rng = np.random.default_rng(seed)
    states = np.full((LENGTH, COUNT), -200.0)
    states[:, :STATES] = rng.normal(0, 2, (LENGTH, STATES))
    moves, keeps = rng.normal(0, 1, (COUNT, COUNT)), rng.normal(0, 1, LENGTH)
    odds = np.exp(moves)
    return Weighed(states, moves, keeps, {}, {}, odds, odds * SAME)


def score(given: Weighed, way: tuple[int, ...]) -> float:
    total = given.states[0, way[0]]
    for at in range(1, LENGTH):
        total += given.states[at, way[at]] + given.step(at)[way[at - 1], way[at]]
    return float(total)


def test_forward_and_backward_give_each_states_share_of_all_ways() -> None:
    given = weighed()
    ways = list(every(range(STATES), repeat=LENGTH))
    odds = np.exp([score(given, way) for way in ways])
    onward, own = to_go(given, 0, LENGTH), given.states[0]
    for at in range(LENGTH):
        if at:
            own = filtered(own, given, at, given.states[at])
        shares = np.exp(own + onward[at] - (own + onward[at]).max())
        shares /= shares.sum()
        for state in range(STATES):
            asked = sum(odd for way, odd in zip(ways, odds, strict=True) if way[at] == state) / odds.sum()
            assert shares[state] == pytest.approx(asked, abs=1e-9)


def test_at_temperature_0_the_best_way_is_found() -> None:
    for seed in range(5):
        given = weighed(seed)
        best = max(every(range(STATES), repeat=LENGTH), key=lambda way: score(given, way))
        onward, found = to_go(given, 0, LENGTH, 0.0), list[int]()
        for at in range(LENGTH):
            odds = given.states[at] + onward[at]
            found.append(int((odds + given.after(at, found[-1]) if found else odds).argmax()))
        assert tuple(found) == best


def test_what_is_drawn_has_the_share_of_its_way() -> None:
    given, rng = weighed(), np.random.default_rng(7)
    ways = list(every(range(STATES), repeat=LENGTH))
    odds = np.exp([score(given, way) for way in ways])
    best = ways[int(odds.argmax())]
    onward = to_go(given, 0, LENGTH, 1.0)
    hits = 0
    for _ in range(4000):
        way: list[int] = []
        for at in range(LENGTH):
            whole = given.states[at] + onward[at] + (given.after(at, way[-1]) if way else 0.0)
            way.append(drawn(whole, 1.0, float(rng.random())))
        hits += tuple(way) == best
    assert hits / 4000 == pytest.approx(odds.max() / odds.sum(), abs=0.03)


def test_another_temperature_sums_as_it_says() -> None:
    given = weighed()
    warm = to_go(given, 0, LENGTH, 1.0)
    nearly = to_go(given, 0, LENGTH, 1.0 + 1e-9)
    assert np.allclose(warm, nearly, atol=1e-6)
    cold, best = to_go(given, 0, LENGTH, 0.01), to_go(given, 0, LENGTH, 0.0)
    assert np.allclose(cold[0][:STATES], best[0][:STATES], atol=0.1)


def test_the_likeliest_is_on_the_likeliest_root() -> None:
    odds = np.full(COUNT, -50.0)
    odds[(DEGREE == 7).nonzero()[0][:3]] = np.log([0.2, 0.2, 0.2])
    odds[0] = np.log(0.4)  # the likeliest state, and not the likeliest root
    assert DEGREE[likeliest(odds)] == 7
