"""Keys that a performer holds down, and which of them leads as the melody.

Of keys struck together the highest leads, or the newest, as set; a key struck later leads whatever its height. When
the leading key goes up, a key held since before it takes over, as in a trill; the rest of its chord does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from instrument.music.cues import Sung

TOGETHER = 0.04  #: seconds within which keys are struck together


@dataclass(frozen=True, slots=True)
class _Key:
    velocity: int
    group: int  # of keys struck together


class Keys:
    """Keys that the performer holds down.

    note: what leads, or led last. thread: the player's. blocks: never. At most 128 keys are remembered.
    """

    def __init__(self) -> None:
        self.note: Sung | None = None
        self._down: dict[int, _Key] = {}  # by pitch, in the order struck
        self._group, self._since, self._leads = 0, float("-inf"), 0

    @property
    def down(self) -> frozenset[int]:
        """The keys that are down."""
        return frozenset(self._down)

    def strike(self, pitch: int, velocity: int, at: float, tick: int, highest: bool = True) -> bool:
        """A key goes down. at: seconds, tick: where the music is. True if it leads now."""
        if at - self._since > TOGETHER:
            self._group, self._since = self._group + 1, at
        self._down.pop(pitch, None)
        self._down[pitch] = _Key(velocity, self._group)
        chord = [p for p, key in self._down.items() if key.group == self._group]
        if highest and self._leads == self._group and pitch < max(chord):
            return False
        self._lead(pitch, velocity, tick)
        return True

    def release(self, pitch: int, tick: int) -> bool:
        """A key goes up. True if another leads now."""
        if pitch not in self._down:
            return False
        del self._down[pitch]
        if not self._down:
            self._end(tick)
            return False
        earlier = [p for p, key in self._down.items() if key.group < self._leads]
        chord = any(key.group == self._leads for key in self._down.values())
        if self.note is None or pitch != self.note.pitch or chord or not earlier:
            return False
        heir = earlier[-1]
        self._lead(heir, self._down[heir].velocity, tick, self._down[heir].group)
        return True

    def clear(self, tick: int) -> None:
        """All keys are up: a port has gone, or panic."""
        self._down.clear()
        self._end(tick)

    def jump(self, tick: int) -> None:
        """The music has gone elsewhere: the keys count as up, since there."""
        self.clear(tick)
        if self.note is not None:
            self.note = replace(self.note, tick=tick, ended=tick)

    def _lead(self, pitch: int, velocity: int, tick: int, group: int | None = None) -> None:
        self._leads = self._group if group is None else group
        self.note = Sung((self.note.number if self.note else 0) + 1, pitch, velocity, tick)

    def _end(self, tick: int) -> None:
        if self.note is not None and self.note.ended is None:
            self.note = replace(self.note, ended=max(tick, self.note.tick))
