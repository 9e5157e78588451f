"""Ableton Link: what a session says, in virtual time; and two peers on this machine's network, in real time."""

from __future__ import annotations

import itertools
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.udp_client import SimpleUDPClient

from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Act, Change
from instrument.playing.time.clock import ManualClock, SystemClock
from instrument.playing.time.link_state import LinkState
from instrument.ports.link import MISSING, Link
from tests.fakes.balance import balance
from tests.fakes.jackd import ended, until
from tests.fakes.link_session import Session
from tests.fakes.paths import ROOT
from tests.fakes.programs import Program
from tests.fakes.sequencer import Stand


def linked(**controls) -> Stand:
    return Stand(clock__source="link", clock__bpm=90.0, **controls)


@pytest.mark.parametrize("started", (0.0, 0.9, 1.3, 3.19, 3.5, 7.77))
def test_the_music_begins_on_a_bar_line_of_the_session(started: float) -> None:
    session, stand = Session(), linked().wait(started)
    stand.enter(session.at(stand.now)).enter(Act("transport.play")).wait(6.0)
    notes = stand.notes()
    line = session.seconds(next(n for n in range(-4, 40, 4) if session.seconds(n) > started - 0.02))
    assert [bar for _, bar in notes[:8]] == [1] * 4 + [2] * 4
    assert [at for at, _ in notes[:8]] == pytest.approx([line + i * 0.5 for i in range(8)], abs=1e-4)


def test_another_tempo_of_the_session_is_ours_with_no_step() -> None:
    session, stand = Session(), linked()
    stand.enter(session.at(0.0)).enter(Act("transport.play")).wait(5.2)  # two beats into a bar, at beat 8
    session.bpm, session.began = 150.0, 5.2 - 8 * 60 / 150
    stand.enter(session.at(stand.now)).wait(4.0)
    beats = [at for at, _ in stand.notes()]
    assert beats[-1] - beats[-2] == pytest.approx(0.4, abs=1e-4)
    assert min(b - a for a, b in itertools.pairwise(beats)) > 0.399
    assert stand.reading("clock.tempo") == 150.0


def test_start_and_stop_with_the_others() -> None:
    session, stand = Session(), linked()
    stand.enter(session.at(0.0)).wait(2.0).enter(session.at(stand.now, True, 4.0)).wait(4.0)
    assert stand.notes()[0] == (pytest.approx(session.seconds(4)), 1)
    stand.enter(session.at(stand.now)).wait(1.0)
    assert not stand.player.scheduler.playing
    assert not balance(stand.messages)


def test_it_goes_on_at_the_bar_where_it_stopped() -> None:
    session, stand = Session(), linked()
    stand.enter(session.at(0.0)).enter(Act("transport.play")).wait(4.3).enter(Act("transport.stop")).wait(1.0)
    stopped, bar = stand.now, int(stand.bar)
    stand.enter(Act("transport.play")).wait(4.0)
    at, number = stand.notes(stopped)[0]
    assert number == bar
    assert (at - session.began) % 2.0 == pytest.approx(0, abs=1e-4)


def test_joined_while_it_plays_it_moves_to_the_nearest_bar_line() -> None:
    session = Session(bpm=90.0)
    stand = Stand(clock__source="internal", clock__bpm=90.0).enter(Act("transport.play")).wait(3.0)
    stand.enter(Change(stand.player.snapshot.with_value("clock.source", "link")))
    stand.enter(session.at(stand.now)).wait(8.0)
    at = next(at for at, bar in stand.notes(4.0) if bar == 4)
    assert min((at - session.began) % (8 / 3), -(at - session.began) % (8 / 3)) == pytest.approx(0, abs=1e-4)


def test_without_a_session_it_plays_by_its_own_clock() -> None:
    stand = linked().enter(Act("transport.play")).wait(3.0)
    assert len(stand.notes()) == 5
    assert stand.reading("clock.state") == "waiting"


def test_without_the_package_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "link", None)
    link = Link(ManualClock(), Snapshot().with_value("clock.source", "link"))
    assert link.heed([]) == MISSING
    assert link.heed([Act("transport.play")]) is None
    assert link.take() == []
    link.close()


# peers


@pytest.mark.realtime
@pytest.mark.quiet
@pytest.mark.peers
def test_two_peers_share_tempo_phase_and_start() -> None:
    package = pytest.importorskip("link")
    clock, snapshot = SystemClock(), Snapshot().with_values([("clock.source", "link"), ("clock.link_start", True)])
    ours, peer = Link(clock, snapshot), package.Link(97.0)
    said: list[LinkState] = []

    def newest() -> LinkState:
        said.extend(ours.take())
        return said[-1]

    try:
        peer.startStopSyncEnabled = peer.enabled = True
        assert until(lambda: newest().peers >= 1, 15), "no peer was found"
        state = peer.captureSessionState()
        state.setTempo(131.0, peer.clock().micros())
        state.setIsPlaying(True, peer.clock().micros())
        peer.commitSessionState(state)
        assert until(lambda: newest().playing and newest().bpm == pytest.approx(131.0), 5)
        clock.sleep_until(clock.now() + 0.5)
        here = newest()
        micros, now = peer.clock().micros(), clock.now()
        theirs = peer.captureSessionState().phaseAtTime(micros, 4.0)
        assert ((here.beat + (now - here.at) * here.bpm / 60) - theirs + 2) % 4 - 2 == pytest.approx(0, abs=0.01)
        ours.heed([Change(snapshot.with_value("clock.bpm", 75.0)), Act("transport.stop")])
        assert until(lambda: peer.captureSessionState().tempo() == pytest.approx(75.0), 5)
        assert until(lambda: not peer.captureSessionState().isPlaying(), 5)
    finally:
        ours.close()
        peer.enabled = False


@pytest.mark.long
@pytest.mark.realtime
@pytest.mark.quiet
@pytest.mark.peers
def test_lilt_plays_with_a_peer(tmp_path: Path) -> None:
    package = pytest.importorskip("link")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        osc = str(free.getsockname()[1])
    command = [sys.executable, ROOT / "run.py", "first", "--no-sound", "--osc-port", osc, "--recordings", tmp_path]
    lilt, peer = Program(command), package.Link(143.0)
    steer = SimpleUDPClient("127.0.0.1", int(osc))
    try:
        lilt.says("stop: Ctrl-C")
        peer.enabled = True
        steer.send_message("/lilt/clock/source", "link")

        def bpm() -> object:
            steer.send_message("/lilt/get", "/lilt/status/bpm")
            return next((m.params[0] for m in steer.get_messages(2) if m.address == "/lilt/status/bpm"), None)

        assert until(lambda: peer.numPeers() >= 1, 20)
        state = peer.captureSessionState()
        state.setTempo(143.0, peer.clock().micros())
        peer.commitSessionState(state)
        assert until(lambda: bpm() == pytest.approx(143.0, rel=1e-3), 10)
    finally:
        peer.enabled = False
        ended(lilt.process)


class Peers:
    """A session of this machine alone: what `link.Link` is to ours, with every tempo that is set."""

    def __init__(self, bpm: float) -> None:
        self.bpm, self.set = bpm, list[float]()
        self.enabled = self.startStopSyncEnabled = False

    def captureAppSessionState(self) -> Peers:
        return self

    def commitAppSessionState(self, state: Peers) -> None: ...

    def setTempo(self, bpm: float, micros: int) -> None:
        self.bpm = bpm
        self.set.append(bpm)

    def clock(self) -> Peers:
        return self

    def micros(self) -> int:
        return 0

    def tempo(self) -> float:
        return self.bpm

    def beatAtTime(self, micros: int, quantum: float) -> float:
        return 0.0

    def timeForIsPlaying(self) -> int:
        return 0

    def isPlaying(self) -> bool:
        return False

    def numPeers(self) -> int:
        return 1


def in_session(monkeypatch: pytest.MonkeyPatch) -> tuple[Link, Peers, ManualClock, Snapshot]:
    peers = Peers(120.0)
    monkeypatch.setitem(sys.modules, "link", SimpleNamespace(Link=lambda bpm: peers))
    clock, snapshot = ManualClock(), Snapshot().with_values([("clock.source", "link"), ("clock.bpm", 120.0)])
    return Link(clock, snapshot), peers, clock, snapshot


@given(st.lists(st.floats(40, 240), min_size=1, max_size=60), st.integers(1, 8), st.floats(0.01, 0.1))
def test_a_control_that_shows_the_tempo_of_the_others_never_turns_it(fade: list[float], late: int, step: float) -> None:
    """A peer moves the tempo; each is shown, rounded, so many steps too late."""
    with pytest.MonkeyPatch.context() as patch:
        link, peers, clock, snapshot = in_session(patch)
        link.take()
        for place in range(len(fade) + late):
            if place < len(fade):
                peers.bpm = fade[place]
            clock.advance(step)
            link.take()
            if place >= late:
                link.heed([Change(snapshot.with_value("clock.bpm", round(fade[place - late], 1)))])
        assert (peers.set, peers.bpm) == ([], fade[-1])


def test_a_control_that_is_turned_turns_the_session_and_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    link, peers, clock, snapshot = in_session(monkeypatch)
    for bpm in (96.0, 120.0, 97.5, 96.0, 120.0):
        link.take()
        clock.advance(0.05)
        link.heed([Change(snapshot.with_value("clock.bpm", bpm))])
    assert peers.set == [96.0, 120.0, 97.5, 96.0, 120.0]
    peers.bpm = 140.0
    link.take()
    clock.advance(5.0)
    link.heed([Change(snapshot.with_value("clock.bpm", 140.0)), Change(snapshot.with_value("clock.bpm", 120.0))])
    assert peers.set[-1] == peers.bpm == 120.0, "a tempo of five seconds ago is anybody's again"
