"""The note ledger by itself: whoever struck a key is the one who ends it, once, and never before it was struck."""

from __future__ import annotations

from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.ledger import Ledger


def on(due: float, note: int, channel: int = 1, port: str = "out", velocity: int = 80) -> Message:
    return Message(due, "on", channel, note, velocity, port)


def off(due: float, note: int, channel: int = 1, port: str = "out") -> Message:
    return Message(due, "off", channel, note, 0, port)


def test_a_key_is_struck_and_ended_as_it_was_asked_for() -> None:
    ledger = Ledger()
    assert ledger.on(1.0, "out", 3, 60, 90, "melody") == [on(1.0, 60, 3, velocity=90)]
    assert len(ledger) == 1
    assert ledger.off(2.0, "out", 3, 60, "melody") == [off(2.0, 60, 3)]
    assert len(ledger) == 0


def test_a_key_that_sounds_is_ended_before_it_is_struck_again() -> None:
    ledger = Ledger()
    ledger.on(1.0, "out", 1, 60, 80, "melody")
    assert ledger.on(1.5, "out", 1, 60, 90, "bass") == [off(1.5, 60), on(1.5, 60, velocity=90)]
    assert len(ledger) == 1


def test_two_holders_of_one_key_end_it_when_the_second_lets_go() -> None:
    for first, second in (("melody", "bass"), ("bass", "melody")):
        ledger = Ledger()
        ledger.on(1.0, "out", 1, 60, 80, "melody")
        ledger.on(1.0, "out", 1, 60, 80, "bass")
        assert ledger.off(2.0, "out", 1, 60, first) == []
        assert ledger.off(2.1, "out", 1, 60, first) == [], "it holds the key no more"
        assert len(ledger) == 1
        assert ledger.off(2.2, "out", 1, 60, second) == [off(2.2, 60)]


def test_one_holder_that_struck_twice_lets_go_twice() -> None:
    ledger = Ledger()
    ledger.on(1.0, "out", 1, 60, 80, "melody")
    ledger.on(1.1, "out", 1, 60, 80, "melody")
    assert ledger.off(2.0, "out", 1, 60, "melody") == []
    assert ledger.off(2.1, "out", 1, 60, "melody") == [off(2.1, 60)]


def test_nobody_ends_what_somebody_else_holds() -> None:
    ledger = Ledger()
    ledger.on(1.0, "out", 1, 60, 80, "melody")
    assert ledger.off(1.1, "out", 1, 60, "bass") == []
    assert ledger.off(1.1, "out", 1, 60) == []
    assert ledger.off(1.1, "out", 2, 60, "melody") == ledger.off(1.1, "out", 1, 61, "melody") == []
    assert ledger.off(1.1, "far", 1, 60, "melody") == []
    assert len(ledger) == 1


def test_keys_of_other_ports_and_channels_are_other_keys() -> None:
    ledger = Ledger()
    for port, channel in (("out", 1), ("out", 2), ("far", 1)):
        assert ledger.on(1.0, port, channel, 60, 80) == [on(1.0, 60, channel, port)]
    assert len(ledger) == 3


def test_a_release_ends_one_ports_keys_or_all_and_later_offs_end_nothing() -> None:
    ledger = Ledger()
    for port, channel, note in (("out", 2, 64), ("far", 1, 60), ("out", 1, 67), ("out", 1, 60)):
        ledger.on(1.0, port, channel, note, 80, "melody")
    assert ledger.release(2.0, "out") == [off(2.0, 60), off(2.0, 67), off(2.0, 64, 2)]
    assert len(ledger) == 1
    assert ledger.off(2.5, "out", 1, 60, "melody") == []
    assert ledger.release(3.0) == [off(3.0, 60, 1, "far")]
    assert ledger.release(4.0) == []


def test_messages_of_one_key_never_overtake_each_other() -> None:
    ledger = Ledger()
    ledger.on(1.0, "out", 1, 60, 80)
    assert ledger.off(0.5, "out", 1, 60) == [off(1.0, 60)], "an off is not due before its on"
    assert ledger.on(0.8, "out", 1, 60, 80) == [on(1.0, 60)]
    assert ledger.on(0.9, "out", 1, 61, 80) == [on(0.9, 61)], "another key is as early as it likes"
    assert ledger.release(0.2) == [off(1.0, 60), off(0.9, 61)]
    assert ledger.on(3.0, "out", 1, 60, 80) == [on(3.0, 60)]
    assert ledger.off(2.0, "out", 1, 60) == [off(3.0, 60)]


def test_nothing_is_struck_on_a_port_that_is_not_there() -> None:
    ledger = Ledger()
    ledger.absent.add("far")
    assert ledger.on(1.0, "far", 1, 60, 80) == []
    assert len(ledger) == 0 and ledger.release(2.0) == []
    assert ledger.on(1.0, "out", 1, 60, 80) == [on(1.0, 60)]
    ledger.absent.discard("far")
    assert ledger.on(3.0, "far", 1, 60, 80) == [on(3.0, 60, port="far")]
