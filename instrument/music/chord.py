"""Chords as folk players write them: "Am", "D7", "G/B", "F#m", "D5", "N.C.", read, spelt in a key, and placed in time.

Frozen values. The qualities that the backer chooses among are few; those that known tunes bring are read too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

from instrument.music.key import LETTER_SEMITONES, LETTERS, Key


class Quality(StrEnum):
    """Kind of a chord. Its value is its name in words, as OSC and logs have it."""

    MAJOR = "major"
    MINOR = "minor"
    OPEN = "open"
    SEVENTH = "seventh"
    NONE = "none"
    MINOR_SEVENTH = "minor seventh"
    MAJOR_SEVENTH = "major seventh"
    SIXTH = "sixth"
    MINOR_SIXTH = "minor sixth"
    SUSPENDED = "suspended fourth"
    SECOND = "suspended second"
    DIMINISHED = "diminished"
    HALF_DIMINISHED = "half diminished"
    DIMINISHED_SEVENTH = "diminished seventh"
    AUGMENTED = "augmented"


#: how each quality is written behind its root, and its notes in semitones above the root
SUFFIX: dict[Quality, str] = {
    Quality.MAJOR: "", Quality.MINOR: "m", Quality.OPEN: "5", Quality.SEVENTH: "7", Quality.NONE: "N.C.",
    Quality.MINOR_SEVENTH: "m7", Quality.MAJOR_SEVENTH: "maj7", Quality.SIXTH: "6", Quality.MINOR_SIXTH: "m6",
    Quality.SUSPENDED: "sus4", Quality.SECOND: "sus2", Quality.DIMINISHED: "dim", Quality.HALF_DIMINISHED: "m7b5",
    Quality.DIMINISHED_SEVENTH: "dim7", Quality.AUGMENTED: "aug",
}  # fmt: skip
INTERVALS: dict[Quality, tuple[int, ...]] = {
    Quality.MAJOR: (0, 4, 7), Quality.MINOR: (0, 3, 7), Quality.OPEN: (0, 7), Quality.SEVENTH: (0, 4, 7, 10),
    Quality.NONE: (), Quality.MINOR_SEVENTH: (0, 3, 7, 10), Quality.MAJOR_SEVENTH: (0, 4, 7, 11),
    Quality.SIXTH: (0, 4, 7, 9), Quality.MINOR_SIXTH: (0, 3, 7, 9), Quality.SUSPENDED: (0, 5, 7),
    Quality.SECOND: (0, 2, 7), Quality.DIMINISHED: (0, 3, 6), Quality.HALF_DIMINISHED: (0, 3, 6, 10),
    Quality.DIMINISHED_SEVENTH: (0, 3, 6, 9), Quality.AUGMENTED: (0, 4, 8),
}  # fmt: skip
#: other ways in which people write them; ninths and beyond are played as the seventh below them
_WRITTEN: dict[str, Quality] = {
    **{suffix: quality for quality, suffix in SUFFIX.items() if quality is not Quality.NONE},
    "maj": Quality.MAJOR, "M": Quality.MAJOR, "min": Quality.MINOR, "mi": Quality.MINOR, "-": Quality.MINOR,
    "power": Quality.OPEN, "dom7": Quality.SEVENTH, "9": Quality.SEVENTH, "11": Quality.SEVENTH,
    "13": Quality.SEVENTH, "7sus4": Quality.SUSPENDED, "7sus": Quality.SUSPENDED, "7b9": Quality.SEVENTH,
    "sus": Quality.SUSPENDED,
    "4": Quality.SUSPENDED, "2": Quality.SECOND, "add9": Quality.MAJOR, "add2": Quality.MAJOR,
    "min7": Quality.MINOR_SEVENTH, "mi7": Quality.MINOR_SEVENTH, "-7": Quality.MINOR_SEVENTH,
    "m9": Quality.MINOR_SEVENTH, "m11": Quality.MINOR_SEVENTH, "M7": Quality.MAJOR_SEVENTH,
    "Maj7": Quality.MAJOR_SEVENTH, "maj9": Quality.MAJOR_SEVENTH, "ma7": Quality.MAJOR_SEVENTH,
    "69": Quality.SIXTH, "6/9": Quality.SIXTH, "min6": Quality.MINOR_SIXTH, "d": Quality.DIMINISHED,
    "o": Quality.DIMINISHED, "°": Quality.DIMINISHED, "mb5": Quality.DIMINISHED, "m7-5": Quality.HALF_DIMINISHED,
    "ø": Quality.HALF_DIMINISHED, "ø7": Quality.HALF_DIMINISHED, "o7": Quality.DIMINISHED_SEVENTH,
    "°7": Quality.DIMINISHED_SEVENTH, "a": Quality.AUGMENTED, "+": Quality.AUGMENTED, "#5": Quality.AUGMENTED,
}  # fmt: skip
_SILENT = frozenset({"n.c.", "nc", "n.c", "n", "tacet"})
_NOTE = r"([A-Ga-g])(##|bb|[#b♯♭]?)"
_PATTERN = re.compile(rf"{_NOTE}\s*\(?([^/()\s]*(?:/9)?)\)?\s*(?:/\s*([A-Ga-g])(##|bb|[#b♯♭+]?))?")
_SIGNS = {"": 0, "#": 1, "+": 1, "♯": 1, "##": 2, "b": -1, "♭": -1, "bb": -2}


@dataclass(frozen=True, slots=True)
class Chord:
    """Chord symbol.

    root: pitch class 0..11, 0 is C; bass: pitch class of the lowest note where it is not the root, or None.

    A chord of quality "none" is silence: its root and bass say nothing. Raises ValueError for what is none of these.
    """

    root: int = 0
    quality: Quality = Quality.MAJOR
    bass: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "quality", Quality(self.quality))  # a log gives its word
        classes = (self.root,) if self.bass is None else (self.root, self.bass)
        if not all(type(each) is int and 0 <= each <= 11 for each in classes):
            raise ValueError(f"root {self.root!r}, bass {self.bass!r}: pitch classes are whole, 0..11")

    @staticmethod
    def parse(text: str) -> Chord:
        """ "Am", "D7", "G/B", "F#m", "D5", "N.C.". Raises ValueError, naming the text, for what nobody knows."""
        text = text.strip()
        text = text[1:-1].strip() if text[:1] == "(" and text[-1:] == ")" else text
        if text.lower() in _SILENT:
            return NO_CHORD
        match = _PATTERN.fullmatch(text)
        quality = _WRITTEN.get(match[3]) if match else None
        if not match or quality is None or not match[1].isupper():
            raise ValueError(f'"{text[:40]}" is not a chord; write it like "Am", "D7", "G/B" or "D5"')
        root = _pitch_class(match[1], match[2])
        bass = _pitch_class(match[4], match[5]) if match[4] else root
        return Chord(root, quality, None if bass == root else bass)

    @property
    def silent(self) -> bool:
        return self.quality is Quality.NONE

    @property
    def lowest(self) -> int:
        """Pitch class of the bass note."""
        return self.root if self.bass is None else self.bass

    @property
    def classes(self) -> frozenset[int]:
        """Its pitch classes, the bass among them; none for silence."""
        own = frozenset((self.root + up) % 12 for up in INTERVALS[self.quality])
        return own | {self.bass} if own and self.bass is not None else own

    def moved(self, semitones: int) -> Chord:
        """So many semitones higher."""
        bass = None if self.bass is None else (self.bass + semitones) % 12
        return Chord((self.root + semitones) % 12, self.quality, bass)

    def name(self, key: Key = Key()) -> str:  # noqa: B008 - frozen
        """As players write it, spelt as `key` spells its notes: in E flat "Ab", in E "G#m"."""
        if self.silent:
            return SUFFIX[self.quality]
        bass = "" if self.bass is None else f"/{spelt(self.bass, key)}"
        return f"{spelt(self.root, key)}{SUFFIX[self.quality]}{bass}"

    def __str__(self) -> str:
        return self.name()


NO_CHORD = Chord(0, Quality.NONE)  #: silence, "N.C."


@dataclass(frozen=True, slots=True)
class PlacedChord:
    """A chord where it sounds. begins: ticks from the top; length: ticks, > 0
    why: what each expert gave to it beyond what it gave to the next likeliest root, in nats; () where it was not chosen
    text: as somebody wrote it, shown in place of its name; of what nobody knows the chord is silence; or ""
    source: "chosen" by the backer, "written" in a known tune, "held" on a keyboard."""

    begins: int
    length: int
    chord: Chord
    why: tuple[tuple[str, float], ...] = field(default=(), compare=False)
    text: str = ""
    source: str = "chosen"

    @property
    def ends(self) -> int:
        return self.begins + self.length

    def name(self, key: Key = Key()) -> str:  # noqa: B008 - frozen
        """As it is shown: as it was written, or spelt in `key`."""
        return self.text or self.chord.name(key)


def later(chords: tuple[PlacedChord, ...], ticks: int) -> tuple[PlacedChord, ...]:
    """Chords so many ticks later. Pure."""
    return tuple(replace(placed, begins=placed.begins + ticks) for placed in chords)


def spelt(pitch_class: int, key: Key) -> str:
    """A pitch class as a note's name: as the key's scale has it, else sharp in sharp keys and flat in flat ones; the
    raised seventh stays a raised seventh (C# in D minor). Pure."""
    for letter, (step, sign) in enumerate(zip(LETTER_SEMITONES, key.signature, strict=True)):
        if (step + sign) % 12 == pitch_class and abs(sign) < 2:
            return LETTERS[letter] + _sign(sign)
    leading = (key.letter - 1) % 7
    if (pitch_class - key.tonic) % 12 == 11:
        return LETTERS[leading] + _sign((pitch_class - LETTER_SEMITONES[leading] + 6) % 12 - 6)
    sharps = sum(key.signature)
    lowered = (pitch_class - key.tonic) % 12 in (1, 3, 8, 10)
    prefer_flat = sharps < 0 or (lowered and sharps <= 1)
    names = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
    if prefer_flat:
        return names[pitch_class]
    return ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")[pitch_class]


def _sign(alteration: int) -> str:
    return "#" * alteration if alteration > 0 else "b" * -alteration


def _pitch_class(letter: str, sign: str) -> int:
    return (LETTER_SEMITONES[LETTERS.index(letter.upper())] + _SIGNS[sign]) % 12
