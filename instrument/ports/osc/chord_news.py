"""Chords over OSC: each chord of an announced span that differs from the one before, to the subscribers, once."""

from __future__ import annotations

from collections.abc import Callable

from instrument.music.chord import PlacedChord
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.ticks import QUARTER

CHORD = "/lilt/chord"  #: name, root, quality, beat_due


def tell_chords(span: Span, before: PlacedChord | None, tell: Callable[..., None]) -> PlacedChord | None:
    """Tell those of a span: name, pitch class, kind, quarter notes from the top of the song. Returns the last there is,
    for the span that follows. before: the last of the span before."""
    for placed in span.chords:
        goes_on = before is not None and before.ends == placed.begins
        if before is None or not goes_on or (placed.chord, placed.text) != (before.chord, before.text):
            chord = placed.chord
            tell(CHORD, placed.name(Key.parse(span.key)), chord.root, str(chord.quality), placed.begins / QUARTER)
        before = placed
    return before
