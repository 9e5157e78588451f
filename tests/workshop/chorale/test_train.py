"""Training the experts, small: epochs are what they say, losses fall, time ends it, weights say what they are."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import ALTO, BASS, CHAIN, HOLD, ONSET
from instrument.networks.chorale.weights import load
from instrument.playing.time.clock import ManualClock
from instrument.workshop.chorale.batches import FIELDS, Feed, held_out
from instrument.workshop.chorale.calibrate import calibrated
from instrument.workshop.chorale.corpus import Chorale, Chorales
from instrument.workshop.chorale.distill import train_voices
from instrument.workshop.chorale.encode import PAD
from instrument.workshop.chorale.jobs import Job, filled, train_job
from instrument.workshop.chorale.split import listed, sided
from instrument.workshop.chorale.train import train_chorale
from instrument.workshop.chorale.trainer import ChoraleRecipe, ChoraleTrainer, loss, rate
from instrument.workshop.evaluate.chorale_baselines import rivals, size, train_rivals

SMALL = ChoraleRecipe(epochs=3, minutes=0, batch=4, rate=1e-2, drop=0.0, drop_in=0.0)


def scales(name: str, number: int) -> Chorale:
    """Four voices that walk up a scale together, a quarter note each, from a place of the piece's own."""
    steps, start = 16 + 4 * (number % 3), number % 5
    voices = []
    for base in (64, 57, 52, 40):
        tokens = [HOLD] * steps
        for beat in range(steps // 4):
            tokens[4 * beat] = ONSET + base + (0, 2, 4, 5, 7)[(start + beat) % 5] - 33
        voices.append(tuple(tokens))
    return Chorale(name, tuple(voices), tuple(i % 16 for i in range(steps)), (16,) * steps)


@pytest.fixture(scope="module")
def few() -> Chorales:
    """Ten to learn from and three on each other side, under names that the split lists."""
    side, wanted = listed(), {"train": 10, "valid": 3, "test": 3}
    names = [n for s, many in wanted.items() for n in sorted(n for n in side if side[n] == s)[:many]]
    return Chorales(tuple(scales(name, i) for i, name in enumerate(names)), (("odd.mxl", "5 parts, not four"),))


def test_an_epoch_holds_every_chorale_once_and_is_the_same_however_it_is_had(few: Chorales, tmp_path: Path) -> None:
    train = sided(few.chorales)["train"]
    kept, made = Feed(train, ALTO, 4, 1, kept=tmp_path), Feed(train, ALTO, 4, 1)
    first, again, fresh = kept.epoch(2), kept.epoch(2), made.epoch(2)
    assert len(first) == len(made) == 3 and list(tmp_path.iterdir())
    for one, two, three in zip(first, again, fresh, strict=True):
        for other in (two, three):
            assert torch.equal(one[1], other[1])
            assert all(torch.equal(getattr(one[0], f), getattr(other[0], f)) for f in FIELDS)
    lengths = sorted(int(n) for _, targets in first for n in (targets != PAD).sum(0))
    assert lengths == sorted(c.steps for c in train)
    assert any(not torch.equal(a[1], b[1]) for a, b in zip(first, made.epoch(1), strict=True))
    assert torch.equal(Feed(train, ALTO, 4, 1, distinct=2).epoch(4)[0][1], first[0][1])


def test_the_rate_rises_then_falls_to_nearly_nothing() -> None:
    course = [rate(1.0, i / 100) for i in range(101)]
    assert course[:21] == sorted(course[:21]) and course[20:] == sorted(course[20:], reverse=True)
    assert max(course) == pytest.approx(1.0) and course[100] < 1e-3


def test_training_lowers_the_loss_and_keeps_the_best_epoch(few: Chorales) -> None:
    sides = sided(few.chorales)
    trainer = ChoraleTrainer(BASS, Plan("shared", 12), replace(SMALL, epochs=6))
    watched = held_out(sides["valid"], BASS)
    before = loss(trainer.averaged, watched)
    history = trainer.run(Feed(sides["train"], BASS, 4, 1), watched)
    assert len(history) == 6 and history[-1]["train"] < history[0]["train"]
    assert loss(trainer.best, watched) == pytest.approx(min(row["valid"] for row in history), abs=1e-5)
    assert min(row["valid"] for row in history) < before


def test_the_minutes_end_a_run_that_has_epochs_left(few: Chorales) -> None:
    sides = sided(few.chorales)

    class Slow(ManualClock):
        def now(self) -> float:
            self.advance(1.0)
            return super().now()

    trainer = ChoraleTrainer(BASS, Plan("shared", 6), replace(SMALL, epochs=1000, minutes=1), clock=Slow())
    history = trainer.run(Feed(sides["train"], BASS, 4, 1), held_out(sides["valid"], BASS))
    assert 3 < len(history) < 60 and history[-1]["minutes"] >= 0.9


@pytest.mark.long
def test_teachers_draw_a_model_to_what_they_say(few: Chorales) -> None:
    """With nothing but teachers to learn from, the student ends nearer to them than it would from the notes."""
    sides = sided(few.chorales)
    teacher = train_job(Job(BASS, Plan("shared", 8), replace(SMALL, epochs=1)), sides)
    model = filled(BASS, Plan("shared", 8), teacher.arrays)
    watched = held_out(sides["valid"], BASS).views
    apart = []
    for teachers in ((), ((Plan("shared", 8), teacher.arrays),)):
        job = Job(BASS, Plan("shared", 12), replace(SMALL, epochs=8, soft=1.0, seed=5), teachers=teachers)
        student = filled(BASS, Plan("shared", 12), train_job(job, sides).arrays)
        with torch.no_grad():
            said, wanted = student(watched)[0], model(watched)[0]
        apart.append(float((wanted.exp() * (wanted - said)).sum(-1).mean()))
    assert apart[1] < apart[0] / 2


@pytest.mark.long
def test_from_chorales_to_weights_with_a_card(few: Chorales, tmp_path: Path) -> None:
    said: list[str] = []
    out, work = tmp_path / "out" / "chorale", tmp_path / "work"
    card = train_chorale(
        out, work, Plan("shared", 6), replace(SMALL, epochs=1), report=said.append,
        command="run.py train chorale", given=few,
    )  # fmt: skip
    back = load(out)
    assert back.plan == Plan("shared", 6) and set(back.arrays) >= {"alto.exponents", "bass.trunk.input"}
    kept = json.loads(out.with_suffix(".json").read_text())
    assert kept["split"] == card["split"] and kept["split"]["train"]["tunes"] == 10
    assert kept["left_out"] == {"5 parts, not four": 1} and kept["command"] == "run.py train chorale"
    assert "odd.mxl: 5 parts, not four" in (work / "chorales_left_out.txt").read_text()
    for voice, name in zip(CHAIN, ("bass", "tenor", "alto"), strict=True):
        model = filled(voice, back.plan, back.arrays)
        found = loss(model, held_out(sided(few.chorales)["test"], voice))
        assert kept["losses"][f"{name}, test, live"] == pytest.approx(found, abs=1e-3)
        assert len([line for line in said if line.startswith(f"{name} shared epoch")]) == 1
    text = out.with_suffix(".md").read_text()
    assert "nats a step" in text and "| alto | spacing to bass |" in text


@pytest.mark.long  # 6 seconds of CPU
def test_what_cannot_be_trained_is_one_line(few: Chorales, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='"no such" is no plan'):
        train_chorale(tmp_path / "o", tmp_path, Plan("no such", 6), SMALL, given=few)
    with pytest.raises(RuntimeError, match=r"training of (alto|tenor|bass) shared 6 seed 1 failed"):
        train_chorale(tmp_path / "o", tmp_path, Plan("shared", 6), SMALL, device="nowhere", given=few)


@pytest.mark.long  # eighteen seconds of CPU
def test_teachers_then_a_pupil_of_each_voice(few: Chorales, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = replace(SMALL, epochs=2)
    found = train_voices(Plan("shared", 5), recipe, "cpu", tmp_path, 2, 2, said.append, few)
    assert set(found) == set(CHAIN) and all(len(trained.history) == 2 for trained in found.values())
    taught = [line.split()[1] for line in said if line.startswith("teacher ")]
    assert sorted(taught) == ["alto", "alto", "bass", "bass", "tenor", "tenor"]
    assert len(list(tmp_path.iterdir())) == 3 * 2, "each voice's epochs are made once"


@pytest.mark.long  # half a minute of CPU
def test_rivals_are_of_the_products_size_and_their_figures_are_kept(few: Chorales, tmp_path: Path) -> None:
    product = Plan("shared", 192)
    for name, plan in rivals(product).items():
        if name in ("separate", "seed", "single", "single-metre"):
            assert size(plan) == pytest.approx(size(product), rel=0.01), name
    figures = train_rivals(
        tmp_path, Plan("shared", 4), replace(SMALL, epochs=1), "cpu", 2, lambda line: None, "a command", few, ("seed",)
    )  # fmt: skip
    kept = json.loads((tmp_path / "chorale_rivals.json").read_text())
    assert kept == figures and kept["command"] == "a command" and set(kept["rivals"]) == set(rivals(product))
    assert all(len(r["nats"][v]["test"]) == 3 for r in kept["rivals"].values() for v in ("alto", "tenor", "bass"))
    assert load(tmp_path / "chorale_seed").plan.hidden == kept["rivals"]["seed"]["hidden"]


def test_calibration_lowers_the_loss_of_what_was_not_trained_on_by_the_gates_alone(few: Chorales) -> None:
    sides, plan = sided(few.chorales), Plan("shared", 12)
    trained = train_job(Job(BASS, plan, replace(SMALL, epochs=1)), sides).arrays
    sure = {**trained, "bass.exponents": trained["bass.exponents"] * 3}
    bent, temperatures = calibrated(BASS, plan, sure, sides["valid"])
    watched = held_out(sides["valid"], BASS)
    assert loss(filled(BASS, plan, bent), watched) < loss(filled(BASS, plan, sure), watched)
    moved = sure["bass.gate_place"] - bent["bass.gate_place"]
    for kind, temperature in enumerate(temperatures):
        assert moved[..., kind] == pytest.approx(math.log(temperature), abs=2e-3)
    assert all((bent[name] == sure[name]).all() for name in sure if name != "bass.gate_place")
