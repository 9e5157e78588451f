"""What is told of the chorale weights: the design's names, leaks that would be seen, Bach's figures beside ours."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from instrument.music.chorale.experts import EXPERTS
from instrument.networks.chorale.tokens import CHAIN, ONSET, REST, SOPRANO
from instrument.networks.chorale.weights import ExpertWeights, load
from instrument.thinking.voices.choir import VoiceTaste
from instrument.workshop.chorale.batches import held_out
from instrument.workshop.chorale.cached_logs import Spoken
from instrument.workshop.chorale.corpus import Chorale, Chorales
from instrument.workshop.chorale.jobs import filled
from instrument.workshop.chorale.split import listed
from instrument.workshop.chorale.trainer import loss
from instrument.workshop.evaluate import chorale_losses
from instrument.workshop.evaluate.chorale import compared, evaluate_chorale
from instrument.workshop.evaluate.chorale_baselines import FIGURES
from instrument.workshop.evaluate.chorale_live import choir_of, harmonise
from instrument.workshop.evaluate.chorale_losses import causality, without
from instrument.workshop.evaluate.part_writing import key_of
from tests.fakes.chorales import drawn_chorale

DESIGN = (
    "nats_per_step", "nats_bass", "nats_tenor", "nats_bass_bar_known", "nats_single_same_size", "nats.spacing",
    "parallels_per_100_notes", "crossings_percent", "in_key_percent", "named_percent", "outer_dissonance_percent",
    "parallels_per_100_notes_bach", "crossings_percent_bach", "in_key_percent_bach", "named_percent_bach",
    "outer_dissonance_percent_bach",
)  # fmt: skip


@pytest.fixture(scope="module")
def few() -> Chorales:
    side = listed()
    names = [n for s in ("valid", "test") for n in sorted(n for n in side if side[n] == s)[:6]]
    return Chorales(tuple(drawn_chorale(name, i) for i, name in enumerate(names)), ())


@pytest.fixture(scope="module")
def weights(stem: Path) -> ExpertWeights:
    return load(stem)


def rivals() -> dict[str, object]:
    names = {"product": 0.3, "single": 0.5, "single-metre": 0.6, **{e: 0.4 + i / 10 for i, e in enumerate(EXPERTS)}}
    voices = ("alto", "tenor", "bass")
    nats = {name: {v: {"test": [x] * 3, "valid": [x] * 3} for v in voices} for name, x in names.items()}
    return {name: {"nats": of, "parameters": 3_000_000, "hidden": 9} for name, of in nats.items()}


@pytest.mark.long
def test_the_figures_of_the_design_and_the_table(few: Chorales, stem: Path, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps({"rivals": rivals(), "command": "the command", "date": "a date"}))
    said: list[str] = []
    figures = evaluate_chorale(stem, said.append, few, tmp_path / "r.json", VoiceTaste(beam=2))
    for name in DESIGN:
        assert np.isfinite(float(str(figures[f"chorale.{name}"]))), name
    assert figures["chorale.nats_per_step"] == figures["chorale.nats_alto"]
    assert figures["chorale.nats_below_single_percent"] == pytest.approx(40)
    assert figures["chorale.nats_below_best_expert_percent"] == pytest.approx(25)
    text = "\n".join(said)
    assert "the command" in text and "one LSTM, all inputs (1.00 M a voice)" in text and "0 bits moved before" in text
    alone = evaluate_chorale(stem, said.append, few, tmp_path / "none.json", VoiceTaste(beam=1))
    assert "chorale.nats_per_step" in alone and "chorale.nats_single_same_size" not in alone


def test_the_rivals_figures_that_are_shipped_name_their_command_and_tell_the_product_apart() -> None:
    kept = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert kept["command"].startswith("python run.py train chorale --rivals")
    found = compared(kept["rivals"])
    assert 0 < found["chorale.nats_product_same_run"] < found["chorale.nats.spacing"]
    assert found["chorale.nats_product_same_run"] < found["chorale.nats_single_same_size"]


def test_a_voice_not_yet_trained_is_left_out_of_the_comparison() -> None:
    part = rivals()
    del part["product"]
    found = compared(part)
    assert found["chorale.nats.key"] == pytest.approx(0.9) and "chorale.nats_below_single_percent" not in found


@pytest.mark.long  # 2 seconds of CPU
def test_causality_is_shown_and_a_leak_would_be_seen(
    few: Chorales, weights: ExpertWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = causality(weights, few.chorales)
    assert found["chorale.leaked_bits"] == 0 and found["chorale.moved_bits"] > 0
    for name in ("alto", "tenor", "bass"):
        assert found[f"chorale.played_apart_{name}"] < 1e-4

    honest = chorale_losses.encode_tokens

    def leaking(grids, about, keys, voice):  # type: ignore[no-untyped-def]  # every voice a step too early
        return honest([np.roll(grid, -1, 0) for grid in grids], about, keys, voice)

    monkeypatch.setattr(chorale_losses, "encode_tokens", leaking)
    assert causality(weights, few.chorales)["chorale.leaked_bits"] > 0


def test_an_expert_left_out_and_a_temperature_are_those_of_the_product(few: Chorales, weights: ExpertWeights) -> None:
    found = without(weights, few.chorales)
    for voice, name in zip(CHAIN, ("bass", "tenor", "alto"), strict=True):
        model, batch = filled(voice, weights.plan, weights.arrays), held_out(few.chorales, voice)
        spoken = Spoken(model, batch)
        assert spoken.loss() == pytest.approx(loss(model, batch), abs=1e-5)
        assert found[f"chorale.without.{name}.key"] == pytest.approx(spoken.loss({"key": 0.0}) - spoken.loss())
        assert spoken.loss(dict.fromkeys(EXPERTS, 0.5)) == pytest.approx(spoken.loss(temperature=2.0), abs=1e-4)


def test_live_the_soprano_is_kept_and_nothing_sounds_before_it(few: Chorales, weights: ExpertWeights) -> None:
    choir, piece = choir_of(weights), few.chorales[0]
    late = ((REST,) * 5 + piece.voices[SOPRANO][5:], *piece.voices[1:])
    late = ((*late[0][:5], ONSET + 40, *late[0][6:]), *late[1:])
    found = harmonise(choir, Chorale("late", late, piece.places, piece.bars), VoiceTaste(beam=2))
    assert found[:, SOPRANO].tolist() == list(late[0]) and (found[:5] == REST).all() and (found[5, 1:] >= ONSET).all()
    assert np.array_equal(harmonise(choir, piece, VoiceTaste()), harmonise(choir, piece, VoiceTaste()))
    # causal: another melody from a step on leaves what was decided before it
    other = few.chorales[1]
    bent = (piece.voices[0][:12] + other.voices[0][12:], *piece.voices[1:])
    changed = harmonise(choir, Chorale("bent", bent, piece.places, piece.bars), VoiceTaste())
    assert np.array_equal(changed[:12], harmonise(choir, piece, VoiceTaste())[:12])


def test_the_key_is_the_finders_or_that_of_the_last_bass_note() -> None:
    scale = np.array([60, 62, 64, 65, 67, 69, 71, 60])
    pitches = np.stack([scale + 12, scale, scale - 12, scale - 24], 1).astype(np.int16)  # C major, ends on C
    onsets = np.ones_like(pitches, bool)
    assert key_of(pitches, onsets, (7, False)) == (0, False), "the finder took the dominant"
    assert key_of(pitches[:-1], onsets[:-1], (0, False)) == (0, False), "it ends on B, and stays in C"
    assert key_of(np.zeros((4, 4), np.int16), np.zeros((4, 4), bool), (3, True)) == (3, True)
