"""Announced bars that are remembered, the newest as they are, older ones packed.

A bar takes some 7 kB, nearly all of it for the numbers of its notes and chords. Twenty minutes of bars are remembered,
to go back to; a player that held them as they are would grow for as long. Packed, each takes a seventh.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from instrument.music.events import Span
from instrument.music.note import note_of, row_of

KEPT = 640  #: bars that are remembered, for repeating, resuming and going back to: twenty minutes of reels
WHOLE = 96  #: of them, the newest, that are not packed: a quick move back goes no further


@dataclass(frozen=True, slots=True)
class _Packed:
    """A bar without what takes the room. span: it, without notes, chords, branches and tokens; heavy: its notes, chords
    and branches, pickled; written: tokens of its tune, of which it has the first `length`."""

    span: Span
    heavy: bytes
    written: tuple[str, ...]
    length: int


class Past:
    """Bars that were announced and join without gap or overlap: the newest `KEPT`, in order.

    thread: the player's. blocks: never; a bar that is packed takes some 0.1 ms to read.
    """

    def __init__(self) -> None:
        self._bars: deque[Span | _Packed] = deque(maxlen=KEPT)  # the last one is whole

    def __len__(self) -> int:
        return len(self._bars)

    @property
    def last(self) -> Span | None:
        """The newest; None where there is none."""
        return _whole(self._bars[-1]) if self._bars else None

    @property
    def start(self) -> int:
        """Ticks; where the oldest begins, 0 where there is none."""
        return _bare(self._bars[0]).start if self._bars else 0

    def append(self, span: Span) -> None:
        """Another has been announced."""
        self._bars.append(span)
        if len(self._bars) > WHOLE and isinstance(old := self._bars[-WHOLE - 1], Span):
            self._bars[-WHOLE - 1] = _packed(old, self._as_written(old))

    def pop(self) -> Span:
        """Take the newest off. IndexError where there is none."""
        span = _whole(self._bars.pop())
        if self._bars:
            self._bars[-1] = _whole(self._bars[-1])
        return span

    def replace_last(self, span: Span) -> None:
        """The newest is another. IndexError where there is none."""
        self._bars[-1] = span

    def clear(self) -> None:
        """Nothing is remembered any more."""
        self._bars.clear()

    def newest_first(self, wanted: Callable[[Span], bool] = lambda _: True) -> Iterator[Span]:
        """Those that are wanted, each read when it is come to. wanted: is given the bar without notes, chords, branches
        and tokens."""
        return (_whole(bar) for bar in reversed(tuple(self._bars)) if wanted(_bare(bar)))

    def since(self, tick: int) -> Iterator[Span]:
        """Those that reach beyond `tick`, the oldest first."""
        beyond = list(takewhile(lambda bar: _bare(bar).end > tick, reversed(self._bars)))
        return map(_whole, reversed(beyond))

    def plans(self) -> set[int]:
        """Numbers of the plans that they belong to."""
        return {_bare(bar).plan for bar in self._bars}

    def _as_written(self, old: Span) -> tuple[str, ...]:
        """The tokens of its tune as its last bar has them, where they begin as its own do: one tuple for all its bars,
        each of which has some more than the one before."""
        behind = takewhile(lambda bar: _bare(bar).tune == old.tune, islice(self._bars, len(self._bars) - WHOLE, None))
        last = next(iter(deque(behind, maxlen=1)), old)
        known = last.written
        return known if known[: len(old.written)] == old.written else old.written


def _packed(span: Span, written: tuple[str, ...]) -> _Packed:
    heavy = pickle.dumps(([row_of(note) for note in span.notes], span.chords, span.branches))
    bare = replace(span, notes=(), chords=(), branches=(), written=())
    return _Packed(bare, heavy, written, len(span.written))


def _whole(bar: Span | _Packed) -> Span:
    if isinstance(bar, Span):
        return bar
    rows, chords, branches = pickle.loads(bar.heavy)
    notes, written = tuple(map(note_of, rows)), bar.written[: bar.length]
    return replace(bar.span, notes=notes, chords=chords, branches=branches, written=written)


def _bare(bar: Span | _Packed) -> Span:
    """Without notes, chords, branches and tokens where it is packed."""
    return bar if isinstance(bar, Span) else bar.span
