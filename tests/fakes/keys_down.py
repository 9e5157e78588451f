"""Keys that a recorded MIDI file leaves down."""

from __future__ import annotations

from pathlib import Path

import mido


def keys_down(path: Path) -> dict[tuple[int, int], int]:
    """(channel, note): how often it was struck more than ended; none where every note has its end."""
    down: dict[tuple[int, int], int] = {}
    for message in mido.MidiFile(path):
        if message.type in ("note_on", "note_off"):
            key = (message.channel, message.note)
            down[key] = down.get(key, 0) + (1 if message.type == "note_on" and message.velocity else -1)
    return {key: count for key, count in down.items() if count}
