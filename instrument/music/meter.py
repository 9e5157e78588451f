"""Meters: how long a bar is and where its beats fall.

A beat is what a foot taps: in compound time (6/8, 9/8, 12/8) a dotted quarter, otherwise the lower
figure, except that tunes in 2/2 and 4/4 count quarters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from instrument.music.ticks import WHOLE

_PATTERN = re.compile(r"(\d{1,2})/(1|2|4|8|16)")


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature. upper: beats or pulses, 1..99; lower: 1, 2, 4, 8 or 16."""

    upper: int
    lower: int

    @staticmethod
    @lru_cache(maxsize=256)
    def parse(text: str) -> Meter:
        """ "6/8", "C" (4/4) or "C|" (2/2). Raises ValueError, naming the text, for anything else."""
        text = {"C": "4/4", "C|": "2/2"}.get(text.strip(), text.strip())
        match = _PATTERN.fullmatch(text)
        if not match or int(match[1]) < 1:
            raise ValueError(f'"{text}" is not a meter; write it like "4/4" or "6/8"')
        return Meter(int(match[1]), int(match[2]))

    @property
    def bar(self) -> int:
        """Length of a bar in ticks."""
        return self.upper * WHOLE // self.lower

    @property
    def compound(self) -> bool:
        return self.lower >= 8 and self.upper % 3 == 0 and self.upper > 3

    @property
    def beat(self) -> int:
        """Length of a beat in ticks."""
        pulse = WHOLE // self.lower
        return 3 * pulse if self.compound else pulse

    def __str__(self) -> str:
        return f"{self.upper}/{self.lower}"
