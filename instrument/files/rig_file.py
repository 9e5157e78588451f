"""A rig file: what is plugged in here. It says nothing of the music, so that a patch travels between machines.

    [outputs.synth]            # a name of your own
    port = "Fluid"             # part of the port's name; without it, the name itself; virtual = true: a port of our own
    offset_ms = -6             # everything so much later, or (negative) earlier: what the synth adds is taken off
    voices = ["melody"]        # which voices go there; all without it ("click" is one: the metronome)
    sensing = true             # active sensing while notes sound: what hears it ends them if even that stops
    [inputs.keys]
    port = "Launchkey"
    thru = ["synth", "sound"]  # what is played goes on to these outputs; "sound" is the built-in synth
    role = "melody"            # or "chords", "control" (pads and knobs), "listen", or a voice, "bass": see docs/keys.md
    mpe = true                 # a controller that plays MPE and does not say so itself
    echo_ms = 30               # what comes back within this of our own sending is not heard; 0 hears everything
    [osc.sclang]               # notes over OSC, with time tags, to a program that plays them
    host = "127.0.0.1"         # and its port:
    port = 57120
    format = "dirt"            # as SuperDirt plays them; "lilt" without it: /lilt/note/VOICE/on and off;
                               # "plain": the same without bundles, for who reads none, as Sonic Pi
    sound = "superpiano"       # of SuperDirt's; and voices, offset_ms as an output has them
    [microphone]               # one melody instrument or voice, heard as an input named "microphone"
    device = "USB"             # part of its name; the system's own choice without it
    instrument = "fiddle"      # or its lowest and highest note, "G3 B5"; and thru, listen as an input has them

Two things are written into it: `latency_ms` of an output, by `run.py doctor`, and a `[[knobs]]` table for each knob
that was learned. `programs = ["reel", "jig"]` says which patches Program Changes recall: all in their order without it,
none with `[]`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

from instrument.controls.control import Control
from instrument.controls.devices.microphone import KEYS, MICROPHONE
from instrument.controls.devices.microphone import read as read_microphone
from instrument.controls.devices.output_choice import OURS
from instrument.controls.devices.plugged import FORMATS, InputPort, OscTarget, OutputPort, Plugged
from instrument.controls.input_controls import CONTROL, LISTEN, MELODY, ROLES
from instrument.controls.knobs.knob import KINDS, MODES, Knob
from instrument.controls.table import ACTIONS, CONTROLS
from instrument.controls.voice import PARTS
from instrument.files import toml

LARGEST = toml.LARGEST  #: bytes of a rig file
RESERVED = ("page ", "osc ")  #: what the names of inputs over a network begin with
BUILT_IN = OURS  #: outputs that are there without a cable
OFFSET = Control("offset_ms", "float", 0.0, "Later, or earlier where negative", -200, 200, "ms")
ECHO = Control("echo_ms", "float", 30.0, "What comes back within this of our own sending is not heard", 0, 500, "ms")
LATENCY = Control("latency_ms", "float", 0.0, "What the way to the synth adds, as measured; taken off", 0, 200, "ms")
CLICK = "click"  #: what an output's voices may name beside the parts: the metronome
_OUTPUT = ("port", "virtual", "offset_ms", "latency_ms", "voices", "sensing")
_OSC = ("host", "port", "format", "sound", "voices", "offset_ms")
_INPUT = ("port", "virtual", "thru", "echo_ms", "listen", "role", "mpe")


def asked_for(
    midi: Iterable[str] = (), inputs: Iterable[str] = (), own: bool = False, thru: bool = False,
    listen: Iterable[str] = (),
) -> Plugged:  # fmt: skip
    """What the command line asks for. inputs: each NAME or NAME=ROLE; listen: inputs where others play
    own: also an output and an input of ours; thru: every input to every output. Raises ValueError for an input that is
    both, for one with two roles, and for a role that there is not."""
    roles: dict[str, str] = {}
    for text in inputs:
        name, role = _named(text)
        if roles.setdefault(name, role) != role:
            raise ValueError(f"--input {text}: {name} is {roles[name]} already; an input has one role")
    listen = [*listen, *(name for name in list(roles) if roles[name] == LISTEN and roles.pop(name))]
    if both := set(roles) & set(listen):
        raise ValueError(f"--listen {min(both)}: it is an --input as well; name it once")
    names = list(dict.fromkeys(midi))
    outputs = [OutputPort(name, name) for name in names] + [OutputPort("Lilt", None)] * own
    onward = (*(port.name for port in outputs), "sound") if thru else ()
    heard = [InputPort(n, n, onward if role == MELODY else (), role=role) for n, role in roles.items()]
    heard += [InputPort("Lilt", None, onward)] * own
    others = [InputPort(name, name, listen=True) for name in dict.fromkeys(listen)]
    return Plugged(tuple(outputs), (*heard, *others))


def _named(text: str) -> tuple[str, str]:
    """Name and role of an input as it is typed, NAME or NAME=ROLE."""
    name, role = text.rsplit("=", 1) if "=" in text else (text, MELODY)
    if not name or role not in (*ROLES, LISTEN):
        raise ValueError(f'--input {text}: "{role}" is no role{_hint(role, [*ROLES, LISTEN])}')
    return name, role


def load(path: Path) -> Plugged:
    """Read a rig file. Raises ValueError, one line: file, key, value, legal range, likely fix."""
    try:
        return _plugged(toml.load(path))
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())[:250]}") from None


def _plugged(data: Mapping[str, object]) -> Plugged:
    _known(data, ("outputs", "inputs", "knobs", "programs", "osc", MICROPHONE), "")
    outputs = tuple(_output(name, table) for name, table in _tables(data, "outputs"))
    inputs = tuple(_input(name, table) for name, table in _tables(data, "inputs"))
    targets = tuple(_target(name, table, outputs) for name, table in _tables(data, "osc"))
    there = [*(one.name for one in outputs), *(one.name for one in targets), *BUILT_IN]
    microphone = None
    for _, table in _tables({MICROPHONE: {"": data[MICROPHONE]}} if MICROPHONE in data else {}, MICROPHONE):
        _known(table, KEYS, f"{MICROPHONE}.")
        microphone = read_microphone(table, _texts(table, "thru", f"{MICROPHONE}."))
    sent = {f"inputs.{one.name}": one.thru for one in inputs} | {MICROPHONE: microphone.thru if microphone else ()}
    for name, onward in sent.items():
        for target in onward:
            if target not in there:
                raise ValueError(f'{name}.thru names "{target}"{_hint(target, there)}')
    programs = _texts(data, "programs", "") if "programs" in data else None
    return Plugged(outputs, inputs, tuple(_knobs(data.get("knobs", []))), programs, targets, microphone)


def _knobs(tables: object) -> Iterable[Knob]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError("knobs holds a list of tables; write [[knobs]] above each")
    for place, table in enumerate(tables, 1):
        label = f"knobs {place}: "
        _known(table, [field.name for field in fields(Knob)], label)
        turns = table.get("turns")
        if turns not in (*CONTROLS, *ACTIONS):
            raise ValueError(f'{label}turns = "{turns}" is no control{_hint(str(turns), [*CONTROLS, *ACTIONS])}')
        kind = _of(table, "kind", KINDS, label)
        number = _whole(table, "number", 16383 if kind == "nrpn" else 127, label)
        yield Knob(
            turns, kind, number, str(table.get("port", "")),
            _whole(table, "channel", 16, label), _of(table, "mode", MODES, label),
        )  # fmt: skip


def _of(table: Mapping[str, object], key: str, choices: tuple[str, ...], label: str) -> str:
    return str(Control(key, "choice", choices[0], "", choices=choices).check(table.get(key, choices[0]), label + key))


def _whole(table: Mapping[str, object], key: str, high: int, label: str) -> int:
    return int(Control(key, "int", 0, "", 0, high).check(table.get(key, 0), label + key))


def _output(name: str, table: Mapping[str, object]) -> OutputPort:
    label = f"outputs.{name}."
    if name in BUILT_IN:
        raise ValueError(f'outputs.{name}: "{name}" is always there; choose another name')
    _known(table, _OUTPUT, label)
    offset = float(OFFSET.check(table.get("offset_ms", OFFSET.default), label + "offset_ms"))
    voices = _texts(table, "voices", label) if "voices" in table else None
    _known(voices or (), (*PARTS, CLICK), label + "voices.")
    latency = float(LATENCY.check(table.get("latency_ms", LATENCY.default), label + "latency_ms"))
    return OutputPort(name, _port(name, table, label), offset, voices, latency, _flag(table, "sensing", label))


def _target(name: str, table: Mapping[str, object], outputs: tuple[OutputPort, ...]) -> OscTarget:
    label = f"osc.{name}."
    if name in (*BUILT_IN, *(port.name for port in outputs)):
        raise ValueError(f'osc.{name}: "{name}" is an output already; choose another name')
    _known(table, _OSC, label)
    host, sound = table.get("host", "127.0.0.1"), table.get("sound", "superpiano")
    if not (isinstance(host, str) and host and isinstance(sound, str) and sound):
        raise ValueError(f"{label}host and {label}sound are texts in quotes")
    if "port" not in table:
        raise ValueError(f"{label}port is missing; SuperCollider listens on 57120, Sonic Pi on 4560")
    port = int(Control("port", "int", 0, "", 1, 65535).check(table["port"], label + "port"))
    style = _of(table, "format", FORMATS, label)
    offset = float(OFFSET.check(table.get("offset_ms", OFFSET.default), label + "offset_ms"))
    voices = _texts(table, "voices", label) if "voices" in table else None
    _known(voices or (), (*PARTS, CLICK), label + "voices.")
    return OscTarget(name, host, port, style, sound, offset, voices)


def _input(name: str, table: Mapping[str, object]) -> InputPort:
    label = f"inputs.{name}."
    if name == MICROPHONE:
        raise ValueError(f"inputs.{name}: that name is the microphone's; choose another")
    if name.startswith(RESERVED):
        raise ValueError(f'inputs.{name}: names beginning with "page " or "osc " are for pages and OSC; choose another')
    _known(table, _INPUT, label)
    echo = float(ECHO.check(table.get("echo_ms", ECHO.default), label + "echo_ms"))
    listen, thru = _flag(table, "listen", label), _texts(table, "thru", label)
    role = table.get("role", LISTEN if listen else MELODY)
    if not isinstance(role, str) or role not in (*ROLES, LISTEN):
        raise ValueError(f'{label}role = "{role}" is no role{_hint(str(role), [*ROLES, LISTEN])}')
    if listen and role != LISTEN:
        raise ValueError(f'{label}listen and {label}role = "{role}" exclude each other; remove one')
    if thru and role == LISTEN:
        raise ValueError(f"{label}listen is for what others play, which goes nowhere; remove thru, or listen")
    if thru and role == CONTROL:
        raise ValueError(f'{label}role = "control" is for pads and knobs, which go nowhere; remove thru, or the role')
    role, listen = (MELODY, True) if role == LISTEN else (role, False)
    return InputPort(name, _port(name, table, label), thru, echo, listen, role, _flag(table, "mpe", label))


def _port(name: str, table: Mapping[str, object], label: str) -> str | None:
    port, own = table.get("port", name), _flag(table, "virtual", label)
    if not isinstance(port, str) or not port:
        raise ValueError(f"{label}port = {port!r} is not part of a port's name")
    if own and "port" in table:
        raise ValueError(f"{label}port and {label}virtual exclude each other; remove one")
    return None if own else port


def _flag(table: Mapping[str, object], key: str, label: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{label}{key} = {value!r} is neither true nor false")
    return value


def _tables(data: Mapping[str, object], key: str) -> Iterable[tuple[str, Mapping[str, object]]]:
    tables = data.get(key, {})
    for name, table in tables.items() if isinstance(tables, dict) else [("", None)]:
        if not isinstance(table, dict):
            raise ValueError(f"{key} holds tables; write [{key}.NAME] above its keys")
        yield name, table


def _texts(table: Mapping[str, object], key: str, label: str) -> tuple[str, ...]:
    texts = table.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f'{label}{key} is not a list of names; write {key} = ["synth"]')
    return tuple(texts)


def _known(keys: Iterable[str], legal: Iterable[str], label: str) -> None:
    legal = list(legal)
    for key in keys:
        if key not in legal:
            raise ValueError(f'unknown key "{label}{key}"{_hint(key, legal)}')


def _hint(word: str, words: list[str]) -> str:
    near = difflib.get_close_matches(word[:80], words, 1)
    return f'; did you mean "{near[0]}"?' if near else f"; it may be {', '.join(words)}"
