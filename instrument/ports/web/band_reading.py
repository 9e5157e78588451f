"""Reading for transposing instruments: the same tune in another key, octave and clef, for each player's own eyes. Pure.

An instrument in Bb reads a whole tone above what sounds. The clef says where on the staff a note lies; melodies come
down by octaves for the lower clefs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from instrument.music.key import LETTER_SEMITONES, LETTERS, Key, transposition
from instrument.music.scores.engraving import signature

#: by the name of what sounds when the instrument plays its written C: semitones up to what it reads
INSTRUMENTS = {"C": 0, "Bb": 2, "Eb": -3, "F": -5, "A": 3, "G": 5, "D": -2, "Ab": 4, "B": 1, "E": -4}
#: steps by which the notes of a clef stand higher on the staff than in treble, and octaves the melody comes down by
CLEFS = {"treble": (0, 0), "treble8": (7, -1), "alto": (6, -1), "tenor": (8, -1), "bass": (12, -2)}
FAR = 2  #: octaves that a player may move it by
_CHORD = re.compile(r"([A-G])([#b]?)([^/]*)(?:/([A-G])([#b]?))?")


@dataclass(frozen=True, slots=True)
class BandView:
    """View of the score for one instrument.

    instrument: a name of INSTRUMENTS; clef: one of CLEFS; octave: -2..2, up from where it would stand.
    """

    instrument: str = "C"
    clef: str = "treble"
    octave: int = 0

    @property
    def up(self) -> int:
        """Semitones from what sounds to what is read, in the same octave."""
        return INSTRUMENTS[self.instrument]

    def key(self, key: Key) -> Key:
        """The key in which it is read."""
        return spelt((key.tonic + self.up) % 12, key.mode)

    def octaves(self, key: Key) -> int:
        """Octaves to be added to what is written in that key, so that it lies where this reading has it."""
        crossed = (transposition(key) + self.up - transposition(self.key(key))) // 12
        return crossed + self.octave + CLEFS[self.clef][1]

    def step(self, step: int) -> int:
        """Where a note stands, as if the clef were treble: steps from its middle C."""
        return step + CLEFS[self.clef][0]

    def signature(self, key: Key) -> list[list[int]]:
        """The signs of the read key: [where it stands, as if the clef were treble; its alteration]."""
        shift = {"treble": 0, "treble8": 0, "alto": -1, "tenor": 1, "bass": -2}[self.clef]
        placed = [[step + shift, sign] for step, sign in signature(self.key(key))]
        return [[step - 7 if step > 10 else step, sign] for step, sign in placed]

    def chord(self, name: str) -> str:
        """A chord's name as it is read: "D7" is "E7" in Bb. What is no chord stays as it is."""
        match = _CHORD.fullmatch(name.strip())
        if match is None or not self.up:
            return name
        root, bass = self._root(match[1], match[2]), self._root(match[4], match[5]) if match[4] else ""
        return f"{root}{match[3]}" + (f"/{bass}" if bass else "")

    def _root(self, letter: str, accidental: str) -> str:
        """A root that many letters and semitones away; spelt simply where that would need a double sign."""
        pitch = LETTER_SEMITONES[LETTERS.index(letter)] + {"": 0, "#": 1, "b": -1}[accidental] + self.up
        there = (LETTERS.index(letter) + spelt(self.up % 12, "maj").letter) % 7
        sign = (pitch - LETTER_SEMITONES[there] + 6) % 12 - 6
        if abs(sign) > 1:
            return str(spelt(pitch % 12, "maj")).split()[0]
        return LETTERS[there] + ("b", "", "#")[sign + 1]


def spelt(tonic: int, mode: str) -> Key:
    """The key on a pitch class, spelt with the fewer sharps or flats. Pure."""
    keys = [
        Key(letter, accidental, mode)
        for letter in range(7)
        for accidental in (0, 1, -1)
        if (LETTER_SEMITONES[letter] + accidental) % 12 == tonic % 12
    ]
    return min(keys, key=lambda key: (sum(map(abs, key.signature)), abs(key.accidental)))


def reading_of(query: str) -> BandView:
    """What the address asks for: `for=Bb&clef=bass&octave=-1`. What makes no sense is as it usually is."""
    asked = parse_qs(query[:200])
    return checked(*((asked.get(name) or [""])[0] for name in ("for", "clef", "octave")))


def checked(instrument: object, clef: object, octave: object) -> BandView:
    """A reading of what somebody has sent, whatever it is."""
    name = str(instrument)[:20].strip().lower().replace("♭", "b")
    found = {each.lower(): each for each in INSTRUMENTS}.get(name, "C")
    number = str(octave)[:4].strip()
    octaves = int(number) if re.fullmatch(r"[+-]?\d", number) else 0
    return BandView(found, str(clef) if str(clef) in CLEFS else "treble", max(-FAR, min(FAR, octaves)))
