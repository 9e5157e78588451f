"""Leading of a set: what the leader has called out ("last time", "next tune") and in which time through. No time.

The control `set.then` only says what; here it is tied to the tune and the time through that were under way, so that it
is done once and never of the tune after. When it has been announced, the control goes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.set_place import Signal

CONTROL, PLANNED = "set.then", "as planned"


class Leading:
    """Calls of the leader: "last time", "next tune". thread: the player's. blocks: never."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.signal: Signal | None = None
        self._said = PLANNED
        self.change(snapshot, None)

    def change(self, snapshot: Snapshot, last: Span | None) -> Snapshot:
        """The controls with what has been called. last: the span announced last."""
        said = str(snapshot.values[CONTROL])
        if said != self._said:
            self._said = said
            tune, of = (last.tune, last.of_set) if last is not None else (0, None)
            if last is not None and last.of_set.over:  # it is meant for the set that comes
                self.signal = Signal(said, last.tune + 1, last.tune + 1, 1)
            else:
                self.signal = Signal(said, of.first, tune, of.time) if of else Signal(said, 0, 0, 1)
            if said == PLANNED:
                self.signal = None
        return replace(snapshot, signal=self.signal)

    def done(self, announced: Sequence[Span]) -> str:
        """What of it has been done by these spans, which are now announced: then it is over; "" for nothing."""
        signal = self.signal
        for span in announced:
            if signal is None:
                break
            over = span.of_set.over if signal.what == "last" else span.tune > signal.tune
            if over and span.source != "repeated":
                self.signal = None
                return signal.what
        return ""
