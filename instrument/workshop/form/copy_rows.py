"""Rows to fit copying on: what each earlier bar foretells at every token of real tunes, and whether it came true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from instrument.music.plan import PlannedBar
from instrument.music.tokens.bars import read_tune
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.form.copies import CONDITIONS, KINDS, Copies, sources_of
from instrument.thinking.form.reading import plan_of
from instrument.thinking.form.weights import LONGEST_RUN, PLACES, CopyWeights

NOTHING = CopyWeights(
    np.zeros((len(CONDITIONS), len(KINDS), LONGEST_RUN + 1)), np.zeros((len(CONDITIONS), len(KINDS), PLACES))
)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What stood at one place: [sources] each, kind, run and whether the token is the one foretold."""

    kinds: NDArray[np.int64]
    runs: NDArray[np.int64]
    hits: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CopyRow:
    """One token. expected: its probability by the network under the guard, 0..1; planned: "copy" or "new"; place: bar
    of the part from 0; free, given: what is foretold without a plan, and with the tune's own."""

    expected: float
    planned: str
    place: int
    free: Foretold | None
    given: Foretold | None


def copy_rows(
    numbers: list[int], network: NDArray[np.float64], vocabulary: Vocabulary, guard: BarGuard
) -> list[CopyRow]:
    """The rows of one tune. numbers: its tokens, `M:` and `K:` first, no `<s>` or `</s>`; network: [tokens + 1, vocab],
    what it expects at each and at the end, 0..1. Within measures what the guard forbids is taken out, as in playing."""
    targets = [*numbers, vocabulary.stop]
    tune = read_tune(vocabulary.decode(numbers), strict=False)
    plan = plan_of(tune)
    said = [tuple(numbers[m.first : m.last]) for m in tune.measures]
    places = [(bar.part, bar.bar) for bar in plan]
    rows: dict[int, CopyRow] = {}
    state: int | None = guard.start
    for index, measure in enumerate(tune.measures):
        if state is None or (head := _head(guard, state, plan[index], said[index])) is None:
            break
        sources = sources_of(said[:index], places[:index], plan[index].part, plan[index].bar)
        pair = [Copies(guard, head, sources, NOTHING, planned, 1.0) for planned in (None, plan[index])]
        for at, row in _measure(guard, head, said[index], pair, plan[index], network[measure.first :]):
            rows[measure.first + at] = row
        state = guard.run(head, said[index])
    return [rows.get(at, CopyRow(float(network[at, token]), "new", 0, None, None)) for at, token in enumerate(targets)]


def _head(guard: BarGuard, state: int, bar: PlannedBar, tokens: Iterable[int]) -> int | None:
    """The guard's state at the head of a measure, as short as it is written; None for one that breaks the rules."""
    for lacks in (bar.lacks, 0):
        head = guard.planned(state, lacks)
        if guard.run(head, tokens) is not None:
            return head
    return None


def _measure(
    guard: BarGuard,
    state: int,
    tokens: tuple[int, ...],
    pair: list[Copies],
    bar: PlannedBar,
    network: NDArray[np.float64],
) -> Iterator[tuple[int, CopyRow]]:
    runs = [copies.runs for copies in pair]
    planned, place = "copy" if bar.copies else "new", min(max(bar.bar - 1, 0), PLACES - 1)
    for at, token in enumerate(tokens):
        found = [_foretold(copies, own, state, token) for copies, own in zip(pair, runs, strict=True)]
        runs = [copies.follow(state, own, token) for copies, own in zip(pair, runs, strict=True)]
        expected = float(network[at, token] / network[at][guard.allowed(state)].sum())
        yield at, CopyRow(expected, planned, place, *found)
        state = guard.follow(state, token)


def _foretold(copies: Copies, runs: NDArray[np.uint8], state: int, token: int) -> Foretold | None:
    said = copies.foretold(state)
    if said is None:
        return None
    known = said >= 0
    return Foretold(copies.kinds[known], runs[known].astype(np.int64), said[known] == token)
