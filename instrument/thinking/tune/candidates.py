"""Candidates for a phrase: several continuations, written as one batch, of which the best is kept.

Future 0 is drawn with the plain model's numbers, so the plain phrase is always among those weighed. All futures go
through the same code as a single one, together: what they ask of the network at a time is one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from instrument.music.analysis.part_bars import PART, bars_in_part
from instrument.music.note import Note
from instrument.music.tokens.bars import Measure
from instrument.thinking.model.phrase_score import ScoredPhrase, score
from instrument.thinking.tree.step_batching import BatchedSteps, together
from instrument.thinking.tune.tune_writer import TuneWriter

PHRASE = 4  #: bars; a phrase ends where its part has a multiple of them
BEFORE = 16  #: notes before the phrase that a shared run may begin in


def write_phrase(sketch: TuneWriter) -> None:
    """Write on to the end of the phrase, as many times as the wish says, and keep what its taste likes best.

    May raise Interrupted; the sketch is as it was then.
    """
    begun = len(sketch.tokens)
    futures = [sketch.fork(future) for future in range(sketch.wish.futures)]
    together(sketch.memory.store, [_phrase(future) for future in futures], sketch.memory.check)
    phrases = [_heard(future, begun) for future in futures]
    best = int(np.argmax([score(phrase, sketch.wish.taste) for phrase in phrases]))  # of equals the first
    sketch.adopt(futures[best])


def _phrase(sketch: TuneWriter) -> BatchedSteps[None]:
    while True:
        yield from sketch.measuring()
        if sketch.whole or not _part(sketch) % PHRASE:
            return


def _part(sketch: TuneWriter) -> int:
    """Bars of the part under way that are written; 0 right behind a part's end."""
    return bars_in_part(sketch.measures(), sketch.guard.rules.bar)


def _heard(sketch: TuneWriter, begun: int) -> ScoredPhrase:
    """What there is to weigh of a fork's tokens from `begun` on."""
    measures = sketch.measures()
    notes = _in_time([m for m in measures if m.first >= begun])
    shared = 0
    if sketch.memory.index is not None:
        before = _in_time([m for m in measures if m.first < begun])[-BEFORE:]
        shared = sketch.memory.index.longest((*before, *notes))
    return ScoredPhrase(notes, sketch.nats(begun), sketch.whole or not _part(sketch) % PART, shared)


def _in_time(measures: Sequence[Measure]) -> tuple[Note, ...]:
    """Their notes one after the other, in ticks from the first measure's start."""
    starts = accumulate((m.length for m in measures), initial=0)
    pairs = zip(measures, starts, strict=False)
    return tuple(replace(note, start=at + note.start) for measure, at in pairs for note in measure.notes)
