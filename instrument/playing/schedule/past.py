"""Announced bars that are remembered, the newest as they are, older ones packed.

Twenty minutes of bars are remembered, to go back to; a player that held them as they are would grow for as long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice, takewhile

from instrument.music.events import Span
from instrument.playing.schedule.packed_bar import is_packed, packed, tokens_of, whole

KEPT = 640  #: bars that are remembered, for repeating, resuming and going back to: twenty minutes of reels
WHOLE = 32  #: of them, the newest, that are not packed


class Past:
    """Bars that were announced and join without gap or overlap: the newest `KEPT`, in order.

    thread: the player's. blocks: never; notes of a bar that is packed take some 0.1 ms to read.
    """

    def __init__(self) -> None:
        self._bars: deque[Span] = deque(maxlen=KEPT)  # the last one is whole

    def __len__(self) -> int:
        return len(self._bars)

    @property
    def last(self) -> Span | None:
        """The newest; None where there is none."""
        return self._bars[-1] if self._bars else None

    @property
    def start(self) -> int:
        """Ticks; where the oldest begins, 0 where there is none."""
        return self._bars[0].start if self._bars else 0

    def append(self, span: Span) -> None:
        """Another has been announced."""
        self._bars.append(span)
        if len(self._bars) > WHOLE and not is_packed(old := self._bars[-WHOLE - 1]):
            self._bars[-WHOLE - 1] = packed(old, self._as_written(old))

    def take_beyond(self, tick: int) -> list[Span]:
        """Take off those that reach beyond `tick`, and return them, the newest first, packed where they were."""
        taken: list[Span] = []
        while self._bars and self._bars[-1].end > tick:
            taken.append(self._bars.pop())
        if self._bars:
            self._bars[-1] = whole(self._bars[-1])
        return taken

    def replace_last(self, span: Span) -> None:
        """The newest is another. IndexError where there is none."""
        self._bars[-1] = span

    def clear(self) -> None:
        """Nothing is remembered any more."""
        self._bars.clear()

    def newest_first(self) -> Iterator[Span]:
        """All of them, as they are now."""
        return iter(tuple(reversed(self._bars)))

    def since(self, tick: int) -> Iterator[Span]:
        """Those that reach beyond `tick`, as they are now, the oldest first."""
        return reversed(list(takewhile(lambda bar: bar.end > tick, reversed(self._bars))))

    def plans(self) -> set[int]:
        """Numbers of the plans that they belong to."""
        return {bar.plan for bar in self._bars}

    def _as_written(self, old: Span) -> tuple[str, ...]:
        """Tokens of its tune that begin with its own: those that the bar before it has, or else those of the newest bar
        of the tune, which has the most. One tuple for many bars, each of which has some tokens more than the last."""
        behind = takewhile(lambda bar: bar.tune == old.tune, islice(self._bars, len(self._bars) - WHOLE, None))
        newest = deque(behind, maxlen=1)
        before = [self._bars[-WHOLE - 2]] if len(self._bars) > WHOLE + 1 else []
        known = (tokens_of(bar) for bar in (*before, *newest) if bar.tune == old.tune)
        return next((tokens for tokens in known if tokens[: len(old.written)] == old.written), old.written)
