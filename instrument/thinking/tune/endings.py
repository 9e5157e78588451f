"""Endings: of the ways in which a tune's last bar may come to rest, the one that the model holds likeliest here.

The ways are those of the tune's own closes, and some last bars composed anew under the constraint of form; each keeps
its first beats and rests on the tonic (`instrument.music.tokens.closing`).
"""

from __future__ import annotations

from collections.abc import Sequence

from instrument.music.tokens.closing import Tokens
from instrument.music.tokens.tokens import STOP, Kind, parse
from instrument.thinking.model.likelihood import mean_log
from instrument.thinking.spans.own_closes import plain_close, ways
from instrument.thinking.spans.writer import Writer
from instrument.thinking.tree.step_batching import together
from instrument.thinking.tree.store import StoreFull
from instrument.thinking.tune.tune_writer import TuneWriter

TRIES = 4  #: last bars composed anew
ENDINGS = 5000  #: number of the first of them among a bar's futures, so that their random numbers are their own


def composed_close(writer: Writer, measure: int) -> Tokens:
    """The likeliest of the ways. Raises Interrupted."""
    if not isinstance(writer, TuneWriter):
        return plain_close(writer, measure)
    first = writer.measures()[measure].first
    first += _signs(writer.texts[first:])
    try:
        found = ways(writer.texts, measure)
        if len(found) > 1:  # else it comes to rest as it is
            found = ways(writer.texts, measure, _composed(writer, first))
        return max(found, key=lambda close: _likely(writer, first, close))
    except StoreFull:  # the music goes on
        return plain_close(writer, measure)


def _composed(writer: TuneWriter, first: int) -> list[Tokens]:
    """The bar that begins at token `first`, composed anew some times."""
    tune_writers = [writer.fork(ENDINGS + number) for number in range(TRIES)]
    for tune_writer in tune_writers:
        TuneWriter.cut(tune_writer, first)
    together(writer.memory.store, [tune_writer.measuring() for tune_writer in tune_writers], writer.memory.check)
    return [tuple(writer.memory.vocabulary.decode(tune_writer.tokens[first:])) for tune_writer in tune_writers]


def _likely(writer: TuneWriter, first: int, close: Tokens) -> float:
    """Mean log-probability of a close and the end behind it, by the model."""
    vocabulary = writer.memory.vocabulary
    if any(text not in vocabulary.index for text in close):
        return float("-inf")
    return mean_log(writer.memory, writer.tokens[:first], vocabulary.encode((*close, "|")))


def _signs(texts: Sequence[str]) -> int:
    """How many bar signs stand at the head."""
    return next((i for i, text in enumerate(texts) if text == STOP or parse(text).kind is not Kind.BAR), 0)
