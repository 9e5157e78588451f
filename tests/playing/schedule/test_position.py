"""Position of the music and moving it: bar and beat, locate, rewind, arm; machine control; the tempo in force."""

from __future__ import annotations

import pytest

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.music.ticks import QUARTER
from instrument.playing.messages import Act, Change, Said, Status
from instrument.playing.midi.machine_control import MachineCommand, understood
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.schedule.position import position
from instrument.ports.tempo_display import TempoDisplay
from tests.fakes.band import BAR
from tests.fakes.sequencer import START, STOP, Stand, Tape


def own_clock(**controls: Value) -> Stand:
    return Stand(clock__source="internal", clock__bpm=120.0, **controls)


def reading(stand: Stand, name: str) -> Value:
    return stand.player.led.place(stand.now)[name]


def test_bar_and_beat_are_counted_on_our_own_clock_too() -> None:
    stand = own_clock()
    assert {name: reading(stand, name) for name in ("song.bar", "song.beat", "clock.beat")} == {
        "song.bar": 0, "song.beat": 0, "clock.beat": 0
    }  # fmt: skip
    stand.enter(Act("transport.play")).wait(2 * 4 * 0.5 + 1.6)  # two bars and three beats
    assert (reading(stand, "song.bar"), reading(stand, "song.beat")) == (3, 4)
    assert (reading(stand, "tune.bar"), reading(stand, "tune.beat")) == (3, 4)
    assert reading(stand, "clock.beat") == 11


def test_a_clock_that_leads_says_the_bar() -> None:
    stand = Stand().listen(Tape().send(START).beats(8.5), 0.0)
    assert (reading(stand, "song.bar"), reading(stand, "song.beat")) == (3, 1)
    assert reading(stand, "clock.beat") == 8


def locate(stand: Stand, bar: int) -> None:
    stand.enter(Change(stand.player.snapshot.with_value("transport.locate", bar)), Act("transport.locate"))


def test_the_music_goes_to_a_bar_and_again_to_the_same() -> None:
    stand = own_clock().enter(Act("transport.play")).wait(3.1)
    for _ in range(2):
        since = stand.now
        locate(stand, 5)
        stand.wait(1.95)
        assert {bar for _, bar in stand.notes(since + 0.03)} == {5}
    assert stand.bar == pytest.approx(6, abs=0.1)


def test_rewind_while_it_stands_begins_at_the_top() -> None:
    stand = own_clock().enter(Act("transport.play")).wait(5.2).enter(Act("transport.stop")).wait(0.5)
    stand.enter(Act("transport.rewind")).wait(0.5)
    assert stand.bar == 1.0
    since = stand.now
    stand.enter(Act("transport.play")).wait(1.9)
    assert [bar for _, bar in stand.notes(since)] == [1] * 4


def test_armed_it_stands_at_the_top_without_a_note() -> None:
    stand = own_clock().enter(Act("transport.play")).wait(5.2)
    since = stand.now + 0.05
    stand.enter(Act("transport.arm")).wait(3.0)
    assert not stand.notes(since) and not stand.player.playing
    assert stand.bar == 1.0
    assert [m.kind for m in stand.messages if m.due >= since - 0.05].count("program") == 2


def test_who_leads_is_not_overruled_and_that_is_said() -> None:
    tape = Tape().send(START).beats(8)
    stand = Stand().listen(tape, 0.0)
    locate(stand, 9)
    assert any(isinstance(one, Said) and "not moved" in one.line for one in stand.told)
    assert stand.bar == pytest.approx(3.0, abs=0.05)
    stand.listen(tape.beats(4).send(STOP), 1.0)
    locate(stand, 9)
    assert stand.bar == 9.0, "while it stands the performer may"


@pytest.mark.parametrize("number", [9, 2, 1, 60])
def test_moved_while_it_plays_it_is_never_told_to_be_before_that_bar(number: int) -> None:
    stand = own_clock().enter(Act("transport.play")).wait(5.2)
    locate(stand, number)
    scheduler, snapshot = stand.player.scheduler, stand.player.snapshot
    told = [position(scheduler, snapshot, scheduler.origin, stand.now + ms / 1000) for ms in range(-100, 400, 5)]
    assert {where["song.bar"] for where in told} == {number}
    beats = [int(where["song.beat"]) for where in told]
    assert beats[0] == 1 and beats == sorted(beats)


def mmc(*rest: int, device: int = 0x7F) -> bytes:
    return bytes((0xF0, 0x7F, device, 0x06, *rest, 0xF7))


def test_machine_control_plays_stops_and_goes_places() -> None:
    stand = own_clock()
    stand.enter(ReceivedMidi(stand.now, "desk", mmc(2, device=3))).wait(2.5)
    assert stand.player.scheduler.playing
    stand.enter(ReceivedMidi(stand.now, "desk", mmc(0x44, 6, 1, 0x60, 0, 8, 0, 0))).wait(1.0)  # 8 s: bar 5 at 120
    assert stand.bar == pytest.approx(5.5, abs=0.1)
    stand.enter(ReceivedMidi(stand.now, "desk", mmc(1))).wait(1.0)
    assert not stand.player.scheduler.playing
    assert not stand.player.scheduler.ledger


@pytest.mark.parametrize(
    ("data", "meant"),
    [
        (mmc(2), MachineCommand("play")),
        (mmc(3), MachineCommand("play")),
        (mmc(1), MachineCommand("stop")),
        (mmc(9), MachineCommand("stop")),
        (mmc(0x44, 6, 1, 0x21, 2, 3, 12, 0), MachineCommand("locate", 3723.48)),
        (mmc(6), None),
        (mmc(0x44, 6, 1), None),
        (b"\xf0\x7f\x00\x06\xf7", None),
        (b"\xf0\x43\x00\x06\x02\xf7", None),
        (b"\xf0", None),
        (mmc(0x44), None),
    ],
)
def test_what_machine_control_means(data: bytes, meant: MachineCommand | None) -> None:
    assert understood(data) == meant


class Shown:
    def __init__(self) -> None:
        self.snapshot = Snapshot()

    def change(self, changes: list[tuple[str, Value]]) -> None:
        self.snapshot = self.snapshot.with_values(changes)


@pytest.mark.parametrize(("state", "shown"), [("locked", 131.3), ("locking", 112.0), ("internal", 112.0)])
def test_the_tempo_control_shows_the_tempo_in_force(state: str, shown: float) -> None:
    performance = Shown()
    TempoDisplay(performance).hear(Status(True, 1, 131.26, 4.0, 0, 0.0, {"clock.state": state}))
    assert performance.snapshot.number("clock.bpm") == shown


def test_a_tempo_turned_on_the_beat_is_not_turned_back_by_what_was_measured_before() -> None:
    performance = Shown()
    shown = TempoDisplay(performance)
    beat = Status(True, 1, 105.0, 4.0, 0, 0.0, {"clock.state": "linked"})
    shown.hear(beat)
    assert performance.snapshot.number("clock.bpm") == 105.0
    performance.change([("clock.bpm", 96.0)])
    shown.hear(beat)
    assert performance.snapshot.number("clock.bpm") == 96.0, "that beat was on its way already"
    shown.hear(beat)
    assert performance.snapshot.number("clock.bpm") == 105.0, "who leads has not followed"


def test_a_bar_is_a_bar_of_the_meter() -> None:
    stand = own_clock().enter(Act("transport.play")).wait(0.5)
    locate(stand, 3)
    assert stand.player.scheduler.tick(stand.now) == pytest.approx(2 * BAR, abs=QUARTER / 10)
