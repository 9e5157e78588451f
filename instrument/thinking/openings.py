"""Openings of a patch as bars to play: the one a tune begins with, and further ones for as long as nothing is composed.

On a slow machine what composes is not there for many seconds. Until then one opening follows another, each once, as
tunes of a set do. No torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.tokens.bars import read_tune
from instrument.thinking.known.as_written import AsWritten
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.phrase_by_phrase import PhrasePlanner
from instrument.thinking.spans.planner import Given, Planner, header
from instrument.thinking.spans.set_keys import with_key
from instrument.thinking.voices.choir import Choir
from instrument.thinking.voices.spans_with_voices import wanted, with_voices

KNOWN, SUNG = 32, 8  #: bars of a known tune that are there at once, without a model; and with voices under it
FURTHER = 16  #: openings at most: a minute of reels
LOOKED_AT = 32  #: among so many that come next, those without a pick-up are taken first
TUNES = 128  #: of the set, among which those are looked for whose key has the mode of the openings


def read_out(
    bars: Sequence[str], how: Arrangement, snapshot: Snapshot, tune: int, choir: Callable[[], Choir]
) -> tuple[Span, ...]:
    """The spans of one opening, from tick 0, with their voices. tune: the one that it begins, and with it a set."""
    planner = Planner(lambda _: Given((*header(snapshot), *bars)), how, snapshot, tune=tune)
    planner.source = "opening"
    spans = [planner.next_span() for _ in planner.writer.measures()]
    return with_voices(spans, choir, how, snapshot)


def known_opening(how: Arrangement, snapshot: Snapshot, choir: Callable[[], Choir]) -> tuple[Span, ...]:
    """The first bars of the known tune that the controls have, as it is written, with their voices."""
    planner = PhrasePlanner(lambda request: AsWritten(request.tokens), how, snapshot)
    planner.source = "opening"
    bars = SUNG if wanted(snapshot, how.octaves) else KNOWN
    return with_voices([planner.next_span() for _ in range(bars)], choir, how, snapshot)


def further(
    openings: Sequence[Sequence[str]], how: Arrangement, snapshot: Snapshot, choir: Callable[[], Choir]
) -> Iterator[tuple[Span, ...]]:
    """Those that follow the one that the seed picks, none twice, one after another as they are asked for; in keys of
    the set that have the mode of the openings. None of them is a tune of the set yet: each begins it anew."""
    count = len(openings)
    next_ones = [openings[(snapshot.seed + n) % count] for n in range(1, min(count, LOOKED_AT + 1))]
    next_ones.sort(key=lambda bars: _picks_up(bars, snapshot))
    tunes = (n for n in range(1, TUNES) if header(with_key(snapshot, n, how.keys, first=n)) == header(snapshot))
    for bars, tune in zip(next_ones[:FURTHER], tunes, strict=False):
        yield read_out(bars, how, snapshot, tune, choir)


def _picks_up(bars: Sequence[str], snapshot: Snapshot) -> bool:
    """Whether an opening begins with a pick-up."""
    first = bars[: bars.index("|", 1)]
    return read_tune((*header(snapshot), *first, "|")).measures[0].length < snapshot.meter.bar
