"""A session log whose process is killed: another writes it on, and it is played again to the byte."""

from __future__ import annotations

import json
import os
import pickle
import struct
import tempfile
from contextlib import suppress
from multiprocessing import Pipe
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from instrument.controls.devices.plugged import InputPort, OutputPort, Plugged
from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Act, Change, PlayerSetup
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.performance import Performance
from instrument.playing.time.clock import ManualClock, whole
from instrument.playing.turn import Entry
from instrument.ports.log import session_log, watchdog
from instrument.ports.log.log_end import end_of
from instrument.ports.log.log_pipe import LogPipe
from instrument.ports.log.replay import replay
from instrument.ports.outputs import LEAD
from tests.fakes.band import BAR, bar_of

MIDI = Plugged((OutputPort("out", "Synth"),), (InputPort("keys", "Keys", ("out",)),))
SETUP = PlayerSetup(Snapshot(), tuple(bar_of(60, 64, 67, start=n * BAR) for n in range(3)), {"melody": (1, 0)}, {},
                    midi=MIDI)  # fmt: skip
PORTS = {"out": "Synth"}


class Logged:
    """A performance that tells its turns to a process, which can be killed, and to the next one."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock, self.turns = path, ManualClock(100.0), 0
        self.performance = Performance(SETUP, ["out"], LEAD)
        self._far, line = Pipe(duplex=False)
        self._come = b""  # of records, from the pipe
        self.tape = LogPipe(line)
        self.watch: watchdog.Watchdog | None = watchdog.Watchdog(path, clock=self.clock)
        self.tape.begin(SETUP, ["out"], LEAD, self.clock.now())
        self.tape.ports(PORTS)
        self.turn(Act("transport.play"))

    def turn(self, *entries: Entry) -> None:
        now = whole(self.clock.now())
        exits = self.performance.turn(now, list(entries))
        self.tape.turn(now, self.performance.player.scheduler.tick(now), list(entries), exits)
        self.clock.advance(0.005)
        self.turns += 1

    def play(self, turns: int) -> None:
        """Something comes in now and then, a control is turned, nothing comes in for a while."""
        for n in range(turns):
            if n % 40 == 7:
                self.turn(ReceivedMidi(whole(self.clock.now()), "keys", bytes((0x90, 60 + n % 12, n % 80 * 2))))
            elif n % 97 == 11:
                self.turn(Change(Snapshot(self.turns).with_value("clock.bpm", 90.0 + n % 60)))
            else:
                self.turn()

    def write(self, most: int = 10**9) -> None:
        """Let the process take so many of the records that wait for it."""
        os.set_blocking(self._far.fileno(), False)
        for _ in range(20):
            with suppress(BlockingIOError):
                self._come += os.read(self._far.fileno(), 1 << 16)
            self.tape._pipes[0]._write()  # what the pipe had no room for
        while self.watch is not None and most > 0 and len(self._come) >= 4:
            size = struct.unpack("!i", self._come[:4])[0]
            if len(self._come) < 4 + size:
                break
            self.watch.take(*pickle.loads(self._come[4 : 4 + size]))
            self._come = self._come[4 + size :]
            most -= 1

    def kill(self, cut: int = 0) -> None:
        """With all that waits in its pipe. cut: bytes of the last line that had not been written yet."""
        assert self.watch is not None
        self.watch.close()
        self.watch = None
        self._far.close()
        data = self.path.read_bytes()
        last = data[:-1].rfind(b"\n") + 1
        self.path.write_bytes(data[: max(last, len(data) - cut)] if last else data)

    def go_on(self) -> None:
        """Another process writes the log on."""
        self._far, line = Pipe(duplex=False)
        self._come = b""
        self.watch = watchdog.Watchdog(self.path, clock=self.clock, goes_on=True)
        self.tape.renew(line, PORTS, {})

    def end(self) -> None:
        self.write()
        now = whole(self.clock.now())
        self.tape.end(now, self.performance.close(now).out)
        self.write()
        assert self.watch is not None
        self.watch.close()


@pytest.fixture(autouse=True)
def no_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        raise watchdog.NoMidi

    monkeypatch.setattr(watchdog.output, "open_output", none)


@settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.integers(1, 300), st.integers(0, 40), st.integers(0, 60), st.integers(0, 150)),
        min_size=1,
        max_size=3,
    )
)
@example([(1, 0, 1, 0)])
@example([(1, 0, 0, 13)])
@example([(120, 3, 20, 60), (40, 0, 0, 5)])
def test_whenever_the_process_is_killed_the_log_is_played_again_to_the_byte(
    kills: list[tuple[int, int, int, int]],
) -> None:
    """kills: turns before it, records that it did not come to, bytes of its last line cut, turns until another."""
    with tempfile.TemporaryDirectory() as folder:
        log = Logged(Path(folder) / "a.jsonl")
        log.write()
        for turns, left, cut, until in kills:
            log.play(turns)
            log.write(max(0, turns // 20 - left))
            log.kill(cut)
            log.play(until)
            log.go_on()
        log.play(100)
        log.end()
        found = replay(log.path)
        assert found.same, found.difference
        assert found.whole
        numbers = [json.loads(line)["n"] for line in log.path.read_text().splitlines()]
        assert numbers == list(range(1, len(numbers) + 1))


def test_the_parts_of_a_long_log_go_on_in_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_log.SessionLog.__init__, "__defaults__", (3000, 32))
    log = Logged(tmp_path / "a.jsonl")
    log.play(600)
    log.write()
    last = end_of(log.path)
    assert last.number > 2
    assert last.at is not None and last.at <= round(log.clock.now() * 1e6)
    assert log.watch is not None
    log.watch.close()
    log.watch, before = None, end_of(log.path).lines
    log._far.close()
    log.play(50)
    log.go_on()
    log.play(50)
    log.end()
    found = replay(log.path)
    assert found.same and found.whole, found.difference
    assert end_of(log.path).lines > before and end_of(log.path).over


def test_what_is_no_longer_kept_is_said_to_be_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instrument.ports.log.recent_records.KEPT", 2000)
    log = Logged(tmp_path / "a.jsonl")
    log.write()
    log.play(800)
    log.kill()
    log.go_on()
    log.play(10)
    log.end()
    found = replay(log.path)
    assert not found.same and "the log lost" in found.difference


def test_events_behind_the_last_turn_do_not_hide_where_it_was(tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [{"t": 500, "n": 1}, {"idle": [5, 6], "n": 2}, {"osc": "2f", "n": 3}]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"t": 9')
    found = end_of(path)
    assert (found.number, found.lines, found.at, found.turns, found.over) == (1, 3, 511, True, False)
    assert found.size == len(path.read_bytes()) - 7
    with pytest.raises(FileNotFoundError):
        end_of(tmp_path / "none.jsonl")
