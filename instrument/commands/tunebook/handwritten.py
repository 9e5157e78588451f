"""Tunes that somebody wrote into the tunebook by hand: played in their own key, tempo and octave.

What we compose has the key, tempo and octave of its patch; a tune in ABC brings its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instrument.controls.control import Value
from instrument.controls.table import CONTROLS
from instrument.music.abc.parse import Score, read, tunes
from instrument.music.abc.written_tune import first_pitches
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.repertoire.from_abc import known_tune
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.encode import written_in
from instrument.thinking.known.written_chords import written_chords


def score_of(text: str) -> Score:
    """The first tune of the text, with or without its `X:`. Raises Refused, one line."""
    return read(next(tunes(text), "X:1\n" + text))


def controls(score: Score) -> dict[str, Value]:
    """What its header says of key and tempo, by the controls' names; of tempos out of range the nearest."""
    values: dict[str, Value] = {"tune.key": str(score.key)}
    if score.tempo is not None:
        bpm = CONTROLS["clock.bpm"]
        values["clock.bpm"] = min(max(score.tempo * written_in(score)[1], float(bpm.low)), float(bpm.high))
    return values


def at_its_pitch(spans: Sequence[Span], score: Score) -> list[Span]:
    """The spans, every voice moved by so much that the melody sounds where it is written."""
    first = next((note for span in spans for note in span.notes if note.voice == "melody"), None)
    highest = first_pitches(score)
    if first is None or not highest:
        return list(spans)
    together = [n.pitch for span in spans for n in span.notes if n.voice == "melody" and n.start == first.start]
    shift = max(highest) - max(together)
    moved = []
    for span in spans:
        notes = tuple(replace(n, pitch=n.pitch + shift) for n in span.notes if 0 <= n.pitch + shift <= 127)
        moved.append(replace(span, notes=notes))
    return moved


def with_chords(spans: Sequence[Span], text: str) -> list[Span]:
    """The spans, each with the chords that stand over its bar in the text; as they are where it brings none."""
    try:
        tune = known_tune(text if text.lstrip().startswith("X:") else "X:1\n" + text)
    except ValueError:
        return list(spans)
    measures = read_tune(tune.tokens[:-1], strict=False).measures
    if not tune.chords or any(span.place.measure >= len(measures) for span in spans):
        return list(spans)
    found = []
    for span in spans:
        begins, key = span.end - measures[span.place.measure].length, Key.parse(span.key)
        found.append(replace(span, chords=written_chords(tune, span.place.measure, begins, span.end, key)))
    return found
