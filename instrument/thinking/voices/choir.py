"""One step of four voices: the notes under the melody's, chosen together.

Several whole chords are drawn, bass, tenor, alto in turn, and the best is kept: best of N, score the summed
log-probability of the pitches given that they are struck, less what breaks the rules. Whether a voice strikes or
holds is drawn with a temperature of its own and the same random number for every chord. Voices never cross a voice
already decided, nor leave their range, as long as any note is left to them; a parallel fifth, octave or unison costs
PARALLEL nats whichever voice is the higher, a bass that clashes with the melody HARSH. Without torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from instrument.music.chorale.experts import CADENCE
from instrument.networks.chorale.cadence import CadenceExpert, heard, key_at
from instrument.networks.chorale.chord_classes import CLASSES
from instrument.networks.chorale.history import NONE, Moment, Real, VoiceHistory
from instrument.networks.chorale.numpy_step import Look, OpenedStep, ProductStep, State
from instrument.networks.chorale.tokens import (
    ALTO,
    BASS,
    CHAIN,
    HOLD,
    KNOWN,
    LOWEST,
    ONSET,
    PITCHES,
    RANGES,
    SOPRANO,
    TENOR,
)
from instrument.thinking.voices.voice_leading import (
    between,
    harsh,
    logsumexp,
    parallels,
    sounding,
    strange,
    wide,
)

NEVER = -1e9  #: nats
#: exponents of the cadence expert while a chord is chosen. Fitted on chorales held out they would be 0.1, 0, 0, since
#: the other experts tell a note's chance as well without it; drawn at these, phrases close about as often as Bach's
CADENCES = {BASS: 3.4, TENOR: 2.6, ALTO: 2.6}
#: and what of them counts at each place in the beat, four steps and one unknown: notes that pass belong to no chord.
#: With a half of them on the quaver between beats, phrases close no oftener and the voices move less by step
ON_BEAT = (1.0, 0.2, 0.2, 0.2, 1.0)
TRUSTED = 0.95  #: of all chance goes to the chord that is played under the voices, where there is one
_PITCHES = np.arange(PITCHES)
_INSIDE = {v: (low <= _PITCHES + LOWEST) & (high >= _PITCHES + LOWEST) for v, (low, high) in RANGES.items()}


@dataclass(frozen=True, slots=True)
class VoiceTaste:
    """How to choose. temperature: of pitches; articulation: of striking or holding; beam: chords drawn, >= 1
    faders: by expert, -1..2, what multiplies its learned exponent; heats: by expert, > 0, the temperature of what it
    says of pitches; those not named stand at 1."""

    temperature: float = 0.7
    articulation: float = 1.0
    beam: int = 16
    faders: Mapping[str, float] = field(default_factory=dict)
    heats: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Four voices after a step: what has sounded, and each lower voice's recurrent state. A value."""

    history: VoiceHistory
    states: Mapping[int, State]


@dataclass(frozen=True, slots=True)
class ChoirReady:
    """A step that is about to be decided, its past worked out. standing: as after the step before."""

    standing: Standing
    opened: Mapping[int, OpenedStep]


@dataclass(frozen=True, slots=True)
class Chord:
    """A step decided. tokens: soprano, alto, tenor, bass; looks: (look, row) of each lower voice; score: nats;
    cadence: [56] nats that the cadence expert gave to the pitches of each lower voice, where it spoke."""

    tokens: tuple[int, int, int, int]
    looks: Mapping[int, tuple[Look, int]]
    score: float
    cadence: Mapping[int, Real] = field(default_factory=dict)


class Choir:
    """The lower voices' models. thread: one at a time."""

    def __init__(self, models: Mapping[int, ProductStep], cadence: CadenceExpert | None = None) -> None:
        """models: of ALTO, TENOR and BASS. cadence: the expert on chords, one more in each voice's product."""
        self.models, self.cadence = models, cadence

    def at(self, style: float) -> Choir:
        """The choir at a style, 0 (Bach) to 1 (hymns); where there is one style, this one."""
        return self

    def coming(self, style: float) -> Iterator[Choir | None]:
        """`at` in pieces of a millisecond: None after each, the choir in the end."""
        yield self.at(style)

    def read_ahead(self) -> None:
        """Read what another style needs before one is asked for. blocks: on the disk, a tenth of a second, once."""

    def told(self) -> str:
        """One line for people, once, or ""."""
        return ""

    def start(self) -> Standing:
        """Nothing has sounded."""
        return Standing(VoiceHistory.start(1), {v: self.models[v].start() for v in CHAIN})

    def ready(self, standing: Standing, moment: Moment) -> ChoirReady:
        """All of a step that its notes do not change. moment: one row."""
        opened = {v: self.models[v].open(standing.states[v], standing.history, moment) for v in CHAIN}
        return ChoirReady(standing, opened)

    def close(self, ready: ChoirReady, chord: Chord) -> Standing:
        """How the voices stand once the chord has sounded."""
        states = {v: look.state(row) for v, (look, row) in chord.looks.items()}
        return Standing(ready.standing.history.advance(np.array([chord.tokens], np.int16)), states)

    def follow(self, ready: ChoirReady, tokens: tuple[int, int, int, int]) -> Standing:
        """How the voices stand once these tokens, soprano, alto, tenor, bass, have sounded."""
        looks = {v: self.models[v].look(ready.opened[v], [[tokens[k] for k in KNOWN[v]]]).state(0) for v in CHAIN}
        return Standing(ready.standing.history.advance(np.array([tokens], np.int16)), looks)

    def choose(
        self, ready: ChoirReady, soprano: int, taste: VoiceTaste, chance: NDArray[np.float64],
        given: Mapping[int, int] | None = None, anew: bool = False, within: frozenset[int] | None = None,
        under: frozenset[int] = frozenset(),
    ) -> Chord:  # fmt: skip
        """The chord under a soprano token. chance: numbers in [0, 1), [3, 1 + beam at least]: of bass, tenor, alto,
        the first for whether to strike; given: voices already settled, by token; anew: every voice strikes
        within: the pitch classes that are of the key, where others are not welcome; under: classes of the chord that
        is played under the voices (`chord_classes`), which the cadence expert takes as evidence"""
        beam, given = max(1, taste.beam), given or {}
        now = ready.standing.history.pitch[0].tolist()
        chords: list[dict[int, int]] = [{SOPRANO: soprano} for _ in range(beam)]
        scores = np.zeros(beam)
        looks: list[dict[int, tuple[Look, int]]] = [{} for _ in range(beam)]
        harmony = _Harmony(self.cadence, ready, soprano, taste, under) if self.cadence else None
        spoken: list[dict[int, Real]] = [{} for _ in range(beam)]
        for place, voice in enumerate(CHAIN):
            keys = [tuple(chord[known] for known in KNOWN[voice]) for chord in chords]
            rows = {key: row for row, key in enumerate(dict.fromkeys(keys))}
            faders, heats = self._by_head(voice, taste.faders), self._by_head(voice, taste.heats)
            look = self.models[voice].look(ready.opened[voice], list(rows), faders, heats)
            draws: dict[int, _Draw] = {}
            for n, key in enumerate(keys):
                row = rows[key]
                if row not in draws:
                    said = harmony.pitches(voice, chords[n], now) if harmony else None
                    draws[row] = _Draw(look.logs[row], voice, chords[n], now, taste, given.get(voice), within, said)
                token, score = draws[row].draw(-1.0 if anew else chance[place, 0], chance[place, 1 + n])
                chords[n] = {**chords[n], voice: token}
                scores[n] += score
                looks[n][voice] = look, row
                if (nats := draws[row].said) is not None:
                    spoken[n][voice] = nats
        best = int(scores.argmax())
        whole = chords[best]
        tokens = (soprano, whole[ALTO], whole[TENOR], whole[BASS])
        return Chord(tokens, looks[best], float(scores[best]), spoken[best])

    def _by_head(self, voice: int, values: Mapping[str, float]) -> Real | None:
        """[heads] of values by expert, None where all stand at 1."""
        if not values:
            return None
        return np.array([values.get(head.expert, 1.0) for head in self.models[voice].heads], np.float32)


class _Harmony:
    """What the cadence expert says at a step, with its exponents, its fader and its heat."""

    def __init__(
        self, expert: CadenceExpert, ready: ChoirReady, soprano: int, taste: VoiceTaste, under: frozenset[int]
    ) -> None:
        history, moment = ready.standing.history, ready.opened[BASS].moment
        self.expert, (self.tonic, mode) = expert, key_at(history, moment)
        self.strength = taste.faders.get(CADENCE, 1.0) / taste.heats.get(CADENCE, 1.0)
        self.strength *= ON_BEAT[min(int(moment.in_beat[0]), len(ON_BEAT) - 1)]
        self.chances = expert.chords(heard(history, moment, soprano, self.tonic, mode)) if self.strength else None
        if under and self.chances is not None:
            played = np.isin(np.arange(CLASSES), list(under)) * self.chances
            played = played / max(float(played.sum()), 1e-30)
            self.chances = (TRUSTED * played + (1 - TRUSTED) * self.chances).astype(np.float32)

    def pitches(self, voice: int, chord: Mapping[int, int], now: list[int]) -> Real | None:
        """[56] nats for a voice's pitches; None where the expert is muted. chord: tokens decided; now: sounding."""
        if self.chances is None:
            return None
        lower = {v: sounding(token, now[v]) for v, token in chord.items() if v != SOPRANO}
        exponent = np.float32(self.strength * CADENCES[voice])
        return exponent * self.expert.pitches(voice, self.chances, lower, self.tonic)


class _Draw:
    """What one voice may do under one hypothesis; drawn from as often as there are chords that share it."""

    def __init__(
        self, logs: Real, voice: int, chord: Mapping[int, int], now: list[int], taste: VoiceTaste, given: int | None,
        within: frozenset[int] | None, said: Real | None = None,
    ) -> None:  # fmt: skip
        """said: [56] nats of the cadence expert, its exponent taken in."""
        self.logs, self.voice, self.given, self.now, self.said = logs, voice, given, now[voice], said
        decided = {v: sounding(token, now[v]) for v, token in chord.items()}
        self.low, self.high = between(voice, decided)
        struck = logsumexp(logs[ONSET:])
        self.strikes = self._strikes(taste, struck)
        self.pitches = logs[ONSET:] - struck
        if said is not None:
            self.pitches = self.pitches + said
            self.pitches = self.pitches - logsumexp(self.pitches)
        cost = parallels(voice, self.now, decided, now) + wide(voice, decided) + harsh(voice, decided)
        cost = cost + strange(within)
        masked = self._masked(cost)
        self.scores = self.pitches - cost
        weights = masked / taste.temperature - np.where(masked <= NEVER / 2, 0, cost)
        chances = np.exp(weights - weights.max())
        self.cumulated = np.cumsum(chances / chances.sum())

    def draw(self, articulation: float, pitch: float) -> tuple[int, float]:
        """A token and its score."""
        if self.given is not None:
            return self.given, 0.0
        if articulation >= self.strikes:
            return HOLD, 0.0
        found = min(int(np.searchsorted(self.cumulated, pitch, side="right")), PITCHES - 1)
        return ONSET + found, float(self.scores[found])

    def _strikes(self, taste: VoiceTaste, struck: float) -> float:
        """The chance of striking: certain where there is nothing to hold, or what is held would be crossed."""
        if self.now == NONE or not self.low <= self.now <= self.high:
            return 1.0
        odds = (float(self.logs[HOLD]) - struck) / taste.articulation
        return float(1 / (1 + np.exp(min(odds, 500.0))))

    def _masked(self, cost: Real) -> Real:
        """Log-probabilities with what may not be out of the way; if nothing may be, crossing is let go, then range."""
        inside = _INSIDE[self.voice]
        uncrossed = (self.low <= _PITCHES) & (self.high >= _PITCHES)
        for allowed in (inside & uncrossed, inside):
            if allowed.any():
                return np.where(allowed, self.pitches, NEVER)
        return self.pitches
