"""Backing of a span: its chords played by guitar, piano, double bass, bodhran and pads, as the controls have it. Pure.

What is played depends on the span, on the first chord of the one behind it, on the controls and on the seed: nothing
else, so that whatever the order in which bars are thought, the same seed gives the same backing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.music.backing.of_span import backers, bar_of, manner
from instrument.music.backing.pattern import DancePatterns, chosen
from instrument.music.backing.realise import realised
from instrument.music.events import Span
from instrument.music.meter import Meter
from instrument.music.note import Note
from instrument.thinking.spans.arrange import within


def backed(
    span: Span, following: Span | None, snapshot: Snapshot, octaves: dict[str, int], patterns: Sequence[DancePatterns]
) -> tuple[Span, str]:
    """The span with its backing, and one line where the patterns that are wanted do not fit its meter, or "".

    following: the span behind it, None while nobody knows; octaves: of each voice there is
    """
    values = snapshot.values
    voices = () if snapshot.led else backers(octaves, values)
    if not voices or not span.notes:
        return span, ""
    meter = Meter.parse(span.meter)
    own, line = chosen(
        patterns, meter, str(values.get("tune.dance", "auto")), str(values.get("backing.pattern", "auto"))
    )
    notes = realised(bar_of(span, following), own, manner(values, snapshot.seed), voices)
    return replace(span, notes=(*span.notes, *(_moved(note, octaves) for note in notes))), line


def _moved(note: Note, octaves: dict[str, int]) -> Note:
    up = 12 * octaves.get(note.voice, 0)
    return replace(note, pitch=within(note.pitch + up)) if up else note
