"""Bar rules as an automaton: which token may follow, so that every bar adds up and every sign closes.

Pure functions over a small frozen state, one token at a time; `instrument.thinking.constraints.bar_guard` runs them
from a table. A state never traps: a token is legal only if some legal ending of the measure remains. What a bar must
do is stated independently in `instrument.music.tokens.bars.miscounted`, which judges this module in the tests.

The tune's first measure may be a pick-up (at most half a bar). Wherever a part then ends short by just the
pick-up, the measure played next is exactly that long. Lengths are ticks.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.bars import tuplet_ratio
from instrument.music.tokens.tokens import Kind, Token

#: by the sign of broken rhythm: halves that this note and the next are multiplied by
_DOTTED = {1: (3, 1), -1: (1, 3)}
MOST_IN_CHORD = 4


@dataclass(frozen=True, slots=True)
class State:
    """Where a path stands. The fields of a measure, then those of the tune's form.

    left: ticks the measure lacks before the note under way; pending: that note's ticks, 0 if none
    unit: ticks of an eighth under the note's tuplet and dots; open: its duration may still be given
    dot: what the note before asks of the next: 1 half, -1 three halves; tuplet: notes still to come
    same: ticks the dotted note was written with; the next must be written alike (ABC 2.1, 4.4), 0 if free
    inner: ticks of an eighth inside the tuplet; chord: 0 outside, 1 + pitches inside
    empty: nothing since the last bar sign; sign: that sign; exact: the measure completes a short one
    pickup: ticks of the tune's; own: of this section's
    head: this is the section's first measure; repeat: `|:` awaits its `:|`; ending: 0, 1, 2; 3 awaits `|2`
    lacking: ticks by which the last measure was short; opening: the tune's first measure, maybe a pick-up
    short: ticks by which the measure is planned to be short; `left` does not count them
    """

    left: int
    pending: int = 0
    unit: int = EIGHTH
    open: bool = False
    dot: int = 0
    same: int = 0
    tuplet: int = 0
    inner: int = EIGHTH
    chord: int = 0
    empty: bool = True
    sign: str = ""
    exact: bool = False
    pickup: int = 0
    own: int = 0
    head: bool = True
    repeat: bool = False
    ending: int = 0
    lacking: int = 0
    opening: bool = True
    short: int = 0

    @property
    def rest(self) -> int:
        """Ticks the measure lacks if the note under way keeps its length."""
        return self.left - self.pending


class Rules:
    """The constraint for one meter and the durations one vocabulary has. Immutable after construction."""

    def __init__(self, meter: Meter, tokens: Iterable[Token]) -> None:
        self.meter, self.bar = meter, meter.bar
        lengths = {Fraction(1)} | {t.length for t in tokens if t.kind is Kind.DURATION and not t.broken}
        self.lengths = sorted((length.numerator, length.denominator) for length in lengths)
        self._note = functools.cache(self._can_note)

    def start(self) -> State:
        """Before a tune's first measure."""
        return State(self.bar)

    def resume(self, lacking: int = 0) -> State:
        """At a bar line in mid-tune, in a section of its own; `lacking` ticks complete a short bar."""
        return State(lacking or self.bar, sign="|", exact=lacking > 0, own=lacking, lacking=lacking, opening=False)

    def planned(self, state: State, lacks: int) -> State:
        """An empty measure that is to end `lacks` ticks short of a bar: a pick-up, or the bar before one. The state
        itself where the constraint allows no such measure here. Pure."""
        if not state.empty or state.exact:
            return state
        whole = state.left + state.short
        if state.opening:
            fits = 0 < whole - lacks <= self.bar // 2 and self._may_go_on(lacks, 0, EIGHTH)
        else:
            fits = lacks == state.own and lacks < whole
        short = lacks if lacks and fits and self._may_go_on(whole - lacks, 0, EIGHTH) else 0
        return replace(state, left=whole - short, short=short)

    def step(self, state: State, token: Token) -> State | None:
        """The state after a token, or None where the token breaks the constraint. Pure."""
        if token.kind is Kind.PITCH and state.chord:
            return replace(state, chord=state.chord + 1) if state.chord <= MOST_IN_CHORD else None
        if token.kind is Kind.CHORD_CLOSE:
            return self._sound(state, state.left) if state.chord > 2 else None
        if state.ending == 3 and token.text != "|2":
            return None  # a first ending is followed by its second
        if state.chord or (state.open and state.same and token.kind is not Kind.DURATION):
            return None  # an open chord; or a note whose length must be written as the dotted one's was
        if token.kind in (Kind.PITCH, Kind.REST):
            return self._begin(state)
        if token.kind is Kind.CHORD_OPEN:
            opened = self._begin(state)
            if opened is None:
                return None
            # an open chord keeps what its note will need: the dot and the tuplet place
            return replace(
                opened, left=state.rest, pending=0, open=False, chord=1, dot=state.dot, same=state.same,
                tuplet=state.tuplet,
            )  # fmt: skip
        if token.kind is Kind.DURATION:
            return self._duration(state, token)
        if token.kind is Kind.BROKEN:
            return self._broken(state, token.broken) if state.open else None
        if token.kind is Kind.TUPLET:
            return self._tuplet(state, token.tuplet)
        if state.dot or state.tuplet:
            return None
        if token.kind is Kind.BAR:
            return self._empty_sign(state, token.text) if state.empty else self._bar_sign(state, token.text)
        return state if token.kind is Kind.STOP and self.may_stop(state) else None

    def may_stop(self, state: State) -> bool:
        """A tune may end here: at a bar line, nothing open, short by its pick-up or not at all."""
        closed = state.sign in ("|", ":|") and not state.repeat and state.ending not in (1, 3)
        return state.empty and closed and state.lacking in (0, state.pickup)

    # notes

    def _begin(self, state: State) -> State | None:
        """A note, rest or chord begins; the one before keeps its length."""
        if state.dot:
            length = _scaled(state.same, _DOTTED[state.dot][1], 2)
            fits = 0 < length <= state.rest and self._may_go_on(state.rest - length, 0, EIGHTH)
        else:
            fits = self._note(state.rest, _unit(state), max(0, state.tuplet - 1), state.inner)
        return self._sound(state, state.rest) if fits else None

    def _sound(self, state: State, left: int) -> State:
        unit = _unit(state)
        alike = state.same if state.dot and state.same != EIGHTH else 0
        return replace(
            state, left=left, pending=unit, unit=unit, open=not state.dot or alike > 0, dot=0, same=alike, chord=0,
            empty=False, tuplet=max(0, state.tuplet - 1),
        )  # fmt: skip

    def _duration(self, state: State, token: Token) -> State | None:
        length = _scaled(state.unit, token.length.numerator, token.length.denominator)
        if not state.open or not length or not state.pending:
            return None
        if state.same and (token.broken or token.length * EIGHTH != state.same):
            return None
        longer = replace(state, pending=length, open=False, same=0)
        if token.broken:
            return self._broken(longer, token.broken)
        return longer if self._may_go_on(longer.rest, state.tuplet, state.inner) else None

    def _broken(self, state: State, broken: int) -> State | None:
        here, following = _DOTTED[broken]
        length = _scaled(state.pending, here, 2)
        if state.unit != EIGHTH or state.tuplet or not length:
            return None
        after = replace(state, pending=length, open=False, dot=broken, same=state.pending)
        next_one = _scaled(state.pending, following, 2)
        fits = 0 < next_one <= after.rest and self._may_go_on(after.rest - next_one, 0, EIGHTH)
        return after if fits and _writable(state.pending, self.lengths) else None

    def _tuplet(self, state: State, notes: int) -> State | None:
        inner = int(EIGHTH * tuplet_ratio(notes, self.meter))
        if state.dot or state.tuplet or not self._note(state.rest, inner, notes - 1, inner):
            return None
        return replace(
            state, left=state.rest, pending=0, unit=EIGHTH, open=False, tuplet=notes, inner=inner, empty=False
        )

    def _can_note(self, left: int, unit: int, tuplet: int, inner: int) -> bool:
        """Some length of one note of `unit`, then `tuplet` notes of `inner`, leaves a measure that can be filled."""
        for upper, lower in self.lengths:
            ticks = _scaled(unit, upper, lower)
            if ticks and ticks <= left and self._may_go_on(left - ticks, tuplet, inner):
                return True
        return False

    def _may_go_on(self, left: int, tuplet: int, inner: int) -> bool:
        if tuplet:
            return self._note(left, inner, tuplet - 1, inner)
        return left == 0 or self._note(left, EIGHTH, 0, EIGHTH)

    # bar signs

    def _empty_sign(self, state: State, text: str) -> State | None:
        """A sign right after another: `|:` behind `:|` or at the start, `|2` behind a first ending."""
        if text == "|2" and state.ending == 3:
            return replace(state, sign="|2", ending=2)
        opens = text == "|:" and state.sign in ("", ":|") and state.ending != 3
        return replace(state, sign="|:", repeat=True) if opens else None

    def _bar_sign(self, state: State, text: str) -> State | None:
        rest = state.rest + state.short
        own = state.own
        if state.short and state.rest:
            return None
        if state.opening and rest:
            return self._pickup(state, text)
        if rest and (rest != own or state.exact):
            return None
        if text == "|" and (not rest or not (state.repeat or state.ending == 1)):
            return self._next(state, "|", head=False)
        if text == "|1" and not rest and state.ending == 0:
            return replace(self._next(state, "|1", head=False), ending=1)
        if text == "|:" and not state.repeat and state.ending != 1:
            return replace(self._next(state, "|:"), repeat=True, ending=0)
        if text == ":|" and rest == own and state.ending != 2:
            after = self._next(state, ":|", head=state.ending != 1)
            if state.ending == 1:  # what it lacked is in the repeated section; the second ending is whole
                return replace(after, left=self.bar, exact=False, lacking=0, ending=3, repeat=False, own=own)
            return replace(after, repeat=False)
        return None

    def _pickup(self, state: State, text: str) -> State | None:
        held = self.bar - state.rest - state.short
        if held > self.bar // 2 or not self._may_go_on(self.bar - held, 0, EIGHTH):
            return None
        if text == "|":
            after = replace(self._next(state, "|", head=False), lacking=0, left=self.bar, exact=False)
            return replace(after, pickup=held, own=held)
        if text == "|:" and not state.repeat:
            after = replace(self._next(state, "|:"), lacking=0, left=self.bar, exact=False)
            return replace(after, pickup=held, own=0, repeat=True)
        return None

    def _next(self, state: State, sign: str, head: bool = True) -> State:
        """An empty measure behind a bar sign; what the last one lacked is its exact length."""
        lacking = state.rest + state.short
        return State(
            lacking or self.bar, sign=sign, exact=lacking > 0, lacking=lacking, head=head,
            pickup=state.pickup, own=lacking if head else state.own, repeat=state.repeat,
            ending=0 if head else state.ending, opening=False,
        )  # fmt: skip


def _unit(state: State) -> int:
    """Ticks of an eighth for the note that begins here."""
    unit = state.inner if state.tuplet else EIGHTH
    return unit * _DOTTED[state.dot][1] // 2 if state.dot else unit


def _scaled(ticks: int, upper: int, lower: int) -> int:
    """`ticks` times a fraction; 0 where that is no whole number of ticks."""
    return ticks * upper // lower if ticks * upper % lower == 0 else 0


def _writable(ticks: int, lengths: list[tuple[int, int]]) -> bool:
    """Whether a plain note can be written that long."""
    return any(_scaled(EIGHTH, upper, lower) == ticks for upper, lower in lengths)
