"""Style of the chorale voices: two sets of weights, Bach's and the hymns', and every mixture of them.

The second set was trained on from the first, and lies near it; so each number of a mixture is a straight way from the
one to the other: bach + style x (hymns - bach). At 0 it is Bach's set to the bit, at 1 the hymns'. Without torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from instrument.networks.chorale.numpy_step import ProductStep
from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import CHAIN
from instrument.networks.chorale.weights import SHIPPED, ExpertWeights, load
from instrument.networks.weight_files import WeightsError, mark_of_file, stem_of

SUFFIX = "_hymns"  #: of the second set's files, after the name of the first's
BEGAN = "begins_from"  #: field of its card: the mark of the numbers that it was trained on from
PIECE = 1 << 17  #: numbers mixed at once: some tenths of a millisecond

Arrays = Mapping[str, NDArray[np.floating]]
Steps = dict[int, ProductStep]


@dataclass(frozen=True, slots=True)
class Styles:
    """Two sets of weights of one plan. bach, hymns: arrays as `Plan.shapes` names them, in what precision they lose
    nothing by. thread: any; the arrays are read only."""

    plan: Plan
    bach: Arrays
    hymns: Arrays

    @staticmethod
    def of(bach: ExpertWeights, hymns: ExpertWeights) -> Styles:
        """Of two sets as they were read, in half as much memory."""
        return Styles(bach.plan, _small(bach.arrays), _small(hymns.arrays))

    def mixed(self, style: float) -> dict[str, NDArray[np.float32]]:
        """All arrays at a style, 0..1. Pure; some tens of milliseconds."""
        found: dict[str, NDArray[np.float32]] = {}
        for name in self.bach:
            *_, found[name] = self._array(name, style)
        return found

    def steps(self, models: Mapping[int, ProductStep], style: float) -> Steps:
        """Each voice's experts at a style, ready to play. models: at any style. Pure; some tens of milliseconds."""
        arrays = self.mixed(style)
        return {voice: models[voice].taking(arrays) for voice in CHAIN}

    def pieces(self, models: Mapping[int, ProductStep], style: float) -> Iterator[Steps | None]:
        """The same in pieces of about a millisecond: None after each, the experts in the end."""
        found: Steps = {}
        for voice in CHAIN:
            arrays: dict[str, NDArray[np.float32]] = {}
            for name in self.plan.shapes(voice):
                for array in self._array(name, style):
                    arrays[name] = array
                    if array.size > PIECE:
                        yield None
            found[voice] = models[voice].taking(arrays)
            yield None
        yield found

    def _array(self, name: str, style: float) -> Iterator[NDArray[np.float32]]:
        """One array at a style, given again and again while it fills, a piece at a time; the last is whole."""
        bach, hymns = self.bach[name].reshape(-1), self.hymns[name].reshape(-1)
        found = np.empty(bach.shape, np.float32)
        for first in range(0, max(len(found), 1), PIECE):
            part = slice(first, first + PIECE)
            if style >= 1:
                found[part] = hymns[part]
            else:
                found[part] = bach[part]
                if style > 0:
                    way = hymns[part].astype(np.float32)
                    way -= found[part]
                    way *= np.float32(style)
                    found[part] += way
            yield found.reshape(self.bach[name].shape)


def beside(weights: Path | None = None) -> Path:
    """Stem of the hymns' set that belongs to these weights. weights: as for `load`, None for the shipped ones."""
    stem = stem_of(weights or SHIPPED, SHIPPED.name)
    return stem.with_name(stem.name + SUFFIX)


def there(weights: Path | None = None) -> bool:
    """Whether these weights have a hymns' set beside them; half of one counts, and is refused where it is read."""
    return any(beside(weights).with_suffix(end).exists() for end in (".safetensors", ".json"))


def load_styles(weights: Path | None = None) -> Styles | None:
    """The two sets; None where there is no second. weights: as for `load`, None for the shipped ones.

    Raises WeightsError, one line, for a second set that is damaged or was not trained on from these weights.
    thread: any. blocks: on the disk, a tenth of a second.
    """
    if not there(weights):
        return None
    stem = beside(weights)
    bach, hymns = load(weights or SHIPPED), load(stem)
    first = stem_of(weights or SHIPPED, SHIPPED.name).with_suffix(".safetensors")
    if hymns.plan != bach.plan or hymns.card.get(BEGAN) != mark_of_file(first):
        raise WeightsError(
            f"{stem.with_suffix('.safetensors')}: was not trained on from {first.name}, so no style lies between them; "
            "run: lilt train hymns FOLDER"
        )
    return Styles.of(bach, hymns)


def _small(arrays: Mapping[str, NDArray[np.float32]]) -> Arrays:
    """In half precision, where that loses nothing, as of weights on disk."""
    found: dict[str, NDArray[np.floating]] = {}
    for name, array in arrays.items():
        half = array.astype(np.float16)
        found[name] = half if np.array_equal(half.astype(np.float32), array) else array
    return found
