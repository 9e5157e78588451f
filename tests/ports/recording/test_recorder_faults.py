"""Recordings that something happens to: killed between two writes, files that go away, full or hanging disks."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.playing.midi.output_message import Message
from instrument.ports.recording import midi_take, wav_file
from instrument.ports.recording import recorder as recorder_module
from instrument.ports.recording.midi_take import MidiTake
from instrument.ports.recording.recorder import Recorder, WavWriter
from tests.fakes.puppet import eventually
from tests.fakes.recorded import SHOW, SOUND, read, struck


def test_at_every_moment_of_its_growing_both_files_can_be_opened(tmp_path: Path) -> None:
    """What is there when a process is killed: a copy after every single write to the disk."""
    recorder = Recorder(tmp_path / "a", 800, SHOW)
    recorder.bar(0.0, 0, Meter(4, 4), Key(), 120.0)
    seen = 0
    for k in range(12):
        recorder.message(k / 4, Message(0, "on", 1, 40 + k, 80))
        recorder.message(k / 4 + 0.2, Message(0, "off", 1, 40 + k))
        recorder.write(np.zeros((200, 2), np.float32))
        assert eventually(lambda k=k: recorder._done == (k + 1) * 200)  # type: ignore[misc]
        found = struck(tmp_path / "a.mid")
        assert len(found) == k + 1 and len(read(tmp_path / "a.wav")) == (k + 1) * 200
        seen += len(found)
    assert seen
    recorder.close()


@given(st.lists(st.lists(st.integers(0, 127), max_size=4), min_size=1, max_size=6), st.integers(0, 3))
def test_killed_between_any_two_writes_the_midi_file_is_whole(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[int]], cut: int
) -> None:
    """The disk takes `cut` more writes, then the process is dead."""
    folder = tmp_path_factory.mktemp("take")
    take = MidiTake(folder / "a.mid", "x", {1: "melody"})
    wrote: list[int] = []
    left = [10**9]

    def write(file: int, data: bytes, at: int) -> int:
        left[0] -= 1
        return wav_file.write_at(file, data, at) if left[0] >= 0 else len(data)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(midi_take, "write_at", write)
        for number, part in enumerate(parts):
            for pitch in part:
                take.message(number / 2, bytes((0x90, pitch, 1)))
            if number == len(parts) - 1:
                left[0] = cut
            take.flush()
            wrote += part if number < len(parts) - 1 else []
    take.leave()
    found = [note for _, note in struck(folder / "a.mid")]
    assert found[: len(wrote)] == wrote


def test_a_night_long_recording_goes_on_in_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wav_file, "LARGEST", 4000)
    recorder = Recorder(tmp_path / "a.b", 48_000, {})
    for _ in range(3):
        recorder.write(SOUND)
    recorder.close()
    assert [len(read(tmp_path / name)) for name in ("a.b.wav", "a.b.2.wav", "a.b.3.wav")] == [1000] * 3
    assert [path.name for path in recorder.files] == ["a.b.wav", "a.b.2.wav", "a.b.3.wav", "a.b.mid"]


@pytest.mark.parametrize("taken", [".wav", ".2.wav", ".mid"])
def test_a_name_that_is_taken_stays_whose_it_is(tmp_path: Path, taken: str) -> None:
    """A clock without battery, the hour that comes twice, two in one second."""
    theirs = tmp_path / f"2026-10-25T02-30-00-reel{taken}"
    theirs.write_bytes(b"the first show")
    stems = []
    for _ in range(2):
        recorder = Recorder(tmp_path / "2026-10-25T02-30-00-reel", 48_000, SHOW)
        recorder.write(SOUND)
        recorder.close()
        stems.append(recorder.stem.name)
    assert theirs.read_bytes() == b"the first show"
    assert stems == ["2026-10-25T02-30-00-reel-2", "2026-10-25T02-30-00-reel-3"]
    assert len(read(tmp_path / f"{stems[0]}.wav")) == 1000


def test_files_that_go_away_end_the_recording_in_one_line(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "new" / "a", 48_000, SHOW)
    shutil.rmtree(tmp_path / "new")
    recorder.write(np.zeros((48_000, 2), np.float32))
    assert eventually(lambda: recorder.ended == "its files have gone")
    recorder.message(0.0, Message(0, "on", 1, 60, 80))
    recorder.write(SOUND)
    recorder.close()
    assert recorder.files == []


def test_a_file_size_limit_ends_it_and_what_is_there_can_be_played(tmp_path: Path) -> None:
    """The system's own limit, in a process of its own: as with a full disk, the last write is cut."""
    script = """
import resource, sys
from pathlib import Path
import numpy as np
from instrument.ports.recording.recorder import Recorder
from instrument.playing.midi.output_message import Message
resource.setrlimit(resource.RLIMIT_FSIZE, (100_001, 100_001))
one = Recorder(Path(sys.argv[1]) / "a", 48_000, {})
one.message(0.0, Message(0, "on", 1, 60, 80))
for _ in range(20):
    one.write(np.zeros((4_800, 2), np.float32))
one.close()
sys.stdout.write(one.ended)
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "File too large" and not done.stderr
    assert len(read(tmp_path / "a.wav")) == (100_001 - 44) // 4
    assert struck(tmp_path / "a.mid") == [(0.0, 60)]


def test_a_disk_that_hangs_does_not_hold_up_the_music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = threading.Event()
    recorder = Recorder(tmp_path / "a", 800, SHOW)
    monkeypatch.setattr(recorder_module, "PATIENCE", 0.05)
    monkeypatch.setattr(WavWriter, "write", lambda *_: hangs.wait(20))
    for _ in range(200):
        recorder.write(np.zeros((800, 2), np.float32))
    assert recorder.ended == "the disk does not keep up"
    recorder.close()
    hangs.set()
