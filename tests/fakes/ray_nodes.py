"""Ray nodes on this machine: a head without CPUs that clients reach, nodes that compute, and an end of them all."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.fakes.paths import ROOT
from tests.fakes.waiting import until

OBJECTS = 80_000_000  #: bytes of shared memory a node
#: how soon a killed node is known to be dead: within three seconds, not fifteen
NOTICES = {"health_check_period_ms": 1000, "health_check_failure_threshold": 3}


class RayNodes:
    """A cluster of processes of ours. blocks: some seconds to start, and for each node."""

    def __init__(self) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        os.environ.update(RAY_raylet_start_wait_time_s="60")  # of a machine that has much else to do
        self._were = {name: os.environ.get(name) for name in ("PYTHONPATH", "RAY_AUTH_MODE")}
        os.environ["PYTHONPATH"] = str(ROOT)  # Lilt, as it would be installed on a node
        os.environ["RAY_AUTH_MODE"] = "disabled"  # whether or not somebody has made a token on this machine
        from ray.cluster_utils import Cluster

        port = free_port()
        self._cluster: Any = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": 0, "include_dashboard": False, "object_store_memory": OBJECTS,
                "ray_client_server_port": port, "_system_config": NOTICES,
            },
        )  # fmt: skip
        self._folder = Path(self._cluster.head_node.get_session_dir_path())  # sockets and logs
        self.session = self._folder.name
        self.client = f"ray://127.0.0.1:{port}"  #: where programs of other machines reach it
        self.address = str(self._cluster.address)  #: where those of its own machines do
        self.added: list[Any] = []

    def add(self, cpus: int = 1) -> Any:
        """Another node, up when this returns."""
        self.added.append(self._cluster.add_node(num_cpus=cpus, object_store_memory=OBJECTS))
        return self.added[-1]

    def kill(self, node: Any) -> None:
        """End a node as a pulled plug does: nothing of it says goodbye."""
        _kill({each.process.pid for kind in node.all_processes.values() for each in kind})

    def processes(self) -> set[int]:
        """Every process of this cluster that runs, by the session in its command line, and what these have started."""
        return _with_children({pid for pid in _pids() if self._ours(pid)})

    def close(self) -> None:
        """End them all, whatever state they are in."""
        for name, value in self._were.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        started = self.processes()
        with suppress(Exception):
            self._cluster.shutdown()
        _kill(started & _pids())
        assert until(lambda: not any(map(_runs, started)), 10), "a process of the cluster is left"
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ours(self, pid: int) -> bool:
        try:
            return pid != os.getpid() and self.session.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False


def free_port() -> int:
    """A TCP port that nobody has."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _pids() -> set[int]:
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


def _with_children(pids: set[int]) -> set[int]:
    """These and all that they have started, those in turn, too: a worker has another name than its node."""
    parents = {pid: _stat(pid)[1] for pid in _pids()}
    while further := {pid for pid, parent in parents.items() if int(parent) in pids} - pids:
        pids = pids | further
    return pids


def _kill(pids: set[int]) -> None:
    for pid in _with_children(pids):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _runs(pid: int) -> bool:
    return _stat(pid)[0] not in ("Z", "X")  # one that has ended and is only still listed does not


def _stat(pid: int) -> tuple[str, str]:
    """State and parent."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (OSError, ValueError):
        return "X", "0"
    return state, parent
