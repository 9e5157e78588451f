"""Backing of a span: its chords played by guitar, piano, double bass, bodhran and pads, as the controls have it. Pure.

What is played depends on the span, on the first chord of the one behind it, on the controls and on the seed: nothing
else, so that whatever the order in which bars are thought, the same seed gives the same backing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.music.backing.bar import BACKERS, BackedBar, Manner
from instrument.music.backing.pattern import DancePatterns, chosen
from instrument.music.backing.realise import realised
from instrument.music.dances.phrasing import bar_of_part
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.note import Note
from instrument.music.tokens.bars import read_tune
from instrument.thinking.spans.arrange import within

CALM, CALMER = 0.4, 1.0  #: how much lighter: the first time through; its first part, played for the first time
ONCE = 0.5  #: of that, for a tune that is played once only


def backers(there: Iterable[str], snapshot: Snapshot) -> tuple[str, ...]:
    """The voices that back, of those that there are."""
    return tuple(voice for voice in BACKERS if voice in set(there)) if snapshot.values.get("backing.on", True) else ()


def backed(
    span: Span, following: Span | None, snapshot: Snapshot, octaves: dict[str, int], patterns: Sequence[DancePatterns]
) -> tuple[Span, str]:
    """The span with its backing, and one line where the patterns that are wanted do not fit its meter, or "".

    following: the span behind it, None while nobody knows; octaves: of each voice there is
    """
    voices = backers(octaves, snapshot)
    if not voices or not span.notes:
        return span, ""
    values = snapshot.values
    meter = Meter.parse(span.meter)
    own, line = chosen(patterns, meter, str(values.get("tune.dance", "auto")), str(values.get("backing.pattern", "auto")))
    notes = realised(bar_of(span, following), own, manner(snapshot), voices)
    return replace(span, notes=(*span.notes, *(_moved(note, octaves) for note in notes))), line


def manner(snapshot: Snapshot) -> Manner:
    """How the backing plays, as the controls have it."""
    values, usual = snapshot.values, Manner()
    return Manner(
        float(values.get("backing.drive", usual.drive)), float(values.get("backing.density", usual.density)),
        float(values.get("backing.variety", usual.variety)), str(values.get("backing.tuning", usual.tuning)),
        snapshot.seed, snapshot.number("clock.bpm"), bool(values.get("backing.pads", True)),
    )  # fmt: skip


def bar_of(span: Span, following: Span | None) -> BackedBar:
    """A span as a bar to be backed."""
    meter = Meter.parse(span.meter)
    place, left, part = _place(span, meter)
    after = following.chords[0].chord if following is not None and following.chords else None
    return BackedBar(
        span.start, span.end, span.end + span.lacking, meter, Key.parse(span.key), span.chords, after, span.tune, span.bar,
        span.of_set.time, place, left, _calm(span, part), _rest(span),
    )  # fmt: skip


def _place(span: Span, meter: Meter) -> tuple[int, int, int]:
    """(whole bars of its part before it, bars of the part behind it, part); -1 for a pick-up, and for what nobody knows."""
    if span.place.measure < len(span.form):
        here = span.form[span.place.measure]
        return here.bar - 1, here.left, here.part
    texts = [text for text in span.written if text != "</s>"]
    measures = read_tune(texts, strict=False).measures
    if not measures:
        return 0, -1, -1
    return bar_of_part(measures, span.place, meter.bar)[0], -1, 0 if span.place.section == 0 else 1


def _calm(span: Span, part: int) -> float:
    if span.of_set.time > 1 or span.of_set.ending:
        return 0.0
    calm = CALMER if part == 0 and span.place.time == 1 else CALM
    return calm if span.of_set.times > 1 else calm * ONCE


def _rest(span: Span) -> int | None:
    """Where a last chord rings: with the last note of an ending."""
    if not span.of_set.ending:
        return None
    melody = [note.start for note in span.notes if note.voice == "melody"]
    return max(melody, default=span.start)


def _moved(note: Note, octaves: dict[str, int]) -> Note:
    up = 12 * octaves.get(note.voice, 0)
    return replace(note, pitch=within(note.pitch + up)) if up else note
