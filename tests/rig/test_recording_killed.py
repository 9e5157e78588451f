"""Recordings in real processes: killed, on a disk that fills up, in a folder that cannot be written."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import wave
from pathlib import Path

import mido
import pytest

from instrument.workshop.stress.recordings import bench_recordings
from tests.fakes.balance import balance_of_file
from tests.fakes.paths import ROOT
from tests.fakes.programs import Program
from tests.fakes.puppet import eventually
from tests.fakes.thorough import every, share

PLAY = [sys.executable, str(ROOT / "run.py"), "first", "--no-sound", "--no-zeroconf", "--osc-port", "0", "--record"]

pytestmark = pytest.mark.realtime


def run(folder: Path, *more: str, **how: object) -> subprocess.CompletedProcess[str]:
    command = [*PLAY, "--bars", "3", "--recordings", str(folder), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, **how)  # type: ignore[call-overload,no-any-return]


def opens(folder: Path) -> tuple[float, int]:
    """Seconds of sound, and notes, of the only recording in a folder."""
    (sound,), (notes,) = folder.glob("*.wav"), folder.glob("*.mid")
    with wave.open(str(sound)) as file:
        seconds = file.getnframes() / file.getframerate()
        assert len(file.readframes(file.getnframes())) == file.getnframes() * 4
    return seconds, sum(m.type == "note_on" and m.velocity > 0 for m in mido.MidiFile(str(notes)))


def test_killed_at_any_moment_both_files_open_and_lack_a_second_at_most() -> None:
    tries = share(4, 40)
    found = bench_recordings(0, lambda line: None, tries=tries)
    assert found["recordings.killed"] == tries
    assert not found["recordings.broken"] and not found["recordings.short"]


@pytest.mark.long
def test_a_file_size_limit_ends_the_recording_and_not_the_music(tmp_path: Path) -> None:
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))  # noqa: E731
    done = run(tmp_path / "r", preexec_fn=limit)
    assert done.returncode == 0 and not done.stderr
    assert done.stdout.count("the recording has ended: File too large") == 1
    seconds, notes = opens(tmp_path / "r")
    assert seconds > 1.5 and notes > 3


@pytest.mark.long
def test_a_folder_that_cannot_be_written_is_one_line_and_the_music_plays(tmp_path: Path) -> None:
    """A folder below a file: not even the system's owner can write there."""
    (tmp_path / "file").write_text("somebody's")
    done = run(tmp_path / "file" / "r")
    assert done.returncode == 0 and not done.stderr
    assert done.stdout.count("no recording: ") == 1 and "recorded " not in done.stdout
    assert (tmp_path / "file").read_text() == "somebody's"


@pytest.mark.long
def test_a_folder_that_is_removed_while_it_records(tmp_path: Path) -> None:
    import shutil

    with subprocess.Popen([*PLAY, "--bars", "6", "--recordings", str(tmp_path / "r"), "--no-log"],
                          stdout=subprocess.PIPE, text=True, cwd=tmp_path) as show:  # fmt: skip
        assert eventually(lambda: list((tmp_path / "r").glob("*.wav")), 60)
        shutil.rmtree(tmp_path / "r")
        text, _ = show.communicate(timeout=120)
    assert show.returncode == 0
    assert text.count("the recording has ended: its files have gone; nothing is left of it") == 1
    assert "recorded " not in text


SIGNALS = [(signal.SIGTERM, 2), (signal.SIGINT, 2), (signal.SIGTERM, 1), (signal.SIGINT, 1)]  #: and how often


@pytest.mark.parametrize(("how", "often"), every(3, SIGNALS))
def test_ended_by_a_signal_however_often_every_note_ends_and_the_recording_is_named(
    tmp_path: Path, how: signal.Signals, often: int
) -> None:
    with Program([*PLAY, "--recordings", str(tmp_path / "r")], cwd=tmp_path) as show:
        assert show.says("stop: Ctrl-C") == 4, show.said
        assert eventually(lambda: any(f.stat().st_size > 400_000 for f in (tmp_path / "r").glob("*.wav")), 60)
        for _ in range(often):
            show.process.send_signal(how)
        assert show.ends() == 0, show.said
    assert not any("Traceback" in line for line in show.said)
    seconds, notes = opens(tmp_path / "r")
    assert seconds > 1.5 and notes > 3
    assert not balance_of_file(next((tmp_path / "r").glob("*.mid")))
    named = show.said[-1]
    assert named.startswith("recorded ") and all(os.path.exists(name) for name in named.split()[1::2])
