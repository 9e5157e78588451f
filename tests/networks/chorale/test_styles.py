"""Styles of the voices: exact at both ends, a straight way between, whole or in pieces, refused in one line."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from instrument.networks.chorale.styles import BEGAN, PIECE, SUFFIX, Styles, beside, load_styles, there
from instrument.networks.chorale.tokens import BASS, CHAIN
from instrument.networks.chorale.weights import ExpertWeights, load, save
from instrument.networks.weight_files import WeightsError
from tests.fakes.styles import PLAN, arrays, on_disk, steps, two


def test_both_ends_are_the_two_sets_to_the_bit() -> None:
    styles, bach, hymns = two(), arrays(1), arrays(2)
    for style, wanted in ((0.0, bach), (1.0, hymns)):
        found = styles.mixed(style)
        assert found.keys() == wanted.keys()
        assert all(found[n].tobytes() == wanted[n].tobytes() and found[n].shape == wanted[n].shape for n in wanted)


def test_between_them_every_number_moves_straight_from_one_to_the_other() -> None:
    styles, bach, hymns = two(), arrays(1), arrays(2)
    quarter = styles.mixed(0.25)
    for name, array in quarter.items():
        np.testing.assert_allclose(array, 0.75 * bach[name] + 0.25 * hymns[name], atol=1e-6)
    far = [sum(float(np.abs(styles.mixed(s)[n] - bach[n]).sum()) for n in bach) for s in (0, 0.1, 0.5, 0.9, 1)]
    assert all(a < b for a, b in pairwise(far))


def test_in_pieces_it_is_the_same_as_whole_and_no_piece_is_large() -> None:
    wide = {name: np.tile(array, (1,) * array.ndim) for name, array in arrays(1).items()}
    styles, models = Styles.of(ExpertWeights(PLAN, wide, {}), ExpertWeights(PLAN, arrays(2), {})), steps(arrays(1))
    pieces = list(styles.pieces(models, 0.5))
    assert pieces[:-1] == [None] * (len(pieces) - 1) and len(pieces) > len(CHAIN)
    done, whole = pieces[-1], styles.steps(models, 0.5)
    assert done is not None and max(a.size for a in arrays(1).values()) < PIECE * len(pieces)
    for voice in CHAIN:
        for one, two_ in zip(done[voice].trunks, whole[voice].trunks, strict=True):
            assert np.array_equal(one.rows, two_.rows) and np.array_equal(one.recurrent, two_.recurrent)


def test_experts_that_take_other_numbers_are_as_those_made_with_them() -> None:
    taken, made = steps(arrays(1))[BASS].taking(arrays(2)), steps(arrays(2))[BASS]
    assert all(np.array_equal(a.rows, b.rows) for a, b in zip(taken.trunks, made.trunks, strict=True))
    assert np.array_equal(taken._exponents, made._exponents) and np.array_equal(taken._place, made._place)
    assert np.array_equal(taken._articulation, made._articulation)


def test_numbers_that_half_precision_cannot_hold_are_kept_whole() -> None:
    odd = {name: array + np.float32(1e-5) for name, array in arrays(1).items()}
    styles = Styles.of(ExpertWeights(PLAN, odd, {}), ExpertWeights(PLAN, arrays(2), {}))
    assert all(np.array_equal(styles.mixed(0)[name], odd[name]) for name in odd)


def test_the_second_set_lies_beside_the_first_and_is_read_with_it(tmp_path: Path) -> None:
    stem = on_disk(tmp_path)
    for given in (stem, stem.with_suffix(".safetensors"), tmp_path):
        assert beside(given).name == "chorale" + SUFFIX and there(given)
    styles = load_styles(stem)
    assert styles is not None
    assert all(np.array_equal(styles.mixed(1)[n], a) for n, a in arrays(2).items())


def test_weights_without_a_second_set_have_one_style(tmp_path: Path) -> None:
    save(PLAN, arrays(1), tmp_path / "own", {})
    assert not there(tmp_path / "own") and load_styles(tmp_path / "own") is None


def test_a_second_set_that_belongs_elsewhere_is_refused_in_one_line(tmp_path: Path) -> None:
    stem = on_disk(tmp_path)
    save(PLAN, arrays(3), stem, {})  # the first is trained anew: no straight way leads on from it
    with pytest.raises(WeightsError, match=r"trained on from chorale\.safetensors") as refused:
        load_styles(stem)
    assert "\n" not in str(refused.value) and "train hymns" in str(refused.value)


@pytest.mark.parametrize("damage", ("short", "card", "half"))
def test_a_damaged_second_set_is_refused_in_one_line_that_names_it(tmp_path: Path, damage: str) -> None:
    stem = on_disk(tmp_path)
    numbers, card = (beside(stem).with_suffix(end) for end in (".safetensors", ".json"))
    if damage == "short":
        numbers.write_bytes(numbers.read_bytes()[:1000])
    elif damage == "card":
        card.write_text(json.dumps({**json.loads(card.read_text()), "format": 99}))
    else:
        numbers.unlink()
    with pytest.raises(WeightsError) as refused:
        load_styles(stem)
    assert SUFFIX in str(refused.value) and "\n" not in str(refused.value)


def test_the_card_says_which_numbers_the_hymns_began_from(tmp_path: Path) -> None:
    assert len(load(beside(on_disk(tmp_path))).card[BEGAN]) == 12
