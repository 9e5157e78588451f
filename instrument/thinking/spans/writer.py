"""Writers: what the planner asks for tunes, and what it tells them of what is wanted. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from instrument.controls.snapshot import Snapshot
from instrument.music.measure import Measure
from instrument.music.plan import Plan
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.closing import EndedTune


class Writer(Protocol):
    """A tune being written."""

    whole: bool

    @property
    def plan(self) -> Plan: ...
    @property
    def texts(self) -> tuple[str, ...]: ...
    def measures(self) -> tuple[Measure, ...]: ...
    def measure(self, index: int) -> Measure | None: ...
    def cut(self, tokens: int) -> None: ...


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """What a writer is to write: the controls, the tune's number, what stands already.

    tokens: `M:` and `K:` first; context: how many of them only prime; lacking: ticks, at the end of the context
    plan: the tune's so far, () for none; place: the measure of it that was played last, where the context is from it
    answer: bars of the answer that the context asks for, 0 where it asks for none
    time: which time through, from 1; from the second on `tokens` are a whole tune, of which `stands` measures are
    announced
    known: the tokens of a tune that somebody wrote, which is to be played as it is, or varied; () to compose. `tokens`
    has what of it is announced, `stands` measures
    """

    snapshot: Snapshot
    tune: int
    tokens: tuple[str, ...]
    context: int = 0
    lacking: int = 0
    plan: Plan = ()
    place: int = -1
    answer: int = 0
    time: int = 1
    stands: int = 0
    known: tuple[str, ...] = ()


Write = Callable[[WriteRequest], Writer]
Close = Callable[[Writer, int], tuple[str, ...]]  #: the last bar at a measure, come to rest: tokens without bar signs


class Closed:
    """A writer of a tune with its ending: nothing is added."""

    whole = True

    def __init__(self, tune: EndedTune) -> None:
        self.plan, self.texts = tune.plan, tune.texts
        self._measures = read_tune([text for text in tune.texts if text != "</s>"], strict=False).measures

    def measures(self) -> tuple[Measure, ...]:
        return self._measures

    def measure(self, index: int) -> Measure | None:
        return self._measures[index] if index < len(self._measures) else None

    def cut(self, tokens: int) -> None:
        """It stands."""


class Given:
    """A writer with nothing to add: the bars of an opening."""

    plan: Plan = ()

    def __init__(self, tokens: Sequence[str]) -> None:
        self.texts, self.whole = tuple(tokens), False
        self._measures = read_tune(tokens).measures

    def measures(self) -> tuple[Measure, ...]:
        return self._measures

    def measure(self, index: int) -> Measure | None:
        return self._measures[index] if index < len(self._measures) else None

    def cut(self, tokens: int) -> None:
        raise ValueError("an opening is not cut")


def header(snapshot: Snapshot) -> tuple[str, str]:
    """The two tokens a tune begins with."""
    return f"M:{snapshot.meter}", f"K:C{snapshot.key.mode}"
