"""The fields of an ABC header, key, meter, unit length, tempo, the order of parts, and the numbers behind notes. Pure.

Source: the ABC standard 2.1, sections 3 and 4. What a field says besides and we do not use is counted by the name of
what it is; what cannot be understood is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from instrument.music.abc.written_tune import Refused
from instrument.music.key import LETTERS, Key
from instrument.music.meter import Meter

Read = TypeVar("Read")
_ACCIDENTALS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
_CLEF = re.compile(
    r"(?:(?:clef=)?\"?(?P<clef>treble|bass|tenor|alto|soprano|mezzosoprano|baritone|perc|none|[GFCP][1-5]?)(?P<shift>[+-]8)?\"?"
    r"|(?P<name>octave|transpose|t|score|sound|shift|instrument|middle|m|stafflines|staffscale|cue|style|gchords|"
    r"program|nm|name|snm|sname|subname|stem|dyn|brace|bracket|merge|space|octave)=(?P<value>\"[^\"]*\"|\S*)"
    r"|merge|up|down|auto|stem:\S+)(?=\s|$)"
)
USUAL = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  #: in the time of how many a tuplet is; others 3 in compound meters, else 2
_KEY_NAME = re.compile(r"(?P<tonic>[A-G][#b]?)\s*(?P<mode>[A-Za-z]+)?")


@dataclass(frozen=True, slots=True)
class Signature:
    """Key signature of an ABC field.

    key: tonic and mode; alterations: of the letters C..B, the key's own or as the field gives them;
    semitones: how much higher than written it sounds."""

    key: Key
    alterations: tuple[int, ...]
    semitones: int = 0


def signature(text: str, dropped: Counter[str], before: Signature | None = None) -> Signature:
    """Of a `K:` field. before: the one in force, for a field that gives only a clef. Raises Refused."""
    text = text.strip()
    if text.upper() == "HP":
        return Signature(Key.parse("Amix"), Key.parse("Amix").signature)
    if re.fullmatch(r"none\b.*", text, re.IGNORECASE):
        dropped["key of none, read as C major"] += 1
        text = "C" + text[4:]
    name = _KEY_NAME.match(text)
    words = text[name.end("tonic") :] if name else text
    mode = ""
    if name and name["mode"] and (name["mode"] != "exp") and not _CLEF.match(words.strip()):
        mode, words = name["mode"], text[name.end() :]
    if not name and before is None:
        raise Refused("no key" if not text else f'"{text}" is not a key; write it like "D mixolydian" or "Am"')
    key = _refuse(Key.parse, f"{name['tonic']} {mode}".strip()) if name else before.key if before else Key()
    accidentals, semitones = _rest_of_key(words, dropped, text)
    if not name and before is not None:
        return Signature(key, before.alterations, semitones if semitones else before.semitones)
    alterations = [0] * 7 if re.match(r"\s*exp\b", words) else list(key.signature)
    for letter, alteration in accidentals.items():
        alterations[letter] = alteration
    return Signature(key, tuple(alterations), semitones)


def _rest_of_key(words: str, dropped: Counter[str], whole: str) -> tuple[dict[int, int], int]:
    """(accidentals of its own, semitones) in what follows tonic and mode: also clefs, which are counted."""
    words = re.sub(r"^\s*exp\b", "", words)
    accidentals: dict[int, int] = {}
    semitones = 0
    while words := words.lstrip():
        if match := re.match(r"(\^\^|__|\^|_|=)([A-Ga-g])(?=\s|$|[\^_=])", words):
            accidentals[LETTERS.index(match[2].upper())] = _ACCIDENTALS[match[1]]
        elif match := _CLEF.match(words):
            dropped["clef"] += 1
            semitones += semitones_of(match)
        elif match := re.match(r"\([^)]*\)?", words):
            dropped["remark in a key"] += 1
        else:
            raise Refused(f'"{whole}" is not a key; write it like "D mixolydian" or "Am"')
        words = words[match.end() :]
    return accidentals, semitones


def semitones_of(match: re.Match[str]) -> int:
    """How much higher a clef with 8, an octave= or a transpose= makes the music sound."""
    shift = {"+8": 12, "-8": -12}.get(match["shift"] or "", 0)
    value = match["value"] or ""
    if match["name"] in ("octave", "transpose") and re.fullmatch(r"[+-]?\d{1,2}", value):
        shift += int(value) * (12 if match["name"] == "octave" else 1)
    return shift


def voice(text: str) -> tuple[str, int]:
    """(its name, semitones it sounds higher) of a `V:` field."""
    name, _, rest = text.strip().partition(" ")
    return name, sum(semitones_of(m) for m in _CLEF.finditer(rest) if m.start() == 0 or rest[m.start() - 1].isspace())


def meter(text: str) -> Meter:
    """Of an `M:` field; sums such as 2+3/8 are added up. Raises Refused."""
    if text.strip().lower() in ("none", "", "free"):
        raise Refused("no meter")
    if match := re.fullmatch(r"\(?(\d+(?:\+\d+)+)\)?/(\d+)", text.strip().replace(" ", "")):
        text = f"{sum(int(number) for number in match[1].split('+'))}/{match[2]}"
    return _refuse(Meter.parse, {"c": "C", "c|": "C|"}.get(text.strip(), text))


def unit(text: str | None, of: Meter) -> Fraction:
    """The unit note length in eighths, from the `L:` field or, without one, from the meter. Raises Refused."""
    if not text:
        return Fraction(1) if Fraction(of.upper, of.lower) >= Fraction(3, 4) else Fraction(1, 2)
    match = re.fullmatch(r"1(?:/(\d+))?", text.strip().replace(" ", ""))
    lower = int(match[1] or 1) if match else 0
    if lower not in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512):
        raise Refused(f"L:{text} is not a length")
    return Fraction(8, lower)


def tempo(text: str, of_unit: Fraction) -> float | None:
    """Quarters a minute, from a `Q:` field; None where it gives no number (a word alone). Pure.

    of_unit: the unit note length in eighths, which a number by itself counts
    """
    text = re.sub(r'"[^"]*"', " ", text)
    match = re.search(r"((?:\d+/0*[1-9]\d*\s+)*\d+/0*[1-9]\d*|C\d*)?\s*(=)?\s*(\d+(?:\.\d+)?)\s*$", text.strip())
    if not match or bool(match[1]) != bool(match[2]):
        return None
    if match[1] and match[1][0] != "C":
        beat = sum((Fraction(part) for part in match[1].split()), Fraction(0)) * 4
    elif match[1]:
        beat = of_unit / 2 * int(match[1][1:] or 1)
    else:
        beat = Fraction(1)
    found = float(match[3]) * float(beat)
    return found if found > 0 else None


def note_length(text: str, of_unit: Fraction) -> Fraction:
    """In eighths: "3/2", "/", "//", "2" times the unit. Raises Refused."""
    match = re.fullmatch(r"(\d*)(/*)(\d*)", text)
    if match is None or (match[3] and not match[2]) or len(text) > 8:
        raise Refused(f'a length of "{text}"')
    slashes = len(match[2])
    lower = int(match[3]) if match[3] else 2**slashes
    upper = int(match[1] or 1)
    if not upper or not lower or (match[3] and slashes > 1):
        raise Refused(f'a length of "{text}"')
    return Fraction(upper, lower if slashes else 1) * of_unit


def tuplet(p: int, q: str | None, r: str | None, of: Meter) -> tuple[int, int, bool]:
    """(in the time of how many, for how many notes, whether that is what `(p` alone means) of `(p:q:r`."""
    usual = USUAL.get(p, 3 if of.compound else 2)
    time, notes = int(q or usual), int(r or p)
    if not 2 <= p <= 9 or not 1 <= time <= 64 or not 1 <= notes <= 64:
        raise Refused(f"a tuplet ({p}:{q or ''}:{r or ''}")
    return time, notes, (time, notes) == (usual, p)


def parts_order(text: str) -> str | None:
    """ "A2(BC)2" -> "AABCBC"; None for what is no order of parts. Raises Refused for one without end."""
    text = re.sub(r"[\s.]", "", text)
    if not re.fullmatch(r"[A-Z0-9()]*", text) or not text:
        return None
    for _ in range(16):
        text, changed = re.subn(r"\(([A-Z]*)\)(\d{0,2})", lambda m: m[1] * int(m[2] or 1), text)
        text, again = re.subn(r"([A-Z])(\d{1,2})", lambda m: m[1] * int(m[2]), text)
        if len(text) > 200:
            raise Refused("an order of more than 200 parts")
        if not changed and not again:
            break
    return text if re.fullmatch(r"[A-Z]+", text) else None


def _refuse(reader: Callable[[str], Read], text: str) -> Read:
    try:
        return reader(text)
    except ValueError as error:
        raise Refused(str(error)) from None
