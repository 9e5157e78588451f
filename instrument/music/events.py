"""Planned notes, and the spans that carry them from the thinker to the player.

Frozen values in whole ticks. A span is one measure as played. It also carries how the plan stood at its
end, so that whoever holds the last span can go on from it: a rewind, a restarted thinker, a session log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from sys import intern
from typing import Any

from instrument.music.chord import PlacedChord
from instrument.music.held_once import held_once
from instrument.music.note import Note
from instrument.music.plan import Plan
from instrument.music.play_order import Place
from instrument.music.set_place import SetPlace

__all__ = ["Branch", "Note", "Place", "Span", "ornaments_later"]


@dataclass(frozen=True, slots=True)
class PhrasePlace:
    """Place in a phrase that is played, then left to the performer for as long. played: bars of it so far, 0 where no
    phrases are practised; silent: of those, how many have been left to the performer; top, bar: where the phrase
    begins, as written, and in the tune as played; last, behind: likewise of the last bar that was played."""

    played: int = 0
    silent: int = 0
    top: Place = Place()  # noqa: RUF009 - frozen
    bar: int = 0
    last: Place = Place()  # noqa: RUF009 - frozen
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Branch:
    """Other ways at one note: what the model weighed there besides what it chose.

    start: ticks, of the note; token: the index in `Span.written` of its pitch
    ways: (pitch as it would sound, MIDI; the token that writes it), the likeliest first, the chosen one not among them.
    """

    start: int
    token: int
    ways: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """One measure as played.

    start, end: ticks; spans join without gap or overlap. notes: all voices, start within [start, end)
    plan: number of the request it answers, so that what was thought before a change is told from after
    tune: how many tunes came before it; bar: measures of this tune played before it
    written: the tune's tokens, `M:` and `K:` first, as far as it was composed; `</s>` at its end if whole
    place: this measure in `written`; lacking: ticks its bar lacks at `end` (a pick-up follows), or 0
    meter, key: as a player says them: "6/8", "D mixolydian"
    source: "opening" (from the patch), "composed", "known" (as somebody wrote it), or the player's own: "repeated"
    (while it waits for the thinker), "silent" (while it waits for the performer)
    parts: the last steps of the four voices as the harmoniser counts, from which it goes on; () where there are none
    branches: other notes that the model weighed, of those notes of the melody that have any
    form: the plan of the whole tune, a bar for each measure of `written` and those to come; () where there is none
    octave: how many octaves above where `written` has it the melody is printed: where its instrument reads it
    of_set: which time through, and what comes
    known: of a tune that somebody wrote, which calling for it (`KnownTunes.load`) and which of the repertoire; (0, -1)
    of one that is composed
    phrase: its place where phrases are practised
    primed: how many of the tokens in `written` only led over to it, and the ticks that their last bar lacks
    chords: the backer's, in order, begin within [start, end), without overlap; () where nobody backs
    ornaments: that somebody wrote over its melody, in order: (tick of the note, `instrument.music.abc.ornament_signs`)
    """

    start: int
    end: int
    notes: tuple[Note, ...]
    plan: int
    tune: int
    bar: int
    written: tuple[str, ...]
    place: Place
    lacking: int
    meter: str
    key: str
    source: str = "composed"
    parts: tuple[tuple[int, ...], ...] = ()
    branches: tuple[Branch, ...] = ()
    form: Plan = ()
    octave: int = 0
    of_set: SetPlace = SetPlace()  # noqa: RUF009 - frozen
    primed: tuple[int, int] = (0, 0)
    known: tuple[int, int] = (0, -1)
    phrase: PhrasePlace = PhrasePlace()
    chords: tuple[PlacedChord, ...] = ()
    ornaments: tuple[tuple[int, str], ...] = ()

    @property
    def number(self) -> int:
        """Which tune of its set it is of, from 1."""
        return self.tune - self.of_set.first + 1

    def __reduce__(self) -> tuple[Callable[..., Span], tuple[Any, ...]]:
        """For pickle: see `Note`."""
        return _received, tuple([getattr(self, name) for name in self.__slots__])


#: fields that are mostly those of the span before
SHARED = frozenset({"place", "meter", "key", "source", "form", "phrase", "primed", "known"})


def _received(*values: Any) -> Span:
    """A span as it was sent. What it has in common with spans that came before is held once: hundreds are
    remembered."""
    span = object.__new__(Span)
    for name, value in zip(Span.__slots__, values, strict=True):
        object.__setattr__(span, name, held_once(value) if name in SHARED else value)
    object.__setattr__(span, "parts", tuple(map(held_once, span.parts)))
    object.__setattr__(span, "written", held_once(tuple(map(intern, span.written))))
    base = held_once(tuple(map(intern, span.of_set.base)))
    object.__setattr__(span, "of_set", held_once(replace(span.of_set, base=base)))
    return span


def ornaments_later(span: Span, ticks: int) -> tuple[tuple[int, str], ...]:
    """A span's ornaments so many ticks later. Pure."""
    return tuple((tick + ticks, ornament) for tick, ornament in span.ornaments)
