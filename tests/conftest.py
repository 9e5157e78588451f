"""Tests run in virtual time and on one core each."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes.thorough import share

# The machine may stall: slowness is no failure. CI asks the same questions every time, people new ones.
settings.register_profile(
    "lilt",
    max_examples=share(25, 200),
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("lilt")


def pytest_collection(session: pytest.Session) -> None:
    """One thread, before the first test file is read: several that share a core wait for each other, and burn it."""
    if getattr(session.config.option, "dist", "no") == "no":  # not who only hands the tests out
        import torch

        torch.set_num_threads(1)


def pytest_collection_finish() -> None:
    """The garbage collector need not go through ten thousand tests and all that they import, time and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def stem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of experts that know nothing, on disk."""
    import torch

    from instrument.networks.chorale.experts import ProductOfExperts
    from instrument.networks.chorale.plans import Plan
    from instrument.networks.chorale.tokens import CHAIN
    from instrument.networks.chorale.weights import save

    torch.manual_seed(1)
    models = [ProductOfExperts(voice, Plan("shared", 6)) for voice in CHAIN]
    path = tmp_path_factory.mktemp("weights") / "chorale"
    save(Plan("shared", 6), {n: a for m in models for n, a in m.arrays().items()}, path, {})
    return path
