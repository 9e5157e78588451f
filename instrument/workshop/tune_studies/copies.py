"""`run.py study copies`: how far earlier bars are to be trusted, fitted by likelihood, and what that is worth.

Fitted on the tunes kept for choosing, told on those and on the test side, which is looked at and never fitted on. Three
conditions: without a plan ("free", an exact law of the tokens alone), and with the tune's own plan known, in bars that
it calls new and in bars that say an earlier one again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from instrument.music.meter import Meter
from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.weights import SHIPPED, load
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.form.copies import CONDITIONS, KINDS
from instrument.thinking.form.weights import LONGEST_RUN, PLACES, file_for
from instrument.workshop.evaluate.folk_form import the_books
from instrument.workshop.form.copy_rows import CopyRow, copy_rows

SMOOTH = 0.3  #: how much neighbouring runs are held together, nats a squared step
START = -4.0  #: log-odds before the fit
SIDES = ("valid", "test")


def study_copies(weights: Path | None, say: Callable[[str], None], write: Path | None = None) -> dict[str, float]:
    """Figures `copies.*`, nats a token under the bar guard. The fitted weights are written where the form's are read,
    or to `write`. Raises OSError."""
    model, vocabulary, _ = load(weights or SHIPPED)
    guards: dict[str, BarGuard] = {}
    rows: dict[str, list[CopyRow]] = {side: [] for side in SIDES}
    books = the_books()
    for side in SIDES:
        for tune in books.side(side):
            numbers = tune[1:-1]
            meter = vocabulary.texts[numbers[0]][2:]
            guard = guards.setdefault(meter, BarGuard(vocabulary, Meter.parse(meter)))
            rows[side] += copy_rows(numbers, _network(model, tune), vocabulary, guard)
    told: dict[str, float] = {}
    runs, places, given = [], [], dict.fromkeys(SIDES, 0.0)
    for condition in CONDITIONS:
        tables = {side: _Table(rows[side], condition) for side in SIDES}
        by_run, by_place = fit(tables["valid"])
        runs.append(by_run)
        places.append(by_place)
        for side in SIDES:
            nats = float(tables[side].nats(by_run, by_place).sum())
            if condition == "free":
                told[f"copies.{side}_network"] = float(-np.log([row.expected for row in rows[side]]).mean())
                told[f"copies.{side}_free"] = nats / len(rows[side])
            else:
                given[side] += nats
    told |= {f"copies.{side}_given_its_plan": given[side] / len(rows[side]) for side in SIDES}
    target = write or file_for(model.look is not None)
    data = {"runs": [table.numpy().round(3).tolist() for table in runs],
            "places": [table.numpy().round(3).tolist() for table in places]}  # fmt: skip
    target.write_text(json.dumps(data) + "\n", encoding="utf-8")
    say(f"weights of copying in {target}")
    return told


@torch.inference_mode()
def _network(model: FolkRNN, tune: list[int]) -> NDArray[np.float64]:
    """[tokens, vocab]: what the network expects behind each token of a tune but its last. tune: `<s>` first."""
    logits = model.sequence(torch.tensor(tune[:-1])[:, None])[0][:, 0]
    return logits.double().softmax(-1).numpy()


class _Table:
    """The rows of one condition as tensors: each token, and each thing foretold with the token it belongs to."""

    def __init__(self, rows: Sequence[CopyRow], condition: str) -> None:
        own = [row for row in rows if condition == "free" or row.planned == condition]
        self.expected = torch.tensor([row.expected for row in own], dtype=torch.float64)
        self.place = torch.tensor([row.place for row in own])
        found = [row.free if condition == "free" else row.given for row in own]
        self.token = torch.tensor([at for at, each in enumerate(found) if each is not None for _ in each.kinds])
        known = [each for each in found if each is not None]
        self.kind, self.run = (
            torch.from_numpy(np.concatenate([getattr(each, name) for each in known] or [np.zeros(0, np.int64)]))
            for name in ("kinds", "runs")
        )
        hits = np.concatenate([each.hits for each in known] or [np.zeros(0, np.bool_)])
        self.hit = torch.from_numpy(hits).double()

    def nats(self, runs: Tensor, places: Tensor) -> Tensor:
        """[tokens]: with the network's own odds as one."""
        odds = torch.exp(runs[self.kind, self.run] + places[self.kind, self.place[self.token]])
        every = torch.zeros_like(self.expected).index_add(0, self.token, odds)
        right = torch.zeros_like(self.expected).index_add(0, self.token, odds * self.hit)
        return -torch.log((self.expected + right) / (1 + every))


def fit(table: _Table) -> tuple[Tensor, Tensor]:
    """Log-odds by (kind, run) and by (kind, bar of the part), likeliest on the rows."""
    runs = torch.full((len(KINDS), LONGEST_RUN + 1), START, dtype=torch.float64, requires_grad=True)
    places = torch.zeros((len(KINDS), PLACES), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([runs, places], max_iter=200, line_search_fn="strong_wolfe")

    def close() -> Tensor:
        optimiser.zero_grad()
        smooth = ((runs[:, 1:] - runs[:, :-1]) ** 2).sum() * SMOOTH + (places**2).sum() * SMOOTH
        loss: Tensor = table.nats(runs, places).sum() + smooth
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(close)  # type: ignore[no-untyped-call]
    return runs.detach(), places.detach()
