"""Style: what is announced, as a player of these dances would play it. Ornaments, swing, dynamics. No time, no devices.

A span is dressed when it is announced, so that a turn of these controls is heard from the next bar on and costs no
thought; the plan and the harmony know the plain tune. The same seed, bar and controls give the same notes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Span
from instrument.music.feel import leaning, with_swing
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.ornament import ornamented


class Style:
    """thread: the player's. blocks: never. Some 0.5 ms a bar on a busy machine where anything is on; docs/LOG.md."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._last: tuple[int, int] | None = None  # where the last span ended, and its last pitch

    def dress(self, span: Span, bpm: float) -> Span:
        """The span as it is played. bpm: quarter notes a minute."""
        number = self.snapshot.number
        amount, swing, lean = number("play.ornament"), number("play.swing"), number("play.lean")
        melody = sorted((note for note in span.notes if note.voice == "melody"), key=lambda note: note.start)
        before = self._last[1] if self._last and self._last[0] == span.start else None
        self._last = (span.end, melody[-1].pitch) if melody else None
        if not melody or (not amount and swing == 0.5 and lean == 1.0):
            return span
        single = len({note.start for note in melody}) == len(melody)
        chance = _chance(self.snapshot.seed, span)
        notes = list(ornamented(melody, before, Key.parse(span.key), bpm, amount, chance)) if single else melody
        notes = [replace(note, velocity=leaning(note.velocity, lean)) for note in notes]
        others = [note for note in span.notes if note.voice != "melody"]
        barline, meter = span.end + span.lacking, Meter.parse(span.meter)
        if swing != 0.5:
            notes, others = ([_swung(n, span, barline, meter, swing) for n in some] for some in (notes, others))
        return replace(span, notes=(*notes, *others))


def _swung(note: Note, span: Span, barline: int, meter: Meter, swing: float) -> Note:
    moved = with_swing(note, barline, meter, swing)
    return moved if span.start <= moved.start < span.end else note


def _chance(seed: int, span: Span) -> Iterator[float]:
    """Numbers for one bar as played: the second time through, a part has other ornaments."""
    numbers = random.Random(f"{seed} {span.tune} {span.bar}")
    while True:
        yield numbers.random()
