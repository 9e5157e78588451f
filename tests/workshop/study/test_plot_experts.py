"""The picture of the experts: what it shows is what the product multiplies, and the marks are the true notes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from instrument.music.chorale.experts import EXPERTS
from instrument.networks.chorale.tokens import ALTO, HOLD, LOWEST, ONSET, REST
from instrument.networks.chorale.weights import ExpertWeights, load
from instrument.workshop.chorale.corpus import Chorale, Chorales
from instrument.workshop.study.plot_experts import panels, plot_experts


def piece(name: str = "small.mxl") -> Chorale:
    rng = np.random.default_rng(3)
    voices = []
    for middle in (72, 64, 57, 48):
        onset = rng.random(40) < 0.3
        voices.append(tuple(int(ONSET + middle - LOWEST + rng.integers(-4, 5)) if o else HOLD for o in onset))
    voices[ALTO] = (REST, ONSET + 31, HOLD, REST, ONSET + 30, ONSET + 30, *(HOLD,) * 34)
    return Chorale(name, tuple(voices), tuple(i % 16 for i in range(40)), (16,) * 40)


@pytest.fixture(scope="module")
def weights(stem: Path) -> ExpertWeights:
    return load(stem)


def test_there_is_a_panel_for_each_expert_and_one_for_the_product_and_all_are_chances(weights: ExpertWeights) -> None:
    shown = panels(weights, piece(), ALTO)
    assert set(shown.spoken) == {"product", *EXPERTS}
    for chances in shown.spoken.values():
        assert chances.shape == (40, 56) and (chances >= 0).all() and (chances.sum(1) <= 1 + 1e-5).all()
    beat = shown.spoken["beat"]
    assert np.allclose(beat, beat[:, :1], atol=1e-6), "the beat does not tell pitches apart"


def test_the_marks_are_the_voices_notes(weights: ExpertWeights) -> None:
    assert panels(weights, piece(), ALTO).notes == ((1, 2, 31), (4, 1, 30), (5, 35, 30))


def test_a_picture_is_drawn_and_a_chorale_that_is_not_there_is_one_line(stem: Path, tmp_path: Path) -> None:
    given, said = Chorales((piece(), piece("other.mxl")), ()), list[str]()
    plot_experts(tmp_path / "sub" / "p.png", ALTO, "other", said.append, stem, given, bars=2)
    assert (tmp_path / "sub" / "p.png").read_bytes().startswith(b"\x89PNG") and "3 notes" in said[0]
    with pytest.raises(ValueError, match=r'no chorale named "bwv0"; there is small.mxl, and 1 more'):
        plot_experts(tmp_path / "p.png", ALTO, "bwv0", said.append, stem, given)
