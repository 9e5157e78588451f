"""One control: what may be asked for, in which unit and range. Everything else follows from the table.

A control is declared once, in `instrument.controls.table`. Its OSC address, CC, patch key, range check and
line of documentation all come from that declaration.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.music.key import Key
from instrument.music.meter import Meter

Value = int | float | str | bool


@dataclass(frozen=True, slots=True)
class Control:
    """name: dotted, `tune.temperature`; kind: "int", "float", "bool", "meter", "key" or "choice"
    low, high: inclusive range of a number; choices: of a choice or meter; unit: as shown to people
    cc: the default controller number, or None; curve: "linear" or "log", for faders
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

    @property
    def address(self) -> str:
        """Its OSC address: /lilt/tune/temperature."""
        return "/lilt/" + self.name.replace(".", "/")

    @property
    def range_text(self) -> str:
        """Its legal values in words: "0.1..2", "4/4, 6/8", "a key such as D mixolydian"."""
        if self.kind in ("int", "float"):
            return f"{self.low:g}..{self.high:g}" + (f" ({self.unit})" if self.unit else "")
        if self.kind == "bool":
            return "true or false"
        if self.kind == "key":
            return 'a key such as "D mixolydian" or "Am"'
        return ", ".join(self.choices)

    def check(self, value: object) -> Value:
        """The value in its own type. Raises ValueError, one line: what it is and what it may be. Pure."""
        if self.kind == "bool":
            return self._bool(value)
        if self.kind in ("int", "float"):
            return self._number(value)
        if not isinstance(value, str):
            raise ValueError(f"{self.name} = {value!r} is not text; it may be {self.range_text}")
        if self.kind == "key":
            try:
                return str(Key.parse(value))
            except ValueError as error:
                raise ValueError(f"{self.name} = {error}") from None
        text = value.strip()
        if self.kind == "meter":
            try:
                text = str(Meter.parse(text))
            except ValueError as error:
                raise ValueError(f"{self.name} = {error}") from None
        if text not in self.choices:
            raise ValueError(f'{self.name} = "{value}" is not one of {self.range_text}')
        return text

    def _bool(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float) and value in (0, 1):
            return bool(value)
        raise ValueError(f"{self.name} = {value!r} is not true or false")

    def _number(self, value: object) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{self.name} = {value!r} is not a number; it may be {self.range_text}")
        if not self.low <= value <= self.high:  # also refuses NaN
            raise ValueError(f"{self.name} = {value:g} is outside {self.range_text}")
        if self.kind == "float":
            return float(value)
        if value != int(value):
            raise ValueError(f"{self.name} = {value:g} is not a whole number; it may be {self.range_text}")
        return int(value)
