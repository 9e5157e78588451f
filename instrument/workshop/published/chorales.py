"""`run.py evaluate chorale --split field`: likelihood on the split that published figures are of, and how theirs count.

Ours is of alto, tenor and bass under a soprano that is given, one token a voice and 16th, nothing to come known. The
published ones are of all four voices from nothing, of what sounds and not of what is struck. So two more figures are
told: the same likelihood of what sounds at each 16th, a note held and the same note struck again being one; and,
with the first voice's tables counted on the same train side, that of all four voices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from instrument.networks.chorale.tokens import CHAIN, HOLD, NAMES, ONSET, REST
from instrument.networks.chorale.weights import ExpertWeights, load
from instrument.workshop.chorale.batches import cut, held_out, moved
from instrument.workshop.chorale.corpus import Chorale, Chorales, load_chorales
from instrument.workshop.chorale.encode import PAD, ChoraleBatch
from instrument.workshop.chorale.first_voice import counted
from instrument.workshop.chorale.jobs import filled
from instrument.workshop.chorale.split import SIDES, sided
from instrument.workshop.chorale.trainer import Report, nats
from instrument.workshop.published.soprano import counted_rests, soprano_nats

PIECES = {"train": 229, "valid": 76, "test": 77}  #: of the published arrays
#: what is published, and how it counts; in nats
PUBLISHED = (
    "TonicNet (Omar Peracha, 'Improving Polyphonic Music Models with Feature-Rich Encoding'): 0.220 a token, the valid "
    "loss that its epoch was chosen by, as Papers with Code lists it. Five tokens a 16th (a chord, then soprano, bass, "
    "alto, tenor): 1.10 a 16th. From nothing, in order of time; each piece counts alike; trained in other keys too.",
    "Coconet (Cheng-Zhi Anna Huang and others, 'Counterpoint by Convolution'): 0.57 a frame in its table 1, 16ths, as "
    "a reproduction repeats it (the paper was not at hand). A frame is four voices; the frames come in random orders, "
    "five of them averaged, so that much of what surrounds a frame, what is to come too, is known; here only the past.",
    "Both count a held note at every 16th and do not tell it from the same note struck again.",
)


def evaluate_field(weights: Path | None, report: Report, given: Chorales | None = None) -> dict[str, object]:
    """Figures for `--json`: `chorale.field.NAME_SIDE`, nats a 16th. blocks: a minute.

    Raises ValueError for weights that learned on another split, FileNotFoundError without music21, WeightsError.
    """
    loaded = _loaded(weights)
    sides = sided((given or load_chorales(report=report)).chorales, "field")
    figures: dict[str, object] = {}
    for side, names in sides.items():
        figures[f"chorale.field.pieces_{side}"] = len(names)
        report(f"{side}: {len(names)} chorales of the {PIECES[side]} published")
    figures.update(likelihoods(loaded, sides))
    report(f"{'nats a 16th':42} {'tokens':>15} {'what sounds':>15}")
    report(f"{'':42} " + f"{'valid':>7} {'test':>7} " * 2)
    for name, label in LABELS.items():
        row = [figures[f"chorale.field.{name}{kind}_{side}"] for kind in ("", "_sounding") for side in SIDES[1:]]
        report(f"{label:42} " + " ".join(f"{value:7.3f}" for value in row))
    for line in PUBLISHED:
        report(line)
    report(
        "Like is beside like only in 'all four, from nothing', 'what sounds', against TonicNet's sum of a 16th, which "
        "has a chord in it too; the soprano's share is by tables, and a lower voice knows what was struck before."
    )
    return figures


LABELS = {
    "alto": "alto, the other three known", "tenor": "tenor, soprano and bass known", "bass": "bass, soprano known",
    "lower": "the three together, soprano known", "soprano": "soprano from nothing, by tables",
    "all": "all four, from nothing",
}  # fmt: skip


def _loaded(weights: Path | None) -> ExpertWeights:
    if weights is None:
        raise ValueError(
            "--split field needs --weights: those that play learned on many of its test pieces; make some: "
            "lilt train chorale --split field --out FILE"
        )
    loaded = load(weights)
    recipe = loaded.card.get("recipe")
    learned = recipe.get("split", "tune") if isinstance(recipe, dict) else "tune"
    if learned != "field":
        raise ValueError(f"{weights}: learned on the split by {learned}, which has pieces of this test side in it")
    return loaded


def likelihoods(weights: ExpertWeights, sides: Mapping[str, Sequence[Chorale]]) -> dict[str, float]:
    """Nats a 16th by voice, of the three lower and of all four; `_sounding` of what sounds."""
    voice, rests = counted(sides["train"]), counted_rests(sides["train"])
    found: dict[str, float] = {}
    for side in SIDES[1:]:
        steps = max(1, sum(chorale.steps for chorale in sides[side]))
        first = [soprano_nats(voice, rests, chorale) for chorale in sides[side]]
        for at, kind in enumerate(("", "_sounding")):
            found[f"chorale.field.soprano{kind}_{side}"] = sum(both[at] for both in first) / steps
        for lower in CHAIN:
            batch = held_out(sides[side], lower)
            for kind, value in zip(("", "_sounding"), both_nats(weights, lower, batch), strict=True):
                found[f"chorale.field.{NAMES[lower]}{kind}_{side}"] = value
        for kind in ("", "_sounding"):
            of = [found[f"chorale.field.{NAMES[lower]}{kind}_{side}"] for lower in CHAIN]
            found[f"chorale.field.lower{kind}_{side}"] = sum(of)
            found[f"chorale.field.all{kind}_{side}"] = sum(of) + found[f"chorale.field.soprano{kind}_{side}"]
    return found


def both_nats(weights: ExpertWeights, voice: int, batch: ChoraleBatch) -> tuple[float, float]:
    """Mean nats a step: of the tokens, and of what sounds."""
    model = filled(voice, weights.plan, weights.arrays)
    tokens = sounds = 0.0
    with torch.inference_mode():
        for first in range(0, batch.targets.shape[1], 8):
            views, targets = moved(*cut(batch, slice(first, first + 8)), "cpu")
            logs = model(views)[0]
            tokens += float(nats(logs, targets))
            sounds += float(sounding_nats(logs, targets))
    steps = int((batch.targets != PAD).sum())
    return tokens / steps, sounds / steps


def sounding_nats(logs: Tensor, targets: Tensor) -> Tensor:
    """Summed negative log-likelihood of what sounds. logs [steps, rows, 58], targets [steps, rows], PAD past the end.

    A token that leaves the pitch as it was has the chances of HOLD and of that pitch's onset together.
    """
    now = torch.full_like(targets[0], REST)  # the onset that sounds, REST in silence
    total = torch.zeros((), dtype=logs.dtype)
    for said, token in zip(logs, targets, strict=True):
        counts = token != PAD
        index = token.clamp(min=0)
        after = torch.where(token >= ONSET, token, torch.where(token == HOLD, now, torch.full_like(now, REST)))
        alone = said.gather(1, index[:, None])[:, 0]
        same = (after == now) & (after >= ONSET)
        again = torch.logaddexp(said[:, HOLD], said.gather(1, after[:, None])[:, 0])
        total = total - torch.where(same, again, alone)[counts].sum()
        now = torch.where(counts, after, now)
    return total
