"""Constraint on the measure that a tune writes next, put together from its plan, its earlier bars and its settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from instrument.music.key import Key
from instrument.music.measure import Measure
from instrument.music.plan import Plan, PlannedBar
from instrument.music.tokens.tokens import Kind
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.constraints.held_keys import Mask, compass_mask, limits
from instrument.thinking.form import idiom, weights
from instrument.thinking.form.constraint import MeasureConstraint, Narrow
from instrument.thinking.form.copies import PART_BEFORE, Copies, Source, sources_of
from instrument.thinking.form.idiom import Idiom, MeasureIdiom
from instrument.thinking.form.signs import PlannedSigns
from instrument.thinking.form.weights import LONGEST_RUN
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.model.newest import newest
from instrument.thinking.model.settings import TuneSettings

MOST_MEASURES = 64  #: a tune is brought to its end from here on
IDIOMS = 8  #: of dances, meters and modes that are kept, some 1.3 MB each


class TuneUnderWay(Protocol):
    """Tune under way (`instrument.thinking.tune.tune_writer.TuneWriter`), as far as its constraint asks. former, kept:
    where a measure is varied, its tokens as it was, and which of its eighths stay."""

    memory: ModelMemory
    guard: BarGuard
    settings: TuneSettings
    tokens: list[int]
    former: tuple[int, ...]
    kept: int

    @property
    def plan(self) -> Plan: ...
    def measures(self) -> tuple[Measure, ...]: ...
    def mode(self) -> Key: ...


def constraint_of(tune: TuneUnderWay, measure: int, start: int) -> MeasureConstraint:
    """The constraint of measure number `measure`. start: the guard's state at its head."""
    settings, plan, vocabulary = tune.settings, tune.plan, tune.memory.vocabulary
    measures = tune.measures()
    bar = plan[measure] if measure < len(plan) else None
    copies = None
    if settings.again:
        sources, planned = _sources(tune.tokens, measures[:measure], plan, bar), bar
        if tune.former:  # a bar that is varied: it is copied in part from what it was
            planned = replace(bar or PlannedBar(), source=len(sources), cells=tune.kept, step=0)
            sources.append(Source(tune.former, PART_BEFORE, LONGEST_RUN))
        copies = Copies(
            tune.guard, start, sources, weights.shipped(tune.memory.model.look is not None), planned, settings.again,
            bar.bar - 1 if bar else 0,
        )  # fmt: skip
    idiom_of = MeasureIdiom(_idiom(tune.memory, settings, tune), tune.guard, plan, measure) if bar else None
    limit = _limit(vocabulary, tune.mode(), settings)
    narrow = _narrow(vocabulary, bar) if plan else None
    return MeasureConstraint(tune.guard, narrow, copies, idiom_of, len(measures) >= MOST_MEASURES, limit)


def _limit(vocabulary: Vocabulary, mode: Key, settings: TuneSettings) -> Mask | None:
    """[vocab]: what the instrument has and held keys allow; where both leave no pitch, what the instrument has."""
    held = limits(vocabulary.tokens, mode, settings.held, settings.up, settings.limit)
    if settings.compass is None:
        return held
    low, high = settings.compass
    own = compass_mask(vocabulary.tokens, mode, low - settings.up, high - settings.up)
    if own is None or held is None:
        return held if own is None else own
    both = own & held
    pitched = np.array([token.kind is Kind.PITCH for token in vocabulary.tokens])
    return both if (both & pitched).any() else own


def _narrow(vocabulary: Vocabulary, bar: PlannedBar | None) -> Narrow:
    signs = PlannedSigns(vocabulary)
    return lambda allowed, state: signs.narrow(allowed, state, bar)


def _sources(tokens: Sequence[int], measures: Sequence[Measure], plan: Plan, bar: PlannedBar | None) -> list[Source]:
    """The earlier measures as sources of copies; without a plan, in parts of eight."""
    said = [tuple(tokens[m.first : m.last]) for m in measures]
    count = len(measures)
    places = [(b.part, b.bar) for b in plan[:count]]
    places += [(index // 8, index % 8 + 1) for index in range(len(places), count)]
    part, number = (bar.part, bar.bar) if bar else (count // 8, count % 8 + 1)
    return sources_of(said, places, part, number)


def _idiom(memory: ModelMemory, settings: TuneSettings, tune: TuneUnderWay) -> Idiom:
    meter, mode = str(tune.guard.rules.meter), tune.mode().mode
    key = (meter, settings.dance, mode)
    make = lambda: Idiom(memory.vocabulary, meter, settings.dance, mode, idiom.shipped())  # noqa: E731
    return newest(memory.idioms, key, make, IDIOMS)
