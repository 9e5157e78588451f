"""Encoding of chorales as the experts see them: many pieces at once, each moved, re-timed and blindfolded as training
asks.

The views are made by the code that plays (`networks.history`, `networks.views`), step by step, with a row for
each piece. A `Setting` says how one piece is to be heard.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from instrument.networks.chorale.experts import Views
from instrument.networks.chorale.features import hear, layout, settle
from instrument.networks.chorale.history import (
    AHEAD,
    UNHEARD,
    UNKNOWN_MODE,
    UNKNOWN_PLACE,
    Moment,
    VoiceHistory,
    Whole,
    class_set,
    estimate_key,
)
from instrument.networks.chorale.tokens import HOLD, HORIZONS, KNOWN, ONSET, RANGES, SOPRANO, STEPS
from instrument.workshop.chorale.corpus import Chorale

PAD = -100  #: a target that does not count


@dataclass(frozen=True, slots=True)
class Setting:
    """Setting of a chorale for training: key, tempo, horizon.

    shift: semitones up. horizon: index into HORIZONS. compound: eighths in threes. halved: bars of two beats.

    told: whether the model hears that it is in threes. bars, beats: whether the bar and the beat are known.
    key: whether the key is given (by the whole piece).
    """

    shift: int = 0
    horizon: int = 0
    compound: bool = False
    halved: bool = False
    bars: bool = True
    beats: bool = True
    key: bool = False
    told: bool = True


@dataclass(frozen=True, slots=True)
class ChoraleBatch:
    """views of one voice and targets [steps, rows] (PAD past a piece's end)."""

    views: Views
    targets: Tensor


def shifts(chorale: Chorale, most: int = 5) -> list[int]:
    """Transpositions that leave every voice inside its range, or no farther outside it than it is written."""
    kept = []
    for shift in range(-most, most + 1):
        fits = True
        for voice, (low, high) in RANGES.items():
            sung = [t + 31 for t in chorale.voices[voice] if t >= ONSET]
            low, high = min(low, min(sung)), max(high, max(sung))
            fits = fits and low <= min(sung) + shift and max(sung) + shift <= high
        if fits:
            kept.append(shift)
    return kept


def drawn(chorale: Chorale, rng: random.Random, most: int = 5) -> Setting:
    """A setting for training, at random."""
    compound = rng.random() < 0.15
    in_four = set(chorale.bars) == {16}
    bars = rng.random() >= 0.06
    return Setting(
        shift=rng.choice(shifts(chorale, most)), horizon=rng.randrange(len(HORIZONS)), compound=compound,
        halved=in_four and rng.random() < (0.5 if compound else 0.12),
        bars=bars, beats=bars or rng.random() < 0.5, key=rng.random() < 0.15,
    )  # fmt: skip


def tokens(chorale: Chorale, setting: Setting) -> Whole:
    """[steps, 4] tokens of a piece as its setting has it."""
    found = np.array(chorale.voices, np.int16).T.copy()
    if setting.compound:
        found = in_threes(found, chorale.places)
    return np.where(found >= ONSET, found + setting.shift, found).astype(np.int16)


def in_threes(found: Whole, places: Sequence[int]) -> Whole:
    """Eighths in pairs become the long and short of a jig: what begins on step 2 of a beat moves to step 3.

    A beat in which something begins on step 3 already is left as it is.
    """
    found = found.copy()
    for step in range(len(found) - 1):
        if places[step] % STEPS == 2 and not (found[step + 1] != HOLD).any():
            found[step + 1] = np.where(found[step] == 0, 0, found[step])
            sounding = found[step - 1] != 0 if step else np.zeros(4, bool)
            found[step] = np.where(sounding, HOLD, 0)
    return found


def moments(chorale: Chorale, setting: Setting, soprano: Whole) -> dict[str, Whole]:
    """The fields of `Moment` for each step, [steps] or [steps, 16]."""
    steps = len(soprano)
    bars = np.array(chorale.bars) // (2 if setting.halved else 1)
    places = np.array(chorale.places) % bars
    reach = HORIZONS[setting.horizon]
    ahead = np.full((steps, AHEAD), UNHEARD, np.int16)
    padded = np.concatenate([soprano, np.full(AHEAD, UNHEARD, np.int16)])
    for distance in range(reach):
        ahead[:, distance] = padded[1 + distance : 1 + distance + steps]
    beats = bars // STEPS
    return {
        "place": np.where(setting.bars, np.minimum(places, UNKNOWN_PLACE - 1), UNKNOWN_PLACE).astype(np.int16),
        "in_beat": np.where(setting.beats, places % STEPS, 4).astype(np.int16),
        "beats": np.where(setting.bars, np.where((beats >= 2) & (beats <= 4), beats, 5), 0).astype(np.int16),
        "compound": np.full(steps, int(setting.compound and setting.told) if setting.beats else 2, np.int16),
        "horizon": np.full(steps, setting.horizon, np.int16),
        "ahead": ahead,
    }


def whole_key(found: Whole) -> tuple[int, int]:
    """(tonic, mode) that the whole of a piece [steps, 4] suggests."""
    history, counts = VoiceHistory.start(1), np.zeros((1, 12), np.float32)
    for step in found:
        history = history.advance(step[None])
        counts += class_set(history.pitch).sum(1)
    tonic, mode = estimate_key(counts)
    return int(tonic[0]), int(mode[0])


def encode(pieces: Sequence[tuple[Chorale, Setting]], voice: int) -> ChoraleBatch:
    """What a voice sees in each piece, [steps, rows]; pieces should be of like length. Pure."""
    every = [tokens(chorale, setting) for chorale, setting in pieces]
    return encode_tokens(
        every,
        [moments(c, s, t[:, SOPRANO]) for (c, s), t in zip(pieces, every, strict=True)],
        [whole_key(t) if s.key else None for (_, s), t in zip(pieces, every, strict=True)],
        voice,
    )


def encode_tokens(
    every: Sequence[Whole], told: Sequence[dict[str, Whole]], keys: Sequence[tuple[int, int] | None], voice: int
) -> ChoraleBatch:
    """The same of bare tokens [steps, 4], their moments, and keys that are given, or None."""
    rows, steps = len(every), max(map(len, every))
    plan, known = layout(voice), list(KNOWN[voice])
    grid = np.zeros((steps, rows, 4), np.int16)
    targets = np.full((steps, rows), PAD, np.int64)
    about = {name: np.zeros((steps, rows, *told[0][name].shape[1:]), np.int16) for name in told[0]}
    for row, (found, moment) in enumerate(zip(every, told, strict=True)):
        grid[: len(found), row] = found
        targets[: len(found), row] = found[:, voice]
        for name, values in moment.items():
            about[name][: len(found), row] = values
    tonic = np.array([0 if key is None else key[0] for key in keys], np.int16)
    mode = np.array([UNKNOWN_MODE if key is None else key[1] for key in keys], np.int16)
    offsets = np.array([f.offset for f in plan.fields])
    fields = np.empty((steps, rows, len(offsets)), np.int16)
    counts = np.empty((steps, rows, 12 * len(plan.counts)), np.float32)
    references = np.empty((steps, rows, 6), np.int16)
    gates = np.empty((steps, rows, 2), np.int16)
    history = VoiceHistory.start(rows)
    for step in range(steps):
        now = Moment(**{name: values[step] for name, values in about.items()}, tonic=tonic, mode=mode)
        settled = settle(voice, history, now)
        heard = hear(voice, history, now, settled, grid[step][:, known])
        fields[step] = np.concatenate([settled.fields, heard.fields], 1)
        counts[step] = np.concatenate([settled.counts, heard.counts], 1)
        references[step], gates[step] = heard.references, heard.gates
        history = history.advance(grid[step])
    views = Views(
        torch.from_numpy(fields + offsets.astype(np.int16)).long(), torch.from_numpy(counts),
        torch.from_numpy(references).long(), torch.from_numpy(gates).long(),
    )  # fmt: skip
    return ChoraleBatch(views, torch.from_numpy(targets))
