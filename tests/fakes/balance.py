"""Balance of note-ons and note-offs in a row of messages."""

from __future__ import annotations

from collections import Counter

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
