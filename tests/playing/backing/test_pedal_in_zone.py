"""Pedals in the left hand's zone, through the whole player: what the strings play, and that nothing hangs."""

from __future__ import annotations

import pytest

from instrument.controls.midi_messages import RESET, SOSTENUTO, SUSTAIN
from instrument.music.chord import Chord
from instrument.playing.midi.midi_input import ReceivedMidi
from tests.fakes.backed_player import BackedPlayer

ZONE = ("backing.zone", "B3")
A, G = (45, 49, 52), (43, 47, 50)


def move(one: BackedPlayer, number: int, value: int, channel: int = 1) -> None:
    """A controller of the keyboard."""
    heard = ReceivedMidi(one.now, "keys", bytes([0xB0 | (channel - 1), number, value]))
    one.messages += one.player.hear(heard).messages


def bass(one: BackedPlayer, since: float) -> set[int]:
    return {pitch % 12 for _, pitch in one.struck("double_bass", since)}


def pedalled(number: int = SUSTAIN, before: bool = True) -> BackedPlayer:
    """A chord of A major that only a pedal holds, over a tune that is backed in D."""
    one = BackedPlayer(ZONE)
    one.run(2.1)
    if before:
        move(one, number, 127)
    one.chord(*A)
    one.run(0.3)
    if not before:
        move(one, number, 127)
    one.chord(*A, velocity=0)
    return one


@pytest.mark.parametrize(("number", "before"), [(SUSTAIN, True), (SUSTAIN, False), (SOSTENUTO, False)])
def test_the_backing_stays_on_the_chord_that_a_pedal_holds_and_goes_back_to_the_plan(number: int, before: bool) -> None:
    one = pedalled(number, before)
    one.run(0.5)
    since = one.now
    one.run(4.0)
    assert bass(one, since) and bass(one, since) <= Chord.parse("A").classes
    assert one.player.backing.readings()["backing.chord"] == "A"
    move(one, number, 0)
    one.run(0.6)
    since = one.now
    one.run(2.0)
    assert bass(one, since) <= Chord.parse("D").classes, "the plan is back"


def test_a_chord_changed_under_the_pedal_is_struck_once_and_is_the_new_one() -> None:
    one = pedalled()
    one.run(1.0)
    since = one.now
    one.chord(*G)
    move(one, SUSTAIN, 0)
    move(one, SUSTAIN, 127)
    one.run(0.06)
    assert len(one.struck("double_bass", since)) == 1
    one.chord(*G, velocity=0)
    one.run(2.0)
    assert bass(one, since + 0.001) <= Chord.parse("G").classes


@pytest.mark.parametrize("zone", ["none", "C2 E2"])
def test_a_zone_that_is_moved_or_closed_leaves_the_chord_until_its_pedal_comes_up(zone: str) -> None:
    one = pedalled()
    moved = one.snapshot.with_value("backing.zone", zone)
    one.messages += one.player.mix(moved, one.now)
    one.player.change(moved, one.now)
    one.run(2.0)
    assert one.player.backing.keys.chord == Chord.parse("A")
    one.chord(*G)  # of the melody's now
    one.run(0.2)
    assert one.player.backing.keys.chord == Chord.parse("A")
    move(one, SUSTAIN, 0)
    one.run(0.5)
    assert one.player.backing.keys.chord is None


@pytest.mark.parametrize("end", ["port", f"{RESET}", "panic", "120", "stop"])
def test_however_the_pedal_is_lost_its_chord_ends_and_nothing_hangs(end: str) -> None:
    one = pedalled()
    one.run(0.4)
    one.lose(end)


def test_all_notes_off_leaves_to_the_pedal_what_it_holds() -> None:
    one = pedalled()
    move(one, 123, 0)
    one.run(1.0)
    assert one.player.backing.keys.chord == Chord.parse("A")
    move(one, SUSTAIN, 0)
    one.run(0.6)
    assert one.player.backing.keys.chord is None


def test_a_reset_of_controllers_is_the_pedal_going_up_for_what_the_melody_holds_too() -> None:
    one = BackedPlayer(ZONE, led=True)
    one.run(0.5)
    move(one, SUSTAIN, 127)
    one.key(69)
    one.key(69, 0)
    one.run(0.2)
    assert one.player.inputs.held._notes, "under the pedal"
    move(one, RESET, 0)
    assert not one.player.inputs.held._notes
    one.run(0.2)
    one.messages += one.player.stop(one.now + 0.02)
    assert one.hanging() == []
