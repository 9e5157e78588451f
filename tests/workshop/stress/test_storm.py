"""Storms into a live performance, in small: afterwards the music goes on, no key is down, and Ctrl-C ends it."""

from __future__ import annotations

import shutil

import pytest

from instrument.controls.midi_messages import encode
from instrument.workshop.stress.storm import KINDS, message, storm
from tests.fakes.jackd import serving_us
from tests.fakes.thorough import every

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.quiet,
    pytest.mark.peers,
    pytest.mark.skipif(not shutil.which("jackd"), reason="jackd is not installed (apt install jackd2)"),
]


def test_after_each_storm_the_music_goes_on() -> None:
    said, kinds = list[str](), tuple(every(4, KINDS))
    with serving_us():
        figures = storm(kinds, 1.0, 10_000, said.append)
    for kind in kinds:
        assert figures[f"storm.{kind}_notes"] >= 8, said
        assert figures[f"storm.{kind}_stuck"] == 0, said
        assert figures[f"storm.{kind}_grown"] < 1.5, said
    assert figures["storm.status"] == figures["storm.left"] == figures["storm.down"] == 0, figures
    assert figures["storm.tracebacks"] == 0
    assert figures["storm.end_s"] < 15


def test_the_storms_are_of_whole_messages() -> None:
    assert message("clock", 3) == encode("clock")
    assert message("notes", 1)[:2] == [0x90, 40] and message("notes", 2)[:2] == [0x80, 41]
    assert message("sysex", 5)[0] == 0xF0 and message("sysex", 5)[-1] == 0xF7
