"""Sonic Pi without its window: its server on a JACK server of the tests' own, sent code as the window sends it.

Debian's `sonic-pi-server`, version 3.2.2; it needs `scsynth`, Erlang and jackd, all of which come with it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pythonosc.osc_message_builder import build_msg

from tests.fakes.jackd import serving
from tests.fakes.waiting import until

SERVER = Path("/usr/lib/sonic-pi/app/server/ruby/bin/sonic-pi-server.rb")
US = "tests"  #: how we call ourselves to it
LIMIT = 60  #: seconds that it may take to start


class SonicPi:
    """cues: the port at which it hears OSC, 4560 for whoever starts it by hand; said: what it has told its window."""

    def __init__(self, server: int, cues: int, window: socket.socket) -> None:
        self.cues, self.said = cues, list[bytes]()
        self._server, self._window = server, window

    def run(self, code: str) -> None:
        """Run code, as its button does."""
        self.tell("/run-code", code)

    def tell(self, address: str, *arguments: str) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
            ours.sendto(bytes(build_msg(address, [US, *arguments]).dgram), ("127.0.0.1", self._server))

    def heard(self, part: bytes) -> bool:
        """Whether it has told its window something with this in it."""
        with suppress(TimeoutError, BlockingIOError):
            while True:
                self.said.append(self._window.recv(65536))
        return any(part in one for one in self.said)


@contextmanager
def sonic_pi(home: Path) -> Iterator[SonicPi]:
    """home: a folder for what it keeps."""
    assert SERVER.exists(), "Sonic Pi is not installed (Debian: sonic-pi-server)"
    with serving() as environment, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as window:
        window.bind(("127.0.0.1", 0))
        window.settimeout(0.05)
        server, scsynth, cues, erlang, midi_out, midi_in, web = (_free_port() for _ in range(7))
        ports = (server, window.getsockname()[1], scsynth, scsynth, cues, erlang, midi_out, midi_in, web)
        command = ["ruby", str(SERVER), "-u", *map(str, ports)]
        log = home / "sonic-pi.txt"
        with log.open("w") as told:
            program = subprocess.Popen(command, env={**environment, "HOME": str(home)}, stdout=told, stderr=told,
                                       start_new_session=True)  # fmt: skip
            one = SonicPi(server, cues, window)
            try:
                assert until(lambda: one.heard(b"Let the Live Coding begin"), LIMIT), log.read_text()[-1500:]
                one.tell("/cue-port-start")  # what its preferences call "allow OSC from other programs"
                yield one
            finally:
                one.tell("/exit")
                with suppress(subprocess.TimeoutExpired):
                    program.wait(15)
                with suppress(ProcessLookupError):  # scsynth, Erlang and what else it has started
                    os.killpg(program.pid, signal.SIGKILL)
                program.wait()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
