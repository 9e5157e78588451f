"""Sets of tunes as the instrument plays them: the patch's opening, every control at its patch's value, tune after tune.

The planner and the writer are those of the player's thinker, asked as the player asks them, without the clock and
the sound. So the tokens here are those that a performance with the same patch and seed leaves in its log, on a machine
that keeps up. A set is its seed's; several are composed side by side, each in a process of one thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from instrument.controls.requests import Rethink
from instrument.files.patch import Patch, find
from instrument.rig.cluster.marks import tune_weights
from instrument.rig.setup import arrangement, opening
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.thinker import Thinker
from instrument.thinking.tune.load_shedding import Pace
from instrument.thinking.tune.loader import load_memory
from instrument.workshop.cluster.kept import KeptResults
from instrument.workshop.cluster.tasks import Machines, Ready, Task, run_tasks
from instrument.workshop.form.patch_dance import dance_of

TUNES = 5  #: of a set
MOST_SPANS = 20_000  #: measures played, after which a set that does not get to its tunes is given up


@dataclass(frozen=True, slots=True)
class PlayedSet:
    """A tune of a set. patch: its name; seed: of the set; place: in the set, from 1; tokens: `M:` and `K:` first."""

    patch: str
    seed: int
    place: int
    tokens: tuple[str, ...]


def play_set(memory: ModelMemory, patch: Patch, seed: int, tunes: int = TUNES) -> list[PlayedSet]:
    """The first tunes of the set of a seed. Raises RuntimeError for a set that does not go on."""
    snapshot = patch.snapshot().with_value("tune.seed", seed)
    begun = opening(patch, snapshot)
    planner = Thinker(memory, arrangement(patch), lambda: 0.0, Pace(0, 0)).planner
    last = begun[-1] if begun else None
    planner.rethink(Rethink(1, snapshot, last.end if last else 0, last, snapshot))
    written: dict[int, tuple[str, ...]] = {}
    for _ in range(MOST_SPANS):
        span = planner.next_span()
        if span.tune >= tunes:
            return [PlayedSet(patch.name, seed, tune + 1, texts) for tune, texts in sorted(written.items())]
        written[span.tune] = span.written
    raise RuntimeError(f"{patch.name}, seed {seed}: {MOST_SPANS} bars and no {tunes} tunes")


def play_sets(
    patches: Sequence[str],
    seeds: Sequence[int],
    tunes: int,
    weights: Path | None,
    machines: Machines,
    say: Callable[[str], None],
    kept: KeptResults | None = None,
) -> list[PlayedSet]:
    """Every set of every patch, in that order wherever it is composed. kept: sets that are there already.
    blocks: seconds a tune."""
    asked = [
        Task(f"{patch.name} {_mark(patch)} {seed}, {tunes} tunes", _one, (patch, seed, tunes))
        for patch in map(find, patches)
        for seed in seeds
    ]
    done = 0

    def heard(name: str, _: object) -> None:
        nonlocal done
        done += 1
        if done % max(1, len(seeds) // 2) == 0:
            say(f"{name.split()[0]}: {done} of {len(asked)} sets")

    ready = Ready(_begin, (weights.resolve() if weights else None,), tune_weights(weights))
    found = run_tasks(asked, machines, "composing sets", ready, kept, heard)
    return [
        PlayedSet(task.given[0].name, task.given[1], place, tuple(texts))
        for task in asked
        for place, texts in found[task.name]
    ]


def _mark(patch: Patch) -> str:
    """The beginning of a hash of all that a patch says: a set that was kept is that of this patch as it is now."""
    return sha256(repr(patch).encode()).hexdigest()[:8]


_memory: ModelMemory  # of a worker process


def _begin(weights: Path | None) -> None:
    global _memory
    _memory = load_memory(ModelChoice(weights, "cpu"))


def _one(patch: Patch, seed: int, tunes: int) -> list[tuple[int, tuple[str, ...]]]:
    """Place and tokens of each tune of a set."""
    return [(each.place, each.tokens) for each in play_set(_memory, patch, seed, tunes)]


def save(tunes: Iterable[PlayedSet], path: Path) -> None:
    """JSON Lines that `study form` reads: patch, dance, seed, place, tokens. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = (
        {"dance": dance_of(each.patch), "patch": each.patch, "seed": each.seed, "place": each.place,
         "tokens": " ".join(each.tokens)}
        for each in tunes
    )  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def load(path: Path) -> list[PlayedSet]:
    """What `save` has written. Raises ValueError, OSError: one line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            found.append(PlayedSet(row["patch"], row["seed"], row["place"], tuple(row["tokens"].split())))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f"{path}: line {number} is no tune of a set as `evaluate folk --keep` writes it") from None
    return found
