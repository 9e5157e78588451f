"""Play modes: every row of the table is a mode that can be chosen, and what the table says of it holds."""

from __future__ import annotations

import pytest

from instrument.controls.play_modes import PLAY_MODES
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.playing.modes.play_modes import PlayModes
from tests.fakes.evening import Evening


def test_the_control_offers_every_mode_and_tells_what_each_does() -> None:
    assert CONTROLS["play.way"].choices == tuple(PLAY_MODES)
    assert all(row.help in CONTROLS["play.way"].help for row in PLAY_MODES.values())


@pytest.mark.parametrize("name", PLAY_MODES)
def test_every_mode_can_be_chosen_and_left_again(name: str) -> None:
    evening = Evening()
    scheduler = evening.performance.player.scheduler
    modes = PlayModes(scheduler, Snapshot())
    listening = modes.current
    modes.choose(Snapshot().with_value("play.way", name))
    modes.begin(0.0)
    assert (modes.current is listening) == (name == "listen")
    assert modes.current.on_clock is not PLAY_MODES[name].moves_music
    modes.choose(Snapshot())
    modes.begin(1.0)
    assert modes.current is listening


def test_a_mode_that_leads_the_voices_leads_them_whatever_the_harmony_follows() -> None:
    tune = Snapshot().with_value("harmony.follow", "tune")
    assert {name for name in PLAY_MODES if tune.with_value("play.way", name).led} == {"accompany"}
