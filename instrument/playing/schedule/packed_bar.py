"""Packed bars: a bar whose notes, chords and branches are bytes, read each time when somebody asks for them.

A bar takes some 7 kB, nearly all of it for the numbers of its notes and chords. Packed, it takes a seventh, and is a
span like any other: where it begins and ends, its plan and its tune are there at once. Sent or saved, it is whole.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast, overload

from instrument.music.chord import PlacedChord, later
from instrument.music.events import Branch, Span, ornaments_later
from instrument.music.note import Note, note_of, row_of

One = TypeVar("One")
Part = TypeVar("Part", tuple[Note, ...], tuple[PlacedChord, ...])
Heavy = tuple[tuple[Note, ...], tuple[PlacedChord, ...], tuple[Branch, ...]]


class _StandIn(Sequence[One]):
    """Stand-in for a tuple, which equals it and is pickled as it is."""

    __slots__ = ()

    @property
    def whole(self) -> tuple[One, ...]:
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> One: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[One, ...]: ...

    def __getitem__(self, index: int | slice) -> One | tuple[One, ...]:
        return self.whole[index]

    def __len__(self) -> int:
        return len(self.whole)

    def __iter__(self) -> Iterator[One]:
        return iter(self.whole)

    def __eq__(self, other: object) -> bool:
        return self.whole == (other.whole if isinstance(other, _StandIn) else other)

    def __hash__(self) -> int:
        return hash(self.whole)

    def __repr__(self) -> str:
        return repr(self.whole)

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (self.whole,)


class _Part(_StandIn[Any]):
    """Notes (0), chords (1) or branches (2) of a bar. heavy: all three, pickled; ticks: how much later they are now."""

    __slots__ = ("heavy", "ticks", "which")

    def __init__(self, heavy: bytes, which: int, ticks: int = 0) -> None:
        self.heavy, self.which, self.ticks = heavy, which, ticks

    @property
    def whole(self) -> tuple[Any, ...]:
        return _read(self.heavy, self.ticks)[self.which]


class _Beginning(_StandIn[str]):
    """The first `length` of the tokens of a tune."""

    __slots__ = ("length", "tokens")

    def __init__(self, tokens: tuple[str, ...], length: int) -> None:
        self.tokens, self.length = tokens, length

    @property
    def whole(self) -> tuple[str, ...]:
        return self.tokens[: self.length]

    def __len__(self) -> int:
        return self.length


def packed(span: Span, tokens: tuple[str, ...]) -> Span:
    """The same bar, packed. tokens: of its tune; they begin with the bar's own. blocks: never; 45 us. Pure."""
    parts = span.notes, span.chords, span.branches
    heavy = pickle.dumps(([row_of(note) for note in span.notes], *parts[1:]))
    notes, chords, branches = (_Part(heavy, which) if part else () for which, part in enumerate(parts))
    return replace(
        span, notes=cast(tuple[Note, ...], notes), chords=cast(tuple[PlacedChord, ...], chords),
        branches=cast(tuple[Branch, ...], branches),
        written=cast(tuple[str, ...], _Beginning(tokens, len(span.written))),
    )  # fmt: skip


def is_packed(span: Span) -> bool:
    """Whether anything of a bar is packed. Pure."""
    return isinstance(cast(object, span.written), _Beginning)


def whole(span: Span) -> Span:
    """The bar with all that it has, whether it was packed or not; read once, 90 us. blocks: never. Pure."""
    if not is_packed(span):
        return span
    parts: tuple[Any, ...] = (span.notes, span.chords, span.branches)
    read = next((_read(part.heavy, part.ticks) for part in parts if isinstance(part, _Part)), parts)
    notes, chords, branches = (read[n] if isinstance(part, _Part) else part for n, part in enumerate(parts))
    return replace(span, notes=notes, chords=chords, branches=branches, written=tuple(span.written))


def tokens_of(span: Span) -> tuple[str, ...]:
    """The tokens that a bar's own are the first of: of a packed one, those that it shares. Pure."""
    written = cast(object, span.written)
    return written.tokens if isinstance(written, _Beginning) else span.written


def moved(span: Span, ticks: int) -> Span:
    """A bar so many ticks later; its branches stay. What is packed stays so. Pure."""
    if not ticks:
        return span
    return replace(
        span, start=span.start + ticks, end=span.end + ticks, notes=_later(span.notes, ticks, _notes_later),
        chords=_later(span.chords, ticks, later), ornaments=ornaments_later(span, ticks),
    )  # fmt: skip


def _later(part: Part, ticks: int, anew: Callable[[Part, int], Part]) -> Part:
    """Notes or chords so many ticks later; packed ones are told so, others are made anew."""
    packed = cast(object, part)
    if isinstance(packed, _Part):
        return cast(Part, _Part(packed.heavy, packed.which, packed.ticks + ticks))
    return anew(part, ticks)


def _notes_later(notes: tuple[Note, ...], ticks: int) -> tuple[Note, ...]:
    return tuple(replace(note, start=note.start + ticks) for note in notes)


def _read(heavy: bytes, ticks: int) -> Heavy:
    """ticks: how much later notes and chords are than when they were packed."""
    rows, chords, branches = pickle.loads(heavy)
    notes = tuple(note_of((row[0] + ticks, *row[1:])) for row in rows) if ticks else tuple(map(note_of, rows))
    return notes, later(chords, ticks) if ticks else chords, branches
