"""Requests in OSC messages, by the addresses in `instrument.ports.osc.addresses`. Pure.

What cannot be obeyed is a Fault with a reason; `/lilt/error` itself is passed over, so that two instruments never
answer each other's errors for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from instrument.controls.control import Control, Value, figure
from instrument.ports.osc.addresses import (
    ACTION_AT,
    ADDRESSES,
    CLIPPED,
    CONTROL_AT,
    ERROR,
    EVENTS,
    FADER_AT,
    OLD,
    QUESTIONS,
    RATE,
    READABLE,
    READING_AT,
    SETTABLE,
    SLOWEST,
    TEXTED,
    TRIGGER,
    suggestion,
)
from instrument.ports.osc.packet import Argument, Fault, OscCall
from instrument.ports.osc.pattern import is_pattern, matching
from instrument.ports.osc_out.note_packets import ADDRESSES as NOTE_ADDRESSES


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
    """Request to subscribe to changes.

    addresses: whose changes are wanted; port: where to, 0: the sender's; rate: times a second at most
    bundled: several in a packet; said: what had to be done to it, or ""."""

    addresses: tuple[str, ...]
    port: int
    rate: float
    bundled: bool = False
    said: str = ""
    notes: tuple[str, ...] = ()  #: addresses of notes that are to be told as they sound
    plain: bool = False  #: notes without their bundles, which were said to be unwelcome


@dataclass(frozen=True, slots=True)
class Load:
    """Play a patch. name: as sent; whether there is one is for others to know."""

    name: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One of the other questions. number, text: its argument, or 0 and ""."""

    address: str
    number: int = 0
    text: str = ""


LONGEST_NAME = 200  #: characters of a name that is looked at
#: addresses that take longer texts, and how many characters of them are looked at
LONG_TEXTS = {"/lilt/repertoire/load": 4096, "/lilt/repertoire/abc": 65536}

Request = Set | Do | Get | Subscribe | Load | Ask
Suggest = Callable[[str, Iterable[str]], str]


def understand(message: OscCall, suggest: Suggest = suggestion) -> list[Request | Fault]:
    """What is asked: nothing, one thing, or by a pattern several. A Fault has the reason it cannot be obeyed for.

    suggest: looks for the address that was meant
    """
    address, arguments = message.address, message.arguments
    if address in (ERROR, CLIPPED):
        return []
    try:
        return list(_asked(address, arguments, suggest))
    except ValueError as error:
        return [Fault(address, " ".join(str(error).split()))]  # one line, whatever text it quotes


def possible(
    changes: list[Set], refused: Callable[[list[tuple[str, Value]]], dict[str, str]]
) -> tuple[list[Set], list[Fault]]:
    """Those that can be had, and why not of the others. refused: by name, what cannot be had, and why."""
    bad = refused([(change.name, change.value) for change in changes])
    faults = [Fault(change.address, bad[change.name]) for change in changes if change.name in bad]
    return [change for change in changes if change.name not in bad], faults


def value_at(address: str, value: Value) -> Value:
    """What is sent for a control's or reading's value on this address of it."""
    control = FADER_AT.get(address)
    return control.to_fader(value) if control else value


def name_at(address: str) -> str:
    """The dotted name of the control or reading that can be read there."""
    control = CONTROL_AT.get(address) or FADER_AT.get(address)
    return control.name if control else READING_AT[address].name


def _asked(address: str, arguments: tuple[Argument, ...], suggest: Suggest) -> list[Request]:
    if address in TEXTED and len(arguments) == 1 and isinstance(arguments[0], str):
        return [Ask(address, 0, arguments[0][:LONGEST_NAME])]
    if address in ACTION_AT:
        return [Do(ACTION_AT[address].name)] if _fires(arguments) else []
    if address in QUESTIONS:
        return _question(address, arguments, suggest)
    if address in READING_AT:
        raise ValueError("can be read, not set; ask with /lilt/get")
    if address in CONTROL_AT or address in FADER_AT:
        return [_set(address, arguments)]
    if not is_pattern(address):
        raise ValueError(f"unknown address{suggest(address, ADDRESSES)}")
    meant = _meant(address, SETTABLE)
    if not meant:
        raise ValueError("no control has an address like that; ask with /lilt/list")
    return [_set(each, arguments) for each in meant]


def _meant(pattern: str, addresses: tuple[str, ...]) -> list[str]:
    """Those addresses that a pattern means; of the older spelling, where it means no others."""
    return matching(pattern, addresses) or [each for each in matching(pattern, OLD) if each in FADER_AT]


def _set(address: str, arguments: tuple[Argument, ...]) -> Set:
    fader = address in FADER_AT
    control = FADER_AT[address] if fader else CONTROL_AT[address]
    if len(arguments) != 1:
        wanted = "0..1" if fader else control.range_text
        raise ValueError(f"takes one argument, {wanted}; it came with {len(arguments)}")
    value = arguments[0]
    if fader:
        return _faded(control, address, _number(value))
    if isinstance(value, bool) and control.numeric:
        return Set(control.name, control.check(int(value)), address)  # a switch is no hand: it is not moved to an end
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


def _question(address: str, arguments: tuple[Argument, ...], suggest: Suggest) -> list[Request]:
    if address == "/lilt/get":
        return _get(arguments, suggest)
    if address == "/lilt/patch/load":
        if len(arguments) != 1 or not isinstance(arguments[0], str):
            raise ValueError("takes one text, a patch's name")
        return [Load(arguments[0])]
    if address == "/lilt/setlist/load":
        if len(arguments) != 1 or not isinstance(arguments[0], str):
            raise ValueError("takes one text, a set list's name")
        return [Ask(address, 0, arguments[0][:LONGEST_NAME])]
    if address in LONG_TEXTS:
        if len(arguments) != 1 or not isinstance(arguments[0], str):
            raise ValueError("takes one text: " + QUESTIONS[address][0])
        return [Ask(address, 0, arguments[0][: LONG_TEXTS[address]])]
    if address == "/lilt/subscribe":
        return [_subscribe(arguments, suggest)]
    if address == "/lilt/pair":
        return [Ask(address, 0, _code(arguments))]
    if address == "/lilt/list":
        return _list(arguments, suggest)
    if QUESTIONS[address][0] == "no argument":
        return [Ask(address)] if _fires(arguments) else []
    if address == "/lilt/unsubscribe":
        arguments = arguments or (0,)
    low, high = _BOUNDS.get(address, (0, 65535))
    return [Ask(address, _whole(arguments, low, high))]


_BOUNDS = {"/lilt/sync": (-(2**31), 2**31 - 1), "/lilt/confirm": (0, 2**31 - 1), "/lilt/time_tags": (0, 1)}


def _code(arguments: tuple[Argument, ...]) -> str:
    """The digits of a pairing code, sent as text or, from surfaces that only know numbers, as one."""
    if len(arguments) != 1 or isinstance(arguments[0], bool):
        raise ValueError("takes the code that Lilt shows when it starts")
    if isinstance(arguments[0], str):
        return arguments[0].strip()[:40]
    return f"{int(arguments[0]):06}" if 0 <= arguments[0] < 1e6 else ""


def _list(arguments: tuple[Argument, ...], suggest: Suggest) -> list[Request]:
    if len(arguments) == 1 and isinstance(arguments[0], str):
        if not matching(arguments[0], ADDRESSES):
            raise ValueError(f'"{arguments[0][:80]}" means no address{suggest(arguments[0], ADDRESSES)}')
        return [Ask("/lilt/list", 0, arguments[0])]
    return [Ask("/lilt/list")] if _fires(arguments) else []


def _whole(arguments: tuple[Argument, ...], low: int, high: int) -> int:
    numbers = [_number(argument) for argument in arguments]
    if len(numbers) != 1 or not low <= numbers[0] <= high or not numbers[0].is_integer():
        raise ValueError(f"takes one whole number, {low}..{high}")
    return int(numbers[0])


def _get(arguments: tuple[Argument, ...], suggest: Suggest) -> list[Request]:
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        raise ValueError("takes one text, the address of a control")
    found = _meant(arguments[0], READABLE)
    if not found:
        raise ValueError(f'"{arguments[0][:80]}" is not the address of a control{suggest(arguments[0], READABLE)}')
    return [Get(address) for address in found]


def _subscribe(arguments: tuple[Argument, ...], suggest: Suggest) -> Subscribe:
    """A text is the pattern; of the numbers the first is the port, the second the rate, the third asks for bundles."""
    texts = [argument for argument in arguments if isinstance(argument, str)]
    numbers = [float(argument) for argument in arguments if not isinstance(argument, str)]
    if len(texts) > 1 or len(numbers) > 3:
        raise ValueError("takes [port] [pattern] [rate] [bundles]")
    port = _whole(tuple(numbers[:1]), 0, 65535) if numbers else 0
    asked = numbers[1] if len(numbers) > 1 else RATE
    if not asked > 0:
        raise ValueError(f"a rate of {figure(asked)} a second; it may be above 0, up to {RATE:g}")
    rate = min(max(asked, SLOWEST), RATE)
    moved = f"a rate of {figure(asked)} a second is outside {SLOWEST:g}..{RATE:g}; {rate:g} it is"
    told = (*READABLE, *EVENTS)
    addresses = _meant(texts[0], told) if texts else [*CONTROL_AT, *READING_AT, *EVENTS]
    notes = matching(texts[0], NOTE_ADDRESSES) if texts else []
    if not addresses and not notes:
        raise ValueError(f'"{texts[0][:80]}" means no address{suggest(texts[0], told)}')
    bundled, plain = (numbers[2] >= 0.5, numbers[2] < 0.5) if len(numbers) > 2 else (False, False)
    return Subscribe(tuple(addresses), port, rate, bundled, "" if rate == asked else moved, tuple(notes), plain)


def _number(value: Argument) -> float:
    if isinstance(value, str):
        raise ValueError(f'"{value[:80]}" is not a number')
    return float(value)
