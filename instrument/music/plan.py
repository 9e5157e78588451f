"""Plan of a tune's form: parts, repeats, endings, pick-ups, and which bar says which earlier bar again.

A plan is drawn before the notes and holds none of them: one `PlannedBar` for each measure as it will be written. The
composer turns it into bar signs and into what is expected next; the page shows it. Frozen values that pickle and log
as plain data. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from instrument.music.ticks import EIGHTH

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class PlannedBar:
    """One measure as it will be written.

    sign: the sign behind it: "|", ":|", "|1" or "|:"; opens: `|:` stands before it; ending: 1, 2 or 0 for none
    lacks: ticks by which it is shorter than a bar: a pick-up, or a part's last bar before one
    source: index of the earlier measure that it says again, or -1; cells: which of its eighth notes do, a bit each,
    the first one lowest; step: scale steps that it stands above its source
    part: 0 for the first; bar: 1 for the part's first whole bar, 0 for a pick-up; left: bars of the part behind it
    """

    sign: str = "|"
    opens: bool = False
    ending: int = 0
    lacks: int = 0
    source: int = -1
    cells: int = 0
    step: int = 0
    part: int = 0
    bar: int = 1
    left: int = 0

    @property
    def pickup(self) -> bool:
        return self.bar == 0

    @property
    def copies(self) -> bool:
        """Whether it says an earlier bar again, wholly or in part."""
        return self.source >= 0 and self.cells > 0

    def says_again(self, ticks: int) -> bool:
        """Whether what begins so many ticks into the measure is said again."""
        return self.source >= 0 and bool(self.cells >> (ticks // EIGHTH) & 1)


Plan = tuple[PlannedBar, ...]


def share_said_again(bar: PlannedBar, ticks: int) -> float:
    """0..1: how much of a measure so many ticks long says its source again. Pure."""
    cells = max(1, -(-ticks // EIGHTH))
    return (bar.cells & ((1 << cells) - 1)).bit_count() / cells if bar.source >= 0 else 0.0


def letters(plan: Sequence[PlannedBar], bar_ticks: int) -> str:
    """The plan as a player would jot it down: a letter a bar, the same letter for a bar that comes again, a dash
    behind it where it comes changed, the signs of repeats between: "|: a b a c | a b d e :|". Pure."""
    named: dict[int, str] = {}
    words: list[str] = []
    fresh = 0
    for index, bar in enumerate(plan):
        if bar.opens or (index and plan[index - 1].sign == "|:"):
            words.append("|:")
        if bar.ending:
            words.append(str(bar.ending))
        if bar.pickup:
            continue
        again = share_said_again(bar, bar_ticks - bar.lacks)
        if again >= 0.5 and not bar.step and bar.source in named:
            name = named[bar.source].rstrip("'") + ("" if again > 0.99 else "'")
        else:
            name = LETTERS[fresh % len(LETTERS)]
            fresh += 1
        named[index] = name
        words.append(name)
        if bar.sign == ":|":
            words.append(":|")
        elif bar.sign == "|1" or (bar.bar % 4 == 0 and index < len(plan) - 1):
            words.append("|")
    return " ".join(words)


def shifted(plan: Sequence[PlannedBar], by: int) -> Plan:
    """The plan with `by` measures put before it: sources count from there. Pure."""
    return tuple(replace(bar, source=bar.source + by) if bar.source >= 0 else bar for bar in plan)
