"""One control: what may be asked for, in which unit and range. Everything else follows from the table.

A control is declared once, in `instrument.controls.table`. Its OSC address, CC, patch key, range check, fader
and line of documentation all come from that declaration.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from instrument.controls.text_kinds import KEY_NAMES, TEXT_KINDS, fader_place

Value = int | float | str | bool

NUMBERS = ("int", "float")  #: kinds of number


@dataclass(frozen=True, slots=True)
class Control:
    """Control: one setting that can be turned live.

    name: dotted, `tune.temperature`; kind: "int", "float", "bool", or one of `TEXT_KINDS`
    low, high: inclusive range of a number; choices: of a choice or meter; unit: as shown to people
    cc: the default controller number, or None; curve: "linear" or "log" (low > 0), for faders
    momentary: a switch that is on only while a pad, a pedal or a button is held
    effect: what a change does, one of `instrument.controls.table.EFFECTS`; "" outside that table
    """

    name: str
    kind: str
    default: Value
    help: str
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    curve: str = "linear"
    cc: int | None = None
    choices: tuple[str, ...] = ()
    momentary: bool = False
    effect: str = ""

    @property
    def address(self) -> str:
        """Its OSC address: /lilt/tune/temperature."""
        return "/lilt/" + self.name.replace(".", "/")

    @property
    def group(self) -> str:
        """What its name begins with: "tune"."""
        return self.name.split(".")[0]

    @property
    def range_text(self) -> str:
        """Its legal values in words: "0.1..2", "4/4, 6/8", "a key such as D mixolydian"."""
        if self.numeric:
            return f"{figure(self.low)}..{figure(self.high)}" + (f" ({self.unit})" if self.unit else "")
        if self.kind == "bool":
            return "true or false"
        return TEXT_KINDS[self.kind].words.replace("{choices}", ", ".join(self.choices))

    @property
    def numeric(self) -> bool:
        """Whether its value is a number."""
        return self.kind in NUMBERS

    @property
    def stepped(self) -> bool:
        """Whether its fader steps through its choices."""
        return self.kind in TEXT_KINDS and self.kind != "key"

    def check(self, value: object, label: str = "") -> Value:
        """The value in its own type. Raises ValueError, one line: what it is and what it may be. Pure.

        label: what the message calls the control; its name if empty.
        """
        label = label or self.name
        if isinstance(value, str):
            value = " ".join(value.split())  # so that a message that quotes it is one line
        if self.kind == "bool":
            return self._bool(value, label)
        if self.numeric:
            return self._number(value, label)
        return self._text(value, label)

    def clip(self, value: object) -> tuple[Value, str]:
        """As `check`, but a number is moved to the nearest legal one, with one line that says so, or "". Pure.

        For hands on faders while it plays; a patch is checked. Raises ValueError for what is no number at all.
        """
        if not self.numeric or isinstance(value, bool) or not isinstance(value, int | float):
            return self.check(value), ""
        if isinstance(value, float) and not math.isfinite(value):  # no hand is there
            raise self._refusal(self.name, value, "is outside")
        near = min(max(value, self.low), self.high)
        if self.kind == "int":
            near = round(near)
        if near == value:
            return self.check(value), ""
        verdict = "is not a whole number" if self.low <= value <= self.high else f"is outside {self.range_text}"
        return self.check(near), f"{self.name} = {figure(value)} {verdict}; {figure(near)} it is"

    def from_fader(self, position: float) -> Value:
        """The value at a fader's or controller's position, 0..1. ValueError outside.

        A key's fader holds every tonic of every mode in turn: major from C in fifths, then the others.
        """
        if not 0.0 <= position <= 1.0:
            raise ValueError(f"{self.name}: fader position {figure(position)} is outside 0..1")
        if self.kind == "bool":
            return position >= 0.5
        if places := self._places():
            return places[round(position * (len(places) - 1))]
        value = self.low + (self.high - self.low) * position
        if self.curve == "log":
            value = self.low * math.exp(math.log(self.high / self.low) * position)
        value = min(max(value, self.low), self.high)
        return round(value) if self.kind == "int" else value

    def to_fader(self, value: Value) -> float:
        """Where a fader stands for a legal value, 0..1; the other way round from `from_fader`."""
        checked = self.check(value)
        if isinstance(checked, str):
            places = self._places()
            return fader_place(self.kind, checked, places) / max(1, len(places) - 1)
        if self.kind == "bool":
            return float(checked)
        if self.curve == "log":
            return math.log(checked / self.low) / math.log(self.high / self.low)
        return (checked - self.low) / (self.high - self.low)

    def place(self, text: str) -> int:
        """Where a text stands among the choices; 0 for one that stands beside them: a name, two notes."""
        return fader_place(self.kind, text, self._places())

    def _places(self) -> tuple[str, ...]:
        """Those of its fader; () for a number or a switch."""
        return KEY_NAMES if self.kind == "key" else self.choices

    def _bool(self, value: object, label: str) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float) and value in (0, 1):
            return bool(value)
        raise self._refusal(label, value, "is not")

    def _number(self, value: object, label: str) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refusal(label, value, "is not a number; it may be")
        if not self.low <= value <= self.high:  # also refuses NaN
            raise self._refusal(label, value, "is outside")
        if self.kind == "float":
            return float(value)
        if value != int(value):
            raise self._refusal(label, value, "is not a whole number; it may be")
        return int(value)

    def _text(self, value: object, label: str) -> str:
        kind = TEXT_KINDS[self.kind]
        if kind.numbers and isinstance(value, int | float) and not isinstance(value, bool):
            value = f"{float(value):g}"
        if not isinstance(value, str):
            raise self._refusal(label, value, "is not text; it may be")
        try:
            text = kind.read(value)
        except ValueError as error:
            raise ValueError(f"{label} = {error}") from None
        if kind.listed and text not in self.choices:
            raise self._refusal(label, value, "is not one of")
        return text

    def _refusal(self, label: str, value: object, verdict: str) -> ValueError:
        shown = f'"{value}"' if isinstance(value, str) else figure(value)
        return ValueError(f"{label} = {shown} {verdict} {self.range_text}")


def figure(value: object) -> str:
    """A number as people write it: 20 for 20.0, 2147483647 for 2**31 - 1; anything else as Python shows it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:g}"
    return repr(value)
