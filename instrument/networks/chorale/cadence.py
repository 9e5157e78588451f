"""Cadence expert: which chord comes, from the chord before, the melody's degree and its place, and so which notes.

The other experts speak of one voice's note; this one speaks of the chord that all voices make. A small network gives a
probability to each class of chord (`chord_classes`), a table says how each voice stands in such a chord; summed over
the classes that the voices decided so far leave likely, that is a distribution over the next voice's pitches, and it
is multiplied in like any expert's. So a bass under the leading note goes to the dominant, and the voices above it
complete the chord that the bass began.

Product of experts after Sam Goree, "Taking the Product"; chords as a hidden class of the voices after Moray Allan and
Christopher Williams, "Harmonising Chorales by Probabilistic Inference". Without torch. Thread: any; values only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from instrument.networks.chorale.chord_classes import CLASSES, OTHER, SILENT, chord_class
from instrument.networks.chorale.history import NONE, UNKNOWN_MODE, Moment, Real, VoiceHistory, estimate_key
from instrument.networks.chorale.tokens import BASS, HOLD, LOWEST, ONSET, PITCHES, REST, SOPRANO
from instrument.networks.weight_files import FOLDER, FORMAT, WeightsError, line

SHIPPED = FOLDER / "cadence.json"
NEXT = 2  #: onsets of the melody to come that are heard, where they are known
_FAR = (1, 2, 3, 4, 6, 8, 12, 16)  #: steps; a distance belongs to the first that is not below it, or to the ninth
_LONG = (1, 2, 4, 6, 8, 12, 16)
#: what the network hears, each a one-hot: name and size
FIELDS = (
    ("mode", 3), ("degree", 13), ("degree before", 13), ("move", 16), ("chord before", 38), ("bass before", 13),
    ("beat of bar", 7), ("in beat", 5), ("beats", 6), ("length before", 8), ("struck", 2), ("horizon", 3),
    *((f"next degree {n + 1}", 13) for n in range(NEXT)), *((f"next distance {n + 1}", 10) for n in range(NEXT)),
)  # fmt: skip
OFFSETS = tuple(int(n) for n in np.cumsum([0, *(size for _, size in FIELDS)])[:-1])
COLUMNS = sum(size for _, size in FIELDS)
_CLASS = (np.arange(PITCHES) + LOWEST) % 12
_ROOTS = np.array([0 if chord == OTHER else chord // 3 for chord in range(CLASSES)])
RAREST = 1e-5  #: chance below which no pitch class falls


@dataclass(frozen=True, slots=True)
class CadenceExpert:
    """inputs [COLUMNS, hidden], bias [hidden], out [hidden, 37], out_bias [37]: the network.

    places: [4 voices, 37 classes, 12], the chance of a pitch class counted from the chord's root (of OTHER from the
    tonic).
    """

    inputs: Real
    bias: Real
    out: Real
    out_bias: Real
    places: Real
    sounding: Real = field(init=False)  #: [12 tonics, 4 voices, 37 classes, 12]: the same by pitch class

    def __post_init__(self) -> None:
        turned = (np.arange(12)[None, None, :] - np.arange(12)[:, None, None] - _ROOTS[None, :, None]) % 12
        chords = np.arange(CLASSES)[None, :, None]
        object.__setattr__(self, "sounding", np.stack([self.places[v][chords, turned] for v in range(4)], 1))

    def chords(self, rows: list[int]) -> Real:
        """[37] chances of the classes, from the rows of `heard`."""
        hidden = np.tanh(self.inputs[rows].sum(0) + self.bias)
        logs = hidden @ self.out + self.out_bias
        chances: Real = np.exp(logs - logs.max())
        found: Real = chances / chances.sum()
        return found

    def pitches(self, voice: int, chances: Real, decided: Mapping[int, int], tonic: int) -> Real:
        """[56] log-probabilities of a voice's pitches.

        chances: of the classes [37]; decided: pitch 0..55 of each lower voice that is settled, NONE in silence.
        """
        weights, places = chances, self.sounding[tonic]
        for other, pitch in decided.items():
            if other != SOPRANO and pitch != NONE:
                weights = weights * places[other, :, _CLASS[pitch]]
        by_class = weights @ places[voice] / max(float(weights.sum()), 1e-30)
        found: Real = np.log(np.maximum(by_class, RAREST))[_CLASS] - np.float32(np.log(PITCHES / 12))
        return found


def key_at(history: VoiceHistory, moment: Moment) -> tuple[int, int]:
    """(tonic, mode) of a step: as it was given, or else by ear. One row."""
    if int(moment.mode[0]) != UNKNOWN_MODE:
        return int(moment.tonic[0]), int(moment.mode[0])
    tonic, mode = estimate_key(history.slow.sum(1))
    return int(tonic[0]), int(mode[0])


def heard(history: VoiceHistory, moment: Moment, soprano: int, tonic: int, mode: int) -> list[int]:
    """The rows of `inputs` for a step under a soprano token. history, moment: one row."""
    last, now = int(history.last[0, SOPRANO]), history.pitch[0].tolist()
    struck = soprano >= ONSET
    here = soprano - ONSET if struck else NONE if soprano == REST else now[SOPRANO]
    place = int(moment.place[0])
    values = [
        mode, _degree(here, tonic), _degree(last, tonic),
        15 if NONE in (here, last) else max(-7, min(7, here - last)) + 7,
        sounding_class(now, tonic), _degree(now[BASS], tonic), 6 if place >= 24 else min(place // 4, 5),
        int(moment.in_beat[0]), int(moment.beats[0]), sum(int(history.age[0, SOPRANO]) > n for n in _LONG),
        int(struck), int(moment.horizon[0]),
    ]  # fmt: skip
    coming = [(step + 1, token - ONSET) for step, token in enumerate(moment.ahead[0].tolist()) if token > HOLD]
    coming = [*coming[:NEXT], *[(0, NONE)] * (NEXT - len(coming))]
    values += [_degree(pitch, tonic) for _, pitch in coming]
    values += [9 if not step else sum(step > n for n in _FAR) for step, _ in coming]
    return [offset + value for offset, value in zip(OFFSETS, values, strict=True)]


def sounding_class(pitches: list[int], tonic: int) -> int:
    """Class of four sounding pitches 0..55; SILENT where a voice is."""
    if NONE in pitches:
        return SILENT
    return chord_class((int(_CLASS[p]) for p in pitches), int(_CLASS[pitches[BASS]]), tonic)


def _degree(pitch: int, tonic: int) -> int:
    return 12 if pitch == NONE else int(_CLASS[pitch] - tonic) % 12


ARRAYS = ("inputs", "bias", "out", "out_bias", "places")


def save(expert: CadenceExpert, path: Path, card: Mapping[str, object]) -> None:
    """Write the network and what there is to say of it as one file of JSON. Raises OSError."""
    tables = {name: np.round(getattr(expert, name).astype(float), 4).tolist() for name in ARRAYS}
    whole = {"format": FORMAT, "fields": [list(field) for field in FIELDS], **card, **tables}
    path.write_text(json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


@cache
def load(path: Path = SHIPPED) -> CadenceExpert:
    """The expert on disk. Raises WeightsError, one line."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["format"] != FORMAT:
            raise WeightsError(f"{path}: format version {kept['format']!r}, this instrument reads {FORMAT}; update it")
        if kept["fields"] != [list(field) for field in FIELDS]:
            raise WeightsError(f"{path}: hears other fields than this instrument tells; make it: lilt train cadence")
        tables = {name: np.array(kept[name], np.float32) for name in ARRAYS}
    except FileNotFoundError:
        raise WeightsError(f"{path}: no such file; make it with: lilt train cadence") from None
    except WeightsError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{path}: not the weights of a cadence expert ({line(error)}); fetch it again") from None
    hidden = tables["bias"].size
    shapes = {"inputs": (COLUMNS, hidden), "bias": (hidden,), "out": (hidden, CLASSES), "out_bias": (CLASSES,),
              "places": (4, CLASSES, 12)}  # fmt: skip
    for name, shape in shapes.items():
        if tables[name].shape != shape or not np.isfinite(tables[name]).all():
            raise WeightsError(f"{path}: {name} is {list(tables[name].shape)}, not {list(shape)}; fetch it again")
    return CadenceExpert(**tables)
