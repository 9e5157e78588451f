"""Chords under our own tunes, counted beside Nottingham's: how often they change, what they explain, how parts end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from instrument.music.key import Key
from instrument.music.tokens.bars import read_tune
from instrument.thinking.chords.bars_played import played
from instrument.thinking.chords.choice import Choice
from instrument.thinking.chords.chords_ahead import decide
from instrument.thinking.chords.half_bars import BEAT, OFF, PLACES, HalfBars, half_bars
from instrument.thinking.chords.product import Product
from instrument.thinking.chords.states import DEGREE, SAME, TONES
from instrument.thinking.chords.taste import Taste
from instrument.workshop.chords.nottingham import NOBODY, BackedTune

EXPLAINED = 0.5  #: share of what sounds in a half bar that the chord must have
LAST = PLACES.index("later in the last bar")
HOME = ((7, 0), (10, 0))  #: closes that are counted: V-I and VII-I, whatever their quality


@dataclass(frozen=True, slots=True)
class OwnTune:
    """title; tokens: `M:` and `K:` first; key: it sounds in; half; choices: of each half bar; octave: up from where the
    tokens have it, as its instrument reads it."""

    title: str
    tokens: tuple[str, ...]
    key: Key
    half: HalfBars
    choices: tuple[Choice, ...]
    octave: int = 0

    @property
    def states(self) -> NDArray[np.intp]:
        return np.array([choice.state for choice in self.choices], np.intp)


def with_chords(
    title: str, tokens: Sequence[str], key: Key, product: Product, taste: Taste, octave: int = 0
) -> OwnTune:  # fmt: skip
    """A tune as the backer has it, known whole."""
    texts = tuple(text for text in tokens if text != "</s>")
    tune = read_tune(texts, strict=False)
    half = half_bars(played(tune.measures, tune.meter.bar).bars, tune.meter, 0, tune.mode.mode)
    own = Key(key.letter, key.accidental, tune.mode.mode)
    return OwnTune(title, texts, own, half, tuple(decide(product, half, taste)), octave)


def counted(tunes: Iterable[tuple[HalfBars, NDArray[np.intp]]]) -> dict[str, float]:
    """Figures of some tunes with the state of every half bar, as they are played."""
    changes = bars = explained = half_count = closes = parts = first = count = 0
    for half, states in tunes:
        known = states != NOBODY
        both = known[1:] & known[:-1]
        changes += int((~SAME[states[1:], states[:-1]] & both).sum())
        bars += len(set(half.bar.tolist()))
        sound = half.sounds[:, BEAT] + half.sounds[:, OFF]
        total = sound.sum(axis=1)
        heard = known & (total > 0)
        share = (sound * TONES[states]).sum(axis=1)[heard] / total[heard]
        explained += int((share >= EXPLAINED).sum())
        half_count += int(heard.sum())
        first, count = first + int(DEGREE[states[0]] == 0), count + 1
        for at in _part_ends(half):
            way = _last_two(DEGREE[states[: at + 1]])
            if way is not None:
                parts += 1
                closes += way in HOME
    return {
        "changes a bar": changes / max(1, bars), "half bars explained, %": 100 * explained / max(1, half_count),
        "V-I or VII-I at part ends, %": 100 * closes / max(1, parts),
        "tunes that begin on I, %": 100 * first / max(1, count),
    }  # fmt: skip


def of_nottingham(tunes: Iterable[BackedTune]) -> dict[str, float]:
    """The same of the books, with the chords that are written there."""
    return counted((tune.half, tune.states) for tune in tunes)


def _part_ends(half: HalfBars) -> list[int]:
    """The last half bar of every section of eight bars."""
    ends = [at for at, where in enumerate(half.place.tolist()) if where == LAST]
    return [at for at in ends if at + 1 not in ends]  # in threes the last two count as one


def _last_two(degrees: NDArray[np.intp]) -> tuple[int, int] | None:
    """The chord that ends, and the other one before it."""
    last = int(degrees[-1])
    before = next((int(each) for each in degrees[::-1] if each != last), None)
    return None if before is None else (before, last)
