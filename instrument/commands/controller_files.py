"""Files for touch surfaces and DAWs, written from the tables of controls and actions: `python run.py controllers`.

What each is for is said in the README that is written beside them. Pure but for `write` and `stale`.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from instrument.controls.control import Control
from instrument.controls.table import ACTIONS, CONTROLS, Action
from instrument.controls.text_kinds import KEYS
from instrument.files.shipped import PATCHES
from instrument.ports.osc.addresses import fader_address
from instrument.ports.osc.socket import DEFAULT_PORT

CONTROLLERS = PATCHES / "controllers"
TARGET = f"127.0.0.1:{DEFAULT_PORT}"
HEARD = 9000  #: the port that the recipes listen on
COLUMNS, ACTION_COLUMNS = 5, 6  #: of controls and of actions
HIGH, NAME, ACTION_HIGH, GAP = 76, 28, 52, 8  #: pixels: a control and its name, its name, an action, between them
LARGE = "font-size: 13rem; letter-spacing: 0.5rem"  #: a rem is a pixel there
#: what stands on one tab; a group that is not named here has one of its own
TABS = (
    ("tune", "form"),
    ("clock",),
    ("transport", "click"),
    ("search", "wish"),
    ("harmony",),
    ("play", "answer", "hold", "sound"),
)
SHORT = {"quarter notes per minute": "bpm", "quarter notes": "quarters", "MIDI note": "", "semitones": "st"}
HEATS = "harmony.heat."
LABELS = {
    "tune.new": "new tune", "clock.tap": "tap tempo", "page.qr": "QR code", "midi.learn": "learn a knob",
    "midi.forget": "forget the knob",
}  # fmt: skip
COLOURS = {"panic": "#ff5d5d", "transport.play": "#7fd88f"}


def files() -> dict[str, str]:
    """Every file: its name and its text."""
    return {
        "README.md": _readme(), "addresses.csv": _addresses(), "lilt.open-stage-control.json": _session(),
        "Lilt.ReaperOSC": _reaper(), "max-and-live.md": _max(),
    }  # fmt: skip


def write(folder: Path = CONTROLLERS) -> list[Path]:
    """Write them all; returns where. Makes the folder. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


def stale(folder: Path = CONTROLLERS) -> list[str]:
    """Names of the files that are not as the tables would have them now."""
    return [name for name, text in files().items() if not _same(folder / name, text)]


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _addresses() -> str:
    """One row an address, as TouchOSC's editor asks for it: control type, range, default."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["address", "surface", "type", "minimum", "maximum", "default", "CC", "help"])
    for control in CONTROLS.values():
        surface = {"bool": "button (toggle)", "int": "fader", "float": "fader"}.get(control.kind, "radio or text")
        surface = "button (momentary)" if control.momentary else surface
        kind = {"bool": "i", "int": "i", "float": "f"}.get(control.kind, "s")
        low, high = (control.low, control.high) if kind in "if" else ("", "")
        default = int(control.default) if control.kind == "bool" else control.default
        rows.writerow([control.address, surface, kind, low, high, default, control.cc or "", control.help])
        position = round(control.to_fader(control.default), 6)
        rows.writerow([fader_address(control), "fader", "f", 0, 1, position, control.cc or "", control.help])
    for action in ACTIONS.values():
        rows.writerow([action.address, "button (momentary)", "f", 0, 1, "", "", action.help])
    return out.getvalue()


def _session() -> str:
    """An Open Stage Control session: a tab for what belongs together, all actions in the same place on every one."""
    groups: dict[str, list[Control]] = {}
    for control in CONTROLS.values():
        group = "loop" if control.momentary else _tab_of(control.name)
        groups.setdefault(group, []).append(control)
    placed = {group for tab in TABS for group in tab}
    tabs = [_tab(tab, groups) for tab in (*TABS, *((group,) for group in groups if group not in placed))]
    start = f"send('{TARGET}', '/lilt/subscribe')\nsetInterval(() => send('{TARGET}', '/lilt/subscribe'), 30000)"
    root = {"type": "root", "id": "root", "tabs": tabs, "onCreate": start}
    session = {"createdWith": "Open Stage Control", "version": "1.27.0", "type": "session", "content": root}
    return json.dumps(session, indent=1) + "\n"


def _tab(groups: tuple[str, ...], controls: dict[str, list[Control]]) -> dict[str, Any]:
    """The first group names the tab; those of the others say their group."""
    name = groups[0]
    widgets = []
    for place, action in enumerate(ACTIONS.values()):
        widgets.append({**_button(action, name), **_place(place, ACTION_COLUMNS, 0, ACTION_HIGH)})
    rows = -(-len(ACTIONS) // ACTION_COLUMNS)
    top = rows * (ACTION_HIGH + GAP) + GAP
    for block in _blocks([control for group in groups for control in controls[group]], name):
        columns = len(block) if len(block) == ACTION_COLUMNS else COLUMNS
        for place, control in enumerate(block):
            widget = {**_widget(control, name), **_place(place, columns, top, HIGH), "target": TARGET}
            widgets += _named(widget, control.unit) if widget["type"] in ("fader", "dropdown") else [widget]
        top += -(-len(block) // columns) * (HIGH + GAP) + GAP
    return {"type": "tab", "id": f"tab_{name}", "label": name, "widgets": widgets}


def _blocks(controls: list[Control], tab: str) -> list[list[Control]]:
    """Those that begin a row: the tab's own, then what has a name before its own, as experts have, then the rest."""
    found: dict[str, list[Control]] = {}
    for control in controls:
        group, *middle = control.name.split(".")[:-1] or [""]
        found.setdefault(".".join((group, *middle)) if group == tab else "", []).append(control)
    return list(found.values())


def _place(place: int, columns: int, top: int, high: int) -> dict[str, Any]:
    """Columns are shares of the width, so that none is cut off on a tablet; rows are pixels."""
    share = 99 / columns
    return {
        "left": f"{0.5 + place % columns * share:.2f}%", "top": GAP + top + place // columns * (high + GAP),
        "width": f"{share - 0.5:.2f}%", "height": high,
    }  # fmt: skip


def _named(widget: dict[str, Any], unit: str) -> list[dict[str, Any]]:
    """The widget with its name above it: a fader shows neither name nor value, and a dropdown only one of them."""
    for long, short in SHORT.items():
        unit = unit.replace(long, short)
    value = f"   @{{{widget['id']}}} {unit}".rstrip() if widget["type"] == "fader" else ""
    name = {
        "type": "text", "id": f"{widget['id']}_name", "value": widget["label"] + value, "align": "left",
        "left": widget["left"], "top": widget["top"], "width": widget["width"], "height": NAME, "css": LARGE,
    }  # fmt: skip
    below = {**widget, "top": widget["top"] + NAME, "height": HIGH - NAME}
    below.pop("label")
    return [name, {**below, "label": "auto"} if widget["type"] == "dropdown" else below]


def _widget(control: Control, tab: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": control.name.replace(".", "_"), "address": control.address, "label": shown(control.name, tab),
        "comments": control.help, "default": control.default, "css": LARGE,
    }  # fmt: skip
    if control.kind == "bool":
        mode = "push" if control.momentary else "toggle"
        return {**row, "type": "button", "mode": mode, "on": 1, "off": 0, "default": int(control.default)}
    if control.numeric:
        decimals = 0 if control.kind == "int" else 2 if control.high <= 10 else 1
        span = {"min": control.low, "max": control.high}
        return {**row, "type": "fader", "horizontal": True, "design": "compact", "range": span, "decimals": decimals}
    choices = [str(key) for key in KEYS] if control.kind == "key" else list(control.choices)
    return {**row, "type": "dropdown", "values": choices}


def _tab_of(name: str) -> str:
    """The group that a control stands with: each voice of the mixer by itself, the experts' temperatures too."""
    first, *rest = name.split(".")
    return rest[0] if first == "voice" or name.startswith(HEATS) else first


def shown(name: str, tab: str) -> str:
    """A control's name for people, as "on loss": without its group where that is the tab's."""
    name = name.removeprefix("voice.") if tab != "heat" else name.removeprefix("harmony.")
    group, _, own = name.partition(".")
    return (own if group == tab else name).replace(".", " ").replace("_", " ")


def _button(action: Action, tab: str) -> dict[str, Any]:
    name = action.name.replace(".", "_")
    return {
        "type": "button", "mode": "push", "id": f"{tab}_{name}", "address": action.address, "target": TARGET,
        "label": LABELS.get(action.name, action.name.rsplit(".", 1)[-1]), "on": 1, "off": 0, "comments": action.help,
        "css": LARGE, **({"colorWidget": COLOURS[action.name]} if action.name in COLOURS else {}),
    }  # fmt: skip


def _reaper() -> str:
    return f"""# REAPER and Lilt: transport, tempo and level, in both directions.
#
# Put this file into the OSC folder of REAPER's resource path. Preferences, Control/OSC/web, Add, OSC:
# mode "Configure device IP + local port", pattern config "Lilt", device 127.0.0.1, port {DEFAULT_PORT}, local {HEARD}.
# REAPER cannot ask to be told of changes, so ask for it, again and again, from a terminal:
#   while oscsend localhost {DEFAULT_PORT} /lilt/subscribe i {HEARD}; do sleep 30; done
# Every other control: MIDI CC to Lilt's input (see addresses.csv), drawn as an automation envelope by ReaControlMIDI.

PLAY t{ACTIONS["transport.play"].address}
STOP t{ACTIONS["transport.stop"].address}
TEMPO f{CONTROLS["clock.bpm"].address}
MASTER_VOLUME n{fader_address(CONTROLS["sound.level"])}
"""


def _max() -> str:
    rows = "\n".join(f"| `[prepend {c.address}]` | {c.range_text} | {c.help} |" for c in CONTROLS.values())
    does = "\n".join(f"| `[{a.address}]` (a message box) | a click | {a.help} |" for a in ACTIONS.values())
    return f"""# Max, Max for Live

Send: a number, toggle or text into `[prepend ADDRESS]` into `[udpsend 127.0.0.1 {DEFAULT_PORT}]`.

Hear: `[udpreceive {HEARD}]` into `[route /lilt/clock/bpm /lilt/status ...]`. Max sends from a port of its own, so tell
Lilt where you listen, and again within a minute: `[metro 30000 @active 1]` into the message `/lilt/subscribe {HEARD}`
into the same `udpsend`. A control that Lilt tells back through `[route]` goes into its dial by `[prepend set]`, so that
it does not send again what it was just told. Errors and clipped numbers come on `/lilt/error` and `/lilt/clipped`.

In Live: a `live.dial` with the range below in a Max MIDI Effect, through the same `prepend` and `udpsend`, is automated
like any other parameter; its "Scripting Name" may be the control's. Below `/lilt/norm`, as in
`{fader_address(CONTROLS["clock.bpm"])}`, the range is 0 to 1 for every dial.

| object | values | what it does |
|---|---|---|
{rows}
{does}
"""


def _readme() -> str:
    return f"""# Controllers

Written by `python run.py controllers` from the tables of controls and actions; do not edit them here.
Lilt listens on UDP port {DEFAULT_PORT} of this machine; start it with `--osc-host 0.0.0.0` to let a tablet in.

| file | for |
|---|---|
| `addresses.csv` | TouchOSC and every other surface: address, type, range and default of each fader and button |
| `lilt.open-stage-control.json` | Open Stage Control: open it as the session; it subscribes by itself |
| `Lilt.ReaperOSC` | REAPER: transport, tempo and level in both directions |
| `max-and-live.md` | Max and Max for Live, step by step |

**TouchOSC.** Connections, OSC 1: UDP, the machine's address, send port {DEFAULT_PORT}, receive port {HEARD}. For a
fader use an address that begins with `/lilt/norm` and leave its range 0 to 1. A button that sends `/lilt/subscribe`
with {HEARD} and the text `/lilt/norm//*` makes every fader follow; it lasts a minute from the last thing that you
touched. A tablet is let in once, by the code that Lilt shows when it starts: on the page, or by a button that sends it
to `/lilt/pair`.

Clients of OSCQuery find every address, range and value by themselves (`_oscjson._tcp`).
"""
