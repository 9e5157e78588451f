"""Idiom: how likely the dance, and the place in the part, make each token, beside what the network expects.

Two ratios from counts of the books, added to the network's log-probabilities. Rhythm: P(note value | dance, kind of
bar, place in the bar, whether the note is the tonic) over P(note value | meter, place). Pitch: P(letter | mode, kind of
bar, eighth of the bar) over P(letter | mode, eighth). Kinds of bar are the part's last, its half close, the bars before
those, the first of a phrase, and the others; so a reel keeps its quavers, a hornpipe its dots, and a cadence is
prepared because the plan says how many bars are left. Naive Bayes: each count backs off to the next wider one.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from instrument.music.dances.dance import DANCES
from instrument.music.meter import Meter
from instrument.music.plan import PlannedBar
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.tokens import Kind, Token
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.constraints.bar_rules import State

FILE = Path(__file__).parent / "idiom.npz"
BARS = ("last", "half close", "before last", "before half close", "first of phrase", "other")
METERS = ("4/4", "2/4", "6/8", "9/8", "12/8", "3/4", "3/2", "3/8", "6/4")
MODES = ("maj", "min", "dor", "mix")
LETTERS = 7
RHYTHM_BACK_OFF, PITCH_BACK_OFF = 12.0, 20.0  #: counts that the wider table is worth
#: exponents of the two ratios: of note values, of those of the tonic, and of letters by kind of bar. Likelihood alone
#: would have a half of each; but a cadence that is missed once is heard more than it is likely
RHYTHM_WEIGHT, TONIC_WEIGHT = 1.0, 1.8
PITCH_WEIGHTS = (1.3, 1.2, 1.2, 1.0, 0.8, 0.8)
#: nats that second, fifth and seventh gain in the second half of a half close: players' collections have it oftener
#: than the books
HALF_CLOSE = {False: 2.1, True: 1.1}  # in simple and in compound time
DOMINANT = (1, 4, 6)
LARGEST = 4.0  #: of a log ratio, either way
ROWS = 512  #: rows that are kept, some 0.7 MB
SAME_END = 5  #: eighths of a part's last bar that say another again, from which on that closes alike

Floats = NDArray[np.float64]
Place = tuple[int, int, int, int, int]  #: ticks left, of the note under way, may be given a value, dot, tuplet


def value_name(token: Token) -> str:
    """What a token does to the rhythm: "note", "rest", a note value, "(3", "|"; "" for what is none of these."""
    names = {Kind.PITCH: "note", Kind.REST: "rest", Kind.BAR: "|", Kind.CHORD_OPEN: "note"}
    if token.kind in names:
        return names[token.kind]
    return token.text if token.kind in (Kind.DURATION, Kind.BROKEN, Kind.TUPLET) else ""


def kind_in(plan: Sequence[PlannedBar], index: int) -> int:
    """Index into BARS of a bar of a plan. A bar whose end comes again as a part's end closes as that does."""
    end = any(
        bar.left == 0 and bar.source == index and not bar.step and bar.cells.bit_count() >= SAME_END
        for bar in plan[index + 1 :]
    )
    return 0 if end else kind_of_bar(plan[index])


def kind_of_bar(bar: PlannedBar) -> int:
    """Index into BARS, by the place in the part alone."""
    if bar.left == 0 or bar.bar % 4 == 0:
        return 0 if bar.left == 0 else 1
    return 2 if bar.left == 1 else {1: 4, 2: 5, 3: 3}[bar.bar % 4]


def place_of(state: State) -> Place:
    """What the rhythm tables know of a state of the guard."""
    return state.left + state.short, state.pending, int(state.open), state.dot, state.tuplet


@dataclass(frozen=True, slots=True)
class IdiomCounts:
    """Counts of the books. values: names of note values, by index; rhythm: rows of (meter, dance, kind of bar, tonic,
    place, value, count); pitch: [modes, kinds of bar, eighths, letters] by meter."""

    values: tuple[str, ...]
    rhythm: NDArray[np.int32]
    pitch: NDArray[np.int32]


@functools.cache
def shipped() -> IdiomCounts:
    """The counts of the training books. Reads a file once; thread: any."""
    with np.load(FILE, allow_pickle=False) as data:
        return IdiomCounts(tuple(data["values"].tolist()), data["rhythm"], data["pitch"])


class Idiom:
    """The ratios of one meter, dance and mode over one vocabulary. thread: the thinker's."""

    def __init__(
        self, vocabulary: Vocabulary, meter: str, dance: str, mode: str, counts: IdiomCounts,
        rhythm: float = RHYTHM_WEIGHT, pitch: Sequence[float] = PITCH_WEIGHTS,
    ) -> None:  # fmt: skip
        """rhythm, pitch: exponents of the two ratios, >= 0; pitch by kind of bar."""
        names = [value_name(token) for token in vocabulary.tokens]
        number = {name: index for index, name in enumerate(counts.values)}
        self._value = np.array([number.get(name, -1) for name in names])
        self._letter = np.array([t.letter if t.kind is Kind.PITCH else -1 for t in vocabulary.tokens])
        self._rhythm_weight, self._pitch_weights = rhythm, tuple(pitch)
        self._pitches = _pitch_ratios(counts.pitch, meter, mode)
        self._cells = Meter.parse(meter).bar // EIGHTH
        self._half_close = HALF_CLOSE[Meter.parse(meter).compound]
        self._wide: dict[Place, Floats] = {}
        self._own: dict[Place, Floats] = {}
        self._narrow: dict[tuple[int, int, Place], Floats] = {}
        self._count(counts, meter, dance)
        self._rows: dict[tuple[tuple[int, int], bool, State, int], Floats] = {}
        self.is_tonic = [t.kind is Kind.PITCH and t.letter == 0 for t in vocabulary.tokens]
        self.sounds = [t.kind in (Kind.PITCH, Kind.REST) for t in vocabulary.tokens]

    def weights(self, kinds: tuple[int, int], tonic: bool, state: State, cell: int) -> Floats:
        """[vocab]: what is added to log-probabilities. kinds: of bar, for rhythm and for pitch; cell: the eighth of the
        bar in which the next note begins."""
        key = (kinds, tonic, state, cell)
        row = self._rows.get(key)
        if row is None:
            if len(self._rows) >= ROWS:  # they are found again as they are needed
                self._rows.clear()
            row = self._rows[key] = self._row(*kinds, tonic, state, cell)
        return row

    def _row(self, beats: int, kind: int, tonic: bool, state: State, cell: int) -> Floats:
        row = np.zeros(len(self._value))
        if state.chord:
            return row
        ratio = self._rhythm_ratio(beats, tonic, place_of(state))
        known = self._value >= 0
        exponent = self._rhythm_weight * (TONIC_WEIGHT if tonic else 1.0)
        row[known] = exponent * ratio[self._value[known]]
        pitched = self._letter >= 0
        cell = min(cell, self._pitches.shape[1] - 1)
        row[pitched] += self._pitch_weights[kind] * self._pitches[kind, cell][self._letter[pitched]]
        if BARS[kind] == "half close" and 2 * cell >= self._cells:
            row[np.isin(self._letter, DOMINANT)] += self._half_close
        return row

    def _rhythm_ratio(self, kind: int, tonic: bool, place: Place) -> Floats:
        """[values]: the log ratio; zeros where the books never stood there."""
        wide = self._wide.get(place)
        if wide is None:
            return np.zeros(len(self._value_count))
        base = (wide + 0.5) / (wide + 0.5).sum()
        own = self._own.get(place, np.zeros_like(base))
        shares = (own + RHYTHM_BACK_OFF * base) / (own.sum() + RHYTHM_BACK_OFF)
        narrow = self._narrow.get((kind, int(tonic), place), np.zeros_like(base))
        shares = (narrow + RHYTHM_BACK_OFF * shares) / (narrow.sum() + RHYTHM_BACK_OFF)
        return np.asarray(np.clip(np.log(shares / base), -LARGEST, LARGEST))

    def _count(self, counts: IdiomCounts, meter: str, dance: str) -> None:
        size = len(counts.values)
        self._value_count = np.zeros(size)
        if meter not in METERS:
            return
        rows = counts.rhythm[counts.rhythm[:, 0] == METERS.index(meter)]
        mine = DANCES.index(dance) if dance in DANCES else -1
        if not (rows[:, 1] == mine).any():
            mine = -1  # a dance that the books do not have in this meter: all of the meter's
        for row in rows.tolist():
            _, its_dance, kind, tonic, *place, value, count = row
            spot: Place = tuple(place)
            self._wide.setdefault(spot, np.zeros(size))[value] += count
            if mine in (-1, its_dance):
                self._own.setdefault(spot, np.zeros(size))[value] += count
                self._narrow.setdefault((kind, tonic, spot), np.zeros(size))[value] += count


class MeasureIdiom:
    """The idiom of one measure. thread: the thinker's."""

    def __init__(self, idiom: Idiom, guard: BarGuard, plan: Sequence[PlannedBar], index: int) -> None:
        """plan, index: the tune's plan, and which of its measures this is."""
        self.idiom, self.guard = idiom, guard
        self.kinds = kind_of_bar(plan[index]), kind_in(plan, index)

    def weights(self, state: int, tonic: bool) -> Floats:
        """[vocab]: added to log-probabilities in a state of the guard. tonic: the note under way is the tonic."""
        here = self.guard.state(state)
        cell = (self.guard.rules.bar - here.rest - here.short) // EIGHTH
        return self.idiom.weights(self.kinds, tonic, here, max(0, cell))

    def on_tonic(self, token: int, before: bool) -> bool:
        """Whether the note under way is the tonic behind a token."""
        return self.idiom.is_tonic[token] if self.idiom.sounds[token] else before


def _pitch_ratios(counts: NDArray[np.int32], meter: str, mode: str) -> Floats:
    """[kinds of bar, eighths, letters]: log ratios; zeros for a meter or mode that the books do not have."""
    if meter not in METERS or mode not in MODES:
        return np.zeros((len(BARS), counts.shape[3], LETTERS))
    own = counts[METERS.index(meter), MODES.index(mode)].astype(float)  # [kinds, eighths, letters]
    wide = own.sum(0) + 0.5
    base = wide / wide.sum(1, keepdims=True)
    shares = (own + PITCH_BACK_OFF * base) / (own.sum(2, keepdims=True) + PITCH_BACK_OFF)
    return np.asarray(np.clip(np.log(shares / base), -LARGEST, LARGEST))


def summed(rows: Sequence[tuple[int, ...]]) -> NDArray[np.int32]:
    """Rows of equal keys added up, the count last; sorted. Pure."""
    table: dict[tuple[int, ...], int] = {}
    for *key, count in rows:
        table[tuple(key)] = table.get(tuple(key), 0) + count
    return np.array([(*key, count) for key, count in sorted(table.items())], np.int32)
