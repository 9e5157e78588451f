"""A SoundFont in place of the synth: with whichever library is here; without one, the line that says so."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from instrument.playing.message import Message
from instrument.playing.synth import ChannelSound, Renderer
from instrument.ports.soundfont import NoSoundFont, SoundFont

FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(NoSoundFont, match=r"none\.sf2: No such file or directory; give --synth"):
        SoundFont(tmp_path / "none.sf2")


def test_another_kind_of_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "tune.abc").write_text("X:1")
    with pytest.raises(NoSoundFont, match=r"tune\.abc is not a SoundFont"):
        SoundFont(tmp_path / "tune.abc")


def test_no_library_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.sf2").write_bytes(b"RIFF\0\0\0\0sfbk")
    for name in ("tinysoundfont", "fluidsynth"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it fails
    with pytest.raises(NoSoundFont, match="pip install --no-deps tinysoundfont") as missing:
        SoundFont(tmp_path / "a.sf2")
    assert "\n" not in str(missing.value)


@pytest.mark.parametrize("library", ["tinysoundfont", "fluidsynth"])
def test_it_plays_as_the_synth_does(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec(library) is None or not FONT.exists():
        pytest.skip(f"{library} or {FONT.name} is not here")
    if library == "fluidsynth":
        monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    font: Renderer = SoundFont(FONT, 48_000, {1: ChannelSound("whistle", 1.0)})
    font.schedule(1000, Message(0, "on", 1, 69, 80))
    font.schedule(40_000, Message(0, "off", 1, 69))
    font.schedule(200_000, Message(0, "on", 1, 69, 80))
    sound = np.concatenate([font.render(n) for n in (100, 3000, 17, 44_883)])
    assert sound.shape == (48_000, 2) and sound.dtype == np.float32 and font.frame == 48_000
    assert np.abs(sound[:1000]).max() < 1e-3 < 0.02 < np.abs(sound[1000:20_000]).max() <= 1.0
    font.silence()
    assert np.abs(font.render(192_000)[-96_000:]).max() < 1e-3
