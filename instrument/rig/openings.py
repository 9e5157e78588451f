"""Further openings sent to the player while nothing is composed yet: read out one after another beside the music.

The player is begun with the first alone, so that it sounds at once; the others follow in the background, until the
first composed bar is there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from instrument.controls.snapshot import Snapshot
from instrument.files.patch import Patch
from instrument.music.events import Span
from instrument.playing.messages import Further, PortsOpened
from instrument.rig.setup import Rig, arrangement
from instrument.thinking.openings import further
from instrument.thinking.voices.accompanist_process import load_choir


class FurtherOpenings:
    """Further openings for the player. thread: the conductor's, but for the one that reads them out."""

    def __init__(
        self, patch: Patch, rig: Rig, snapshot: Callable[[], Snapshot], send: Callable[[object], object]
    ) -> None:
        """send: to the player, any thread's."""
        self._patch, self._rig, self._snapshot, self._send = patch, rig, snapshot, send
        self._composed = threading.Event()

    def join(self, listen: Callable[[type, Callable[[Any], object]], None]) -> None:
        """Begin when the player has, end with the first bar that is composed."""
        listen(PortsOpened, lambda _: self.begin())
        listen(Span, lambda _: self._composed.set())

    def begin(self) -> None:
        """Read them out, in a thread of their own. Nothing, where the patch has one opening or none, or something else
        is begun with."""
        if self._patch.source == "tune" and len(self._patch.openings) > 1 and not self._rig.opening:
            threading.Thread(target=self._read_out, name="openings", daemon=True).start()

    def _read_out(self) -> None:
        patch, experts = self._patch, self._rig.experts
        choir = cache(lambda: load_choir(experts))
        with suppress(ValueError, OSError):  # the music goes on without them
            for spans in further(patch.openings, arrangement(patch, experts), self._snapshot(), choir):
                if self._composed.is_set():
                    return
                self._send(Further(spans))
