"""The OSC address space: laid out here, and following from the tables. Pure.

    /lilt/tune/seed i               set a control; any of i f d h T F is a number, s is text
    /lilt/norm/tune/temperature f   the same by fader position, 0..1
    /lilt/transport/play            do something once; with one number, 0.5 and above fires, below is ignored
    /lilt/norm/transport/play f     the same, for surfaces that give every address that beginning
    /lilt/get s                     the value of that address, sent back on it; of several, if it is a pattern
    /lilt/list [s]                  one /lilt/list address range help types for each address (of that pattern), then
                                    /lilt/listed i
    /lilt/subscribe [i] [s] [f] [i] every change from now on, on its own address: to that port (0: yours), of the
                                    addresses that the pattern means (without it: controls and readings), so
                                    many times a second at most; each a message, or with a 1 at the end in bundles
                                    (notes come in bundles, with their moments, but for a 0 at the end)
    /lilt/unsubscribe [i]           no more of it
    /lilt/chord s i s f             to subscribers: name, root, quality and quarter note of a chord that is sure to come
    /lilt/pair s                    the code that Lilt shows when it starts, once, from another machine
    /lilt/confirm i                 the number that came on that address, sent back: replies do reach you
    /lilt/time_tags i               1: bundles wait for their time tag, ten seconds at most; 0: all happens at once
    /lilt/patch/load s              every control as that patch has it
    /lilt/patch/save [s]            everything as it stands, as a patch of that name; answered with /lilt/patch/saved s
    /lilt/setlist/load s            another set list; answered with /lilt/setlist/loaded s
    /lilt/repertoire/load s         play the known tunes of a file or folder of ABC; /lilt/repertoire/loaded s
    /lilt/repertoire/abc s          play the known tunes of this text; likewise
    /lilt/note s|i [f] [f] [s]      a note, and /lilt/note/on, /lilt/note/off: see `instrument.ports.osc.note_service`
    /lilt/ping, /lilt/version       /lilt/pong; /lilt/version s
    /lilt/sync i                    /lilt/synced i, once all before it is done
    /lilt/reply_port i              where replies go on the sender's host; 0: to the sending port again

A number outside its range is moved to the nearest end, and `/lilt/clipped address value reason` says so. Controls may
be set through a pattern (`/lilt/harmony/expert/* f`); actions are fired by their full address only. No address is a
folder of others. The older spelling of fader positions, `/lilt/tune/temperature/norm`, is understood wherever the new
one is, and not listed; a pattern means addresses of the older spelling only where it means none of the others.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache

from instrument.controls.control import Control, Value
from instrument.controls.readings import READINGS
from instrument.controls.table import ACTIONS, CONTROLS

ERROR, CLIPPED, STATUS = "/lilt/error", "/lilt/clipped", "/lilt/status"
ROOT, NORM = "/lilt/", "/lilt/norm/"
LEASE = 60.0  #: seconds that a subscription lasts after its subscriber's last packet
RATE = 30.0  #: changes a second of one address at most
SLOWEST = 0.1  #: and at least
WAIT = 10.0  #: seconds that a time tag may lie ahead; what is further off is a wrong clock, and happens at once

#: notes that are played on Lilt: their arguments in words, one line of help
NOTES = {
    "/lilt/note": (
        "a note's name or number, [velocity] [seconds] [voice]",
        "A note for your keys, or for that voice; a bundle's time tag says when",
    ),
    "/lilt/note/on": ("a note's name or number, [velocity] [voice]", "A note until its end"),
    "/lilt/note/off": ("[a note's name or number] [voice]", "Its end; of all that you hold where nothing is said"),
}
TRIGGER = "no argument, or a number (0.5 and above fires)"
#: what may be asked, beside controls and actions: its argument in words, and one line of help
QUESTIONS = {
    "/lilt/get": ("an address or a pattern", "The value of a control or reading, sent back on its address"),
    "/lilt/list": ("[pattern]", "Every address with its range, what it is for, and its OSC types"),
    "/lilt/subscribe": (
        "[port] [pattern] [rate] [bundles]",
        f"Every change from now on, on its address, and {STATUS} once a second; {LEASE:g} s from your last packet",
    ),
    "/lilt/unsubscribe": ("[port]", "No more changes"),
    "/lilt/patch/load": ("a patch's name", "Turn every control as that patch has it"),
    "/lilt/setlist/load": ("a set list's name", "Have that set list, before its first step; the music goes on"),
    "/lilt/repertoire/load": ("a file or folder of ABC", "Play its tunes, from the first, at the next free bar"),
    "/lilt/repertoire/abc": ("tunes in ABC", "Play the tunes of this text, likewise"),
    "/lilt/ping": ("no argument", "Answers /lilt/pong"),
    "/lilt/version": ("no argument", "Answers with the version of Lilt"),
    "/lilt/sync": ("a whole number", "Answers /lilt/synced with that number once all before it is done"),
    "/lilt/reply_port": ("0..65535", "The port of your host that replies go to; 0 is the one you send from"),
    "/lilt/pair": ("the code", "Lets your machine in: the code is shown when Lilt starts"),
    "/lilt/confirm": ("a whole number", "Says that replies reach you: the number that came on this address"),
    **NOTES,
    "/lilt/time_tags": ("0 or 1", f"Whether bundles wait for their time tag, {WAIT:g} s at most"),
}
NAMED = "[a name], or a number (0.5 and above fires)"
#: actions that also take a text: its name
TEXTED = ("/lilt/patch/save",)
#: what subscribers are told as it comes, besides values: its arguments, one line of help, OSC types
EVENTS = {
    "/lilt/chord": (
        "name root quality beat_due",
        "A chord as soon as it is sure to come: its name, pitch class, kind, and where it falls, in quarter notes from "
        "the top, as status.tick / 10080",
        "sisf",
    ),
}
#: OSC types of what they are asked with at the least
ASKED_WITH = {
    "/lilt/get": "s", "/lilt/patch/load": "s", "/lilt/setlist/load": "s",
    "/lilt/repertoire/load": "s", "/lilt/repertoire/abc": "s", "/lilt/sync": "i", "/lilt/reply_port": "i",
    "/lilt/pair": "s",
    **dict.fromkeys(NOTES, "i"), "/lilt/confirm": "i", "/lilt/time_tags": "i",
}  # fmt: skip
#: what `/lilt/status` says once a second, in this order
HEARTBEAT = (
    "status.playing",
    "status.bar",
    "status.bpm",
    "status.ahead",
    "status.late_ms",
    "set.tune",
    "set.time",
    "set.to_go",
    "set.coming",
    "set.key",
    "thinker.place",
    "thinker.way_ms",
)


def fader_address(control: Control) -> str:
    """Where a control is set by fader position: /lilt/norm/tune/temperature."""
    return NORM + control.address.removeprefix(ROOT)


CONTROL_AT = {control.address: control for control in CONTROLS.values()}
_OLD = {control.address + "/norm": control for control in CONTROLS.values()}
_NEW = {fader_address(control): control for control in CONTROLS.values()}
FADER_AT = {**_NEW, **_OLD}
ACTION_AT = {
    spelling: action for action in ACTIONS.values()
    for spelling in (action.address, NORM + action.address.removeprefix(ROOT), action.address + "/norm")
}  # fmt: skip
READING_AT = {reading.address: reading for reading in READINGS.values()}
OLD = (*_OLD, *(action.address + "/norm" for action in ACTIONS.values()))  #: understood, and not listed
SETTABLE = (*CONTROL_AT, *_NEW)
READABLE = (*SETTABLE, *READING_AT)
ADDRESSES = (*READABLE, *(address for address in ACTION_AT if address not in OLD), *QUESTIONS)


def type_of(value: Value) -> str:
    """The OSC type of a control's or reading's value."""
    if isinstance(value, bool):
        return "T" if value else "F"
    return "i" if isinstance(value, int) else "f" if isinstance(value, float) else "s"


@lru_cache(maxsize=1)
def listing() -> list[tuple[str, str, str, str]]:
    """(address, range, help, OSC types) of everything, in the order of the tables. T: true or false; N: no argument."""
    rows = [(c.address, c.range_text, c.help, type_of(c.default).replace("F", "T")) for c in CONTROLS.values()]
    rows += [(address, "0..1", f"{control.name} by fader position", "f") for address, control in _NEW.items()]
    acts = ((a, NAMED if a in TEXTED else TRIGGER, action) for a, action in ACTION_AT.items() if a not in OLD)
    rows += [(a, takes, action.help, _does(a)) for a, takes, action in acts]
    rows += [(a, "read only", r.help, type_of(r.start).replace("F", "T")) for a, r in READING_AT.items()]
    rows += [(a, f"told: {arguments}", text, types) for a, (arguments, text, types) in EVENTS.items()]
    return rows + [(a, argument, text, ASKED_WITH.get(a, "N")) for a, (argument, text) in QUESTIONS.items()]


def _does(address: str) -> str:
    return "f" if address.startswith(NORM) else "N"


def suggestion(word: str, words: Iterable[str]) -> str:
    """`; did you mean "/lilt/tune/seed"?`, or "" if nothing is near."""
    near = difflib.get_close_matches(word[:80], list(words), 1, 0.7)
    return f'; did you mean "{near[0]}"?' if near else ""
