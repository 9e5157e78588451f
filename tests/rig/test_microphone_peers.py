"""A melody that FluidSynth plays comes into Lilt by a JACK capture port, and leads the voices as a keyboard would.

The file goes through JACK as a microphone's sound does; JACK's own tool writes down what comes back. The microphone's
process is killed, and the next one is heard.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import pytest

from instrument.workshop.microphone.material import FONTS, PLAYERS, TrueNote, rendered
from tests.fakes.jackd import connect, port, serving, until, wait
from tests.fakes.paths import ROOT
from tests.fakes.programs import Program
from tests.fakes.wave_player import wave_player, write_wave

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.quiet,
    pytest.mark.peers,
    pytest.mark.skipif(not shutil.which("jackd"), reason="jackd is not installed (apt install jackd2)"),
    pytest.mark.skipif(not shutil.which("fluidsynth"), reason="fluidsynth is not installed (apt install fluidsynth)"),
    pytest.mark.skipif(not any(Path(f).exists() for f in FONTS), reason="apt install timgm6mb-soundfont"),
]
CHANNELS = {"soprano": 3, "alto": 4, "tenor": 5, "bass": 6}
PATCH = """
source = "played"
tempo = 80
[controls]
play.way = "accompany"
harmony.time = "hands"
tune.seed = 5
""" + "".join(f"[voices.{voice}]\nchannel = {channel}\nprogram = 79\n" for voice, channel in CHANNELS.items())
PITCHES = (74, 76, 78, 81, 79, 74, 69, 71, 74)
LASTS, STEP = 0.42, 0.5  #: seconds of a note, and from one to the next
MELODY = [TrueNote(0.5 + STEP * n, 0.5 + STEP * n + LASTS, pitch, 90) for n, pitch in enumerate(PITCHES)]


@dataclass(frozen=True)
class Evening:
    """heard: pitches of the microphone's notes, as the log has them, first time and after the kill; loose: keys that
    it left down; struck: channels of the notes that came back, with how many; said: Lilt's lines."""

    heard: tuple[list[int], list[int]]
    loose: set[int]
    struck: dict[int, int]
    down: set[tuple[int, int]]
    said: list[str]


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    folder = tmp_path_factory.mktemp("microphone")
    write_wave(folder / "flute.wav", rendered(MELODY, PLAYERS["flute"][0]))
    (folder / "played.toml").write_text(PATCH)
    (folder / "rig.toml").write_text('programs = []\n[microphone]\ninstrument = "flute"\n')
    with ExitStack() as closing:
        env = closing.enter_context(serving())
        first = closing.enter_context(wave_player(env, "flute", folder / "flute.wav"))
        dump = closing.enter_context(Program(["stdbuf", "-oL", "jack_midi_dump", "-a", "dump"], env))
        lilt = closing.enter_context(
            Program(
                [
                    sys.executable,
                    ROOT / "run.py",
                    folder / "played.toml",
                    "--mic",
                    "flute:capture",
                    "--virtual",
                    "--no-sound",
                    "--osc-port",
                    "0",
                    "--recordings",
                    folder,
                    "--rig",
                    folder / "rig.toml",
                ],
                env,
            )
        )
        lilt.says("microphone: flute:capture is heard", 60)
        connect(env, port(env, "Lilt:out"), port(env, "dump:input"))
        lilt.says("stop: Ctrl-C")
        wait(2.0)  # the accompanist is there
        first.play()
        assert until(lambda: first.over, 30)
        wait(0.5)
        killed = microphone_process(lilt.process.pid)
        since = len(lilt.said)
        os.kill(killed, signal.SIGKILL)
        lilt.says("the microphone's process has died", 20, since)
        lilt.says("microphone: flute:capture is heard", 30, since)
        first.again()
        assert until(lambda: first.over, 30)
        wait(0.5)
        lilt.process.terminate()
        lilt.process.wait(20)
        wait(0.3)
        struck, down = came_back(dump.said)
        yield Evening(*logged(next(folder.glob("*.jsonl"))), struck, down, lilt.said)


def microphone_process(main: int) -> int:
    """The number of the process: the child of ours that is in JACK as the microphone's client is."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            threads = {(task / "comm").read_text() for task in (folder / "task").iterdir()}
            maps = (folder / "maps").read_text()
        except (OSError, IndexError):
            continue
        if parent == main and "libjack" in maps and "_rtmidi" not in maps and threads:
            return int(folder.name)
    pytest.fail("no process of the microphone's is there")


def logged(log: Path) -> tuple[tuple[list[int], list[int]], set[int]]:
    """Pitches of the microphone's notes before and after the longest silence, and what it left down."""
    struck: list[tuple[float, int]] = []
    down: set[int] = set()
    for line in log.read_text().splitlines():
        for entry in json.loads(line).get("in", ()):
            if entry.get("port") == "microphone" and "data" in entry:
                status, pitch, velocity = bytes.fromhex(entry["data"]["hex"])
                if status & 0xF0 == 0x90 and velocity:
                    struck.append((entry["at"], pitch))
                    down.add(pitch)
                else:
                    down.discard(pitch)
            elif entry.get("port") == "microphone" and entry["is"] == "Released":
                down.clear()
    gaps = [later[0] - former[0] for former, later in pairwise(struck)]
    cut = gaps.index(max(gaps)) + 1
    return ([pitch for _, pitch in struck[:cut]], [pitch for _, pitch in struck[cut:]]), down


def came_back(said: list[str]) -> tuple[dict[int, int], set[tuple[int, int]]]:
    """Notes that began, by channel, and keys that are still down."""
    struck: dict[int, int] = {}
    down: set[tuple[int, int]] = set()
    for line in said:
        found = re.match(r"^\s*\d+: (\w\w) (\w\w) (\w\w)", line)
        if found is None:
            continue
        status, number, value = (int(part, 16) for part in found.groups())
        key = (status % 16 + 1, number)
        if status & 0xF0 == 0x90 and value:
            struck[key[0]] = struck.get(key[0], 0) + 1
            down.add(key)
        elif status & 0xF0 in (0x80, 0x90):
            down.discard(key)
    return struck, down


def agrees(heard: list[int]) -> float:
    """Share of the melody's notes that come in their order."""
    return SequenceMatcher(None, heard, PITCHES, autojunk=False).ratio()


def test_the_melody_is_heard_as_it_was_played(evening: Evening) -> None:
    assert agrees(evening.heard[0]) >= 0.9, evening.heard[0]


def test_the_voices_answer_it(evening: Evening) -> None:
    for voice in ("alto", "tenor", "bass"):
        assert evening.struck.get(CHANNELS[voice], 0) >= len(PITCHES) // 2, f"{voice}: {evening.struck}"


def test_a_microphone_process_that_is_killed_is_replaced_and_heard_again(evening: Evening) -> None:
    assert agrees(evening.heard[1]) >= 0.9, evening.heard[1]
    assert sum("the microphone's process has died" in line for line in evening.said) == 1


def test_no_key_is_left_down(evening: Evening) -> None:
    assert not evening.loose
    assert not evening.down
