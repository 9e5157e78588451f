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
from instrument.thinking.tree.store import StoreFull
from instrument.thinking.tune.tune_writer import TuneWriter

PHRASE = 4  #: bars; a phrase ends where its part has a multiple of them
BEFORE = 16  #: notes before the phrase that a shared run may begin in


def write_phrase(tune_writer: TuneWriter) -> None:
    """Write on to the end of the phrase, as many times as the settings say, and keep what its taste likes best.

    May raise Interrupted; the writer is as it was then.
    """
    begun = len(tune_writer.tokens)
    futures = [tune_writer.fork(future) for future in range(tune_writer.settings.futures)]
    fits = together(tune_writer.memory.store, [_phrase(future) for future in futures], tune_writer.memory.check)
    futures = [future for future, whole in zip(futures, fits, strict=True) if whole]
    phrases = [_heard(future, begun) for future in futures]
    best = int(np.argmax([score(phrase, tune_writer.settings.taste) for phrase in phrases]))  # of equals the first
    tune_writer.adopt(futures[best])


def _phrase(tune_writer: TuneWriter) -> BatchedSteps[bool]:
    """Whether it is written to its end; False where the store cannot hold so many that are so long: the first can
    always be had."""
    try:
        while True:
            yield from tune_writer.measuring()
            if tune_writer.whole or not _part(tune_writer) % PHRASE:
                return True
    except StoreFull:
        if tune_writer.future == 0:
            raise
        return False


def _part(tune_writer: TuneWriter) -> int:
    """Bars of the part under way that are written; 0 right behind a part's end."""
    return bars_in_part(tune_writer.measures(), tune_writer.guard.rules.bar)


def _heard(tune_writer: TuneWriter, begun: int) -> ScoredPhrase:
    """What there is to weigh of a fork's tokens from `begun` on."""
    measures = tune_writer.measures()
    notes = _in_time([m for m in measures if m.first >= begun])
    shared = 0
    if tune_writer.memory.index is not None:
        before = _in_time([m for m in measures if m.first < begun])[-BEFORE:]
        shared = tune_writer.memory.index.longest((*before, *notes))
    return ScoredPhrase(notes, tune_writer.nats(begun), tune_writer.whole or not _part(tune_writer) % PART, shared)


def _in_time(measures: Sequence[Measure]) -> tuple[Note, ...]:
    """Their notes one after the other, in ticks from the first measure's start."""
    starts = accumulate((m.length for m in measures), initial=0)
    pairs = zip(measures, starts, strict=False)
    return tuple(replace(note, start=at + note.start) for measure, at in pairs for note in measure.notes)
