"""Tasks by name, their results in order: one after the other, side by side here, or over the nodes of a Ray cluster.

Where a task ran and which ended first changes nothing of what comes back. What was kept of an earlier run is not done
again. A node that is lost has its tasks done by others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from instrument.ports.system import progress
from instrument.workshop.cluster.kept import KeptResults


@dataclass(frozen=True, slots=True)
class Task:
    """Task of a study. name: unique among its kind; work: a function of a module; given: what it takes."""

    name: str
    work: Callable[..., Any]
    given: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Machines:
    """Where tasks are done. jobs: processes of this machine, of one thread each; cluster: address of a Ray cluster
    instead, as `instrument.rig.cluster.address` takes it, or ""."""

    jobs: int = 1
    cluster: str = ""


def _nothing() -> None:
    """For tasks that need nothing made ready."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What makes a process ready, once, before its first task. begin: a function of a module; given: what it takes
    weights: files that must be the same on every node, by what people call them; gpu: a task uses one of the cluster's,
    where it has any."""

    begin: Callable[..., None] = _nothing
    given: tuple[Any, ...] = ()
    weights: Mapping[str, Path] = field(default_factory=dict)
    gpu: bool = False


def run_tasks(
    tasks: Sequence[Task], machines: Machines, what: str, ready: Ready | None = None, kept: KeptResults | None = None,
    heard: Callable[[str, Any], None] = lambda name, result: None,
) -> dict[str, Any]:  # fmt: skip
    """Every task's result by its name, in the tasks' order. blocks: until all are done.

    what: shown with the progress; kept: results that can be JSON, remembered as they come; heard: told of each as it
    comes. Raises what a task raises (from a cluster a RuntimeError, one line), ModuleNotFoundError without ray.
    """
    ready = ready or Ready()
    found = {task.name: kept.rows[task.name] for task in tasks if kept and task.name in kept.rows}
    waiting = [task for task in tasks if task.name not in found]
    with progress.bar(len(tasks), what, "task") as shown:
        shown.update(len(found))
        for name, result in _done(waiting, machines, ready):
            found[name] = kept.keep(name, result) if kept else result
            heard(name, found[name])
            shown.update(1)
    return {task.name: found[task.name] for task in tasks}


def _done(tasks: Sequence[Task], machines: Machines, ready: Ready) -> Iterator[tuple[str, Any]]:
    """Names and results, as they come."""
    if not tasks:
        return
    if machines.cluster:
        from instrument.workshop.cluster.nodes import over_nodes

        yield from over_nodes([(task.name, task.work, task.given) for task in tasks], machines.cluster, ready.begin,
                              ready.given, ready.weights, ready.gpu)  # fmt: skip
    elif machines.jobs == 1:
        ready.begin(*ready.given)
        yield from ((task.name, task.work(*task.given)) for task in tasks)
    else:
        with ProcessPoolExecutor(machines.jobs, get_context("spawn"), ready.begin, ready.given) as pool:
            try:
                names = {pool.submit(task.work, *task.given): task.name for task in tasks}
                yield from ((names[future], future.result()) for future in as_completed(names))
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
