"""The OSC address space: laid out here, and following from the tables. Pure.

    /lilt/tune/seed i               set a control; any of i f d h T F is a number, s is text
    /lilt/tune/temperature/norm f   the same by fader position, 0..1
    /lilt/transport/play            do something once; with one number, 0.5 and above fires, below is ignored
    /lilt/transport/play/norm f     the same, for surfaces that give every address that ending
    /lilt/get s                     the value of that address, sent back on it; of several, if it is a pattern
    /lilt/list                      one /lilt/list address range help for each address, then /lilt/listed i
    /lilt/subscribe [i] [s] [f]     every change from now on, on its own address: to that port (0: yours), of the
                                    addresses that the pattern means (without it: controls and readings), so
                                    many times a second at most
    /lilt/unsubscribe [i]           no more of it
    /lilt/patch/load s              every control as that patch has it
    /lilt/ping, /lilt/version       /lilt/pong; /lilt/version s
    /lilt/sync i                    /lilt/synced i, once all before it is done
    /lilt/reply_port i              where replies go on the sender's host; 0: to the sending port again

A number outside its range is moved to the nearest end, and `/lilt/clipped address value reason` says so. Controls may
be set through a pattern (`/lilt/harmony/expert/* f`); actions are fired by their full address only.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from instrument.controls.readings import READINGS
from instrument.controls.table import ACTIONS, CONTROLS

ERROR, CLIPPED, STATUS = "/lilt/error", "/lilt/clipped", "/lilt/status"
NORM = "/norm"
LEASE = 60.0  #: seconds that a subscription lasts after its subscriber's last packet
RATE = 30.0  #: changes a second of one address at most

TRIGGER = "no argument, or a number (0.5 and above fires)"
#: what may be asked, beside controls and actions: its argument in words, and one line of help
QUESTIONS = {
    "/lilt/get": ("an address or a pattern", "The value of a control or reading, sent back on its address"),
    "/lilt/list": ("no argument", "Every address with its range"),
    "/lilt/subscribe": (
        "[port] [pattern] [rate]",
        f"Every change from now on, on its address, and {STATUS} once a second; {LEASE:g} s from your last packet",
    ),
    "/lilt/unsubscribe": ("[port]", "No more changes"),
    "/lilt/patch/load": ("a patch's name", "Turn every control as that patch has it"),
    "/lilt/ping": ("no argument", "Answers /lilt/pong"),
    "/lilt/version": ("no argument", "Answers with the version of Lilt"),
    "/lilt/sync": ("a whole number", "Answers /lilt/synced with that number once all before it is done"),
    "/lilt/reply_port": ("0..65535", "The port of your host that replies go to; 0 is the one you send from"),
}
#: what `/lilt/status` says once a second, in this order
HEARTBEAT = ("status.playing", "status.bar", "status.bpm", "status.ahead", "status.late_ms")

CONTROL_AT = {control.address: control for control in CONTROLS.values()}
FADER_AT = {control.address + NORM: control for control in CONTROLS.values()}
ACTION_AT = {action.address + end: action for action in ACTIONS.values() for end in ("", NORM)}
READING_AT = {reading.address: reading for reading in READINGS.values()}
SETTABLE = (*CONTROL_AT, *FADER_AT)
READABLE = (*SETTABLE, *READING_AT)
ADDRESSES = (*READABLE, *ACTION_AT, *QUESTIONS)


def listing() -> list[tuple[str, str, str]]:
    """(address, range, help) of everything, in the order of the tables."""
    rows = [(c.address, c.range_text, c.help) for c in CONTROLS.values()]
    rows += [(address, "0..1", f"{control.name} by fader position") for address, control in FADER_AT.items()]
    rows += [(address, TRIGGER, action.help) for address, action in ACTION_AT.items()]
    rows += [(address, "read only", reading.help) for address, reading in READING_AT.items()]
    return rows + [(address, argument, text) for address, (argument, text) in QUESTIONS.items()]


def suggestion(word: str, words: Iterable[str]) -> str:
    """`; did you mean "/lilt/tune/seed"?`, or "" if nothing is near."""
    near = difflib.get_close_matches(word[:80], list(words), 1, 0.7)
    return f'; did you mean "{near[0]}"?' if near else ""
