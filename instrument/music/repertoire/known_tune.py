"""A known tune: what is played of a tune that somebody wrote down: notes, key, meter, dance, tempo, chords, ornaments.

Frozen values that pickle as plain data: they go with the controls to the thinker, and into the session log.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.music.key import Key, transposition
from instrument.music.meter import Meter
from instrument.music.plan import Plan

WINDOW = 4  #: tunes that go with the controls at most; of a larger repertoire those that come next
#: a chord symbol or an ornament: index of its measure as written, ticks into it, its text
Symbol = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class KnownTune:
    """title; text: its tokens, `M:` and `K:` on C first, `</s>` last, with blanks between
    key: as a player says it, in which it was written; up: semitones from C to where it was written, as it sounded
    dance: one of `instrument.music.dances.dance.DANCES`; tempo: quarter notes a minute, 0 where nothing is said
    plan: its form, () to read it off the notes; number: its `X:`; chords: symbols over it, in order
    wrong: what does not add up in it, a line each; ornaments: over its notes, in order
    """

    title: str
    text: str
    key: str = "C major"
    up: int = 0
    dance: str = "other"
    tempo: float = 0.0
    number: str = ""
    chords: tuple[Symbol, ...] = ()
    wrong: tuple[str, ...] = ()
    plan: Plan = ()
    ornaments: tuple[Symbol, ...] = ()

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(self.text.split())

    @property
    def meter(self) -> str:
        """As it begins: "6/8"."""
        return self.text.split(maxsplit=1)[0][2:]

    def key_at(self, asked: Key) -> Key:
        """Its key on the tonic that is asked for; its mode is its own."""
        return Key(asked.letter, asked.accidental, Key.parse(self.key).mode)

    def semitones_at(self, key: Key, octave: int) -> int:
        """From its tokens to how it sounds in `key`: in its own, octave 0, as it was written; in others the nearest
        way up or down. octave: of its voice."""
        return self.up + (key.tonic - Key.parse(self.key).tonic + 5) % 12 - 5 + 12 * octave

    def printed_at(self, key: Key) -> int:
        """How many octaves above its tokens it is printed in `key`: where it was written."""
        return round((self.semitones_at(key, 0) - transposition(key)) / 12)

    def head(self) -> tuple[Meter, Key]:
        """Meter and key, as it begins."""
        return Meter.parse(self.meter), Key.parse(self.key)


@dataclass(frozen=True, slots=True)
class KnownTunes:
    """A repertoire from one tune on, as far as it goes with the controls.

    load: rises with each time that a tune is called for; at: which tune of the repertoire that is, from 0
    first: which one `tunes` begins with, None in place of what cannot be played; count: of the whole repertoire
    name: its own
    like: new tunes are composed that begin as these do and have their plans; key: of the tune that was called for
    """

    load: int
    tunes: tuple[KnownTune | None, ...]
    at: int = 0
    first: int = 0
    count: int = 1
    name: str = ""
    like: bool = False
    key: str = ""

    def tune(self, number: int) -> KnownTune:
        """Tune number `number` of the repertoire, from 0; round from its end to its beginning. In place of one that
        does not go with the controls, or cannot be played, the nearest before it that does."""
        place = (number - self.first) % self.count
        found = [tune for tune in self.tunes[: 1 + place % len(self.tunes)] if tune is not None]
        return found[-1] if found else next(tune for tune in self.tunes if tune is not None)

    def following(self, number: int) -> int:
        """Number of the tune that comes behind that one: the next that can be played."""
        for step in range(1, self.count + 1):
            place = (number + step - self.first) % self.count
            if place >= len(self.tunes) or self.tunes[place] is not None:
                return (number + step) % self.count
        return number
