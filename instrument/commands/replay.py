"""`run.py replay LOG`: a session log played again without a device, and whether the same bytes went out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from instrument.ports.log.replay import replay


def replay_log(path: Path, say: Callable[[str], None]) -> bool:
    """Play it and tell. Raises ValueError, one line, for what is no log."""
    found = replay(path)
    what = f"{found.turns} turns, {found.messages} messages"
    if found.same:
        say(f"{what}: the same bytes" + ("" if found.whole else "; the log ends without a goodbye"))
    else:
        say(f"{what}, then a difference. {found.difference}")
    return found.same
