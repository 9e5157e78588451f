"""Kinds of control whose values are texts: how one is read and checked, and its legal values in words.

A kind is declared once, here. Meters and choices are one of the control's choices; the others may stand beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from instrument.music.dances import set_form
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.sounds import compass, velocity_curve

LONGEST = 60  #: characters of an output's name

_FIFTHS = ("C", "G", "D", "A", "E", "B", "F#", "Db", "Ab", "Eb", "Bb", "F")
_MODES = ("major", "mixolydian", "dorian", "minor", "lydian", "phrygian")
KEYS = tuple(Key.parse(f"{tonic} {mode}") for mode in _MODES for tonic in _FIFTHS)  #: the places of a key's fader
KEY_NAMES = tuple(map(str, KEYS))


@dataclass(frozen=True, slots=True)
class TextKind:
    """Kind of a text control. read: a text as it is kept; ValueError, one line, for what it cannot be
    words: its legal values, {choices} standing for the control's; listed: only those are legal
    numbers: a number stands for its own text, as 1.5 for "1.5"
    """

    read: Callable[[str], str]
    words: str = "{choices}"
    listed: bool = False
    numbers: bool = False


def _checked(parse: Callable[[str], object]) -> Callable[[str], str]:
    """Reads what `parse` can read, and keeps it as it is written."""

    def read(text: str) -> str:
        parse(text)
        return text

    return read


def _output(text: str) -> str:
    if not text or len(text) > LONGEST or not text.isprintable():
        raise ValueError(f'"{text[:LONGEST]}" is no name of an output')
    return text


def _key(text: str) -> str:
    """The key in full words. Raises ValueError also for a mode no tune is written in."""
    key = Key.parse(text)
    if key.mode == "loc":
        raise ValueError(f'"{text}" is locrian, and no tune is; try phrygian')
    return str(key)


def _keys(text: str) -> str:
    return text if text == "none" else ", ".join(map(_key, text.split(",")))


TEXT_KINDS: dict[str, TextKind] = {
    "choice": TextKind(str, listed=True),
    "meter": TextKind(lambda text: str(Meter.parse(text)), listed=True),
    "key": TextKind(_key, 'a key such as "D mixolydian" or "Am"'),
    "keys": TextKind(_keys, 'none, or keys such as "D major, G major"'),
    "form": TextKind(set_form.written, 'free, or times through x bars such as "8x32"'),
    "compass": TextKind(_checked(compass.parse)),
    "zone": TextKind(_checked(compass.zone), 'none, its highest key, "B3", or its lowest and highest, "C2 B3"'),
    "note": TextKind(_checked(compass.note_named), 'none, or a key such as "C4"'),
    "curve": TextKind(
        _checked(velocity_curve.parse),
        f"{{choices}}, or a number {velocity_curve.LEAST:g}..{velocity_curve.MOST:g}",
        numbers=True,
    ),
    "output": TextKind(_output, "{choices}, or the name of an output"),
}


def fader_place(kind: str, text: str, places: tuple[str, ...]) -> int:
    """Where a legal text stands among the places of its fader; 0 for one beside them: a name, two notes. Pure."""
    if kind == "key":
        key = Key.parse(text)
        return next(place for place, other in enumerate(KEYS) if (other.mode, other.tonic) == (key.mode, key.tonic))
    return places.index(text) if text in places else 0
