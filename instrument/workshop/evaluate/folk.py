"""`run.py evaluate folk`: what the folk model knows and what it makes, in numbers, beside what the books hold.

Tunes of the network's own, without the bar guard and with it, in the meters
and modes that the books have, and the sets of the patches as they are played (openings, plans, every control at
its patch's value) are set beside the tunes kept out of training, which a perfect model's would be like.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, median

from instrument.music.note import Note
from instrument.music.tokens.bars import Tune, read_tune
from instrument.music.tokens.tokens import STOP
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import SHIPPED
from instrument.networks.model_card import markdown
from instrument.networks.weight_files import WeightsError, card_of, is_checkpoint, read_card, stem_of
from instrument.playing.time.clock import SystemClock
from instrument.ports.system import progress
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.tune.loader import load_memory
from instrument.workshop.books.corpus import default_files, gather
from instrument.workshop.books.tokens import Tokens, numbered
from instrument.workshop.cluster.kept import KeptResults
from instrument.workshop.cluster.tasks import Machines
from instrument.workshop.evaluate.generate import HEADERS, Header, generate, generate_over, guards_of, one_by_one
from instrument.workshop.evaluate.loss_by_class import by_class
from instrument.workshop.form import tune_metrics as tf
from instrument.workshop.form.overlap import Sources

__all__ = ["evaluate_folk", "generate", "write_card"]

#: name, whether bars are kept to their meter
WAYS = (("guard_on", True), ("guard_off", False))
SINGLE = 20  #: tunes that are generated one by one, to tell the speed of many
Say = Callable[[str], None]
Figures = dict[str, object]


def evaluate_folk(
    tunes: int,
    weights: Path | None,
    say: Say,
    played: Sequence[Sequence[str]] = (),
    machines: Machines | None = None,
    kept: KeptResults | None = None,
) -> Figures:
    """Figures for `--json`; `write_card` puts the same into the model card. The parts that need the training books
    are left out where those are not installed, with a line.

    played: the tokens of tunes as played, of `instrument.workshop.evaluate.as_played`, for a column of their own
    machines: where tunes are generated, None for here and in one batch; kept: those that have been before
    """
    memory = load_memory(ModelChoice(weights, "cpu"))
    card = card_of(weights or SHIPPED, "folk")
    told: Figures = {"folk.tunes": tunes}
    if "folk-rnn-like" in (rivals := card.get("rivals", {})):
        told["folk.recipe_nats_per_token"] = rivals["folk-rnn-like"]
    try:
        corpus = gather(progress.each(default_files(), "reading books", "book"), memory.vocabulary.texts)
        books: Tokens | None = numbered(corpus, memory.vocabulary, grouped=False)
    except FileNotFoundError as missing:
        say(f"nothing to compare with: {missing}")
        books = None
    if books:
        told |= held_out(memory, books, say)
    headers = headers_of(books) if books else HEADERS
    sets = {}
    for name, guarded in WAYS:
        clock = SystemClock()
        begun = clock.now()
        if machines:
            texts, seconds = generate_over(machines, tunes, guarded, weights, headers, kept)
        else:
            texts = generate(memory, tunes, guarded, headers=headers)
            seconds = clock.now() - begun
        sets[name] = [read_tune(text, strict=False) for text in texts]
        told[f"folk.tokens_per_s_{name}"] = sum(map(len, texts)) / seconds
        say(f"{name}: {tunes} tunes in {clock.now() - begun:.0f} s")
    if played:
        sets["as_played"] = [read_tune([token for token in text if token != STOP], strict=False) for text in played]
        told["folk.tunes_as_played"] = len(played)
    told["folk.tokens_per_s_one_by_one"] = speed = _one_by_one(memory, headers)
    told["folk.batched_over_one_by_one"] = _number(told["folk.tokens_per_s_guard_on"]) / speed
    if books:
        sets["held_out"] = [_tune(books.vocabulary, t) for side in ("valid", "test") for t in books.side(side)]
        told |= distances(sets, [_tune(books.vocabulary, t) for t in books.side("train")])
        told |= novelty(sets, books, say)
    for name, found in sets.items():
        every = tf.summary([tf.figures(tune) for tune in found])
        told |= {f"folk.{figure}_{name}": value for figure, value in every.items()}
    for name in ("guard_on", "guard_off"):
        told[f"folk.miscounted_{name}"] = told[f"folk.tunes_miscounted_{name}"]
    return told


def held_out(memory: ModelMemory, books: Tokens, say: Say) -> Figures:
    """Nats a token on the families kept out of training, all and by class."""
    told: Figures = {}
    for side, suffix in (("test", ""), ("valid", "_valid")):
        found = by_class(memory.model, memory.vocabulary, books.side(side))
        told[f"folk.nats_per_token{suffix}"] = found["all"][0]
        told |= {f"folk.nats{suffix}.{name}": nats for name, (nats, _) in found.items() if name != "all"}
        say(f"{side}: {found['all'][0]:.4f} nats a token of {found['all'][1]}")
    return told


def headers_of(books: Tokens) -> list[Header]:
    """Meters and modes as the training tunes have them, in an order that mixes them, the same each time."""
    vocabulary = Vocabulary(books.vocabulary)
    every = [vocabulary.decode(tune[1:3]) for tune in books.side("train")]
    return [(every[i * 997 % len(every)][0][2:], every[i * 997 % len(every)][1][3:]) for i in range(len(every))]


def distances(sets: dict[str, list[Tune]], corpus: Sequence[Tune]) -> Figures:
    """Total variation between each set and the training tunes: of intervals, of durations."""
    told: Figures = {}
    for what, counted in (("intervals", tf.intervals), ("durations", tf.durations)):
        whole = _pooled(counted, corpus)
        for name, found in sets.items():
            told[f"folk.{what}_apart_{name}"] = tf.apart(_pooled(counted, found), whole)
    return told


def novelty(sets: dict[str, list[Tune]], books: Tokens, say: Say) -> Figures:
    """The longest run that each tune shares with any one training tune: notes, and share of the tune."""
    sources = training_sources(books)
    told: Figures = {}
    for name, found in sets.items():
        if name == "guard_off":
            continue
        shared = [(sources.longest(own), max(1, len(own))) for own in map(notes, found)]
        told[f"folk.novelty_longest_mean_{name}"] = mean(run.notes for run, _ in shared)
        told[f"folk.novelty_longest_median_{name}"] = median(run.notes for run, _ in shared)
        told[f"folk.novelty_share_mean_{name}"] = mean(run.notes / count for run, count in shared)
        told[f"folk.novelty_over_half_{name}"] = mean(run.notes > count / 2 for run, count in shared)
        longest, number = max((run.notes, k) for k, (run, _) in enumerate(shared))
        say(f"{name}: longest shared run {longest} notes, with {shared[number][0].source}")
    told["folk.novelty_longest_mean"] = told["folk.novelty_longest_mean_guard_on"]
    return told


def training_sources(books: Tokens) -> Sources:
    """Where passages of the training tunes stand."""
    sides = zip(books.names, books.sides, books.tunes, strict=True)
    return Sources((name, notes(_tune(books.vocabulary, tune))) for name, side, tune in sides if side == "train")


def notes(tune: Tune) -> list[Note]:
    """All notes in the order they are written."""
    return [note for measure in tune.measures for note in measure.notes]


def write_card(told: Figures, weights: Path | None, command: str) -> None:
    """Put the figures into the card beside the weights, for programs and for people. Raises OSError, WeightsError."""
    if weights and is_checkpoint(weights):
        raise WeightsError(f"{weights}: a checkpoint has no card; import it first: lilt import {weights}")
    stem = stem_of(weights or SHIPPED, "folk")
    card = read_card(stem.with_suffix(".json"))
    card["tables"] = tables(told, command)
    stem.with_suffix(".json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    stem.with_suffix(".md").write_text(markdown(card), encoding="utf-8")


def tables(told: Figures, command: str) -> list[dict[str, object]]:
    """The figures as tables of a card. Pure."""
    classes = [name[len("folk.nats.") :] for name in told if name.startswith("folk.nats.")]
    losses = [[c.replace("_", " "), *(_short(told.get(f"folk.nats{s}.{c}")) for s in ("", "_valid"))] for c in classes]
    sets = {
        "guard_off": "network alone", "guard_on": "with the guard",
        "as_played": "as played", "held_out": "held-out tunes",
    }  # fmt: skip
    made = [
        [text, *(_short(told.get(f"folk.{figure}_{name}")) for name in sets)]
        for figure, text in _TOLD.items() if any(f"folk.{figure}_{name}" in told for name in sets)
    ]  # fmt: skip
    title = f"What it makes: {told['folk.tunes']} tunes, as played {told.get('folk.tunes_as_played', 0)}, `{command}`"
    return [
        {"title": "Nats a token by class", "heads": ["class", "test", "valid"], "rows": losses},
        {"title": title, "heads": ["", *sets.values()], "rows": made},
    ]


_TOLD = {
    "tunes_miscounted": "tunes with a miscounted bar, share", "bars_miscounted": "bars miscounted, share",
    "bars": "bars as written", "parts": "parts", "parts_of_eight": "parts of 8 or 16 bars, share",
    "aabb": "AABB, share", "closes_on_tonic": "ends on the tonic, share",
    "parts_close_on_tonic": "parts that end on the tonic, share", "range": "range, semitones",
    "repetition": "bars that repeat an earlier bar, share", "longest_return": "longest passage written again, bars",
    "intervals_apart": "intervals, total variation from the training tunes",
    "durations_apart": "durations, total variation from the training tunes",
    "novelty_longest_mean": "longest run shared with a training tune, notes, mean",
    "novelty_longest_median": "the same, median", "novelty_share_mean": "the same as a share of the tune, mean",
    "novelty_over_half": "tunes that share more than half, share",
}  # fmt: skip


def _one_by_one(memory: ModelMemory, headers: Sequence[Header]) -> float:
    """Tokens a second of a batch of one."""
    clock, guards = SystemClock(), guards_of(memory, headers)
    begun = clock.now()
    tokens = sum(len(one_by_one(memory, seed, guards, headers=headers)) for seed in range(1, SINGLE + 1))
    return tokens / (clock.now() - begun)


def _tune(texts: Sequence[str], numbers: Sequence[int]) -> Tune:
    return read_tune([texts[n] for n in numbers[1:-1]], strict=False)


def _pooled(counted: Callable[[Tune], Counter], found: Sequence[Tune]) -> Counter:  # type: ignore[type-arg]
    return sum((counted(tune) for tune in found), Counter())


def _short(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else "" if value is None else value


def _number(value: object) -> float:
    assert isinstance(value, float)
    return value
