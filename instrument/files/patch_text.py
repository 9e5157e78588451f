"""Patch texts: a performance as it stands, written as a patch with its header, that reads back as what it was. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit import TOMLDocument

from instrument.controls.control import Control, Value
from instrument.controls.table import CONTROLS
from instrument.controls.voice import FIELDS, PARTS, voice
from instrument.controls.voice_controls import drone_of, fields_of, name_of, voice_at, voices_on
from instrument.files.patch import SHORT, Patch

MARK = "Saved by Lilt"  #: in the header of what was saved, by which it is told from what came along
#: what is done by turning it, and stands nowhere
DONE = ("transport.locate", "setlist.go")
ALWAYS = ("tempo", "meter", "key", "seed")  #: written whatever they are, as a patch begins
COLUMN = 12  #: of the equals signs


def patch_text(name: str, values: Mapping[str, Value], base: Patch, day: str) -> str:
    """The text of a patch that has these controls.

    values: every control; base: the patch that plays: where its melody comes from, and the bars its tunes begin with
    day: as written into the header. Raises ValueError, one line, where it would not read back as what it was.
    """
    document = tomlkit.document()
    for line in _header(name, values, base, day):
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    if base.source != "tune":
        _put(document, "source", base.source)
    _top(document, values)
    if openings := _openings(values, base):
        document.add(tomlkit.nl())
        document.add("openings", tomlkit.item(openings))
    document.add(tomlkit.nl())
    if base.repertoire is not None and base.repertoire.path:
        _put(document, "tunes", str(Path(base.repertoire.path).resolve()))
        document.add(tomlkit.nl())
    voices = tomlkit.table(is_super_table=True)
    for part in voices_on({**values, "voice.melody.on": True}):
        voices.add(part, _voice(values, part))
    document.add("voices", voices)
    if rest := _rest(values):
        document.add("controls", rest)
    return tomlkit.dumps(document)


def kept(values: Mapping[str, Value]) -> dict[str, Value]:
    """Of the controls, those that a patch keeps: of voices that are not there, only that they are not. Pure."""
    there = voices_on(values)
    found: dict[str, Value] = {}
    for name, value in values.items():
        part, _, field = name.removeprefix("voice.").partition(".")
        absent = name.startswith("voice.") and part in PARTS and part not in there and field != "on"
        if name not in DONE and not absent and not (name in CONTROLS and CONTROLS[name].momentary):
            found[name] = value
    if not values.get("voice.melody.on", True):  # a patch has a melody; one that is off is silent
        found["voice.melody.on"], found["voice.melody.mute"] = True, True
        found |= {name_of("melody", f): values[name_of("melody", f)] for f in fields_of("melody") if f != "mute"}
    return found


def _header(name: str, values: Mapping[str, Value], base: Patch, day: str) -> list[str]:
    voices = ", ".join(f"{v.name} ({v.timbre})" for v in voices_on(values).values()) or "no voice"
    return [
        f"{name}: {values['tune.key']}, {values['tune.meter']}, {values['clock.bpm']:g} quarter notes a minute.",
        "",
        f"{MARK} on {day} while {base.name} was playing. Voices: {voices}.",
        "What is not here is as it usually is; /lilt/list says every control there is.",
    ]


def _top(document: TOMLDocument, values: Mapping[str, Value]) -> None:
    """The keys at the top, as performers write them."""
    for key, name in SHORT.items():
        control = CONTROLS[name]
        if key in ALWAYS or values[name] != control.default:
            _put(document, key, values[name], _said(control))
    if values["tune.key_list"] != "none":
        keys = str(values["tune.key_list"]).split(", ")
        if keys[0] == values["tune.key"]:
            _put(document, "keys", keys)
    if (drone := drone_of(values)) != "none":
        _put(document, "drone", drone, "none, tonic, fifth (tonic and fifth)")


def _openings(values: Mapping[str, Value], base: Patch) -> str | list[str]:
    """The bars that tunes begin with, where they are in the meter and mode that now stand."""
    same = all(values[name] == base.values[name] for name in ("tune.meter",))
    if not base.openings or not same or _mode(values) != _mode(base.values):
        return []
    return base.openings_file or [" ".join(tokens) for tokens in base.openings]


def _mode(values: Mapping[str, Value]) -> str:
    return str(values["tune.key"]).split()[-1]


def _voice(values: Mapping[str, Value], part: str) -> Any:
    """The table of a voice: what is other than usual, and always its sound and channel."""
    now, table = voice_at(values, part), tomlkit.table()
    if part == "melody" and not values.get("voice.melody.on", True):
        now = voice(part, {**{field: getattr(now, field) for field in FIELDS}, "mute": True})
    usual = voice(part, {"timbre": now.timbre})
    for field in FIELDS:
        value = getattr(now, field)
        if field in ("timbre", "channel") or value != getattr(usual, field):
            _put(table, field, value, _said(FIELDS[field]))
    table.add(tomlkit.nl())
    return table


def _rest(values: Mapping[str, Value]) -> Any:
    """The controls that have no place of their own, by their full names."""
    table, written = tomlkit.table(), set(SHORT.values()) | {*DONE, "tune.key_list"}
    for name, control in CONTROLS.items():
        if (
            name not in written
            and not control.momentary
            and not name.startswith("voice.")
            and values[name] != control.default
        ):
            table.add(tomlkit.key(name.split(".")), _plain(values[name]))
    return table


def _said(control: Control) -> str:
    """What a control may be, where that is short."""
    return control.range_text if control.numeric or control.kind == "bool" else ""


def _plain(value: Any) -> Any:
    """A value as people write it: 168 for 168.0."""
    return tomlkit.item(int(value) if isinstance(value, float) and value.is_integer() else value)


def _put(table: Any, key: str, value: Any, said: str = "") -> None:
    item = _plain(value)
    if said:
        item.comment(said)
    table.add(key, item)
