"""OSC packets: the bytes of a UDP packet read into messages. Pure; never blocks, whatever the bytes.

python-osc reads single messages. The frame of bundles is read here, because what arrives on a socket may be anything:
element sizes are checked (a negative one makes python-osc 1.10 loop for ever), depth and number are limited, and a
broken element does not take its neighbours with it. Each message has the time tag of the bundle that it came in.
Arguments of the types N (nil) and I (impulse) carry nothing, and are none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.parsing import osc_types

Argument = int | float | str | bool

TYPES = "ifdhsTF"  #: argument types that mean something here
SIZES = {"i": 4, "f": 4, "d": 8, "h": 8}  #: bytes that an argument takes; a text what it is long, the others none
MOST_ARGUMENTS = 64
EMPTY = "NI"  #: those that stand for no argument
AT_ONCE = 1  #: the time tag of what is to happen when it arrives
MOST_MESSAGES = 256  #: in one packet, so that one packet never keeps us long
DEEPEST = 8  #: bundles within bundles

_BUNDLE = b"#bundle\0"


@dataclass(frozen=True, slots=True)
class OscCall:
    """One OSC message. arguments: numbers, texts and truth values, in order; tag: when, as OSC counts (NTP, 64 bit)."""

    address: str
    arguments: tuple[Argument, ...] = ()
    tag: int = AT_ONCE


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that cannot be obeyed. address: what it was about, "" if unknown; reason: one line."""

    address: str
    reason: str


def read_packet(data: bytes) -> list[OscCall | Fault]:
    """The messages of a packet in order, nested bundles laid flat, each broken part a Fault. Never raises."""
    found: list[OscCall | Fault] = []
    for message in _elements(data, 0, AT_ONCE):
        if len(found) == MOST_MESSAGES:
            return [Fault("", f"more than {MOST_MESSAGES} messages in one packet; none was obeyed")]
        found.append(message)
    return found


def _elements(data: bytes, depth: int, tag: int) -> Iterator[OscCall | Fault]:
    if not data.startswith(_BUNDLE):
        yield _message(data, tag)
        return
    if depth == DEEPEST:
        yield Fault("", f"bundles nested more than {DEEPEST} deep")
        return
    if len(data) < 16:
        yield Fault("", "a bundle cut short before its time tag ends")
        return
    tag = max(tag, struct.unpack_from(">Q", data, 8)[0])  # never before the bundle that it lies in
    at = 16  # past "#bundle" and the time tag
    while at < len(data):
        size = struct.unpack_from(">i", data, at)[0] if at + 4 <= len(data) else -1
        if size < 0 or at + 4 + size > len(data):
            yield Fault("", "a bundle whose element sizes do not fit its packet")
            return
        yield from _elements(data[at + 4 : at + 4 + size], depth + 1, tag)
        at += 4 + size


def _message(data: bytes, tag: int) -> OscCall | Fault:
    if not data.startswith(b"/"):
        return Fault("", "not an OSC packet: it starts with neither / nor #bundle")
    address, types = "", ""
    try:
        address, after = osc_types.get_string(data, 0)
        if data[after:]:
            types, _ = osc_types.get_string(data, after)
        if types and types[0] != ",":
            return Fault(address, "arguments without type tags")
        if len(types) > 1 + MOST_ARGUMENTS:
            return Fault(address, f"more than {MOST_ARGUMENTS} arguments")
        if strange := [kind for kind in types[1:] if kind not in TYPES + EMPTY]:
            return Fault(address, f"argument type '{strange[0]}' is not one of {' '.join(TYPES)}")
        if _cut(data, after, types):
            return Fault(address, "a message that cannot be read: cut short or badly padded")
        types = "," + "".join(kind for kind in types[1:] if kind in TYPES)
        values = OscMessage(_typed(data, after, types)).params if len(types) > 1 else []
    except (ParseError, osc_types.ParseError):
        return Fault(address, "a message that cannot be read: cut short or badly padded")
    except UnicodeDecodeError:
        return Fault(address, "text that is not UTF-8")
    return OscCall(address, tuple(map(_argument, types[1:], values)), tag)


def _cut(data: bytes, after: int, types: str) -> bool:
    """Whether a packet ends before its arguments do: python-osc would read zeros there."""
    if not types:
        return False
    _, at = osc_types.get_string(data, after)
    for kind in types[1:]:
        if kind == "s":
            end = data.find(b"\0", at)
            if end < 0:
                return True
            at = end // 4 * 4 + 4
        else:
            at += SIZES.get(kind, 0)
            if at > len(data):
                return True
    return False


def _typed(data: bytes, after: int, types: str) -> bytes:
    """The message with these type tags in place of its own: what carries nothing left out."""
    _, end = osc_types.get_string(data, after)
    return data[:after] + types.encode() + bytes(4 - len(types) % 4) + data[end:]


def _argument(kind: str, value: Argument) -> Argument:
    """A 32-bit float as its sender wrote it: 0.8, not 0.800000011920929."""
    if kind == "f" and isinstance(value, float) and not value.is_integer():
        return float(f"{value:.7g}")
    return value
