"""A span as a bar to be backed, and the controls as a manner of backing it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from instrument.music.backing.bar import BACKERS, BackedBar, Manner
from instrument.music.dances.phrasing import bar_of_part
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.tokens.bars import read_tune

Values = Mapping[str, int | float | str | bool]  #: of controls, by name

CALM, CALMER = 0.4, 1.0  #: how much lighter: the first time through; its first part, played for the first time
ONCE = 0.5  #: of that, for a tune that is played once only


def backers(there: Iterable[str], values: Values) -> tuple[str, ...]:
    """The voices that back, of those that there are."""
    if not values.get("backing.on", True):
        return ()
    names = frozenset(there)
    return tuple([voice for voice in BACKERS if voice in names])


def manner(values: Values, seed: int) -> Manner:
    """How the backing plays, as the controls have it; as usual where an older log does not know them."""
    usual = Manner()
    return Manner(
        float(values.get("backing.drive", usual.drive)), float(values.get("backing.density", usual.density)),
        float(values.get("backing.variety", usual.variety)), str(values.get("backing.tuning", usual.tuning)),
        seed, float(values.get("clock.bpm", usual.bpm)), bool(values.get("backing.pads", True)),
    )  # fmt: skip


def bar_of(span: Span, following: Span | None) -> BackedBar:
    """A span as a bar to be backed."""
    meter = Meter.parse(span.meter)
    place, left, part = _place(span, meter)
    after = following.chords[0].chord if following is not None and following.chords else None
    return BackedBar(
        span.start, span.end, span.end + span.lacking, meter, Key.parse(span.key), span.chords, after, span.tune,
        span.bar, span.of_set.time, place, left, _calm(span, part), _rest(span),
    )  # fmt: skip


def _place(span: Span, meter: Meter) -> tuple[int, int, int]:
    """(whole bars of its part before it, -1 for a pick-up; bars of its part behind it; its part); -1 for unknown."""
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
