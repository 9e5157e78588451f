"""Balance of note-ons and note-offs in a row of messages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import mido

from instrument.playing.midi.output_message import Message


def balance(messages: list[Message]) -> Counter[tuple[str, int, int]]:
    """How many times each key is down at the end; never below 0, never above 1."""
    down: Counter[tuple[str, int, int]] = Counter()
    for message in messages:
        if message.kind in ("on", "off"):
            key = (message.port, message.channel, message.number)
            down[key] += 1 if message.kind == "on" else -1
            assert down[key] in (0, 1), f"{message} while {down[key]} held"
    return +down


def balance_of_file(path: Path) -> Counter[tuple[int, int]]:
    """How many times each key, (channel from 0, note), is down at the end of a MIDI file."""
    down: Counter[tuple[int, int]] = Counter()
    for message in mido.MidiFile(path):
        if message.type in ("note_on", "note_off"):
            down[message.channel, message.note] += 1 if message.type == "note_on" and message.velocity else -1
    return Counter({key: times for key, times in down.items() if times})
