"""Held-out loss by class of token: what the model finds hard to foretell."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from instrument.music.tokens import Kind, Token
from instrument.networks.folkrnn import FolkRNN
from instrument.networks.vocabulary import Vocabulary

_CLASSES = {
    Kind.METER: "meter", Kind.MODE: "mode", Kind.PITCH: "pitch", Kind.REST: "rest", Kind.DURATION: "duration",
    Kind.BROKEN: "duration", Kind.TUPLET: "tuplet", Kind.CHORD_OPEN: "chord", Kind.CHORD_CLOSE: "chord",
    Kind.STOP: "end",
}  # fmt: skip
CLASSES = ("meter", "mode", "pitch", "duration", "bar_line", "repeat", "rest", "tuplet", "chord", "end")


def class_of(token: Token) -> str:
    """Which of CLASSES a token is; bar_line is `|` alone, the other bar signs are repeat. Raises KeyError for `<s>`."""
    if token.kind is Kind.BAR:
        return "bar_line" if token.text == "|" else "repeat"
    return _CLASSES[token.kind]


@torch.inference_mode()
def surprise(model: FolkRNN, numbers: Sequence[int]) -> list[float]:
    """Nats of every token of a tune but `<s>`. numbers: with `<s>` first."""
    column = torch.tensor(numbers)[:, None]
    logs = model.sequence(column[:-1])[0][:, 0].log_softmax(-1)  # [steps, vocab]
    return [float(n) for n in -logs.gather(1, column[1:])[:, 0]]


def by_class(model: FolkRNN, vocabulary: Vocabulary, tunes: Sequence[Sequence[int]]) -> dict[str, tuple[float, int]]:
    """(mean nats, tokens) of each class that occurs; "all" for all. tunes: numbers with `<s>` and `</s>`."""
    sums = {name: [0.0, 0] for name in ("all", *CLASSES)}
    for tune in tunes:
        for number, nats in zip(tune[1:], surprise(model, tune), strict=True):
            for name in ("all", class_of(vocabulary.tokens[number])):
                sums[name][0] += nats
                sums[name][1] += 1
    return {name: (total / count, int(count)) for name, (total, count) in sums.items() if count}
