"""Mixer controls: every setting of every voice as a control, `voice.alto.level` and so on, and back to voices. Pure.

They follow from the fields that a patch's [voices.*] tables have. What a patch says of its voices is where these
controls stand when it begins; a voice that it does not have stands off, on a channel of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from instrument.controls.control import Control, Value
from instrument.controls.voice import FIELDS, PARTS, Voice

DRONE_NOTES = ("tonic", "fifth")  #: what a drone holds
CLICK = 10  #: channel of percussion, which no voice is given by itself
#: the order in which a voice's controls are listed
ORDER = (
    "level",
    "mute",
    "solo",
    "pan",
    "octave",
    "transpose",
    "timbre",
    "program",
    "channel",
    "output",
    "bend",
    "bend_range",
)
ONLY_MELODY = ("compass",)


def name_of(part: str, field: str) -> str:
    """The control of a voice's setting: "voice.alto.level"."""
    return f"voice.{part}.{field}"


def fields_of(part: str) -> tuple[str, ...]:
    """The settings of a voice that are controls."""
    return (*ORDER, *ONLY_MELODY) if part == "melody" else ORDER


def voice_controls() -> tuple[Control, ...]:
    """All of them, for the table."""
    found: list[Control] = []
    for part, usual in PARTS.items():
        found.append(
            Control(name_of(part, "on"), "bool", part == "melody", f"Whether there is a voice {part}", effect="arrange")
        )
        for field in fields_of(part):
            default: Value = getattr(usual, field)
            control = replace(FIELDS[field], name=name_of(part, field), default=default, effect=_effect(part, field))
            found.append(replace(control, help=f"{part.capitalize()}: {control.help[0].lower()}{control.help[1:]}"))
    found.append(Control("voice.drone.notes", "choice", "fifth", "Which notes the drone holds; fifth is tonic and "
                         "fifth together", choices=DRONE_NOTES, effect="arrange"))  # fmt: skip
    return tuple(found)


def _effect(part: str, field: str) -> str:
    """What a change of the setting does: the melody's octave and compass limit what is composed."""
    if part == "melody" and field in ("octave", "compass"):
        return "rewrite"
    return "arrange" if field == "octave" else "live"


def values_of(voices: Mapping[str, Voice], drone: str) -> dict[str, Value]:
    """The controls as a patch's voices have them. drone: "none", "tonic" or "fifth"."""
    there = {part: voice for part, voice in voices.items() if part != "drone" or drone != "none"}
    values: dict[str, Value] = {"voice.drone.notes": drone if drone in DRONE_NOTES else "fifth"}
    for voice in _with_channels(voices):
        values[name_of(voice.name, "on")] = voice.name in there
        values |= {name_of(voice.name, field): getattr(voice, field) for field in fields_of(voice.name)}
    return values


def _with_channels(voices: Mapping[str, Voice]) -> list[Voice]:
    """Every voice there can be; those that are not there each on a channel that nobody has."""
    taken = {voice.channel for voice in voices.values()}
    found = [voices.get(part, usual) for part, usual in PARTS.items()]
    for place, voice in enumerate(found):
        if voice.name not in voices:
            if voice.channel in taken:
                free = next(n for n in range(1, 17) if n not in taken and n != CLICK)
                found[place] = replace(voice, channel=free)
            taken.add(found[place].channel)
    return found


def voice_at(values: Mapping[str, Value], part: str) -> Voice:
    """A voice as its controls stand; those that are not there as they usually are."""
    usual = PARTS[part]
    fields = {field: values.get(name_of(part, field), getattr(usual, field)) for field in fields_of(part)}
    return replace(usual, **fields)


def voices_on(values: Mapping[str, Value]) -> dict[str, Voice]:
    """The voices that there are, as the controls stand."""
    return {part: voice_at(values, part) for part in PARTS if values.get(name_of(part, "on"), part == "melody")}


def drone_of(values: Mapping[str, Value]) -> str:
    """What the drone holds: "none", "tonic" or "fifth"."""
    return str(values.get("voice.drone.notes", "fifth")) if values.get("voice.drone.on") else "none"


def gains(voices: Iterable[Voice]) -> dict[str, float]:
    """How loud each voice is, 0..1, with what is muted, and what is not solo where any is, at 0."""
    voices = list(voices)
    solo = any(voice.solo for voice in voices)
    return {v.name: 0.0 if v.mute or (solo and not v.solo) else v.level for v in voices}
