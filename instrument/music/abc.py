"""Reading ABC as people write it: files of tunes, headers and bodies, into written tunes.

What is heard is kept: notes, rests, chords, tuplets, broken rhythm, bars, repeats. Grace notes, chord
symbols, ornaments, slurs and lyrics are dropped, and each drop is counted. What cannot be kept without
lying (several voices, a change of meter half way) refuses the tune with a reason, never silently.
Source: the ABC standard 2.1, sections 3 to 5.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeVar

from instrument.music.key import LETTERS, Key
from instrument.music.meter import Meter

Read = TypeVar("Read")


class Refused(ValueError):
    """This tune is left out; the message is the reason, fit to be listed and counted."""


@dataclass(frozen=True, slots=True)
class Written:
    """One sign of a body. kind: note, rest, bar, tuplet, chord_open, chord_close.

    letter 0..6, octave 0 for "C", alteration -2..2 as it sounds; length in eighths; dots: ">" 1, ">>" 2,
    "<" -1, between this note and the next; text: the bar sign; tuplet: notes in it.
    """

    kind: str
    letter: int = 0
    octave: int = 0
    alteration: int = 0
    length: Fraction = Fraction(1)
    dots: int = 0
    text: str = ""
    tuplet: int = 0


@dataclass(slots=True)
class Score:
    """A tune as read: its header and its body in the original key."""

    number: str
    title: str
    meter: Meter
    key: Key
    body: list[Written]
    dropped: Counter[str] = field(default_factory=Counter)
    titles: tuple[str, ...] = ()
    rhythm: str = ""  #: its `R:` field


def tunes(text: str) -> Iterator[str]:
    """Split the text of an ABC file into tunes, each from its `X:` line to the next."""
    parts = re.split(r"(?m)^(?=X:)", text.replace("\r", ""))
    return (part for part in parts if part.startswith("X:"))


def read(text: str) -> Score:
    """One tune of ABC to a Score. Raises Refused with the reason it is left out. Pure."""
    fields: dict[str, str] = {}
    titles: list[str] = []
    lines = text.splitlines()
    for i, line in enumerate(lines):
        match = re.match(r"([A-Za-z]):(.*)", line)
        if match:
            if match[1] == "T":
                titles.append(match[2].strip())
            fields.setdefault(match[1], match[2].split("%")[0].strip())
            if match[1] == "K":
                score = _Body(fields, lines[i + 1 :]).read()
                return replace(score, titles=tuple(titles), rhythm=fields.get("R", ""))
    raise Refused("no K: field closes its header")


_SKIPPED = {
    "slur": r"\((?!\d)|\)",
    "chord symbol": r'"[^"]*"',
    "ornament": r"![^!\s]*!|\+[a-z]+\+|[.~HLMNOPQRSTUVWhijklmnopqrstuvw]",
    "grace notes": r"\{[^}]*\}",
}
_LEXER = re.compile(
    r"(?P<inline>\[[A-Za-z]:[^\]]*\])"
    r"|(?P<bar>:*\|+[:\]]*(?=[^\]:|\[])|:*\|+\]?:*|:+\|*:*|\[\||\|\])"
    r"|(?P<tuplet>\((?P<p>\d)(?::(?P<q>\d?)(?::(?P<r>\d?))?)?)"
    r"|(?P<acc>\^\^|__|\^|_|=)?(?P<name>[A-Ga-g])(?P<marks>[,']*)(?P<length>\d*/*\d*)"
    r"|(?P<rest>[zx])(?P<restlength>\d*/*\d*)"
    r"|(?P<ending>\[?[1-9](?:[,-][1-9])*)"
    r"|(?P<open>\[)|(?P<close>\])(?P<chordlength>\d*/*\d*)"
    r"|(?P<broken>>+|<+)|(?P<tie>-)|(?P<space>[\s`\\y]+)"
    + "".join(f"|(?P<{name.replace(' ', '_')}>{pattern})" for name, pattern in _SKIPPED.items())
)


class _Body:
    """The state of one reading: the current signature, the bar's accidentals, what was dropped."""

    def __init__(self, fields: dict[str, str], lines: list[str]) -> None:
        if any(re.match(r"\[?V:", line) for line in lines) or "V" in fields:
            raise Refused("several voices")
        self.lines = lines
        self.number, self.title = fields.get("X", ""), fields.get("T", "")
        self.key = self.signature_key = _key(fields["K"])
        if fields.get("M", "none").lower() in ("none", "", "free"):
            raise Refused("no meter")
        self.meter = _refuse(Meter.parse, fields["M"])
        self.unit = self._unit(fields.get("L"))
        self.body: list[Written] = []
        self.dropped: Counter[str] = Counter()
        self.bar_accidentals: dict[int, int] = {}
        self.in_chord = False

    def read(self) -> Score:
        for line in self.lines:
            if re.match(r"[A-Zmrsw]:", line):
                if line.strip("| ") and line[0] not in "|":
                    self._field(line[0], line[2:])
            elif not line.startswith("%"):
                self._line(line.split("%")[0])
        if not any(w.kind == "note" for w in self.body):
            raise Refused("no notes")
        return Score(self.number, self.title, self.meter, self.key, self.body, self.dropped)

    def _unit(self, field_text: str | None) -> Fraction:
        """The unit note length, in eighths."""
        if field_text:
            try:
                return Fraction(field_text) * 8
            except (ValueError, ZeroDivisionError):
                raise Refused(f"L:{field_text} is not a length") from None
        return Fraction(1) if Fraction(self.meter.upper, self.meter.lower) >= Fraction(3, 4) else Fraction(1, 2)

    def _field(self, letter: str, value: str) -> None:
        value = value.split("%")[0].strip()
        if letter == "K":
            self.signature_key = _key(value)
        elif letter == "M" and _refuse(Meter.parse, value).bar != self.meter.bar:
            raise Refused("the meter changes")
        elif letter == "L":
            self.unit = self._unit(value)

    def _line(self, line: str) -> None:
        at = 0
        while at < len(line):
            match = _LEXER.match(line, at)
            if not match or match.end() == at:
                raise Refused(f'stray "{line[at]}"')
            self._sign(match)
            at = match.end()

    def _sign(self, match: re.Match[str]) -> None:
        if match["name"]:
            self._note(match)
        elif match["rest"] and self.in_chord:
            self.dropped["rest in a chord"] += 1
        elif match["rest"]:
            self.body.append(Written("rest", length=self._length(match["restlength"])))
        elif match["bar"]:
            self._bar(match["bar"])
        elif match["ending"]:
            self._ending(match["ending"].lstrip("["))
        elif match["tuplet"]:
            self._tuplet(int(match["p"]), match["q"], match["r"])
        elif match["open"]:
            self.in_chord = True
            self.body.append(Written("chord_open"))
        elif match["close"]:
            self._close(match["chordlength"])
        elif match["broken"]:
            self._broken(match["broken"])
        elif match["tie"]:
            self.body.append(Written("tie"))
        elif match["inline"]:
            self._field(match["inline"][1], match["inline"][3:-1])
        else:
            for name in _SKIPPED:
                if match[name.replace(" ", "_")]:
                    self.dropped[name] += 1

    def _length(self, text: str) -> Fraction:
        match = re.fullmatch(r"(\d*)(/*)(\d*)", text)
        if match is None or (match[3] and not match[2]) or match[3] == "0":
            raise Refused(f'a length of "{text}"')
        slashes = len(match[2])
        lower = int(match[3]) if match[3] else 2**slashes
        length = Fraction(int(match[1] or 1), lower if slashes else 1) * self.unit
        if length <= 0:
            raise Refused(f'a length of "{text}"')
        return length

    def _note(self, match: re.Match[str]) -> None:
        name, marks = match["name"], match["marks"]
        letter = LETTERS.index(name.upper())
        octave = name.islower() + marks.count("'") - marks.count(",")
        # an accidental lasts to the bar line, for its letter in every octave (ABC 2.1, 11.3: "pitch")
        if match["acc"]:
            self.bar_accidentals[letter] = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}[match["acc"]]
        alteration = self.bar_accidentals.get(letter, self.signature_key.signature[letter])
        length = self._length(match["length"])
        self.body.append(Written("note", letter, octave, alteration, length))

    def _close(self, length: str) -> None:
        if not self.in_chord:
            return  # "|]" was read as a bar; a lone "]" closes nothing
        self.in_chord = False
        self.body.append(Written("chord_close", length=self._length(length) / self.unit))

    def _bar(self, sign: str) -> None:
        self.bar_accidentals.clear()
        before, after = sign.startswith(":"), sign.endswith(":")
        if set(sign) == {":"} and len(sign) == 1:
            self.dropped["stray colon"] += 1
            return
        both = (before and after) or set(sign) == {":"}
        for text in ([":|", "|:"] if both else [":|"] if before else ["|:"] if after else ["|"]):
            self.body.append(Written("bar", text=text))

    def _ending(self, digits: str) -> None:
        if digits not in ("1", "2"):
            raise Refused(f"an ending for time {digits}")
        self.body.append(Written("bar", text="|" + digits))

    def _tuplet(self, p: int, q: str | None, r: str | None) -> None:
        if p < 2 or (r and int(r) != p):
            raise Refused(f"a tuplet ({p}:{q or ''}:{r or ''}")
        usual = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(p, 3 if self.meter.compound else 2)
        if q and int(q) != usual:
            raise Refused(f"a tuplet ({p}:{q}")
        self.body.append(Written("tuplet", tuplet=p))

    def _broken(self, sign: str) -> None:
        dots = len(sign) if sign[0] == ">" else -len(sign)
        self.body.append(Written("broken", dots=dots))


def _key(text: str) -> Key:
    words = text.split()
    if not words:
        raise Refused("no key")
    name = words[0] if len(words) == 1 or "=" in words[1] else " ".join(words[:2])
    if set("=^_") & set(words[0]) or any(word[0] in "=^_" for word in words):
        raise Refused(f"K:{text} has accidentals of its own")
    return _refuse(Key.parse, name)


def _refuse(reader: Callable[[str], Read], text: str) -> Read:
    try:
        return reader(text)
    except ValueError as error:
        raise Refused(str(error)) from None
