"""Active sensing and rest: what an output sends besides music, so that a receiver is never left as nobody wants it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from instrument.controls.devices.plugged import OutputPort
from instrument.files.rig_file import load
from instrument.playing.messages import Act, Said
from instrument.playing.midi.output_message import Message
from instrument.playing.time.clock import ManualClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.midi.input import FULLEST, MidiInput
from instrument.ports.midi.output import MidiOutput
from instrument.ports.outputs import Midi, Sound
from tests.fakes.player_loop import begin, heard, loop, turns
from tests.fakes.wire import Wire


def test_a_rig_file_asks_for_it_by_output(tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text("[outputs.synth]\nsensing = true\n[outputs.other]\n")
    assert load(tmp_path / "rig.toml").outputs == (
        OutputPort("synth", "synth", sensing=True), OutputPort("other", "other"),
    )  # fmt: skip
    (tmp_path / "rig.toml").write_text("[outputs.synth]\nsensing = 1\n")
    with pytest.raises(ValueError, match=r"outputs.synth.sensing = 1 is neither true nor false"):
        load(tmp_path / "rig.toml")


@pytest.mark.parametrize("sensing", [True, False])
def test_it_goes_out_while_notes_sound_at_most_three_tenths_apart(sensing: bool) -> None:
    clock, far = ManualClock(10.0), Wire()
    sent: list[float] = []
    far.send_message = lambda data: sent.append(clock.now()) if data == [0xFE] else None  # type: ignore[method-assign]
    output = Midi("out", MidiOutput(far, "x"), clock, Lateness(), sensing=sensing)

    def run(seconds: float) -> None:
        ends = clock.now() + seconds
        while clock.now() < ends:
            clock.sleep_until(min(output.flush(clock.now()), clock.now() + 1.0))

    run(5.0)
    assert not sent, "nothing sounds"
    output.take(Message(15.0, "on", 1, 60, 80, "out"), clock.now())
    run(4.0)
    output.take(Message(19.0, "off", 1, 60, 0, "out"), clock.now())
    run(9.0)
    if not sensing:
        assert not sent
        return
    assert 14.9 <= sent[0] <= 15.3
    assert max(after - before for before, after in itertools.pairwise(sent)) <= 0.3
    assert 21.5 <= sent[-1] <= 23.0, "and while what was struck rings on"


def test_panic_puts_to_rest_what_was_moved_and_leaves_alone_what_was_not() -> None:
    far = Wire()
    port = MidiOutput(far, "x")
    for message in (
        Message(0, "control", 3, 1, 90), Message(0, "control", 3, 69, 127), Message(0, "bend", 4, 3, 9),
        Message(0, "pressure", 5, 77), Message(0, "touch", 5, 60, 77), Message(0, "control", 3, 7, 90),
        Message(0, "bend", 6, 3, 9), Message(0, "bend", 6, 0, 64), Message(0, "control", 7, 1, 50),
        Message(0, "control", 7, 121, 0),
    ):  # fmt: skip
        port.send(message)
    before = len(far.sent)
    port.panic()
    rest = [data for data in far.sent[before:] if data[1] not in (64, 66, 67, 120, 123) or data[0] & 0xF0 != 0xB0]
    assert sorted(rest) == [(0xA4, 60, 0), (0xB2, 1, 0), (0xB2, 69, 0), (0xD4, 0), (0xE3, 0, 64)]
    before = len(far.sent)
    port.panic()
    assert all(data[0] & 0xF0 == 0xB0 and data[1] in (64, 66, 67, 120, 123) for data in far.sent[before:])


def test_our_own_synth_is_silenced_and_its_controllers_go_to_rest() -> None:
    class Synth:
        frame, rate = 4800, 48000

        def __init__(self) -> None:
            self.done: list[object] = []

        def silence(self) -> None:
            self.done.append("silence")

        def schedule(self, frame: int, message: Message) -> None:
            self.done.append((frame, message.kind))

    class Audio:
        latency = 0.005

    synth = Synth()
    output = Sound(synth, Audio(), Lateness())  # type: ignore[arg-type]
    output.silence([Message(0, "off", 1, 60), Message(0, "bend", 1, 0, 64)], False)
    assert synth.done == ["silence", (4800, "bend")]


def test_an_input_that_falls_silent_or_floods_is_let_go_of_and_people_are_told(wire: Wire) -> None:
    one, line, clock = loop()
    begin(one, clock)
    one.turn([Act("transport.stop")])

    driver = Wire()
    one.inputs.append(MidiInput(driver, "keys", "Keys", one.inbox))
    one.performance.player.inputs.thru.onward["keys"] = ("midi",)
    heard(line)
    driver.arrive(0x95, 60, 90)
    driver.arrive(0xFE)
    turns(one, clock, 0.2)
    assert (5, 60) in wire.sounding()
    turns(one, clock, 0.6)
    assert not wire.sounding()
    driver.arrive(0x95, 60, 90)
    turns(one, clock, 0.1)
    for _ in range(2 * FULLEST + 1):
        driver.arrive(0x85, 61, 0)
    turns(one, clock, 0.1)
    assert not wire.sounding()
    said = [told.line for told in heard(line) if isinstance(told, Said)]
    assert said == [
        '"keys" has fallen silent; its keys are let go', 'more came in at "keys" than can be heard; its keys are let go'
    ]  # fmt: skip


def test_the_notes_are_ended_before_anything_else_is_closed(wire: Wire) -> None:
    one, _, clock = loop()
    begin(one, clock)
    turns(one, clock, 0.3)
    assert wire.sounding()
    sounding: list[object] = []

    class Hanging:
        def close(self) -> None:
            sounding.append(set(wire.sounding()))

    one.inputs.append(Hanging())  # type: ignore[arg-type]
    one.close()
    assert sounding == [set()]


@pytest.mark.long  # 3 seconds of CPU
def test_nobody_reads_the_players_line_and_it_plays_on(wire: Wire) -> None:
    """The conductor stands still; a knob is turned all the while. This once stopped the music for good."""
    one, line, clock = loop()
    begin(one, clock)
    for turn in range(4000):
        for n in range(4):
            one.inbox.put("keys", bytes((0xB0, 20 + n, turn % 128)))
        one.turn()
        clock.advance(0.005)
    struck = [data for data in wire.sent if data[0] == 0x90]
    assert len(struck) > 30
    assert len(one.line.outbox) < 2100
    line.send(Act("panic"))
    turns(one, clock, 0.05)
    assert (0xB0, 123, 0) in wire.sent
