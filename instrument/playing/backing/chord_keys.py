"""Keys that name the chord: those of the performer's that have that role, whose held keys are the chord, at once.

A key that went down here goes up here, wherever its zone is by then, and nobody else hears of it. When the last key
goes up the chord stands a moment longer, so that a hand may change.
"""

from __future__ import annotations

from instrument.music.backing.held_chord import named
from instrument.music.chord import Chord

Key = tuple[str, int, int]  #: input, channel, note
GRACE = 0.3  #: seconds that a chord stands behind its last key


class ChordKeys:
    """thread: the player's. blocks: never."""

    def __init__(self) -> None:
        self.chord: Chord | None = None  #: that is held, or stands a moment longer
        self.keys = 0  #: that are down
        self._down: dict[Key, int] = {}
        self._until: float | None = None  # seconds: where the chord ends behind its last key

    def strike(self, key: Key, at: float) -> None:
        """A key goes down. at: seconds."""
        self._down[key] = key[2]
        self._look(at)

    def lift(self, key: Key, at: float) -> bool:
        """A key goes up: whether it was one of these."""
        if self._down.pop(key, None) is None:
            return False
        self._look(at)
        return True

    def release(self, port: str, channel: int | None, at: float) -> None:
        """An input lets go of its keys, on one channel or all."""
        self._down = {key: n for key, n in self._down.items() if key[0] != port or channel not in (None, key[1])}
        self._look(at)

    def forget(self) -> None:
        """Every note has been ended: nobody holds a key."""
        self._down.clear()
        self.chord, self.keys, self._until = None, 0, None

    def advance(self, now: float) -> None:
        """The chord ends, once it has stood behind its last key."""
        if self._until is not None and now >= self._until:
            self.chord, self._until = None, None

    def _look(self, at: float) -> None:
        before, self.keys = self.keys, len(self._down)
        if self._down:
            self._until = None
            if self.keys < before and self.chord is not None:
                return  # fingers that leave one after the other name no chords
            self.chord = named(self._down.values()) or self.chord
        elif self.chord is not None and self._until is None:
            self._until = at + GRACE
