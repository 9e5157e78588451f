"""A phrase that somebody has played: what an answer is primed with. A frozen value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """Phrase that somebody has played.

    number: rises with each; tokens: its bars in folk-rnn's notation, without `M:` and `K:`, the last one ending
    in `|`; bars: how long the answer shall be."""

    number: int
    tokens: tuple[str, ...]
    bars: int
