"""`run.py study openings`: the first bars of 120 tunes a patch, as the model composes them, to start without delay.

Each line of `patches/openings/NAME.txt` is the beginning of one tune: `|:`, its pick-up if it has one, four bars. What
follows is composed from there while they sound, in a form that begins as they do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from instrument.files.opening_bars import FEWEST_BARS, read_opening
from instrument.files.patch import Patch, find
from instrument.files.shipped import PATCHES
from instrument.rig.setup import arrangement
from instrument.thinking.spans.planner import WriteRequest, header
from instrument.thinking.tune.loader import WriterFactory, load_memory

COUNT = 120
FIRST_SEED = 90_001  #: far from the seeds that people give


def study_openings(patches: Sequence[str], say: Callable[[str], None]) -> dict[str, float]:
    """Write the files; returns how many openings each patch has. Raises PatchError, OSError."""
    memory = load_memory()
    told: dict[str, float] = {}
    for name in patches:
        target = PATCHES / "openings" / f"{name}.txt"
        target.parent.mkdir(exist_ok=True)
        target.touch()  # a patch may name it before it is there
        patch = find(name)
        how = arrangement(patch)
        writers = WriterFactory(memory, how.octaves.get("melody", 0), compass=how.compass)
        texts = (_opening(writers, patch, FIRST_SEED + n) for n in range(COUNT))
        lines = dict.fromkeys(" ".join(text) for text in texts if text[1] != "z")  # it sounds at once
        title = f"# First bars of tunes for {patch.name}: python run.py study openings"
        target.write_text("\n".join((title, *lines)) + "\n", encoding="utf-8")
        told[f"openings.{patch.name}"] = len(lines)
        say(f"{target}: {len(lines)} openings")
    return told


def _opening(writers: WriterFactory, patch: Patch, seed: int) -> tuple[str, ...]:
    """The tokens of the first bars of one tune, its `|:` included."""
    snapshot = patch.snapshot().with_values([("tune.seed", seed), ("form.repeats", "yes"), ("form.endings", "no")])
    tune_writer = writers(WriteRequest(snapshot, 0, header(snapshot)))
    count = FEWEST_BARS + tune_writer.plan[0].pickup
    while len(tune_writer.measures()) < count:
        tune_writer.compose_measure()
    opening = tune_writer.texts[2 : tune_writer.measures()[count - 1].last]
    return read_opening(" ".join(opening), snapshot.meter, snapshot.key)
