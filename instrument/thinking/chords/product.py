"""Product of the chord experts: what all say of some half bars, weighed by faders and heats, added up in nats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from instrument.music.chord import Quality
from instrument.thinking.chords.experts.expert import Expert, Floats, Numbers, normalised
from instrument.thinking.chords.experts.last_time import LastTime
from instrument.thinking.chords.experts.melody import Melody
from instrument.thinking.chords.experts.registry import EXPERTS
from instrument.thinking.chords.half_bars import HalfBars
from instrument.thinking.chords.states import COUNT, POSITION, QUALITIES, QUALITY, SAME
from instrument.thinking.chords.taste import Taste

NEVER = -30.0  #: nats
_Moves = tuple[Floats, dict[str, Floats], Floats, Floats]


@dataclass(frozen=True, slots=True)
class Weighed:
    """Some half bars as the experts have them, in nats. states: (half bars, COUNT); moves: (COUNT, COUNT);
    keeps: (half bars,); by: each expert's share in `states`; moved: in `moves`
    between, staying: odds of `moves`, of all and of those that keep the chord."""

    states: Floats
    moves: Floats
    keeps: Floats
    by: dict[str, Floats]
    moved: dict[str, Floats]
    between: Floats
    staying: Floats

    def after(self, at: int, before: int) -> Floats:
        """(COUNT,) of each state of a half bar, behind the state before it."""
        found: Floats = self.moves[before] + self.keeps[at] * SAME[before]
        return found

    def step(self, at: int) -> Floats:
        """(COUNT, COUNT) of going into a half bar."""
        found: Floats = self.moves + self.keeps[at] * SAME
        return found


class Product:
    """Product of the chord experts.

    thread: one. `weigh` costs about a tenth of a millisecond and some microseconds a half bar.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.experts: tuple[Expert, ...] = tuple(kind(numbers) for kind in EXPERTS)
        self.melody = next(e for e in self.experts if isinstance(e, Melody))
        self.last_time = next(e for e in self.experts if isinstance(e, LastTime))
        self._asked: tuple[Taste, str, bool] | None = None
        self._moves: _Moves = (np.zeros((COUNT, COUNT)), {}, np.ones((COUNT, COUNT)), np.eye(COUNT))

    def weigh(self, half: HalfBars, taste: Taste, begun: bool = False) -> Weighed:
        """All but the last time's word, which goes by what was decided meanwhile (`remembered`). begun: of the last
        half bar only what is struck with it is known."""
        states = np.broadcast_to(_asked(taste), (len(half), COUNT)).copy()
        keeps = np.full(len(half), -np.log(taste.rate))
        by: dict[str, Floats] = {}
        for expert in self.experts:
            said, kept = expert.states(half), expert.keeps(half)
            if said is not None and begun and expert is self.melody:
                said = np.concatenate([said[:-1], self.melody.onset(half)[None, :]])
            if said is not None:
                by[expert.name] = turned(said, expert.name, taste)
                states += by[expert.name]
            if kept is not None:
                keeps += _weight(expert.name, taste) * kept
        moves, moved, between, staying = self._between(half, taste)
        return Weighed(states, moves, keeps, by, moved, between, staying)

    def remembered(self, half: HalfBars, at: int, decided: Sequence[int], taste: Taste, known: bool = True) -> Floats:
        """(COUNT,) what was played last time says of a half bar."""
        if not taste.faders.get(self.last_time.name, 1.0):
            return np.zeros(COUNT)
        return turned(self.last_time.remembered(half, at, decided, known), self.last_time.name, taste)

    def _between(self, half: HalfBars, taste: Taste) -> _Moves:
        asked = (taste, half.mode, half.triple)
        if self._asked != asked:
            moved = {
                expert.name: _weight(expert.name, taste) * said
                for expert in self.experts
                if (said := expert.moves(half)) is not None
            }
            moves: Floats = np.sum(list(moved.values()), axis=0)
            odds = np.exp(moves)
            self._asked, self._moves = asked, (moves, moved, odds, odds * SAME)
        return self._moves


def turned(said: Floats, name: str, taste: Taste) -> Floats:
    """An expert's log-probabilities under its heat and its fader."""
    heat = taste.heats.get(name, 1.0)
    found: Floats = taste.faders.get(name, 1.0) * (said if heat == 1.0 else normalised(said / heat))
    return found


def _weight(name: str, taste: Taste) -> float:
    """What moves count: they are no distribution of their own, so that heat and fader are one."""
    return taste.faders.get(name, 1.0) / taste.heats.get(name, 1.0)


def _asked(taste: Taste) -> Floats:
    """(COUNT,) what the performer asks for, whatever the music is."""
    sevenths = np.log(taste.sevenths) if taste.sevenths > 0 else NEVER
    slash = np.log(taste.slash) if taste.slash > 0 else NEVER
    found: Floats = np.where(QUALITIES.index(Quality.SEVENTH) == QUALITY, sevenths, 0.0)
    return found + np.where(POSITION > 0, slash, 0.0)
