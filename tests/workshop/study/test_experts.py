"""Dances on the chorales' grid, and what temperatures do: variety is nought where chance is, and grows with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from instrument.music.grid import grid
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.music.tokens.bars import Tune, read_tune
from instrument.networks.chorale.tokens import HOLD, ONSET, REST, token
from instrument.networks.chorale.weights import load
from instrument.thinking.voices.choir import Choir, VoiceTaste
from instrument.workshop.chorale.corpus import Chorale, Chorales
from instrument.workshop.chorale.split import listed
from instrument.workshop.evaluate.chorale_dances import WAYS, danced, melody
from instrument.workshop.evaluate.chorale_live import choir_of
from instrument.workshop.study.experts import study_experts, written_twice


def tune(meter: str, *bars: str) -> Tune:
    """Bars of note letters an eighth long, each with a bar line."""
    tokens = [f"M:{meter}", "K:Cmaj"]
    for bar in bars:
        tokens += [*bar, "|"]
    return read_tune(tokens)


@pytest.fixture(scope="module")
def choir(stem: Path) -> Choir:
    return choir_of(load(stem))


@pytest.fixture(scope="module")
def few() -> Chorales:
    rng, side, found = np.random.default_rng(2), listed(), []
    for name in sorted(n for n in side if side[n] == "test")[:2]:
        rows = [rng.random(16) < 0.5 for _ in range(4)]
        voices = [[ONSET + m - 33 + int(rng.integers(5)) if o else HOLD for o in row]
                  for m, row in zip((70, 62, 55, 45), rows, strict=True)]  # fmt: skip
        found.append(Chorale(name, tuple(map(tuple, voices)), tuple(range(16)), (16,) * 16))
    return Chorales(tuple(found), ())


def test_a_jigs_eighths_fall_on_steps_0_1_and_3_of_a_beat() -> None:
    found = melody(tune("6/8", "CDEFGA", "cdefga"), grid(tune("6/8", "CDEFGA").meter, 3 * EIGHTH, 0))
    assert len(found) == 16
    assert [i for i, t in enumerate(found) if t >= ONSET] == [0, 1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15]
    assert (found[0] - token(60)) % 12 == 0 and found[8] - found[0] in (0, 12) and set(found[2::4]) == {HOLD}


def test_a_pick_up_stands_at_the_end_of_its_bar_and_repeated_measures_once() -> None:
    found = melody(tune("9/8", "C", "CDEFGABcd"), grid(tune("9/8", "CDEFGABcd").meter, 3 * EIGHTH, 0))
    assert len(found) == 24 and set(found[:11]) == {REST} and found[11] >= ONSET


def test_eighths_in_plain_time_are_half_a_beat() -> None:
    found = melody(tune("4/4", "CDEFGABc"), grid(tune("4/4", "CDEFGABc").meter, QUARTER, 0))
    assert [i for i, t in enumerate(found) if t >= ONSET] == list(range(0, 16, 2))


@pytest.mark.parametrize("name", ["jig", "jig, straight", "slip jig", "waltz"])
def test_dances_are_sung_to_the_end(choir: Choir, name: str) -> None:
    way = WAYS[name]
    bar = "CDEFGABcd"[: read_tune([f"M:{way.meter}", "K:Cmaj", "C", "|"]).meter.bar // EIGHTH]
    figures = danced(choir, [tune(way.meter, bar, bar)], way, VoiceTaste(beam=2))
    assert 0 <= figures["named_percent"] <= 100 and 0 <= figures["off_the_eighths_percent"] <= 100
    assert figures["notes_per_melody_note"] > 0 and figures["crossings_percent"] == 0


def test_variety_is_nought_without_chance_and_grows_with_temperature(choir: Choir, few: Chorales) -> None:
    cold = written_twice(choir, few.chorales, VoiceTaste(temperature=1e-3, articulation=1e-3, beam=1))
    warm = written_twice(choir, few.chorales, VoiceTaste(temperature=1.0, beam=1))
    assert cold["variety_percent"] == 0 < warm["variety_percent"]


@pytest.mark.long
def test_the_study_tells_every_temperature_and_threes_told_and_not(stem: Path, few: Chorales) -> None:
    said: list[str] = []
    figures = study_experts(said.append, stem, pieces=1, tunes=0, given=few)
    assert figures["experts.product_temperature.1.0.nats"] == pytest.approx(figures["experts.key_temperature.1.0.nats"])
    assert figures["experts.in_threes_told.nats_alto"] != figures["experts.in_threes_not_told.nats_alto"]
    assert "experts.pitch temperature 0.7.variety_percent" in figures and "experts.spacing off.named_percent" in figures
    assert any(line.startswith("temperature 0.5") for line in said) and all(np.isfinite(v) for v in figures.values())
