"""One more time through a tune: the same tune, some of its bars varied as players vary them.

Of the bars that neither open nor close a part, as many as are asked for are composed again under the constraint of
form: the bar as it was is a source of copies whose kept half must be said again, so that a varied bar begins or closes
as it did and goes its own way beside that. Of several, the one is taken that the model holds likeliest before what
follows; one that it holds much less likely than the bar as it was, or that leaps, or that is the same, is left. The
tune itself stays as it was the first time: each time through varies that, never a variation.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.plan import Plan
from instrument.music.play_order import two_parts
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.decode import GrowingTune
from instrument.music.tokens.tokens import Kind
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.form.reading import agreeing
from instrument.thinking.model.likelihood import mean_logs
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.model.settings import TuneSettings
from instrument.thinking.tree.step_batching import together
from instrument.thinking.tree.store import StoreFull
from instrument.thinking.tune.tune_writer import TuneWriter

STREAM = 3  #: of the random numbers, apart from those of notes, plans and keys
TRIES = 8  #: of each bar
FUTURES = 100  #: numbers of the bar's futures that belong to one time through
FOLLOWING = 4  #: tokens behind the bar that count in how likely it is
LESS = 0.35  #: nats a token by which a varied bar may be less likely than as it was
KNOWN = 512  #: measures whose variations are remembered
WIDEST = 9  #: semitones between neighbours in a varied bar, unless the bar had wider

#: by settings, plan, time, measure and the tokens about it: its tokens as they are varied, None where it stays
Variations = dict[tuple[object, ...], tuple[int, ...] | None]


class TimeThrough(TuneWriter):
    """A `Writer` of a tune that is known. thread: the thinker's."""

    less = LESS

    def __init__(
        self,
        memory: ModelMemory,
        guard: BarGuard,
        tokens: Sequence[str],
        settings: TuneSettings,
        plan: Plan,
        time: int,
        vary: float,
        stands: int = 0,
        known: Variations | None = None,
        reading: GrowingTune | None = None,
    ) -> None:
        """tokens: the whole tune, with the bars that have been varied this time; time: which one, from 2
        vary: share of its bars; stands: measures at its head that have been announced as they are
        known: variations that have been found already, which grows: a tune that is gone on from anew has them at once
        reading: of the tune before, which may begin as this does.
        """
        super().__init__(memory, guard, tokens, settings, plan=plan)
        self._reading = reading or self._reading
        self.time, self._known = time, {} if known is None else known
        self._decided = stands
        self._chosen = chosen(self.measures(), plan, settings, guard.rules.meter, time, vary)

    def measure(self, index: int) -> Measure | None:
        while self._decided <= index:
            if self._decided in self._chosen:
                with suppress(StoreFull):  # the bar stays as it was
                    self._vary(self._decided)
            self._decided += 1
        measures = self.measures()
        return measures[index] if index < len(measures) else None

    def cut(self, tokens: int) -> None:
        """The tune stands. What is not announced is varied anew by itself, whenever this is made."""

    def _vary(self, index: int) -> None:
        """Vary one measure, if a good way is found. Interrupted: it is as it was."""
        here = self.measures()[index]
        head = here.first
        while self.memory.vocabulary.tokens[self.tokens[head]].kind is Kind.BAR:
            head += 1
        own, behind = self.tokens[head : here.last], self.tokens[here.last :]
        says = (self.settings, self.plan, self.time, index, tuple(self.tokens[: here.last + FOLLOWING]))
        if says not in self._known:
            best = self._best(index, head, own, behind, here.length)
            while len(self._known) >= KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[says] = None if best is None else tuple(best)
        if (found := self._known[says]) is not None:
            self.tokens = [*self.tokens[:head], *found, *behind]
            self._track.cut(head - self.context)
            self._node, self._measures = (-1, 0, 0), None

    def _best(self, index: int, head: int, own: list[int], behind: list[int], length: int) -> list[int] | None:
        """The likeliest variation of a measure; None where none is good."""
        kept = kept_cells(self.settings.seed, self.settings.tune, self.time, index, length)
        ways = [own, *self._composed(index, head, own, kept)]
        following = behind[:FOLLOWING]
        odds = mean_logs(self.memory, self.tokens[:head], [[*tokens, *following] for tokens in ways])
        best, least = None, odds[0] - self.less
        for found, likely in zip(ways[1:], odds[1:], strict=True):
            if likely > least:
                best, least = found, likely
        return best

    def _composed(self, index: int, head: int, own: list[int], kept: int) -> list[list[int]]:
        """The measure's tokens, varied in several ways, each once; composed as one batch."""
        first = self.fork(FUTURES * self.time)
        TuneWriter.cut(first, head)
        first.former, first.kept, first.weighed = tuple(own), kept, {}
        first.measures()
        constraint = first.constraint() if self.settings.guarded else None  # one for all: what it knows it tells once
        tune_writers = [first.fork(FUTURES * self.time + number) for number in range(TRIES)]
        tries = [tune_writer.measuring(constraint) for tune_writer in tune_writers]
        together(self.memory.store, tries, self.memory.check)
        found = [self._variation(tune_writer, index, head, own, kept) for tune_writer in tune_writers]
        return [tokens for place, tokens in enumerate(found) if tokens and tokens not in found[:place]]

    def _variation(self, tune_writer: TuneWriter, index: int, head: int, own: list[int], kept: int) -> list[int] | None:
        """What a writer has composed of the measure, if that is a variation of it."""
        found = [*tune_writer.tokens[head:-1], own[-1]]  # its sign is the tune's
        tune_writer.tokens = [*tune_writer.tokens[:head], *found]
        tune_writer._measures, before = None, self.measures()[index]
        measures = tune_writer.measures()
        if len(measures) != index + 1 or tune_writer.whole:
            return None
        return found if is_variation(before, measures[index], kept) else None


def chosen(
    measures: Sequence[Measure], plan: Plan, settings: TuneSettings, meter: Meter, time: int, vary: float
) -> frozenset[int]:
    """The measures that this time through varies: at most that share of the whole ones. Pure."""
    bar = meter.bar
    count = int(vary * sum(measure.length > bar // 2 for measure in measures) + 1e-9)
    may = [i for i, measure in enumerate(measures) if measure.length == bar and not frames(measures, plan, i)]
    chance = np.random.Generator(np.random.Philox(key=[settings.seed, settings.tune], counter=[0, time, 0, STREAM]))
    order = chance.permutation(len(may))[:count].tolist()
    return frozenset(may[place] for place in order)


def frames(measures: Sequence[Measure], plan: Plan, index: int) -> bool:
    """Whether a measure opens or closes a part, which is what a tune is known by."""
    here = measures[index]
    if here.opens or here.closes or here.ending or index in (0, len(measures) - 1):
        return True
    if index < len(plan):
        return plan[index].bar <= 1 or plan[index].left == 0
    parts = two_parts(measures)
    return index % 8 in (0, 7) if parts is None else any(index in (half[0], half[-1]) for half in parts[1:])


def kept_cells(seed: int, tune: int, time: int, measure: int, length: int) -> int:
    """Which eighths of a measure stay: its first one always, and with it the first half or the second, or all but the
    middle. Pure."""
    count, bits = length // EIGHTH, np.random.Philox(key=[seed, tune], counter=[0, time, measure, STREAM])
    way = int(np.random.Generator(bits).integers(3))
    half = count // 2
    first, all_of = (1 << half) - 1, (1 << count) - 1
    if way == 0:
        return first | 1
    if way == 1:
        return (all_of & ~first) | 1
    quarter = max(1, count // 4)
    middle = ((1 << (count - quarter)) - 1) & ~((1 << quarter) - 1)
    return (all_of & ~middle) | 1


def is_variation(before: Measure, after: Measure, kept: int) -> bool:
    """Whether a measure says another again as players vary: as long, not the same, its kept eighths as they were, and
    without a leap that the other has not. Pure."""
    if after.length != before.length or not after.notes:
        return False
    was, now = ([(n.start, n.pitch, n.duration) for n in measure.notes] for measure in (before, after))
    alike = agreeing(after, before) & kept == kept
    return was != now and alike and widest(after) <= max(WIDEST, widest(before))


def widest(measure: Measure) -> int:
    """The widest step between neighbours, in semitones. Pure."""
    pitches = [note.pitch for note in sorted(measure.notes, key=lambda note: note.start)]
    return max((abs(a - b) for a, b in itertools.pairwise(pitches)), default=0)
