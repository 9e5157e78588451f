"""Weights of copying and of idiom, as fitted on the books: small tables beside the plans. Read once; no torch."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LONGEST_RUN = 15  #: tokens in agreement that are counted
PLACES = 17  #: bars of a part that are told apart

FILE = Path(__file__).parent / "copies.json"


@dataclass(frozen=True, slots=True)
class CopyWeights:
    """Log-odds of what an earlier bar foretells against what the network expects. runs: [conditions, kinds, runs];
    places: [conditions, kinds, bars of the part], added; names in `instrument.thinking.form.copies`."""

    runs: NDArray[np.float64]
    places: NDArray[np.float64]


@functools.cache
def shipped() -> CopyWeights:
    """The fitted weights. Reads a file; thread: any."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return CopyWeights(np.array(data["runs"], float), np.array(data["places"], float))
