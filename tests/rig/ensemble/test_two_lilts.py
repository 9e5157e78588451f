"""Two Lilts in processes of their own, by Ableton Link: one backs the other, takes the lead, and goes on when the other
is killed."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from pythonosc.udp_client import SimpleUDPClient

from instrument.ports.log.replay import replay
from tests.fakes.keys_down import keys_down
from tests.fakes.paths import ROOT
from tests.fakes.programs import Program
from tests.fakes.waiting import until

pytestmark = [pytest.mark.realtime, pytest.mark.quiet, pytest.mark.peers]
NAME = f"test {os.getpid()}"  #: of the ensemble, so that tests side by side do not hear each other


def lilt(patch: str, folder: Path, port: int, *more: str) -> Program:
    command = [sys.executable, ROOT / "run.py", patch, "--no-sound", "--no-zeroconf", "--ensemble", NAME, *more]
    return Program([*command, "--osc-port", str(port), "--page-port", str(port + 10), "--recordings", folder])


def entries(folder: Path) -> list[tuple[float, dict[str, Any]]]:
    """(seconds on the machine's clock, what came in) of a session log, as far as it is written."""
    found = []
    for path in folder.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.endswith("}") and (data := json.loads(line)).get("in"):
                found += [(data["t"] / 1e6, entry) for entry in data["in"]]
    return found


def of(folder: Path, kind: str) -> list[tuple[float, dict[str, Any]]]:
    return [(at, entry) for at, entry in entries(folder) if entry.get("is") == kind]


@pytest.mark.long  # most of a minute; tests/playing/ensemble has it in virtual time
def test_one_backs_the_other_and_goes_on_when_it_is_killed(tmp_path: Path) -> None:
    leads, backs = tmp_path / "leads", tmp_path / "backs"
    with lilt("reel", leads, 9331, "--seed", "3") as first:
        first.says("you lead the ensemble")
        first.says("stop: Ctrl-C")
        SimpleUDPClient("127.0.0.1", 9331).send_message("/lilt/clock/bpm", 160.0)  # time for a busy machine
        with lilt("session", backs, 9332, "--seed", "9") as second:
            second.says("leads the ensemble")
            laid = lambda: [e for _, e in of(backs, "Span") if e.get("source") == "heard"]  # noqa: E731
            assert until(lambda: len(laid()) >= 4, 90), second.said
            assert not [line for line in second.said if line.startswith("the ensemble:")]
            voices = {note.get("voice", "melody") for span in laid() for note in span.get("notes", ())}
            assert {"guitar", "double_bass", "bodhran"} <= voices
            SimpleUDPClient("127.0.0.1", 9332).send_message("/lilt/ensemble/lead", 1)
            second.says("you lead the ensemble")
            first.says("session leads the ensemble")
            assert until(lambda: len(of(leads, "HeardBar")) >= 2, 30), first.said
            SimpleUDPClient("127.0.0.1", 9331).send_message("/lilt/ensemble/lead", 1)
            second.says("reel leads the ensemble", since=second.says("you lead"))
            count = len(of(backs, "HeardBar"))
            assert until(lambda: len(of(backs, "HeardBar")) >= count + 2, 30), second.said
            os.kill(first.process.pid, signal.SIGKILL)
            killed = len(second.said)
            second.says("has gone from the ensemble", 5)
            second.says("you lead the ensemble", 2, since=killed)
            since = len(of(backs, "Span"))
            assert until(lambda: len(of(backs, "Span")) >= since + 3, 30), second.said
            second.process.send_signal(signal.SIGINT)
            assert second.ends() == 0
    roles = [entry["role"] for _, entry in of(backs, "EnsembleRole")]
    assert (roles[0], roles[-1]) == ("follows", "leads") and roles.count("leads") >= 2, "a stall of 0.7 s adds some"
    assert all(not keys_down(path) for path in backs.glob("*.mid")), "no note hangs"
    (log,) = backs.glob("*.jsonl")
    again = replay(log)
    assert again.same and again.whole, again.difference
