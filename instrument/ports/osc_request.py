"""What an OSC message asks for, by the addresses in `instrument.ports.osc_addresses`. Pure.

What cannot be obeyed is a Fault with a reason; `/lilt/error` itself is passed over, so that two instruments never
answer each other's errors for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.controls.control import Control, Value, figure
from instrument.ports.osc_addresses import (
    ACTION_AT,
    ADDRESSES,
    CLIPPED,
    CONTROL_AT,
    ERROR,
    FADER_AT,
    QUESTIONS,
    RATE,
    READABLE,
    READING_AT,
    SETTABLE,
    TRIGGER,
    suggestion,
)
from instrument.ports.osc_packet import Argument, Fault, Message
from instrument.ports.osc_pattern import is_pattern, matching


@dataclass(frozen=True, slots=True)
class Set:
    """Turn a control. name: dotted; value: checked; address: as sent; said: what had to be done to it, or ""."""

    name: str
    value: Value
    address: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Do:
    """Fire an action. name: dotted."""

    name: str


@dataclass(frozen=True, slots=True)
class Get:
    """The value at an address, sent back on it."""

    address: str


@dataclass(frozen=True, slots=True)
class Subscribe:
    """addresses: whose changes are wanted; port: where to, 0: the sender's; rate: times a second at most."""

    addresses: tuple[str, ...]
    port: int
    rate: float


@dataclass(frozen=True, slots=True)
class Load:
    """Play a patch. name: as sent; whether there is one is for others to know."""

    name: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One of the other questions. number: its argument, or 0."""

    address: str
    number: int = 0


Request = Set | Do | Get | Subscribe | Load | Ask


def understand(message: Message) -> list[Request | Fault]:
    """What is asked: nothing, one thing, or by a pattern several. A Fault has the reason it cannot be obeyed for."""
    address, arguments = message.address, message.arguments
    if address in (ERROR, CLIPPED):
        return []
    try:
        return list(_asked(address, arguments))
    except ValueError as error:
        return [Fault(address, " ".join(str(error).split()))]  # one line, whatever text it quotes


def value_at(address: str, value: Value) -> Value:
    """What is sent for a control's or reading's value on this address of it."""
    control = FADER_AT.get(address)
    return control.to_fader(value) if control else value


def name_at(address: str) -> str:
    """The dotted name of the control or reading that can be read there."""
    control = CONTROL_AT.get(address) or FADER_AT.get(address)
    return control.name if control else READING_AT[address].name


def _asked(address: str, arguments: tuple[Argument, ...]) -> list[Request]:
    if address in ACTION_AT:
        return [Do(ACTION_AT[address].name)] if _fires(arguments) else []
    if address in QUESTIONS:
        return _question(address, arguments)
    if address in READING_AT:
        raise ValueError("can be read, not set; ask with /lilt/get")
    if not is_pattern(address) and address not in SETTABLE:
        raise ValueError(f"unknown address{suggestion(address, ADDRESSES)}")
    meant = matching(address, SETTABLE)
    if not meant:
        raise ValueError("no control has an address like that; ask with /lilt/list")
    return [_set(each, arguments) for each in meant]


def _set(address: str, arguments: tuple[Argument, ...]) -> Set:
    fader = address in FADER_AT
    control = FADER_AT[address] if fader else CONTROL_AT[address]
    if len(arguments) != 1:
        wanted = "0..1" if fader else control.range_text
        raise ValueError(f"takes one argument, {wanted}; it came with {len(arguments)}")
    value = arguments[0]
    if fader:
        return _faded(control, address, _number(value))
    if isinstance(value, bool) and control.kind in ("int", "float"):
        value = int(value)
    legal, said = control.clip(value)
    return Set(control.name, legal, address, said)


def _faded(control: Control, address: str, position: float) -> Set:
    inside = min(max(position, 0.0), 1.0)
    said = "" if inside == position else f"fader position {figure(position)} is outside 0..1; {figure(inside)} it is"
    return Set(control.name, control.from_fader(position if position != position else inside), address, said)


def _fires(arguments: tuple[Argument, ...]) -> bool:
    """A touch surface sends 1 on press and 0 on release: only the press counts."""
    if len(arguments) > 1 or any(isinstance(value, str) for value in arguments):
        raise ValueError(f"takes {TRIGGER}")
    return not arguments or _number(arguments[0]) >= 0.5


def _question(address: str, arguments: tuple[Argument, ...]) -> list[Request]:
    if address == "/lilt/get":
        return _get(arguments)
    if address == "/lilt/patch/load":
        if len(arguments) != 1 or not isinstance(arguments[0], str):
            raise ValueError("takes one text, a patch's name")
        return [Load(arguments[0])]
    if address == "/lilt/subscribe":
        return [_subscribe(arguments)]
    if QUESTIONS[address][0] == "no argument":
        return [Ask(address)] if _fires(arguments) else []
    if address == "/lilt/unsubscribe":
        arguments = arguments or (0,)
    low, high = (-(2**31), 2**31 - 1) if address == "/lilt/sync" else (0, 65535)
    return [Ask(address, _whole(arguments, low, high))]


def _whole(arguments: tuple[Argument, ...], low: int, high: int) -> int:
    numbers = [_number(argument) for argument in arguments]
    if len(numbers) != 1 or not low <= numbers[0] <= high or not numbers[0].is_integer():
        raise ValueError(f"takes one whole number, {low}..{high}")
    return int(numbers[0])


def _get(arguments: tuple[Argument, ...]) -> list[Request]:
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        raise ValueError("takes one text, the address of a control")
    found = matching(arguments[0], READABLE)
    if not found:
        raise ValueError(f'"{arguments[0][:80]}" is not the address of a control{suggestion(arguments[0], READABLE)}')
    return [Get(address) for address in found]


def _subscribe(arguments: tuple[Argument, ...]) -> Subscribe:
    """A text is the pattern; of the numbers the first is the port and the second the rate."""
    texts = [argument for argument in arguments if isinstance(argument, str)]
    numbers = [float(argument) for argument in arguments if not isinstance(argument, str)]
    if len(texts) > 1 or len(numbers) > 2:
        raise ValueError("takes [port] [pattern] [rate]")
    port = _whole(tuple(numbers[:1]), 0, 65535) if numbers else 0
    rate = numbers[1] if len(numbers) > 1 else RATE
    if not rate > 0:
        raise ValueError(f"a rate of {figure(rate)} a second; it may be above 0, up to {RATE:g}")
    addresses = matching(texts[0], READABLE) if texts else [*CONTROL_AT, *READING_AT]
    if not addresses:
        raise ValueError(f'"{texts[0][:80]}" means no address{suggestion(texts[0], READABLE)}')
    return Subscribe(tuple(addresses), port, min(rate, RATE))


def _number(value: Argument) -> float:
    if isinstance(value, str):
        raise ValueError(f'"{value[:80]}" is not a number')
    return float(value)
