"""The weights that come with the instrument: they count, they keep to the bar, they write different tunes."""

import json

import pytest

from instrument.music.play_order import order
from instrument.music.tokens.bars import miscounted, read_tune
from instrument.networks.folk.look_back import SOURCES
from instrument.networks.folk.weights import SHIPPED
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.tune.loader import load_memory
from instrument.workshop.evaluate.generate import generate

TUNES = 24  #: `make test-long` asks it of two hundred


@pytest.fixture(scope="module")
def memory() -> ModelMemory:
    return load_memory()


@pytest.fixture(scope="module")
def tunes(memory: ModelMemory) -> list[list[str]]:
    return list(generate(memory, TUNES, guarded=True))


def test_the_files_are_small_enough_and_their_card_is_whole() -> None:
    files = list(SHIPPED.parent.glob("folk*"))
    assert sum(f.stat().st_size for f in files) <= 16_000_000
    card = json.loads(SHIPPED.with_suffix(".json").read_text())
    assert {"corpora", "losses", "epochs", "date", "command", "split", "published"} <= set(card)
    assert all("terms" in book for book in card["corpora"])
    assert card["losses"]["test"] < 1.5


def test_it_is_folk_rnn_v2_and_its_look_back_inputs(memory: ModelMemory) -> None:
    model, look = memory.model, memory.model.look
    told = look.size * (4 * model.hidden + model.vocab + SOURCES) + SOURCES * (model.hidden + 1) if look else 0
    assert model.parameter_count() == 5_599_881 + told
    assert len(memory.vocabulary) == 137


def test_with_the_guard_on_no_bar_is_miscounted(tunes: list[list[str]]) -> None:
    for text in tunes:
        tune = read_tune(text)
        assert not miscounted(tune, order(tune.measures)), " ".join(text)


def test_tunes_are_tunes(tunes: list[list[str]]) -> None:
    """Long enough to dance to, all different, and mostly by step and small leap."""
    lengths = sorted(len(read_tune(text).measures) for text in tunes)
    assert lengths[TUNES // 2] >= 8
    assert len({tuple(text) for text in tunes}) == TUNES
    leaps = [
        abs(b.pitch - a.pitch)
        for text in tunes
        for measure in read_tune(text).measures
        for a, b in zip(measure.notes, measure.notes[1:], strict=False)
    ]
    assert sum(leap <= 5 for leap in leaps) > 0.75 * len(leaps)
