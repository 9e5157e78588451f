"""Copying of earlier bars: what stood at the same place in every bar before, mixed into what is expected next.

Each earlier bar of the tune foretells the token that stood in it at the same place: the same state of the bar guard,
which is the same ticks into the bar with the same note under way. How far it is trusted depends on how long the two
have agreed (the run), on which bar it is (one, two, four or eight before, the same of the part before, another) and on
what the plan says: that this bar is new, that it says an earlier one again (and which of its eighths), or nothing.
An exact function of the tokens so far and the plan, so it holds along every path of a tree: the part that a path
changes is its runs, a small array that belongs to the constraint's numbered states. The weights were fitted by
likelihood on tunes kept for choosing (`run.py study copies`). Kin of the pointer mixtures of Merity and others (2016),
aligned by bars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from instrument.music.plan import PlannedBar
from instrument.music.tokens.tokens import Kind, pitch_text
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.form.weights import LONGEST_RUN, CopyWeights

KINDS = ("other", "1", "2", "4", "8", "part before", "planned")
PLANNED = len(KINDS) - 1
PART_BEFORE = KINDS.index("part before")
CONDITIONS = ("free", "new", "copy")

Floats = NDArray[np.float64]
Runs = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Source:
    """An earlier measure. tokens: its own, its closing sign last; kind: index into KINDS; run: tokens that have agreed
    up to the bar line, 0..LONGEST_RUN."""

    tokens: tuple[int, ...]
    kind: int
    run: int


AGAINST, LONG_ENOUGH = 0.55, 6  #: nats that a planned new bar holds against each token of agreement


class Copies:
    """What earlier bars foretell in one measure. kinds, runs: [sources], the earlier measures, then what the plan
    copies, if anything; runs at the head of the measure. thread: the thinker's."""

    def __init__(
        self, guard: BarGuard, start: int, sources: Sequence[Source], weights: CopyWeights, planned: PlannedBar | None,
        strength: float, bar: int = 0,
    ) -> None:  # fmt: skip
        """start: the guard's state at the head of the measure; planned: None where there is no plan; strength: 0..1
        bar: the place of the measure in its part, 0 for its first bar."""
        self.guard, self.strength = guard, strength
        self._sources = [source for source in sources if source.tokens]
        condition = "free" if planned is None else "copy" if planned.copies else "new"
        copied = None
        if planned is not None and planned.copies and planned.source < len(sources):
            copied = sources[planned.source]
        kinds = [source.kind for source in self._sources] + [PLANNED] * (copied is not None)
        self.runs: Runs = np.array([s.run for s in self._sources] + [0] * (copied is not None), np.uint8)
        table = weights.runs[CONDITIONS.index(condition)]  # [kinds, runs]
        prior = weights.places[CONDITIONS.index(condition)][:, min(bar, weights.places.shape[2] - 1)]  # [kinds]
        self._free, self._planned = planned is None, copied is not None
        self._pitched = np.array([token.kind is Kind.PITCH for token in guard.vocabulary.tokens])
        self.kinds = np.array(kinds, np.int64)
        self._scores = table[kinds] + prior[kinds][:, None]  # [sources, runs]
        self._rows = np.arange(len(kinds))
        self._foretold: dict[int, NDArray[np.int64]] = {}
        for place, source in enumerate(self._sources):
            self._walk(place, start, source.tokens, None)
        if copied is not None:
            self._walk(len(kinds) - 1, start, self._stepped(copied.tokens, planned.step if planned else 0), planned)

    def foretold(self, state: int) -> NDArray[np.int64] | None:
        """[sources]: the token that each foretells in a state of the guard, -1 for none; None where none does."""
        return self._foretold.get(state)

    def follow(self, state: int, runs: Runs, token: int) -> Runs:
        """The runs after a token: longer where it was foretold, 0 elsewhere."""
        said = self._foretold.get(state)
        if said is None:
            return np.zeros_like(runs)
        return np.where(said == token, np.minimum(runs, LONGEST_RUN - 1) + 1, 0).astype(np.uint8)

    def said(self, state: int, runs: Runs, may: NDArray[np.bool_]) -> Floats | None:
        """[vocab]: the share that what was foretold takes of the whole, to be added to the rest of what is expected;
        None for nothing. may: [vocab], what is allowed."""
        said = self._foretold.get(state)
        if said is None or not self.strength:
            return None
        known = (said >= 0) & may[said]
        if not known.any():
            return None
        scores = self._scores[self._rows, runs][known]
        top = max(0.0, float(scores.max()))
        shares = np.exp(scores - top)
        shares *= self.strength / (np.exp(-top) + shares.sum())
        return np.asarray(np.bincount(said[known], shares, len(may)), np.float64)

    def against(self, state: int, runs: Runs) -> Floats | None:
        """[vocab]: nats, 0 or below, that pitches lose for saying an earlier bar again where the plan says new:
        in a new bar, and in a bar that is copied in part, beside that part. The longer the two have agreed, the more,
        so that a bar may begin as another does and goes its own way. None for nothing."""
        if self._free or not self.strength or (said := self._foretold.get(state)) is None:
            return None
        if self._planned and said[-1] >= 0:
            return None
        known = (said >= 0) & self._pitched[said] & (runs > 0)
        if not known.any():
            return None
        lost = np.zeros(len(self._pitched))
        np.minimum.at(lost, said[known], -AGAINST * self.strength * np.minimum(runs[known], LONG_ENOUGH))
        return lost

    def _walk(self, place: int, state: int, tokens: Sequence[int], planned: PlannedBar | None) -> None:
        """Note down what one source foretells in each state that its own tokens pass through."""
        length = self.guard.state(state).left
        for token in tokens:
            if not self.guard.allowed(state)[token]:
                return
            if planned is None or self._copied(state, token, length, planned):
                row = self._foretold.get(state)
                if row is None:
                    row = self._foretold[state] = np.full(len(self._rows), -1, np.int64)
                if row[place] < 0:
                    row[place] = token
            state = self.guard.follow(state, token)

    def _copied(self, state: int, token: int, length: int, planned: PlannedBar) -> bool:
        """Whether the plan copies what this token belongs to: the note under way for a length, else the next one."""
        here, kind = self.guard.state(state), self.guard.vocabulary.tokens[token].kind
        left = here.left if kind in (Kind.DURATION, Kind.BROKEN) else here.rest
        return kind is not Kind.BAR and planned.says_again(max(0, length - left))

    def _stepped(self, tokens: Sequence[int], step: int) -> list[int]:
        return stepped(self.guard.vocabulary, tokens, step) if step else list(tokens)


def stepped(vocabulary: Vocabulary, tokens: Sequence[int], step: int) -> list[int]:
    """Tokens with their pitches so many letters higher, accidentals kept; up to the first that has no such token."""
    found: list[int] = []
    for number in tokens:
        token = vocabulary.tokens[number]
        if token.kind is Kind.PITCH:
            octaves, letter = divmod(token.letter + step, 7)
            text = pitch_text(letter, token.octave + octaves, token.accidental)
            if text not in vocabulary.index:
                return found
            number = vocabulary.index[text]
        found.append(number)
    return found


def sources_of(
    measures: Sequence[tuple[int, ...]], places: Sequence[tuple[int, int]], part: int, bar: int
) -> list[Source]:  # fmt: skip
    """The sources for the measure behind `measures`. measures: the tokens of each, closing sign last; places: (part,
    bar of the part) of each, bar 0 for a pick-up; part, bar: of the measure itself. Pure."""
    found = []
    whole = sum(number > 0 for _, number in places)
    seen = 0
    for index, (tokens, (its_part, its_bar)) in enumerate(zip(measures, places, strict=True)):
        distance = whole - seen if its_bar else 0
        seen += its_bar > 0
        if bar == 0 or its_bar == 0:
            kind = 5 if bar == its_bar and its_part == part - 1 else 0
        elif its_part == part - 1 and its_bar == bar:
            kind = 5
        else:
            kind = {1: 1, 2: 2, 4: 3, 8: 4}.get(distance, 0)
        found.append(Source(tokens, kind, _run(measures, index)))
    return found


def _run(measures: Sequence[tuple[int, ...]], index: int) -> int:
    """How many tokens before measure `index` agree with those before the next one, their closing signs left out."""
    run, here, there = 0, len(measures) - 1, index - 1
    while there >= 0 and run < LONGEST_RUN:
        mine, theirs = measures[here][:-1], measures[there][:-1]
        same = 0
        for one, other in zip(reversed(mine), reversed(theirs), strict=False):
            if one != other:
                break
            same += 1
        run += same
        if same < max(len(mine), len(theirs)):
            break
        here, there = here - 1, there - 1
    return min(run, LONGEST_RUN)
