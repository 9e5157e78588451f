"""Choosing a chord: what may not sound never does, what should not costs, and three voices are weighed together."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from instrument.networks.chorale.cadence import load as load_cadence
from instrument.networks.chorale.history import NONE, Moment
from instrument.networks.chorale.tokens import ALTO, BASS, CHAIN, HOLD, LOWEST, ONSET, RANGES, TENOR, token
from instrument.thinking.voices.choir import Choir, Chord, Standing, VoiceTaste
from instrument.thinking.voices.octave_fold import CENTRE, RANGE, Fold
from tests.fakes.quartet import tiny_choir

CHOIRS = {seed: tiny_choir(seed) for seed in (1, 2)}


def chance(seed: int, beam: int = 16) -> NDArray[np.float64]:
    return np.random.default_rng(seed).random((3, 1 + beam))


def sung(seed: int, melody: list[int], taste: VoiceTaste | None = None) -> list[tuple[Standing, Chord]]:
    """The chords under a melody, an onset every step, each with where the voices stood before it."""
    choir, standing, found = CHOIRS[1 + seed % 2], CHOIRS[1 + seed % 2].start(), []
    for step, pitch in enumerate(melody):
        ready = choir.ready(standing, Moment.at(step % 16, 4, False))
        chord = choir.choose(ready, token(pitch), taste or VoiceTaste(), chance(seed + step))
        found.append((standing, chord))
        standing = choir.close(ready, chord)
    return found


def pitches(standing: Standing, chord: Chord) -> list[int]:
    """MIDI of the four voices as they sound with the chord; -1 for silence."""
    now = standing.history.advance(np.array([chord.tokens], np.int16)).pitch[0].tolist()
    return [-1 if pitch == NONE else pitch + LOWEST for pitch in now]


MELODIES = st.lists(st.integers(60, 81), min_size=1, max_size=12)


@settings(max_examples=40)
@given(st.integers(0, 9999), MELODIES, st.floats(0.1, 2.0), st.integers(1, 16))
def test_voices_are_in_range_uncrossed_and_never_missing(
    seed: int, melody: list[int], temperature: float, beam: int
) -> None:
    """Where range and crossing cannot both be had, range gives way only when nothing else is left."""
    choir = CHOIRS[1]
    standing = choir.start()
    for step, pitch in enumerate(melody):
        ready = choir.ready(standing, Moment.at(step % 16, 4, False))
        chord = choir.choose(ready, token(pitch), VoiceTaste(temperature, beam=beam), chance(seed + step, beam))
        soprano, alto, tenor, bass = pitches(standing, chord)
        for voice, sounds in ((ALTO, alto), (TENOR, tenor), (BASS, bass)):
            low, high = RANGES[voice]
            assert low <= sounds <= high
        assert bass <= tenor <= alto <= soprano or soprano < RANGES[ALTO][0]
        standing = choir.close(ready, chord)


@settings(max_examples=20)
@given(st.integers(0, 9999))
def test_the_best_of_many_chords_scores_at_least_as_well_as_the_first(seed: int) -> None:
    choir = CHOIRS[2]
    ready = choir.ready(choir.start(), Moment.at(0, 4, False))
    numbers = chance(seed, 16)
    scores = [choir.choose(ready, token(72), VoiceTaste(beam=beam), numbers).score for beam in (1, 2, 4, 8, 16)]
    assert all(later >= before - 1e-4 for before, later in pairwise(scores)), "but for rounding of other batches"


@settings(max_examples=20)
@given(st.integers(0, 9999))
def test_what_is_given_is_kept_and_the_rest_fits_it(seed: int) -> None:
    choir = CHOIRS[1]
    ready = choir.ready(choir.start(), Moment.at(0, 4, False))
    chord = choir.choose(ready, token(76), VoiceTaste(), chance(seed), {BASS: token(48), ALTO: token(67)})
    assert chord.tokens[BASS] == token(48) and chord.tokens[ALTO] == token(67)
    assert chord.tokens[TENOR] - ONSET + LOWEST >= 48


def test_a_held_note_that_would_be_crossed_is_struck_anew() -> None:
    choir = CHOIRS[1]
    ready = choir.ready(choir.start(), Moment.at(0, 4, False))
    high = choir.choose(ready, token(79), VoiceTaste(), chance(1), {BASS: token(55), TENOR: token(67), ALTO: token(74)})
    standing = choir.close(ready, high)
    for seed in range(20):
        after = choir.ready(standing, Moment.at(1, 4, False))
        chord = choir.choose(after, token(62), VoiceTaste(), chance(seed))
        assert chord.tokens[ALTO] != HOLD and chord.tokens[TENOR] != HOLD
        assert max(pitches(standing, chord)[1:]) <= 62


@given(st.lists(st.integers(0, 127), min_size=1, max_size=60))
def test_a_melody_is_folded_by_octaves_into_the_sopranos_range(melody: list[int]) -> None:
    fold = Fold()
    for pitch in melody:
        heard = fold.hear(pitch)
        assert RANGE[0] <= heard <= RANGE[1] and (heard - pitch) % 12 == 0 and fold.shift % 12 == 0


def test_a_melody_that_moves_house_is_followed_and_one_stray_note_is_not() -> None:
    fold = Fold()
    for pitch in (69, 71, 72, 74, 40, 72, 71):
        fold.hear(pitch)
    assert fold.shift == 0
    for _ in range(20):
        fold.hear(CENTRE - 24)
    assert fold.shift == 24


def test_chain_is_bass_first() -> None:
    assert CHAIN == (BASS, TENOR, ALTO)


# the cadence expert


def test_muted_the_cadence_expert_changes_nothing_and_turned_up_it_leads_home() -> None:
    plain = CHOIRS[1]
    led = Choir(plain.models, load_cadence())
    silent, loud, homes = VoiceTaste(faders={"cadence": 0.0}), VoiceTaste(faders={"cadence": 2.0}), {0: 0, 1: 0}
    for seed in range(12):
        for place, choir in enumerate((plain, led)):
            standing, ends = choir.start(), -1
            for step, pitch in enumerate((72, 71, 72)):
                ready = choir.ready(standing, Moment.at(4 * step, 4, False).with_key(0, False))
                chord = choir.choose(ready, token(pitch), loud, chance(seed + step), anew=True)
                if choir is led:
                    same = choir.choose(ready, token(pitch), silent, chance(seed + step), anew=True)
                    assert (
                        same.tokens == plain.choose(ready, token(pitch), silent, chance(seed + step), anew=True).tokens
                    )
                    assert not same.cadence and set(chord.cadence) == set(CHAIN)
                ends = pitches(standing, chord)[-1] % 12
                standing = choir.close(ready, chord)
            homes[place] += ends == 0
    assert homes[1] > homes[0] + 3, "bass notes on the tonic under a melody that goes home"
