"""MIDI system of this machine, through python-rtmidi, imported only here and only when it is wanted.

Every API that the library was built with is tried: on Linux ALSA's sequencer, then JACK. Ports are known by name
(`port_names`). Where the process has a JACK client of its own (`jack_client`), JACK's ports are opened by that.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol
from weakref import WeakSet

from instrument.ports.midi.port_names import matching, plain, told_apart
from instrument.ports.system.quiet import quiet_stderr

CLIENT = "Lilt"  #: our name among the ports
OUT, IN = "MidiOut", "MidiIn"  #: the library's names for clients that send and that hear
#: names of our clients, by themselves or before a port, with the number of one that was not the first
_OURS = re.compile(rf"{CLIENT}( in| look| watch| mic)?(-\d+)?(:|$| \d| \()")
LOOKING = "Lilt look"  #: the name of clients that only look, or stand by to end notes


__all__ = ["CLIENT", "IN", "OUT", "NoMidi", "pick", "plain"]


class OwnJack(Protocol):
    """A JACK client of the process's own."""

    def open(self) -> bool: ...

    def wire(self, kind: str, name: str) -> Any: ...

    def targets(self, kind: str) -> list[str]: ...


class End(Protocol):
    """An open end of a cable. whole: the port's name."""

    @property
    def whole(self) -> str: ...

    @property
    def there(self) -> bool: ...


own_jack: OwnJack | None = None  #: the player's, while it plays
_ends: dict[str, WeakSet[Any]] = {OUT: WeakSet(), IN: WeakSet()}


class NoMidi(RuntimeError):
    """The port cannot be had: one line, what was looked for, what there is, its mend."""


def pick(part: str, names: Sequence[str], taken: Container[str] = ()) -> str | None:
    """The best of the names with that part in it, or None; see `port_names`."""
    found = matching(part, names, taken)
    return found[0] if found else None


def opened(kind: str, end: End) -> None:
    """An end has been opened: another of the same kind goes to another device, where there are two."""
    _ends[kind].add(end)


def taken(kind: str, but: object = None) -> list[str]:
    """The ports that this process has open."""
    return [end.whole for end in _ends[kind] if end.there and end is not but]


def ports(kind: str) -> list[tuple[int, str]]:
    """(API, name) of the ports that a client of that kind could open, but for our own. NoMidi without the library.

    Each asking opens and closes a client of every API: not more than once in a few seconds.
    """
    found: list[tuple[int, str]] = []
    for api in apis():
        with _passing_client(kind, api) as one:
            if one is not None:
                found += [(api, name) for name in told_apart(one.get_ports()) if foreign(name)]
    return found


def foreign(name: str) -> bool:
    """Whether a port is somebody else's, other than ours by chance of its first letters too."""
    return _OURS.match(name) is None


def open_named(kind: str, part: str | None, label: str = CLIENT, end: str = "") -> tuple[Any, str, list[str]]:
    """A client connected to the best port with that part in its name, the whole name, and the others that match; None:
    to the first that leads out of the machine. label: what others see as our end; end: the rig's name of it. Raises
    NoMidi, one line. blocks: some 50 ms under JACK.
    """
    found = ports(kind)
    names, busy = [name for _, name in found], taken(kind)
    outward = [name for name in names if name and "through" not in name.lower()]
    meant = outward[:1] if part is None else matching(part, names, busy)
    if not meant or (kind == IN and meant[0] in busy and plain(part or "") == part):  # no input is heard twice
        raise NoMidi(missing(kind, part, [name for name in names if kind == OUT or name not in busy]))
    name = meant[0]
    api = next(api for api, other in found if other == name)
    return _connect(client(kind, api, end), kind, name, label), name, [n for n in meant[1:] if n not in busy]


def again(
    kind: str,
    part: str | None,
    names: Sequence[tuple[int, str]],
    old: Any,
    label: str = CLIENT,
    end: str = "",
    busy: Container[str] = (),
) -> tuple[Any, str]:
    """Like `open_named`, or (None) `open_own`, of ports known to be there, and, where it can be, by the old client.

    names: (API, name); busy: of ports that are not to be had. Raises NoMidi. blocks: under JACK 20 ms with the old
    client, 80 with a new one.
    """
    if part is None:
        return open_own(kind, label, end), f"{label} (virtual)"
    name = pick(part, [name for _, name in names if name not in busy])
    if name is None:
        raise NoMidi(missing(kind, part, [name for _, name in names]))
    api = next(api for api, other in names if other == name)
    if old is not None and old.get_current_api() == api and not (api == jack_api() and own_jack is not None):
        with quiet_stderr():
            old.close_port()
        return _connect(old, kind, name, label, keep=True), name
    return _connect(client(kind, api, end), kind, name, label), name


def jack_api() -> int:
    """The library's number for JACK."""
    return int(rtmidi().API_UNIX_JACK)


def is_jack(wire: Any) -> bool:
    """Whether a client is JACK's."""
    return hasattr(wire, "get_current_api") and bool(wire.get_current_api() == rtmidi().API_UNIX_JACK)


def _connect(one: Any, kind: str, name: str, label: str, keep: bool = False) -> Any:
    """Connect a client to the port of that name; where that fails it is deleted, unless kept, and NoMidi raised."""
    if one is None:
        raise NoMidi(f'the {_word(kind)} "{name}" does not open: its server has gone.')
    with quiet_stderr():
        try:
            one.open_port(told_apart(one.get_ports()).index(name), label)
        except Exception as error:  # it was there a moment ago
            if not keep:
                one.delete()
            what = f'the {_word(kind)} "{name}" does not open ({error})'
            raise NoMidi(f"{what}. Is another program holding it?") from None
    return one


def open_own(kind: str, label: str = CLIENT, end: str = "") -> Any:
    """A client with a port of our own, that others connect to: JACK's, where we are its client. Raises NoMidi."""
    if sys.platform == "win32":
        raise NoMidi("Windows has no virtual MIDI ports. Install loopMIDI, make a port there, and name it with --midi.")
    first = [jack_api()] if own_jack is not None and own_jack.open() else []
    for api in dict.fromkeys([*first, *apis()]):
        one = client(kind, api, end)
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


def client(kind: str, api: int, end: str = "", name: str = CLIENT) -> Any:
    """A client of one API, or None where the API is not running. end: the rig's name of what it is for."""
    library = rtmidi()
    if api == library.API_UNIX_JACK and own_jack is not None and end and (own := own_jack.wire(kind, end)) is not None:
        return own
    try:
        with quiet_stderr():
            return getattr(library, kind)(api, name)
    except library.RtMidiError:  # its SystemError, not Python's: no sequencer, no server
        return None


@contextmanager
def _passing_client(kind: str, api: int) -> Iterator[Any]:
    one = client(kind, api, name=LOOKING)
    try:
        yield one
    finally:
        if one is not None:
            one.delete()
