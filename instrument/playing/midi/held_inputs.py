"""Keys and pedals that are down at the MIDI inputs: who took each going down gets its going up.

A key is known by its input, channel and note. What a key means is settled when it goes down: a pad that is learned, a
way of playing that is chosen or a voice that is muted meanwhile does not take its release away. A key of the melody's
that is accompanied, let go under a pedal of its own input and channel, goes up with that pedal; where several keys mean
one note, the note ends with the last of them.
"""

from __future__ import annotations

from collections import Counter

Key = tuple[str, int, int]  #: input, channel 1..16, note
Pedal = tuple[str, int]  #: input, channel 1..16


class Held:
    """Keys and pedals that are down at the inputs.

    thread: the player's. blocks: never. Cost of a release of all: what is down.
    """

    def __init__(self) -> None:
        self._keys: dict[Key, bool] = {}  # that are down: whether the accompanied melody took it
        self._under_pedal: set[Key] = set()  # the melody's, let go and not yet up
        self._notes: Counter[int] = Counter()  # of the melody: keys that hold each
        self._pedals: set[Pedal] = set()

    def strike(self, key: Key, accompanied: bool) -> None:
        """A key goes down. One that is down already has been let go first."""
        if key in self._under_pedal and accompanied:
            self._up(key)
        self._keys[key] = accompanied
        self._notes[key[2]] += accompanied

    def holds(self, key: Key) -> bool:
        """Whether a key is down."""
        return key in self._keys

    def lift(self, key: Key) -> bool:
        """A key goes up. Whether the melody's note ends with it."""
        if not self._keys.pop(key, False):
            return False
        self._under_pedal.add(key)
        return key[:2] not in self._pedals and self._up(key)

    def tread(self, pedal: Pedal, down: bool) -> list[int]:
        """A sustain pedal goes down or up. The melody's notes that end with it."""
        (self._pedals.add if down else self._pedals.discard)(pedal)
        keys = [] if down else sorted(key for key in self._under_pedal if key[:2] == pedal)
        return [key[2] for key in keys if self._up(key)]

    def release(self, port: str, channel: int | None = None, pedals: bool = True) -> list[int]:
        """An input lets go of all its keys, on one channel or all; pedals: of those too. Returns the melody's notes
        that end."""
        gone = [pedal for pedal in sorted(self._pedals) if pedal[0] == port and channel in (None, pedal[1])]
        ended = [note for pedal in (gone if pedals else ()) for note in self.tread(pedal, False)]
        keys = sorted(key for key in self._keys if key[0] == port and channel in (None, key[1]))
        return ended + [key[2] for key in keys if self.lift(key)]

    def forget(self) -> None:
        """Every note has been ended: what is down is nobody's until it is struck, and trodden, again."""
        self._keys = dict.fromkeys(self._keys, False)
        self._under_pedal.clear()
        self._notes.clear()
        self._pedals.clear()

    def _up(self, key: Key) -> bool:
        """A key of the melody's is up for good. Whether it was the last of its note."""
        self._under_pedal.discard(key)
        self._notes[key[2]] -= 1
        if self._notes[key[2]]:
            return False
        del self._notes[key[2]]
        return True
