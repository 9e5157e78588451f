"""The microphone as an input of a performance: its keys are owned, released and answered for like any other's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.controls.devices.microphone import MICROPHONE, Microphone
from instrument.controls.devices.plugged import Plugged
from instrument.playing.messages import Released
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.performance import Performance
from instrument.playing.turn import Exits
from tests.fakes.logged import stage

OUT = "recording"


def performance(microphone: Microphone) -> Performance:
    setup = stage()
    return Performance(replace(setup, midi=Plugged(microphone=microphone)), [OUT], 0.02)


def key(at: float, pitch: int, velocity: int) -> ReceivedMidi:
    return ReceivedMidi(at, MICROPHONE, bytes((0x90 if velocity else 0x80, pitch, velocity)))


def notes(exits: Exits, pitch: int) -> list[str]:
    """What happens to a pitch on the channel that it came in on."""
    return [m.kind for m in exits.out if isinstance(m, Message) and (m.channel, m.number) == (1, pitch)]


def test_what_it_hears_goes_on_to_the_outputs_that_the_rig_names() -> None:
    playing = performance(Microphone(thru=(OUT,)))
    assert notes(playing.turn(1.0, [key(1.0, 97, 80)]), 97) == ["on"]
    assert notes(playing.turn(1.2, [key(1.2, 97, 0)]), 97) == ["off"]


@pytest.mark.parametrize("channel_note", [96, 98])
def test_its_keys_are_let_go_when_it_goes(channel_note: int) -> None:
    playing = performance(Microphone(thru=(OUT,)))
    playing.turn(1.0, [key(1.0, channel_note, 80)])
    assert notes(playing.turn(1.5, [Released(MICROPHONE)]), channel_note) == ["off"]
    assert notes(playing.turn(1.6, [Released(MICROPHONE)]), channel_note) == []


def test_one_that_is_only_listened_to_tells_the_chord_and_plays_nothing() -> None:
    playing = performance(Microphone(listen=True))
    exits = playing.turn(1.0, [key(1.0, 97, 80)])
    assert notes(exits, 97) == []
    assert playing.player.inputs.others.sounding() == (97,)
    playing.turn(1.1, [Released(MICROPHONE)])
    playing.player.inputs.others.now = 5.0
    assert playing.player.inputs.others.sounding() == ()
