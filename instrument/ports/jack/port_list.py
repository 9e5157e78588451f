"""List of a JACK server's ports by name, whatever bytes others have named theirs with, and connecting to one of them.

JACK takes any bytes as a name. The package JACK-Client reads them as UTF-8, and one client whose name is none spoils
its whole list; python-rtmidi leaves out what cannot be read. So it is here, so that both say the same names.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

MIDI, AUDIO = b"8 bit raw midi", b"32 bit float mono audio"
TAKES, GIVES, PHYSICAL = 1, 2, 4  #: flags: sound or messages go in there, come from there; it leads out of the machine


def names(client: Any, kind: bytes, flags: int) -> list[str]:
    """Ports of a kind that have these flags, in the server's order. thread: any."""
    try:
        found = client.get_ports(
            is_midi=kind == MIDI, is_audio=kind == AUDIO, is_input=bool(flags & TAKES), is_output=bool(flags & GIVES),
            is_physical=bool(flags & PHYSICAL),
        )  # fmt: skip
        return [port.name for port in found]
    except UnicodeDecodeError:
        return [_read(raw) for raw in _raw(client, kind, flags)]


def connect(client: Any, port: Any, name: str) -> bool:
    """Connect a MIDI port of our own to another one of `names`. Whether it is connected now."""
    with suppress(Exception):  # connected already
        port.connect(name)
    with suppress(UnicodeDecodeError):  # one is connected to it whose name is none
        if any(other.name == name for other in port.connections):
            return True
    import jack

    for raw in _raw(client, MIDI, 0):
        if _read(raw) != name:
            continue
        own = port.name.encode()
        for ends in ((own, raw), (raw, own)):  # one of them is the way that it goes
            jack._lib.jack_connect(client._ptr, *ends)
        if jack._lib.jack_port_connected_to(port._ptr, raw):
            return True
    return False


def connected(port: Any) -> list[str]:
    """Names of the ports that one of our own is connected to. thread: any."""
    try:
        return [other.name for other in port.connections]
    except UnicodeDecodeError:
        import jack

        return [_read(raw) for raw in _strings(jack._lib.jack_port_get_connections(port._ptr))]


def _read(raw: bytes) -> str:
    return raw.decode("utf-8", "ignore")


def _raw(client: Any, kind: bytes, flags: int) -> list[bytes]:
    """Names as they are."""
    import jack

    library, ffi = jack._lib, jack._ffi
    return _strings(library.jack_get_ports(client._ptr, ffi.NULL, kind, flags))


def _strings(found: Any) -> list[bytes]:
    """A list that the library made, which is freed."""
    import jack

    if found == jack._ffi.NULL:
        return []
    listed: list[bytes] = []
    while found[len(listed)] != jack._ffi.NULL:
        listed.append(bytes(jack._ffi.string(found[len(listed)])))
    jack._lib.jack_free(found)
    return listed
