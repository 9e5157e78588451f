"""A long recording: what the file will hold takes a few bytes of memory a message."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import mido

from instrument.ports.recording.midi_take import MidiTake


def test_a_message_of_an_evening_takes_a_few_bytes_and_all_are_in_the_file(tmp_path: Path) -> None:
    take = MidiTake(tmp_path / "evening.mid", "evening", {1: "melody"})
    many = 20_000
    tracemalloc.start()
    try:
        for number in range(many):
            take.message(number * 0.1, bytes((0x90, number % 128, 64 * (number % 2))))
            if number % 100 == 99:
                take.flush()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 16 * many
    take.finish()
    found = mido.MidiFile(str(take.path))
    melody = next(track for track in found.tracks if track.name == "melody")
    assert sum(message.type == "note_on" for message in melody) == many
    assert abs(found.length - (many - 1) * 0.1) < 0.01
