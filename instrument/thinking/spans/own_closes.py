"""A tune's own closes: ways in which its last bar may come to rest, read off the bars that close its parts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from instrument.music.measure import Measure
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.closing import Tokens, ways_to_rest
from instrument.music.tokens.meters import meter_at
from instrument.music.tokens.tokens import STOP, Kind, parse
from instrument.thinking.spans.writer import Writer


def plain_close(writer: Writer, measure: int) -> Tokens:
    """The last bar at `measure` brought to rest: as it begins, then the tonic. For a writer without a model."""
    return ways(writer.texts, measure)[0]


def ways(texts: Sequence[str], measure: int, more: Sequence[Tokens] = ()) -> list[Tokens]:
    """The ways to rest in measure number `measure` of a tune; only its own where that comes to rest already. Pure.

    more: last bars besides the tune's own closes
    """
    body = [text for text in texts if text != STOP]
    tune = read_tune(body, strict=False)
    here, meter = tune.measures[measure], meter_at(body, tune.measures, measure)
    if here.length == meter.bar and rests(here):
        return [tuple(text for text in body[here.first : here.last] if parse(text).kind is not Kind.BAR)]
    own = [measure, *(i for i in closes(tune.measures) if i != measure)]
    bars = [tuple(body[tune.measures[i].first : tune.measures[i].last]) for i in own]
    before = [text for text in body[2 : tune.measures[measure].first] if parse(text).kind is Kind.PITCH]
    return ways_to_rest([*bars, *more], before[-1] if before else "", meter)


def rests(measure: Measure) -> bool:
    """Whether a measure (on C) ends on a tonic that lasts a third of it or more. Pure."""
    last = max(measure.notes, key=lambda note: (note.start, note.pitch), default=None)
    if last is None or last.pitch % 12 or last.end < measure.length:
        return False
    return 3 * (measure.length - last.start) >= measure.length


def closes(measures: Sequence[Measure]) -> list[int]:
    """The measures that close a part: before a repeat sign, an opening, or the end. Pure."""
    return [
        index
        for index, measure in enumerate(measures)
        if measure.closes or index + 1 == len(measures) or measures[index + 1].opens
    ]
