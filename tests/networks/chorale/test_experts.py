"""The product of experts: nothing is seen before it sounds, the product is a product, faders do what they say."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.music.chorale.experts import EXPERTS
from instrument.networks.chorale.experts import live_exponents
from instrument.networks.chorale.features import layout
from instrument.networks.chorale.frames import FLOOR, OUTSIDE, heads, overlay, spread
from instrument.networks.chorale.history import Moment, VoiceHistory, estimate_key
from instrument.networks.chorale.tokens import ALTO, BASS, CHAIN, HOLD, KNOWN, ONSET, REST, SOPRANO, TENOR, TOKENS
from tests.fakes.chorales import STEPS, a_model, piece, views
from tests.fakes.thorough import share

PLANS = ("shared", "separate", "single", "single-metre", *EXPERTS)
voices = st.sampled_from(CHAIN)


model_of = cache(a_model)  # made when it is asked for, and never changed


@pytest.mark.parametrize("plan", PLANS)
@settings(max_examples=share(5, 12))
@given(voice=voices, seed=st.integers(0, 99), step=st.integers(0, STEPS - 1))
def test_no_expert_sees_what_has_not_sounded_bit_for_bit(plan: str, voice: int, seed: int, step: int) -> None:
    """Change this voice from a step on and all others from the next on: up to that step no bit of any head moves."""
    before, other = piece(seed), piece(seed + 1000)
    after = before.copy()
    after[step + 1 :] = other[step + 1 :]
    unknown = [v for v in range(4) if v not in KNOWN[voice]]
    after[step, unknown] = other[step, unknown]
    model = model_of(plan, voice)
    with torch.no_grad():
        one, two = views(before, voice), views(after, voice)
        spoken, again = model.experts(one)[0], model.experts(two)[0]
        assert torch.equal(spoken[: step + 1], again[: step + 1])
        assert torch.equal(model(one)[0][: step + 1], model(two)[0][: step + 1])
    for name in ("fields", "counts", "references", "gates"):
        assert torch.equal(getattr(one, name)[: step + 1], getattr(two, name)[: step + 1]), name


@settings(max_examples=20)
@given(voice=voices, seed=st.integers(0, 99), step=st.integers(0, STEPS - 1), horizon=st.sampled_from([1, 2]))
def test_the_melody_is_known_ahead_as_far_as_the_horizon_and_no_other_voice_at_all(
    voice: int, seed: int, step: int, horizon: int
) -> None:
    before, other = piece(seed), piece(seed + 1000)
    after = before.copy()
    after[step + 1 :, 1:] = other[step + 1 :, 1:]
    reach = (0, 4, 16)[horizon]
    after[step + 1 + reach :, SOPRANO] = other[step + 1 + reach :, SOPRANO]
    unknown = [v for v in range(4) if v not in KNOWN[voice]]
    after[step, unknown] = other[step, unknown]
    one, two = views(before, voice, horizon), views(after, voice, horizon)
    for name in ("fields", "counts", "references", "gates"):
        assert torch.equal(getattr(one, name)[: step + 1], getattr(two, name)[: step + 1]), name


def test_the_causality_test_can_fail() -> None:
    """What is known at a step does move it: the soprano's note now, this voice's note before."""
    tokens = piece(5)
    for voice in CHAIN:
        for change in ((9, SOPRANO), (8, voice)):
            other = tokens.copy()
            other[change] = ONSET + (20 if tokens[change] != ONSET + 20 else 21)
            one, two = views(tokens, voice), views(other, voice)
            with torch.no_grad():
                model = model_of("shared", voice)
                assert not torch.equal(model.experts(one)[0][9], model.experts(two)[0][9])


@settings(max_examples=20)
@given(voice=voices, seed=st.integers(0, 99), at=st.integers(1, STEPS - 1))
def test_a_sequence_in_two_parts_with_its_state_is_the_sequence(voice: int, seed: int, at: int) -> None:
    seen, model = views(piece(seed), voice), model_of("shared", voice)
    with torch.no_grad():
        whole = model(seen)[0]
        first, state = model(seen[:at])
        second, _ = model(seen[at:], state)
    assert torch.allclose(whole, torch.cat([first, second]), atol=1e-5)


@settings(max_examples=20)
@given(voice=voices, seed=st.integers(0, 99))
def test_the_product_is_the_experts_powers_multiplied_and_renormalised(voice: int, seed: int) -> None:
    """Against the obvious double loop, in probabilities."""
    seen, model = views(piece(seed), voice), model_of("separate", voice)
    with torch.no_grad():
        spoken, _ = model.experts(seen)
        logs = model(seen)[0]
        exponents = model.effective(seen.gates)
    assert torch.allclose(logs.exp().sum(-1), torch.ones(STEPS, 1), atol=1e-5)
    for step in (0, STEPS // 2, STEPS - 1):
        product = np.ones(TOKENS)
        for head in range(len(model.heads)):
            for token in range(TOKENS):
                power = float(exponents[step, 0, head, 0 if token < ONSET else 1])
                product[token] *= float(spoken[step, 0, head, token].exp()) ** power
        assert np.allclose(product / product.sum(), logs[step, 0].exp().numpy(), atol=1e-5)


@pytest.mark.parametrize("expert", EXPERTS)
def test_a_fader_at_zero_is_the_product_without_that_expert(expert: str) -> None:
    seen, model = views(piece(7), ALTO), model_of("shared", ALTO)
    with torch.no_grad():
        muted = model(seen, live=live_exponents(model, {expert: 0.0}))[0]
        kept = [i for i, head in enumerate(model.heads) if head.expert != expert]
        spoken = model.experts(seen)[0]
        exponents = model.effective(seen.gates)[:, :, kept]
        rest = (spoken[:, :, kept, :ONSET] * exponents[..., :1]).sum(2)
        pitches = (spoken[:, :, kept, ONSET:] * exponents[..., 1:]).sum(2)
    assert torch.allclose(muted, torch.log_softmax(torch.cat([rest, pitches], -1), -1), atol=1e-5)


def test_a_fader_below_zero_prefers_what_its_expert_forbids() -> None:
    """Among the pitches that the expert can speak of, the order of its preference is turned around."""
    seen, model = views(piece(7), ALTO), model_of("contour", ALTO)
    with torch.no_grad():
        spoken = model.experts(seen)[0][:, :, 0, ONSET:].clamp(min=FLOOR)
        turned = model(seen, live=live_exponents(model, {"contour": -1.0}))[0][..., ONSET:]
    order = spoken.argsort(dim=-1, stable=True)
    assert (turned.gather(-1, order).diff(dim=-1) <= 1e-5).all()


@settings(max_examples=10)
@given(temperature=st.floats(0.3, 3.0))
def test_an_experts_temperature_is_an_exponent_and_the_products_flattens(temperature: float) -> None:
    seen, model = views(piece(7), TENOR), model_of("absolute", TENOR)
    with torch.no_grad():
        plain, cooled = model(seen)[0], model(seen, temperature=temperature)[0]
        faded = model(seen, live=live_exponents(model, {"absolute": 1 / temperature}))[0]
    assert torch.allclose(cooled, torch.log_softmax(plain / temperature, -1), atol=1e-5)
    assert torch.allclose(cooled, faded, atol=1e-4)


@pytest.mark.parametrize("expert", EXPERTS)
def test_every_frame_lies_over_the_tokens_as_its_name_says(expert: str) -> None:
    size = next(head.size for voice in CHAIN for head in heads(voice) if head.expert == expert)
    table, shared = overlay(expert), np.exp(spread(expert))
    assert table.min() >= 0 and table.max() <= size and (table[:, REST] == 0).all() and (table[:, HOLD] == 1).all()
    uniform = np.append(np.full(size, 1 / size), np.exp(OUTSIDE))
    for reference in range(12 if expert == "key" else 56):
        laid = uniform[table[reference]] * shared
        assert laid.sum() <= 1.1, "a frame gives out no more than it has"  # 56 pitches are 4.7 octaves
        if expert in ("chord", "key"):
            same = [t for t in range(ONSET, TOKENS) if table[reference, t] == ONSET]
            base = reference + 33 if expert == "chord" else reference
            assert all((t - ONSET + 33 - base) % 12 == 0 for t in same) and len(same) >= 4
        if expert in ("contour", "spacing"):
            middle = ONSET + (size - ONSET) // 2
            assert table[reference, ONSET + reference] == middle


def test_every_expert_has_a_head_in_every_voice_and_spacing_one_to_each_known_voice() -> None:
    for voice in CHAIN:
        assert {head.expert for head in heads(voice)} == set(EXPERTS)
        assert sum(head.expert == "spacing" for head in heads(voice)) == len(KNOWN[voice])


@settings(max_examples=30)
@given(voice=voices, seed=st.integers(0, 500))
def test_fields_stay_inside_their_rows(voice: int, seed: int) -> None:
    plan, seen = layout(voice), views(piece(seed), voice, seed % 3)
    low = torch.tensor([f.offset for f in plan.fields])
    size = torch.tensor([f.size for f in plan.fields])
    assert ((seen.fields >= low) & (seen.fields < low + size)).all()
    assert ((seen.references >= 0) & (seen.references < 56)).all() and (seen.references[..., 5] < 12).all()
    assert seen.counts.isfinite().all() and (seen.counts >= 0).all()
    spans = sorted([*((f.offset, f.size) for f in plan.fields), *((at, 12) for _, _, at in plan.counts)])
    assert [at for at, _ in spans] == list(np.cumsum([0, *(wide for _, wide in spans)])[:-1])
    assert sum(wide for _, wide in spans) == plan.size


def test_views_do_not_know_the_octave_of_the_beat_but_the_spacing() -> None:
    """Moved by an octave as a whole: only the absolute fields, and the references, change."""
    low, plan = piece(11), layout(ALTO)
    high = np.where(low >= ONSET, low + 5, low).astype(np.int16)
    one, two = views(low, ALTO), views(high, ALTO)
    moved = {plan.fields[i].group for i in torch.nonzero((one.fields != two.fields).any(0).any(0)).flatten().tolist()}
    assert "spacing" not in moved and "contour" not in moved and "beat" not in moved and "absolute" in moved


def test_a_key_is_found_by_ear_or_taken_as_given() -> None:
    counts = np.zeros((2, 12), np.float32)
    counts[0, [2, 4, 6, 7, 9, 11, 1]] = [4, 2, 3, 2, 3, 1, 1]  # D major
    tonic, mode = estimate_key(counts)
    assert (tonic[0], mode[0], mode[1]) == (2, 0, 2)
    moment = Moment.at(0, 4, False).with_key(14, minor=True)
    assert (moment.tonic[0], moment.mode[0]) == (2, 1)


def test_history_is_what_sounded() -> None:
    history = VoiceHistory.start()
    for tokens in ([ONSET + 40, REST, REST, ONSET + 10], [HOLD, HOLD, REST, ONSET + 12], [REST, REST, REST, HOLD]):
        history = history.advance(np.array([tokens], np.int16))
    assert history.pitch[0].tolist() == [56, 56, 56, 12] and history.last[0].tolist() == [40, 56, 56, 12]
    assert history.kind[0].tolist() == [REST, REST, REST, HOLD]
    assert history.motion[0, BASS] == 2 and history.moves[0].tolist() == [0, 0, 0, 1]
    assert history.age[0, BASS] == 2 and history.age[0, SOPRANO] == 1


def test_views_and_weights_need_no_torch() -> None:
    import subprocess
    import sys

    code = (
        "import sys, instrument.networks.chorale.features, instrument.networks.chorale.weights;"
        "import instrument.networks.chorale.frames;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
