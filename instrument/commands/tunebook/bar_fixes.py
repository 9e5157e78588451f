"""Counting errors of a tune, and the simplest mend of each: one change that makes more bars add up.

A mend changes one length, drops or adds one bar line, drops one note or adds one rest, in the bar that does not count.
Of the mends that leave the fewest errors the one is taken that the model finds most probable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from instrument.music.measure import Tune
from instrument.music.play_order import order
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.bars import miscounted, read_tune
from instrument.music.tokens.tokens import Kind, parse
from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.workshop.evaluate.loss_by_class import surprises


@dataclass(frozen=True, slots=True)
class Mend:
    """Mend of one bar that does not add up.

    bar: its number as written, from 1; eighths, due: what it holds and what a bar is; change: in words, "" where no
    single change helps; texts: the tune with it made."""

    bar: int
    eighths: Fraction
    due: Fraction
    change: str
    texts: tuple[str, ...]


def wrong(texts: Sequence[str]) -> list[int]:
    """Indices of the bars of a tune that do not add up, as it is played. texts: `M:` and `K:` first."""
    tune = _read(texts)
    return miscounted(tune, order(tune.measures))


def mends(texts: Sequence[str], model: FolkRNN, vocabulary: Vocabulary) -> list[Mend]:
    """The simplest mend of every bar that does not add up. Each is of the tune as it stands, not of the one before."""
    tune, found = _read(texts), []
    for index in wrong(texts):
        measure = tune.measures[index]
        best = _best(texts, index, model, vocabulary)
        eighths, due = Fraction(measure.length, EIGHTH), Fraction(tune.meter.bar, EIGHTH)
        found.append(Mend(index + 1, eighths, due, *(best or ("", tuple(texts)))))
    return found


def changes(texts: Sequence[str], first: int, last: int, vocabulary: Vocabulary) -> Iterator[tuple[str, list[str]]]:
    """(in words, the whole tune) of every single change between tokens first and last. Pure."""
    lengths = [t for t in vocabulary.tokens if t.kind is Kind.DURATION and not t.broken]
    for at in range(first, last):
        kind = parse(texts[at]).kind
        before, after = list(texts[:at]), list(texts[at + 1 :])
        told = f'token {at + 1}, "{texts[at]}"'
        if kind in (Kind.PITCH, Kind.REST, Kind.CHORD_CLOSE):
            long = bool(after) and parse(after[0]).kind is Kind.DURATION
            rest = after[1:] if long else after
            for length in lengths:
                if not (long and after[0] == length.text):
                    yield f"make {told}, {length.text} long", [*before, texts[at], length.text, *rest]
            if long:
                yield f"make {told}, one eighth long", [*before, texts[at], *rest]
            if kind is not Kind.CHORD_CLOSE:
                yield f"leave out {told}", [*before, *rest]
        if kind is Kind.BAR and texts[at] == "|":
            yield f"leave out the bar line at token {at + 1}", [*before, *after]
        if kind is not Kind.DURATION and at > first:
            yield f"draw a bar line before {told}", [*before, "|", texts[at], *after]
            for long_ in ("", *(t.text for t in lengths)):
                words = f"put a rest of {long_ or '1'} eighths before {told}"
                yield words, [*before, "z", *([long_] if long_ else []), texts[at], *after]


def _best(
    texts: Sequence[str], index: int, model: FolkRNN, vocabulary: Vocabulary
) -> tuple[str, tuple[str, ...]] | None:
    measure, now = _read(texts).measures[index], len(wrong(texts))
    able: list[tuple[int, str, list[str]]] = []
    for words, changed in changes(texts, measure.first, measure.last, vocabulary):
        if (left := len(wrong(changed))) < now:
            able.append((left, words, changed))
    if not able:
        return None
    fewest = min(left for left, _, _ in able)
    chosen = [(words, changed) for left, words, changed in able if left == fewest]
    every = surprises(model, [[vocabulary.start, *vocabulary.encode(changed)] for _, changed in chosen])
    nats = [sum(found) for found in every]
    words, changed = chosen[min(range(len(chosen)), key=lambda k: nats[k])]
    return words, tuple(changed)


def _read(texts: Sequence[str]) -> Tune:
    return read_tune([text for text in texts if text != "</s>"], strict=False)
