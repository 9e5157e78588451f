"""Lines between processes: nothing waits for the other end, floods are folded, what must arrive arrives."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Act, Announced, Change, Said
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.time.clock import SystemClock
from instrument.ports.system.outbox import CROWDED, MOST, Outbox, folded
from instrument.ports.system.pipe import ProcessPipe, ThreadedLine
from instrument.rig.child_processes import Child
from tests.fakes.band import bar_of
from tests.fakes.jackd import until

KINDS = [ProcessPipe, ThreadedLine]


def in_time(work: Callable[[], object], seconds: float = 20.0) -> None:
    """It returns: in a thread, so that a test of what must not block does not block."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "it waits for the other end"


def cc(number: int, value: int, port: str = "keys") -> ReceivedMidi:
    return ReceivedMidi(1.0, port, bytes([0xB0, number, value]))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent_arrives_in_order_at_a_plain_connection_and_back(kind: type[ProcessPipe]) -> None:
    ours, theirs = multiprocessing.Pipe()
    line = kind(ours)
    sent = [Said(f"{n}") for n in range(300)] + [bar_of(60, 62, 64)]
    for message in sent:
        line.send(message)
    there: list[object] = []
    while len(there) < len(sent):
        line.flush()
        assert theirs.poll(5)
        there.append(theirs.recv())
    assert there == sent
    came: list[object] = []
    for message in sent:
        theirs.send(message)
        came += line.take()
    assert until(lambda: came.extend(line.take()) or len(came) == len(sent), 5)
    assert came == sent
    theirs.close()
    with pytest.raises(EOFError):
        line.take()
    line.close()
    line.close()


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_reads_and_nothing_waits(kind: type[ProcessPipe]) -> None:
    """A knob, a fader, and whatever else may be said: the newest of each, bounded, and nobody is held up."""
    ours, theirs = multiprocessing.Pipe()
    line = kind(ours)

    def flood() -> None:
        for n in range(30_000):
            line.send(cc(20 + n % 12, n % 128))
            if n % 100 == 0:
                line.send(Change(Snapshot(version=n)))
            if n % 10 == 0:
                line.send(Said(f"{n} " + "x" * 50))
        line.send(Act("panic"))

    in_time(flood)
    assert len(line.outbox) <= MOST + 4
    came: list[object] = []

    def read() -> None:
        while not came or came[-1] != Act("panic"):
            line.flush()
            while theirs.poll(0.01):
                came.append(theirs.recv())

    in_time(read)
    newest = {m.data[1]: m.data[2] for m in came if isinstance(m, ReceivedMidi)}
    assert newest == {20 + n % 12: n % 128 for n in range(29_988, 30_000)}, "every knob is where it was turned to"
    assert [m.snapshot.version for m in came if isinstance(m, Change)][-1] == 29_900


def test_a_message_that_comes_in_pieces_is_waited_for_without_waiting() -> None:
    ours, theirs = multiprocessing.Pipe()
    line, other = ProcessPipe(ours), ProcessPipe(theirs)
    whole = Announced(bar_of(*range(40, 80)))
    other.put(whole)
    data = bytearray()
    real = other._socket

    class Caught:
        def send(self, piece: memoryview, flags: int = 0) -> int:
            data.extend(piece)
            return len(piece)

    other._socket = Caught()  # type: ignore[assignment]
    other.flush()
    for byte in data[:-1]:
        real.send(bytes([byte]))
        assert line.take() == []
    real.send(data[-1:])
    assert line.take() == [whole]


def test_of_what_is_alike_the_newest_waits_in_its_place() -> None:
    old = Rethink(1, Snapshot(), 0, None, Snapshot(), rewrite=True)
    new = Rethink(2, Snapshot(), 0, None, Snapshot())
    assert folded([old, Extend(1), new, Extend(2)]) == [
        Rethink(2, Snapshot(), 0, None, Snapshot(), rewrite=True), Extend(2),
    ], "the newest request, and still to be written anew"  # fmt: skip
    few = [cc(20, n) for n in range(CROWDED)]
    assert folded(few) == few, "the clicks of an encoder all count"
    assert folded([*few, cc(20, 99), cc(21, 5), cc(20, 100)])[-2:] == [cc(21, 5), cc(20, 100)]
    notes = [ReceivedMidi(1.0, "pads", bytes([0x90, 36, n % 2 * 90])) for n in range(40)]
    assert folded(notes) == notes, "a pad that is pressed and let go is pressed"
    assert folded([Act("transport.stop"), Act("transport.play"), Act("transport.stop")]) == [
        Act("transport.play"), Act("transport.stop"),
    ]  # fmt: skip


@given(st.lists(st.integers(0, 5), max_size=400))
def test_an_outbox_is_bounded_and_loses_only_what_may_be_lost(kinds: list[int]) -> None:
    outbox = Outbox(most=20)
    for n, kind in enumerate(kinds):
        outbox.put(
            (Said(f"{n}"), ReceivedMidi(1.0, "keys", bytes([0x90, n % 128, 1])), cc(n % 30, 1), Act("panic"),
             Rethink(n, Snapshot(), 0, None, Snapshot()), bar_of(60, plan=n))[kind]
        )  # fmt: skip
    spans = sum(kind == 5 for kind in kinds)
    knobs = len({n % 30 for n, kind in enumerate(kinds) if kind == 2})  # of each, the newest is never lost
    assert len(outbox) <= max(20, spans + 2) + knobs
    came = [outbox.pop() for _ in range(len(outbox))]
    assert sum(type(m).__name__ == "Span" for m in came) == spans, "a bar is never lost"
    assert (Act("panic") in came) == (3 in kinds)
    newest = max((n for n, kind in enumerate(kinds) if kind == 4), default=None)
    assert [m.plan for m in came if isinstance(m, Rethink)] == ([] if newest is None else [newest])


def echo_late(line: Connection) -> None:
    """A process that reads nothing for a while, then all there is, and says the last of it."""
    clock = SystemClock()
    clock.sleep_until(clock.now() + 4.0)
    last = None
    while line.poll(0.5):
        message = line.recv()
        last = message if isinstance(message, Change) else last
    line.send(last)


@pytest.mark.realtime
def test_a_process_that_does_not_read_holds_nobody_up_and_hears_the_newest() -> None:
    child = Child("late", echo_late, tuple)
    child.start()
    clock = SystemClock()
    begun = clock.now()
    for n in range(5_000):
        child.send(Change(Snapshot(version=n)))
    assert clock.now() - begun < 4.0
    came: list[object] = []
    assert until(lambda: came.extend(child.receive() or ()) or came, 20)
    assert isinstance(came[0], Change)
    assert came[0].snapshot.version == 4_999
    child.end(1.0)
    assert until(lambda: child.receive() is None, 5)
    child.send(Change(Snapshot()))
    child.drop()
    child.send(Change(Snapshot()))
