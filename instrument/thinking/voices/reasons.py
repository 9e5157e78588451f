"""Reasons for a note: what each expert gave to it, in nats, and what else might have been. Off the hot path; no
torch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from instrument.controls.explanations import Reason
from instrument.music.chorale.experts import CADENCE
from instrument.networks.chorale.tokens import CHAIN, HOLD, LOWEST, NAMES, ONSET, REST
from instrument.thinking.spans.arrange import within
from instrument.thinking.voices.choir import Choir, ChoirReady, Chord


def reasons(
    chord: Chord,
    ready: ChoirReady,
    tick: int,
    choir: Choir,
    shift: int = 0,
    up: Mapping[int, int] = MappingProxyType({}),
) -> list[Reason]:
    """One for each lower voice that the chord strikes. shift: semitones from the melody as it sounds to the models'
    own; up: that each voice sounds above its place under that melody."""
    found = []
    for voice in CHAIN:
        token, (look, row) = chord.tokens[voice], chord.looks[voice]
        if token < ONSET:
            continue
        given = look.exponents[:, 1] * look.spoken[row, :, token]
        experts: dict[str, float] = {}
        for head, nats in zip(choir.models[voice].heads, given.tolist(), strict=True):
            experts[head.expert] = experts.get(head.expert, 0.0) + nats
        lowest = LOWEST - shift + up.get(voice, 0)
        said = chord.cadence.get(voice)
        if said is not None:
            experts[CADENCE] = float(said[token - ONSET])
        struck = np.exp(look.logs[row, ONSET:] + (0.0 if said is None else said))
        chances = struck / struck.sum()
        found.append(
            Reason(
                tick, NAMES[voice], within(token - ONSET + lowest), tuple(experts.items()), -float(look.normal[row]),
                lowest, tuple(chances.tolist()), float(np.exp(look.logs[row, HOLD])),
                float(np.exp(look.logs[row, REST])), LOWEST - lowest,
            )
        )  # fmt: skip
    return found
