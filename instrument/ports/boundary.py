"""Boundary around whoever listens: what it raises is said in one line, once, and the music goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

MOST = 50  #: different faults that are said; a storm of others is no news


class Boundary:
    """thread: any. Never raises."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """say: shows one line to people."""
        self._say, self._said = say, set[str]()

    def __call__(self, receiver: Callable[[Any], object], message: object) -> None:
        """Give the message to a receiver."""
        try:
            receiver(message)
        except Exception as fault:
            what = f"{type(fault).__name__}: {' '.join(str(fault).split())[:200]}"
            if what not in self._said and len(self._said) < MOST:
                self._said.add(what)
                with suppress(Exception):
                    self._say(f"a fault in what hears of {type(message).__name__} ({what}); the music goes on")
