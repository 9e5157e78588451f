"""Tasks over two Ray nodes of this machine: the same results to the bit, one node killed meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from instrument.controls.requests import Extend, Rethink, RoundTrip
from instrument.files.patch import find
from instrument.music.events import Span
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import load
from instrument.rig.cluster.address import connect
from instrument.rig.cluster.marks import difference, marks, thinker_weights
from instrument.rig.cluster.remote_thinker import AT_ONCE, RemoteThinker
from instrument.rig.setup import live
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.tune.loader import load_memory
from instrument.thinking.voices.choir import VoiceTaste
from instrument.workshop.books.tokens import Tokens
from instrument.workshop.cluster import nodes as over
from instrument.workshop.cluster.tasks import Machines, Ready, Task, run_tasks
from instrument.workshop.evaluate import generate as generating
from instrument.workshop.evaluate.as_played import play_sets
from instrument.workshop.evaluate.chorale_live import written
from instrument.workshop.evaluate.generate import generate, generate_over
from instrument.workshop.folk.recipes import FOLK_RNN
from instrument.workshop.folk.sweep import Sweep
from instrument.workshop.folk.sweep_nodes import Tried, sweep_over
from instrument.workshop.study import beam
from tests.fakes.chorales import drawn_chorale
from tests.fakes.ray_nodes import RayNodes
from tests.fakes.tasks import begin, fails, going_on, noted, times
from tests.fakes.waiting import until

pytestmark = pytest.mark.realtime
EXPECTED = {f"t{n}": [7 * n, n / 3] for n in range(12)}
TUNE = ["<s>", "M:4/4", "K:Cmaj", "C", "E", "G", "c", "G", "E", "C", "|", "</s>"]


@pytest.fixture(scope="module")
def nodes() -> Iterator[RayNodes]:
    cluster = RayNodes()
    try:
        cluster.add(cpus=1)
        cluster.add(cpus=1)
        yield cluster
    finally:
        cluster.close()


@pytest.fixture(scope="module")
def cluster(nodes: RayNodes) -> Machines:
    return Machines(cluster=nodes.address)


def plain(rows: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Rows without what a clock says."""
    return {name: {k: v for k, v in row.items() if "per_s" not in k} for name, row in rows.items()}


@pytest.mark.long
def test_a_seed_has_the_same_notes_there_as_here(nodes: RayNodes) -> None:
    patch = find("session")
    how, choice = live(patch), ModelChoice(device="cpu")
    snapshot = patch.snapshot().with_value("tune.seed", 5)
    until_bar = 12 * snapshot.meter.bar
    asked = [Rethink(1, snapshot, 0, None, snapshot), RoundTrip(0.002), Extend(until_bar, 0)]

    def spans(hear: Callable[[list[object]], object], work: Callable[[], list[object]]) -> list[Span]:
        hear(asked)
        found: list[Span] = []
        assert until(lambda: found.extend(s for s in work() if isinstance(s, Span)) or (found[-1:] and
                     found[-1].end >= until_bar), 60, 0.0)  # fmt: skip
        return found

    here = RemoteThinker(how, choice)
    ray = connect(nodes.address)
    try:
        there = ray.remote(RemoteThinker).options(num_cpus=0.5, max_concurrency=AT_ONCE).remote(how, choice)
        far = spans(lambda requests: ray.get(there.hear.remote(requests)), lambda: ray.get(there.take.remote()))
        weights = thinker_weights(how, choice)
        assert ray.get(there.about.remote())[2] == marks(weights) and not difference(marks(weights), marks(weights))
    finally:
        ray.shutdown()
    near = spans(here.hear, here.take)
    assert near == far and len(near) >= 12
    assert any(span.chords for span in near) and any(span.notes for span in near)


@pytest.mark.long
def test_the_beam_is_measured_to_the_same_figures(cluster: Machines) -> None:
    wanted = ("beam2", "futures1", "tune1_1")
    tasks = [task for task in beam._asked(4) if task.name in wanted]
    ready = Ready(beam._begin, (None,))
    assert plain(run_tasks(tasks, cluster, "there", ready)) == plain(run_tasks(tasks, Machines(), "here", ready))


@pytest.mark.long
def test_tunes_and_sets_are_the_same(cluster: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generating, "SHARE", 3)
    texts, seconds = generate_over(cluster, 7, True, None)
    assert texts == generate(load_memory(), 7, True) and seconds > 0
    ask = (["jig"], [1, 2], 1, None)
    assert play_sets(*ask, cluster, lambda _: None) == play_sets(*ask, Machines(), lambda _: None)


@pytest.mark.long
def test_voices_under_sopranos_are_the_same(cluster: Machines) -> None:
    some = [drawn_chorale(f"no. {number}", number) for number in range(3)]
    taste = VoiceTaste(beam=2)
    here, there = written(None, some, taste), written(None, some, taste, machines=cluster)
    assert here == there and here[0] != here[1]


@pytest.mark.long
def test_tries_end_in_the_same_weights(cluster: Machines, tmp_path: Path) -> None:
    vocabulary = Vocabulary.shipped()
    tunes = [vocabulary.encode([*TUNE[: 3 + number % 5], *TUNE[3:]]) for number in range(12)]
    tokens = Tokens([f"t X:{i}" for i in range(12)], ["train"] * 8 + ["valid"] * 2 + ["test"] * 2, tunes,
                    list(range(12)), vocabulary.texts)  # fmt: skip
    one = replace(FOLK_RNN, epochs=2, batch=4, hidden=16)  # its rates fall with the epochs, not with the time
    recipes = [one, replace(one, name="folk-rnn-two", seed=2)]
    how = Tried(5.0, "cpu", layers=2, hidden=16)
    alone = [Sweep(tokens, 5.0, tmp_path / each.name, "cpu", layers=2, hidden=16).run([each])[0] for each in recipes]
    here = sorted(alone, key=lambda result: result.valid)
    there = sweep_over(tokens, recipes, how, tmp_path / "there", cluster, lambda _: None)
    assert [each.course for each in there] == [each.course for each in here]
    first, second = (load(tmp_path / name / "folk")[0].state_dict() for name in (here[0].recipe.name, "there"))
    assert all(np.array_equal(first[name].numpy(), second[name].numpy()) for name in first)
    written = json.loads((tmp_path / "there" / "tries.json").read_text())
    assert [course["name"] for course in written] == [each.name for each in recipes]


def test_a_task_that_fails_says_which_and_why_in_one_line(cluster: Machines) -> None:
    with pytest.raises(RuntimeError, match=r"^bad: .*3 is not to be had") as raised:
        run_tasks([Task("bad", fails, (3,))], cluster, "numbers")
    assert "\n" not in str(raised.value)


def test_other_weights_on_a_node_are_noticed(
    cluster: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "folk.safetensors"
    file.write_bytes(b"one")
    real = over.marks
    monkeypatch.setattr(over, "marks", lambda weights, rooms: {**real({}, rooms), "the model": "0" * 12})
    with pytest.raises(RuntimeError, match=r"has the model there [0-9a-f]{12}, here 0{12}; install the same there"):
        run_tasks([Task("t1", times, (1,))], cluster, "numbers", Ready(begin, (7,), {"the model": file}))


def test_a_node_killed_meanwhile_costs_nothing_but_time(nodes: RayNodes, cluster: Machines, tmp_path: Path) -> None:
    """Last: it leaves one node."""
    tasks = [Task(f"t{n}", noted, (n, tmp_path)) for n in range(12)]

    def kill() -> None:
        assert until(lambda: len(list(tmp_path.iterdir())) >= 4, 60)
        nodes.kill(nodes.added.pop())
        going_on(tmp_path).touch()

    killer = threading.Thread(target=kill)
    killer.start()
    found = run_tasks(tasks, cluster, "numbers", Ready(begin, (7,)))
    killer.join()
    assert list(found.items()) == list(EXPECTED.items())
    done = [file.name.split(".")[0] for file in tmp_path.iterdir()]
    assert len(done) > len(set(done)) == 12, "what was under way on it was done again"
