"""Lesson: one knob being learned, from its first message until what it is has been settled by evidence.

The first message says which knob it is, the rest what kind of knob. Until that is sure the knob turns nothing, so that
no guess moves a control. A neighbour that only flickers gives way to the knob that really moves.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from instrument.controls.control import Control
from instrument.controls.knobs.gesture import CHOICE, NUMBER, SWITCH, judge
from instrument.controls.knobs.knob import Knob, Moved

PAIR = 0.1  #: seconds within which two controllers, 32 apart, are halves of one value
FLICKER = 2  #: a knob whose values lie so near each other has not been moved yet
MOST = 64  #: messages after which the likeliest is believed, sure or not
REMEMBERED = 40  #: newest messages that go on counting where what is sure is not settled
LONGEST = 30.0  #: seconds, likewise


@dataclass(slots=True)
class _Heard:
    values: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def flickers(self) -> bool:
        return max(self.values) - min(self.values) <= FLICKER


class Lesson:
    """Lesson: one knob being learned.

    knob: as it looks so far; sure: it may turn its control; over: nothing more is to be learned. thread: one.
    """

    def __init__(self, name: str, control: Control | None, message: Moved, now: float) -> None:
        """name: what it shall turn; control: None for an action; message: the first that it sent."""
        self.name, self._since = name, now
        self._wants = _wants(control)
        self._action = control is None
        self._heard: dict[Knob, _Heard] = {}
        self._last: tuple[Moved, float] | None = None
        self.knob, self.sure, self.over = self._place(message), True, True
        if message.kind == "cc" and not self._action:
            self.sure = self.over = False
            self.hear(message, now)

    def hear(self, message: Moved, now: float) -> bool:
        """A message while it lasts. True where the knob is another now, or its kind."""
        before = self.knob
        if not self.sure and now - self._since > LONGEST:
            self.sure = self.over = True
        if self.over or message.kind != "cc":
            return False
        if not self.sure and (whole := self._pair(message, now)) is not None:
            self.knob, self.sure, self.over = whole, True, True
            return self.knob != before
        self._last = message, now
        place = self._place(message)
        if not self.sure or place == replace(self.knob, mode=place.mode):
            heard = self._heard.setdefault(place, _Heard())
            heard.values.append(message.value)
            heard.times.append(now)
            self._judge(place, heard)
        return self.knob != before

    @property
    def high(self) -> int:
        """The upper seven bits, where they came before the lower that showed them to be half of a value; else -1."""
        if self.knob.kind == "cc14" and self._last is not None and self._last[0].number == self.knob.number:
            return self._last[0].value
        return -1

    def _judge(self, place: Knob, heard: _Heard) -> None:
        """What the values say of the knob, or of a neighbour that may take its place."""
        verdict = judge(heard.values, heard.times, self._wants)
        held = replace(self.knob, mode=place.mode)
        if place != held and not (verdict.sure and self._heard[held].flickers and not heard.flickers):
            return
        self.knob = replace(place, mode=verdict.mode)
        moved = verdict.mode != "absolute" or not heard.flickers
        long = len(heard.values) >= MOST and not verdict.sure
        self.sure = (verdict.sure and moved) or long
        self.over = (verdict.settled and moved) or long
        if len(heard.values) >= MOST:
            del heard.values[:-REMEMBERED], heard.times[:-REMEMBERED]

    def _pair(self, message: Moved, now: float) -> Knob | None:
        """The knob of fourteen bits whose halves this message and the one before it are."""
        if self._last is None or now - self._last[1] > PAIR:
            return None
        other = self._last[0]
        same = (other.port, other.channel) == (message.port, message.channel)
        low = min(other.number, message.number)
        if not same or abs(other.number - message.number) != 32 or low >= 32:
            return None
        return Knob(self.name, "cc14", low, message.port, message.channel, "absolute")

    def _place(self, message: Moved) -> Knob:
        mode = "toggle" if message.kind == "note" or self._action else "absolute"
        return Knob(self.name, message.kind, message.number, message.port, message.channel, mode)


def _wants(control: Control | None) -> str:
    if control is None or control.kind == "bool":
        return SWITCH
    return CHOICE if control.stepped else NUMBER
