"""Counts of note values and letters in the training books, by dance and place in the part, for the idiom's tables."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from instrument.music.dances.dance import DANCES
from instrument.music.measure import Tune
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.tokens import Kind
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.form.idiom import (
    BARS,
    LETTERS,
    METERS,
    MODES,
    IdiomCounts,
    kind_of_bar,
    place_of,
    summed,
    value_name,
)  # fmt: skip
from instrument.thinking.form.reading import plan_of

CELLS = 12  #: eighths of a bar that are told apart


def count_idiom(
    tunes: Iterable[tuple[Tune, list[int], str]], vocabulary: Vocabulary
) -> IdiomCounts:  # fmt: skip
    """The counts of (tune, its token numbers without `<s>` and `</s>`, its dance); other meters are passed over."""
    values = sorted({value_name(token) for token in vocabulary.tokens} - {""})
    number = {name: index for index, name in enumerate(values)}
    guards: dict[str, BarGuard] = {}
    rows: list[tuple[int, ...]] = []
    pitch = np.zeros((len(METERS), len(MODES), len(BARS), CELLS, LETTERS), np.int32)
    for tune, numbers, dance in tunes:
        meter = str(tune.meter)
        if meter not in METERS or tune.mode.mode not in MODES:
            continue
        guard = guards.setdefault(meter, BarGuard(vocabulary, tune.meter))
        head = (METERS.index(meter), DANCES.index(dance))
        mode = MODES.index(tune.mode.mode)
        state: int | None = guard.start
        for measure, bar in zip(tune.measures, plan_of(tune), strict=True):
            if state is None:
                break
            kind, tonic = kind_of_bar(bar), False
            here: int | None = guard.planned(state, bar.lacks)
            if guard.run(here, numbers[measure.first : measure.last]) is None:  # type: ignore[arg-type]
                here = guard.planned(state, 0)
            for at in numbers[measure.first : measure.last]:
                if here is None or not guard.allowed(here)[at]:
                    here = None
                    break
                token, now = vocabulary.tokens[at], guard.state(here)
                name = value_name(token)
                if name and not now.chord and not (now.empty and token.kind is Kind.BAR):
                    rows.append((*head, kind, int(tonic), *place_of(now), number[name], 1))
                if token.kind is Kind.PITCH and not now.chord:
                    cell = min(CELLS - 1, (guard.rules.bar - now.rest - now.short) // EIGHTH)
                    pitch[head[0], mode, kind, max(0, cell), token.letter] += 1
                if token.kind in (Kind.PITCH, Kind.REST):
                    tonic = token.kind is Kind.PITCH and token.letter == 0
                here = guard.follow(here, at)
            state = here
    return IdiomCounts(tuple(values), summed(rows), pitch)
