"""The line of one input's own process to the player: its notes arrive as keys, and its end lets go of them all."""

from __future__ import annotations

import threading
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from instrument.controls.devices.microphone import MICROPHONE
from instrument.playing.messages import Released
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.time.clock import Bell, ManualClock
from instrument.ports.log.log_pipe import RecordPipe
from instrument.ports.midi.network_input import PATIENCE, NetworkInputs
from tests.fakes.puppet import eventually

ON, OFF = bytes((0x90, 74, 90)), bytes((0x80, 74, 0))


def joined(clock: ManualClock, port: str) -> tuple[NetworkInputs, Connection, threading.Thread, list[str]]:
    said: list[str] = []
    inputs = NetworkInputs(clock, Bell(), 0.02, said.append)
    theirs, ours = Pipe(duplex=False)
    reading = threading.Thread(target=inputs.join, args=(theirs, port), daemon=True)
    reading.start()
    return inputs, ours, reading, said


def test_notes_of_the_microphone_arrive_as_an_inputs_keys_and_end_with_its_process() -> None:
    clock = ManualClock(5.0)
    inputs, line, reading, _ = joined(clock, MICROPHONE)
    tape = RecordPipe(line)
    tape.put(("midi", MICROPHONE, 4.98, ON, 0.0))
    heard: list[object] = []
    assert eventually(lambda: heard.extend(inputs.take()) or heard)
    assert heard == [ReceivedMidi(4.98, MICROPHONE, ON)]
    tape.close()
    reading.join(5)
    assert inputs.take() == [Released(MICROPHONE)]


def test_a_microphone_that_gives_no_sign_lets_go() -> None:
    clock = ManualClock(5.0)
    inputs, line, _, said = joined(clock, MICROPHONE)
    RecordPipe(line).put(("midi", MICROPHONE, 5.0, ON, 0.0))
    found: list[object] = []
    for _ in range(2000):
        found += inputs.take()
        if found:
            break
        threading.Event().wait(0.005)
    assert found == [ReceivedMidi(5.0, MICROPHONE, ON)]
    clock.advance(PATIENCE[MICROPHONE] + 0.1)
    assert inputs.take() == [Released(MICROPHONE)] and "has fallen silent" in said[0]
    assert not any(isinstance(entry, Released) for entry in inputs.take())


def test_the_end_of_a_line_of_many_inputs_lets_go_of_none() -> None:
    inputs, line, reading, _ = joined(ManualClock(5.0), "")
    line.close()
    reading.join(5)
    assert inputs.take() == []
