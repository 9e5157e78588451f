"""Look-back inputs: what stood at this place of the tune before, told to the network with every token.

Five sources are looked at: the bar 1, 2, 4 and 8 bars before and the same bar of the part before (of the first ending,
within a second). Each says which token came next where it stood at the same tick behind the same kind of token, and how
long what it said has come true. Beside them stand the place in the bar, the bar of the part and which part it is. All
follow from the tokens so far and from nothing else, so a node of a tree has them as it has its path.

A `Trail` is a path's state; stepping it costs some microseconds and changes nothing. The inputs are rows of one table,
to be summed (`Trail.rows`), one of each of `LookBack.inputs`. After the Lookback RNN of Magenta (2016).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.tokens import Kind, Token
from instrument.networks.folk.bar_place import BarPlace, BarPlaces

BACK = (1, 2, 4, 8)  #: bars
SOURCES = len(BACK) + 1  #: and the part before
OTHERS = 3  #: inputs that are no source's: place, bar, part
LONGEST = 17  #: tokens of agreement that are counted
LENGTHS = (1, 2, 3, 4, 4, 5, 5, 5, 5, *[6] * 8, 7)  # agreement in tokens to its row; row 0 is for no source
BARS = 24  #: of a part; from the seventeenth on they count round in eights
PARTS = 5  #: from the fifth on they are alike
STEP = EIGHTH // 2  #: ticks that a place in the bar is told in
READING = 1  #: how all this is read; weights are good for one reading only

#: of a place: what each source says there; the rows for that; the rows for place, bar and part
There = tuple[tuple[int, ...], tuple[int, ...], tuple[int, int, int]]
Bar = dict[int, int]  #: place to the token that stood there


class Past:
    """All whole bars of a path, and where its part stands; changes at bar signs only. Immutable."""

    __slots__ = (
        "bars", "before", "before_pickup", "ending", "first", "fork", "opening", "part", "pickup", "repeat", "sources",
        "there",
    )  # fmt: skip

    def __init__(
        self, bars: tuple[Bar, ...] = (), first: int = 0, opening: bool = True, pickup: Bar | None = None,
        before: tuple[Bar, ...] = (), before_pickup: Bar | None = None, part: int = 0, repeat: bool = False,
        ending: int = 0, fork: tuple[int, int, tuple[Bar, ...], Bar | None, int] | None = None,
    ) -> None:  # fmt: skip
        """bars: as they were written; first: where the part's begin; opening: in the part's first bar, maybe a pick-up
        before, before_pickup: the part before; fork: where the first ending began, with what that needs to go on from
        there (bar, the part's first, before, its pick-up, its number)."""
        self.bars, self.first, self.opening, self.pickup = bars, first, opening, pickup
        self.before, self.before_pickup, self.part = before, before_pickup, part
        self.repeat, self.ending, self.fork = repeat, ending, fork
        count, bar = len(bars), len(bars) - first
        there = before[bar] if bar < len(before) else _NOTHING
        if opening and before_pickup is not None:
            there = before_pickup
        self.there: dict[BarPlace, There] = {}  #: what has been looked up at places of this bar
        self.sources = (*(bars[-k] if k <= count else _NOTHING for k in BACK), there)

    @property
    def bar(self) -> int:
        """Which bar of the part this is, from 0; a pick-up does not count."""
        return len(self.bars) - self.first

    def closed(self, own: Bar, short: bool, sign: str) -> Past:
        """Behind a bar sign. own: the bar that it closes, empty where signs follow each other; short: is it less than
        a bar?"""
        bars, pickup, opening = self.bars, self.pickup, self.opening
        if own:
            if opening and short:
                pickup = own
            else:
                bars = (*bars, own)
            opening = False
        if sign == "|2" and self.fork is not None:
            return self._second(bars, *self.fork)
        if sign in ("|:", ":|") and len(bars) > self.first:  # a part is behind
            fork = self.fork if sign == ":|" and self.ending == 1 else None
            before = bars[self.first :]
            return Past(bars, len(bars), True, None, before, pickup, self.part + 1, sign == "|:", 0, fork)
        ending, fork = self.ending, self.fork
        if sign == "|1":
            ending, fork = 1, (len(bars), self.first, self.before, pickup, self.part)
        repeat = self.repeat or sign == "|:"
        return Past(bars, self.first, opening, pickup, self.before, self.before_pickup, self.part, repeat, ending, fork)

    @staticmethod
    def _second(
        bars: tuple[Bar, ...], fork: int, first: int, before: tuple[Bar, ...], pickup: Bar | None, part: int
    ) -> Past:
        """Where the first ending began, with that ending in the place of the part before."""
        ending = bars[fork:]
        beside = (*before[: fork - first], *[_NOTHING] * (fork - first - len(before)), *ending)
        return Past(bars[:fork], first, False, pickup, beside, None, part, True, 2)


_NOTHING: Bar = {}


class Trail:
    """The state behind a path of tokens. backs: what each source says comes next, `LookBack.none` where it says
    nothing; agreed: tokens that each has foretold in a row. Immutable; any thread."""

    __slots__ = ("agreed", "backs", "own", "past", "place", "rows")

    def __init__(
        self,
        place: BarPlace,
        past: Past,
        own: Bar,
        agreed: tuple[int, ...],
        backs: tuple[int, ...],
        rows: tuple[int, ...],
    ) -> None:
        self.place, self.past, self.own, self.agreed, self.backs, self.rows = place, past, own, agreed, backs, rows


class LookBack:
    """What trails of one vocabulary need. thread: the thinker's."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        """tokens: of the vocabulary, parsed."""
        self.tokens = tuple(tokens)
        self.none = len(self.tokens)  #: for no token
        self.places = BarPlaces(self.tokens)
        self._signs = {i: token.text for i, token in enumerate(self.tokens) if token.kind is Kind.BAR}
        lengths = (Kind.DURATION, Kind.BROKEN, Kind.CHORD_CLOSE)
        self._begins = [token.kind not in lengths for token in self.tokens]
        meters = dict.fromkeys(Meter.parse(t.text[2:]) for t in self.tokens if t.kind is Kind.METER)
        self._meters: dict[Meter | None, tuple[int, int]] = {None: (0, 1)}  # first row, rows
        count = 1
        for meter in meters:
            size = -(-meter.bar // STEP) + 2
            self._meters[meter] = (count, size)
            count += size
        #: name and rows of each input
        self.inputs: tuple[tuple[str, int], ...] = (
            *((f"{k} bars before", self.none + 1) for k in BACK), ("part before", self.none + 1),
            *((f"agreed, {k} bars", 8) for k in BACK), ("agreed, part", 8),
            ("place", count), ("bar", BARS + 2), ("part", 6 * PARTS),
        )  # fmt: skip
        first = [0]
        for _, size in self.inputs:
            first.append(first[-1] + size)
        self.first, self.size = tuple(first[:-1]), first[-1]  #: each input's first row; rows in all
        self.start = self._trail(self.places.first, Past(), {}, (0,) * SOURCES)

    def __deepcopy__(self, memo: object) -> LookBack:
        """Itself: copies of a model look back alike."""
        return self

    @property
    def nothing(self) -> NDArray[np.int64]:
        """[inputs]: rows that say nothing, for what is to be hidden from the network in training."""
        rows = np.array(self.first)
        rows[:SOURCES] += self.none
        return rows

    def after(self, trail: Trail, token: int) -> Trail:
        """The trail behind one token more."""
        place, backs, own, past = trail.place, trail.backs, trail.own, trail.past
        none = self.none
        agreed = tuple(
            [
                (count + 1 if count < LONGEST else count) if back == token else count if back == none else 0
                for back, count in zip(backs, trail.agreed, strict=True)
            ]
        )
        behind = place.after.get(token) or self.places.after(place, token)
        sign = self._signs.get(token)
        if sign is not None:
            if own:
                own = {**own, place.key: token}
                own.setdefault(place.tick, token)
            past, own = past.closed(own, place.at < place.stand.bar, sign), _NOTHING
        elif place.at or place.stand.kind is Kind.BAR or own:
            own = {**own, place.key: token}
            if self._begins[token] and not place.chord:
                own.setdefault(place.tick, token)
        elif self.tokens[token].kind not in _HEAD:  # a tune that begins without a bar sign
            own = {place.key: token, place.tick: token}
        return self._trail(behind, past, own, agreed)

    def _trail(self, place: BarPlace, past: Past, own: Bar, agreed: tuple[int, ...]) -> Trail:
        none, first = self.none, self.first
        backs, head, tail = past.there.get(place) or self._there(place, past)
        counted = [
            first[SOURCES + k] + (0 if back == none else LENGTHS[count])
            for k, (back, count) in enumerate(zip(backs, agreed, strict=True))
        ]
        return Trail(place, past, own, agreed, backs, (*head, *counted, *tail))

    def _there(self, place: BarPlace, past: Past) -> There:
        """What every trail has in common that comes to a place of a bar, as most of one tree's do."""
        first, bar = self.first, past.bar
        backs = self.said(place, past)
        head = tuple([first[k] + back for k, back in enumerate(backs)])
        tail = (
            self.place_row(place),
            first[-2] + (1 if past.opening else 2 + (bar if bar < 16 else 16 + bar % 8)),
            first[-1] + (min(past.part, PARTS - 1) * 2 + past.repeat) * 3 + past.ending,
        )
        found = past.there[place] = backs, head, tail
        return found

    def said(self, place: BarPlace, past: Past) -> tuple[int, ...]:
        """[sources]: the token that came next at such a place in each of the bars that are looked back at."""
        key, tick, none = place.key, place.tick, self.none
        return tuple([bar[key] if key in bar else bar.get(tick, none) for bar in past.sources])

    def place_row(self, place: BarPlace) -> int:
        """The row of a place in the bar."""
        row, size = self._meters.get(place.stand.meter, (0, 1))
        return self.first[-OTHERS] + row + min(place.at // STEP, size - 1)

    def trail(self, tokens: Iterable[int], begun: Trail | None = None) -> Trail:
        """The state behind tokens, from the beginning or from where `begun` stands."""
        trail = begun or self.start
        for token in tokens:
            trail = self.after(trail, token)
        return trail

    def table(self, tunes: Sequence[Sequence[int]], steps: int = 0) -> NDArray[np.int64]:
        """[steps, tunes, inputs]: the rows behind every token of whole tunes, `<s>` first.

        steps: as many as the longest has by default; behind a tune's end everything says nothing
        """
        found = np.empty((steps or max(map(len, tunes)), len(tunes), len(self.inputs)), np.int64)
        found[:] = self.nothing
        for beam, tune in enumerate(tunes):
            trail = self.start
            for step, token in enumerate(tune):
                trail = self.after(trail, token)
                found[step, beam] = trail.rows
        return found


_HEAD = (Kind.START, Kind.STOP, Kind.METER, Kind.MODE)
