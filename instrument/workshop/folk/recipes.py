"""Training recipes of the folk model, each a row of settings; one of them is like folk-rnn's own.

"folk-rnn-like" has the settings of folk-rnn v2's configuration: RMSprop at 0.003, times 0.97 an epoch after the 20th,
batch 64, dropout 0.5, gradients clipped at 5. The original was not trained so: its rate never fell, its clipping was of
the gates' gradients, element by element, and its loss was the mean of each tune's; here the rate falls, the norm of
the whole gradient is clipped, and every token counts alike. All others use AdamW with warm-up and a cosine to near
zero; what of them is evaluated and kept is a running average of the weights. Sources of the means against over-fitting:
locked dropout, dropped recurrent weights, dropped inputs and penalties on activations from Merity and others 2018
(AWD-LSTM).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

WARM = 100  #: updates until the rate is at its peak


@dataclass(frozen=True, slots=True)
class FolkRecipe:
    """epochs; batch: tunes; chunk: tokens between updates; rate: peak learning rate; drop: dropout between layers and
    before the output, 0..1; decay: weight decay; clip: gradient norm; average: of the running mean of weights; seed.

    locked: the same units are dropped all through a tune; drop_in: kinds of token not seen, by tune; drop_weights: of
    the recurrent weights, by update; smooth: label smoothing; calm: penalty on large activations; slow: on fast ones;
    octave, shift: share of tunes moved by an octave, by one to three steps of the scale, less and less of them;
    thin: share of the largest family left out, drawn anew each epoch; hidden: units a layer; look: with look-back
    inputs, from the weights of a model without; hide: share of those inputs hidden, by tune and kind.
    """

    name: str = "lilt"
    epochs: int = 40
    batch: int = 64
    chunk: int = 10_000
    rate: float = 3e-3
    drop: float = 0.4
    decay: float = 0.05
    clip: float = 1.0
    average: float = 0.999
    seed: int = 1
    locked: bool = False
    drop_in: float = 0.1
    drop_weights: float = 0.4
    smooth: float = 0.0
    calm: float = 0.0
    slow: float = 0.0
    octave: float = 0.0
    shift: float = 0.0
    thin: float = 0.0
    hidden: int = 512
    look: bool = False
    hide: float = 0.0

    @property
    def original(self) -> bool:
        """Is it the one like folk-rnn's?"""
        return self.name.startswith("folk-rnn")

    def rate_at(self, done: float, epoch: int, updates: int) -> float:
        """The learning rate when `done` (0..1) of the run, whole epochs, and updates are behind."""
        if self.original:
            return self.rate * 0.97 ** max(0, epoch - 20)
        warm = min(1.0, (updates + 1) / WARM)
        return self.rate * warm * (0.01 + 0.99 * (1 + math.cos(math.pi * min(1.0, done))) / 2)

    def keep_at(self, updates: int) -> float:
        """The part of the mean weights that is kept after as many updates: at first the mean is of few."""
        return min(self.average, updates / (updates + 10)) if self.average else 0.0


LILT = FolkRecipe()  #: what ships was trained so, and then by LOOK_BACK
FOLK_RNN = FolkRecipe(
    "folk-rnn-like", epochs=100, drop=0.5, decay=0.0, clip=5.0, average=0.0, drop_in=0.0, drop_weights=0.0
)
#: goes on from weights without look-back inputs, for a short while
LOOK_BACK = FolkRecipe(
    "look-back", epochs=3, batch=16, chunk=10_000, rate=1e-3, drop=0.4, average=0.98, drop_in=0.05, drop_weights=0.4,
    decay=0.05, look=True, hide=0.12,
)  # fmt: skip
RECIPES = {recipe.name: recipe for recipe in (LILT, FOLK_RNN, LOOK_BACK)}

_AWD = FolkRecipe(
    "awd", epochs=150, batch=64, chunk=10_000, rate=3e-3, drop=0.5, average=0.999, locked=True, drop_in=0.1,
    drop_weights=0.5, decay=0.05,
)  # fmt: skip

#: tried side by side: `run.py train folk --tries`
TRIES = (
    FOLK_RNN,
    _AWD,
    replace(_AWD, name="awd-mild", drop=0.35, drop_weights=0.3),
    LILT,
    replace(_AWD, name="awd-shift", shift=0.35, octave=0.15, drop=0.4, drop_weights=0.4),
    replace(_AWD, name="awd-shift-more", shift=0.6, octave=0.2, drop=0.35, drop_weights=0.3),
    replace(_AWD, name="awd-thin", thin=0.6, octave=0.2),
    replace(_AWD, name="awd-b32", batch=32, rate=2e-3, drop=0.4, drop_weights=0.4),
    replace(_AWD, name="awd-calm", calm=0.5, slow=0.5, decay=0.2, octave=0.2, drop=0.4, drop_weights=0.4),
)
