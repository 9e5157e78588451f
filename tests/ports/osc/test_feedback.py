"""Subscribers in virtual time: what they hear, when, and never against their own finger; and once over real UDP."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.ports.network.allowed import Allowed
from instrument.ports.osc.addresses import HEARTBEAT, LEASE, STATUS
from instrument.ports.osc.packet import OscCall
from instrument.ports.osc.request import Subscribe, understand
from instrument.ports.osc.subscribers import BEAT, MOST, MOST_OF_ONE, QUIET
from tests.fakes.subscribed import BPM, BPM_NORM, DAW, SEED, TABLET, World


def test_a_subscriber_hears_how_everything_stands_then_only_changes() -> None:
    world = World()
    world.subscribe(TABLET, BPM, SEED)
    assert world.heard() == {TABLET: {BPM: 112.0, SEED: 0}}
    assert world.heard(1.0) == {}
    world.values["clock.bpm"] = 130.0
    assert world.heard(1.0) == {TABLET: {BPM: 130.0}}


def test_the_finger_on_the_fader_is_not_fought_and_the_others_follow_at_once() -> None:
    world = World()
    world.subscribe(TABLET, BPM, BPM_NORM)
    world.subscribe(DAW, BPM)
    world.heard()
    for step in range(10):  # a sweep
        world.turn(TABLET, BPM_NORM, step / 10)
        told = world.heard(0.05)
        assert TABLET not in told
        assert told == {DAW: {BPM: world.values["clock.bpm"]}}
    assert world.heard(QUIET) == {TABLET: {BPM: pytest.approx(272.0)}}, "its other address, once the finger is off"
    assert world.heard(1.0) == {}


def test_what_somebody_else_turned_meanwhile_is_told_when_the_finger_is_off() -> None:
    world = World()
    world.subscribe(TABLET, BPM)
    world.heard()
    world.turn(TABLET, BPM, 130.0)
    world.values["clock.bpm"] = 90.0
    assert world.heard(0.1) == {}
    assert world.heard(QUIET) == {TABLET: {BPM: 90.0}}


def test_what_was_clipped_is_told_when_the_finger_is_off() -> None:
    world = World()
    world.subscribe(TABLET, BPM)
    world.heard()
    world.turn(TABLET, BPM, 300.0, said="960 is outside")
    assert world.heard(0.1) == {}
    assert world.heard(QUIET) == {TABLET: {BPM: 300.0}}


def test_a_rate_is_kept_and_the_last_value_never_lost() -> None:
    world = World()
    world.subscribe(DAW, BPM, rate=10)
    world.heard()
    told = []
    for step in range(1000):  # one second
        world.values["clock.bpm"] = 100.0 + step / 10
        told += [rows[BPM] for rows in world.heard(0.001).values()]
    assert len(told) <= 10
    told += [rows[BPM] for rows in world.heard(0.1).values()]
    assert told[-1] == world.values["clock.bpm"]


def test_a_lease_ends_unless_something_is_heard() -> None:
    world = World()
    world.subscribe(DAW, BPM)
    world.heard()
    world.now += LEASE - 1
    world.subscribers.heard(DAW, world.now)
    world.values["clock.bpm"] = 90.0
    assert world.heard(LEASE - 1) == {DAW: {BPM: 90.0}}
    world.values["clock.bpm"] = 91.0
    assert world.heard(1.0) == {}
    assert len(world.subscribers) == 0


def test_the_heart_beats_once_a_second() -> None:
    world = World()
    world.subscribe(DAW, BPM)
    beats = []
    for _ in range(500):
        beats += [row for due in world.subscribers.due(world.now) for row in due.rows if row[0] == STATUS]
        world.now += 0.01
    assert len(beats) == 5
    assert beats[0] == (STATUS, tuple(world.values[name] for name in HEARTBEAT))


def test_subscribers_do_not_pile_up_and_subscribing_again_replaces() -> None:
    world = World()
    for port in range(1000):
        with contextlib.suppress(ValueError):
            world.subscribe(("10.0.0.1", port), BPM)
            world.subscribe(("10.0.0.1", port), SEED)
    assert len(world.subscribers) == MOST
    assert all(rows == {SEED: 0} for rows in world.heard().values())


def test_a_tablet_is_not_pushed_out_by_others_however_many() -> None:
    world = World()
    world.subscribe(TABLET, BPM)
    world.heard()
    for port in range(200):  # of one sender, to many ports; and of many senders
        with contextlib.suppress(ValueError):
            world.subscribers.subscribe(DAW, (DAW[0], port), Subscribe((BPM,), port, 30.0), world.now)
        with contextlib.suppress(ValueError):
            world.subscribe(("10.0.0.9", port), BPM)
    world.heard()
    world.values["clock.bpm"] = 90.0
    assert world.heard(1.0)[TABLET] == {BPM: 90.0}
    assert len(world.subscribers) == MOST
    assert sum(one.owner == DAW for one in world.subscribers._all.values()) == MOST_OF_ONE
    with pytest.raises(ValueError, match="64 subscribers already"):
        world.subscribe(("10.0.0.77", 1), BPM)
    world.subscribe(TABLET, SEED)  # who is there may ask for something else
    world.now += LEASE
    world.subscribe(("10.0.0.77", 1), BPM)  # and when they have gone there is room again


@pytest.mark.parametrize(("rate", "told"), [(1e9, 30), (float("inf"), 30), (30, 30), (2, 2), (1e-300, 0.1)])
def test_a_rate_is_bounded_whatever_is_asked_for_and_said_so(rate: float, told: float) -> None:
    (request,) = understand(OscCall("/lilt/subscribe", (9000, BPM, rate)))
    assert isinstance(request, Subscribe)
    assert request.rate == told
    assert request.said.endswith("" if rate == told else f"is outside 0.1..30; {told:g} it is")
    assert bool(request.said) == (rate != told)
    world = World()
    world.subscribers.subscribe(DAW, DAW, request, world.now)
    heard = 0
    for step in range(2000):  # two seconds of somebody else's sweep
        world.values["clock.bpm"] = 100.0 + step / 100
        heard += DAW in world.heard(0.001)
    assert heard <= 2 * 30 + 1


def test_who_listens_elsewhere_is_not_told_what_it_sent_from_there() -> None:
    world = World()
    ear = ("127.0.0.1", 9000)
    world.subscribers.subscribe(DAW, ear, Subscribe((BPM,), 9000, 30.0), world.now)
    world.heard()
    for sender in (DAW, ear):
        world.turn(sender, BPM, 100.0 + sender[1] % 7)
        assert world.heard(0.1) == world.heard(1.0) == {}


@given(st.lists(st.tuples(st.sampled_from(["tablet", "other"]), st.floats(20, 300), st.floats(0, 0.5)), max_size=30))
def test_whoever_turns_what_and_when_all_know_the_truth_in_the_end(moves: list[tuple[str, float, float]]) -> None:
    world = World()
    world.subscribe(TABLET, BPM)
    knows: Any = None
    for hand, value, passing in moves:
        if hand == "tablet":
            world.turn(TABLET, BPM, value)
            knows = value
        else:
            world.values["clock.bpm"] = value
        knows = world.heard(passing).get(TABLET, {}).get(BPM, knows)
    while (following := world.subscribers.next(world.now)) < world.now + BEAT:
        world.now = following
        knows = world.heard().get(TABLET, {}).get(BPM, knows)
        if not world.subscribers._all[TABLET].held:
            break
    knows = world.heard(QUIET).get(TABLET, {}).get(BPM, knows)
    assert knows == world.values["clock.bpm"]


# who may come in


@pytest.mark.parametrize(
    ("texts", "inside", "outside"),
    [
        ([], ["127.0.0.1", "192.168.1.7", "10.1.2.3", "::1", "fe80::1%eth0", "::ffff:127.0.0.1"], ["8.8.8.8", "x"]),
        ([], ["172.16.0.1", "172.31.255.254"], ["172.15.255.254", "172.32.0.1", "172.0.0.1", "172.217.0.1"]),
        ([], ["10.255.255.255", "192.168.0.1"], ["9.255.255.255", "11.0.0.1", "192.167.0.1", "192.169.0.1"]),
        ([], ["169.254.9.9"], ["169.253.0.1", "169.255.0.1"]),
        ([], ["fd00::1"], ["2001:db8::1", "fec0::1", "::2", "::ffff:8.8.8.8"]),
        (["192.168.1.7"], ["192.168.1.7", "127.0.0.1"], ["192.168.1.8", "10.1.2.3"]),
        (["192.168.1.0/24"], ["192.168.1.8"], ["192.168.2.8"]),
    ],
)
def test_the_allow_list(texts: list[str], inside: list[str], outside: list[str]) -> None:
    allowed = Allowed(texts)
    assert all(host in allowed for host in inside)
    assert not any(host in allowed for host in outside)


def test_a_wrong_allow_list_is_one_line() -> None:
    with pytest.raises(ValueError, match="--osc-allow") as caught:
        Allowed(["the tablet"])
    assert len(str(caught.value).splitlines()) == 1
