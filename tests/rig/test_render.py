"""What `render` writes, checked by ear: the WAV sounds the MIDI's pitches, the ABC holds the same notes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import wave
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
from numpy.typing import NDArray

from instrument.commands.main import main
from instrument.files.patch import find
from instrument.music.abc import parse
from instrument.music.play_order import order
from instrument.music.tokens.bars import miscounted, read_tune
from instrument.music.tokens.encode import tokens
from instrument.rig.render import render
from tests.fakes.paths import ROOT

BARS = 12
#: as it is written: with ornaments the notes would not be those of the ABC
AIR = replace(find("air"), values={**find("air").values, "play.ornament": 0.0})


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("render")
    figures = render(AIR, BARS, 4, out)
    assert figures["bars"] == BARS
    return out


def sound(folder: Path) -> NDArray[np.float64]:
    with wave.open(str(folder / "tune.wav")) as file:
        assert (file.getframerate(), file.getnchannels()) == (48000, 2)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2).mean(axis=1) / 32768


def notes(path: Path, channel: int) -> list[tuple[float, float, int]]:
    """(start, end, pitch) in seconds."""
    found, down, now = [], {}, 0.0
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_on" and message.velocity and message.channel == channel:
            down[message.note] = now
        elif message.type in ("note_off", "note_on") and message.channel == channel and message.note in down:
            found.append((down.pop(message.note), now, message.note))
    return sorted(found)


def test_the_same_seed_gives_the_same_bytes(rendered: Path, tmp_path: Path) -> None:
    render(AIR, BARS, 4, tmp_path)
    for name in ("tune.mid", "tune.wav", "tune.abc"):
        assert (rendered / name).read_bytes() == (tmp_path / name).read_bytes(), name


@pytest.mark.long  # 4 seconds of CPU
def test_another_seed_gives_another_tune(rendered: Path, tmp_path: Path) -> None:
    render(AIR, BARS, 5, tmp_path)
    assert (rendered / "tune.abc").read_text() != (tmp_path / "tune.abc").read_text()


def test_the_wav_is_as_long_as_the_music_and_neither_silent_nor_clipped(rendered: Path) -> None:
    wav, last = sound(rendered), notes(rendered / "tune.mid", 0)[-1][1]
    assert last < len(wav) / 48000 < last + 5
    level = 20 * np.log10(np.sqrt((wav[: int(last * 48000)] ** 2).mean()))
    assert -36 < level < -9, f"{level:.1f} dBFS"
    assert abs(wav).max() < 0.999


def test_the_wav_sounds_the_pitches_of_the_midi(rendered: Path) -> None:
    """The strongest harmonic series near each long melody note is that note's."""
    wav, right, total = sound(rendered), 0, 0
    for start, end, pitch in notes(rendered / "tune.mid", 0):
        if end - start < 0.3:
            continue
        piece = wav[int((start + 0.1) * 48000) : int((end - 0.02) * 48000)]
        spectrum = abs(np.fft.rfft(piece * np.hanning(len(piece)), 1 << 17))

        def strength(candidate: int, spectrum: NDArray[np.float64] = spectrum) -> float:
            hertz = 440 * 2 ** ((candidate - 69) / 12) * np.arange(1, 5)
            bins = np.rint(hertz * (1 << 17) / 48000).astype(int)
            return float(sum(spectrum[b - 4 : b + 5].max() for b in bins))

        best = max(range(pitch - 2, pitch + 3), key=strength)
        right, total = right + (best == pitch), total + 1
    assert total > 10
    assert right / total > 0.9, f"{right} of {total}"


def test_the_abc_reads_back_and_its_bars_add_up(rendered: Path) -> None:
    texts = list(parse.tunes((rendered / "tune.abc").read_text()))
    assert texts
    for text in texts:
        tune = read_tune(tokens(parse.read(text)))
        assert not miscounted(tune, order(tune.measures))


@pytest.mark.peers
@pytest.mark.skipif(not shutil.which("abc2midi"), reason="abc2midi is not installed (Debian: abcmidi)")
def test_abc2midi_reads_the_abc_and_finds_our_first_notes(rendered: Path, tmp_path: Path) -> None:
    said = subprocess.run(
        ["abc2midi", str(rendered / "tune.abc"), "1", "-o", str(tmp_path / "x.mid")], capture_output=True, text=True
    )
    assert "Error" not in said.stdout, said.stdout
    theirs = [p for _, _, p in notes(tmp_path / "x.mid", 0)][:24]
    ours = [p for _, _, p in notes(rendered / "tune.mid", 0)][:24]
    assert [p - theirs[0] for p in theirs] == [p - ours[0] for p in ours]


# the command line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["reell"], 'did you mean "reel"'),
        (["first", "--seed", "-4"], "tune.seed"),
        (["first", "--synth", "nothing.sf2"], "nothing.sf2"),
        (["first", "--weights", "nowhere"], "nowhere"),
        (["first", "--osc-port", "99999"], "99999"),
        (["bench", "speed"], "speed"),
        (["train", "folk", "no/such.abc"], "no/such.abc"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_2(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert says in said
    assert len(said.strip().splitlines()) == 1


def test_as_people_type_it_the_status_is_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "run.py", "reell"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    assert done.returncode == 2 and 'did you mean "reel"' in done.stderr and "Traceback" not in done.stderr


def test_a_patch_with_a_mistake_names_file_key_and_range(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patch = tmp_path / "dusk.toml"
    patch.write_text("tempo = 960\n")
    assert main([str(patch)]) == 2
    assert "dusk.toml: tempo = 960 is outside 20..300" in capsys.readouterr().err


def test_doctor_and_ports_answer_without_devices(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor"])
    assert "the folk model loads" in capsys.readouterr().out
    main(["ports"])
    assert "MIDI outputs" in capsys.readouterr().out


def test_a_patch_whose_keys_move_the_music_is_refused_before_a_file_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tap plays nothing by itself; play it: lilt tap"):
        render(find("tap"), 2, 1, tmp_path / "out")
    assert not (tmp_path / "out").exists()
