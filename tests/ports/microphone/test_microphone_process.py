"""The microphone's process without its devices, in virtual time: notes out, a device that goes and comes back."""

from __future__ import annotations

import multiprocessing
from typing import Any

import numpy as np
import pytest

from instrument.controls.devices.microphone import MICROPHONE, Microphone
from instrument.playing.messages import Said, Sounding
from instrument.playing.time.clock import Bell, ManualClock
from instrument.ports.microphone.capture import Block, Blocks, NoMicrophone
from instrument.ports.microphone.microphone_process import LATE, TRIES, Listening

RATE, PERIOD = 48_000, 256


class Line:
    """What was sent to the player."""

    def __init__(self) -> None:
        self.records: list[tuple[Any, ...]] = []

    def put(self, record: tuple[Any, ...]) -> None:
        self.records.append(record)

    def close(self) -> None:
        pass

    @property
    def notes(self) -> list[tuple[int, int]]:
        """Pitch, and velocity or 0, of each note message."""
        data = [record[3] for record in self.records if record[0] == "midi"]
        return [(each[1], each[2] if each[0] & 0xF0 == 0x90 else 0) for each in data]


class Device:
    """A source that the test plays into."""

    name, rate, latency = "flute", RATE, 0.005

    def __init__(self, blocks: Blocks) -> None:
        self.blocks, self.alive = blocks, True

    def close(self) -> None:
        self.alive = False


class Room:
    """A listening process and its microphone, which is there or not."""

    def __init__(self, instrument: str = "flute") -> None:
        self.clock, self.line = ManualClock(100.0), Line()
        self.ours, theirs = multiprocessing.Pipe()
        self.there, self.devices = True, list[Device]()
        self.listening = Listening(
            theirs,
            self.line,
            Microphone("flute", instrument),
            self.clock,
            Bell(),
            self._open,  # type: ignore[arg-type]
        )
        self.phase = 0.0

    def _open(self, device: str | None, blocks: Blocks) -> Device:
        if not self.there:
            raise NoMicrophone('no microphone matches "flute". Found: none.')
        self.devices.append(Device(blocks))
        return self.devices[-1]

    def play(self, pitch: float | None, seconds: float) -> None:
        """A tone, or silence, block by block."""
        for _ in range(round(seconds * RATE / PERIOD)):
            self.clock.advance(PERIOD / RATE)
            self.devices[-1].blocks.put(self.sound(pitch), RATE)
            before = self.clock.now()
            self.listening.turn()
            self.clock._now = before  # it would have been woken at once

    def sound(self, pitch: float | None) -> Block:
        if pitch is None:
            return np.zeros(PERIOD, np.float32)
        steps = self.phase + 2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) / RATE * np.arange(1, PERIOD + 1)
        self.phase = float(steps[-1]) % (2 * np.pi)
        return np.asarray(0.2 * np.sin(steps) + 0.05 * np.sin(2 * steps), np.float32)

    def idle(self, seconds: float) -> None:
        ends = self.clock.now() + seconds
        while self.clock.now() < ends:
            self.listening.turn()

    def said(self) -> list[str]:
        found = []
        while self.ours.poll():
            message = self.ours.recv()
            assert isinstance(message, Said)
            found.append(message.line)
        return found


def test_a_melody_becomes_keys_of_the_input_at_the_moments_when_it_was_in_the_air() -> None:
    room = Room()
    room.listening.turn()
    assert room.said() == ["microphone: flute is heard, 5 ms on its way"]
    room.play(None, 0.3)
    began = room.clock.now()
    room.play(74, 0.3)
    room.play(76, 0.3)
    room.play(None, 0.3)
    assert [pitch for pitch, _ in room.line.notes] == [74, 74, 76, 76]
    assert [velocity > 0 for _, velocity in room.line.notes] == [True, False, True, False]
    moments = [record[2] for record in room.line.records if record[0] == "midi"]
    assert moments[0] == pytest.approx(began - Device.latency, abs=0.02)
    assert moments[2] == pytest.approx(began + 0.3 - Device.latency, abs=0.02)


def test_signs_of_life_go_out_whether_anybody_plays_or_not() -> None:
    room = Room()
    room.listening.turn()
    room.play(None, 2.0)
    assert sum(record == ("sign", MICROPHONE) for record in room.line.records) >= 4


def test_a_microphone_that_goes_ends_its_note_and_is_heard_again_when_it_is_back() -> None:
    room = Room()
    room.listening.turn()
    room.said()
    room.play(None, 0.2)
    room.play(74, 0.3)
    room.there, room.devices[-1].alive = False, False
    room.listening.turn()
    assert room.line.notes[-1] == (74, 0)
    assert ("gone", MICROPHONE) in room.line.records
    assert room.said() == ["microphone: flute has gone; it is waited for"]
    room.idle(5 * TRIES)
    assert room.said() == []
    room.there = True
    room.idle(1.05 * TRIES)
    assert room.said() == ["microphone: flute is back"]
    room.play(None, 0.2)
    room.play(79, 0.3)
    assert room.line.notes[-1][0] == 79 and room.line.notes[-1][1] > 0


def test_a_microphone_that_falls_silent_without_a_word_has_gone() -> None:
    room = Room()
    room.listening.turn()
    room.play(74, 0.3)
    room.there = False
    room.idle(1.5)
    assert room.line.notes[-1] == (74, 0)
    assert "has gone" in room.said()[-1]


def test_one_that_is_not_there_at_first_is_said_once_and_waited_for() -> None:
    room = Room()
    room.there = False
    room.idle(5 * TRIES)
    assert room.said() == ['no microphone matches "flute". Found: none. It is waited for.']
    room.there = True
    room.idle(1.05 * TRIES)
    assert room.said() == ["microphone: flute is back"]


def test_sound_that_comes_too_late_is_left_out_and_said_once() -> None:
    room = Room()
    room.listening.turn()
    room.said()
    room.play(74, 0.3)
    for _ in range(3):
        for _ in range(20):
            room.devices[-1].blocks.put(room.sound(76), RATE)
            room.clock.advance(PERIOD / RATE)
        room.clock.advance(LATE)
        room.listening.turn()
    assert [pitch for pitch, velocity in room.line.notes if velocity] == [74]
    assert room.line.notes[-1] == (74, 0)
    assert len([line for line in room.said() if "too slow" in line]) == 1


def test_what_we_play_ourselves_is_not_heard() -> None:
    room = Room()
    room.listening.turn()
    now = room.clock.now()
    room.ours.send(Sounding(1, ((now + 0.3, "melody", 74, 80), (now + 0.6, "melody", 74, 0))))
    room.play(None, 0.3)
    room.play(74, 0.3)
    room.play(None, 0.5)
    assert room.line.notes == []
    room.play(74, 0.3)
    assert [pitch for pitch, _ in room.line.notes] == [74]


def test_sound_that_is_no_number_harms_nothing() -> None:
    room = Room()
    room.listening.turn()
    room.play(74, 0.2)
    for _ in range(10):
        room.clock.advance(PERIOD / RATE)
        room.devices[-1].blocks.put(np.full(PERIOD, np.nan, np.float32), RATE)
        room.listening.turn()
    room.play(76, 0.3)
    assert [pitch for pitch, velocity in room.line.notes if velocity] == [74, 76]


def test_it_ends_when_nobody_is_left_to_tell() -> None:
    room = Room()
    room.listening.turn()
    room.ours.close()
    with pytest.raises((EOFError, OSError)):
        room.idle(1.0)
    room.listening.close()
    assert room.line.records[-1] == ("gone", MICROPHONE)
    assert not room.devices[-1].alive


def test_blocks_are_stamped_steadily_however_late_the_driver_calls() -> None:
    clock = ManualClock(10.0)
    blocks = Blocks(clock, Bell())
    moments = []
    for number in range(200):
        clock.advance(PERIOD / RATE)
        late = 0.004 * (number % 3 == 1)
        clock.advance(late)
        blocks.put(np.zeros(PERIOD, np.float32), RATE)
        clock._now -= late
        moments += [ends for _, ends in blocks.take()]
    steps = np.diff(moments[5:])
    assert np.max(np.abs(steps - PERIOD / RATE)) < 1e-4
