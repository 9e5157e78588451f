"""Keys: a tonic and a mode, their signature, and the way a player writes them ("D mixolydian").

The model knows only modes on C; a key says how far from C the tune sounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LETTERS = "CDEFGAB"
LETTER_SEMITONES = (0, 2, 4, 5, 7, 9, 11)  #: semitones above C of C D E F G A B
_SHARP_ORDER = (3, 0, 4, 1, 5, 2, 6)  # F C G D A E B, as indices into LETTERS

#: fifths that a mode's signature lies below (or above) the major key on the same tonic
MODE_FIFTHS = {"maj": 0, "min": -3, "dor": -2, "mix": -1, "lyd": 1, "phr": -4, "loc": -5}
MODE_NAMES = {
    "maj": "major", "min": "minor", "dor": "dorian", "mix": "mixolydian",
    "lyd": "lydian", "phr": "phrygian", "loc": "locrian",
}  # fmt: skip
_ALIASES = {"ion": "maj", "aeo": "min"}
_PATTERN = re.compile(r"([A-G])([#b]?)\s*([A-Za-z]*)")


@dataclass(frozen=True, slots=True)
class Key:
    """Key: tonic and mode. letter: 0..6 for C..B; accidental: -1, 0 or 1; mode: a key of MODE_FIFTHS."""

    letter: int = 0
    accidental: int = 0
    mode: str = "maj"

    @staticmethod
    @lru_cache(maxsize=512)
    def parse(text: str) -> Key:
        """ "D", "Am", "F# minor", "Bb mixolydian", "Edor": as in an ABC `K:` field or a patch.

        Raises ValueError, naming the text, for anything else.
        """
        match = _PATTERN.fullmatch(text.strip())
        mode = _mode(match[3]) if match else None
        if not match or mode is None:
            raise ValueError(f'"{text}" is not a key; write it like "D mixolydian" or "Am"')
        return Key(LETTERS.index(match[1]), {"": 0, "#": 1, "b": -1}[match[2]], mode)

    @property
    def tonic(self) -> int:
        """Pitch class of the tonic, 0..11."""
        return (LETTER_SEMITONES[self.letter] + self.accidental) % 12

    @property
    def signature(self) -> tuple[int, ...]:
        """The alteration (-1, 0, 1; more in far keys) of each letter C..B."""
        fifths = _FIFTHS_OF_LETTER[self.letter] + 7 * self.accidental + MODE_FIFTHS[self.mode]
        altered = [0] * 7
        for i in range(abs(fifths)):
            if fifths > 0:
                altered[_SHARP_ORDER[i % 7]] += 1
            else:
                altered[_SHARP_ORDER[6 - i % 7]] -= 1
        return tuple(altered)

    @property
    def classes(self) -> frozenset[int]:
        """The pitch classes of its scale, without accidentals."""
        return frozenset((step + sign) % 12 for step, sign in zip(LETTER_SEMITONES, self.signature, strict=True))

    @property
    def abc(self) -> str:
        """As an ABC field: "Dmix"."""
        return f"{LETTERS[self.letter]}{('b', '', '#')[self.accidental + 1]}{self.mode}"

    def __str__(self) -> str:
        return f"{LETTERS[self.letter]}{('b', '', '#')[self.accidental + 1]} {MODE_NAMES[self.mode]}"


_FIFTHS_OF_LETTER = (0, 2, 4, -1, 1, 3, 5)


def transposition(key: Key) -> int:
    """Semitones from C to the nearest tonic of `key`, -5..6: D 2, A -3, G -5, F# 6. Pure.

    The models' tunes stand on C; this is how far the player, and the writer of ABC, move them.
    """
    return (key.tonic + 5) % 12 - 5


def letter_steps(key: Key) -> int:
    """The letters which that transposition climbs: D 1, A -2, G -3, B# -1."""
    return key.letter - round((LETTER_SEMITONES[key.letter] + key.accidental - transposition(key)) / 12) * 7


def key_on(tonic: int, mode: str) -> Key:
    """The key on a pitch class, spelt with the fewer sharps or flats. Pure."""
    spelt = [
        Key(letter, accidental, mode)
        for letter in range(7)
        for accidental in (0, 1, -1)
        if (LETTER_SEMITONES[letter] + accidental) % 12 == tonic % 12
    ]
    return min(spelt, key=lambda key: abs(sum(key.signature)))


def moved(spelt: tuple[int, int, int], steps: int, source: Key, target: Key) -> tuple[int, int, int]:
    """(letter, octave, alteration) that many letters higher, its alteration against the signature kept. Pure.

    So a raised seventh stays a raised seventh. The alteration may pass a double one in far keys.
    """
    letter, octave, alteration = spelt
    octaves, there = divmod(letter + steps, 7)
    return there, octave + octaves, alteration - source.signature[letter] + target.signature[there]


def _mode(word: str) -> str | None:
    if word == "" or word == "M":
        return "maj"
    if word == "m":
        return "min"
    word = word.lower()
    stem = word[:3]
    stem = _ALIASES.get(stem, stem)
    full = {**MODE_NAMES, "maj": "major"}
    if stem not in MODE_FIFTHS:
        return None
    return stem if full[stem].startswith(word) or word[:3] in _ALIASES else None
