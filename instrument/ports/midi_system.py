"""What MIDI this machine has, through python-rtmidi, which is imported only here and only when it is wanted.

Every API that the library was built with is tried: on Linux ALSA's sequencer, then JACK. Ports are known by name; the
numbers that ALSA puts behind a name change whenever something is plugged in, so they do not count.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from instrument.ports.quiet import quiet_stderr

CLIENT = "Lilt"  #: our name among the ports
OUT, IN = "MidiOut", "MidiIn"  #: the library's names for clients that send and that hear
_NUMBER = re.compile(r" \d+:\d+$")


class NoMidi(RuntimeError):
    """The port cannot be had: one line, what was looked for, what there is, its mend."""


def plain(name: str) -> str:
    """A port's name without the number that ALSA gave it this time."""
    return _NUMBER.sub("", name)


def pick(part: str, names: Sequence[str]) -> str | None:
    """The first of the names with that part in it, in either case; ALSA's numbers do not count."""
    return next((name for name in names if plain(part).lower() in name.lower()), None)


def ports(kind: str) -> list[tuple[int, str]]:
    """(API, name) of the ports that a client of that kind could open, but for our own. NoMidi without the library.

    Each asking opens and closes a client of every API: not more than once in a few seconds.
    """
    found: list[tuple[int, str]] = []
    for api in apis():
        with _passing_client(kind, api) as one:
            if one is not None:
                found += [(api, name) for name in one.get_ports() if foreign(name)]
    return found


def foreign(name: str) -> bool:
    """Whether a port is somebody else's."""
    return not name.startswith(CLIENT)


def open_named(kind: str, part: str | None, label: str = CLIENT) -> tuple[Any, str]:
    """A client connected to the port with that part in its name, and the whole name; None: to the first that leads out
    of the machine. label: what others see as our end. Raises NoMidi, one line. blocks: some 50 ms under JACK.
    """
    found = ports(kind)
    names = [name for _, name in found]
    outward = next((name for name in names if "through" not in name.lower()), None)
    name = outward if part is None else pick(part, names)
    if name is None:
        raise NoMidi(missing(kind, part, names))
    api = next(api for api, other in found if other == name)
    return _connect(client(kind, api), kind, name, label), name


def again(
    kind: str, part: str | None, names: Sequence[tuple[int, str]], old: Any, label: str = CLIENT
) -> tuple[Any, str]:
    """Like `open_named`, or (None) `open_own`, of ports known to be there, and, where it can be, by the old client.

    names: (API, name). Raises NoMidi. blocks: under JACK 20 ms with the old client, 80 with a new one.
    """
    if part is None:
        return open_own(kind, label), f"{label} (virtual)"
    name = pick(part, [name for _, name in names])
    if name is None:
        raise NoMidi(missing(kind, part, [name for _, name in names]))
    api = next(api for api, other in names if other == name)
    if old is not None and old.get_current_api() == api:
        with quiet_stderr():
            old.close_port()
        return _connect(old, kind, name, label, keep=True), name
    return _connect(client(kind, api), kind, name, label), name


def is_jack(wire: Any) -> bool:
    """Whether a client is JACK's."""
    return hasattr(wire, "get_current_api") and bool(wire.get_current_api() == rtmidi().API_UNIX_JACK)


def _connect(one: Any, kind: str, name: str, label: str, keep: bool = False) -> Any:
    """Connect a client to the port of that name; where that fails it is deleted, unless kept, and NoMidi raised."""
    if one is None:
        raise NoMidi(f'the {_word(kind)} "{name}" does not open: its server has gone.')
    with quiet_stderr():
        try:
            one.open_port(one.get_ports().index(name), label)
        except Exception as error:  # it was there a moment ago
            if not keep:
                one.delete()
            what = f'the {_word(kind)} "{name}" does not open ({error})'
            raise NoMidi(f"{what}. Is another program holding it?") from None
    return one


def open_own(kind: str, label: str = CLIENT) -> Any:
    """A client with a port of our own, that others connect to. Raises NoMidi, one line."""
    if sys.platform == "win32":
        raise NoMidi("Windows has no virtual MIDI ports. Install loopMIDI, make a port there, and name it with --midi.")
    for api in apis():
        one = client(kind, api)
        if one is None:
            continue
        with quiet_stderr():
            try:
                one.open_virtual_port(label)
                return one
            except Exception:  # this API has none; the next may
                one.delete()
    raise NoMidi("no virtual MIDI port: neither the ALSA sequencer nor a JACK server is there. Linux: start jackd.")


def missing(kind: str, part: str | None, names: Sequence[str]) -> str:
    """One line: what was looked for, what there is, the mend."""
    found = ", ".join(f'"{name}"' for name in names) or "none"
    wanted = f'no {_word(kind)} matches "{part}"' if part is not None else f"no {_word(kind)}"
    return f"{wanted}. Found: {found}. It is waited for; or add --virtual for a port of our own."


def apis() -> list[int]:
    """The APIs the library was built with, the most usual first; not its dummy. NoMidi without the library."""
    library = rtmidi()
    usual = (library.API_LINUX_ALSA, library.API_MACOSX_CORE, library.API_WINDOWS_MM, library.API_UNIX_JACK)
    return [api for api in usual if api in library.get_compiled_api()]


def rtmidi() -> Any:
    """The library. Raises NoMidi with the mend where it is not to be had."""
    try:
        with quiet_stderr():
            import rtmidi
    except ImportError as error:
        if "lib" in str(error) and ".so" in str(error):
            raise NoMidi("no MIDI: a system library is missing: apt install libasound2 (Debian, Ubuntu).") from None
        raise NoMidi("no MIDI: the package python-rtmidi is missing: pip install python-rtmidi.") from None
    return rtmidi


def _word(kind: str) -> str:
    return "MIDI output" if kind == OUT else "MIDI input"


def client(kind: str, api: int) -> Any:
    """A client of one API, or None where the API is not running."""
    library = rtmidi()
    try:
        with quiet_stderr():
            return getattr(library, kind)(api, CLIENT)
    except library.RtMidiError:  # its SystemError, not Python's: no sequencer, no server
        return None


@contextmanager
def _passing_client(kind: str, api: int) -> Iterator[Any]:
    one = client(kind, api)
    try:
        yield one
    finally:
        if one is not None:
            one.delete()
