"""JACK, its clock programs and Lilt beside each other."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from tests.fakes.jackd import ended, serving, until
from tests.fakes.paths import ROOT

TOOLS = ("jackd", "jack_midi_clock", "jack_mclk_dump", "jack_midi_dump", "jack_transport")


class Rig:
    """Programs on a JACK server of their own, what each says in a file."""

    def __init__(self, folder: Path, environment: dict[str, str], closing: ExitStack) -> None:
        self.folder, self.environment, self.closing = folder, environment, closing
        self._begun: dict[str, subprocess.Popen[str]] = {}

    def begin(self, name: str, *command: str | Path) -> subprocess.Popen[str]:
        out = self.closing.enter_context((self.folder / name).open("w"))
        process = subprocess.Popen(
            [str(word) for word in command], env=self.environment, stdin=subprocess.PIPE, stdout=out,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.closing.callback(ended, process)
        self._begun[name] = process
        return process

    def said(self, name: str) -> str:
        return (self.folder / name).read_text(errors="replace")

    def end(self, name: str, seconds: float = 30) -> None:
        """A program is asked to end, and is waited for."""
        ended(self._begun[name], seconds)

    def lilt(self, patch: str = "first", *options: str) -> SimpleUDPClient:
        """options: in place of a MIDI port of its own and no sound."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            osc = str(free.getsockname()[1])
        ports = options or ("--virtual", "--no-sound")
        self.begin("lilt", sys.executable, ROOT / "run.py", patch, *ports, "--osc-port", osc,
                   "--recordings", self.folder)  # fmt: skip
        assert until(lambda: "stop: Ctrl-C" in self.said("lilt"), 180), self.said("lilt")
        return SimpleUDPClient("127.0.0.1", int(osc))


def get(lilt: SimpleUDPClient, address: str, tries: int = 10) -> object:
    """What stands at an address; asked for again where a packet was lost, or the machine takes its time."""
    for _ in range(tries):
        lilt.send_message("/lilt/get", address)
        for message in lilt.get_messages(2):
            if message.address == address:
                return message.params[0]
    raise AssertionError(f"no answer to {address}")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with ExitStack() as closing:
        environment = closing.enter_context(serving())
        yield Rig(tmp_path, environment, closing)
