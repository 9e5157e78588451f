"""The running rig under many hands: a flood of packets, the page's line, and what is refused before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from instrument.commands.main import main
from instrument.ports.network.addresses import open_page_socket
from instrument.workshop.bench.control import _pour, playing, reach


@pytest.mark.realtime
@pytest.mark.quiet
def test_a_thousand_packets_a_second_lose_nothing_and_the_music_goes_on() -> None:
    with playing() as conductor:
        bars = len(conductor.announced)
        sent, lost = _pour(conductor, 3.0)
        assert len(conductor.announced) > bars
    assert sent >= 2500
    assert lost == 0
    assert conductor.figures["dropped"] == 0


@pytest.mark.long
@pytest.mark.realtime
@pytest.mark.quiet
def test_a_fader_reaches_the_page_and_the_page_a_surface() -> None:
    said: list[str] = []
    figures = reach(said.append, moves=20)
    assert 0 < figures["control.osc_to_page_p50_ms"] <= figures["control.osc_to_page_and_back_p50_ms"] < 1000
    assert len(said) == 1


def refused(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["first", "--no-sound", "--osc-port", "0", *options]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    return said


def test_before_the_music_starts_what_cannot_be_had_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--recordings", str(tmp_path))
    assert '--osc-allow "the tablet" is not an address' in refused(capsys, "--osc-allow", "the tablet", *where)
    with open_page_socket("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} on 127.0.0.1 is taken" in refused(capsys, "--page-port", port, *where)
    assert "--page-port 70000" in refused(capsys, "--page-port", "70000", *where)
    assert "--page-host" in refused(capsys, "--page-host", "192.0.2.1", *where)
    assert list(tmp_path.iterdir()) == []
