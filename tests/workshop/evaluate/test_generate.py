"""Many tunes at once are the tunes one by one, and the figures that are told of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from instrument.music.play_order import order
from instrument.music.tokens.bars import miscounted, read_tune
from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.sampling import distribution, draw
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.model.model_memory import ModelMemory
from instrument.workshop.evaluate import generate as generating
from instrument.workshop.evaluate.generate import HEADERS, distributions, draws, generate, guards_of, one_by_one
from instrument.workshop.evaluate.loss_by_class import CLASSES, by_class, class_of, surprise
from instrument.workshop.folk.trainer import loss

VOCABULARY = Vocabulary.shipped()


@pytest.fixture(scope="module")
def memory() -> Iterator[ModelMemory]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    yield ModelMemory(FolkRNN(len(VOCABULARY), 8, 2).eval(), VOCABULARY, nodes=64)
    torch.set_num_threads(threads)


@pytest.mark.long  # 6 seconds of CPU
@pytest.mark.parametrize("guarded", [True, False])
def test_many_at_once_are_the_same_tunes_as_one_by_one(
    memory: ModelMemory, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generating, "BATCH", 4)  # tunes begin where others end
    many = generate(memory, 6, guarded)
    guards = guards_of(memory, HEADERS) if guarded else {}
    assert many == [one_by_one(memory, seed, guards) for seed in range(1, 7)]
    if guarded:
        assert not any(miscounted(tune, order(tune.measures)) for tune in map(read_tune, many))


@given(
    st.lists(st.floats(-20, 20, width=32), min_size=6, max_size=6), st.floats(0.1, 3),
    st.lists(st.booleans(), min_size=6, max_size=6).filter(any), st.floats(0, 1, exclude_max=True),
)  # fmt: skip
def test_draws_of_many_rows_are_those_of_each(
    logits: list[float], temperature: float, allowed: list[bool], uniform: float
) -> None:
    rows = np.array([logits, logits[::-1]], np.float32)
    masks = np.array([allowed, allowed[::-1]])
    found = draws(distributions(rows, temperature, masks), np.array([uniform, uniform]))
    for row in range(2):
        assert found[row] == draw(distribution(rows[row], temperature, masks[row]), uniform)
    free = draws(distributions(rows, temperature, None), np.array([uniform] * 2))
    assert free[0] == draw(distribution(rows[0], temperature), uniform)


def test_every_token_has_a_class_and_the_classes_make_up_the_whole(memory: ModelMemory) -> None:
    assert {class_of(token) for token in VOCABULARY.tokens if token.text != "<s>"} == set(CLASSES)
    tunes = [VOCABULARY.encode(["<s>", *text, "</s>"]) for text in generate(memory, 4, True)]
    found = by_class(memory.model, VOCABULARY, tunes)
    total, count = found.pop("all")
    assert sum(n for _, n in found.values()) == count == sum(len(t) - 1 for t in tunes)
    assert sum(nats * n for nats, n in found.values()) / count == pytest.approx(total)
    assert total == pytest.approx(loss(memory.model, tunes), abs=1e-4)
    assert sum(surprise(memory.model, tunes[0])) == pytest.approx(loss(memory.model, tunes[:1]) * (len(tunes[0]) - 1))
