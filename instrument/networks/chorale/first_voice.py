"""The experts of a first voice, which no other voice leads: a chorale's soprano from nothing. Without torch.

Four small tables, counted in the sopranos of the training chorales, each a view of one voice in a frame of its own:
contour (the next interval, in steps of the scale, after the last one), key (the degree, on the beat and off it, in
major and minor), absolute (how high sopranos sing) and beat (whether a note begins here, so long after the last).
Their product, with fitted exponents, gives the next note; beat alone says when. Counted by `run.py train first`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from instrument.networks.weight_files import FOLDER, FORMAT, WeightsError, line

SHIPPED = FOLDER / "first.json"
WIDEST = 7  #: steps of the scale that a voice leaps; more counts as this
START = 2 * WIDEST + 1  #: row of `contour` before there is an interval
DOWN, BEAT, EIGHTH, OTHER = range(4)  #: where in the bar a step falls
OLDEST = 16  #: grid steps since the last onset; more counts as this
LOW, HIGH = 57, 81  #: MIDI, what `absolute` covers
MAJOR, MINOR = 0, 1
SHAPES = {"beat": (4, OLDEST), "contour": (START + 1, START), "key": (2, 2, 7), "absolute": (HIGH - LOW + 1,)}
EXPERTS = ("contour", "key", "absolute")  #: those that speak of pitch

Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FirstVoice:
    """beat [place, age-1]: chance that a note begins; contour [last interval, interval], key [mode, off the beat,
    degree], absolute [MIDI from LOW]: log-probabilities; exponents: of EXPERTS, as fitted."""

    beat: Real
    contour: Real
    key: Real
    absolute: Real
    exponents: Mapping[str, float]

    def logs(
        self, heights: NDArray[np.int64], pitches: NDArray[np.int64], here: int | None, interval: int | None, mode: int,
        place: int,
    ) -> dict[str, Real]:  # fmt: skip
        """What each expert says of some notes, log-probabilities up to a constant.

        heights: steps of the scale above a tonic; pitches: the same notes in MIDI; here: height of the last note, None
        before there is one; interval: that led to it; place: DOWN..OTHER
        """
        row = START if interval is None else interval_class(interval)
        contour = np.zeros(len(heights)) if here is None else self.contour[row, _classes(heights - here)]
        key = self.key[mode, int(place > BEAT), heights % 7]
        absolute = self.absolute[np.clip(pitches, LOW, HIGH) - LOW]
        return {"contour": contour, "key": key, "absolute": absolute}


def interval_class(interval: int) -> int:
    """Column of `contour` for an interval in steps of the scale."""
    return min(WIDEST, max(-WIDEST, interval)) + WIDEST


def _classes(intervals: NDArray[np.int64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.clip(intervals, -WIDEST, WIDEST) + WIDEST
    return found


def save(voice: FirstVoice, path: Path, card: Mapping[str, object]) -> None:
    """Write the tables and what there is to say of them as one file of JSON."""
    tables = {name: np.round(getattr(voice, name), 4).tolist() for name in SHAPES}
    whole = {"format": FORMAT, **card, "exponents": dict(voice.exponents), **tables}
    path.write_text(json.dumps(whole, ensure_ascii=False) + "\n", encoding="utf-8")


@cache
def load(path: Path = SHIPPED) -> FirstVoice:
    """The tables. Raises WeightsError, one line."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["format"] != FORMAT:
            raise WeightsError(f"{path}: format version {kept['format']!r}, this instrument reads {FORMAT}; update it")
        tables = {name: np.array(kept[name], np.float64) for name in SHAPES}
        exponents = {name: float(kept["exponents"][name]) for name in EXPERTS}
    except FileNotFoundError:
        raise WeightsError(f"{path}: no such file; make it with: lilt train first") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(f"{path}: not the tables of a first voice ({line(error)}); fetch it again") from None
    for name, shape in SHAPES.items():
        if tables[name].shape != shape or not np.isfinite(tables[name]).all():
            raise WeightsError(f"{path}: {name} is {list(tables[name].shape)}, not {list(shape)}; fetch it again")
    return FirstVoice(**tables, exponents=exponents)
