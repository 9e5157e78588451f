"""The beam turned from 1 to 32 and back while it plays, by oscsend over real UDP: what has sounded stands, what comes
next is thought anew, and nothing is missing between. Real time, real processes; no device is needed."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import pytest

from instrument.files.patch import find
from instrument.music.events import Span
from instrument.playing.time.clock import SystemClock
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig

pytestmark = [pytest.mark.realtime, pytest.mark.peers]
CLOCK, LIMIT = SystemClock(), 40.0  #: seconds


def until(condition: Callable[[], object]) -> None:
    ends = CLOCK.now() + LIMIT
    while not condition():
        assert CLOCK.now() < ends, "it does not come true"
        CLOCK.sleep_until(CLOCK.now() + 0.005)


@pytest.fixture
def playing(tmp_path: Path) -> Iterator[Conductor]:
    """`first`, into a recording, composed bars under way."""
    said: list[str] = []
    conductor = Conductor(find("first"), Rig(silent=True, recordings=tmp_path, osc_port=0), said.append, seed=7)
    conductor.change([("clock.bpm", 200.0), ("search.tuple", 2), ("search.joint", 0.9)])
    conductor.change([(f"play.{feel}", 0.0) for feel in ("lilt", "human", "rubato", "ornament")])  # struck as written
    thread = threading.Thread(target=conductor.run)
    thread.start()
    until(lambda: any(s.source == "composed" for s in conductor.announced))
    yield conductor
    conductor.stop()
    thread.join(10)
    assert not thread.is_alive(), said


def turn_beam(conductor: Conductor, width: int) -> Span:
    """Send it as a performer would; returns the last bar that was announced when it had been sent."""
    assert shutil.which("oscsend"), "Debian: liblo-tools"
    host, port = conductor.osc_address
    subprocess.run(["oscsend", host, str(port), "/lilt/search/beam", "i", str(width)], check=True, timeout=LIMIT)
    until(lambda: conductor.get("search.beam") == width)
    return conductor.announced[-1]


@pytest.mark.long
def test_the_beam_is_turned_up_and_down_while_it_plays(playing: Conductor, tmp_path: Path) -> None:
    heard: list[Span] = []
    for width in (1, 32, 1):
        last = turn_beam(playing, width)
        before = playing.announced.index(last)
        kept = list(playing.announced[: before + 1])
        newest = max(span.plan for span in kept)
        until(lambda newest=newest: playing.announced[-1].plan > newest)
        changed = next(s for s in playing.announced if s.plan > newest)
        # the next bar that was not announced; one more where it was announced while the message was on its way
        assert 0 <= changed.start - last.end <= last.end - last.start
        until(lambda start=changed.start: playing.announced[-1].start >= start + 3 * 40320)
        assert playing.announced[: before + 1] == kept, "what was announced stands"
        heard.append(changed)
    spans = list(playing.announced)
    assert all(a.end == b.start for a, b in itertools.pairwise(spans)), "no gap"
    assert len({span.plan for span in heard}) == 3
    playing.stop()
    until(lambda: "dropped" in playing.figures)
    struck = Counter(pitch for _, pitch in sounded(next(tmp_path.glob("*.mid"))))
    missing = Counter(pitch for _, pitch in written(spans)) - struck
    assert missing.total() <= playing.figures["dropped"], "no note that was announced was withdrawn"


def sounded(path: Path) -> set[tuple[int, int]]:
    """(tick of the recording, pitch) of every note of the melody in it, when it was struck."""
    file, found = mido.MidiFile(path), set()
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity and message.channel == 0:
                found.add((tick, message.note))
    return found


def written(spans: list[Span]) -> set[tuple[int, int]]:
    """The melody of all bars but the last few, which were still to sound when it was stopped."""
    return {(note.start, note.pitch) for span in spans[:-3] for note in span.notes if note.voice == "melody"}
