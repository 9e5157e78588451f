"""An evening's set under JACK, led by OSC alone: counted in, three reels three times each, two key changes, and an
ending on "last"; recorded as sound and MIDI, its log played again to the byte, and the same set rendered to files."""

from __future__ import annotations

import itertools
import shutil
import sys
import wave
from pathlib import Path

import mido
import pytest

from instrument.ports.log.replay import replay
from tests.fakes.clock_rig import Rig, get, rig
from tests.fakes.jackd import until
from tests.fakes.paths import ROOT
from tests.fakes.programs import Program

__all__ = ["rig"]
pytestmark = [
    pytest.mark.realtime,
    pytest.mark.long,
    pytest.mark.peers,
    pytest.mark.skipif(not shutil.which("jackd"), reason="jackd is not installed (apt install jackd2)"),
]
TUNES = TIMES = 3
KEYS = ("D major", "E dorian", "G major")
ASKED = (  # short tunes, quick: the whole set within a minute and a half
    ("clock/bpm", 220.0), ("form/parts", 1), ("form/bars", "8"), ("form/repeats", "no"), ("set/tunes", 0),
    ("set/times", TIMES), ("transport/count_in", 2), ("set/ritard", 0.5),
)  # fmt: skip
WATCHED = ("set/tune", "set/time", "set/coming", "set/key", "transport/state")


def test_a_set_under_jack_led_by_osc_is_recorded_and_played_again(rig: Rig) -> None:
    lilt = rig.lilt("session-set", "--virtual", "--record", "--seed", "11")
    for address, value in (("transport/stop", 1), *ASKED, ("tune/seed", 12), ("transport/rewind", 1)):
        lilt.send_message(f"/lilt/{address}", value)  # another seed: a set that begins in this form
    assert until(lambda: get(lilt, "/lilt/transport/state") == "stopped", 20), rig.said("lilt")
    lilt.send_message("/lilt/transport/play", 1)
    seen: list[tuple[object, ...]] = []
    called = False

    def over() -> bool:
        nonlocal called
        now, once_more = (tuple(get(lilt, f"/lilt/{name}") for name in WATCHED) for _ in range(2))
        if now != once_more:  # read across a bar line
            return False
        seen.extend([now] if now != (seen or [None])[-1] else [])
        tune, time = now[:2]
        if not called and (tune, time) == (TUNES, TIMES):
            lilt.send_message("/lilt/set/last", 1)
            called = True
        return called and now[-1] == "stopped"

    assert until(over, 200), (seen, rig.said("lilt"))
    states = [state for state, _ in itertools.groupby(row[-1] for row in seen)]
    states = states[states[0] == "stopped" :]
    assert states == ["counting in", "playing", "stopped"], states
    ways = [way for way, _ in itertools.groupby(row[:2] for row in seen if row[-1] == "playing")]
    assert ways == [(tune, time) for tune in range(1, TUNES + 1) for time in range(1, TIMES + 1)], seen[-8:]
    assert {row[3] for row in seen if row[:2] == (1, TIMES)} == {KEYS[1]}, ("the next key is told ahead", seen)
    assert "the end" in {row[2] for row in seen if row[:2] == (TUNES, TIMES)}
    rig.end("lilt")
    assert "Traceback" not in rig.said("lilt")
    (log,) = rig.folder.glob("*.jsonl")
    found = replay(log)
    assert found.same and found.whole, found.difference
    sound, midi = next(rig.folder.glob("*.wav")), next(rig.folder.glob("*.mid"))
    with wave.open(str(sound)) as tape:
        assert tape.getnframes() / tape.getframerate() > TUNES * TIMES * 8 * 4 * 60 / 220
    down: set[tuple[int, int]] = set()
    for message in mido.MidiFile(midi):
        if message.type in ("note_on", "note_off"):
            key = (message.channel, message.note)
            down = down | {key} if message.type == "note_on" and message.velocity else down - {key}
    assert not down, "notes hang in the recording"


def test_the_same_set_is_rendered_to_its_end(tmp_path: Path) -> None:
    patch, text = tmp_path / "evening.toml", (ROOT / "patches" / "session-set.toml").read_text()
    for old, new in (
        ('openings    = "openings/session.txt"', ""), ("tempo       = 184", "tempo = 300"),
        ("count_in    = 1", "count_in = 2"),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    patch.write_text(text + 'form.parts = 1\nform.bars = "8"\nform.repeats = "no"\n')
    command = ["run.py", "render", str(patch), "--seed", "11", "--bars", "999", "--out", str(tmp_path / "out")]
    with Program([sys.executable, *command], cwd=ROOT) as program:
        assert program.ends(300) == 0, program.said
    score = (tmp_path / "out" / "tune.abc").read_text()
    keys = [line[2:].strip() for line in score.splitlines() if line.startswith("K:")]
    order = [key for key, _ in itertools.groupby(keys)]
    assert order == ["Dmaj", "Edor", "Gmaj"], keys
