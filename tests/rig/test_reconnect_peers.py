"""Cables in earnest: a JACK server on a dummy card, FluidSynth and another process at their far ends.

What is heard is known by its pitch; what is pulled is waited for; and when the player is killed its notes are ended.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from instrument.workshop.bench import lateness
from tests.fakes.ear import recording
from tests.fakes.jackd import RATE, ended, lsp, port, serving, until, wait
from tests.fakes.paths import ROOT
from tests.fakes.programs import quits

FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
SQUARE = 80  #: a program whose pitch is easily told
BPM = 96

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.peers,
    pytest.mark.skipif(not shutil.which("jackd"), reason="jackd is not installed (apt install jackd2)"),
    pytest.mark.skipif(not shutil.which("fluidsynth"), reason="fluidsynth is not installed (apt install fluidsynth)"),
    pytest.mark.skipif(not FONT.exists(), reason=f"{FONT} is not there (apt install timgm6mb-soundfont)"),
]

PATCH = f"""
tempo = {BPM}
openings = ["C 4 E 4 | G 4 c 4 | E 4 C 4 | C 8 |"]
ornament = 0.0
key = "C major"
[voices.melody]
channel = 2
program = {SQUARE}
"""
PITCHES = [60, 64, 67, 72, 64, 60, 60]  #: of two quarter notes each, the last of four


@contextmanager
def fluidsynth(env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A synth of JACK's, its MIDI port and its sound named fs."""
    command = ["fluidsynth", "-a", "jack", "-m", "jack", "-g", "0.8", "-r", str(RATE), "-o", "midi.jack.id=fs",
               "-o", "audio.jack.id=fs", "-o", "audio.jack.autoconnect=0", str(FONT)]  # fmt: skip
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    process = subprocess.Popen(command, env=env, text=True, stdin=pipe, stdout=none, stderr=none)
    try:
        port(env, "fs:midi")
        port(env, "fs:left")
        yield process
    finally:
        quits(process)


class Lilt:
    """The instrument as people start it, and what it says."""

    def __init__(self, env: dict[str, str], folder: Path, *options: str) -> None:
        self.said: list[str] = []
        command = [sys.executable, "run.py", *options, "--no-sound", "--osc-port", "0", "--recordings", str(folder)]
        pipe, both = subprocess.PIPE, subprocess.STDOUT
        self.process = subprocess.Popen(command, env=env, cwd=ROOT, text=True, stdout=pipe, stderr=both)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)

    def says(self, part: str, seconds: float = 60) -> bool:
        return until(lambda: any(part in line for line in self.said) or self.process.poll() is not None, seconds)


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    with serving() as environment:
        yield environment


@pytest.mark.quiet
def test_what_fluidsynth_is_heard_to_play_is_what_was_written(server: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "slow.toml").write_text(PATCH)
    with ExitStack() as closing:
        closing.enter_context(fluidsynth(server))
        tape = closing.enter_context(recording(server, "fs:left"))
        lilt = Lilt(server, tmp_path, str(tmp_path / "slow.toml"), "--midi", "fs", "--bars", "4")
        closing.callback(ended, lilt.process, 20)
        assert lilt.process.wait(60) == 0, lilt.said
        assert any("MIDI: fs:midi" in line for line in lilt.said), lilt.said
        wait(2.0)  # what sounds on would be heard
        sound = tape.heard()
    beat = 60 / BPM
    found = [pitch(sound[round((n * 2 + 0.6) * beat * RATE) :][: RATE // 2]) for n in range(6)]
    assert found == pytest.approx(PITCHES[:6], abs=0.05), "of a semitone"
    assert np.abs(sound[round(18 * beat * RATE) :]).max() < 0.003, "nothing sounds on"


def test_a_synth_that_goes_is_waited_for_and_played_to_again(server: dict[str, str], tmp_path: Path) -> None:
    with ExitStack() as closing:
        synth = closing.enter_context(fluidsynth(server))
        lilt = Lilt(server, tmp_path, "reel", "--midi", "fs")
        closing.callback(ended, lilt.process, 20)
        assert lilt.says("stop: Ctrl-C"), lilt.said
        assert until(lambda: "Lilt:out" in connected(server, "fs:midi"), 10)
        quits(synth)
        assert lilt.says('"fs" has gone; it is waited for', 20), lilt.said
        closing.enter_context(fluidsynth(server))
        assert lilt.says('"fs" is back', 20), lilt.said
        assert until(lambda: "Lilt:out" in connected(server, "fs:midi"), 10)
        lilt.process.send_signal(signal.SIGINT)
        assert lilt.process.wait(20) == 0, lilt.said


def test_a_server_that_dies_is_waited_for_and_nobody_hangs(tmp_path: Path) -> None:
    with ExitStack() as closing:
        first = closing.enter_context(ExitStack())
        env = first.enter_context(serving("other"))
        first.enter_context(fluidsynth(env))
        lilt = Lilt(env, tmp_path, "reel", "--midi", "fs")
        closing.callback(ended, lilt.process, 20)
        assert lilt.says("stop: Ctrl-C"), lilt.said
        first.close()  # the synth as well
        assert lilt.says('"fs" has gone; it is waited for', 20), lilt.said
        closing.enter_context(serving("other"))
        closing.enter_context(fluidsynth(env))
        assert lilt.says('"fs" is back', 30), lilt.said
        assert until(lambda: connected(env, "fs:midi"), 10)
        with recording(env, "fs:left") as tape:
            assert until(lambda: tape.seconds > 4, 30), "the new server runs"
            assert len(tape.heard()) > RATE, "and carries the music"
        lilt.process.send_signal(signal.SIGINT)
        assert lilt.process.wait(30) == 0, lilt.said


def test_the_notes_of_a_killed_player_are_ended(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """At the far end, in another process. The bound is generous; `bench time` measures."""
    for name in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER"):
        monkeypatch.setitem(os.environ, name, server[name])
    milliseconds, down = lateness.one_player_killed()
    assert down == 0
    assert 0 < milliseconds < 2000


def connected(env: dict[str, str], name: str) -> str:
    """What is connected to a port."""
    lines = lsp(env, "-c").stdout.splitlines()
    after = itertools.dropwhile(lambda line: not line.startswith(name), lines)
    next(after, None)
    return " ".join(itertools.takewhile(lambda line: line.startswith(" "), after))


def pitch(sound: NDArray[np.float32]) -> float:
    """MIDI note number, by the period at which the sound is most like itself."""
    size = 1 << (2 * len(sound) - 1).bit_length()
    spectrum = np.fft.rfft(sound - sound.mean(), size)
    alike = np.fft.irfft(np.abs(spectrum) ** 2)[: len(sound)] / np.arange(len(sound), 0, -1)
    shortest, longest = RATE // 1000, RATE // 100
    near = np.flatnonzero(alike[shortest:longest] > 0.95 * alike[shortest:longest].max())[0] + shortest
    best = near + int(np.argmax(alike[near : near + 20]))
    before, here, after = alike[best - 1 : best + 2]
    period = best + 0.5 * (before - after) / (before - 2 * here + after)
    return float(69 + 12 * np.log2(RATE / period / 440))
