"""OSCQuery: the address space as a tree of JSON, so that clients find every control by themselves. Pure.

Source: the OSCQuery proposal (Vidvox, draft of 2018): attributes FULL_PATH, CONTENTS, TYPE, ACCESS (1 read, 2 write,
3 both), VALUE, RANGE, UNIT, CLIPMODE, DESCRIPTION; `?HOST_INFO`; one attribute by `?VALUE` and so on. Containers hold
nodes and leaves have values, never both at once: fader positions are a tree of their own, `/lilt/norm`. What does
something and has no value (an action) has TYPE N and the VALUE null, because clients refuse a leaf without any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from instrument import __version__
from instrument.controls.control import Control, Value
from instrument.controls.readings import Reading
from instrument.ports.osc.addresses import (
    ACTION_AT,
    ASKED_WITH,
    CONTROL_AT,
    FADER_AT,
    NORM,
    OLD,
    QUESTIONS,
    READING_AT,
    type_of,
)
from instrument.ports.osc.request import name_at, value_at

Get = Callable[[str], Value]
Node = dict[str, Any]

ATTRIBUTES = (
    "FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "UNIT", "CLIPMODE", "DESCRIPTION",
)  # fmt: skip


def host_info(osc: tuple[str, int], web: tuple[str, int]) -> Node:
    """What we are and can do. osc, web: (address as others reach it, port)."""
    can = dict.fromkeys(("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE", "LISTEN"), True)
    return {
        "NAME": f"Lilt {__version__}", "OSC_IP": osc[0], "OSC_PORT": osc[1], "OSC_TRANSPORT": "UDP",
        "WS_IP": web[0], "WS_PORT": web[1], "EXTENSIONS": can,
    }  # fmt: skip


def tree(get: Get) -> Node:
    """The whole space, with the values of this moment."""
    root: Node = {"FULL_PATH": "/", "ACCESS": 0, "DESCRIPTION": "Lilt", "CONTENTS": {}}
    for address, control in CONTROL_AT.items():
        _put(root, address, _control(control, get(control.name)))
    for address, control in FADER_AT.items():
        if address not in OLD:
            _put(root, address, _fader(control, value_at(address, get(control.name))))
    for address, reading in READING_AT.items():
        _put(root, address, _reading(reading, get(reading.name)))
    for address, action in ACTION_AT.items():
        if address not in OLD:
            _put(root, address, _method("f" if address.startswith(NORM) else "N", action.help))
    for address, (_, text) in QUESTIONS.items():
        _put(root, address, _method(ASKED_WITH.get(address, "N"), text))
    return _folders_alone(root)


def node_at(path: str, get: Get) -> Node | None:
    """The node at an address, None where there is none."""
    here: Node | None = tree(get)
    for part in [part for part in path.split("/") if part]:
        here = here and here.get("CONTENTS", {}).get(part)
    return here


def answer(path: str, query: str, get: Get, host: Node) -> tuple[int, Node | None]:
    """(HTTP status, JSON) to a GET. query: "", or an attribute's name. 204: such a node has no such attribute."""
    if query.upper() == "HOST_INFO":
        return 200, host
    node = node_at(path, get)
    if node is None:
        return 404, {"ERROR": f"there is no {path[:100]}"}
    if not query:
        return 200, node
    if query.upper() not in ATTRIBUTES:
        return 400, {"ERROR": f"{query[:100]} is not an attribute; there is {', '.join(ATTRIBUTES)}"}
    return (200, {query.upper(): node[query.upper()]}) if query.upper() in node else (204, None)


def listened(command: object) -> tuple[str, str] | None:
    """("LISTEN" or "IGNORE", an address that can be read) of a client's message, or None for anything else."""
    if isinstance(command, dict) and command.get("COMMAND") in ("LISTEN", "IGNORE"):
        address = command.get("DATA")
        if isinstance(address, str) and (address in CONTROL_AT or address in FADER_AT or address in READING_AT):
            return command["COMMAND"], address
    return None


def value_of(address: str, get: Get) -> Value:
    """The value at a readable address now."""
    return value_at(address, get(name_at(address)))


def _put(root: Node, address: str, attributes: Node) -> None:
    here, path = root, ""
    for part in address.strip("/").split("/"):
        path += "/" + part
        here = here.setdefault("CONTENTS", {}).setdefault(part, {"FULL_PATH": path, "ACCESS": 0})
    here.update(attributes)


def _folders_alone(node: Node) -> Node:
    """The tree with no value on what holds others: clients refuse an address that is both, as /lilt/note is."""
    inside = node.get("CONTENTS", {})
    for part in inside.values():
        _folders_alone(part)
    if inside:
        for attribute in ("TYPE", "VALUE", "RANGE", "UNIT", "CLIPMODE"):
            node.pop(attribute, None)
        node["ACCESS"] = 0
    return node


def _control(control: Control, value: Value) -> Node:
    node = {"TYPE": type_of(value), "ACCESS": 3, "VALUE": [value], "DESCRIPTION": control.help}
    if control.numeric:
        node |= {"RANGE": [{"MIN": control.low, "MAX": control.high}], "CLIPMODE": ["both"]}
    elif control.choices:
        node |= {"RANGE": [{"VALS": list(control.choices)}]}
    if control.unit:
        node |= {"UNIT": [control.unit]}
    return node


def _fader(control: Control, value: Value) -> Node:
    return {
        "TYPE": "f", "ACCESS": 3, "VALUE": [value], "RANGE": [{"MIN": 0.0, "MAX": 1.0}], "CLIPMODE": ["both"],
        "DESCRIPTION": f"{control.help}, by fader position",
    }  # fmt: skip


def _reading(reading: Reading, value: Value) -> Node:
    node = {"TYPE": type_of(value), "ACCESS": 1, "VALUE": [value], "DESCRIPTION": reading.help}
    return node | ({"UNIT": [reading.unit]} if reading.unit else {})


def _method(kind: str, text: str) -> Node:
    """What can be sent and not read: its VALUE stands for the type."""
    node: Node = {"TYPE": kind, "ACCESS": 2, "VALUE": [{"f": 0.0, "i": 0, "s": ""}.get(kind)], "DESCRIPTION": text}
    return node | ({"RANGE": [{"MIN": 0.0, "MAX": 1.0}]} if kind == "f" else {})
