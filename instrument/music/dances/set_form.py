"""Form of a set as dances have it: so many times through of so many bars, "8x32". Pure."""

from __future__ import annotations

import re

MOST_TIMES = 64
BARS = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96)  #: of a time through: what repeats of eights, or eights alone, make up
PART = 8  #: bars of a part
FREE = "free"  #: no dance says it
WRITTEN = re.compile(r"(\d{1,3}) ?[x×*] ?(\d{1,3})", re.IGNORECASE)


def parse(text: str) -> tuple[int, int] | None:
    """(times through, bars of each); None for "free". Raises ValueError, one line, for what no dance is."""
    if text.strip().lower() == FREE:
        return None
    found = WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" is no dance; write times x bars, such as "8x32", or "{FREE}"')
    times, bars = int(found[1]), int(found[2])
    if not 1 <= times <= MOST_TIMES:
        raise ValueError(f'"{text}" goes {times} times through; 1..{MOST_TIMES} can be danced, such as "8x{bars}"')
    if bars not in BARS:
        near = min(BARS, key=lambda known: abs(known - bars))
        raise ValueError(f'"{text}" has {bars} bars, and a dance has 8, 16, 24 .. 64, 80 or 96; try "{times}x{near}"')
    return times, bars


def written(text: str) -> str:
    """The form as it is shown: "8x32" for "8 X 32". Raises ValueError as `parse` does."""
    form = parse(text)
    return FREE if form is None else f"{form[0]}x{form[1]}"


def parts(bars: int) -> tuple[int, int, str]:
    """(parts, bars of each, whether they are repeated: "yes" or "no") of a tune with so many bars as played. Bars that
    two repeats do not make up are played straight through: 24 and 40 have three and five parts."""
    repeated = bars % (2 * PART) == 0
    return bars // (2 * PART if repeated else PART), PART, "yes" if repeated else "no"
