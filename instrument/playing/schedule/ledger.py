"""Note ledger: who holds which sounding key of which output, so that each note is ended exactly once.

Two voices may meet on one key: a key is released when its last holder lets go, and struck again by an off and an on.
Only who holds a key can let go of it: an off that comes after a panic, or for a key that somebody else has taken since,
ends nothing. Messages of one key never overtake each other: one that is asked for before the last one's due time is due
with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from instrument.playing.midi.output_message import Message

Sounding = tuple[str, int, int]  #: port, channel 1..16, note 0..127


class Ledger:
    """Ledger of sounding notes.

    thread: the player's. blocks: never. Cost grows with what sounds, not with the piece.
    """

    def __init__(self) -> None:
        self.earliest = float("-inf")  #: seconds: no message is due before, while that is set
        self.absent: set[str] = set()  #: ports that are not there: nothing is struck on them
        self._held: dict[Sounding, Counter[Hashable]] = {}  # who holds a key, and how often
        self._last: dict[Sounding, float] = {}  # when each key's last message is due

    def __len__(self) -> int:
        """Keys that sound."""
        return len(self._held)

    def sounding(self, port: str) -> Counter[int]:
        """How many keys sound on each channel of a port."""
        return Counter(channel for there, channel, _ in self._held if there == port)

    def on(
        self, due: float, port: str, channel: int, note: int, velocity: int, holder: Hashable = None
    ) -> list[Message]:
        """The messages that strike a key: an off first where it already sounds; none at a port that is not there."""
        if port in self.absent:
            return []
        key = (port, channel, note)
        due = self._after(key, due)
        sounds = key in self._held
        self._held.setdefault(key, Counter())[holder] += 1
        struck = [Message(due, "on", channel, note, velocity, port)]
        return [Message(due, "off", channel, note, 0, port), *struck] if sounds else struck

    def off(self, due: float, port: str, channel: int, note: int, holder: Hashable = None) -> list[Message]:
        """The message that ends a key when its last holder lets go; nothing for who does not hold it."""
        key = (port, channel, note)
        holders = self._held.get(key)
        if holders is None or holder not in holders:
            return []
        holders[holder] -= 1
        if not holders[holder]:
            del holders[holder]
        if holders:
            return []
        del self._held[key]
        return [Message(self._after(key, due), "off", channel, note, 0, port)]

    def release(self, due: float, port: str | None = None) -> list[Message]:
        """End everything that sounds (on one port, or all), and forget it."""
        keys = sorted(key for key in self._held if port is None or key[0] == port)
        for key in keys:
            del self._held[key]
        return [Message(self._after(key, due), "off", key[1], key[2], 0, key[0]) for key in keys]

    def _after(self, key: Sounding, due: float) -> float:
        self._last[key] = due = max(due, self.earliest, self._last.get(key, due))
        return due
