"""A render that is counted in: its clicks lie on the grid to the sample, and its MIDI file runs beside the sound."""

from __future__ import annotations

import wave
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
from numpy.typing import NDArray

from instrument.files.patch import Patch, find
from instrument.playing.beginning.metronome import CHANNEL, HIGH, LOW
from instrument.rig.render import render

RATE, BPM, COUNT, BARS, SEED = 48_000, 125.0, 2, 3, 4


def counted(**more: object) -> Patch:
    """A reel of which only the click is heard."""
    reel = find("reel")
    values = {**reel.values, "clock.bpm": BPM, "transport.count_in": COUNT, "click.on": True, "click.level": 1.0,
              "play.human": 0.0, "play.rubato": 0.0, "tune.meter": "4/4",
              **{name.replace("__", "."): value for name, value in more.items()}}  # fmt: skip
    silent = {name: replace(voice, level=0.0) for name, voice in reel.voices.items()}
    return replace(reel, values=values, voices=silent)  # type: ignore[arg-type]


def sound(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2).mean(axis=1) / 32768


def onsets(wav: NDArray[np.float64]) -> list[int]:
    """Frames at which something begins that the room's answer to the last click no longer covers."""
    loud = np.flatnonzero(np.abs(wav) > 0.006)
    return [int(frame) for frame, before in zip(loud, [-RATE, *loud], strict=False) if frame - before > RATE // 20]


def struck(path: Path, channel: int) -> list[tuple[float, int]]:
    """(seconds, key) of each note of a channel, 1..16."""
    found, now = [], 0.0
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_on" and message.velocity and message.channel == channel - 1:
            found.append((now, message.note))
    return found


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("count")
    render(counted(), BARS, SEED, out)
    return out


def test_the_clicks_lie_on_the_grid_to_the_sample(rendered: Path) -> None:
    beat = 60 / BPM * RATE
    found = onsets(sound(rendered / "tune.wav"))
    assert len(found) >= 4 * (COUNT + BARS) - 4  # a bar of the patch's may be a pick-up
    off = [frame - n * beat for n, frame in enumerate(found)]
    assert max(off) - min(off) <= 2.0, off


def test_the_midi_file_has_the_count_and_runs_beside_the_sound(rendered: Path) -> None:
    clicks = struck(rendered / "tune.mid", CHANNEL)
    assert [key for _, key in clicks][:8] == [HIGH, LOW, LOW, LOW] * COUNT
    frames = onsets(sound(rendered / "tune.wav"))
    assert [at * RATE for at, _ in clicks] == pytest.approx([frame - frames[0] for frame in frames], abs=60)
    first = struck(rendered / "tune.mid", 1)[0][0]
    assert first == pytest.approx((COUNT * 4 - 1) * 60 / BPM, abs=0.01), "the pick-up of that seed is a quarter"


def test_a_click_is_heard_over_the_tune_and_does_not_clip(tmp_path: Path, rendered: Path) -> None:
    alone = np.abs(sound(rendered / "tune.wav")).max()
    reel = replace(counted(click__level=0.0), voices=find("reel").voices)
    render(reel, BARS, SEED, tmp_path)
    tune = np.abs(sound(tmp_path / "tune.wav")).max()
    assert 0.15 < alone < 0.7
    assert -6 < 20 * np.log10(alone / tune) < 12, "about as loud as the tune"


@pytest.mark.long  # 3 seconds of CPU
def test_a_tune_that_is_not_counted_in_is_what_it_was(tmp_path: Path) -> None:
    """The count-in moves the notes and changes none of them."""
    render(counted(transport__count_in=0, click__on=False), BARS, SEED, tmp_path / "plain")
    render(counted(click__on=False), BARS, SEED, tmp_path / "counted")
    plain, later = (struck(tmp_path / name / "tune.mid", 1) for name in ("plain", "counted"))
    assert [key for _, key in plain] == [key for _, key in later]
    shifts = {round(b - a, 3) for (a, _), (b, _) in zip(plain, later, strict=True)}
    assert len(shifts) == 1
