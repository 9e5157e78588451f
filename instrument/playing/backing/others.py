"""What others play, on inputs that are only listened to: evidence of the chord, and nothing else.

A note that has been let go counts a little longer, so that a bass that plays short is heard as the bass it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from instrument.playing.midi.midi_input import ReceivedMidi

LINGERS = 0.5  #: seconds
ENDING = 120  #: the controllers from here on end notes
MOST = 128  #: notes that are remembered


class Others:
    """thread: the player's. blocks: never."""

    def __init__(self, ports: Iterable[str] = ()) -> None:
        """ports: names of the inputs where others play."""
        self.ports = frozenset(ports)
        self.now = float("-inf")  #: seconds: where time is, as far as anybody has said
        self._down: set[tuple[str, int, int]] = set()  # input, channel, note
        self._left: dict[tuple[str, int, int], float] = {}  # seconds, when each was let go

    def hear(self, heard: ReceivedMidi) -> bool:
        """A message of theirs; whether what sounds has changed."""
        data, self.now = heard.data, max(self.now, heard.at)
        if len(data) != 3 or max(data[1:]) > 127:
            return False
        kind, channel = data[0] & 0xF0, (data[0] & 0x0F) + 1
        if kind == 0xB0 and data[1] >= ENDING:
            return self.release(heard.port, heard.at, channel)
        if kind not in (0x80, 0x90):
            return False
        key = (heard.port, channel, data[1])
        if kind == 0x90 and data[2]:
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
