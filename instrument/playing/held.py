"""Keys and pedals that are down at the MIDI inputs: who took each going down gets its going up.

A key is known by its input, channel and note. What a key means is settled when it goes down: a pad that is learned, a
way of playing that is chosen or a voice that is muted meanwhile does not take its release away. Where two keys mean one
note of the accompanied melody, the note ends with the last of them, and so does the pedal.
"""

from __future__ import annotations

from collections import Counter

Key = tuple[str, int, int]  #: input, channel 1..16, note
Pedal = tuple[str, int]  #: input, channel 1..16


class Held:
    """thread: the player's. blocks: never. Cost of a release of all: what is down."""

    def __init__(self) -> None:
        self._keys: dict[Key, bool] = {}  # whether the accompanied melody took it
        self._notes: Counter[int] = Counter()  # of the accompanied melody: keys down
        self._pedals: set[Pedal] = set()

    def strike(self, key: Key, accompanied: bool) -> None:
        """A key goes down. One that is down already has been let go first."""
        self._keys[key] = accompanied
        self._notes[key[2]] += accompanied

    def lift(self, key: Key) -> bool:
        """A key goes up. Whether the accompanied melody's note ends with it."""
        if not self._keys.pop(key, False):
            return False
        self._notes[key[2]] -= 1
        if self._notes[key[2]]:
            return False
        del self._notes[key[2]]
        return True

    def tread(self, pedal: Pedal, down: bool) -> bool:
        """A pedal of the accompanied melody's goes down or up. Whether the melody's pedal does, being the first or the
        last."""
        before = bool(self._pedals)
        (self._pedals.add if down else self._pedals.discard)(pedal)
        return before != bool(self._pedals)

    def of(self, port: str, channel: int | None = None) -> list[Key]:
        """The keys that are down at an input, on one channel or all."""
        return sorted(key for key in self._keys if key[0] == port and channel in (None, key[1]))

    def pedals(self, port: str, channel: int | None = None) -> list[Pedal]:
        """The pedals that are down at an input, likewise."""
        return sorted(pedal for pedal in self._pedals if pedal[0] == port and channel in (None, pedal[1]))

    def forget(self) -> None:
        """Every note has been ended: what is down is nobody's until it is struck again."""
        self._keys = dict.fromkeys(self._keys, False)
        self._notes.clear()
        self._pedals.clear()
