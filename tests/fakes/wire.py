"""Wire: the far side of a MIDI cable, out and in, with the methods of python-rtmidi's clients; it remembers.

wire = Wire()
MidiOutput(wire, "Synth"); MidiInput(wire, "keys", "Keys", inbox)
wire.arrive(0x90, 60, 80)             # what is played over there
wire.sent, wire.sounding()            # what has come from us
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Wire:
    """sent: the bytes of each message; calls: what was asked of it besides, in order."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, ...]] = []
        self.calls: list[str] = []
        self.open = True
        self.callback: Callable[..., None] | None = None

    # from us

    def send_message(self, data: list[int]) -> None:
        assert self.open, "sent after close"
        self.sent.append(tuple(data))

    def close_port(self) -> None:
        self.calls.append("close")
        self.open = False

    def delete(self) -> None:
        self.calls.append("delete")

    # to us

    def ignore_types(self, sysex: bool, timing: bool, active_sense: bool) -> None:
        assert (sysex, timing, active_sense) == (False, False, False), "machine control is system-exclusive"

    def set_callback(self, callback: Callable[..., None]) -> None:
        self.callback = callback

    def cancel_callback(self) -> None:
        self.calls.append("cancel")

    def arrive(self, *data: int) -> None:
        """A message comes in: handed over as the library does it. thread: any."""
        assert self.callback is not None, "nobody listens"
        self.callback((list(data), 0.0), None)

    # what is heard over there

    def sounding(self) -> set[tuple[int, int]]:
        """(channel 0..15, note) of the keys that are down."""
        down = set()
        for status, *rest in self.sent:
            if status & 0xF0 == 0x90 and rest[1]:
                down.add((status & 15, rest[0]))
            elif status & 0xF0 in (0x80, 0x90):
                down.discard((status & 15, rest[0]))
        return down

    def controllers(self) -> set[int]:
        """Numbers of the controllers that were sent."""
        return {data[1] for data in self.sent if data[0] & 0xF0 == 0xB0}

    def struck(self) -> list[tuple[int, ...]]:
        """The note-ons."""
        return [data for data in self.sent if data[0] & 0xF0 == 0x90 and data[2]]


ALSA, JACK = 2, 3


class Client(Wire):
    """A client of the library below. to: the port that it is connected to."""

    library: Any

    def __init__(self, api: int, name: str) -> None:
        super().__init__()
        if self.library.there[api] is None:
            raise self.library.RtMidiError("no sequencer")
        self.api, self.to = api, ""
        self.library.clients.append(self)

    def get_current_api(self) -> int:
        return self.api

    def get_ports(self) -> list[str | None]:
        self._touch()
        return list(self.library.there[self.api] or [])

    def open_port(self, number: int, name: str) -> None:
        self.to = self.get_ports()[number] or ""
        self.open = True
        self.library.opened.append((self.api, number, self.to))

    def open_virtual_port(self, name: str) -> None:
        self._touch()
        self.to = name
        self.library.opened.append((self.api, -1, name))

    def send_message(self, data: list[int]) -> None:
        self._touch()
        super().send_message(data)

    def close_port(self) -> None:
        self._touch()
        super().close_port()

    def cancel_callback(self) -> None:
        self._touch()
        super().cancel_callback()

    def delete(self) -> None:
        self._touch()
        super().delete()

    def _touch(self) -> None:
        assert self not in self.library.dead, "a client of a dead server was touched: it would hang"


class Rtmidi:
    """python-rtmidi, to be put into `sys.modules`. there: by API the names of its ports, None where it does not run;
    opened: (API, number or -1 for a port of our own, name); dead: clients of a server that has died."""

    API_LINUX_ALSA, API_MACOSX_CORE, API_WINDOWS_MM, API_UNIX_JACK = ALSA, 1, 4, JACK

    class RtMidiError(Exception):
        pass

    def __init__(self, alsa: list[str | None] | list[str] | None, jack: list[str] | None = None) -> None:
        self.there: dict[int, Any] = {ALSA: alsa, JACK: jack}
        self.opened: list[tuple[int, int, str]] = []
        self.clients: list[Client] = []
        self.dead: set[Client] = set()
        self.MidiOut = self.MidiIn = type("Client", (Client,), {"library": self})

    def get_compiled_api(self) -> list[int]:
        return [ALSA, JACK]

    @property
    def living(self) -> int:
        """Clients that have not been deleted."""
        return sum("delete" not in client.calls for client in self.clients)

    def kill_jack(self) -> None:
        """The JACK server dies."""
        self.dead |= {client for client in self.clients if client.api == JACK}
