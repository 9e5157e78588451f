"""The split of published figures: no piece on two sides, trained on as listed, likelihoods that are probabilities."""

from __future__ import annotations

import argparse
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from instrument.networks.chorale.first_voice import HIGH, LOW, load
from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import HOLD, LOWEST, ONSET, REST, SOPRANO, TOKENS
from instrument.workshop.chorale.corpus import Chorale, Chorales
from instrument.workshop.chorale.encode import PAD
from instrument.workshop.chorale.split import SPLITS, listed, sided
from instrument.workshop.chorale.train import train_chorale
from instrument.workshop.chorale.trainer import ChoraleRecipe
from instrument.workshop.evaluate.chorale_training import train_chorale as train_as_typed
from instrument.workshop.published.chorales import PIECES, evaluate_field, sounding_nats
from instrument.workshop.published.soprano import counted_rests, soprano_nats
from tests.fakes.chorales import drawn_chorale

SMALL = ChoraleRecipe(epochs=1, minutes=0, batch=4, rate=1e-2, drop=0.0, drop_in=0.0, split="field")


def test_each_name_is_listed_once_and_no_side_has_more_than_was_published() -> None:
    lines = SPLITS["field"].read_text(encoding="utf-8").splitlines()
    assert len({line.split()[1] for line in lines}) == len(lines) == len(listed("field"))
    sides = list(listed("field").values())
    for side, many in PIECES.items():
        assert 0.95 * many <= sides.count(side) <= many + 2  # two of the test side are each one of two files


def test_the_sides_are_those_of_the_list_that_is_asked_for() -> None:
    apart = [n for n, side in listed("field").items() if listed().get(n, side) != side]
    assert len(apart) > 50  # most pieces that either keeps out the other learns from
    chorales = [drawn_chorale(name, i) for i, name in enumerate(apart[:6])]
    for which in SPLITS:
        for side, members in sided(chorales, which).items():
            assert [c.name for c in members] == [n for n in apart[:6] if listed(which)[n] == side]


@pytest.fixture(scope="module")
def few() -> Chorales:
    side, wanted = listed("field"), {"train": 6, "valid": 3, "test": 3}
    names = [n for s, many in wanted.items() for n in sorted(n for n in side if side[n] == s)[:many]]
    return Chorales(tuple(drawn_chorale(name, i) for i, name in enumerate(names)), ())


@pytest.mark.long
def test_weights_of_this_split_are_told_as_such_and_no_others_are_measured_on_it(few: Chorales, tmp_path: Path) -> None:
    said: list[str] = []
    stem = tmp_path / "field"
    card = train_chorale(stem, tmp_path / "work", Plan("shared", 6), SMALL, report=said.append, given=few, at_once=1)
    assert "train: 6 chorales" in " ".join(said) and card["recipe"]["split"] == "field"
    assert card["about"].startswith("For comparison with published figures only")
    figures = evaluate_field(stem, said.append, few)
    for side in ("valid", "test"):
        parts = [float(str(figures[f"chorale.field.{v}_{side}"])) for v in ("alto", "tenor", "bass")]
        assert figures[f"chorale.field.lower_{side}"] == pytest.approx(sum(parts))
        for voice in ("alto", "tenor", "bass", "soprano", "all"):
            struck, heard = figures[f"chorale.field.{voice}_{side}"], figures[f"chorale.field.{voice}_sounding_{side}"]
            assert 0 < float(str(heard)) <= float(str(struck)) + 1e-6
    assert figures["chorale.field.bass_valid"] == pytest.approx(card["losses"]["bass, valid, live"], abs=2e-4)
    by_tune = tmp_path / "tune"
    names = [n for s in ("train", "valid", "test") for n in sorted(n for n, of in listed().items() if of == s)[:2]]
    given = Chorales(tuple(drawn_chorale(name, i) for i, name in enumerate(names)), ())
    train_chorale(by_tune, tmp_path / "other", Plan("shared", 6), replace(SMALL, split="tune"), given=given, at_once=1)
    for weights, clue in ((by_tune, "learned on the split by tune"), (None, "needs --weights")):
        with pytest.raises(ValueError, match=clue):
            evaluate_field(weights, said.append, few)


def test_what_sounds_is_as_likely_as_all_tokens_that_leave_it_so() -> None:
    """Against a sum over all tokens, in silence, held, struck again and past the end."""
    rng = torch.Generator().manual_seed(3)
    tokens = [REST, ONSET + 9, HOLD, ONSET + 9, HOLD, ONSET + 4, REST, REST, ONSET + 4, HOLD]
    targets = torch.tensor([[t, t] for t in tokens])
    targets[7:, 1] = PAD
    logs = torch.randn(len(tokens), 2, TOKENS, generator=rng, dtype=torch.float64).log_softmax(-1)
    total = 0.0
    for row in range(2):
        now = REST
        for step, token in enumerate(targets[:, row].tolist()):
            if token == PAD:
                break
            after = {t: now if t == HOLD else t for t in range(TOKENS) if t != HOLD or now != REST}
            total -= float(torch.log(sum(logs[step, row, t].exp() for t, a in after.items() if a == after[token])))
            now = after[token]
    assert float(sounding_nats(logs, targets)) == pytest.approx(total, abs=1e-9)


def soprano(tokens: list[int]) -> Chorale:
    voices = tuple(tuple(tokens) if v == SOPRANO else (REST,) * len(tokens) for v in range(4))
    return Chorale("some", voices, tuple(i % 16 for i in range(len(tokens))), (16,) * len(tokens))


def test_the_chances_of_all_that_a_soprano_may_do_next_sum_to_one() -> None:
    voice, rests = load(), counted_rests([soprano([REST, ONSET + 36, HOLD, HOLD, REST])])
    begun = [REST, ONSET + 69 - LOWEST, HOLD, ONSET + 71 - LOWEST, ONSET + 70 - LOWEST, HOLD, ONSET + 70 - LOWEST]
    for length in (0, 1, 3, 5, 7):
        before = soprano_nats(voice, rests, soprano(begun[:length])) if length else (0.0, 0.0)
        sounding = max([t for t in begun[:length] if t != HOLD][-1:], default=REST)
        struck, heard = 0.0, {}
        onsets = range(ONSET + LOW - LOWEST, ONSET + HIGH - LOWEST + 1)
        for token in [REST, *([HOLD] if sounding != REST else []), *onsets]:
            after = soprano_nats(voice, rests, soprano([*begun[:length], token]))
            struck += np.exp(before[0] - after[0])
            heard[sounding if token == HOLD else token] = np.exp(before[1] - after[1])
        assert struck == pytest.approx(1, abs=1e-9) and sum(heard.values()) == pytest.approx(1, abs=1e-9)


def test_a_soprano_that_stays_in_its_key_comes_to_be_less_surprising() -> None:
    voice, rests = load(), counted_rests([soprano([ONSET + 36, HOLD])])
    degrees = (60, 62, 64, 65, 67, 65, 64, 62)
    tokens = [t for _ in range(4) for pitch in degrees for t in (ONSET + pitch + 3 - LOWEST, HOLD, HOLD, HOLD)]
    course = [soprano_nats(voice, rests, soprano(tokens[: 32 * n]))[0] for n in range(1, 5)]
    apiece = [course[0], *(b - a for a, b in pairwise(course))]
    assert apiece[-1] < apiece[0]


@pytest.mark.parametrize(("rivals", "out", "clue"), [(False, None, "give --out"), (True, Path("x"), "by tune alone")])
def test_the_weights_that_play_are_not_written_over_by_those_of_this_split(rivals: bool, out: Path, clue: str) -> None:
    typed = argparse.Namespace(minutes=1.0, split="field", epochs=None, rivals=rivals, out=out)
    with pytest.raises(ValueError, match=clue):
        train_as_typed(typed, print)
