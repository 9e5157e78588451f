"""Hotplug process: looks every third of a second which MIDI ports there are, and says so when that changes.

It is apart from the player's because looking takes time and, when a server has just died, may never return. It keeps
one client of every API, because a new one at every look uses the system up. It outlives the others for a moment and has
left the terminal's group: a synchronous JACK server that buries its clients at the same time as the player's lets no
note-off through for as many times as long.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from instrument.playing.messages import Present, Sweep
from instrument.playing.time.clock import SystemClock
from instrument.ports.midi import system
from instrument.ports.midi.jack_server import JackServer
from instrument.ports.midi.output import MidiOutput
from instrument.ports.midi.port_names import told_apart
from instrument.ports.midi.sweep import end_all
from instrument.ports.midi.system import CLIENT, IN, OUT, NoMidi
from instrument.ports.system.quiet import quiet_stderr

EACH = 0.33  #: seconds between looks
LINGER = 1.0  #: seconds that it stays when nobody is left to tell
SENT = 0.1  #: seconds until what was sent has left, and the port may be closed


def run(line: Connection) -> None:
    """Look until the line closes, and a moment longer. Where there is no MIDI library there is nothing to see."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        look, last = _looker(), None
        while True:
            if line.poll(EACH if look else None):
                message = line.recv()
                if look and isinstance(message, Sweep):
                    look.sweep(message.ports)
                    line.send(message)
                continue
            if look and (now := look.look()) != last:
                line.send(now)
                last = now
            if look and look.blind:
                os._exit(0)  # the conductor starts another; an orderly exit would touch dead clients
    clock = SystemClock()
    clock.sleep_until(clock.now() + LINGER)


def _looker() -> Looker | None:
    try:
        return Looker()
    except NoMidi:
        return None


class Looker:
    """Clients that only look. thread: one."""

    def __init__(self, server: JackServer | None = None) -> None:
        """NoMidi without the library."""
        self._jack = server or JackServer()
        self._jack_api = system.rtmidi().API_UNIX_JACK
        self._clients: dict[tuple[str, int], Any] = {}

    @property
    def blind(self) -> bool:
        """Whether a server has died, so that nothing more is to be seen from this process."""
        return self._jack.died

    def look(self) -> Present:
        """What there is now."""
        there = self._jack.alive()
        names = {kind: self._names(kind, there) for kind in (OUT, IN)}
        return Present(names[OUT], names[IN], self._jack.run if there else -self._jack.run)

    def sweep(self, names: Iterable[str]) -> None:
        """End every key of these outputs, by the clients that are there already, since opening others takes longer;
        where there was no time to look yet, it looks first."""
        clock = SystemClock()
        if not self._clients:
            self.look()
        for client in [client for (kind, _), client in self._clients.items() if kind == OUT and client is not None]:
            with quiet_stderr(), suppress(Exception):  # whatever the driver says: the others are to be ended too
                for name in set(names) & set(ports := client.get_ports()):
                    client.open_port(ports.index(name), CLIENT)
                    end_all(MidiOutput(client, name))
                    clock.sleep_until(clock.now() + SENT)
                    client.close_port()

    def _names(self, kind: str, jack: bool) -> tuple[tuple[int, str], ...]:
        found: list[tuple[int, str]] = []
        for api in system.apis():
            if api == self._jack_api and not jack:
                continue
            client = self._client(kind, api)
            with quiet_stderr(), suppress(Exception):  # whatever the driver says: nothing was found there
                found += [(api, name) for name in told_apart(client.get_ports() if client else ())
                          if system.foreign(name)]  # fmt: skip
        return tuple(found)

    def _client(self, kind: str, api: int) -> Any:
        if self._clients.get((kind, api)) is None:
            self._clients[kind, api] = system.client(kind, api, name=system.LOOKING)
        return self._clients[kind, api]
