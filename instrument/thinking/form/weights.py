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

PLAIN, LOOKING = (Path(__file__).parent / name for name in ("copies.json", "copies-look-back.json"))


@dataclass(frozen=True, slots=True)
class CopyWeights:
    """Log-odds of what an earlier bar foretells against what the network expects. runs: [conditions, kinds, runs];
    places: [conditions, kinds, bars of the part], added; names in `instrument.thinking.form.copies`."""

    runs: NDArray[np.float64]
    places: NDArray[np.float64]


def file_for(look: bool) -> Path:
    """Where the weights stand that were fitted beside a network with look-back inputs, or beside a plain one."""
    return LOOKING if look else PLAIN


@functools.cache
def shipped(look: bool = False) -> CopyWeights:
    """The fitted weights. look: beside a network with look-back inputs. Reads a file; thread: any."""
    data = json.loads(file_for(look).read_text(encoding="utf-8"))
    return CopyWeights(np.array(data["runs"], float), np.array(data["places"], float))
