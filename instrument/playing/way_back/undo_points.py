"""Undo points: where the music stood each time when a control took it another way, and what was planned there.

Each has the versions of the controls that led up to it, so that a version that is in force again finds the place from
which the music can go on as if it had been in force all along.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span

KEPT = 128  #: points
WHOLE = 32  #: of them, the newest, with the bars that were planned; those of older ones are composed again


@dataclass(frozen=True, slots=True)
class UndoPoint:
    """Undo point: where the music was turned another way.

    first, last: versions of the controls, all of which compose the same music; those up to `upto` were turned and
    never in force; snapshot: the controls of `last`, with the keys that were held
    start: tick from which on the music went another way; after: the span that ended there, or None at the top
    planned: the spans that were planned behind it and not announced, without a gap; those that end by `pass_end`
    (ticks) were the last pass of a loop, whatever the controls; left_loop: all of them, and the loop was left here
    """

    first: int
    last: int
    upto: int
    snapshot: Snapshot
    start: int
    after: Span | None
    planned: tuple[Span, ...] = ()
    pass_end: int = 0
    left_loop: bool = False


class UndoPoints:
    """Undo points of a performance. thread: the player's. blocks: never."""

    def __init__(self, version: int) -> None:
        """version: of the controls that the music begins with."""
        self._first = self._last = version
        self._points: deque[UndoPoint] = deque(maxlen=KEPT)

    def __len__(self) -> int:
        return len(self._points)

    def seen(self, version: int) -> None:
        """A version of the controls that composes the same music as the one before."""
        self._last = max(self._last, version)

    def leave(
        self, version: int, snapshot: Snapshot, place: tuple[int, Span | None] | None, planned: tuple[Span, ...] = (),
        pass_end: int = 0, left_loop: bool = False,
    ) -> None:  # fmt: skip
        """Another version composes other music from now on. place: from which tick on, and the span that ends there;
        None where the music cannot be taken up again. pass_end, left_loop: see `UndoPoint`."""
        if place is not None:
            versions = self._first, self._last, max(self._last, version - 1)
            self._points.append(UndoPoint(*versions, snapshot, *place, planned, pass_end, left_loop))
            self._thin()
        self._first = self._last = version

    def _thin(self) -> None:
        """The newest that is no longer one of the newest gives up what was planned. A loop's last pass stays: nobody
        would compose that again."""
        if len(self._points) > WHOLE and not (old := self._points[-WHOLE - 1]).pass_end:
            self._points[-WHOLE - 1] = replace(old, planned=())

    def find(self, version: int) -> UndoPoint | None:
        """Where the music of that version of the controls was left, the last time."""
        return next((point for point in reversed(self._points) if point.first <= version <= point.upto), None)

    def plans(self) -> set[int]:
        """Numbers of the requests whose spans are kept here."""
        spans = (span for point in self._points for span in (point.after, *point.planned))
        return {span.plan for span in spans if span is not None}

    def clear(self) -> None:
        """Forget them: the music has gone where nobody remembers it."""
        self._points.clear()
