"""Numbers of the chord experts on disk: `chords.json`, one file with its card, for music ahead and for music live."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from instrument.networks.weight_files import FOLDER, WeightsError, line, read_card
from instrument.thinking.chords.experts.expert import Numbers
from instrument.thinking.chords.experts.melody import FOUND, KINDS, UNITS
from instrument.thinking.chords.half_bars import PLACES
from instrument.thinking.chords.states import LEARNED, QUALITIES

SHIPPED = FOLDER / "chords.json"
_Q = len(QUALITIES)
SHAPES: dict[str, tuple[int, ...]] = {
    "sounds": (len(KINDS), _Q, 12), "onset": (len(KINDS), _Q, 12), "share": (len(LEARNED), 12, _Q),
    "tones": (2, _Q, FOUND), "inner": (12 * len(KINDS) + len(PLACES), UNITS),
    "outer": (UNITS, 12 * _Q), "begun": (UNITS, 12 * _Q),
    "after": (len(LEARNED), 12, 12), "moves": (12,), "position": (_Q, 3), "place": (len(LEARNED), len(PLACES), 12, _Q),
    "keep": (2, len(PLACES)), "sure": (1,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChordNumbers:
    """Numbers of the chord experts. ahead: where whole bars to come are known; live: where nothing is."""

    ahead: Numbers
    live: Numbers


def load_numbers(path: Path = SHIPPED) -> ChordNumbers:
    """The shipped numbers, or others. Raises WeightsError, one line. blocks: a millisecond or two."""
    card = read_card(path)
    try:
        return ChordNumbers(*(_numbers(card["numbers"][kind]) for kind in ("ahead", "live")))
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{path}: not the numbers of the chord experts ({line(error)}); fetch it again") from None


def _numbers(said: dict[str, object]) -> Numbers:
    found = {name: np.array(said[name], np.float64) for name in SHAPES}
    for name, shape in SHAPES.items():
        if found[name].shape != shape or not np.isfinite(found[name]).all():
            raise ValueError(f"{name} has the shape {found[name].shape}, not {shape}")
    return found


def plain(numbers: Numbers) -> dict[str, object]:
    """As JSON has it."""
    return {name: numbers[name].tolist() for name in SHAPES}


def written(card: dict[str, object]) -> str:
    """The file: the card's fields a line each."""
    return "{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in card.items()) + "\n}\n"
