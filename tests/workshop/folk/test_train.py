"""Training, small: it learns, it stops and goes on exactly, and it writes weights that say what they are."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.look_back import LookBack
from instrument.networks.folk.novelty import NoteIndex
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import WeightsError, load
from instrument.workshop.books import books
from instrument.workshop.books import corpus as corpora
from instrument.workshop.evaluate.loss_by_class import surprise
from instrument.workshop.folk.recipes import LOOK_BACK
from instrument.workshop.folk.train import train_folk
from instrument.workshop.folk.trainer import FOLK_RNN, LILT, PAD, RECIPES, FolkRecipe, FolkTrainer, batches, loss, nats
from instrument.workshop.folk.update import RMSprop
from instrument.workshop.folk.widen_look_back import fit

SMALL = FolkRecipe(epochs=3, batch=4, chunk=20, rate=1e-2)
SIZES = (16, 2)


def scales(count: int, vocab: int = 9) -> list[list[int]]:
    """Tunes anybody could learn: up and down, from different places."""
    return [[0, *(2 + (start + step) % (vocab - 2) for step in range(20 + start)), 1] for start in range(count)]


def test_batches_hold_every_tune_once_with_targets_one_ahead() -> None:
    tunes = scales(11)
    seen = []
    for tokens, targets in batches(tunes, 4, random.Random(1)):
        assert tokens.shape == targets.shape and tokens.shape[1] <= 4
        for beam in range(tokens.shape[1]):
            counted = int((targets[:, beam] != PAD).sum())
            assert (targets[counted:, beam] == PAD).all()
            seen.append([*tokens[:counted, beam].tolist(), int(targets[counted - 1, beam])])
            assert targets[: counted - 1, beam].tolist() == seen[-1][1:-1]
    assert sorted(seen) == sorted(tunes)


def test_the_loss_of_knowing_nothing_is_the_log_of_the_vocabulary() -> None:
    trainer = FolkTrainer(9, SMALL, sizes=SIZES)
    with torch.no_grad():
        for parameter in trainer.model.parameters():
            parameter.zero_()
    assert loss(trainer.model, scales(5)) == pytest.approx(2.1972, abs=1e-4)
    targets = torch.tensor([[1], [PAD]])
    assert nats(torch.zeros(2, 1, 9), targets).item() == pytest.approx(2.1972, abs=1e-4)


@pytest.mark.parametrize("recipe", [SMALL, replace(FOLK_RNN, batch=4, epochs=3)], ids=lambda r: r.name)
def test_training_lowers_the_loss(recipe: FolkRecipe) -> None:
    trainer = FolkTrainer(9, recipe, sizes=SIZES)
    before = loss(trainer.model, scales(12))
    losses = [trainer.run_epoch(scales(12)) for _ in range(3)]
    assert losses[2] < losses[0] and loss(trainer.averaged, scales(12)) < before
    second = trainer.model.lstm.get_parameter("bias_hh_l0")
    assert second.eq(0).all()


@pytest.mark.parametrize("recipe", [SMALL, replace(FOLK_RNN, batch=4)], ids=lambda r: r.name)
def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(tmp_path: Path, recipe: FolkRecipe) -> None:
    whole = FolkTrainer(9, recipe, sizes=SIZES, corpus="a")
    for _ in range(3):
        whole.run_epoch(scales(12))
    first = FolkTrainer(9, recipe, sizes=SIZES, corpus="a")
    first.run_epoch(scales(12))
    first.history.append({"epoch": 1, "train": 2.0})
    first.save(tmp_path / "folk.pt")
    second = FolkTrainer(9, recipe, sizes=SIZES, corpus="a")
    second.run_epoch(scales(3))  # whatever it did before is forgotten
    second.load(tmp_path / "folk.pt")
    assert second.history == first.history and second.epoch == 1
    for _ in range(2):
        second.run_epoch(scales(12))
    for mine, theirs in ((second.model, whole.model), (second.averaged, whole.averaged)):
        for name, tensor in mine.state_dict().items():
            assert torch.equal(tensor, theirs.state_dict()[name]), name


def test_a_checkpoint_of_something_else_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "folk.pt"
    FolkTrainer(9, SMALL, sizes=SIZES, corpus="a").save(path)
    for other, said in (
        (FolkTrainer(9, replace(SMALL, drop=0.1), sizes=SIZES), "another recipe"),
        (FolkTrainer(9, SMALL, sizes=SIZES, corpus="b"), "other tunes"),
        (FolkTrainer(9, SMALL, sizes=(8, 2)), "another size"),
    ):
        with pytest.raises(ValueError, match=said) as caught:
            other.load(path)
        assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    FolkTrainer(9, replace(SMALL, epochs=50), sizes=SIZES).load(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match="or damaged") as caught:
        FolkTrainer(9, SMALL, sizes=SIZES).load(path)
    assert "\n" not in str(caught.value)


def test_the_recipes() -> None:
    assert RECIPES == {"lilt": LILT, "folk-rnn-like": FOLK_RNN, "look-back": LOOK_BACK}
    assert [recipe.look for recipe in RECIPES.values()] == [False, False, True]
    trainer = FolkTrainer(9, FOLK_RNN, sizes=SIZES)
    assert FOLK_RNN.rate_at(0.0, 0, 0) == 3e-3
    assert FOLK_RNN.rate_at(0.5, 22, 9000) == pytest.approx(3e-3 * 0.97**2)
    assert LILT.rate_at(0.0, 0, 0) < LILT.rate_at(0.0, 0, 500) == LILT.rate > LILT.rate_at(0.5, 6, 500)
    assert isinstance(trainer.learner.optimiser, RMSprop) and FOLK_RNN.drop == 0.5 and FOLK_RNN.clip == 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty unrelated tunes of sound bars, one that is not sound, and a copy."""
    rng, texts = random.Random(2), []
    for number in range(40):
        bars = ["".join(rng.choice("CDEFGABcdefga") for _ in range(8)) for _ in range(6)]
        texts.append(f"X:{number}\nT:tune {number}\nM:4/4\nL:1/8\nK:C\n{'|'.join(bars)}|\n\n")
    texts.append("X:40\nT:a bar too long\nM:4/4\nL:1/8\nK:C\nCDEFGABcdefg|CDEFGABc|\n\n")
    texts.append(texts[0].replace("X:0", "X:41"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "book.abc").write_text("".join(texts))
    return tmp_path / "mine"


@pytest.mark.long  # 3 seconds of CPU
def test_from_abc_to_weights_with_a_card(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    out, work = tmp_path / "out" / "folk", tmp_path / "work"

    def again(epochs: int, resume: bool = True) -> dict:  # type: ignore[type-arg]
        return train_folk(
            [folder], out, work, replace(SMALL, epochs=epochs), "cpu", resume, said.append, False,
            "run.py train folk mine", books=False, sizes=SIZES,
        )  # fmt: skip

    card = again(1)
    assert card["epochs"] == 1 and card["corpora"][0] | {"terms": ""} == {"name": "mine", "terms": "", "tunes": 40}
    assert sum(side["tunes"] for side in card["split"].values()) == 40
    assert card["left_out"] == {"its bars do not add up": 1, "a copy of a tune above": 1}
    assert len((work / "left_out.txt").read_text().splitlines()) == 2
    assert "mine/book X:40: its bars do not add up" in (work / "left_out.txt").read_text()
    assert any(line.startswith("train: ") for line in said) and not any("\n" in line for line in said)

    card = again(2)
    assert any("1 of 2 epochs are done; going on" in line for line in said) and card["epochs"] == 2
    model, vocabulary, kept = load(out)
    assert kept == json.loads(out.with_suffix(".json").read_text()) and kept["command"] == "run.py train folk mine"
    assert vocabulary.texts == Vocabulary.shipped().texts and model.hidden == 16
    assert "run.py train folk mine" in out.with_suffix(".md").read_text()

    index = NoteIndex.load(out)
    assert index is not None and len(index) > 10, "what is new is told against these very tunes"
    weights = out.with_suffix(".safetensors").read_bytes()
    said.clear()
    assert again(2)["losses"] == card["losses"]  # nothing is left to train: evaluated and written
    assert out.with_suffix(".safetensors").read_bytes() == weights
    assert not any(line.startswith("epoch ") for line in said)
    again(2, resume=False)  # another course of the learning rate than one epoch and then one more
    weights = out.with_suffix(".safetensors").read_bytes()
    again(2, resume=False)
    assert out.with_suffix(".safetensors").read_bytes() == weights  # the same seed gives the same weights


def test_look_back_goes_on_from_plain_weights_and_says_so_in_its_card(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    plain, out = tmp_path / "plain" / "folk", tmp_path / "out" / "folk"
    small = replace(SMALL, epochs=2)
    train_folk([folder], plain, tmp_path / "w", small, "cpu", progress=False, books=False, sizes=SIZES)
    recipe = replace(LOOK_BACK, epochs=1, batch=8)
    card = train_folk(
        [folder], out, tmp_path / "w2", recipe, "cpu", report=said.append, progress=False, books=False, sizes=SIZES,
        begin=plain,
    )  # fmt: skip
    model, vocabulary, kept = load(out)
    look = LookBack(vocabulary.tokens)
    assert model.look is not None and model.look.inputs == look.inputs
    assert kept["architecture"]["look_back"]["inputs"] == [list(each) for each in look.inputs]
    assert "4 bars before" in out.with_suffix(".md").read_text() and kept["recipe"]["look"] is True
    assert any(line.startswith("output side, round 4 of 4") for line in said)
    assert load(plain)[0].look is None and card["losses"]["valid"] < load(plain)[2]["losses"]["valid"]
    changed = kept | {"architecture": kept["architecture"] | {"look_back": {"reading": 0, "inputs": []}}}
    out.with_suffix(".json").write_text(json.dumps(changed))
    with pytest.raises(WeightsError, match="reading 0") as caught:
        load(out)
    assert "\n" not in str(caught.value)


def test_the_output_side_learns_to_foretell_what_comes_again() -> None:
    vocabulary, rng = Vocabulary.shipped(), random.Random(3)

    def tune() -> list[int]:
        a, b = (" ".join(rng.choice("CDEFGABcdefgab") for _ in range(4)) for _ in range(2))
        texts = f"M:2/4 K:Cmaj |: {a} | {b} | {a} | {b} :|".split()
        return [vocabulary.start, *vocabulary.encode(texts), vocabulary.stop]

    torch.manual_seed(1)
    model = FolkRNN(len(vocabulary), 8, 1, look=LookBack(vocabulary.tokens))
    before = model.out.weight.detach().clone()
    fit(model, [tune() for _ in range(60)], replace(LOOK_BACK, hide=0.0, drop=0.0), rounds=150)
    assert torch.equal(model.out.weight[: model.vocab], before[: model.vocab]), "the tokens' own weights are held"
    unseen = [tune() for _ in range(20)]
    nats_of = torch.tensor([surprise(model, numbers) for numbers in unseen]).mean(0)  # [tokens]
    first, again = nats_of[3:13], nats_of[13:23]  # two bars, and the same two once more
    assert again.mean() < 0.5 * first.mean()


def test_nothing_to_train_on_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no ABC file or folder at .*nowhere"):
        train_folk([tmp_path / "nowhere"], tmp_path / "o", tmp_path, books=False)
    (tmp_path / "empty.abc").write_text("")
    with pytest.raises(ValueError, match="no tune to train on"):
        train_folk([tmp_path / "empty.abc"], tmp_path / "o", tmp_path / "w", books=False, progress=False)


def test_the_books_are_where_pip_puts_them_and_the_card_knows_them() -> None:
    files = corpora.default_files()
    assert {path.parent.name for path in files} == set(books.BOOKS)
    corpus = corpora.gather(files[:1], Vocabulary.shipped().texts)
    assert len(corpus.tunes) > 10 and all(name.split("/")[0] in books.BOOKS for name, _ in corpus.tunes)
    assert all(reason for _, reason in corpus.refused)
    for book in books.BOOKS.values():
        assert book.origin.endswith(".") and book.transcribers.endswith(".") and "@" not in book.transcribers


def test_the_shipped_card_says_what_training_would_and_calls_its_rival_what_it_is() -> None:
    """The same words in the code, in the card and in the card for people."""
    import json

    from instrument.networks.folk.weights import SHIPPED
    from instrument.networks.model_card import markdown
    from instrument.workshop.folk.train import PUBLISHED

    card = json.loads(SHIPPED.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["published"] == PUBLISHED
    assert SHIPPED.with_suffix(".md").read_text(encoding="utf-8") == markdown(card)
    assert not {"folk-rnn", "published"} & card["rivals"].keys()
