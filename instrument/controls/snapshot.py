"""The controls at one moment: an immutable, numbered set of values. Sent whole, never edited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from operator import is_
from sys import intern
from typing import Any

from instrument.controls.control import Value
from instrument.controls.play_modes import PLAY_MODES, ModeRow
from instrument.controls.table import CONTROLS
from instrument.music.held_once import held_once
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.phrase import Phrase
from instrument.music.repertoire.known_tune import KnownTunes
from instrument.music.set_place import Signal

NAMES = tuple(CONTROLS)  #: of the controls, in the table's order
PART = 16  #: values that are shared, or not, with the snapshot before
_PLACES = {name: divmod(place, PART) for place, name in enumerate(NAMES)}
Row = tuple[Value, ...]


class Values(Mapping[str, Value]):
    """Values of all controls by name, in parts of which a change makes one anew: hundreds of snapshots are remembered,
    and each takes a twentieth of a dict's memory. Immutable; thread: any."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Row, ...]) -> None:
        """parts: in the table's order, `PART` values each and the rest."""
        self.parts = parts

    @classmethod
    def of(cls, row: Row) -> Values:
        """row: all values, in the table's order."""
        return cls(tuple([row[at : at + PART] for at in range(0, len(row), PART)]))

    @property
    def row(self) -> Row:
        """All values, in the table's order."""
        return tuple(chain.from_iterable(self.parts))

    def __getitem__(self, name: str) -> Value:
        part, place = _PLACES[name]
        return self.parts[part][place]

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)

    def __eq__(self, other: object) -> bool:
        return self.parts == other.parts if isinstance(other, Values) else super().__eq__(other)

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return repr(dict(self))

    def with_values(self, changes: Mapping[str, Value]) -> Values:
        """The same with some of them changed. KeyError for no such control."""
        parts = list(self.parts)
        for name, value in changes.items():
            part, place = _PLACES[name]
            before = parts[part]
            parts[part] = (*before[:place], value, *before[place + 1 :])
        return Values(tuple(parts))

    def like(self, others: Values) -> Values:
        """The same, equal values and parts being those that `others` has."""
        return Values(tuple(map(_held_in, others.parts, self.parts)))


def turned(before: Mapping[str, Value], after: Mapping[str, Value]) -> dict[str, Value]:
    """The values that are others than before, by name. Pure."""
    if not (isinstance(before, Values) and isinstance(after, Values)):
        return {name: value for name, value in after.items() if before.get(name) != value}
    found: dict[str, Value] = {}
    for number, (old, new) in enumerate(zip(before.parts, after.parts, strict=True)):
        if old is not new:
            names = NAMES[number * PART : (number + 1) * PART]
            found |= {name: value for name, was, value in zip(names, old, new, strict=True) if was != value}
    return found


def with_changes(values: Mapping[str, Value], changes: Mapping[str, Value]) -> Mapping[str, Value]:
    """The values with some of them changed. Pure."""
    return values.with_values(changes) if isinstance(values, Values) else {**values, **changes}


def _held_in(before: Row, part: Row) -> Row:
    """A part of values, being the one before where it is equal; of another, the values that are."""
    pairs = zip(before, part, strict=True)
    kept = tuple([old if old == new and type(old) is type(new) else held_once(new) for old, new in pairs])
    return before if all(map(is_, before, kept)) else kept


DEFAULTS = Values.of(tuple(control.default for control in CONTROLS.values()))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Snapshot of all controls. version: counts changes; tune: counts `tune.new`; values: every control's value by name
    held: the keys that limit what is composed, lowest first; phrase: what was played to be answered, if anything
    signal: what the leader has called out, and in which time through; the player adds it
    known: tunes that somebody wrote, to be played while `tune.known` is on; None where there are none

    Pickles as plain values. A value that the table does not have stays, as a log of another version may hold one.
    thread: any.
    """

    version: int = 0
    tune: int = 0
    values: Mapping[str, Value] = field(default_factory=lambda: DEFAULTS)
    held: tuple[int, ...] = ()
    phrase: Phrase | None = None
    signal: Signal | None = None
    known: KnownTunes | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.values, Values) and tuple(self.values) == NAMES:
            object.__setattr__(self, "values", Values.of(tuple(self.values.values())))

    def __reduce__(self) -> tuple[Callable[..., Snapshot], tuple[Any, ...]]:
        """For pickle, without the names where they are the table's, in its order; not by a state: see `Note`."""
        values = self.values.row if isinstance(self.values, Values) else self.values
        return _received, tuple([values if name == "values" else getattr(self, name) for name in self.__slots__])

    def with_value(self, name: str, value: object) -> Snapshot:
        """The next snapshot, with one value changed. KeyError for no such control, ValueError out of range."""
        return self.with_values(((name, value),))

    def with_values(self, changes: Iterable[tuple[str, object]]) -> Snapshot:
        """The next snapshot, with several values changed as one change: all of them, or none and the error."""
        checked = {name: CONTROLS[name].check(value) for name, value in changes}
        return replace(self, version=self.version + 1, values=with_changes(self.values, checked))

    def with_new_tune(self) -> Snapshot:
        """The next snapshot, asking for another tune."""
        return replace(self, version=self.version + 1, tune=self.tune + 1)

    def with_known(self, known: KnownTunes | None, changes: Iterable[tuple[str, object]] = ()) -> Snapshot:
        """The next snapshot, with these tunes to play, from the first of them on, and values changed with them."""
        return replace(self.with_values(changes), known=known, tune=self.tune + 1)

    @property
    def playing_known(self) -> int:
        """Which calling for a known tune is in force (`KnownTunes.load`); 0 while tunes are composed."""
        return self.known.load if self.known is not None and self.values.get("tune.known") else 0

    def title_of(self, known: tuple[int, int]) -> str:
        """What the known tune of a span (`Span.known`) is called; "" for one that is composed."""
        there = self.known
        return there.tune(known[1]).title if there is not None and known[0] == there.load and not there.like else ""

    def number(self, name: str) -> float:
        """The value of a number or switch (1.0 is on)."""
        value = self.values[name]
        assert not isinstance(value, str)
        return float(value)

    @property
    def seed(self) -> int:
        return int(self.values["tune.seed"])

    @property
    def meter(self) -> Meter:
        return Meter.parse(str(self.values["tune.meter"]))

    @property
    def key(self) -> Key:
        return Key.parse(str(self.values["tune.key"]))

    @property
    def led(self) -> bool:
        """Whether the accompanying voices follow the performer, not the tune."""
        return self.values["harmony.follow"] == "played" or self.mode.leads_voices

    @property
    def mode(self) -> ModeRow:
        """The play mode that is chosen; listening where a log of another version names one that is not here."""
        return PLAY_MODES.get(str(self.values["play.way"]), PLAY_MODES["listen"])


def _received(*state: Any) -> Snapshot:
    """A snapshot as it was sent. Names, texts and known tunes are held once: hundreds of snapshots are remembered."""
    snapshot = object.__new__(Snapshot)
    for name, value in zip(Snapshot.__slots__, state, strict=True):
        object.__setattr__(snapshot, name, value)
    named: Any = snapshot.values
    values = _latest.held_once(Values.of(named)) if isinstance(named, tuple) else _named_once(named)
    object.__setattr__(snapshot, "values", values)
    object.__setattr__(snapshot, "known", _tunes_held_once(snapshot.known))
    return snapshot


class _Latest:
    """Values of the snapshot that came in last: the next one's are nearly all the same. thread: any, since what it
    remembers is read and set as a whole."""

    def __init__(self) -> None:
        self._values = DEFAULTS

    def held_once(self, values: Values) -> Values:
        """The same; what has not been turned is held once."""
        self._values = kept = values.like(self._values)
        return kept


_latest = _Latest()


def _named_once(values: Mapping[str, Value]) -> dict[str, Value]:
    return {intern(name): held_once(value) for name, value in values.items()}


@lru_cache(maxsize=4)
def _tunes_held_once(known: KnownTunes | None) -> KnownTunes | None:
    """The first of the equal repertoires that were asked for lately. thread: any."""
    return known
