"""Tasks by name on this machine: in order, kept, done once."""

from __future__ import annotations

from pathlib import Path

import pytest

from instrument.commands.main import main
from instrument.workshop.cluster.kept import KeptResults
from instrument.workshop.cluster.tasks import Machines, Ready, Task, run_tasks
from tests.fakes.tasks import begin, fails, times

READY = Ready(begin, (7,))
TASKS = [Task(f"t{n}", times, (n, 0.02 * (5 - n))) for n in range(5)]  # the first takes longest
EXPECTED = {f"t{n}": [7 * n, n / 3] for n in range(5)}


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_the_tasks_order_wherever_they_are_done(jobs: int) -> None:
    heard: list[str] = []
    found = run_tasks(TASKS, Machines(jobs), "numbers", READY, heard=lambda name, _: heard.append(name))
    assert list(found.items()) == list(EXPECTED.items())
    assert sorted(heard) == sorted(EXPECTED)


def test_what_was_kept_is_not_done_again(tmp_path: Path) -> None:
    file = tmp_path / "new" / "kept.jsonl"
    run_tasks(TASKS[1:3], Machines(), "numbers", READY, KeptResults(file, "a"))
    heard: list[str] = []
    found = run_tasks(TASKS, Machines(), "numbers", READY, KeptResults(file, "a"), lambda name, _: heard.append(name))
    assert list(found.items()) == list(EXPECTED.items())
    assert heard == ["t0", "t3", "t4"]
    other = KeptResults(file, "b")
    assert not other.rows, "of another question"
    run_tasks(TASKS, Machines(), "numbers", Ready(begin, (1,)), other)
    assert KeptResults(file, "a").rows == EXPECTED, "and it leaves the first one's alone"


def test_a_line_cut_off_by_a_stop_costs_that_task_alone(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    run_tasks(TASKS[:3], Machines(), "numbers", READY, KeptResults(file, "a"))
    file.write_text(file.read_text()[:-9])
    heard: list[str] = []
    kept = KeptResults(file, "a")
    assert set(kept.rows) == {"t0", "t1"}
    found = run_tasks(TASKS, Machines(), "numbers", READY, kept, lambda name, _: heard.append(name))
    assert found == EXPECTED and heard == ["t2", "t3", "t4"]
    assert KeptResults(file, "a").rows == EXPECTED


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_came_before_a_failure_is_kept(jobs: int, tmp_path: Path) -> None:
    kept = KeptResults(tmp_path / "kept.jsonl", "a")
    with pytest.raises(ValueError, match="not to be had"):
        run_tasks([TASKS[4], Task("bad", fails, (3,))], Machines(jobs), "numbers", READY, kept)
    assert kept.rows in ({"t4": EXPECTED["t4"]}, {}) if jobs > 1 else kept.rows == {"t4": EXPECTED["t4"]}


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["study", "beam", "--cluster", "rack"], '--cluster "rack" is no cluster: write local, ray://HOST:10001'),
        (["evaluate", "folk", "--cluster", "ray://127.0.0.1:1"], "nothing answers there; on the head of the cluster"),
        (["reel", "--thinker", "ray://127.0.0.1:99999"], "is no cluster"),
        (["reel", "--thinker", "ray://127.0.0.1:1"], "ray start --head --ray-client-server-port=10001"),
        (["train", "folk", "--cluster", "local"], "torchrun"),
    ],
)  # fmt: skip
def test_a_cluster_that_cannot_be_is_said_in_one_line(
    typed: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed) == 2
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1


@pytest.mark.parametrize("typed", [["study", "beam", "--cluster", "local"], ["reel", "--thinker", "local"]])
def test_without_ray_one_line_says_how_to_have_it(
    typed: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("instrument.rig.cluster.address.find_spec", lambda name: None)
    assert main(typed) == 2
    said = capsys.readouterr().err
    assert "pip install -e .[cluster]" in said and said.count("\n") == 1
