"""Voices of a patch by the full names of their controls: what [controls] says of them, joined with their tables.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from instrument.controls.control import Value
from instrument.controls.table import CONTROLS
from instrument.controls.voice import PARTS, Voice
from instrument.controls.voice_controls import DRONE_NOTES, fields_of, name_of


def mixed(
    tables: Mapping[str, object], named: Iterable[tuple[str, object]], drone: str, said: bool
) -> tuple[Mapping[str, object], str]:
    """The tables of voices and the drone, with what is said of voices by their controls' names.

    tables: of [voices.*]; drone: "none", "tonic" or "fifth"; said: whether the patch says so itself. Raises ValueError,
    one line, for what is said twice.
    """
    found = dict(tables)
    for name, value in named:
        part, _, field = name.removeprefix("voice.").partition(".")
        checked, table = CONTROLS[name].check(value, f"controls.{name}"), _table(found, part)
        if name == "voice.drone.notes":
            if said:
                raise ValueError(f'controls.{name} is already set by "drone"; remove one')
            drone = str(checked)
        elif field != "on":
            if field in table:
                raise ValueError(f"controls.{name} is already set by voices.{part}.{field}; remove one")
            if part in found:
                found[part] = {**table, field: checked}
            elif checked != CONTROLS[name].default:
                raise ValueError(f"controls.{name}: there is no voice {part}; write [voices.{part}] for one")
        elif part == "melody":  # there always is one; it may be silent
            found[part] = {"mute": not checked, **table}
        elif not checked:
            found.pop(part, None)
            drone = "none" if part == "drone" else drone
        else:
            found.setdefault(part, {})
            drone = DRONE_NOTES[-1] if part == "drone" and drone == "none" else drone
    return found, drone


def _table(tables: Mapping[str, object], part: str) -> Mapping[str, object]:
    """The table of a voice, empty where there is none."""
    table = tables.get(part, {})
    if part in PARTS and isinstance(table, dict):
        return table
    raise ValueError(f"voices.{part} is not a table; write [voices.{part}] above its keys")


def as_turned(voices: Mapping[str, Voice], values: Mapping[str, Value]) -> dict[str, Voice]:
    """A patch's voices as the controls of voices stand: those that are on, each with its settings. Raises ValueError,
    one line, where two have one channel."""
    found: dict[str, Voice] = {}
    for part, usual in PARTS.items():
        if values[name_of(part, "on")]:
            settings = {field: values[name_of(part, field)] for field in fields_of(part)}
            found[part] = replace(voices.get(part, usual), **settings)  # type: ignore[arg-type]
    channels = [voice.channel for voice in found.values()]
    for voice in found.values():
        if channels.count(voice.channel) > 1:
            raise ValueError(f"voice.{voice.name}.channel = {voice.channel} is another voice's too; give it its own")
    return found
