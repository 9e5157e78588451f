"""Messages of an ensemble as OSC packets, and back, strictly. Pure.

`/lilt/ensemble/hello` and `/lilt/ensemble/bar`: version, ensemble's name, member's number, then what the message says.
So any program that knows OSC may read along.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from pythonosc.osc_message_builder import OscMessageBuilder

from instrument.controls.control import Value
from instrument.controls.table import CONTROLS
from instrument.playing.ensemble.bar_text import HIGHEST, LONGEST, json_object
from instrument.playing.ensemble.packets import SHARED, Bar, Hello, Packet
from instrument.ports.osc.packet import Fault, read_packet

VERSION = 1  #: of what is said
HELLO, BAR = "/lilt/ensemble/hello", "/lilt/ensemble/bar"
LARGEST = 2 * LONGEST  #: bytes of a packet
NUMBER, NAME = 16, 40  #: characters of a member's number, and of names, at most
KINDS: dict[str, tuple[type, ...]] = {
    HELLO: (str, str, int, bool, int, int, int, str, bool),
    BAR: (str, int, int, str, str),
}


def packed(packet: Packet, ensemble: str) -> bytes:
    """A message as the bytes of a UDP packet."""
    builder = OscMessageBuilder(HELLO if isinstance(packet, Hello) else BAR)
    builder.add_arg(VERSION, "i")
    builder.add_arg(ensemble)
    match packet:
        case Hello(member, name, tick, playing, called, losses, since, to, bye):
            values: tuple[Any, ...] = (member, name, tick, playing, called, losses, since, to, bye)
        case Bar(member, number, tick, text, controls):
            values = (member, number, tick, text, json.dumps(dict(controls), separators=(",", ":")))
    for value in values:
        builder.add_arg(value, "h" if type(value) is int else None)
    data: bytes = builder.build().dgram
    return data


def unpacked(data: bytes, ensemble: str) -> Packet | None:
    """The message in a packet; None where it is another ensemble's. Raises ValueError, one line, for what is none."""
    if len(data) > LARGEST:
        raise ValueError(f"a packet of {len(data)} bytes; {LARGEST} are the most")
    calls = read_packet(data)
    if len(calls) != 1 or isinstance(calls[0], Fault):
        raise ValueError("no message of an ensemble")
    call = calls[0]
    if call.address not in KINDS or len(call.arguments) < 2:
        raise ValueError(f"no message of an ensemble ({call.address[:40]!r})")
    version, name, *values = cast("tuple[Any, ...]", call.arguments)
    if version != VERSION:
        raise ValueError(f"says version {str(version)[:20]} of what members say; ours is {VERSION}: use the same Lilt")
    if name != ensemble:
        return None
    kinds = KINDS[call.address]
    if len(values) != len(kinds) or any(type(value) is not kind for value, kind in zip(values, kinds, strict=True)):
        raise ValueError(f"{call.address} without what it says")
    return _hello(*values) if call.address == HELLO else _bar(*values)


def _hello(*values: Any) -> Hello:
    hello = Hello(*values)
    _numbered(hello.member)
    if len(hello.name) > NAME or not hello.name.isprintable() or len(hello.to) > NUMBER:
        raise ValueError("a hello whose name is none")
    if not (abs(hello.tick) < HIGHEST and abs(hello.since) < HIGHEST and min(hello.called, hello.losses) >= 0):
        raise ValueError("a hello whose numbers are out of range")
    if max(hello.called, hello.losses) > 10**6:
        raise ValueError("a hello whose claim is out of range")
    return hello


def _bar(member: str, number: int, tick: int, text: str, controls: str) -> Bar:
    _numbered(member)
    if not (0 < number < HIGHEST and abs(tick) < HIGHEST):
        raise ValueError("a bar whose numbers are out of range")
    return Bar(member, number, tick, text, _controls(controls))


def _controls(text: str) -> Mapping[str, Value]:
    """Those that are shared, of what a bar says; others are left out."""
    found = json_object(text, "a bar whose controls are")
    for name in SHARED:
        if name in found:
            CONTROLS[name].check(found[name], name)
    return {name: found[name] for name in SHARED if name in found}


def _numbered(member: str) -> None:
    if not (0 < len(member) <= NUMBER and member.isascii() and member.isalnum()):
        raise ValueError("a message whose member has no number")
