"""Ornament signs of ABC: what each asks of a player, in the words of `instrument.music.dances.written_ornament`. Pure.

Bowing and fingering are a hand's business and change no note.
Source: the ABC standard 2.1, sections 4.12 (grace notes), 4.14 (decorations) and 4.16 (redefinable symbols).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from instrument.music.dances.written_ornament import (
    ACCENT,
    GRACE,
    INVERTED,
    MORDENT,
    PRALL,
    ROLL,
    STACCATO,
    TRILL,
    TURN,
)
from instrument.music.key import LETTERS

SILENT = ""  #: what is heard of bowing and fingering
#: letters that stand for a decoration where the tune does not say otherwise
_LETTERS = {
    "~": "roll", ".": "staccato", "T": "trill", "M": "lowermordent", "P": "uppermordent", "L": "accent",
    "J": "slide", "H": "fermata", "u": "upbow", "v": "downbow",
}  # fmt: skip
_HEARD = {
    "roll": ROLL, "trill": TRILL, "trill(": TRILL, "turn": TURN, "turnx": TURN, "invertedturn": INVERTED,
    "invertedturnx": INVERTED, "lowermordent": MORDENT, "mordent": MORDENT,
    "uppermordent": PRALL, "pralltriller": PRALL,
    "staccato": STACCATO, "wedge": STACCATO, "accent": ACCENT, "emphasis": ACCENT, ">": ACCENT, "^": ACCENT,
    "slide": f"{GRACE} -1",
}  # fmt: skip
_UNHEARD = {"upbow", "downbow", "open", "thumb", "snap", "plus", "+", "trill)", "nil", "breath", "/", *"012345"}
_NOTE = re.compile(r"([A-Ga-g])([,']*)")
MOST = 8  #: grace notes before one note, more are left out


def asked(sign: str, user: Mapping[str, str]) -> str | None:
    """The ornament that a sign asks for ("~", "!trill!"), SILENT for one that no ear hears, None for one that is not
    played. user: what letters stand for in this tune, by its `U:` fields."""
    name = sign.strip("!+") if len(sign) > 1 else user.get(sign, _LETTERS.get(sign, sign))
    return SILENT if name in _UNHEARD else _HEARD.get(name)


def redefined(value: str) -> tuple[str, str] | None:
    """(letter, name) of a `U:` field, "T = !roll!"; None for what is none."""
    found = re.fullmatch(r"\s*([~.H-Wh-w])\s*=\s*[!+]([^!+]+)[!+]\s*", value)
    return (found[1], found[2]) if found else None


def grace(text: str, letter: int, octave: int) -> str:
    """The ornament that grace notes in braces are before a note: letter 0..6, octave 0 for "C"; "" for none."""
    steps = []
    for name, marks in _NOTE.findall(text)[:MOST]:
        up = name.islower() + marks.count("'") - marks.count(",")
        steps.append(LETTERS.index(name.upper()) + 7 * up - letter - 7 * octave)
    return " ".join([GRACE, *map(str, steps)]) if steps else ""
