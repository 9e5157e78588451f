"""One JACK client for sound, MIDI and transport, on a real server: its ports, what is heard, a server that returns."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.ear import recording
from tests.fakes.jackd import lsp, serving, until
from tests.fakes.paths import ROOT
from tests.fakes.programs import Program

PORTS = ["Lilt:in", "Lilt:left", "Lilt:out", "Lilt:right"]
pytestmark = [
    pytest.mark.realtime,
    pytest.mark.quiet,
    pytest.mark.peers,
    pytest.mark.skipif(not shutil.which("jackd"), reason="jackd is not installed (apt install jackd2)"),
]


def ours(environment: dict[str, str]) -> list[str]:
    return sorted(name for name in lsp(environment).stdout.splitlines() if name.startswith("Lilt"))


def heard(environment: dict[str, str]) -> bool:
    """Whether something sounds within some seconds, on both sides, at the card's own ports."""
    for side, number in (("left", 1), ("right", 2)):
        listed = lsp(environment, "-c", f"system:playback_{number}").stdout.split()
        assert f"Lilt:{side}" in listed, listed
    with recording(environment, "Lilt:left") as tape:
        return until(lambda: bool(len(tape.sound)) and float(np.abs(tape.sound).max()) > 0.02, 20)


@pytest.mark.long
def test_sound_midi_and_transport_are_one_client_and_it_comes_back(tmp_path: Path) -> None:
    command = [sys.executable, "run.py", "first", "--virtual", "--osc-port", "0", "--recordings", str(tmp_path)]
    with serving() as environment:
        lilt = Program(command, environment, ROOT)
        lilt.says("stop: Ctrl-C")
        assert any("sound: JACK" in line for line in lilt.said), lilt.said
        assert until(lambda: ours(environment) == PORTS, 10), ours(environment)
        assert heard(environment)
    with lilt:
        at = lilt.says("sound: JACK has gone; it is waited for")
        with serving() as environment:
            lilt.says("sound: JACK is back", since=at)
            assert until(lambda: ours(environment) == PORTS, 30), ours(environment)
            assert heard(environment)
            lilt.process.terminate()
            assert lilt.ends() == 0
    assert not any("Traceback" in line for line in lilt.said), lilt.said
