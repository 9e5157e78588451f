"""Random numbers by address: one for each (seed, tune, bar, candidate, token), whatever was drawn before.

Counter-based (Philox 4x64, Salmon et al. 2011), so thinking again from bar 9 gives the same bar 9.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def uniforms(seed: int, tune: int, bar: int, future: int = 0) -> Iterator[float]:
    """Numbers in [0, 1) for the tokens of one written bar, without end. future: 0 for the plain one."""
    bits = np.random.Philox(key=[seed, tune], counter=[0, bar, future, 0])
    generator = np.random.Generator(bits)
    while True:
        yield from generator.random(16).tolist()
