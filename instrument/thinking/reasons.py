"""Why a note: what each expert gave to it, in nats, and what else might have been. Off the hot path; no torch."""

from __future__ import annotations

import numpy as np

from instrument.music.harmony import Reason
from instrument.networks.chorale import CHAIN, HOLD, LOWEST, NAMES, ONSET, REST
from instrument.thinking.voicing import Choir, Chord, Ready


def reasons(chord: Chord, ready: Ready, tick: int, choir: Choir, shift: int = 0) -> list[Reason]:
    """One for each lower voice that the chord strikes. shift: semitones from what sounds to what the models hear."""
    found = []
    for voice in CHAIN:
        token, (look, row) = chord.tokens[voice], chord.looks[voice]
        if token < ONSET:
            continue
        given = look.exponents[:, 1] * look.spoken[row, :, token]
        experts: dict[str, float] = {}
        for head, nats in zip(choir.models[voice].heads, given.tolist(), strict=True):
            experts[head.expert] = experts.get(head.expert, 0.0) + nats
        struck = np.exp(look.logs[row, ONSET:])
        chances = struck / struck.sum()
        found.append(
            Reason(
                tick, NAMES[voice], token - ONSET + LOWEST - shift, tuple(experts.items()), -float(look.normal[row]),
                LOWEST - shift, tuple(chances.tolist()), float(np.exp(look.logs[row, HOLD])),
                float(np.exp(look.logs[row, REST])), shift,
            )
        )  # fmt: skip
    return found
