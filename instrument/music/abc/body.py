"""The body of a tune in ABC, sign by sign: notes, rests, chords, ties, tuplets, broken rhythm, bars, fields in between.

`instrument.music.abc.parse` says what is kept and what is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction

from instrument.music.abc.abc_file import without_comment
from instrument.music.abc.fields import meter, note_length, parts_order, signature, tempo, tuplet, unit
from instrument.music.abc.lexer import DROPPED, JOURNEY, MACRO, MOST_DOTS, breaks_line, field_of, journey, sign_at
from instrument.music.abc.part_order import in_order
from instrument.music.abc.voices import one_voice
from instrument.music.abc.written_tune import Refused, Score, WrittenTune, labelled
from instrument.music.key import LETTERS


class Body:
    """The state of one reading: the current signature, the bar's accidentals, what was dropped."""

    def __init__(self, header: list[str], lines: list[str], dropped: Counter[str], first_voice: bool = False) -> None:
        self.dropped = dropped
        self.fields: dict[str, str] = {}
        for line in header:
            if line[1] == ":":
                self.fields[line[0]] = without_comment(line[2:]).strip()
                self.dropped.update([MACRO] if line[0] == "m" else [])
        self.titles = tuple(line[2:].strip() for line in header if line.startswith("T:"))
        self.lines, shift = one_voice(header, lines, dropped, first_voice)
        self.in_force = signature(self.fields["K"], dropped)
        self.key, self.semitones = self.in_force.key, self.in_force.semitones + shift
        self.meter = meter(self.fields.get("M", "none"))
        self.unit = unit(self.fields.get("L"), self.meter)
        self.bang_breaks = "!" in self.fields.get("I", "").partition("linebreak")[2]
        self.signs: list[WrittenTune | None] = []  # None: a sign that turned out to mean nothing
        self.parts: list[tuple[str, int]] = []
        self.bar_accidentals: dict[int, int] = {}
        self.last: Fraction | None = None  # the length that broken rhythm bends
        self.last_is_chord = False
        self.broken: tuple[int, Fraction | None] | None = None  # its place, the length before it; None: a chord's
        self.ties: dict[tuple[int, int, int], int] = {}  # what is tied on, and the place of its tie
        self.sounding: list[tuple[int, int, int]] = []  # the note or chord that a tie would tie
        self.tuplet, self.ratio, self.factor = 0, Fraction(1), Fraction(1)
        self.chord: int | None = None  # the place of the open chord
        self.symbol = ""  # the chord symbol above what comes next
        for line in header:
            self._directive(line)

    def read(self) -> Score:
        for line in self.lines:
            found = field_of(line)
            if line.startswith("%"):
                self._directive(line)
            elif found:
                self._field(*found)
            else:
                self._line(without_comment(line))
        if self.chord is not None:
            raise Refused("a chord that nothing closes")
        self._sounds(None, ())
        if not any(w and w.kind == "note" for w in self.signs):
            raise Refused("no notes")
        starts = [(letter, sum(w is not None for w in self.signs[:at])) for letter, at in self.parts]
        asked = self.fields.get("P", "")
        order = parts_order(asked) if asked else None
        if order is None and re.match(r"[A-Z]{2}", asked):
            self.dropped["order of parts not understood"] += 1
        body = in_order([w for w in self.signs if w], starts, order, self.dropped)
        return Score(
            self.fields.get("X", ""), self.titles[0] if self.titles else "", self.meter, self.key, body, self.dropped,
            self.titles, self.fields.get("R", ""), tempo(self.fields.get("Q", ""), self.unit), self.semitones,
        )  # fmt: skip

    # fields

    def _directive(self, line: str) -> None:
        if match := re.match(r"%%MIDI\s+(?:r?transpose)\s+([+-]?\d{1,2})\b", line):
            self.semitones += int(match[1])

    def _field(self, letter: str, value: str) -> None:
        sounded = any(w and w.kind in ("note", "rest") for w in self.signs)
        if letter == "K":
            self.in_force = signature(value, self.dropped, self.in_force)
            self.bar_accidentals.clear()
            if not sounded and re.match(r"[A-G]", value):
                self.key = self.in_force.key
        elif letter == "M":
            changed = meter(value)
            if sounded and changed.bar != self.meter.bar:
                raise Refused("the meter changes")
            self.meter = self.meter if sounded else changed
        elif letter == "L":
            self.unit = unit(value, self.meter)
        elif letter == "P" and re.fullmatch(r"[A-Z]", value):
            self.parts.append((value, len(self.signs)))
        elif letter == "I" and "linebreak" in value:
            self.bang_breaks = "!" in value
        elif letter in "wWs+":
            self.dropped["lyrics"] += 1
        elif letter in "mU":
            self.dropped[MACRO if letter == "m" else "U: field"] += 1

    # music

    def _line(self, line: str) -> None:
        at = 0
        while at < len(line):
            match = sign_at(line, at)
            if line[at] == "!" and breaks_line(line, at, match, self.bang_breaks):
                self.dropped["line break"] += 1
                at += 1
                continue
            if not match or line[at : match.end()] == "!":
                raise Refused("a voice overlay" if line[at] == "&" else f'stray "{line[at]}"')
            before = len(self.signs)
            self._sign(match)
            self.symbol = labelled(self.signs, before, self.symbol)
            at = match.end()

    def _sign(self, match: re.Match[str]) -> None:
        kind = match.lastgroup
        if match["name"]:
            self._note(match)
        elif match["rest"]:
            self._rest(note_length(match["restlength"], self.unit))
        elif match["bars"]:
            self._bars_of_rest(int(match["count"] or 1))
        elif match["bar"]:
            self._bar(match["bar"])
        elif match["ending"]:
            self._ending(match["ending"], match.string[: match.start()])
        elif match["tuplet"]:
            self._tuplet(int(match["p"]), match["q"], match["r"])
        elif match["open"]:
            self._open()
        elif match["close"]:
            self._close(match["chordlength"])
        elif match["broken"]:
            self._broken(match["broken"])
        elif match["tie"]:
            self._tie()
        elif match["inline"]:
            self._field(match["inline"][1], match["inline"][3:-1].strip())
        elif kind in DROPPED:
            if kind == "chord_symbol" and match[0][1] not in "^_<>@":  # those are annotations
                self.symbol = self.symbol or match[0][1:-1].strip()
            elsewhere = kind == "decoration" and journey(match[0])
            self.dropped[JOURNEY if elsewhere else DROPPED[kind]] += 1

    def _note(self, match: re.Match[str]) -> None:
        name, marks = match["name"], match["marks"]
        letter = LETTERS.index(name.upper())
        octave = name.islower() + marks.count("'") - marks.count(",")
        # an accidental lasts to the bar line, for its letter in every octave (ABC 2.1, 11.3: "pitch")
        if match["acc"]:
            self.bar_accidentals[letter] = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}[match["acc"]]
        alteration = self.bar_accidentals.get(letter, self.in_force.alterations[letter])
        if letter not in self.bar_accidentals:  # a note tied over the bar line keeps its accidental
            alteration = next((tied[2] for tied in self.ties if tied[:2] == (letter, octave)), alteration)
        pitch, length = (letter, octave, alteration), note_length(match["length"], self.unit)
        if self.chord is None:
            self._sounds(length, (pitch,))
        self.signs.append(WrittenTune("note", *pitch, length=length * (self.factor if self.chord is None else 1)))
        if self.chord is None:
            self._counted()

    def _rest(self, length: Fraction) -> None:
        if self.chord is not None:
            self.dropped["rest in a chord"] += 1
            return
        self._sounds(length, ())
        self.signs.append(WrittenTune("rest", length=length * self.factor))
        self._counted()

    def _bars_of_rest(self, count: int) -> None:
        if count > 64 or self.chord is not None:
            raise Refused(f"a rest of {count} bars")
        whole = WrittenTune("rest", length=Fraction(8 * self.meter.upper, self.meter.lower))
        for i in range(max(1, count)):
            if i:
                self._bar("|")
            self._sounds(None, ())
            self.signs.append(whole)

    def _sounds(self, length: Fraction | None, pitches: tuple[tuple[int, int, int], ...], chord: bool = False) -> None:
        """A note, rest or chord begins, `length` without its tuplet: settle what the signs before it meant.

        length: None for what takes no part in broken rhythm; chord: it bends whatever the lengths
        """
        whole = length * (self.ratio if self.tuplet else 1) if length is not None else None
        if self.broken and (whole is None or (not chord and self.broken[1] not in (whole, None))):
            self.signs[self.broken[0]] = None
            self.dropped["broken rhythm between unequal lengths" if whole else "broken rhythm before nothing"] += 1
        met = {place for tied, place in self.ties.items() if tied in pitches}
        for place in set(self.ties.values()) - met:
            self.signs[place] = None
            self.dropped["tie to another note"] += 1
        self.broken, self.ties, self.last, self.sounding = None, {}, whole, list(pitches)
        self.last_is_chord = chord

    def _counted(self) -> None:
        """One more of the tuplet's notes is past."""
        self.tuplet = max(0, self.tuplet - 1)
        if not self.tuplet:
            self.ratio = self.factor = Fraction(1)

    def _open(self) -> None:
        if self.chord is not None:
            raise Refused("a chord inside a chord")
        self.chord = len(self.signs)
        self.signs.append(WrittenTune("chord_open"))

    def _close(self, text: str) -> None:
        """A chord lasts as its first note (ABC 2.1, 4.17)."""
        opened, self.chord = self.chord, None
        if opened is None:
            raise Refused('stray "]"')
        inside = [w for w in self.signs[opened:] if w and w.kind == "note"]
        if not inside:
            self.signs[opened:] = []
            self.dropped["empty chord"] += 1
            return
        outer = note_length(text, Fraction(1))
        first = inside[0].length
        if any(w.length != first for w in inside):
            self.dropped["unequal lengths in a chord"] += 1
        self.signs[opened:] = [replace(w, length=first) if w and w.kind == "note" else w for w in self.signs[opened:]]
        own = [i for i, w in enumerate(self.signs) if i > opened and w and w.kind == "tie"]
        pitches = tuple((w.letter, w.octave, w.alteration) for w in inside)
        self._sounds(first * outer, pitches, chord=True)
        for i in own:
            note = next(w for w in reversed(self.signs[:i]) if w and w.kind == "note")
            self.ties[note.letter, note.octave, note.alteration] = i
        self.signs.append(WrittenTune("chord_close", length=outer * self.factor))
        self._counted()

    def _bar(self, sign: str) -> None:
        if self.chord is not None:
            raise Refused("a bar line inside a chord")
        if sign == ":":
            self.dropped["stray colon"] += 1
            return
        self.bar_accidentals.clear()
        before, after = sign.startswith(":"), sign.endswith(":")
        both = (before and after) or set(sign) == {":"}
        for text in [":|", "|:"] if both else [":|"] if before else ["|:"] if after else ["|"]:
            self.signs.append(WrittenTune("bar", text=text))

    def _ending(self, text: str, before: str) -> None:
        """`[1` anywhere; a digit alone only behind a bar line."""
        numbers = text.lstrip("[ \t").rstrip(".")
        if text[0] != "[":
            if self._last_kind() != "bar":
                raise Refused(f'stray "{text[0]}"')
            if not before.endswith(("|", ":", "]")):
                self.dropped["ending sign apart from its bar line"] += 1
        if numbers not in ("1", "2"):
            raise Refused(f"an ending for time {numbers}")
        self.bar_accidentals.clear()
        self.signs.append(WrittenTune("bar", text="|" + numbers))

    def _tuplet(self, p: int, q: str | None, r: str | None) -> None:
        """The usual ones are kept as such, others written out as lengths."""
        if self.chord is not None:
            raise Refused("a tuplet inside a chord")
        time, notes, usual = tuplet(p, q, r, self.meter)
        self.tuplet, self.ratio = notes, Fraction(time, p)
        self.factor = Fraction(1)
        if usual:
            self.signs.append(WrittenTune("tuplet", tuplet=p))
        else:
            self.factor = self.ratio

    def _broken(self, sign: str) -> None:
        if self.chord is not None:
            self.dropped["broken rhythm in a chord"] += 1
        elif self.broken or len(sign) > MOST_DOTS:
            raise Refused("broken rhythm twice between two notes" if self.broken else f'broken rhythm of "{sign}"')
        elif self.last is None:
            self.dropped["broken rhythm after nothing"] += 1
        else:
            self.broken = (len(self.signs), None if self.last_is_chord else self.last)
            self.signs.append(WrittenTune("broken", dots=len(sign) if sign[0] == ">" else -len(sign)))

    def _tie(self) -> None:
        if self.chord is not None:
            if self._last_kind() == "note":
                self.signs.append(WrittenTune("tie"))
        elif self.sounding:
            self.ties |= dict.fromkeys(self.sounding, len(self.signs))
            self.signs.append(WrittenTune("tie"))
        else:
            self.dropped["tie after nothing"] += 1

    def _last_kind(self) -> str:
        return next((w.kind for w in reversed(self.signs) if w), "")
