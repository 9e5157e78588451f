"""An ensemble's service on real sockets: members find each other, what is foreign is one line, and what is asked for
that cannot be had is one line before the music."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from instrument.commands.main import main
from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.playing.ensemble.roles import EnsembleRole
from instrument.playing.messages import Act
from instrument.playing.time.clock import SystemClock
from instrument.ports.network.allowed import Allowed
from instrument.rig.ensemble import ensemble_setup
from instrument.rig.ensemble.ensemble_service import EnsembleService, alone
from instrument.rig.ensemble.ensemble_setup import EnsembleSetup, asked_for, with_shared_clock
from tests.fakes.waiting import until

NAME = f"service {os.getpid()}"


class FakeConductor:
    """What a conductor is to it."""

    def __init__(self) -> None:
        self.snapshot, self.lines, self.readings = Snapshot(), list[str](), dict[str, Value]()

    def change(self, changes: list[tuple[str, Value]]) -> None:
        self.snapshot = self.snapshot.with_values(changes)

    def say(self, line: str) -> None:
        self.lines.append(line)

    def publish(self, readings: dict[str, Value]) -> None:
        self.readings |= readings


def service(name: str, port: int) -> tuple[EnsembleService, FakeConductor, list[object]]:
    conductor, told = FakeConductor(), list[object]()
    setup = EnsembleSetup(NAME, port=port)
    return EnsembleService(setup, name, Allowed(), conductor, told.append, SystemClock().now), conductor, told


@pytest.mark.realtime
def test_members_find_each_other_and_what_is_foreign_is_one_line() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    first, conductor, told = service("first", port)
    first.start()
    try:
        assert until(lambda: conductor.readings.get("ensemble.role") == "leads", 5), conductor.lines
        assert told == [EnsembleRole("leads"), Act("transport.play")]
        second, other, _ = service("second", port)
        second.start()
        try:
            assert until(lambda: "first leads the ensemble" in other.lines, 5), other.lines
            assert conductor.readings["ensemble.members"] == 2 or until(
                lambda: "second plays in the ensemble" in conductor.lines, 2
            )
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as foreign:
                for number in range(300):
                    foreign.sendto(bytes((number % 256,)) * (1 + 137 * number % 60_000), ("127.0.0.1", port))
            assert until(lambda: any("is left out" in line for line in [*conductor.lines, *other.lines]), 3)
            second.act("ensemble.lead")
            assert until(lambda: conductor.readings["ensemble.leader"] == "second", 3), conductor.lines
        finally:
            second.close()
        assert until(lambda: "second has left the ensemble" in conductor.lines, 2)
        assert until(lambda: conductor.readings["ensemble.role"] == "leads", 2)
        assert sum("is left out" in line for line in conductor.lines) <= 3, "a storm is a few lines"
    finally:
        first.close()


def test_an_action_without_an_ensemble_says_how_to_have_one() -> None:
    assert alone("ensemble.lead") == "ensemble.lead: there is no ensemble; start every Lilt with --ensemble"


def test_members_by_address() -> None:
    assert asked_for("us", ["10.0.0.2", "stage.local:9200"]).named == (("10.0.0.2", 9130), ("stage.local", 9200))
    for text in ("", ":9130", "host:none", "host:70000"):
        with pytest.raises(ValueError, match="is no address"):
            asked_for("us", [text])
    with pytest.raises(ValueError, match="1 to 40 characters"):
        asked_for("x" * 41, [])


def test_a_clock_that_all_share_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_shared_clock(Snapshot()).values["clock.source"] == "link"
    led = Snapshot().with_value("clock.source", "jack")
    assert with_shared_clock(led) is led
    monkeypatch.setattr(ensemble_setup, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"lilt\[link\]"):
        with_shared_clock(Snapshot())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--member", "10.0.0.2"], "add --ensemble"),
        (["--ensemble", "--member", "host:none"], "is no address"),
        (["--ensemble", "x" * 50], "1 to 40 characters"),
    ],
)
def test_before_the_music_what_cannot_be_had_is_one_line(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["first", "--no-sound", "--osc-port", "0", "--recordings", str(tmp_path), *options]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and said in lines[0]
