"""Microphones that are found, or not: one line with its mend for whatever is missing, and the card that is meant."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from instrument.playing.time.clock import Bell, ManualClock
from instrument.ports.microphone import capture
from instrument.ports.microphone.capture import Blocks, NoMicrophone, check, open_source, sources


class Refused(Exception):
    """As sounddevice has it."""


class Stream:
    latency, active = 0.006, True

    def __init__(self, **asked: Any) -> None:
        if asked["device"] == 2:
            raise Refused("Device unavailable")
        self.asked = asked

    def start(self) -> None:
        self.asked["callback"](np.full((64, 1), 0.5, np.float32), 64, None, None)

    def abort(self) -> None:
        self.active = False

    def close(self) -> None:
        pass


def card(index: int, name: str, inputs: int) -> dict[str, Any]:
    return {"index": index, "name": name, "max_input_channels": inputs, "default_samplerate": 44_100.0}


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Cards of a PortAudio of the test's own; no JACK."""
    there = [card(0, "HDMI", 0), card(1, "Scarlett 2i2", 2), card(2, "Webcam", 1)]
    library = SimpleNamespace(
        query_devices=lambda: there, PortAudioError=Refused, InputStream=Stream, _terminate=lambda: None,
        _initialize=lambda: None, default=SimpleNamespace(device=(2, 0)), query_hostapis=list,
    )  # fmt: skip
    monkeypatch.setattr(capture, "_jack_client", lambda: None)
    monkeypatch.setattr(capture, "_portaudio", lambda: library)
    return there


def test_a_card_is_found_by_part_of_its_name_and_its_sound_is_stamped(cards: list[dict[str, Any]]) -> None:
    blocks = Blocks(ManualClock(5.0), Bell())
    source = open_source("scarlett", blocks)
    assert (source.name, source.rate, source.latency) == ("Scarlett 2i2", 44_100, 0.006)
    ((block, ends),) = blocks.take()
    assert block.tolist() == [0.5] * 64 and ends == 5.0
    source.close()
    assert not source.alive


def test_what_matches_nothing_is_told_with_what_there_is(cards: list[dict[str, Any]]) -> None:
    with pytest.raises(NoMicrophone) as found:
        check("Neumann")
    assert str(found.value) == 'no microphone matches "Neumann". Found: "Scarlett 2i2", "Webcam".'


def test_without_a_name_it_is_the_systems_choice(cards: list[dict[str, Any]]) -> None:
    check(None)
    with pytest.raises(NoMicrophone, match=r'"Webcam" does not open .*is another program holding it'):
        open_source(None, Blocks(ManualClock(), Bell()))


def test_a_machine_without_one_is_told_what_to_do(cards: list[dict[str, Any]]) -> None:
    del cards[1:]
    with pytest.raises(NoMicrophone, match=r"no microphone found\. Plug one in"):
        check(None)
    assert sources() == []


def test_a_missing_package_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "_jack_client", lambda: None)
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(NoMicrophone, match=r"pip install 'lilt\[mic\]'"):
        check(None)


def test_a_reader_that_does_not_take_loses_the_oldest_and_counts_them() -> None:
    blocks = Blocks(ManualClock(), Bell())
    for number in range(capture.FULLEST + 10):
        blocks.put(np.full(16, number, np.float32), 48_000)
    taken = blocks.take()
    assert len(taken) == capture.FULLEST and blocks.lost == 10 and taken[-1][0][0] == capture.FULLEST + 9


def test_after_a_jack_server_has_gone_portaudio_is_left_alone(
    cards: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture.JackSource, "seen", True)
    with pytest.raises(NoMicrophone, match="JACK server has gone"):
        open_source(None, Blocks(ManualClock(), Bell()))
