"""The watchdog's patience, in virtual time: a player that says nothing is silenced within seconds, and not sooner."""

from __future__ import annotations

import pickle
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest

from instrument.playing.midi.output_message import Message
from instrument.playing.time.clock import ManualClock
from instrument.ports.log import watchdog
from instrument.ports.midi.output import MidiOutput
from tests.fakes.wire import Wire

BEATS = 1.0  #: seconds between the signs of life of a player that is well


def silenced_after(signs: int, monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds after its last sign of life that the notes of a player end which beats so often and then hangs."""
    clock, ended = ManualClock(), list[float]()
    player, theirs = Pipe(duplex=False)
    events, others = Pipe(duplex=False)

    class Far(Wire):
        def send_message(self, data: list[int]) -> None:
            if data[0] == 0x80:
                ended.append(clock.now())

    def tell(*record: object) -> None:
        theirs.send_bytes(pickle.dumps((0, record)))

    left, last = [signs], [0.0]

    def wait(lines: list[Connection], seconds: float) -> list[Connection]:
        """As time would pass: the next sign of life, or none within so many seconds."""
        if not player.poll(0):
            if left[0]:
                left[0] -= 1
                clock.advance(BEATS)
                last[0] = clock.now()
                tell("idle", [1])
            elif ended or clock.now() > 1000:
                theirs.close()
                others.close()
            else:
                clock.advance(seconds)
        return [line for line in lines if line.poll(0)]

    monkeypatch.setattr(watchdog, "SystemClock", lambda: clock)
    monkeypatch.setattr(watchdog, "wait", wait)
    monkeypatch.setattr(watchdog, "apart", lambda: None)
    monkeypatch.setattr(watchdog, "raise_priority", lambda _: None)
    monkeypatch.setattr(watchdog.gc, "freeze", lambda: None)
    monkeypatch.setattr(watchdog.output, "open_output", lambda name: MidiOutput(Far(), name))
    tell("ports_there", {"out": "Synth"})
    tell("turn", [], 1, 0, [], [Message(0.0, "on", 1, 60, 80, "out")], [])
    conductor = Pipe()[1]
    watchdog.run(conductor, player, events, None)
    return ended[0] - last[0]


@pytest.mark.parametrize("signs", (0, 1, 20))
def test_a_player_that_hangs_is_silenced_within_seconds(signs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that beats once a second is left alone, however long it goes on."""
    assert 2 * BEATS <= silenced_after(signs, monkeypatch) <= 6.0
