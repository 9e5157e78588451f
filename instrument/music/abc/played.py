"""ABC read to be played as it stands: with changes of meter, and the first voice of several.

What a corpus leaves out because it would teach wrongly, a player wants to hear. A change of meter is a sign of its own.
"""

from __future__ import annotations

from collections import Counter

from instrument.music.abc.abc_file import parted, plain_lines
from instrument.music.abc.body import Body
from instrument.music.abc.fields import meter
from instrument.music.abc.written_tune import Refused, Score, WrittenTune


class PlayedBody(Body):
    """The state of one reading."""

    def __init__(self, header: list[str], lines: list[str], dropped: Counter[str]) -> None:
        super().__init__(header, lines, dropped, first_voice=True)
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


def read_played(text: str, dropped: Counter[str] | None = None) -> Score:
    """One tune of ABC to a Score, as it is to be played. dropped: counts what is passed over, by what it is. Raises
    Refused with the reason it cannot be."""
    dropped = Counter() if dropped is None else dropped
    header, lines = parted(plain_lines(text), dropped)
    if not header:
        raise Refused("no K: field closes its header")
    return PlayedBody(header, lines, dropped).read()
