"""Levels and places of the mixer as they sound: no click, no jump, silence where it is silent."""

from __future__ import annotations

import numpy as np
import pytest

from instrument.music.sounds.timbres import NAMES
from instrument.playing.midi.output_message import Message, fine
from instrument.playing.sound.channel_sound import ChannelSound
from instrument.playing.sound.synth import Synth
from tests.fakes.mixing import FULL, RATE, rendered
from tests.fakes.thorough import every


@pytest.mark.long  # 6 seconds of CPU
@pytest.mark.parametrize("timbre", every(4, NAMES))
@pytest.mark.parametrize("kind", ["gain", "place"])
def test_a_level_or_place_that_jumps_makes_no_click(timbre: str, kind: str) -> None:
    jumps = [(12_000 + 5_000 * n, fine(0, kind, 1, n % 2, "sound")) for n in range(6)]
    sound, loud = rendered(jumps, timbre, dry=True), [(0, fine(0, "gain", 1, 1.0, "sound"))]
    for side in (0, 1):  # the signal as loud as it can be on this side, whose steps are its own
        whole = [*loud, (0, fine(0, "place", 1, float(side), "sound"))] if kind == "place" else loud
        own = np.abs(np.diff(rendered(whole, timbre, dry=True)[:, side]))
        assert float((np.abs(np.diff(sound[:, side])) - own).max()) < FULL, "no sample steps farther than its own"


def test_a_jump_without_a_glide_would_be_found() -> None:
    loud = rendered([(0, fine(0, "gain", 1, 1.0, "sound"))])
    cut = loud.copy()
    cut[12_000:17_000] = 0
    assert float((np.abs(np.diff(cut[:, 0])) - np.abs(np.diff(loud[:, 0]))).max()) > FULL


def test_a_level_arrives_and_stays_and_what_is_silent_is_silent() -> None:
    quiet, loud = rendered([(9_600, fine(0, "gain", 1, 0.0, "sound"))]), rendered([])
    assert np.array_equal(quiet[: 9_600 - 512], loud[: 9_600 - 512])
    assert np.abs(quiet[44_000:]).max() < 1e-3, "the room has rung out"
    back = rendered([(9_600, fine(0, "gain", 1, 0.0, "sound")), (24_000, fine(0, "gain", 1, 0.8, "sound"))])
    later = slice(40_000, 48_000)
    assert np.abs(back[later] - loud[later]).max() < 0.02, "the note has gone on meanwhile"


def test_a_level_turned_in_silence_is_there_with_the_first_note() -> None:
    def first(level: float, turned: bool) -> np.ndarray:
        synth = Synth(RATE, {1: ChannelSound("pluck", 0.2 if turned else level)})
        if turned:
            synth.schedule(100, fine(0, "gain", 1, level, "sound"))
        synth.schedule(4_800, Message(0, "on", 1, 74, 110))
        return synth.render(9_600)

    assert np.abs(first(1.0, True) - first(1.0, False)).max() < 1e-4
