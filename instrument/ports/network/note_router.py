"""Notes between the network and the player: keys of pages and notes over OSC come in, what sounds goes out.

It numbers the pages that play, has the player tell what sounds only while somebody listens, and passes that on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from instrument.playing.messages import Sounding

MOST_PAGES = 32  #: that play at once

Record = tuple[Any, ...]  #: as `instrument.ports.midi.network_input` has it


class NoteRouter:
    """Router of notes between network and player. thread: any. blocks: for a moment at most."""

    def __init__(self, put: Callable[[Record], object], tell: Callable[[bool], object]) -> None:
        """put: sends a record to the player; tell: has the player say what sounds, or not."""
        self.put = put
        self._tell, self._telling = tell, False
        self._lock = threading.Lock()
        self._pages: set[int] = set()
        self._listeners: dict[int, Callable[[Sounding], object]] = {}
        #: whether pages may sound what is played; whether anybody has subscribed to notes over OSC
        self.pages_sound: Callable[[], bool] = lambda: False
        self.subscribed: Callable[[], bool] = lambda: False
        self.always = False  #: the microphone's process must know what sounds
        self.publish: Callable[[Sounding], object] = lambda sounding: None  #: to those

    def open_page(self) -> int:
        """A page plays: its number, the smallest that is free, from 1. Raises ValueError where there are too many."""
        with self._lock:
            number = next(n for n in range(1, MOST_PAGES + 2) if n not in self._pages)
            if number > MOST_PAGES:
                raise ValueError(f"{MOST_PAGES} pages play already")
            self._pages.add(number)
        return number

    def close_page(self, number: int) -> None:
        """It has gone: every key that it held is let go."""
        with self._lock:
            self._pages.discard(number)
            self._listeners.pop(number, None)
        self.put(("gone", f"page {number}"))
        self.refresh()

    def listen(self, number: int, hear: Callable[[Sounding], object] | None) -> None:
        """A page sounds what is played, or (None) does not any more. hear: is called in the conductor's thread."""
        with self._lock:
            if hear is None:
                self._listeners.pop(number, None)
            else:
                self._listeners[number] = hear
        self.refresh()

    def refresh(self) -> None:
        """Whether anybody listens may have changed."""
        wanted = (bool(self._listeners) and self.pages_sound()) or self.subscribed() or self.always
        with self._lock:
            changed, self._telling = wanted != self._telling, wanted
        if changed:
            self._tell(wanted)

    def sounding(self, sounding: Sounding) -> None:
        """What sounds, from the player. thread: the conductor's."""
        with self._lock:
            listeners = list(self._listeners.values()) if self.pages_sound() else []
        for hear in listeners:
            with suppress(RuntimeError):  # the page's server has closed
                hear(sounding)
        self.publish(sounding)
