"""Other players, on inputs that are only listened to: their notes are evidence of the chord, and nothing else.

A note that has been let go counts a little longer, so that a bass that plays short is heard as the bass it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from instrument.controls.midi_messages import ENDING, NOTES
from instrument.playing.midi.midi_input import ReceivedMidi

LINGERS = 0.5  #: seconds
MOST = 128  #: notes that are remembered


class Others:
    """Other players whom the backer listens to. thread: the player's. blocks: never."""

    def __init__(self, ports: Iterable[str] = ()) -> None:
        """ports: names of the inputs where others play."""
        self.ports = frozenset(ports)
        self.now = float("-inf")  #: seconds: where time is, as far as anybody has said
        self._down: set[tuple[str, int, int]] = set()  # input, channel, note
        self._left: dict[tuple[str, int, int], float] = {}  # seconds, when each was let go

    def hear(self, heard: ReceivedMidi) -> bool:
        """A message of theirs; whether what sounds has changed."""
        said, self.now = heard.message, max(self.now, heard.at)
        if said is None:
            return False
        if said.kind == "control" and said.number in ENDING:
            return self.release(heard.port, heard.at, said.channel)
        if said.kind not in NOTES:
            return False
        key = (heard.port, said.channel, said.number)
        if said.kind == "on" and said.value:
            self._left.pop(key, None)
            self._down.add(key)
        elif key in self._down:
            self._down.discard(key)
            self._left[key] = heard.at
        while len(self._left) > MOST:
            self._left.pop(next(iter(self._left)))
        return True

    def release(self, port: str, at: float, channel: int | None = None) -> bool:
        """An input lets go of its notes, on one channel or all."""
        gone = {key for key in self._down if key[0] == port and channel in (None, key[1])}
        self._down -= gone
        self._left |= dict.fromkeys(gone, at)
        return bool(gone)

    def sounding(self) -> tuple[int, ...]:
        """MIDI notes, lowest first, each once."""
        self._left = {key: at for key, at in self._left.items() if self.now - at < LINGERS}
        return tuple(sorted({key[2] for key in (*self._down, *self._left)}))
