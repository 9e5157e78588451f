"""Checks of what is turned on the mixer against the rig: outputs that there are, and a channel for each voice. Pure.

What a table cannot know is refused here, whichever hand asks for it: a line for each, and nothing of it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from instrument.controls.control import Value
from instrument.controls.devices.output_choice import Only, ports_of, refusal
from instrument.controls.devices.plugged import Plugged
from instrument.controls.devices.zones import crowded
from instrument.controls.voice import Voice, misplaced
from instrument.controls.voice_controls import name_of, voice_at, voices_on

SETTLING = ("on", "channel", "output")  #: settings of a voice by which it may come upon another's channel
ZONING = (".on", ".channel", ".bend")  #: and by which a zone's members may come to be another's


def refused(
    values: Mapping[str, Value], changes: Sequence[tuple[str, Value]], cables: Sequence[str], only: Only
) -> dict[str, str]:
    """By the name of a change that cannot be, why, in one line. values: the controls as they stand

    cables: the rig's MIDI outputs; only: of those that take certain voices, which
    """
    found: dict[str, str] = {}
    voices = {name: value for name, value in changes if name.startswith("voice.")}
    for name, value in voices.items():
        if name.endswith(".output") and value != values.get(name) and (why := refusal(str(value), cables)):
            found[name] = f"{name}: {why}"
    for part in {name.split(".")[1] for name in voices}:
        turned = [name for name in (name_of(part, "bend"), name_of(part, "channel")) if name in voices]
        after = voice_at({**values, **voices}, part)
        if turned and after != voice_at(values, part) and (line := misplaced(after)):
            found |= {name: f"{name_of(part, 'bend')}: {line}" for name in turned}
    settled = {name: value for name, value in voices.items() if name not in found}
    moved = {n.split(".")[1] for n, v in settled.items() if n.rsplit(".", 1)[1] in SETTLING and v != values.get(n)}
    there = list(voices_on({**values, **settled}).values())
    outputs = ("sound", *cables)
    for place, one in enumerate(there):
        for other in there[place + 1 :]:
            if {one.name, other.name} & moved and _meet(one, other, outputs, only):
                line = f"channel {one.channel} would be both {one.name}'s and {other.name}'s; give each voice its own"
                names = [name_of(v.name, field) for v in (one, other) for field in SETTLING]
                found |= {name: line for name in names if name in settled and settled[name] != values.get(name)}
    return found | _left_without(values, {name: value for name, value in settled.items() if name not in found})


def _left_without(values: Mapping[str, Value], settled: Mapping[str, Value]) -> dict[str, str]:
    """The changes by which a voice that bends each note by itself would have no channel left to do so."""
    turned = {name: value for name, value in settled.items() if value != values.get(name)}
    if not any(name.endswith(ZONING) for name in turned):
        return {}
    before = crowded(voices_on(values).values())
    found: dict[str, str] = {}
    for part, few in crowded(voices_on({**values, **turned}).values()).items():
        if not few.members and (part not in before or before[part].members):
            names = [name_of(part, "bend"), *(name_of(v, field) for v in (part, few.by) for field in ("on", "channel"))]
            found |= {name: f"{name_of(part, 'bend')}: {few.line}" for name in names if name in turned}
    return found


def possible(
    changes: list[tuple[str, Value]], bad: Callable[[list[tuple[str, Value]]], dict[str, str]],
    say: Callable[[str], None],
) -> list[tuple[str, Value]]:  # fmt: skip
    """Those that can be had; why not of the others is said, a line each. bad: as `refused` has it."""
    found = bad(changes)
    for line in dict.fromkeys(found.values()):
        say(line)
    return [change for change in changes if change[0] not in found]


def outputs_of(plugged: Plugged) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """The outputs of a rig that are not ours, and of those that take certain voices, which."""
    only = {port.name: port.voices for port in plugged.ends if port.voices is not None}
    return [port.name for port in plugged.ends], only


def _meet(one: Voice, other: Voice, outputs: Sequence[str], only: Only) -> bool:
    """Whether two voices have one channel on some output."""
    if one.channel != other.channel:
        return False
    return bool(
        set(ports_of(one.output, one.name, outputs, only)) & set(ports_of(other.output, other.name, outputs, only))
    )
