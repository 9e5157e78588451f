"""Small hymns in ABC, of our own."""

from __future__ import annotations

import random
from pathlib import Path

HEAD = """%OHCOMPOSER Nobody, Ann (1801-1870)
%OHARRANGER {maker}
X: 1
T: A Small Hymn
C: Music and Setting: 'Smallness' Ann Nobody, 1840.
C: copyright: {rights}. This score is ours.
M: {meter}
L: 1/4
%%staves (S1V1 S1V2) | (S2V1 S2V2)
V: S1V1 clef=treble
V: S1V2
V: S2V1 clef=bass
V: S2V2
K: G
%
"""
LINES = {
    "S1V1": ("[Q:1/4=100] B | B A G A | B2 d", "d | c B A A | G2- G |]"),
    "S1V2": ("D | G F E F | G2 G", "G | E/F/ G G F | D2- D |]"),
    "S2V1": ("G, | D D B, D | D2 B,", "B, | C D E D/C/ | B,2- B, |]"),
    "S2V2": ("G,, | G,, D, E, D, | G,,2 G,", "G, | A,>G, C, D, | G,,2- G,, |]"),
}


def hymn(meter: str = "4/4", maker: str = "unknown", rights: str = "public domain", **voices: tuple[str, ...]) -> str:
    """A hymn of four bars with a pick-up; voices: others in place of its own."""
    text = HEAD.format(meter=meter, maker=maker, rights=rights)
    sung = {**LINES, **voices}
    for line in range(2):
        text += "".join(f"[V: {name}] {each[line]}\n" for name, each in sung.items() if len(each) > line)
        text += "w: words that are sung\n"
    return text


def folder(at: Path, names: list[str]) -> Path:
    """A folder of hymns, each with a melody of its own."""
    at.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        chance = random.Random(number)
        notes = [chance.choice("GABcdefg") for _ in range(7)]
        melody = f"B | {' '.join(notes[:4])} | {notes[4]}2 {notes[5]}"
        (at / name).write_text(hymn(S1V1=(melody, f"{notes[6]} | c B A A | G2- G |]")), encoding="utf-8")
    return at
