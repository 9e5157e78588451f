"""Members of a zone come back to rest: bend, pressure and slide, whoever goes, at whichever end."""

from __future__ import annotations

from multiprocessing import Pipe

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Act, Change, Plug, Released
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.route import ZONE, parameter
from instrument.playing.time.clock import ManualClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.log import watchdog
from instrument.ports.log.log_pipe import LogPipe
from instrument.ports.midi import output
from instrument.ports.midi.output import MidiOutput
from instrument.ports.outputs import Midi
from tests.fakes.evening import Evening
from tests.fakes.receiver import Receiver
from tests.fakes.wire import Wire

LOWER = ((0xB0, 101, 0), (0xB0, 100, 6), (0xB0, 6, 15))
VOICES = {"melody": (1, 0), "soprano": (16, 0)}
#: a note that is bent, pressed and slid, and its manager pressed
MOVES = ((0x92, 60, 90), (0xE2, 9, 90), (0xD2, 70), (0xB2, 74, 9), (0xD0, 30))


def evening() -> Evening:
    """Keys in a zone of their own play a voice that bends each note by itself, and go on by thru."""
    values = {"voice.soprano.on": True, "voice.soprano.channel": 16, "voice.soprano.bend": "mpe"}
    one = Evening(snapshot=Snapshot().with_values(values.items()), voices=VOICES)
    one.take(Act("transport.play"))
    for data in (*LOWER, *MOVES):
        one.hear("keys", data)
    one.pass_time(0.1)
    return one


def moved(wire: Receiver) -> set[tuple[int, ...]]:
    """Channels 0..15 and controllers, -1 for a bend, -2 for pressure."""
    return set(wire.moved)


@pytest.mark.parametrize("how", ["panic", "stop", "unplugged", "silent", "voice", "close"])
def test_everything_of_a_member_goes_back_at_the_wire(how: str) -> None:
    one = evening()
    for wire in one.wires.values():
        assert {(14, 74), (14, -1), (14, -2)} <= moved(wire), "the voice's member"
        assert {(2, 74), (2, -1), (2, -2)} <= moved(wire), "and thru's"
    if how == "close":
        for cable in one.outputs.values():
            cable.close()
    else:
        gone = Change(one.snapshot.with_values([("voice.soprano.on", False)]))
        act = {"panic": Act("panic"), "stop": Act("transport.stop"), "silent": Released("keys"), "voice": gone,
               "unplugged": Plug("keys", False, True)}  # fmt: skip
        one.take(act[how])
        one.pass_time(0.1)
    for wire in one.wires.values():
        left = {what for what in moved(wire) if how != "voice" or what[0] > 9}
        assert not left, how


def test_a_brightness_that_is_no_slide_stays_as_it_was_set() -> None:
    one = Evening(voices=VOICES)
    seen: list[list[int]] = []
    one.outputs["near"].port.watch = seen.append
    one.hear("keys", (0xB4, 74, 20))
    one.take(Act("panic"))
    one.take(Plug("keys", False, True))
    one.pass_time(0.1)
    assert [data for data in seen if data[:2] == [0xB4, 74]] == [[0xB4, 74, 20]]


def test_a_slide_of_who_has_no_zone_goes_back_where_another_has_laid_one() -> None:
    one = Evening(voices=VOICES)
    for data in LOWER:
        one.hear("keys", data)
    one.hear("pads", (0xB1, 74, 20))
    one.pass_time(0.1)
    assert (1, 74) in moved(one.wires["far"])
    one.take(Plug("pads", False, True))
    one.pass_time(0.1)
    assert (1, 74) not in moved(one.wires["far"])


ZONED = [*parameter(0.0, "out", 16, ZONE, 5), Message(0.0, "on", 15, 60, 80, "out")]
SLIDES = [Message(0.1, "control", 15, 74, 9, "out"), Message(0.1, "pressure", 15, 70, 0, "out")]


@pytest.mark.parametrize("late", [False, True])
def test_the_watch_brings_members_back_though_it_came_when_the_zone_was_laid(
    late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Wire()
    monkeypatch.setattr(output, "open_output", lambda name: MidiOutput(wire, name))
    tape, line = Pipe(duplex=False)
    player = Midi("out", MidiOutput(Wire(), "Synth"), ManualClock(1.0), Lateness())
    log = LogPipe(None)
    watch = watchdog.Watchdog(None, None, ManualClock())
    if late:
        for message in ZONED:
            player.take(message, 1.0)
        player.flush(1.0)
    log.renew(line, {"out": "Synth"}, {"out": player.sounding}, 0, player.laid)
    while tape.poll(0):
        watch.take(*tape.recv())
    watch.take(0, ("follow", [*([] if late else ZONED), *SLIDES, Message(0.1, "control", 3, 74, 9, "out")]))
    watch.gone()
    assert {(0xBE, 74, 64), (0xDE, 0)} <= set(wire.sent)
    assert not [data for data in wire.sent if data[:2] == (0xB2, 74)], "that is no member"


def test_what_is_held_back_of_a_member_is_told_to_whoever_takes_over() -> None:
    midi = Midi("out", MidiOutput(Wire(), "Synth"), ManualClock(1.0), Lateness())
    for message in ZONED:
        midi.take(message, 1.0)
    midi.flush(1.0)
    midi.take(Message(1.02, "control", 15, 74, 9, "out"), 1.0)
    midi.take(Message(1.02, "control", 3, 74, 9, "out"), 1.0)
    assert midi.sounding[1] == [(15, ("control", 74))]
    assert [(m.channel, m.number, m.value) for m in midi.laid if m.number == 6] == [(16, 6, 5)]
