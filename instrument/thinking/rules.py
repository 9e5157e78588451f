"""The bar law as an automaton: which token may follow, so that every bar adds up and every sign closes.

Pure functions over a small frozen state, one token at a time; `instrument.thinking.guard` runs them from a
table. A state never traps: a token is legal only if some legal ending of the measure remains. What a bar
must do is stated independently in `instrument.music.tune.miscounted`, which judges this module in the tests.

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
from instrument.music.tokens import Kind, Token
from instrument.music.tune import tuplet_ratio

_DOTTED = {1: (Fraction(3, 2), Fraction(1, 2)), -1: (Fraction(1, 2), Fraction(3, 2))}
MOST_IN_CHORD = 4


@dataclass(frozen=True, slots=True)
class State:
    """Where a path stands. The fields of a measure, then those of the tune's form.

    left: ticks the measure lacks before the note under way; pending: that note's ticks, 0 if none
    unit: ticks of an eighth under the note's tuplet and dots; open: its duration may still be given
    dot: what the note before asks of the next: 1 half, -1 three halves; tuplet: notes still to come;
    ratio: of the tuplet; chord: 0 outside, 1 + pitches inside; empty: nothing since the last bar sign
    sign: that sign; exact: the measure completes a short one; pickup: of the tune; own: of this section
    head: this is the section's first measure; repeat: `|:` awaits its `:|`; ending: 0, 1, 2; 3 awaits `|2`
    lacking: ticks by which the last measure was short; opening: the tune's first measure, maybe a pick-up
    """

    left: int
    pending: int = 0
    unit: int = EIGHTH
    open: bool = False
    dot: int = 0
    tuplet: int = 0
    ratio: Fraction = Fraction(1)
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

    @property
    def rest(self) -> int:
        """Ticks the measure lacks if the note under way keeps its length."""
        return self.left - self.pending


class Rules:
    """The law for one meter and the durations one vocabulary has. Immutable after construction."""

    def __init__(self, meter: Meter, tokens: Iterable[Token]) -> None:
        self.meter, self.bar = meter, meter.bar
        lengths = {Fraction(1)} | {t.length for t in tokens if t.kind is Kind.DURATION and not t.broken}
        self.lengths = sorted(int(length * EIGHTH) for length in lengths if (length * EIGHTH).denominator == 1)
        self._note = functools.cache(self._can_note)

    def start(self) -> State:
        """Before a tune's first measure."""
        return State(self.bar)

    def resume(self, lacking: int = 0) -> State:
        """At a bar line in mid-tune, in a section of its own; `lacking` ticks complete a short bar."""
        return State(lacking or self.bar, sign="|", exact=lacking > 0, own=lacking, lacking=lacking, opening=False)

    def step(self, state: State, token: Token) -> State | None:
        """The state after a token, or None where the token breaks the law. Pure."""
        if token.kind is Kind.PITCH and state.chord:
            return replace(state, chord=state.chord + 1) if state.chord <= MOST_IN_CHORD else None
        if token.kind is Kind.CHORD_CLOSE:
            return self._sound(state, state.left) if state.chord > 2 else None
        if state.chord:
            return None
        if token.kind in (Kind.PITCH, Kind.REST):
            return self._begin(state)
        if token.kind is Kind.CHORD_OPEN:
            opened = self._begin(state)
            return opened and replace(opened, left=state.rest, pending=0, open=False, chord=1, **_awaiting(state))
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
        factor = state.ratio if state.tuplet else Fraction(1)
        if state.dot:
            factor *= _DOTTED[state.dot][1]
        if not self._note(state.rest, factor, max(0, state.tuplet - 1), state.ratio):
            return None
        return self._sound(state, state.rest)

    def _sound(self, state: State, left: int) -> State:
        factor = state.ratio if state.tuplet else Fraction(1)
        if state.dot:
            factor *= _DOTTED[state.dot][1]
        unit = int(EIGHTH * factor)
        tuplet = max(0, state.tuplet - 1)
        return replace(
            state, left=left, pending=unit, unit=unit, open=True, dot=0, chord=0, empty=False, tuplet=tuplet
        )

    def _duration(self, state: State, token: Token) -> State | None:
        length = token.length * state.unit
        if not state.open or length.denominator != 1 or not state.pending:
            return None
        longer = replace(state, pending=int(length), open=False)
        if token.broken:
            return self._broken(longer, token.broken)
        return longer if self._may_go_on(longer.rest, state.tuplet, state.ratio) else None

    def _broken(self, state: State, broken: int) -> State | None:
        here, following = _DOTTED[broken]
        length = state.pending * here
        if state.unit != EIGHTH or state.tuplet or not state.pending or length.denominator != 1:
            return None
        after = replace(state, pending=int(length), open=False, dot=broken)
        return after if self._note(after.rest, following, 0, Fraction(1)) else None

    def _tuplet(self, state: State, notes: int) -> State | None:
        ratio = tuplet_ratio(notes, self.meter)
        if state.dot or state.tuplet or not self._note(state.rest, ratio, notes - 1, ratio):
            return None
        return replace(
            state, left=state.rest, pending=0, unit=EIGHTH, open=False, tuplet=notes, ratio=ratio, empty=False
        )

    def _can_note(self, left: int, factor: Fraction, tuplet: int, ratio: Fraction) -> bool:
        """Some length of one note at `factor`, then `tuplet` notes at `ratio`, leaves a measure that can be filled."""
        for length in self.lengths:
            ticks = length * factor
            if ticks.denominator == 1 and ticks <= left and self._may_go_on(left - int(ticks), tuplet, ratio):
                return True
        return False

    def _may_go_on(self, left: int, tuplet: int, ratio: Fraction) -> bool:
        if tuplet:
            return self._note(left, ratio, tuplet - 1, ratio)
        return left == 0 or self._note(left, Fraction(1), 0, Fraction(1))

    # bar signs

    def _empty_sign(self, state: State, text: str) -> State | None:
        """A sign right after another: `|:` behind `:|` or at the start, `|2` behind a first ending."""
        if text == "|2" and state.ending == 3:
            return replace(state, sign="|2", ending=2)
        opens = text == "|:" and state.sign in ("", ":|") and state.ending != 3
        return replace(state, sign="|:", repeat=True) if opens else None

    def _bar_sign(self, state: State, text: str) -> State | None:
        rest = state.rest
        own = state.own
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
        held = self.bar - state.rest
        if held > self.bar // 2 or not self._may_go_on(self.bar - held, 0, Fraction(1)):
            return None
        if text == "|":
            return replace(self._next(state, "|", head=False), lacking=0, left=self.bar, exact=False, pickup=held, own=held)
        if text == "|:" and not state.repeat:
            after = replace(self._next(state, "|:"), lacking=0, left=self.bar, exact=False)
            return replace(after, pickup=held, own=0, repeat=True)
        return None

    def _next(self, state: State, sign: str, head: bool = True) -> State:
        """An empty measure behind a bar sign; what the last one lacked is its exact length."""
        lacking = state.rest
        return State(
            lacking or self.bar, sign=sign, exact=lacking > 0, lacking=lacking, head=head,
            pickup=state.pickup, own=lacking if head else state.own, repeat=state.repeat,
            ending=0 if head else state.ending, opening=False,
        )  # fmt: skip


def _awaiting(state: State) -> dict[str, object]:
    """An open chord keeps what its note will need: the dot and the tuplet place."""
    return {"dot": state.dot, "tuplet": state.tuplet}
