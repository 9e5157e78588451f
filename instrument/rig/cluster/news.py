"""Messages of the process that reaches a thinker elsewhere, to the main process. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reached:
    """A thinker is up elsewhere and composes as the one here would. node: its machine; device: where it composes."""

    node: str
    device: str


@dataclass(frozen=True, slots=True)
class WayMeasured:
    """The way there and back just now. seconds: the median of the last few; worst: the longest of them."""

    seconds: float
    worst: float


@dataclass(frozen=True, slots=True)
class Unreached:
    """It cannot be had, or has been lost. line: why, for people; again: whether another try is
    worth it."""

    line: str
    again: bool = True
