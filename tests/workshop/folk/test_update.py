"""The trainer for many recipes: its loss is the plain loss, its means against over-fitting do what they say."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import load
from instrument.playing.time.clock import ManualClock
from instrument.workshop.books.tokens import Tokens
from instrument.workshop.folk import update as learning
from instrument.workshop.folk.batches import LONGEST, MOVES, OCTAVES, Rows, moves, pieces
from instrument.workshop.folk.cuda_learner import PLAIN, CudaLearner
from instrument.workshop.folk.recipes import FOLK_RNN, FolkRecipe
from instrument.workshop.folk.sweep import Sweep
from instrument.workshop.folk.trainer import loss, nats
from instrument.workshop.folk.update import Learner, RMSprop, clip, outputs

VOCABULARY = Vocabulary.shipped()
SMALL = FolkRecipe("small", epochs=12, batch=4, rate=1e-2, drop=0.2, average=0.9, locked=True, drop_in=0.05,
               drop_weights=0.2, hidden=16)  # fmt: skip
BUCKETS = (16, 40, LONGEST)


def tune(seed: int) -> list[int]:
    """Up and down the scale, from a place of its own."""
    scale = ["C", "D", "E", "F", "G", "A", "B", "c"]
    notes = [scale[abs((seed + step) % 14 - 7)] for step in range(12 + seed)]
    return VOCABULARY.encode(["<s>", "M:4/4", "K:Cmaj", *notes, "|", "</s>"])


TUNES = [tune(seed) for seed in range(12)]


def rows(tunes: list[list[int]] = TUNES) -> Rows:
    return Rows(tunes, VOCABULARY.texts)


def test_without_dropout_the_outputs_are_the_models() -> None:
    model = FolkRNN(len(VOCABULARY), 16, 2).eval()
    tokens = torch.tensor(TUNES[3][:-1])[:, None]
    with torch.no_grad():
        assert torch.allclose(outputs(model, tokens, PLAIN, torch.float32)[0], model.sequence(tokens)[0], atol=1e-6)


def test_the_gradient_is_that_of_the_plain_loss() -> None:
    learner = Learner(len(VOCABULARY), replace(SMALL, drop=0.0, drop_in=0.0, drop_weights=0.0, clip=1e9), layers=2)
    learner.step(rows().batch(torch.tensor([2, 5, 12]), 40))  # the last is the row of nothing
    taken = [p.grad.clone() for p in learner.learned if p.grad is not None]
    total = torch.zeros(())
    for own in (TUNES[2], TUNES[5]):
        column = torch.tensor(own)[:, None]
        total = total + nats(learner.model.sequence(column[:-1])[0], column[1:])
    count = len(TUNES[2]) + len(TUNES[5]) - 2
    for mine, plain in zip(taken, torch.autograd.grad(total / count, learner.learned), strict=True):
        assert torch.allclose(mine, plain, atol=1e-6)
    assert learner.seen.tolist() == pytest.approx([total.item(), count])


def test_a_locked_mask_drops_the_same_units_all_through_a_tune() -> None:
    like = torch.ones(500, 3, 40)
    locked = learning._mask((1, 3, 40), 0.5, like)
    assert set(locked.unique().tolist()) == {0.0, 2.0} and locked.shape == (1, 3, 40)
    assert abs(learning._mask((200, 30, 40), 0.3, like).mean().item() - 1) < 0.02


@given(st.lists(st.lists(st.floats(-100, 100), min_size=1, max_size=5), min_size=1, max_size=4), st.floats(0.1, 10))
def test_clipping_bounds_the_norm_and_keeps_the_direction(values: list[list[float]], most: float) -> None:
    grads = [torch.tensor(v) for v in values]
    before = torch.cat(grads)
    clip(grads, most, 2.0)
    after = torch.cat(grads)
    assert after.norm() <= most * 1.001
    assert torch.allclose(after * before.norm(), before * after.norm(), atol=1e-2, rtol=1e-3)


def test_a_gradient_that_is_not_finite_moves_nothing() -> None:
    grads = [torch.tensor([1.0, torch.inf]), torch.ones(2)]
    clip(grads, 1.0, learning.SCALE)
    assert all(grad.eq(0).all() for grad in grads)


def test_rmsprop_is_lasagnes() -> None:
    p = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    rate = torch.tensor(0.1)
    optimiser = RMSprop([p], rate)
    square, value = torch.zeros(2), p.detach().clone()
    for step in range(3):
        p.grad = torch.tensor([0.5, -1.0]) * (step + 1)
        square = 0.9 * square + 0.1 * p.grad**2
        value = value - 0.1 * p.grad / (square + 1e-6).sqrt()
        optimiser.step()
    assert torch.allclose(p.detach(), value)


def test_a_table_of_rows_gives_back_its_tunes() -> None:
    table = rows()
    batch = table.batch(torch.tensor([4, 7]), 40)
    for beam, number in enumerate((4, 7)):
        steps = int(batch.counts[:, beam].sum())
        assert [*batch.tokens[:steps, beam].tolist(), int(batch.targets[steps - 1, beam])] == TUNES[number]


@given(st.integers(0, 100), st.integers(1, 6))
def test_an_epoch_has_every_row_once_in_a_bucket_that_holds_it(seed: int, beams: int) -> None:
    table = rows()
    seen = []
    for bucket, group in table.epoch(beams, BUCKETS, random.Random(seed)):
        own = [row for row in group if row != table.empty]
        assert len(group) == beams and all(table.lengths[row] <= bucket for row in own)
        seen += own
    assert sorted(seen) == list(range(len(TUNES)))


def test_thinning_leaves_out_only_the_largest_family() -> None:
    table = Rows(TUNES, VOCABULARY.texts, large=[True] * 6 + [False] * 6)
    drawn = [row for _, group in table.epoch(1, BUCKETS, random.Random(1), thin=1.0) for row in group]
    assert sorted(drawn) == [6, 7, 8, 9, 10, 11]


@given(st.integers(5, 1200))
def test_pieces_of_a_long_tune_have_every_target_once(length: int) -> None:
    whole = list(range(length))
    found = pieces(whole)
    assert all(len(piece) <= LONGEST + 1 and piece[:3] == [0, 1, 2] for piece in found)
    targets = found[0][1:] + [t for piece in found[1:] for t in piece[4:]]
    assert targets == whole[1:]


def test_a_tune_moves_by_octaves_and_back_and_never_out_of_the_vocabulary() -> None:
    table = moves(VOCABULARY.texts)
    index = VOCABULARY.index
    up, down = (table[MOVES.index(move)] for move in (7, -7))
    assert up[index["C"]] == index["c"] and down[index["^c"]] == index["^C"] and up[index["|"]] == index["|"]
    for token in range(len(VOCABULARY)):
        assert up[token] < 0 or down[up[token]] == token
    batch = rows().batch(torch.tensor([4] * 64), 40, torch.ones(()), torch.zeros(()))
    heads = {tuple(batch.tokens[:8, beam].tolist()) for beam in range(64)}
    legal = rows().legal[list(OCTAVES), 4].tolist()
    assert len(heads) == sum(legal) > 0 and (batch.tokens >= 0).all()


@pytest.mark.long  # 3 seconds of CPU
def test_it_learns_and_keeps_the_best() -> None:
    recipe = replace(SMALL, epochs=120)  # past the warming up
    run = CudaLearner(Learner(len(VOCABULARY), recipe, layers=2), rows(), rows(), buckets=BUCKETS)
    while not run.finished:
        run.advance(0.0)
    losses = run.losses()
    assert len(losses) == 120 and losses[-1] < 0.5 * losses[0]
    assert loss(run.best(), TUNES) == pytest.approx(min(losses), abs=1e-3)
    assert run.tokens == 120 * sum(len(t) - 1 for t in TUNES)


@pytest.mark.parametrize("recipe", [FOLK_RNN, SMALL], ids=lambda r: r.name)
def test_recipes_differ_in_their_optimiser(recipe: FolkRecipe) -> None:
    learner = Learner(9, replace(recipe, hidden=8), layers=2)
    assert isinstance(learner.optimiser, RMSprop) == (recipe is FOLK_RNN)


def test_tries_end_in_weights_and_a_log(tmp_path: Path) -> None:
    count = len(TUNES)
    tokens = Tokens(
        [f"t X:{i}" for i in range(count)], ["train"] * 8 + ["valid"] * 2 + ["test"] * 2, TUNES, list(range(count)),
        VOCABULARY.texts,
    )  # fmt: skip
    said: list[str] = []
    recipes = [replace(SMALL, epochs=3), replace(FOLK_RNN, epochs=2, hidden=8, batch=4)]
    tries = Sweep(tokens, 5.0, tmp_path, "cpu", layers=2, report=said.append, clock=ManualClock(), buckets=BUCKETS,
                  hidden=16)  # fmt: skip
    best = tries.run(recipes)
    courses = json.loads((tmp_path / "tries.json").read_text())
    assert [(c["name"], c["epochs"]) for c in courses] == [("folk-rnn-like", 2), ("small", 3)]
    assert all(len(c["valid_by_epoch"]) == c["epochs"] for c in courses)
    assert best[0].valid == min(c["valid"] for c in courses)
    model, _, card = load(tmp_path / "folk")
    assert model.hidden == 16 and card["recipe"] == asdict(next(r.recipe for r in best if r.recipe.hidden == 16))
