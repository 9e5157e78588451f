"""ABC read to be played as it stands: with its chord symbols, changes of meter, and the first voice of several.

What a corpus leaves out because it would teach wrongly, a player wants to hear. Chord symbols hang on the sign that they
stand over; a change of meter is a sign of its own, right behind the bar line that it follows.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from instrument.music.abc.abc_file import parted, plain_lines
from instrument.music.abc.body import Body
from instrument.music.abc.fields import meter
from instrument.music.abc.written_tune import Refused, Score, WrittenTune

REMARKS = ("^", "_", "<", ">", "@")  #: with these begins a remark between quotation marks; anything else is a chord


class PlayedBody(Body):
    """The state of one reading."""

    first_voice = True

    def __init__(self, header: list[str], lines: list[str], dropped: Counter[str]) -> None:
        super().__init__(header, lines, dropped)
        self._symbol = ""  # that waits for its note
        self._meter = self.meter  # in force; `meter` is the one that the tune begins with

    def _field(self, letter: str, value: str) -> None:
        if letter == "M" and any(w and w.kind in ("note", "rest") for w in self.signs):
            changed = meter(value)
            if changed != self._meter:
                self._meter = changed
                self.signs.append(WrittenTune("meter", text=str(changed)))
            return
        super()._field(letter, value)
        self._meter = self.meter if letter == "M" else self._meter

    def _sign(self, match: re.Match[str]) -> None:
        begun = len(self.signs)
        if match.lastgroup == "chord_symbol":
            text = match[0][1:-1].strip()
            if text and not text.startswith(REMARKS) and not text.isdigit():
                self._symbol = text
                return
        super()._sign(match)
        if self._symbol:
            self._hang(begun)

    def _hang(self, begun: int) -> None:
        """The chord symbol onto the first sign behind `begun` that sounds or rests."""
        for place in range(begun, len(self.signs)):
            sign = self.signs[place]
            if sign is not None and sign.kind in ("note", "rest", "chord_open"):
                self.signs[place], self._symbol = replace(sign, symbol=self._symbol), ""
                return


def read_played(text: str) -> Score:
    """One tune of ABC to a Score, as it is to be played. Raises Refused with the reason it cannot be. Pure."""
    dropped: Counter[str] = Counter()
    header, lines = parted(plain_lines(text), dropped)
    if not header:
        raise Refused("no K: field closes its header")
    return PlayedBody(header, lines, dropped).read()
