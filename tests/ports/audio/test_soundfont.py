"""A SoundFont in place of the synth: with whichever library is here; without one, the line that says so."""

from __future__ import annotations

import importlib.util
import random
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from instrument.playing.midi.output_message import Message
from instrument.playing.sound.channel_sound import CLICK, ChannelSound
from instrument.playing.sound.percussion import CHANNEL
from instrument.playing.sound.synth import Renderer
from instrument.ports.audio import soundfont_trial
from instrument.ports.audio.soundfont import NoSoundFont, SoundFont
from instrument.ports.audio.soundfont_trial import try_out
from tests.fakes.paths import ROOT
from tests.fakes.thorough import every

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


@pytest.mark.parametrize("library", ["tinysoundfont", "fluidsynth"])
def test_the_click_is_the_fonts_own_percussion(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec(library) is None or not FONT.exists():
        pytest.skip(f"{library} or {FONT.name} is not here")
    if library == "fluidsynth":
        monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    heard = []
    for sounds in ({CHANNEL: CLICK}, {CHANNEL: ChannelSound("reed")}):
        font: Renderer = SoundFont(FONT, 48_000, sounds)
        font.schedule(100, Message(0, "on", CHANNEL, 76, 100))
        heard.append(np.abs(font.render(48_000)))
    block, reed = heard
    assert block[:4800].max() > 0.01
    assert block[24_000:].max() < 0.2 * block.max(), "a wood block has died away"
    assert reed[24_000:].max() > 0.3 * reed.max() or library == "fluidsynth", "a reed that is held has not"


def damaged(seed: int) -> bytes:
    """As a torn download, or a failing disk, leaves it: some bytes of its tables are others."""
    raw = bytearray(FONT.read_bytes())
    tables, rng = raw.index(b"pdta"), random.Random(1000 + seed)
    for _ in range(1 + seed % 30):
        raw[rng.randrange(tables + 12, len(raw))] = rng.randrange(256)
    return bytes(raw)


@pytest.mark.peers
def test_a_font_is_tried_out_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Seeds at which the library mostly ends the process that reads them, found by trying sixty: what it reads beyond
    its tables is whatever lies there."""
    try_out(FONT)
    crashed = 0
    for seed in (6, 14, 15):
        (tmp_path / "damaged.sf2").write_bytes(damaged(seed))
        try:
            try_out(tmp_path / "damaged.sf2")
        except NoSoundFont as refused:
            crashed += re.search(r"damaged\.sf2 is damaged: .* crashes on it \(SIG", str(refused)) is not None
            assert "\n" not in str(refused)
    assert crashed


@pytest.mark.peers
@pytest.mark.parametrize("what", every(2, ["empty", "text", "torn", "half a header", "device", "folder"]))
def test_what_is_no_font_ends_nothing_but_the_start_in_one_line(tmp_path: Path, what: str) -> None:
    path = tmp_path / "a.sf2"
    contents = {"empty": b"", "text": b"X:1", "torn": FONT.read_bytes()[:100_000], "half a header": b"RIFF\0\0"}
    if what == "folder":
        path.mkdir()
    elif what == "device":
        path.symlink_to("/dev/zero")
    else:
        path.write_bytes(contents[what])
    root = ROOT
    command = [sys.executable, str(root / "run.py"), "first", "--bars", "1", "--no-sound", "--synth", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 2 and not done.stdout
    assert len(done.stderr.splitlines()) == 1 and "a.sf2" in done.stderr


def test_a_trial_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfont_trial, "trial", sleeps)
    with pytest.raises(NoSoundFont, match="does not play within 0 seconds"):
        try_out(tmp_path / "slow.sf2", patience=0.3)


def sleeps(*_: object) -> None:
    threading.Event().wait(60)
