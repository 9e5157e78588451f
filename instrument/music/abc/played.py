"""ABC read to be played as it stands: with changes of meter, ornaments, and the first voice of several.

What a corpus leaves out because it would teach wrongly, a player wants to hear. A change of meter is a sign of its own,
an ornament stands with its note.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from instrument.music.abc.abc_file import parted, plain_lines
from instrument.music.abc.body import Body
from instrument.music.abc.fields import meter
from instrument.music.abc.lexer import journey
from instrument.music.abc.ornament_signs import asked, grace, redefined
from instrument.music.abc.written_tune import Refused, Score, WrittenTune

UNPLAYED = "sign not played "  #: what ornament signs and the like are counted as that are not played, and their text


class PlayedBody(Body):
    """The state of one reading."""

    def __init__(self, header: list[str], lines: list[str], dropped: Counter[str]) -> None:
        super().__init__(header, lines, dropped, first_voice=True)
        self._meter = self.meter  # in force; `meter` is the one that the tune begins with
        fields = (redefined(line[2:]) for line in header if line.startswith("U:"))
        self._user = dict(field for field in fields if field)
        self._asked: list[str] = []  # ornaments of the next note
        self._grace = ""

    def _field(self, letter: str, value: str) -> None:
        if letter == "M" and any(w and w.kind in ("note", "rest") for w in self.signs):
            changed = meter(value)
            if changed != self._meter:
                self._meter = changed
                self.signs.append(WrittenTune("meter", text=str(changed)))
            return
        if letter == "U" and (field := redefined(value)):
            self._user[field[0]] = field[1]
        super()._field(letter, value)
        self._meter = self.meter if letter == "M" else self._meter

    def _sign(self, match: re.Match[str]) -> None:
        before, kind = len(self.signs), match.lastgroup
        super()._sign(match)
        if kind == "grace":
            self._grace += match[0]
        elif kind in ("decoration", "ornament") and not journey(match[0]):
            ornament = asked(match[0], self._user)
            if ornament is None:
                self.dropped[UNPLAYED + match[0]] += 1
            self._asked += [ornament] if ornament and ornament not in self._asked else []
        elif self._asked or self._grace:
            self._adorn(before)

    def _adorn(self, first: int) -> None:
        """What has been asked for belongs to the note that has come; a rest or a bar line takes it away."""
        for at, sign in enumerate(self.signs[first:], first):
            if sign and sign.kind == "note":
                before = grace(self._grace, sign.letter, sign.octave)
                self.signs[at] = replace(sign, ornaments=(*([before] if before else []), *self._asked))
            if sign and sign.kind in ("note", "rest", "bar"):
                self._asked, self._grace = [], ""
                return


def read_played(text: str, dropped: Counter[str] | None = None) -> Score:
    """One tune of ABC to a Score, as it is to be played. dropped: counts what is passed over, by what it is. Raises
    Refused with the reason it cannot be."""
    dropped = Counter() if dropped is None else dropped
    header, lines = parted(plain_lines(text), dropped)
    if not header:
        raise Refused("no K: field closes its header")
    return PlayedBody(header, lines, dropped).read()
