"""Line of played notes to the player's process: keys of pages and notes over OSC, beside the other messages.

So a key does not wait behind controls and bars, and wakes the player as a MIDI key does. Sending never waits.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.reduction import ForkingPickler
from typing import Any

from instrument.playing.messages import NotesLine
from instrument.ports.log.log_pipe import RecordPipe


class NetworkNotes:
    """Line of network notes to the player. thread: any, but for `begin`, which is the conductor's."""

    def __init__(self, player: Callable[[object], None]) -> None:
        """player: sends to the player's process."""
        self._player = player
        self._line = RecordPipe(None)

    def begin(self) -> None:
        """The player has started: it is given its end."""
        theirs, ours = get_context("spawn").Pipe(duplex=False)
        self._line.close()
        self._line = RecordPipe(ours)
        self._player(NotesLine(bytes(ForkingPickler.dumps(theirs))))
        theirs.close()

    def put(self, record: tuple[Any, ...]) -> None:
        """Send a record (`instrument.ports.midi.network_input`). blocks: never; what there is no room for is counted,
        and the next that gets through says so."""
        self._line.put(record)

    def close(self) -> None:
        self._line.close()
