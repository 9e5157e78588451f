"""Tap tempo: taps give the tempo, and from the third on the beat."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.music.ticks import QUARTER
from instrument.playing.messages import Act, Change
from instrument.playing.time.clock import ManualClock
from instrument.playing.time.tap_tempo import TapTempo
from instrument.ports.tap_tempo_action import TapTempoAction
from tests.fakes.sequencer import Stand


@given(st.floats(30, 240), st.floats(30, 240), st.integers(3, 12))
def test_even_taps_give_their_tempo(bpm: float, before: float, number: int) -> None:
    taps = TapTempo()
    found = [taps.tap(3.0 + n * 60 / bpm, before) for n in range(number)]
    assert found[0] is None
    assert found[1:] == [pytest.approx(bpm, rel=0.01)] * (number - 1)


@pytest.mark.parametrize("seed", range(8))
def test_a_hand_is_averaged(seed: int) -> None:
    rng, taps = random.Random(seed), TapTempo()
    found = [taps.tap(n * 0.5 + rng.gauss(0, 0.01), 90.0) for n in range(9)]
    assert found[-1] == pytest.approx(120, rel=0.02)


def test_after_a_pause_another_series_begins() -> None:
    taps = TapTempo()
    for n in range(4):
        taps.tap(n * 0.5, 100.0)
    assert taps.tap(5.0, 120.0) is None
    assert taps.tap(6.0, 120.0) == pytest.approx(60, rel=0.01)


def test_in_compound_time_a_tap_is_a_dotted_quarter() -> None:
    taps = TapTempo()
    taps.tap(0.0, 100.0, 3 * QUARTER // 2)
    assert taps.tap(0.5, 100.0, 3 * QUARTER // 2) == pytest.approx(180, rel=0.01)


def test_the_action_turns_the_control() -> None:
    class Rig:
        snapshot = Snapshot()

        def change(self, changes: list[tuple[str, Value]]) -> None:
            self.snapshot = self.snapshot.with_values(changes)

    rig, clock = Rig(), ManualClock(10.0)
    tapping = TapTempoAction(rig, clock)
    for _ in range(5):
        tapping.act(Act("clock.tap"))
        tapping.act(Act("panic"))
        clock.advance(60 / 144)
    assert rig.snapshot.number("clock.bpm") == pytest.approx(144, rel=0.005)


def test_from_the_third_tap_on_our_beat_is_there() -> None:
    stand = Stand(clock__source="internal", clock__bpm=100.0).enter(Act("transport.play")).wait(3.21)
    for _ in range(4):
        stand.enter(Act("clock.tap")).enter(Change(stand.player.snapshot.with_value("clock.bpm", 120.0))).wait(0.5)
    tapped = stand.now - 0.5
    stand.wait(3.0)
    after = [at for at, _ in stand.notes(tapped + 0.3)]
    assert [(at - tapped + 0.25) % 0.5 - 0.25 for at in after] == pytest.approx([0] * len(after), abs=0.003)
