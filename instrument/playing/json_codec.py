"""Frozen values as plain data, and back: what JSON can hold, exactly.

A value of ours becomes {"is": its class, field: ...}, without the fields at their defaults; bytes {"hex": ...};
a mapping {"map": ...}, or {"pairs": ...} where its keys are no texts. Sequences come back as tuples, which is what our
values hold. Only the classes listed here are made again, so a log from a stranger can build nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

from instrument.controls import requests, snapshot
from instrument.controls.devices import plugged
from instrument.music import chord, cues, events, note, plan, play_order, set_place
from instrument.music.repertoire import known_tune
from instrument.playing import messages
from instrument.playing.ensemble import roles
from instrument.playing.midi import midi_input, output_message
from instrument.playing.time import jack_state, link_state

VALUES = (
    plugged, snapshot, requests, chord, events, play_order, cues, note, plan, set_place, midi_input, link_state,
    output_message, jack_state, messages, known_tune, roles,
)  # fmt: skip
KNOWN: dict[str, type] = {
    kind.__name__: kind
    for module in VALUES
    for kind in vars(module).values()
    if isinstance(kind, type) and is_dataclass(kind)
}

#: what classes were called in the logs of earlier releases
FORMER = {
    "Stage": "PlayerSetup",
    "Thinker": "ThinkerState",
    "Accompanist": "AccompanistState",
    "Ended": "PlayerEnded",
    "Opened": "PortsOpened",
    "Heard": "ReceivedMidi",
    "Linked": "LinkState",
    "Rolled": "JackState",
}


def plain(value: Any) -> Any:
    """What JSON can hold. TypeError for what is not ours."""
    if value is None or isinstance(value, str | int | float):  # bool is an int
        return value
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, Path):
        return {"path": str(value)}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value) and "is" not in value:
            return {"map": {key: plain(each) for key, each in value.items()}}
        return {"pairs": [[plain(key), plain(each)] for key, each in value.items()]}
    if type(value).__name__ not in KNOWN:
        raise TypeError(f"a {type(value).__name__} has no place in a log")
    held = {field.name: getattr(value, field.name) for field in fields(value) if not _usual(field, value)}
    return {"is": type(value).__name__, **{name: plain(each) for name, each in held.items()}}


def revive(data: Any) -> Any:
    """The value that `plain` was given. ValueError for what it cannot have made."""
    if isinstance(data, list):
        return tuple(revive(each) for each in data)
    if not isinstance(data, dict):
        return data
    if "is" in data:
        name = str(data["is"])
        kind = KNOWN.get(FORMER.get(name, name))
        if kind is None:
            raise ValueError(f"nothing of ours is called {data['is']!r}")
        try:
            return kind(**{name: revive(each) for name, each in data.items() if name != "is"})
        except TypeError as error:
            raise ValueError(f"not a {data['is']}: {error}") from None
    if "hex" in data:
        return bytes.fromhex(data["hex"])
    if "path" in data:
        return Path(data["path"])
    if "map" in data:
        return {key: revive(each) for key, each in data["map"].items()}
    if "pairs" in data:
        return {revive(key): revive(each) for key, each in data["pairs"]}
    raise ValueError(f"no value of ours looks like {str(data)[:80]}")


def _usual(field: Any, value: object) -> bool:
    """Whether a field is at its default, and so need not be written."""
    held = getattr(value, field.name)
    return field.default is not MISSING and type(held) is type(field.default) and bool(held == field.default)
