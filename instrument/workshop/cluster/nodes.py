"""Tasks over the nodes of a Ray cluster: each where there is room, again elsewhere when its node is lost.

Before its first task a process compares its installation with that of whoever asks, and is made ready once.
"""

from __future__ import annotations

import hashlib
import pickle
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from instrument.rig.cluster.address import connect, in_one_line
from instrument.rig.cluster.marks import COMPOSING, difference, marks, portable

AGAIN = 5  #: times that a task is done anew, each time on a node that is left
ROOMS = (*COMPOSING, "workshop")  #: whose code decides the results

Given = tuple[Any, ...]
Named = tuple[str, Callable[..., Any], Given]  #: a task: its name, a function of a module, what it takes


def over_nodes(
    tasks: Sequence[Named], address: str, begin: Callable[..., None], given: Given, weights: Mapping[str, Path],
    gpu: bool,
) -> Iterator[tuple[str, Any]]:  # fmt: skip
    """Names and results, as they come. begin: called once in each process, with `given`; weights: files that must be
    the same there; gpu: a task takes a GPU of its own where there is one.

    Raises RuntimeError, one line: no cluster, another installation there, a task that failed or lost AGAIN nodes.
    """
    ray = connect(address)
    try:
        gpus = 1 if gpu and ray.cluster_resources().get("GPU") else 0
        work = ray.remote(_work).options(num_cpus=1, num_gpus=gpus, max_retries=AGAIN)
        mark = hashlib.sha256(pickle.dumps((begin, given))).hexdigest()
        prepared = (
            mark,
            begin,
            [ray.put(given)],
            marks(weights, ROOMS),
            {name: portable(file) for name, file in weights.items()},
        )
        running = {work.remote(prepared, function, takes): name for name, function, takes in tasks}
        while running:
            ended, _ = ray.wait(list(running), num_returns=1)
            for reference in ended:
                name = running.pop(reference)
                try:
                    yield name, ray.get(reference)
                except Exception as error:  # the cluster's errors are many, and a task's are the task's
                    cause = getattr(error, "cause", None) or error
                    raise RuntimeError(f"{name}: {in_one_line(cause)}") from None
    finally:
        ray.shutdown()


_ready_for = ""  # of a process of a node: what it was made ready for


def _work(prepared: tuple[str, Callable[..., None], list[Any], Mapping[str, str], Mapping[str, Path]],
          function: Callable[..., Any], takes: Given) -> Any:  # fmt: skip
    """One task, in a process of a node."""
    global _ready_for
    mark, begin, given, here, weights = prepared
    if _ready_for != mark:
        import ray

        try:
            differs = difference(here, marks(weights, ROOMS))
        except OSError as missing:
            raise RuntimeError(
                f"{platform.node()} lacks {missing.filename}; put it there under the same path"
            ) from None
        if differs:
            raise RuntimeError(f"{platform.node()} has {differs}; install the same there")
        begin(*ray.get(given)[0])
        _ready_for = mark
    return function(*takes)
