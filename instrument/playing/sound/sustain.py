"""Sustain pedal of the synth: keys that are let go under a pedal sound on until it comes up. Pure."""

from __future__ import annotations

from collections.abc import Collection

Note = tuple[int, int]  #: channel 1..16, note


class Sustain:
    """Sustain pedal of the synth. thread: one."""

    def __init__(self) -> None:
        self._down: set[int] = set()  # channels whose pedal is down
        self._under: set[Note] = set()

    def tread(self, channels: Collection[int], down: bool) -> list[Note]:
        """The pedal of these channels goes down or up. The notes that end with it."""
        if down:
            self._down.update(channels)
            return []
        self._down.difference_update(channels)
        ended = sorted(note for note in self._under if note[0] in channels)
        self._under.difference_update(ended)
        return ended

    def strike(self, channel: int, note: int) -> None:
        """A key goes down: its note is held again."""
        self._under.discard((channel, note))

    def lift(self, channel: int, note: int) -> bool:
        """A key goes up. Whether its note ends."""
        if channel in self._down:
            self._under.add((channel, note))
        return channel not in self._down

    def forget(self, channels: Collection[int] | None = None) -> None:
        """Every note (of these channels, or all) has been ended; with no channels named, every pedal is up too."""
        if channels is None:
            self._down.clear()
            self._under.clear()
        else:
            self._under = {note for note in self._under if note[0] not in channels}
