"""`run.py study beam`: what a finite beam does to the joint distribution, and to the tunes.

One row for each tuple length n and beam width beta: what is kept of the joint distribution, how fast tokens come, and
what two hundred tunes become, the bar guard off. Settings are measured side by side, each in a process of one
thread. The words are in docs/beam.md, the table and the pictures are made by `instrument.workshop.study.beam_plots`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from instrument.controls.snapshot import Snapshot
from instrument.music.analysis.melody import melody
from instrument.music.key import Key
from instrument.music.scores.score import abc_text
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.tokens import BARS
from instrument.networks.folk.weights import SHIPPED
from instrument.networks.weight_files import mark_of_file, numbers_file
from instrument.playing.time.clock import SystemClock
from instrument.rig.cluster.marks import tune_weights
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.spans.planner import WriteRequest, header
from instrument.thinking.tree.search import Search, may_reject
from instrument.thinking.tune.loader import WriterFactory, load_memory
from instrument.thinking.tune.tune_writer import TuneWriter
from instrument.workshop.cluster.kept import KeptResults
from instrument.workshop.cluster.tasks import Machines, Ready, Task, run_tasks
from instrument.workshop.evaluate.tuple_sampler import TupleSampler
from instrument.workshop.form.tune_metrics import figures, summary
from instrument.workshop.study.beam_mass import MassPlaces, kept
from instrument.workshop.study.beam_plots import pages

LENGTHS, WIDTHS = (1, 2, 3, 4), (1, 2, 3, 4, 6, 8, 16, 32, 64, 0)
PLACES = 60  #: in plain tunes, at which the law is measured
MOST = 600  #: tokens of a tune that does not end by itself
TIMED = 150  #: tokens composed to time a setting
ROOM = 1200  #: states of the largest tree that is timed
TOGETHER = 50  #: tunes in one pass
FUTURES = (1, 2, 4, 8, 16)
HEARD = ((1, 0), (1, 1), (1, 2), (2, 2), (3, 4), (4, 2), (4, 8))  #: settings whose tunes are written out
SEED = 11  #: of those tunes
#: different, so that nothing is remembered from one to the next; the first only warms up
HEADS = (("4/4", "C major"), ("4/4", "A minor"), ("4/4", "D dorian"), ("4/4", "G mixolydian"))

Row = dict[str, float]


def study_beam(
    tunes: int, out: Path, machines: Machines, say: Callable[[str], None], weights: Path | None = None
) -> None:
    """Measure every setting and write OUT/figures.json, the table, the pictures and the tunes.

    tunes: a setting; machines: where settings are measured. blocks: half an hour on two cores with 200 tunes. Stopped
    and called again, it goes on from what OUT/measured.jsonl holds of the same weights.
    """
    out.mkdir(parents=True, exist_ok=True)
    asked = _asked(tunes)
    mark = mark_of_file(numbers_file(weights or SHIPPED, "folk"))
    kept = KeptResults(out / "measured.jsonl", f"{mark}, {tunes} tunes")
    ready = Ready(_begin, (weights.resolve() if weights else None,), tune_weights(weights))
    rows = run_tasks(
        asked, machines, "settings", ready, kept, lambda name, _: say(f"{name}: {len(kept.rows)} of {len(asked)}")
    )
    told = {
        "tunes": tunes, "rows": {name: row for name, row in rows.items() if name.startswith("n")},
        "beams": [row for name, row in rows.items() if name.startswith("beam")],
        "futures": [row for name, row in rows.items() if name.startswith("futures")],
    }  # fmt: skip
    (out / "figures.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    heard = [str(row["abc"]) for name, row in rows.items() if name.startswith("tune")]
    (out / "tunes.abc").write_text("\n".join(heard), encoding="utf-8")
    for path in pages(told, out):
        say(str(path))


def _asked(tunes: int) -> list[Task]:
    """Everything to be measured."""
    return [
        *(Task(f"n{n}_b{beta or 'all'}", _setting, ((n, beta), tunes)) for n in LENGTHS for beta in WIDTHS),
        *(Task(f"beam{beta}", _beam, (beta, tunes)) for beta in WIDTHS if beta),
        *(Task(f"futures{futures}", _futures, (futures, tunes // 4 or 1)) for futures in FUTURES),
        *(Task(f"tune{n}_{beta}", _heard, ((n, beta),)) for n, beta in HEARD),
    ]


_memory: ModelMemory  # of a worker process


def _begin(weights: Path | None) -> None:
    global _memory
    _memory = load_memory(ModelChoice(weights, "cpu"))


def _setting(asked: tuple[int, int], tunes: int) -> Row:
    n, beta = asked
    row: Row = {"n": n, "beta": beta}
    law = kept(_memory.stepper, _places(), n, beta)
    row |= {"mass": law.mass, "distance": law.distance, "entropy": law.entropy, "exact": float(law.exact)}
    sampler = _sampler(n * 1000 + beta)
    written = sampler.write(_heads(_sampler(2), tunes), n, beta, MOST)
    if beta > 1:
        row["mass_drawn"] = sampler.tuples / sampler.attempts
    row |= of_tunes(written, _memory)
    for name, joint in (("rejecting", 1.0), ("growing", 0.999)):
        search = Search(n, beta, joint=joint)
        if may_reject(search) or search.nodes(len(_memory.vocabulary)) <= ROOM:
            row[f"tokens_per_s_{name}"] = _speed(search)
    return row


def _beam(beta: int, tunes: int) -> Row:
    """The classic beam, n = 4: composed live, since its law has no shorter way."""
    search = Search(4, beta, "beam")
    clock, started = SystemClock(), SystemClock().now()
    written = [_composed(search, seed, guarded=False).tokens for seed in range(1, max(2, tunes // 8))]
    took = clock.now() - started
    heads = [[_memory.vocabulary.start, *tokens] for tokens in written]
    return {"beta": beta, "tokens_per_s": sum(map(len, written)) / took, **of_tunes(heads, _memory)}


def _futures(futures: int, tunes: int) -> Row:
    """What weighing several continuations does: the guard on, as played, the taste as it is by default."""
    tune_writers = [_composed(Search(), seed, futures=futures) for seed in range(1, tunes + 1)]
    heads = [[_memory.vocabulary.start, *tune_writer.tokens] for tune_writer in tune_writers]
    return {"futures": futures, **of_tunes(heads, _memory)}


def of_tunes(written: Sequence[Sequence[int]], memory: ModelMemory) -> Row:
    """Figures of tunes, each `<s>` and its tokens. nats: of the model a token; shared: notes of the longest run
    that a training tune has too; different: share of tunes not written twice; endless: cut off."""
    read = [read_tune(memory.vocabulary.decode(list(tokens[1:])), strict=False) for tokens in written]
    shared = [memory.index.longest(melody(tune)) for tune in read] if memory.index else [0]
    return {
        **summary([figures(tune) for tune in read]), "nats": _nats(written, memory), "shared": float(np.mean(shared)),
        "shared_16": float(np.mean([run >= 16 for run in shared])),
        "different": len({tuple(tokens) for tokens in written}) / len(written),
        "endless": sum(len(tokens) >= MOST for tokens in written) / len(written),
        "tokens": float(np.mean([len(tokens) for tokens in written])),
    }  # fmt: skip


@torch.inference_mode()
def _nats(written: Sequence[Sequence[int]], memory: ModelMemory) -> float:
    """Mean surprise a token, of the plain model, behind `M:` and `K:`; the end not counted."""
    total = count = 0.0
    inorder = sorted(written, key=len)
    for group in (inorder[first : first + TOGETHER] for first in range(0, len(inorder), TOGETHER)):
        columns = pad_sequence([torch.tensor(tokens) for tokens in group], padding_value=-1)  # [steps, tunes]
        logs = torch.log_softmax(memory.model.sequence(columns[:-1].clamp(min=0))[0], 2)
        goal = columns[1:]
        counts = (goal >= 0) & (torch.arange(len(goal)) >= 2)[:, None]
        total -= float(logs.gather(2, goal.clamp(min=0)[..., None])[..., 0][counts].double().sum())
        count += int(counts.sum())
    return total / max(1.0, count)


def _sampler(seed: int) -> TupleSampler:
    vocabulary = _memory.vocabulary
    bars = [i for i, text in enumerate(vocabulary.texts) if text in BARS]
    return TupleSampler(
        _memory.stepper, vocabulary.stop, [vocabulary.start], bars, np.random.Generator(np.random.Philox(seed))
    )


def _heads(sampler: TupleSampler, tunes: int) -> list[list[int]]:
    """`<s>`, meter and mode as the model itself begins, so that every setting has heads by the same law."""
    return sampler.write([[_memory.vocabulary.start]] * tunes, 1, 0, 3)


def _places() -> MassPlaces:
    """Here and there in plain tunes, the same for every setting."""
    sampler, vocabulary = _sampler(1), _memory.vocabulary
    tunes = sampler.write(_heads(sampler, PLACES // 3), 1, 0, MOST)
    states, logits, trails = [], [], []
    for index, tune in enumerate(tunes):
        for part in (1, 2, 3):
            end = max(3, len(tune) * part // 4 + index % 5)
            out, state = _memory.model.sequence(torch.tensor(tune[:end])[:, None])
            trails.append(_memory.model.look.trail(tune[:end]) if _memory.model.look else None)
            states.append(state[0].detach())
            logits.append(out[-1, 0].detach())
    never = torch.zeros(len(vocabulary), dtype=torch.bool)
    never[vocabulary.start] = True
    held = np.empty(len(trails), object)
    held[:] = trails
    return MassPlaces(torch.stack(states), torch.stack(logits), torch.from_numpy(sampler.ends), never, held)


def _composed(search: Search, seed: int, guarded: bool = True, futures: int = 1) -> TuneWriter:
    """A whole tune as the thinker composes it."""
    tune_writer = _sketch(search, seed, guarded, futures)
    while not tune_writer.whole and len(tune_writer.tokens) < MOST:
        tune_writer.measure(len(tune_writer.measures()))
    return tune_writer


def _sketch(search: Search, seed: int, guarded: bool = True, futures: int = 1) -> TuneWriter:
    plain = [("tune.guard", int(guarded)), ("tune.square", 0), ("tune.again", 0)]  # the network, the beam, nothing else
    snapshot = Snapshot().with_values([("tune.seed", seed), *plain])
    tune_writer = WriterFactory(_memory)(WriteRequest(snapshot, 0, header(snapshot)))
    tune_writer.settings = replace(tune_writer.settings, search=search, futures=futures)
    return tune_writer


def _speed(search: Search) -> float:
    """Tokens a second, guard on, nothing cached."""
    writers = WriterFactory(ModelMemory(_memory.model, _memory.vocabulary))
    clock, tokens, started = SystemClock(), 0, 0.0
    for head in HEADS:
        snapshot = Snapshot().with_values([("tune.meter", head[0]), ("tune.key", head[1])])
        tune_writer = writers(WriteRequest(snapshot, 0, header(snapshot)))
        tune_writer.settings = replace(tune_writer.settings, search=search)
        began = len(tune_writer.tokens)
        while not tune_writer.whole and len(tune_writer.tokens) - began < TIMED // (len(HEADS) - 1):
            tune_writer.compose_measure()
        if head == HEADS[0]:  # warms the guard and the kernels
            started = clock.now()
        else:
            tokens += len(tune_writer.tokens) - began
    return tokens / (clock.now() - started)


def _heard(asked: tuple[int, int]) -> dict[str, str]:
    """A tune of one setting, as ABC, with what it takes to get it again."""
    n, beta = asked
    tune_writer = _composed(Search(n, beta), SEED)
    title = f"n {n}, beta {beta or 'all'}, seed {SEED}"
    texts = tune_writer.texts[: -1 if tune_writer.whole else None]
    return {"abc": abc_text(texts, title, Key.parse("D major"), 1 + HEARD.index(asked))}


def draw_again(out: Path, say: Callable[[str], None]) -> None:
    """The table and the pictures of figures that were measured before. Raises OSError, ValueError."""
    for path in pages(json.loads((out / "figures.json").read_text(encoding="utf-8")), out):
        say(str(path))
