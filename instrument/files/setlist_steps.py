"""Set list in a performance: which step plays, which is next, and stepping on, back or to any.

Steps are taken by the actions `setlist.next` and `setlist.back`, by the control `setlist.go`, by Program Change while a
set list is there, and on the page. Each brings its patch, voices and all, at the next bar that is not announced.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from instrument.controls.control import Value
from instrument.files.setlist_file import Setlist, Step, find_setlist
from instrument.files.shipped import OWN

ACTIONS = ("setlist.next", "setlist.back")
NONE = "there is no set list; load one with /lilt/setlist/load NAME, or start with --setlist NAME"


class SetlistSteps:
    """Set list while it is played. thread: any. blocks: only `load`, for a disk."""

    def __init__(
        self, play: Callable[[Step], None], say: Callable[[str], None], publish: Callable[[dict[str, Value]], None],
        own: Path = OWN,
    ) -> None:  # fmt: skip
        """play: brings a step; publish: takes readings that have changed; own: one's own patches and sets/."""
        self.setlist: Setlist | None = None
        self.at = 0  #: of the steps, from 1; 0: none yet
        self._play, self._say, self._publish, self._own = play, say, publish, own
        self._lock = threading.Lock()

    def begin(self, setlist: Setlist, at: int = 0) -> None:
        """Stand at a step that plays already; 0: before the first."""
        with self._lock:
            self.setlist, self.at = setlist, at
        self._tell()

    def load(self, name: str) -> None:
        """Have another set list, before its first step; the music stays. Raises SetlistError, one line: then the one
        that is there stays too."""
        setlist = find_setlist(name, self._own)
        self.begin(setlist)
        self._say(f"set list {setlist.name}: {len(setlist.steps)} steps; first {setlist.steps[0].line}")

    def act(self, name: str) -> None:
        """On, or back."""
        self.go(self.at + (1 if name == "setlist.next" else -1))

    def go(self, number: int) -> None:
        """To that step, from 1. One that is not there is said, and nothing changes."""
        with self._lock:
            setlist = self.setlist
            if setlist is None:
                self._say(NONE)
                return
            if not 1 <= number <= len(setlist.steps):
                end = "it is over" if number > len(setlist.steps) else "nothing comes before its first step"
                self._say(f"set list {setlist.name} has {len(setlist.steps)} steps; {end}")
                return
            self.at, step = number, setlist.steps[number - 1]
        self._play(step)
        self._say(f"{number} of {len(setlist.steps)}: {step.line}" + (f". {step.note}" if step.note else ""))
        self._tell()

    def readings(self) -> dict[str, Value]:
        """What is shown of it, by the names of the table of readings."""
        setlist = self.setlist
        steps = setlist.steps if setlist else ()
        here = steps[self.at - 1] if 0 < self.at <= len(steps) else None
        following = steps[self.at] if self.at < len(steps) else None
        return {
            "setlist.name": setlist.name if setlist else "", "setlist.step": self.at, "setlist.steps": len(steps),
            "setlist.now": here.line if here else "", "setlist.note": here.note if here else "",
            "setlist.coming": following.line if following else "",
            "setlist.coming_note": following.note if following else "",
            "setlist.coming_key": str(following.values["tune.key"]) if following else "",
        }  # fmt: skip

    def told(self) -> dict[str, Any]:
        """All its steps, for the page."""
        setlist = self.setlist
        steps = [{"line": step.line, "note": step.note} for step in setlist.steps] if setlist else []
        return {"name": setlist.name if setlist else "", "at": self.at, "steps": steps}

    def _tell(self) -> None:
        self._publish(self.readings())
