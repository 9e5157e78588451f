"""Voices of a patch: their tables, joined with what [controls] says of them by the full names of their controls.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from instrument.controls.control import Value
from instrument.controls.devices.zones import crowded
from instrument.controls.table import CONTROLS
from instrument.controls.voice import FIELDS, PARTS, Voice, misplaced, voice
from instrument.controls.voice_controls import DRONE_NOTES, fields_of, name_of
from instrument.files.toml import check_keys, table_of


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
    channels = [one.channel for one in found.values()]
    for one in found.values():
        if channels.count(one.channel) > 1:
            raise ValueError(f"voice.{one.name}.channel = {one.channel} is another voice's too; give it its own")
    return found


def voices_of(tables: Mapping[str, object], drone: str) -> dict[str, Voice]:
    """The voices by part. tables, drone: as `mixed` gives them. Raises ValueError, one line."""
    check_keys(tables, PARTS, "voices.")
    parts = [part for part in PARTS if part in tables or part == "melody" or (part == "drone" and drone != "none")]
    voices: dict[str, Voice] = {}
    for part in parts:
        table, label = table_of(tables, part, "voices."), f"voices.{part}."
        check_keys(table, FIELDS, label)
        new = voice(part, {key: FIELDS[key].check(value, label + key) for key, value in table.items()})
        if line := misplaced(new):
            raise ValueError(f"{label}bend: {line}")
        for other in voices.values():
            if other.channel == new.channel:
                raise ValueError(f"{label}channel = {new.channel} is also the channel of voices.{other.name}; "
                                 "give each voice its own")  # fmt: skip
        voices[part] = new
    for part, few in crowded(voices.values()).items():
        if not few.members:
            raise ValueError(f"voices.{part}.bend: {few.line}")
    return voices
