"""A chorale's soprano, played by another program, comes back as four sounding voices.

The chorale is music21's, its MIDI file music21's writing, mido-play plays it, FluidSynth sounds what comes back, JACK's
own tools write down what went over the cable and what was heard.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import mido
import numpy as np
import pytest
from numpy.typing import NDArray
from pythonosc.udp_client import SimpleUDPClient

from instrument.music.cues import CHAIN
from tests.fakes.ear import recording
from tests.fakes.jackd import RATE, connect, ended, port, serving, until, wait
from tests.fakes.paths import ROOT
from tests.fakes.programs import over, quits

FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
PLAYER = Path(sys.executable).with_name("mido-play")
TEMPO, BARS = 100, 4
CHANNELS = {"soprano": 3, "alto": 4, "tenor": 5, "bass": 6}
SECONDS = 25  #: that the other program may take to play the file
HALF = RATE // 8  #: frames of what a chord is known by

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.quiet,
    pytest.mark.peers,
    pytest.mark.skipif(not shutil.which("jackd"), reason="jackd is not installed (apt install jackd2)"),
    pytest.mark.skipif(not shutil.which("fluidsynth"), reason="fluidsynth is not installed (apt install fluidsynth)"),
    pytest.mark.skipif(not FONT.exists(), reason=f"{FONT} is not there (apt install timgm6mb-soundfont)"),
]

PATCH = f"""
source = "played"
tempo = {TEMPO}
[controls]
harmony.follow = "played"
harmony.time = "hands"
tune.seed = 5
""" + "".join(f"[voices.{voice}]\nchannel = {channel}\nprogram = 79\n" for voice, channel in CHANNELS.items())


@dataclass(frozen=True)
class Struck:
    """One note as it went over the cable. on, off: seconds from the first note."""

    channel: int
    pitch: int
    on: float
    off: float


@dataclass(frozen=True)
class Evening:
    """What came of it. sung: the pitches of the file; notes: by when they began; loose: keys left down; heard: the
    recording, from the first note on; status: Lilt's; log: the session's."""

    sung: list[int]
    notes: list[Struck]
    loose: set[tuple[int, int]]
    heard: NDArray[np.float32]
    status: int
    log: Path


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    folder = tmp_path_factory.mktemp("chorale")
    sung = soprano(folder / "soprano.mid")
    (folder / "played.toml").write_text(PATCH)
    (folder / "rig.toml").write_text("programs = []\n")  # the file begins with a program change, as such files do
    with ExitStack() as closing:
        env = closing.enter_context(serving())

        def begin(*command: str | Path, **more: str) -> subprocess.Popen[str]:
            log = closing.enter_context((folder / f"{Path(command[0]).name}.log").open("w"))
            process = subprocess.Popen(
                list(map(str, command)), env={**env, **more}, text=True, stdin=subprocess.PIPE, stdout=log, stderr=log
            )
            closing.callback(ended, process)
            return process

        synth = begin("fluidsynth", "-a", "jack", "-m", "jack", "-g", "0.6", "-r", str(RATE), "-o", "midi.jack.id=fs",
                      "-o", "audio.jack.id=fs", "-o", "audio.jack.autoconnect=0", FONT)  # fmt: skip
        closing.callback(quits, synth)  # a client that is killed keeps the server from closing
        port(env, "fs:left")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            osc = str(free.getsockname()[1])
        begin("stdbuf", "-oL", "jack_midi_dump", "-a", "dump")
        lilt = begin(sys.executable, ROOT / "run.py", folder / "played.toml", "--virtual", "--no-sound", "--osc-port",
                     osc, "--recordings", folder, "--rig", folder / "rig.toml")  # fmt: skip
        steer = SimpleUDPClient("127.0.0.1", int(osc))
        keys, out = port(env, "Lilt:in"), port(env, "Lilt:out")
        assert until(lambda: "stop: Ctrl-C" in (folder / f"{Path(sys.executable).name}.log").read_text(), 30)
        connect(env, out, port(env, "fs:midi"))
        connect(env, out, port(env, "dump:input"))
        steer.send_message("/lilt/transport/play", [])  # the programs again, now that somebody hears them
        tape = closing.enter_context(recording(env, "fs:left", "fs:right"))
        player = begin(PLAYER, "-o", keys, folder / "soprano.mid", MIDO_BACKEND="mido.backends.rtmidi/UNIX_JACK")
        until(
            lambda: player.poll() is not None or ended_notes((folder / "stdbuf.log").read_text()) >= len(sung), SECONDS
        )
        over(player, 0.0)
        lilt.terminate()
        status = lilt.wait(20)
        wait(1.0)  # what sounds on would be heard
        sound = tape.heard(0.006)
    notes, loose = played((folder / "stdbuf.log").read_text())
    yield Evening(sung, notes, loose, sound, status, next(folder.glob("*.jsonl")))


def soprano(path: Path) -> list[int]:
    """Write the soprano's first bars to a MIDI file, with music21's own hand. Returns its pitches."""
    music21 = pytest.importorskip("music21", reason="music21, whose corpus holds the chorales, is not installed")
    part = music21.corpus.parse("bach/bwv253").parts[0].measures(0, BARS)
    part.insert(0, music21.tempo.MetronomeMark(number=TEMPO))
    part.write("midi", path)
    return [m.note for track in mido.MidiFile(path).tracks for m in track if m.type == "note_on" and m.velocity]


def played(dump: str) -> tuple[list[Struck], set[tuple[int, int]]]:
    """jack_midi_dump's lines as notes; and what was left down."""
    down: dict[tuple[int, int], float] = {}
    notes = []
    for frame, status, number, value in re.findall(r"^\s*(\d+): (\w\w) (\w\w) (\w\w)", dump, re.M):
        key = (int(status, 16) % 16 + 1, int(number, 16))
        kind = int(status, 16) & 0xF0
        if kind == 0x90 and int(value, 16):
            assert key not in down
            down[key] = int(frame) / RATE
        elif kind in (0x80, 0x90) and key in down:
            notes.append(Struck(*key, down.pop(key), int(frame) / RATE))
    first = min(note.on for note in notes)
    moved = [Struck(n.channel, n.pitch, n.on - first, n.off - first) for n in notes]
    return sorted(moved, key=lambda n: (n.on, n.channel)), set(down)


def ended_notes(dump: str) -> int:
    """How many of the soprano's keys have come up so far."""
    channel = CHANNELS["soprano"] - 1
    return len(re.findall(rf"^\s*\d+: (?:8{channel:x} \w\w \w\w|9{channel:x} \w\w 00)", dump, re.M))


def of(evening: Evening, voice: str) -> list[Struck]:
    return [note for note in evening.notes if note.channel == CHANNELS[voice]]


def test_the_soprano_comes_back_as_it_was_played(evening: Evening) -> None:
    assert [note.pitch for note in of(evening, "soprano")] == evening.sung
    assert evening.status == 0


def test_four_voices_sound_all_the_while(evening: Evening) -> None:
    ends = of(evening, "soprano")[-1].off
    moments = np.arange(0.05, ends, 0.01)
    for voice in CHAIN:
        sounding = [any(note.on <= t < note.off for note in of(evening, voice)) for t in moments]
        assert np.mean(sounding) > 0.95, f"{voice} sounds {np.mean(sounding):.0%} of the time"
        assert len({note.pitch for note in of(evening, voice)}) > 3


def test_they_sound_with_the_keys_and_below_them(evening: Evening) -> None:
    waits = []
    for key, following in pairwise(of(evening, "soprano")):
        struck = [n.on - key.on for v in CHAIN for n in of(evening, v) if 0 <= n.on - key.on < 0.1]
        waits += [max(struck)] if struck else []
        under = [n for v in CHAIN for n in of(evening, v) if n.on < following.on - 0.1 and n.off > key.on + 0.1]
        assert all(note.pitch <= key.pitch for note in under)
    assert len(waits) > len(evening.sung) / 2
    assert statistics.median(waits) < 0.03


def test_no_key_is_left_down(evening: Evening) -> None:
    assert not evening.loose


def test_what_is_heard_has_the_pitches_that_were_sent(evening: Evening) -> None:
    """An ocarina is nearly a sine, its overtones 29 dB down: what stands out of the spectrum at the middle of a chord
    are its notes, and nothing else."""
    edges = sorted({round(t, 4) for note in evening.notes for t in (note.on, note.off)})
    chords = []
    for begins, ends in pairwise(edges):
        if ends - begins > 0.35:
            middle = (begins + ends) / 2
            sent = {note.pitch for note in evening.notes if note.on <= middle < note.off}
            chords.append((sent, standing_out(evening.heard[round(middle * RATE) - HALF :][: 2 * HALF])))
    assert sum(len(sent) == 4 for sent, _ in chords) >= 6
    right = sum(sent == found for sent, found in chords)
    assert right >= 0.9 * len(chords), [pair for pair in chords if pair[0] != pair[1]]


def test_the_session_is_in_its_log_and_why_each_note(evening: Evening) -> None:
    command = [sys.executable, ROOT / "run.py", "replay", evening.log]
    assert subprocess.run(list(map(str, command)), capture_output=True, timeout=120).returncode == 0
    lines = [json.loads(line) for line in evening.log.read_text().splitlines()]
    told = {(why["voice"], why["pitch"]) for line in lines for why in line.get("why", ())}
    assert {(voice, note.pitch) for voice in CHAIN for note in of(evening, voice)} <= told


def standing_out(sound: NDArray[np.float64]) -> set[int]:
    """MIDI pitches of the spectrum's peaks, down to 20 dB below the highest."""
    size = 1 << 17
    bins = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))[: 1400 * size // RATE]
    peaks = np.flatnonzero((bins[1:-1] > bins[:-2]) & (bins[1:-1] >= bins[2:]) & (bins[1:-1] > bins.max() / 10)) + 1
    return {round(69 + 12 * float(np.log2(peak * RATE / size / 440))) for peak in peaks}
