"""A known tune varied: a share of its bars drawn anew by the model within its form, the rest note for note as written.

Bars that say the same are varied alike, since a player who has found another way takes it wherever the bar comes again.
Each time through other bars are drawn, from the tune as it was written, never from a variation. Bars inside a part come
first; those that open and close a part, by which it is known, only where the share reaches as far.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from instrument.music.measure import Measure
from instrument.music.plan import Plan
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.tokens import STOP, Kind, parse
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.known.as_written import read_known
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.model.settings import TuneSettings
from instrument.thinking.model.vocabulary_fit import VocabularyFit
from instrument.thinking.spans.writer import WriteRequest
from instrument.thinking.tree.store import StoreFull
from instrument.thinking.tune.time_through import TimeThrough, frames

STREAM = 4  #: of the random numbers, apart from those of notes, plans, keys and further times through
ANY = 1e9  #: nats: a bar that is to be drawn anew may be as unlikely as it likes beside the one that was written


class KnownVariation:
    """A `Writer` of one time through a tune that somebody wrote. thread: the thinker's."""

    whole = True

    def __init__(self, memory: ModelMemory, guard: BarGuard, request: WriteRequest, settings: TuneSettings) -> None:
        """request: with `known`, the tune as it was written. A tune that the model's vocabulary cannot say bar for bar
        is played as it is."""
        self.texts, self.plan = request.tokens, read_known(request.known)[1]
        self._measures = read_known(self.texts)[0]
        self._decided = 0
        said = VocabularyFit(memory.vocabulary).written(request.known)
        body = [text for text in said if text != STOP]
        same = [m.length for m in read_tune(body, strict=False).measures] == [m.length for m in self._measures]
        share = request.snapshot.number("tune.vary") if same else 0.0
        self._groups = alike(request.known)
        self._standing = request.stands
        self._drawn = (
            Redrawn(memory, guard, said, settings, plan=self.plan, time=request.time, vary=0.0) if same else None
        )
        self._chosen = drawn(self._measures, self.plan, self._groups, settings, request.time, share)

    def measures(self) -> tuple[Measure, ...]:
        return self._measures

    def measure(self, index: int) -> Measure | None:
        """Measure `index`, drawn anew if it is one of those. Raises Interrupted: it is decided when asked again."""
        while self._decided <= index and self._decided < len(self._measures):
            first = self._groups[self._decided]
            if first in self._chosen:
                self._say(self._decided, first)
            self._decided += 1
        return self._measures[index] if index < len(self._measures) else None

    def cut(self, tokens: int) -> None:
        """The tune stands."""

    def _say(self, index: int, first: int) -> None:
        """Measure `index` as the first of those that are alike is said this time."""
        if index < self._standing or self._drawn is None:
            return
        if first == index:
            with suppress(StoreFull):  # it stays as it was written
                if found := self._drawn.redraw(index):
                    self._put(index, found)
        else:
            self._put(index, self._inside(first))

    def _put(self, index: int, inside: Sequence[str]) -> None:
        """`inside` as the notes of measure `index`; its signs are its own."""
        here = self._measures[index]
        own = self.texts[here.first : here.last]
        if tuple(inside) == self._inside(index):
            return
        head = next(i for i, text in enumerate(own) if parse(text).kind is not Kind.BAR)
        signs = [text for text in own[head:] if parse(text).kind is Kind.BAR]
        texts = (*self.texts[: here.first], *own[:head], *inside, *signs, *self.texts[here.last :])
        measures = read_tune([text for text in texts if text != STOP], strict=False).measures
        if [m.length for m in measures] == [m.length for m in self._measures]:
            self.texts, self._measures = texts, measures

    def _inside(self, index: int) -> tuple[str, ...]:
        here = self._measures[index]
        return tuple(t for t in self.texts[here.first : here.last] if parse(t).kind is not Kind.BAR)


class Redrawn(TimeThrough):
    """The same tune in the model's tokens, whose bars are drawn anew one at a time."""

    less = ANY

    def redraw(self, index: int) -> tuple[str, ...]:
        """The notes of a measure as drawn anew, the others being as written; () where no way was found. Raises
        Interrupted, StoreFull."""
        before, tokens = self.measures()[index], self.tokens
        said = self.texts[before.first : before.last]
        self._vary(index)
        after = self.measures()[index]
        found = self.texts[after.first : after.last]
        if self.tokens is not tokens:  # whatever has been drawn before, a bar is drawn the same
            self.tokens, self._node, self._measures = tokens, (-1, 0, 0), None
            self._track.cut(before.first - self.context)
        return tuple(text for text in found if parse(text).kind is not Kind.BAR) if found != said else ()


def alike(texts: tuple[str, ...]) -> list[int]:
    """For each measure the first that has the same notes, which may be itself. Pure."""
    seen: dict[tuple[tuple[int, int, int], ...], int] = {}
    measures = read_known(texts)[0]
    notes = [tuple((note.start, note.duration, note.pitch) for note in measure.notes) for measure in measures]
    return [seen.setdefault(said, index) for index, said in enumerate(notes)]


def drawn(
    measures: Sequence[Measure], plan: Plan, groups: Sequence[int], settings: TuneSettings, time: int, share: float
) -> frozenset[int]:
    """The first measures of those groups that are drawn anew in that time through: as many measures as the share
    comes to, none split. Pure."""
    most = max((measure.length for measure in measures), default=0)
    sizes = {
        first: groups.count(first) for first in groups if 2 * measures[first].length > most and measures[first].notes
    }
    left = share * sum(sizes.values())
    chance = np.random.Generator(np.random.Philox(key=[settings.seed, settings.tune], counter=[0, time, 0, STREAM]))
    order = [list(sizes)[place] for place in chance.permutation(len(sizes)).tolist()]
    order.sort(key=lambda first: frames(measures, plan, first))  # sorted as it was drawn otherwise
    found: set[int] = set()
    for first in order:
        if sizes[first] <= left + 0.5:
            found.add(first)
            left -= sizes[first]
    return frozenset(found)
