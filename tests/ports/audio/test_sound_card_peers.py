"""With a real server: JACK, on its dummy card, as PortAudio and rtmidi see it, and as its own tools do."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.jackd import lsp, serving
from tests.fakes.programs import Program

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.peers,
    pytest.mark.skipif(shutil.which("jackd") is None, reason="jackd is not installed (apt install jackd2)"),
]

PLAY = """
import json
from instrument.playing.time.clock import SystemClock
from instrument.playing.midi.output_message import Message
from instrument.playing.sound.synth import Synth
from instrument.ports.audio import sound_card as audio
clock, synth = SystemClock(), Synth(audio.default_rate())
output = audio.open_output(synth, clock)
clock.sleep_until(clock.now() + 1.0)
start, before = clock.now(), synth.frame
synth.schedule(output.frame_at(start + 0.1), Message(0, "on", 1, 69, 80))
errors = []
while clock.now() < start + 2:
    clock.sleep_until(clock.now() + 0.01)
    errors.append(abs(output.frame_at(clock.now()) - synth.frame) / synth.rate)
seconds, frames = clock.now() - start, synth.frame - before
output.close()
print(json.dumps({"name": output.name, "rate": output.rate, "latency": output.latency, "faults": output.faults,
                  "seconds": frames / synth.rate, "wanted": seconds,
                  "error": sorted(errors)[len(errors) // 2], "outputs": audio.outputs()}))
"""

OFFER = """
import sys
from instrument.playing.midi.output_message import Message
from instrument.ports.midi import output as midi
port = midi.open_output(virtual=True)
print(port.name, flush=True)
sys.stdin.readline()
port.send(Message(0, "on", 1, 69, 80))
port.panic(all_notes=True)
port.close()
print(port.lost, flush=True)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """The environment in which a JACK server of our own runs, beside any other."""
    with serving() as environment:
        yield environment


@pytest.mark.quiet
def test_sound_opens_on_jack_and_its_frames_keep_time(server: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", PLAY], env=server, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # the C libraries are kept quiet
    found = json.loads(done.stdout)
    assert found["rate"] == 48_000 and found["faults"] == 0
    assert 0 < found["latency"] < 0.2
    assert found["seconds"] == pytest.approx(found["wanted"], rel=0.2)
    assert found["error"] < 0.02
    assert found["name"] in found["outputs"]


def test_without_a_server_it_is_one_line(server: dict[str, str]) -> None:
    code = "from instrument.ports.audio import sound_card as audio; print(audio.outputs())"
    elsewhere = {**server, "JACK_DEFAULT_SERVER": "nobody"}
    done = subprocess.run([sys.executable, "-c", code], env=elsewhere, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr == "" and done.stdout.startswith("[")


def test_a_virtual_midi_port_is_seen_by_others(server: dict[str, str]) -> None:
    alsa = Path("/dev/snd/seq").exists()  # then the port is ALSA's and JACK does not list it
    with Program([sys.executable, "-c", OFFER], server) as offered:
        offered.says("Lilt (virtual)")
        listed = lsp(server, "-t").stdout
        offered.tell("go")
        offered.ends()
    assert offered.said == ["Lilt (virtual)", "None"]
    assert alsa or "Lilt:Lilt" in listed


RETURN = """
import sys
from instrument.playing.time.clock import SystemClock
from instrument.playing.time.lateness import Lateness
from instrument.playing.midi.output_message import Message
from instrument.playing.sound.synth import Synth
from instrument.ports.outputs import Sound
from instrument.controls.devices.plugged import NOTHING
from instrument.ports.jack.client import JackClient
from instrument.ports.jack.sound import JackOutput
clock = SystemClock()
jack = JackClient(clock, NOTHING)
assert jack.open()
synth = Synth(int(jack.client.samplerate))
sound = Sound(synth, JackOutput(synth, clock, jack), Lateness())
number = 0
while True:
    now = clock.now()
    sound.flush(now)
    for line in sound.news:
        print(line, flush=True)
    sound.news = []
    sound.take(Message(now + 0.02, "on", 1, 60 + number % 12, 90), now)
    number += 1
    if number % 20 == 0:
        print("frame", synth.frame, flush=True)
    clock.sleep_until(now + 0.05)
"""


def test_the_sound_comes_back_when_the_server_does() -> None:
    """Twice; its frames go on, its ports are connected again, and each is said."""
    with serving("return") as environment:
        player = Program([sys.executable, "-c", RETURN], environment)
        player.says("frame")
    with player:
        at = 0
        for _ in range(2):
            at = player.says("sound: JACK has gone; it is waited for", since=at)
            with serving("return") as environment:
                at = player.says("sound: JACK is back", since=at)
                at = player.says("frame", since=at)
                before = frames(player, at)
                at = player.says("frame", since=at)
                assert frames(player, at) - before > 0.5 * 48_000
                connected = lsp(environment, "-c").stdout
                assert "Lilt:left" in connected.split("system:playback_1", 1)[1].split("system:")[0]
    assert not any("Traceback" in line for line in player.said)


def frames(player: Program, behind: int) -> int:
    """What the line before that number says."""
    return int(player.said[behind - 1].split()[1])
