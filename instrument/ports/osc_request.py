"""What an OSC message asks for. The address space is laid out here, and follows from the tables. Pure.

    /lilt/tune/seed i               set a control; any of i f d h T F is a number, s is text
    /lilt/tune/temperature/norm f   the same by fader position, 0..1 (every control but the key)
    /lilt/transport/play            do something once; with one number, 0.5 and above fires, below is ignored
    /lilt/get s                     the value of that address (a control or a reading), sent back on that address
    /lilt/list                      one /lilt/list address range help for each address, then /lilt/listed i
    /lilt/ping, /lilt/version       /lilt/pong; /lilt/version s
    /lilt/sync i                    /lilt/synced i, once all before it is done
    /lilt/reply_port i              where replies go on the sender's host; 0: to the sending port again

Addresses are matched exactly: patterns (`*`) are not supported. What cannot be obeyed is a Fault with a reason;
`/lilt/error` itself is passed over, so that two instruments never answer each other's errors for ever.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from instrument.controls.control import Control, Value
from instrument.controls.readings import READINGS
from instrument.controls.table import ACTIONS, CONTROLS
from instrument.ports.osc_packet import Argument, Fault, Message

ERROR = "/lilt/error"

#: what may be asked, beside controls and actions: its argument in words, and one line of help
QUESTIONS = {
    "/lilt/get": ("an address", "The value of a control or reading, sent back on its address"),
    "/lilt/list": ("no argument", "Every address with its range"),
    "/lilt/ping": ("no argument", "Answers /lilt/pong"),
    "/lilt/version": ("no argument", "Answers with the version of Lilt"),
    "/lilt/sync": ("a whole number", "Answers /lilt/synced with that number once all before it is done"),
    "/lilt/reply_port": ("0..65535", "The port of your host that replies go to; 0 is the one you send from"),
}
TRIGGER = "no argument, or a number (0.5 and above fires)"

_CONTROLS = {control.address: control for control in CONTROLS.values()}
_FADERS = {control.address + "/norm": control for control in CONTROLS.values() if control.kind != "key"}
_ACTIONS = {action.address: action for action in ACTIONS.values()}
_READINGS = {reading.address: reading for reading in READINGS.values()}
_READABLE = (*_CONTROLS, *_FADERS, *_READINGS)
ADDRESSES = (*_READABLE, *_ACTIONS, *QUESTIONS)


@dataclass(frozen=True, slots=True)
class Set:
    """Turn a control. name: dotted; value: checked."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Do:
    """Fire an action. name: dotted."""

    name: str


@dataclass(frozen=True, slots=True)
class Get:
    """The value of a control. address: where the answer goes; fader: as a position, 0..1."""

    control: Control
    address: str
    fader: bool


@dataclass(frozen=True, slots=True)
class Read:
    """The value of a reading. name: dotted; address: where the answer goes."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One of the other questions. number: its argument, or 0."""

    address: str
    number: int = 0


Request = Set | Do | Get | Read | Ask


def understand(message: Message) -> Request | Fault | None:
    """What is asked; a Fault with the reason if it cannot be obeyed; None if there is nothing to do."""
    address, arguments = message.address, message.arguments
    if address == ERROR:
        return None
    try:
        if address in _CONTROLS or address in _FADERS:
            return _set(address, arguments)
        if address in _ACTIONS:
            return Do(_ACTIONS[address].name) if _fires(arguments) else None
        if address in QUESTIONS:
            return _question(address, arguments)
        if address in _READINGS:
            raise ValueError("can be read, not set; ask with /lilt/get")
    except ValueError as error:
        return Fault(address, " ".join(str(error).split()))  # one line, whatever text it quotes
    return Fault(address, f"unknown address{_suggestion(address, ADDRESSES)}")


def listing() -> list[tuple[str, str, str]]:
    """(address, range, help) of everything, in the order of the tables."""
    rows = [(c.address, c.range_text, c.help) for c in CONTROLS.values()]
    rows += [(address, "0..1", f"{control.name} by fader position") for address, control in _FADERS.items()]
    rows += [(a.address, TRIGGER, a.help) for a in ACTIONS.values()]
    rows += [(address, "read only", reading.help) for address, reading in _READINGS.items()]
    return rows + [(address, argument, text) for address, (argument, text) in QUESTIONS.items()]


def _set(address: str, arguments: tuple[Argument, ...]) -> Set:
    fader = address in _FADERS
    control = _FADERS[address] if fader else _CONTROLS[address]
    if len(arguments) != 1:
        wanted = "0..1" if fader else control.range_text
        raise ValueError(f"takes one argument, {wanted}; it came with {len(arguments)}")
    value = arguments[0]
    if fader:
        return Set(control.name, control.from_fader(_number(value)))
    if isinstance(value, bool) and control.kind in ("int", "float"):
        value = int(value)
    return Set(control.name, control.check(value))


def _fires(arguments: tuple[Argument, ...]) -> bool:
    """A touch surface sends 1 on press and 0 on release: only the press counts."""
    if len(arguments) > 1 or any(isinstance(value, str) for value in arguments):
        raise ValueError(f"takes {TRIGGER}")
    return not arguments or _number(arguments[0]) >= 0.5


def _question(address: str, arguments: tuple[Argument, ...]) -> Request | None:
    if address == "/lilt/get":
        return _get(arguments)
    if QUESTIONS[address][0] == "no argument":
        return Ask(address) if _fires(arguments) else None
    low, high = (0, 65535) if address == "/lilt/reply_port" else (-(2**31), 2**31 - 1)
    numbers = [_number(argument) for argument in arguments]
    if len(numbers) != 1 or not low <= numbers[0] <= high or not numbers[0].is_integer():
        raise ValueError(f"takes one whole number, {low}..{high}")
    return Ask(address, int(numbers[0]))


def _get(arguments: tuple[Argument, ...]) -> Get | Read:
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        raise ValueError("takes one text, the address of a control")
    address = arguments[0]
    if address not in _READABLE:
        raise ValueError(f'"{address[:80]}" is not the address of a control{_suggestion(address, _READABLE)}')
    if address in _READINGS:
        return Read(_READINGS[address].name, address)
    control = _CONTROLS.get(address) or _FADERS[address]
    return Get(control, address, address in _FADERS)


def _number(value: Argument) -> float:
    if isinstance(value, str):
        raise ValueError(f'"{value[:80]}" is not a number')
    return float(value)


def _suggestion(word: str, words: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word[:80], words, 1, 0.7)
    return f'; did you mean "{near[0]}"?' if near else ""
