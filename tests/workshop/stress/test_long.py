"""Stress at the numbers that are promised, by `make test-long`: what the ordinary tests try in small."""

from __future__ import annotations

import shutil

import pytest

from instrument.music.play_order import order
from instrument.music.tokens.bars import miscounted, read_tune
from instrument.thinking.tune.loader import load_memory
from instrument.workshop.evaluate.generate import generate
from instrument.workshop.stress.fuzz import bench_fuzz
from instrument.workshop.stress.recordings import TRIES, bench_recordings
from instrument.workshop.stress.storm import KINDS, RATE, storm
from instrument.workshop.stress.watchdog import WAYS, one_ended
from tests.fakes.jackd import serving_us

jackd = pytest.mark.skipif(not shutil.which("jackd"), reason="jackd is not installed (apt install jackd2)")
pytestmark = [pytest.mark.long, pytest.mark.realtime, pytest.mark.quiet]
silently = lambda line: None  # noqa: E731
OFTEN = 50  #: times that each way of ending is tried
AT_ONCE = 200.0  #: ms
SLOWER = {"player_and_both_watches": 700.0}  #: ms, of what is not promised: see docs/reliability.md


def test_two_hundred_recordings_killed_at_any_moment_open_and_lack_a_second_at_most() -> None:
    found = bench_recordings(0, silently)
    assert found["recordings.killed"] == TRIES == 200
    assert not found["recordings.broken"] and not found["recordings.short"]


@pytest.mark.timeout(3600)
def test_a_million_broken_packets_and_messages_crash_nothing() -> None:
    figures = bench_fuzz(0, silently)
    assert figures["fuzz.osc_count"] + figures["fuzz.midi_count"] == 1_000_000
    assert figures["fuzz.osc_grown_mb"] < 8 and figures["fuzz.midi_grown_mb"] < 8


@pytest.mark.timeout(1800)
def test_two_hundred_tunes_of_the_shipped_weights_have_no_bar_that_is_miscounted() -> None:
    tunes = [read_tune(text) for text in generate(load_memory(), 200, guarded=True)]
    assert len(tunes) == 200
    assert not any(miscounted(tune, order(tune.measures)) for tune in tunes)


@jackd
@pytest.mark.peers
@pytest.mark.timeout(1800)
def test_after_each_storm_of_twenty_seconds_the_music_goes_on() -> None:
    said: list[str] = []
    with serving_us():
        figures = storm(KINDS, 20.0, RATE, said.append)
    for kind in KINDS:
        assert figures[f"storm.{kind}_notes"] >= 8, said
        assert figures[f"storm.{kind}_stuck"] == 0, said
        assert figures[f"storm.{kind}_grown"] <= 1.1, said
    assert figures["storm.status"] == figures["storm.left"] == figures["storm.down"] == 0, figures


@jackd
@pytest.mark.peers
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("way", WAYS)
def test_however_its_processes_end_every_note_is_silent_at_once(way: str) -> None:
    with serving_us():
        found = [one_ended(way) for _ in range(OFTEN)]
    assert not any(down for _, down in found), found
    assert max(milliseconds for milliseconds, _ in found) <= SLOWER.get(way, AT_ONCE), found
