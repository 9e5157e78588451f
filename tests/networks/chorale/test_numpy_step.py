"""The step that plays against the model that was trained: the same numbers, hypothesis by hypothesis, step by step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.music.chorale.experts import EXPERTS
from instrument.networks.chorale.experts import ProductOfExperts, live_exponents
from instrument.networks.chorale.features import hear, layout, settle
from instrument.networks.chorale.features_fast import Hearing
from instrument.networks.chorale.history import UNKNOWN_MODE, Moment, VoiceHistory
from instrument.networks.chorale.numpy_step import ProductStep
from instrument.networks.chorale.tokens import ALTO, CHAIN, KNOWN, ONSET, SOPRANO, TENOR
from tests.fakes.chorales import STEPS, a_model, piece, told, views
from tests.fakes.thorough import share

MODELS = {(plan, voice): a_model(plan, voice) for plan in ("shared", "separate") for voice in CHAIN}


def stepper(model: ProductOfExperts) -> ProductStep:
    return ProductStep(model.voice, model.plan, model.arrays())


def moment(about: dict[str, np.ndarray], step: int) -> Moment:
    now = {name: values[step : step + 1] for name, values in about.items()}
    return Moment(**now, tonic=np.zeros(1, np.int16), mode=np.full(1, UNKNOWN_MODE, np.int16))


def known(tokens: np.ndarray, voice: int) -> list[int]:
    return [int(tokens[v]) for v in KNOWN[voice]]


def agree(logs: np.ndarray, wanted: np.ndarray) -> None:
    """Probabilities and logarithms to 1e-5; where sums of a hundred nats are rounded to 24 bits, to a few units."""
    assert np.abs(np.exp(logs) - np.exp(wanted)).max() < 1e-5
    assert np.allclose(logs, wanted, atol=1e-5, rtol=2e-6)


@pytest.mark.parametrize(("plan", "voice"), MODELS)
@settings(max_examples=share(3, 8))
@given(seed=st.integers(0, 999), horizon=st.integers(0, 2))
def test_it_agrees_with_the_trained_graph_to_1e_5(plan: str, voice: int, seed: int, horizon: int) -> None:
    model, tokens = MODELS[plan, voice], piece(seed)
    with torch.no_grad():
        wanted = model(views(tokens, voice, horizon))[0].numpy()
    step, about = stepper(model), told(tokens[:, SOPRANO], horizon)
    state, history = step.start(), VoiceHistory.start(1)
    for n in range(STEPS):
        rivals = [known(tokens[n], voice), known(piece(seed + 1)[n], voice)]
        rivals[1][0] = rivals[0][0]  # all hypotheses share the soprano
        look = step.look(step.open(state, history, moment(about, n)), rivals)
        agree(look.logs[0], wanted[n, 0])
        assert np.abs(np.exp(look.logs).sum(1) - 1).max() < 1e-5
        state, history = look.state(0), history.advance(tokens[n : n + 1])


def test_the_trained_size_agrees_too() -> None:
    torch.manual_seed(2)
    model, tokens = ProductOfExperts(ALTO).eval(), piece(3)
    with torch.no_grad():
        wanted = model(views(tokens, ALTO))[0].numpy()
    step, about = stepper(model), told(tokens[:, SOPRANO])
    state, history = step.start(), VoiceHistory.start(1)
    for n in range(STEPS):
        look = step.look(step.open(state, history, moment(about, n)), [known(tokens[n], ALTO)] * 8)
        agree(look.logs, np.repeat(wanted[n], 8, 0))
        state, history = look.state(7), history.advance(tokens[n : n + 1])


@settings(max_examples=60)
@given(st.sampled_from(CHAIN), st.integers(0, 9999), st.integers(0, STEPS - 1), st.integers(0, 2))
def test_hearing_says_what_the_views_say(voice: int, seed: int, until: int, horizon: int) -> None:
    """The quick way against the plain: the same rows, the same counts, the same references."""
    tokens, others = piece(seed), piece(seed + 1)
    history = VoiceHistory.start(1)
    for step in tokens[:until]:
        history = history.advance(step[None])
    now = moment(told(tokens[:, SOPRANO], horizon), until)
    settled, plan = settle(voice, history, now), layout(voice)
    soprano = int(tokens[until, SOPRANO])
    rivals = [[soprano, *known(other, voice)[1:]] for other in (tokens[until], *others)]
    plain = hear(voice, history, now, settled, np.array(rivals, np.int16))
    shared, each, counts, references = Hearing(voice, history, now, settled).rows(rivals)
    offsets = [field.offset for field in plan.heard]
    lately = slice(plan.counts[1][2], plan.counts[3][2])
    for row in range(len(rivals)):
        wanted = np.zeros(plan.size, np.float32)
        for offset, value in zip(offsets, plain.fields[row].tolist(), strict=True):
            wanted[offset + value] += 1
        wanted[plan.counts[1][2] :] += plain.counts[row]
        found = np.zeros(plan.size + 1, np.float32)
        for place in (*shared, *each[row]):
            found[place] += 1
        found[lately] += counts
        found[-1] = 0
        assert np.allclose(found[:-1], wanted, atol=1e-6)
        assert references[row].tolist() == plain.references[row].tolist()


@settings(max_examples=20)
@given(st.fixed_dictionaries({expert: st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0]) for expert in EXPERTS}))
def test_a_performers_faders_do_what_the_models_do(faders: dict[str, float]) -> None:
    model, tokens = MODELS["shared", TENOR], piece(4)
    live = live_exponents(model, faders)
    with torch.no_grad():
        wanted = model(views(tokens, TENOR), live=live)[0].numpy()
    step = stepper(model)
    look = step.look(step.open(step.start(), VoiceHistory.start(1), moment(told(tokens[:, SOPRANO]), 0)),
                     [known(tokens[0], TENOR)], live.numpy())  # fmt: skip
    agree(look.logs[0], wanted[0, 0])


@settings(max_examples=20)
@given(st.integers(0, 999), st.floats(1.1, 5.0))
def test_a_heat_spreads_the_pitches_and_leaves_alone_whether_to_strike(seed: int, heat: float) -> None:
    model, tokens = MODELS["shared", ALTO], piece(seed)
    step = stepper(model)
    opened = step.open(step.start(), VoiceHistory.start(1), moment(told(tokens[:, SOPRANO]), 0))
    heard = [known(tokens[0], ALTO)]
    as_is = step.look(opened, heard)
    same = step.look(opened, heard, None, np.ones(len(step.heads), np.float32))
    agree(same.logs, as_is.logs)
    hot = step.look(opened, heard, None, np.full(len(step.heads), heat, np.float32))
    assert np.array_equal(hot.spoken[..., :ONSET], as_is.spoken[..., :ONSET])
    struck = [np.exp(look.spoken[0, :, ONSET:].astype(np.float64)) for look in (as_is, hot)]
    assert np.allclose(struck[0].sum(1), struck[1].sum(1), rtol=1e-3)
    shares = [s / s.sum(1, keepdims=True) for s in struck]
    entropy = [-(s * np.log(s)).sum(1) for s in shares]
    assert (entropy[1] >= entropy[0] - 1e-4).all()


def test_it_needs_no_torch() -> None:
    import subprocess
    import sys

    modules = "instrument.thinking.voices.accompanist_process, instrument.thinking.voices.spans_with_voices"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
