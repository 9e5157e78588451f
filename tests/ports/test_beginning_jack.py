"""JACK's transport and the beginning: as its master we start it with bar one; armed, we leave it rolling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.music.set_place import SetPlace
from instrument.playing.messages import Act, PlayerSetup
from instrument.playing.performance import Performance
from instrument.playing.time.clock import ManualClock
from instrument.playing.time.jack_state import JackState
from instrument.ports.jack.transport import JackTransport
from tests.fakes.band import bar_of

RATE = 48_000


class Server:
    """As much of a JACK client as the transport asks of it; done: what it was told, and when."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock, self.alive, self.period, self.begins, self.lead = clock, True, 0.005, 0.0, 0.02
        self.client, self.samplerate = self, RATE
        self.cycle: Any = None
        self.done: list[tuple[float, str, int]] = []

    def open(self) -> None: ...

    def set_timebase_callback(self, callback: Any) -> None: ...

    def release_timebase(self) -> None: ...

    def transport_start(self) -> None:
        self.done.append((self.clock.now(), "start", 0))

    def transport_stop(self) -> None:
        self.done.append((self.clock.now(), "stop", 0))

    def transport_locate(self, frame: int) -> None:
        self.done.append((self.clock.now(), "locate", frame))


def counted(**controls: Any) -> tuple[Performance, JackTransport, Server, ManualClock]:
    values = {"clock.bpm": 120.0, "transport.count_in": 2, **{n.replace("__", "."): v for n, v in controls.items()}}
    snapshot = Snapshot().with_values(values.items())
    opening = tuple(bar_of(60, 60, 60, 60, start=n * 40_320) for n in range(4))
    performance = Performance(PlayerSetup(snapshot, opening, {"melody": (1, 0)}, {}), ["out"], 0.02)
    clock = ManualClock(1.0)
    server = Server(clock)
    return performance, JackTransport(server, snapshot, performance.player.scheduler), server, clock  # type: ignore[arg-type]


def test_as_its_master_we_start_the_transport_where_bar_one_begins() -> None:
    performance, transport, server, clock = counted(clock__source="internal", clock__jack_master=True)
    performance.turn(clock.now(), [])
    transport.take()
    server.done.clear()
    begun = clock.now()
    performance.turn(begun, [Act("transport.play")])
    for _ in range(1200):
        transport.take()
        clock.advance(0.005)
        performance.turn(clock.now(), [])
    starts = [(at, what, frame) for at, what, frame in server.done if what != "stop"]
    assert [what for _, what, _ in starts] == ["locate", "start"]
    at, _, frame = starts[0]
    assert at == pytest.approx(begun + 0.02 + 8 * 0.5, abs=0.02), "when the two bars are counted"
    assert frame == pytest.approx((at + 2 * server.period - begun - 0.02 - 4.0) * RATE, abs=64)


def test_armed_while_the_transport_rolls_it_is_left_rolling() -> None:
    performance, transport, server, clock = counted(clock__source="jack", transport__count_in=0)
    server_says = JackState(clock.now(), 0.0, 120.0, True)
    transport._said = server_says
    performance.turn(clock.now(), [server_says])
    transport.heed([Act("transport.arm")])
    assert server.done == []
    transport._said = JackState(clock.now(), 3.0, 120.0, False)
    transport.heed([Act("transport.arm")])
    assert [what for _, what, _ in server.done] == ["stop", "locate"]


@pytest.mark.parametrize("leads", [True, False])
def test_where_a_set_is_over_the_transport_stands_if_it_is_ours(leads: bool) -> None:
    performance, transport, server, clock = counted(
        clock__source="jack", clock__jack_master=leads, transport__count_in=0
    )
    last = performance.player.buffer.ahead[-1]
    performance.player.buffer.put(replace(last, of_set=SetPlace(ending=True, over=True)))
    transport._said = JackState(clock.now(), 0.0, 120.0, True)
    performance.turn(clock.now(), [transport._said])
    for _ in range(1800):  # four bars, and one second more
        transport.take()
        clock.advance(0.005)
        performance.turn(clock.now(), [])
    assert not performance.player.scheduler.playing
    assert [what for _, what, _ in server.done] == (["stop"] if leads else []), "others' goes on"
    if leads:
        assert server.done[0][0] == pytest.approx(1.0 + 16 * 0.5, abs=0.05)
