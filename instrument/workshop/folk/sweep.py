"""Sweep of training recipes, side by side on one machine: `run.py train folk --tries`.

Time, not epochs, is what is given: the learning rates fall with it, and whatever happens the best weights so far are
written, with every try's course in `tries.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from instrument.networks.folk.folkrnn import HIDDEN, FolkRNN
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import save
from instrument.playing.time.clock import Clock, SystemClock, today
from instrument.workshop.books.tokens import Tokens
from instrument.workshop.folk.batches import Rows
from instrument.workshop.folk.cuda_learner import BUCKETS, CudaLearner
from instrument.workshop.folk.novelty_index import index_of
from instrument.workshop.folk.recipes import TRIES, FolkRecipe
from instrument.workshop.folk.trainer import loss
from instrument.workshop.folk.update import Learner

RESERVE = 0.03  #: of the minutes, kept for judging and writing

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SweepResult:
    """recipe; its best weights, as they will be read back, None where they are not to be written; its course: figures
    for the log."""

    recipe: FolkRecipe
    model: FolkRNN | None
    course: dict[str, Any]

    @property
    def valid(self) -> float:
        return float(self.course["valid"])


class Sweep:
    """Sweep of training recipes.

    tokens: the corpus; minutes: how long all may take; out: a folder. record: see `CudaLearner`. layers, hidden: of
    the weights that are written."""

    def __init__(
        self, tokens: Tokens, minutes: float, out: Path, device: str, dtype: torch.dtype = torch.float32,
        record: bool = False, layers: int = 3, report: Report = lambda line: None, clock: Clock | None = None,
        buckets: tuple[int, ...] = BUCKETS, hidden: int = HIDDEN, command: str = "",
    ) -> None:  # fmt: skip
        self.clock = clock or SystemClock()
        self.tokens, self.out, self.device, self.dtype, self.record = tokens, out, device, dtype, record
        self.layers, self.report, self.buckets, self.hidden, self.command = layers, report, buckets, hidden, command
        self.begun = self.clock.now()
        self.until = self.begun + 60 * minutes * (1 - RESERVE)
        self.vocabulary = Vocabulary(tokens.vocabulary)
        largest = tokens.largest()
        self._large = [g == largest for g, side in zip(tokens.group, tokens.sides, strict=True) if side == "train"]
        self.books = Rows(tokens.side("train"), tokens.vocabulary, device, self._large)
        self.valid = Rows(tokens.side("valid"), tokens.vocabulary, device)
        self.results: list[SweepResult] = []

    def run(self, recipes: Sequence[FolkRecipe] = TRIES) -> list[SweepResult]:
        """Train them all; results, best first. Writes `tries.json` and the best weights of the shipped size."""
        try:
            self._judge(self._phase(recipes, self.books, self.until))
        finally:
            self._write()
        return ranked(self.results)

    def _phase(self, recipes: Sequence[FolkRecipe], rows: Rows, until: float) -> list[CudaLearner]:
        """Train until then; returns what is still to be judged."""
        start = self.clock.now()
        running: list[CudaLearner] = []
        for recipe in recipes:
            try:
                running.append(self._ready(recipe, rows))
            except RuntimeError as error:  # one recipe that does not fit costs the others nothing
                self.report(f"{recipe.name}: left out, {' '.join(str(error).split())[:300]}")
        every, begun = list(running), self.clock.now()
        tokens = sum(each.tokens for each in every)
        self.report(f"{len(running)} recipes ready after {begun - start:.1f} s, {until - begun:.0f} s for them")
        with tqdm(total=round(until - begun), unit="s", disable=None) as bar:
            while running and (now := self.clock.now()) < until:
                free = [each for each in running if not each.busy()]
                if not free:
                    running[0].wait()
                for each in free:
                    each.advance((now - begun) / max(1e-9, until - begun))
                running = [each for each in running if not each.finished]
                bar.update(round(now - begun) - bar.n)
        for each in every:
            each.wait()
        seconds = max(self.clock.now() - begun, 1e-9)
        self.report(f"{(sum(e.tokens for e in every) - tokens) / seconds:.0f} tokens a second, all together")
        done = [each for each in every if each.finished and each.recipe.original]
        self._judge(done)
        return [each for each in every if each not in done]

    def _ready(self, recipe: FolkRecipe, rows: Rows) -> CudaLearner:
        learner = Learner(len(self.vocabulary), recipe, self.device, self.layers, self.dtype)
        try:
            return CudaLearner(learner, rows, self.valid, self.record, self.buckets)
        except RuntimeError as error:
            if not self.record:
                raise
            self.report(f"{recipe.name}: not recorded, {' '.join(str(error).split())[:300]}")
            self.record = False
        return self._ready(recipe, rows)

    def _judge(self, every: Sequence[CudaLearner]) -> None:
        sides = self.tokens.by_side()
        for each in every:
            losses = each.losses()
            model, last = each.best(), each.learner.averaged
            if each.recipe.hidden == self.hidden:
                model.half().float()
            course: dict[str, Any] = {
                "name": each.recipe.name, "valid": loss(model, sides["valid"], self.device),
                "test": loss(model, sides["test"], self.device), "last_test": loss(last, sides["test"], self.device),
                "train": loss(model, sides["train"][::24], self.device),
                "best_epoch": 1 + losses.index(min(losses)) if losses else 0,
                "epochs": each.epoch, "updates": each.updates, "tokens": each.tokens,
                "valid_by_epoch": losses, "recipe": asdict(each.recipe),
            }  # fmt: skip
            self.results.append(SweepResult(each.recipe, model.cpu(), course))
            self.report(", ".join(f"{k} {v:.4f}" if isinstance(v, float) else f"{k} {v}" for k, v in course.items()
                                  if k not in ("valid_by_epoch", "recipe")))  # fmt: skip

    def _write(self) -> None:
        write(self.results, self.out, self.tokens, self.hidden, self.command)


def ranked(results: Sequence[SweepResult]) -> list[SweepResult]:
    """Best first. Pure."""
    return sorted(results, key=lambda result: result.valid)


def write(results: Sequence[SweepResult], out: Path, tokens: Tokens, hidden: int, command: str) -> None:
    """OUT/tries.json: every try's course; OUT/folk: the best weights of the shipped size. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    courses = [result.course for result in results]
    (out / "tries.json").write_text(json.dumps(courses, indent=1) + "\n", encoding="utf-8")
    best = next((r for r in ranked(results) if r.model is not None and r.recipe.hidden == hidden), None)
    if best is not None and best.model is not None:
        save(best.model, out / "folk", card_of(best.course, courses, tokens, command))
        index_of(tokens.side("train"), Vocabulary(tokens.vocabulary)).save(out / "folk")


def card_of(course: dict[str, Any], courses: Sequence[dict[str, Any]], tokens: Tokens, command: str) -> dict[str, Any]:
    """The card of one try, with what the others came to beside it. Pure but for the date."""
    rows = sorted(([c["name"], c["epochs"], round(c["valid"], 4), round(c["test"], 4)] for c in courses),
                  key=lambda row: row[2])  # fmt: skip
    return {
        **tokens.about, "name": f"Folk-tune weights, recipe {course['name']}", "vocabulary": list(tokens.vocabulary),
        "about": "Held-out losses are of these very weights, on whole families of tunes kept out of training; the "
        "training loss is on every 24th tune, without dropout. Valid chose the weights, test was not looked at.",
        "losses": {side: round(course[side], 4) for side in ("train", "valid", "test")},
        "rivals": {c["name"]: round(c["test"], 4) for c in courses}, "recipe": course["recipe"],
        "tries": {"title": "Tried side by side", "heads": ["recipe", "epochs", "valid", "test"], "rows": rows},
        "epochs": course["best_epoch"], "command": command, "date": today()[:10],
    }  # fmt: skip
