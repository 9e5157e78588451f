"""Our JACK client on a real server: frames as another client hears them, the transport, a server that comes back."""

from __future__ import annotations

import re
import shutil
import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import jack
import pytest

from tests.fakes.clock_rig import Rig, get
from tests.fakes.jackd import CLOCK, RATE, connect, lsp, port, serving, until
from tests.fakes.thorough import every

TOOLS = ("jackd", "jack_mclk_dump")
pytestmark = [
    pytest.mark.realtime,
    pytest.mark.peers,
    *(pytest.mark.skipif(not shutil.which(tool), reason=f"{tool} is not installed") for tool in TOOLS),
]


class Ear:
    """A client that writes down what it hears, each with its frame, and where the transport is."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.client = jack.Client("ear", servername=environment["JACK_DEFAULT_SERVER"], no_start_server=True)
        self.port = self.client.midi_inports.register("in")
        self.heard: list[tuple[int, bytes]] = []
        self.places: list[tuple[int, int, int, float]] = []  # frame, state, transport's frame, quarter notes or -1
        self.client.set_process_callback(self._hear)
        self.client.activate()

    def _hear(self, frames: int) -> None:
        now = self.client.last_frame_time
        state, where = self.client.transport_query_struct()
        beats = (where.bar - 1) * where.beats_per_bar + where.beat - 1 + where.tick / max(where.ticks_per_beat, 1)
        self.places.append((now, state, where.frame, beats if where.valid & 0x10 else -1.0))
        self.heard += [(now + offset, bytes(data)) for offset, data in self.port.incoming_midi_events()]

    def struck(self, since: int = 0) -> list[int]:
        return [frame for frame, data in self.heard if data[0] & 0xF0 == 0x90 and data[2] and frame >= since]


@contextmanager
def band(folder: Path, period: int) -> Iterator[tuple[Rig, Ear]]:
    with ExitStack() as closing:
        environment = closing.enter_context(serving(period=period))
        rig = Rig(folder, environment, closing)
        ear = Ear(environment)
        closing.callback(ear.client.close)
        yield rig, ear


def wait(seconds: float) -> None:
    CLOCK.sleep_until(CLOCK.now() + seconds)


@pytest.mark.quiet
@pytest.mark.parametrize("period", every(3, (1024, 128, 256)))
def test_clocks_and_notes_leave_on_their_frames(period: int, tmp_path: Path) -> None:
    with band(tmp_path, period) as (rig, ear):
        lilt = rig.lilt()
        out = port(rig.environment, "Lilt:out")
        rig.begin("slave", "stdbuf", "-oL", "jack_mclk_dump", "-n")
        connect(rig.environment, out, port(rig.environment, "mclk_in"))
        connect(rig.environment, out, "ear:in")
        lilt.send_message("/lilt/play/swing", 0.5)
        for feel in ("lilt", "human", "rubato"):  # notes on the grid, as the clocks are
            lilt.send_message(f"/lilt/play/{feel}", 0.0)
        lilt.send_message("/lilt/clock/bpm", 120.0)
        lilt.send_message("/lilt/clock/send", "while playing")
        wait(5)  # what was announced before the controls were turned has been played
        for tries in range(4, 0, -1):  # where the machine stalls, the dummy server slips: it is listened to again
            ear.heard.clear()
            wait(10)
            heard, said = list(ear.heard), rig.said("slave")
            try:
                on_their_frames(heard, said)
                break
            except AssertionError:
                if tries == 1:
                    raise


def on_their_frames(heard: list[tuple[int, bytes]], said: str) -> None:
    """Clocks are 1,000 frames apart and notes fall on them, within a frame and a tenth of a millisecond."""
    clocks = [frame for frame, data in heard if data[0] == 0xF8]
    gaps = sorted(abs(b - a - 1000) for a, b in pairwise(clocks))
    assert len(gaps) > 400
    allowed = 1 + 0.0001 * RATE
    assert gaps[round(0.99 * len(gaps))] <= allowed, gaps[-20:]
    struck = [f for f, data in heard if data[0] & 0xF0 == 0x90 and data[2] and clocks[0] <= f < clocks[-1]]
    off = sorted(abs(min((frame - clock for clock in clocks), key=abs)) for frame in struck)
    assert len(off) > 20
    assert statistics.median(off) <= allowed, off
    tempi = [float(bpm) for bpm in re.findall(r"flt:\s*([\d.]+)\[BPM\]", said)][-200:]
    assert statistics.median(tempi) == pytest.approx(120, abs=0.05)


NAMES = ("back", "the stage's left; 100%s\tB\u00fchne \U0001f3bb", "-n .. a.b:c", "x" * 70)  #: of servers


@pytest.mark.parametrize("name", every(4, NAMES), ids=range(len(every(4, NAMES))))
def test_there_is_one_client_and_it_is_back_with_the_server(name: str, tmp_path: Path) -> None:
    with ExitStack() as closing:
        first = closing.enter_context(ExitStack())
        environment = first.enter_context(serving(name))
        rig = Rig(tmp_path, environment, closing)
        rig.lilt()
        port(environment, "Lilt:out")
        assert [name for name in ours(environment) if ":" in name] == ["Lilt:in", "Lilt:out"]
        first.close()
        closing.enter_context(serving(name))
        back = until(lambda: ours(environment) == ["Lilt:in", "Lilt:out"], 30)
        assert back, (lsp(environment).stdout, rig.said("lilt"))
        ear = Ear(environment)
        closing.callback(ear.client.close)
        connect(environment, "Lilt:out", "ear:in")
        assert until(lambda: len(ear.struck()) > 8, 20), rig.said("lilt")


def ours(environment: dict[str, str]) -> list[str]:
    return sorted(name for name in lsp(environment).stdout.splitlines() if name.startswith("Lilt"))


def sixteenths(frames: list[int], place: Any) -> list[float]:
    """How far each is from the nearest sixteenth, as a share of it. place: quarter notes of a frame."""
    return [abs(place(frame) * 4 - round(place(frame) * 4)) for frame in frames]


@pytest.mark.quiet
def test_the_transport_is_followed_and_led(tmp_path: Path) -> None:
    with band(tmp_path, 256) as (rig, ear):
        lilt = rig.lilt()
        port(rig.environment, "Lilt:out")
        connect(rig.environment, "Lilt:out", "ear:in")
        for name in ("lilt", "ornament", "human", "phrasing", "rubato"):
            lilt.send_message(f"/lilt/play/{name}", 0.0)  # every note where it is written
        for address, value in (("tune/seed", 7), ("play/swing", 0.5), ("clock/source", "jack"), ("clock/bpm", 100.0)):
            lilt.send_message(f"/lilt/{address}", value)
        assert until(lambda: not get(lilt, "/lilt/status/playing"), 10), "it stands, as the transport does"
        ear.client.transport_locate(0)
        wait(0.3)
        ear.client.transport_start()
        assert until(lambda: get(lilt, "/lilt/song/bar") == 3, 20)
        assert get(lilt, "/lilt/clock/state") == "rolling"
        frame, _, where, _ = next(place for place in ear.places if place[1] == 1 and place[2] > RATE)
        off = sixteenths(ear.struck(frame), lambda f: (f - frame + where) / RATE * 100 / 60)
        assert len(off) > 4
        assert statistics.median(off) < 0.02
        ear.client.transport_locate(round(8 * 4 * 0.6 * RATE))
        assert until(lambda: get(lilt, "/lilt/song/bar") == 9, 10)
        ear.client.transport_stop()
        assert until(lambda: not get(lilt, "/lilt/status/playing"), 10)
        lilt.send_message("/lilt/transport/play", [])
        assert until(lambda: ear.client.transport_state == jack.ROLLING, 10), "Play starts the transport"
        lilt.send_message("/lilt/transport/stop", [])
        assert until(lambda: ear.client.transport_state == jack.STOPPED, 10)
        for address, value in (("clock/source", "internal"), ("clock/jack_master", 1)):
            lilt.send_message(f"/lilt/{address}", value)
        lilt.send_message("/lilt/transport/rewind", [])
        lilt.send_message("/lilt/transport/play", [])
        assert until(lambda: ear.client.transport_state == jack.ROLLING, 10)
        wait(3)
        frame, _, _, beat = [place for place in ear.places if place[1] == 1 and place[3] >= 0][-1]
        since = frame - 2 * RATE
        off = sixteenths(ear.struck(since), lambda f: beat + (f - frame) / RATE * 100 / 60)
        assert len(off) > 4
        assert statistics.median(off) < 0.02, "the notes are where our bars say"
        lilt.send_message("/lilt/transport/stop", [])
        assert until(lambda: ear.client.transport_state == jack.STOPPED, 10)
