"""`run.py train folk`: from ABC files to weights with a model card, in one call that can be stopped and called again.

What lies in the work folder afterwards: `folk.pt` (the checkpoint of the last whole epoch) and `left_out.txt` (every
tune that was not used, with its reason). What lies at `out`: the weights, their card, and the card for people.
The losses in the card are of the weights as written, in half precision, on tunes of families kept out of training.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from instrument.networks.folk.device import device_named
from instrument.networks.folk.look_back import LookBack
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import SHIPPED, Card, as_read_back, save
from instrument.networks.weight_files import stem_of
from instrument.playing.time.clock import today
from instrument.workshop.books.books import book_of
from instrument.workshop.books.corpus import Corpus, default_files, file_report, gather, named_files, pooled
from instrument.workshop.books.split import SIDES
from instrument.workshop.books.tokens import Tokens, numbered
from instrument.workshop.folk.distributed import joined, leave
from instrument.workshop.folk.novelty_index import index_of
from instrument.workshop.folk.trainer import LILT, FolkRecipe, FolkTrainer, loss
from instrument.workshop.folk.widen_look_back import fit, widened

PUBLISHED = (
    "Of folk-rnn v2 itself no comparable figure is published. The 1.213 nats that are often quoted are the lowest "
    "validation line in the log of a forerunner (batch 50, 1 October 2015, broken off in its epoch 133; its last value "
    "is 1.223), validated with dropout on and averaged a tune, on other tunes and another split: no measure for the "
    "figures here."
)
UNKNOWN = "a folder its user named; its origin and terms are the user's to know"
Report = Callable[[str], None]


def train_folk(
    paths: Sequence[Path], out: Path, work: Path, recipe: FolkRecipe = LILT, device: str = "auto", resume: bool = True,
    report: Report = lambda line: None, progress: bool = True, command: str = "", books: bool = True,
    sizes: tuple[int, int] = (512, 3), begin: Path = SHIPPED,
) -> Card:  # fmt: skip
    """Gather, split, train what is left of the epochs, evaluate, write; returns the card.

    paths: ABC files and folders, beside music21's books (or alone, with books=False)
    out: stem of the weights; work: folder for the checkpoint and the list of tunes left out
    device: "auto", "cpu", "cuda"; resume: go on from work/folk.pt where there is one; where it is at its last
    epoch already, nothing is trained and its weights are evaluated and written
    report: is given lines to tell the user; progress: a bar on stderr; command: as typed, for the card
    sizes: hidden units, layers; begin: weights that a recipe with look-back inputs goes on from. Raises ValueError or
    FileNotFoundError, one line. blocks: for hours.
    """
    share, on = joined(str(device_named(device)))
    report, progress = (report if share.first else lambda line: None), progress and share.first
    vocabulary = Vocabulary.shipped()
    named = list(named_files(paths))
    corpus = gather([*(default_files() if books else []), *named], vocabulary.texts, named)
    sides = sided(corpus, vocabulary, report)
    _tell_of_files(corpus, named, report)
    _tell_left_out(corpus, work, report)
    trainer = FolkTrainer(len(vocabulary), recipe, on, sizes, _mark(sides["train"]), share, LookBack(vocabulary.tokens))
    if trainer.look and not (resume and (work / "folk.pt").exists()):
        model = widened(begin, trainer.look)
        fit(model, sides["train"], recipe, report=report)
        trainer.learner.begin(model)
    run(trainer, sides, work / "folk.pt", resume, report, progress)
    model = as_read_back(trainer.averaged)
    losses = {side: round(loss(model, sides[side], on), 4) for side in SIDES[1:] if sides[side]}
    report(", ".join(f"{side} {value:.4f}" for side, value in losses.items()) + " nats a token")
    card = _card(corpus, vocabulary, sides, trainer, losses, command)
    if share.first:
        save(model, out, card)
        index_of(sides["train"], vocabulary).save(stem_of(out, "folk"))
    leave()
    report(f"weights written to {out.with_suffix('.safetensors')}, their card and the index of their tunes beside them")
    return card


def run(
    trainer: FolkTrainer,
    sides: dict[str, list[list[int]]],
    checkpoint: Path,
    resume: bool,
    report: Report,
    progress: bool,
) -> None:
    """Train up to the recipe's epochs, a checkpoint and a line of report after each. Raises ValueError."""
    if resume and checkpoint.exists():
        trainer.load(checkpoint)
        report(f"{checkpoint}: {trainer.epoch} of {trainer.recipe.epochs} epochs are done; going on from there")
    an_epoch = _tokens(sides["train"])
    with tqdm(
        total=an_epoch * trainer.recipe.epochs, initial=an_epoch * trainer.epoch, unit="token", unit_scale=True,
        desc="training", disable=not progress,
    ) as bar:  # fmt: skip
        while trainer.epoch < trainer.recipe.epochs:
            mean = trainer.run_epoch(sides["train"], bar)
            row = {"epoch": trainer.epoch, "train": mean}
            if sides["valid"]:
                row["valid"] = loss(trainer.averaged, sides["valid"], trainer.device)
            trainer.history.append(row)
            if trainer.share.first:
                trainer.save(checkpoint)
            report(", ".join(f"{name} {value:.{0 if name == 'epoch' else 4}f}" for name, value in row.items()))


def _tell_left_out(corpus: Corpus, work: Path, report: Report) -> None:
    work.mkdir(parents=True, exist_ok=True)
    path = work / "left_out.txt"
    path.write_text("".join(f"{name}: {reason}\n" for name, reason in corpus.refused), encoding="utf-8")
    report(f"{len(corpus.tunes)} tunes, {len(corpus.refused)} left out (each with its reason in {path})")
    for reason, count in _left_out(corpus).items():
        report(f"  {count} left out: {reason}")


def _tell_of_files(corpus: Corpus, named: Sequence[Path], report: Report) -> None:
    for path in named:
        for line in file_report(corpus, path):
            report(line)


def _left_out(corpus: Corpus) -> dict[str, int]:
    """Reasons and their counts, most frequent first; those that differ in a quotation or a number are pooled."""
    return dict(pooled(corpus.reasons()).most_common())


def sided(corpus: Corpus, vocabulary: Vocabulary, report: Report) -> dict[str, list[list[int]]]:
    """Numbered tunes with `<s>` and `</s>`, by side of the split; what must be left out of it leaves the corpus too."""
    sides = numbered(corpus, vocabulary).by_side()
    for side, tunes in sides.items():
        report(f"{side}: {len(tunes)} tunes, {_tokens(tunes)} tokens")
    if not sides["train"]:
        raise ValueError("no tune to train on; name ABC files or folders, or use the books that music21 brings")
    return sides


def _tokens(tunes: list[list[int]]) -> int:
    """Targets: every token but `<s>`."""
    return sum(len(tune) - 1 for tune in tunes)


def _mark(tunes: list[list[int]]) -> str:
    return hashlib.sha256(repr(tunes).encode()).hexdigest()[:16]


def _card(
    corpus: Corpus, vocabulary: Vocabulary, sides: dict[str, list[list[int]]], trainer: FolkTrainer,
    losses: dict[str, float], command: str,
) -> Card:  # fmt: skip
    last = trainer.history[-1].get("train") if trainer.history else None
    return {
        "name": f"Folk-tune weights, recipe {trainer.recipe.name}",
        "about": "Held-out losses are of these very weights, on whole families of tunes kept out of training; the "
        "training loss is the mean over the last epoch, with dropout. Valid was looked at in training, test was not.",
        "vocabulary": list(vocabulary.texts),
        "losses": ({"train": round(last, 4)} if last is not None else {}) | losses,
        **about(corpus, sides),
        "recipe": asdict(trainer.recipe),
        "epochs": trainer.epoch,
        "command": command,
        "date": today()[:10],
    }


def about(corpus: Corpus, sides: dict[str, list[list[int]]]) -> dict[str, object]:
    """What a card says of the music: origin and terms, the split, what was left out."""
    return {
        "published": PUBLISHED,
        "split": {side: {"tunes": len(tunes), "tokens": _tokens(tunes)} for side, tunes in sides.items()},
        "corpora": _corpora(corpus),
        "left_out": _left_out(corpus),
        "dropped": dict(corpus.dropped.most_common()),
    }


def prepare(paths: Sequence[Path], out: Path, report: Report = lambda line: None) -> Tokens:
    """Read the books (and `paths`), split them, and write them as numbers for a machine that trains without them."""
    vocabulary = Vocabulary.shipped()
    named = list(named_files(paths))
    corpus = gather([*default_files(), *named], vocabulary.texts, named)
    tokens = numbered(corpus, vocabulary)
    _tell_of_files(corpus, named, report)
    tokens.about = about(corpus, tokens.by_side())
    tokens.save(out)
    report(f"{len(tokens.tunes)} tunes written to {out}, {out.stat().st_size} bytes")
    return tokens


def _corpora(corpus: Corpus) -> list[dict[str, Any]]:
    counts, told = Counter[str](), dict[str, dict[str, str]]()
    for name, _ in corpus.tunes:
        book, folder = book_of(name), name.split("/")[0]
        card = book.about() if book else {"name": folder, "terms": UNKNOWN}
        counts[card["name"]] += 1
        told[card["name"]] = card
    return [{**told[name], "tunes": count} for name, count in counts.items()]
