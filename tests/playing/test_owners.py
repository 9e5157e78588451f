"""Keys, pedals and controllers of the inputs: whoever took one going down gets it going up, and nothing is left behind.

At the far ends stand receivers with pedals (`test_note_ledger.Wire`).
"""

from __future__ import annotations

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Act, Change, Plug, Released, Switches
from instrument.playing.midi.channel_controllers import Controllers
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from tests.fakes.evening import Evening
from tests.fakes.quartet import PLAYED, Duo

PAD = (("keys", 10, 36),)
PEDALS = ((0xB4, 64, 127), (0xB4, 66, 127), (0xB4, 67, 127), (0xB4, 1, 99), (0xE4, 3, 9), (0xD4, 70))


@pytest.fixture
def evening() -> Evening:
    """The tune stopped, so that what sounds is the performer's."""
    one = Evening()
    one.take(Act("transport.stop"))
    one.pass_time(0.2)
    assert quiet(one)
    return one


def quiet(evening: Evening) -> bool:
    evening.pass_time(0.1)
    return all(wire.quiet for wire in evening.wires.values())


def down(evening: Evening, output: str = "near") -> set[tuple[int, int]]:
    evening.pass_time(0.1)
    return set(evening.wires[output].down)


@pytest.mark.parametrize("port", ["keys", ""])
def test_a_pad_learned_while_it_is_held_is_let_go(evening: Evening, port: str) -> None:
    evening.hear("keys", (0x99, 36, 100))
    assert down(evening) == {(9, 36), (1, 36)}, "as it is, and as the soprano's"
    evening.take(Switches(((port, 10, 36),)))
    evening.hear("keys", (0x89, 36, 0))
    assert quiet(evening)
    evening.hear("keys", (0x99, 36, 100))
    assert quiet(evening), "it is a switch now"
    evening.take(Switches())
    evening.hear("keys", (0x89, 36, 0))
    assert quiet(evening), "and was one when it went down"


def test_a_pad_learned_while_held_and_pressed_again_ends_what_it_had_begun(evening: Evening) -> None:
    evening.hear("keys", (0x99, 36, 100))
    evening.take(Switches(PAD))
    evening.hear("keys", (0x99, 36, 100))
    assert quiet(evening)


@pytest.mark.parametrize("way", ["tap", "hold", "answer", "accompany"])
@pytest.mark.parametrize("pedal", [False, True])
def test_a_key_held_while_another_way_of_playing_is_chosen_is_let_go(way: str, pedal: bool) -> None:
    snapshot = Snapshot().with_values(PLAYED)
    one = Duo(snapshot=snapshot)
    one.run(0.5)

    def choose(name: str) -> None:
        nonlocal snapshot
        snapshot = snapshot.with_values([("play.way", name)])
        one.messages += [m for m in one.player.change(snapshot, one.now) if isinstance(m, Message)]

    def tread(value: int) -> None:
        if pedal:
            one.take(one.player.hear(ReceivedMidi(one.now, "keys", bytes((0xB0, 64, value)))))

    tread(127)
    one.key(67)
    one.run(1.0)
    assert one.sounding()
    choose(way)
    one.run(0.3)
    one.key(67, 0)
    tread(0)
    one.run(0.3)
    choose("listen")
    one.run(30)
    assert not one.sounding()


@pytest.mark.parametrize("how", ["unplugged", "silent", "panic", "stop", "patch"])
def test_what_an_input_has_moved_goes_back_to_rest(evening: Evening, how: str) -> None:
    for data in (*PEDALS, (0x94, 60, 90), (0x84, 60, 0), (0x94, 64, 90)):
        evening.hear("keys", data)
    evening.pass_time(0.1)
    for wire in evening.wires.values():
        moved = [sum(channel == one for channel, _ in wire.moved) for one in (4, 1)]
        assert moved[0] == 6 and moved[1] and wire.held and wire.down, "as it is, and the soprano's expression"
    if how == "patch":  # another patch leaves the performer's hands alone
        evening.take(Change(evening.snapshot.with_values([("tune.key", "A minor"), ("clock.bpm", 99.0)])))
        assert not quiet(evening)
        how = "panic"
    act = {"panic": Act("panic"), "stop": Act("transport.stop"), "silent": Released("keys"),
           "unplugged": Plug("keys", False, True)}  # fmt: skip
    evening.take(act[how])
    assert quiet(evening)
    for data in ((0x84, 64, 0), (0xB4, 64, 0)):
        evening.hear("keys", data)
    assert quiet(evening)


def test_a_cable_that_is_pulled_with_the_pedal_down_comes_back_at_rest(evening: Evening) -> None:
    for data in PEDALS:
        evening.hear("keys", data)
    evening.pass_time(0.1)
    evening.pull("near")
    evening.pass_time(0.2)
    evening.plug("near")
    evening.pass_time(0.1)
    assert evening.wires["near"].quiet
    assert not evening.wires["far"].quiet, "the foot is still down for the other"
    evening.hear("keys", (0xB4, 64, 0))
    evening.take(Plug("keys", False, True))
    assert quiet(evening)


def test_one_of_two_keyboards_goes_and_the_others_keys_and_pedals_stay(evening: Evening) -> None:
    for port in ("keys", "pads"):
        evening.hear(port, (0x94, 60, 90))
        evening.hear(port, (0xB4, 64, 127))
        evening.hear(port, (0xE4, 3, 9))
    evening.hear("keys", (0x94, 62, 90))
    evening.take(Plug("keys", False, True))
    assert down(evening, "far") == {(4, 60), (1, 60)}
    assert set(evening.wires["far"].moved) == {(4, 64), (4, -1), (1, 64), (1, -1)}
    assert set(evening.wires["near"].moved) == {(1, 64), (1, -1)}, "thru went on from one; the soprano is of both"
    evening.take(Plug("pads", False, True))
    assert quiet(evening)


@pytest.mark.parametrize("first", ["a", "b"])
def test_one_key_of_two_keyboards_sounds_until_the_last_is_let_go(first: str) -> None:
    one = Duo()
    for port in ("a", "b"):
        one.take(one.player.hear(ReceivedMidi(one.now, port, bytes((0x90, 67, 80)))))
        one.run(0.1)
    last = "b" if first == "a" else "a"
    one.take(one.player.hear(ReceivedMidi(one.now, first, bytes((0x80, 67, 0)))))
    assert one.sounding()["soprano"] == [67]
    one.take(one.player.unhear(last, one.now))
    assert "soprano" not in one.sounding()


def test_all_notes_off_of_a_keyboard_leaves_the_tune_alone() -> None:
    evening = Evening()
    evening.pass_time(0.4)
    before = down(evening)
    assert before
    for number in (120, 121, 123, 124, 125, 126, 127):
        evening.hear("keys", (0xB0, number, 0))
        assert set(evening.wires["near"].down) == before


def test_a_pedal_is_up_with_the_last_foot_and_of_bends_the_newest_counts() -> None:
    one = Controllers()

    def moved(source: str, kind: str, number: int, value: int) -> list[tuple[int, int]]:
        return [(m.number, m.value) for m in one.hear(source, Message(0.0, kind, 1, number, value, "out"))]

    assert moved("a", "control", 64, 127) == [(64, 127)]
    assert moved("b", "control", 64, 80) == []
    assert moved("a", "control", 64, 0) == [(64, 80)]
    assert moved("b", "control", 64, 0) == [(64, 0)]
    assert moved("b", "control", 64, 0) == [(64, 0)], "what it says by itself goes through as it came"
    assert moved("a", "bend", 5, 100) == [(5, 100)]
    assert moved("b", "bend", 6, 20) == [(6, 20)]
    assert [(m.kind, m.number, m.value) for m in one.release("b", 0.0)] == [("bend", 5, 100)]
    assert moved("a", "control", 64, 127) == [(64, 127)]
    assert moved("b", "control", 121, 0) == [(121, 0), (5, 100), (64, 127)], "what the other holds is said again"
    assert [(m.kind, m.number, m.value) for m in one.rest(0.0)] == [("bend", 0, 64), ("control", 64, 0)]
    assert one.rest(0.0) == []


def test_a_pedal_learned_while_it_is_down_goes_up_and_is_no_pedal_from_then_on() -> None:
    one = Duo()
    one.take(one.player.hear(ReceivedMidi(one.now, "keys", bytes((0xB0, 64, 127)))))
    one.key(67)
    one.run(0.1)
    one.key(67, 0)
    one.player.inputs.switches = frozenset({("keys", 1, 128 + 64)})
    one.run(0.1)
    assert one.sounding()["soprano"] == [67]
    one.take(one.player.hear(ReceivedMidi(one.now, "keys", bytes((0xB0, 64, 0)))))
    assert "soprano" not in one.sounding()
    one.take(one.player.hear(ReceivedMidi(one.now, "keys", bytes((0xB0, 64, 127)))))
    one.take(one.player.hear(ReceivedMidi(one.now, "keys", bytes((0x90, 67, 80)))))
    one.take(one.player.hear(ReceivedMidi(one.now, "keys", bytes((0x80, 67, 0)))))
    assert "soprano" not in one.sounding(), "a switch holds nothing"
