"""Held-out loss by class of token: what the model finds hard to foretell."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from instrument.music.tokens.tokens import Kind, Token
from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.vocabulary import Vocabulary

_CLASSES = {
    Kind.METER: "meter", Kind.MODE: "mode", Kind.PITCH: "pitch", Kind.REST: "rest", Kind.DURATION: "duration",
    Kind.BROKEN: "duration", Kind.TUPLET: "tuplet", Kind.CHORD_OPEN: "chord", Kind.CHORD_CLOSE: "chord",
    Kind.STOP: "end",
}  # fmt: skip
BATCH = 32  #: tunes
CLASSES = ("meter", "mode", "pitch", "duration", "bar_line", "repeat", "rest", "tuplet", "chord", "end")


def class_of(token: Token) -> str:
    """Which of CLASSES a token is; bar_line is `|` alone, the other bar signs are repeat. Raises KeyError for `<s>`."""
    if token.kind is Kind.BAR:
        return "bar_line" if token.text == "|" else "repeat"
    return _CLASSES[token.kind]


@torch.inference_mode()
def surprises(model: FolkRNN, tunes: Sequence[Sequence[int]]) -> list[list[float]]:
    """Nats of every token of each tune but `<s>`, all tunes as one batch. tunes: numbers, `<s>` first."""
    steps = max(map(len, tunes)) - 1
    table = torch.zeros(steps + 1, len(tunes), dtype=torch.long)
    for beam, tune in enumerate(tunes):
        table[: len(tune), beam] = torch.tensor(tune)
    logs = model.sequence(table[:-1])[0].log_softmax(-1)  # [steps, beams, vocab]
    nats = -logs.gather(-1, table[1:, :, None])[..., 0]
    return [nats[: len(tune) - 1, beam].tolist() for beam, tune in enumerate(tunes)]


def surprise(model: FolkRNN, numbers: Sequence[int]) -> list[float]:
    """Nats of every token of a tune but `<s>`. numbers: with `<s>` first."""
    return surprises(model, [numbers])[0]


def by_class(model: FolkRNN, vocabulary: Vocabulary, tunes: Sequence[Sequence[int]]) -> dict[str, tuple[float, int]]:
    """(mean nats, tokens) of each class that occurs; "all" for all. tunes: numbers with `<s>` and `</s>`."""
    sums = {name: [0.0, 0] for name in ("all", *CLASSES)}
    ordered = sorted(tunes, key=len)
    for first in range(0, len(ordered), BATCH):
        group = ordered[first : first + BATCH]
        for tune, found in zip(group, surprises(model, group), strict=True):
            for number, nats in zip(tune[1:], found, strict=True):
                for name in ("all", class_of(vocabulary.tokens[number])):
                    sums[name][0] += nats
                    sums[name][1] += 1
    return {name: (total / count, int(count)) for name, (total, count) in sums.items() if count}
