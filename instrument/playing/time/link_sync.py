"""Playing on a Link session's time: our bar lines fall on the session's, and the music begins on one of them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from instrument.music.ticks import QUARTER, Timeline
from instrument.playing.time.link_state import LinkState

NEARLY = 0.01  #: bars that a bar line may be past and still count


@dataclass(slots=True)
class LinkSync:
    """Sync to an Ableton Link session.

    newest: what the session said last, or None before it has said anything. thread: the player's. blocks: never.
    """

    newest: LinkState | None = None
    _beat: float = 0.0  # of the session, at which `_tick` is
    _tick: int = 0
    _laid: bool = False

    def hear(self, linked: LinkState) -> tuple[bool, bool]:
        """What the session says. Whether it has begun to play with this, and whether it has stopped."""
        before, self.newest = self.newest is not None and self.newest.playing, linked
        return linked.playing and not before, before and not linked.playing

    def begin(self, at: float, tick: int) -> Timeline:
        """Lay the bar that begins at `tick` on the next bar line: the session's own beginning, where it has just begun,
        or the first after `at` (seconds)."""
        assert self.newest is not None
        begins = self.newest.begins if self.newest.playing and self._beats(at) <= self.newest.begins else None
        quantum = self.newest.quantum
        self._beat = begins if begins is not None else ceil(self._beats(at) / quantum - NEARLY) * quantum
        self._tick, self._laid = tick, True
        return self.line()

    def join(self, at: float, here: int, bar: int) -> Timeline:
        """The music plays already, at tick `here`, in the bar that began at `bar`: to the nearest bar line."""
        assert self.newest is not None
        began = self._beats(at) - (here - bar) / QUARTER
        self._beat = round(began / self.newest.quantum) * self.newest.quantum
        self._tick, self._laid = bar, True
        return self.line()

    @property
    def laid(self) -> bool:
        """Whether our bars lie on the session's."""
        return self._laid

    def line(self) -> Timeline:
        """The session's time as a line through our ticks."""
        assert self.newest is not None
        seconds = self.newest.at + (self._beat - self.newest.beat) * 60 / self.newest.bpm
        return Timeline(self.newest.bpm, self._tick, seconds)

    def shift(self, ticks: int) -> None:
        """The bar that is laid on the session's has moved in the plan."""
        self._tick += ticks

    def leave(self) -> None:
        """The session is no longer played by."""
        self.newest, self._laid = None, False

    def _beats(self, at: float) -> float:
        assert self.newest is not None
        return self.newest.beat + (at - self.newest.at) * self.newest.bpm / 60
