"""Play modes by name: what a performer's keys do, as `play.way` chooses it.

To add one: a row here, its class in `playing/modes/`, a line in `playing/modes/play_modes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModeRow:
    """Play mode: a row of the table.

    name: a choice of `play.way`; help: what the keys do, as the help of that control lists it
    leads_voices: the accompanying voices follow the keys, whatever `harmony.follow` says
    moves_music: the keys take the music from note to note, not the clock: it plays nothing by itself
    needs_branches: the thinker sends the other continuations of each note too, for keys that choose among them
    """

    name: str
    help: str
    leads_voices: bool = False
    moves_music: bool = False
    needs_branches: bool = False


PLAY_MODES: dict[str, ModeRow] = {
    row.name: row
    for row in (
        ModeRow("listen", "nothing"),
        ModeRow("answer", "be answered"),
        ModeRow("tap", "tap out the tune", moves_music=True, needs_branches=True),
        ModeRow("hold", "hold it to your notes"),
        ModeRow("accompany", "lead the voices", leads_voices=True),
    )
}


def described() -> str:
    """All of them as one enumeration: "nothing, be answered, or lead the voices"."""
    *first, last = (row.help for row in PLAY_MODES.values())
    return f"{', '.join(first)}, or {last}"
