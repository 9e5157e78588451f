"""What the thinker tells besides spans: readings, a line for people, and what it weighed. Frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from instrument.controls.control import Value


@dataclass(frozen=True, slots=True)
class Told:
    """readings: new values by their names in the table of readings; line: one line for people, or ""."""

    readings: Mapping[str, Value]
    line: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One token of the tune as it was chosen. token: as written; share: 0..1, its probability by the model alone
    likeliest: (token, probability) of the most probable tokens there, best first."""

    token: str
    share: float
    likeliest: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Thought:
    """How one measure came about. plan, start, end: of its span (ticks); choices: its tokens in order, empty where
    they were given, not composed."""

    plan: int
    start: int
    end: int
    choices: tuple[Choice, ...]
