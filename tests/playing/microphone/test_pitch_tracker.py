"""Pitch of known sound: tones over each compass, whatever the rate and the blocks, noise, silence, and no numbers."""

from __future__ import annotations

import numpy as np
import pytest

from instrument.music.sounds.compass import INSTRUMENTS
from instrument.playing.microphone.pitch_frame import PitchFrame
from instrument.playing.microphone.pitch_tracker import HOP, Block, PitchTracker
from tests.fakes.thorough import every


def tone(pitch: float, seconds: float, rate: int = 48_000, overtones: tuple[float, ...] = (1, 0.5, 0.3)) -> Block:
    times = 2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * np.arange(round(seconds * rate)) / rate
    return np.asarray(0.2 * sum(a * np.sin(n * times) for n, a in enumerate(overtones, 1)), np.float32)


def frames(tracker: PitchTracker, sound: Block, block: int = 128) -> list[PitchFrame]:
    found: list[PitchFrame] = []
    for at in range(0, len(sound), block):
        piece = sound[at : at + block]
        found += tracker.hear(piece, (at + len(piece)) / tracker.rate)
    return found


def cents(frame: PitchFrame, pitch: float) -> float:
    return 100 * (69 + 12 * float(np.log2(frame.hertz / 440)) - pitch)


@pytest.mark.parametrize("name", every(2, tuple(INSTRUMENTS)))
def test_every_note_of_a_compass_is_within_five_cents(name: str) -> None:
    low, high = INSTRUMENTS[name]
    for pitch in range(low, high + 1):
        tracker = PitchTracker(48_000, (low, high))
        last = frames(tracker, tone(pitch, 0.1))[-1]
        assert abs(cents(last, pitch)) < 5 and last.clarity > 0.95, (pitch, last)


@pytest.mark.parametrize("overtones", [(1,), (0.6, 1), (1, 1, 1, 1), (0.7, 0.5, 1)])
def test_a_strong_overtone_is_not_taken_for_the_note(overtones: tuple[float, ...]) -> None:
    tracker = PitchTracker(48_000, (55, 83))
    assert abs(cents(frames(tracker, tone(62, 0.1, overtones=overtones))[-1], 62)) < 10


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("block", [1, 64, 127, 1000, 5000])
def test_rate_and_blocks_make_no_difference(rate: int, block: int) -> None:
    tracker = PitchTracker(rate, (62, 88))
    found = frames(tracker, tone(74, 0.2, rate), block)
    assert len(found) == pytest.approx(0.2 / HOP, abs=1.5)
    assert abs(cents(found[-1], 74)) < 6
    steps = np.diff([frame.at for frame in found])
    assert steps == pytest.approx(np.full(len(steps), tracker.hop / rate), abs=1e-6)


def test_noise_is_not_clear_and_silence_has_no_pitch() -> None:
    random = np.random.default_rng(1)
    tracker = PitchTracker(48_000, (62, 88))
    noise = frames(tracker, random.normal(0, 0.05, 48_000).astype(np.float32))
    assert np.mean([frame.clarity > 0.75 for frame in noise]) < 0.01
    assert noise[-1].level == pytest.approx(-26, abs=2)
    silence = frames(tracker, np.zeros(4800, np.float32))
    assert silence[-1].hertz == 0 and silence[-1].clarity == 0 and silence[-1].level < -100


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e30])
def test_sound_that_is_no_number_harms_nothing(wrong: float) -> None:
    tracker = PitchTracker(48_000, (62, 88))
    bad = tone(74, 0.1)
    bad[1000:3000] = wrong
    found = frames(tracker, np.concatenate([bad, tone(74, 0.1)]))
    assert all(np.isfinite([frame.hertz, frame.clarity, frame.level]).all() for frame in found)
    assert abs(cents(found[-1], 74)) < 5


def test_the_window_is_as_short_as_the_compass_allows() -> None:
    whistle, fiddle = PitchTracker(48_000, INSTRUMENTS["D whistle"]), PitchTracker(48_000, INSTRUMENTS["fiddle"])
    assert whistle.window < 0.011 < fiddle.window < 0.016
