"""The watch over hanging notes: it survives what ends the terminal, is replaced, and knows what sounds.

In real time, beside a JACK server, each way of ending processes is tried once, with a generous bound; `bench watch`
tries them often and measures.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from multiprocessing import Pipe
from pathlib import Path

import pytest

from instrument.playing.messages import Said, Sweep, Watching
from instrument.playing.midi.output_message import Message
from instrument.playing.time.clock import ManualClock
from instrument.ports.log import watchdog
from instrument.ports.log.log_pipe import LogPipe
from instrument.ports.midi import hotplug, sweep
from instrument.ports.midi.output import MidiOutput
from instrument.rig.child_processes import RESTARTS, Child
from instrument.workshop.stress import watchdog as bench_watch
from tests.fakes.jackd import serving_us
from tests.fakes.thorough import every
from tests.fakes.wire import Wire

#: those of `bench_watch.WAYS` that are tried each time
WAYS = (
    "terminal_closed",
    "hup_twice",
    "quit",
    "term_twice",
    "group_killed",
    "watch_replaced",
    "conductor_and_player",
    "player_and_first_watch",
    "player_and_second_watch",
    "player_and_both_watches",
    "conductor_and_first_watch",
)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    one = Wire()
    monkeypatch.setattr(watchdog.output, "open_output", lambda name: MidiOutput(one, name))
    return one


def test_another_watch_is_told_what_sounds_and_ends_it(wire: Wire, tmp_path: Path) -> None:
    tape, player = Pipe(duplex=False)
    told, conductor = Pipe(duplex=False)
    one = LogPipe(None)
    assert not one.on
    one.renew(player, {"out": "Synth"}, {"out": ([(2, 61)], [(2, ("control", 64)), (3, ("bend", 0))])})
    watch = watchdog.Watchdog(None, conductor, ManualClock())
    while tape.poll(0):
        watch.take(*tape.recv())
    assert told.recv() == Watching(("out",), ("Synth",))
    watch.gone()
    assert {(0x81, 61, 0), (0xB1, 64, 0), (0xE2, 0, 64)} <= set(wire.sent)
    assert told.recv() == Said("the player has died; 1 notes were ended for it")


def test_whatever_a_record_holds_the_watch_goes_on(wire: Wire, tmp_path: Path) -> None:
    told, conductor = Pipe(duplex=False)
    watch = watchdog.Watchdog(tmp_path / "log-\udcff.jsonl", conductor, ManualClock())
    watch.take(0, ("event", {"said": "a name that is no text: \udcff"}))
    watch.take(0, ("ports_there", {"out": "Synth \udcff"}))
    watch.take(0, ("turn", "nonsense"))
    watch.take(0, ("turn", [], 1, 0, [], [Message(0.0, "on", 1, 60, 80, "out")], []))
    watch.gone()
    assert (0x80, 60, 0) in wire.sent
    watch.close()
    lines = [told.recv() for _ in range(3)]
    assert "TypeError" in lines[1].line, lines


def test_a_player_that_hangs_is_silenced_after_some_patience_and_not_before(wire: Wire) -> None:
    assert 1.5 <= watchdog.PATIENCE <= 5.0, "it beats once a second"
    watch = watchdog.Watchdog(None, None, ManualClock())
    watch.take(0, ("ports_there", {"out": "Synth"}))
    watch.silent()
    assert not wire.sent, "nothing sounds"
    watch.take(0, ("turn", [], 1, 0, [], [Message(0.0, "on", 1, 60, 80, "out")], []))
    watch.silent()
    assert (0x80, 60, 0) in wire.sent


def test_it_leaves_the_group_and_heeds_no_signal() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        watchdog.apart()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP):
            os.kill(os.getpid(), number)
        os.write(writing, f"{os.getsid(0)} {os.getpgid(0)}".encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert os.read(reading, 100).decode().split() == [str(child), str(child)]
    os.close(reading)
    os.close(writing)


def test_the_last_resort_ends_every_key_and_what_sounds_goes_first() -> None:
    wire = Wire()
    sweep.end_all(MidiOutput(wire, "x"))
    assert {(0x80 | channel, note, 0) for channel in range(16) for note in range(128)} <= set(wire.sent)
    assert {(0xB0 | channel, number, 0) for channel in range(16) for number in (64, 120, 123)} <= set(wire.sent[:128])
    assert {(0xE5, 0, 64), (0xD5, 0), (0xB5, 1, 0), (0xB5, 11, 127)} <= set(wire.sent)
    assert not [data for data in wire.sent if data[0] & 0xF0 == 0xB0 and data[1] == 74], "a brightness is left alone"


def test_a_process_that_keeps_failing_is_tried_more_and_more_seldom_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    child = Child("thinker", lambda line: None, tuple)
    clock, begun = ManualClock(), list[float]()
    child._clock = clock  # type: ignore[assignment]

    def start() -> None:
        child.starts, child.due = child.starts + 1, None
        begun.append(clock.now())
        if len(begun) % 7 == 0:
            raise OSError(24, "too many open files")

    monkeypatch.setattr(child, "start", start)
    at_once = 0
    while child.replace():
        at_once += 1
    assert 0 < at_once <= RESTARTS
    for _ in range(4000):
        clock.advance(1.0)
        if child.again() == 0.0:
            child.replace()
    waits = [after - before for before, after in itertools.pairwise(begun)]
    assert max(waits) <= 62, "it is never given up"
    assert len(begun) < 150
    child.alive()
    assert child.replace() or child.again() <= 2.0, "one sign of life, and it is replaced at once again"


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    with serving_us():
        yield


@pytest.mark.realtime
@pytest.mark.peers
@pytest.mark.skipif(not shutil.which("jackd"), reason="jackd is not installed (apt install jackd2)")
@pytest.mark.parametrize("way", every(5, WAYS))
@pytest.mark.usefixtures("server")
def test_whoever_is_ended_every_note_is(way: str) -> None:
    milliseconds, down = bench_watch.one_ended(way)
    assert down == 0
    assert milliseconds < 1500, "on a busy machine"


def test_the_process_that_looks_sweeps_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = Pipe()
    swept: list[tuple[str, ...]] = []

    class Looking:
        blind = False

        def look(self) -> str:
            return "there"

        def sweep(self, names: tuple[str, ...]) -> None:
            swept.append(names)

    monkeypatch.setattr(hotplug, "_looker", Looking)
    monkeypatch.setattr(hotplug.signal, "signal", lambda *_: None)
    ours.send(Sweep(("Synth",)))
    thread = threading.Thread(target=hotplug.run, args=(theirs,), daemon=True)
    thread.start()
    assert ours.poll(10) and ours.recv() == Sweep(("Synth",))
    assert ours.poll(10) and ours.recv() == "there", "and it looks on"
    ours.close()
    thread.join(10)
    assert not thread.is_alive()
    assert swept == [("Synth",)]


def test_every_key_is_ended_by_a_client_that_is_there_and_only_where_asked() -> None:
    class Client(Wire):
        def __init__(self) -> None:
            super().__init__()
            self.opened: list[str] = []

        def get_ports(self) -> list[str]:
            return ["Other", "Synth"]

        def open_port(self, number: int, label: str) -> None:
            self.opened.append(self.get_ports()[number])

    looker, out, broken = hotplug.Looker.__new__(hotplug.Looker), Client(), Client()
    broken.open_port = lambda number, label: (_ for _ in ()).throw(OSError("gone"))  # type: ignore[method-assign]
    looker._clients = {("MidiIn", 1): Client(), ("MidiOut", 1): broken, ("MidiOut", 2): out, ("MidiOut", 3): None}
    looker.sweep(["Synth", "Elsewhere"])
    assert out.opened == ["Synth"]
    assert (0x8F, 127, 0) in out.sent and not broken.sent
