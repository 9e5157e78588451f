"""Other ways at one note: what the model weighed there besides what it chose. A frozen value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
    """start: ticks, of the note; token: the index in `Span.written` of its pitch
    ways: (pitch as it would sound, MIDI; the token that writes it), the likeliest first, the chosen one not among them.
    """

    start: int
    token: int
    ways: tuple[tuple[int, str], ...]
