"""Velocity curves: how hard a key is struck, and how hard it then counts. Pure.

A curve is a power of the velocity, as keyboards have it: "soft" is loud under a light touch, "hard" asks for a heavy
one, "linear" leaves it as it is, "fixed" is the same for every touch. What comes of it lies between a floor and a
ceiling; a fixed one is the ceiling.
"""

from __future__ import annotations

CURVES: dict[str, float] = {"linear": 1.0, "soft": 0.6, "hard": 1.7, "fixed": 0.0}  #: each by its power
LEAST, MOST = 0.25, 4.0  #: powers that a number may be
LOUDEST = 127


def parse(text: str) -> float:
    """The power that a curve's name or number stands for. Raises ValueError, one line."""
    name = text.strip().lower()
    if name in CURVES:
        return CURVES[name]
    try:
        power = float(name)
    except ValueError:
        power = float("nan")
    if not LEAST <= power <= MOST:
        numbers = f"{LEAST:g}..{MOST:g}, below 1 softer, above 1 harder"
        raise ValueError(f'"{text}" is no curve; write {", ".join(CURVES)} or a number {numbers}')
    return power


def curved(velocity: int, power: float, floor: int = 1, ceiling: int = LOUDEST) -> int:
    """A velocity, 1..127, as it counts; 0, a key that goes up, stays 0. power: 0 is fixed. floor, ceiling: 1..127, what
    the lightest and the hardest touch become; a floor above the ceiling counts as the ceiling."""
    if velocity <= 0:
        return 0
    low = min(floor, ceiling)
    share = 1.0 if power == 0 else ((velocity - 1) / (LOUDEST - 1)) ** power
    return max(1, min(LOUDEST, round(low + (ceiling - low) * share)))
