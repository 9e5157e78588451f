"""Address of a Ray cluster as it is typed, checked before anything starts, and the one place that connects to it.

Nothing here imports ray before `connect` is called; only processes that do nothing else for the music call it.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from importlib.util import find_spec
from typing import Any

from instrument.ports.network.reachable import reachable

LOCAL = "local"  #: a cluster of this machine alone, which the command starts and ends
OBJECTS = 100_000_000  #: bytes of shared memory of a cluster that we start: what is passed round is small
_FORM = re.compile(r"(?:ray://)?(?P<host>\[[0-9a-fA-F:]+\]|[\w.-]+):(?P<port>\d{1,5})")


def check(address: str, option: str) -> None:
    """Refuse what cannot be a cluster, or does not answer. option: how it was asked for, as --thinker.

    Raises ModuleNotFoundError without the package ray, ValueError, one line. blocks: two seconds at most.
    """
    found = _FORM.fullmatch(address)
    if address != LOCAL and (not found or not 0 < int(found["port"]) < 65536):
        raise ValueError(
            f'{option} "{address[:80]}" is no cluster: write local, ray://HOST:10001 (through the head\'s client port) '
            "or HOST:6379 (from a machine that is a node itself)"
        )
    if find_spec("ray") is None:
        raise ModuleNotFoundError("No module named 'ray'", name="ray")
    if found and not reachable(found["host"].strip("[]"), int(found["port"])):
        start = "ray start --head --ray-client-server-port=10001"
        raise ValueError(f"{option} {address}: nothing answers there; on the head of the cluster run: {start}")


def connect(address: str, cpus: int | None = None) -> Any:
    """The module ray, connected. cpus: of a cluster that is started here (default: as many as there are).

    Raises RuntimeError, one line, where the cluster does not let us in. blocks: seconds. thread: any, one at a time.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"  # what is called after the end starts no cluster of its own
    import ray

    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address == LOCAL:
            os.environ.setdefault("RAY_AUTH_MODE", "token")  # its ports let in nobody else
            ray.init(
                address=LOCAL, num_cpus=cpus, include_dashboard=False, object_store_memory=OBJECTS,
                configure_logging=False, **quiet,
            )  # fmt: skip
        else:
            ray.init(address=address, **quiet)
    except Exception as error:  # whatever ray makes of a cluster that does not fit
        raise RuntimeError(f"{address}: {in_one_line(error)}") from None
    return ray


def in_one_line(error: BaseException) -> str:
    """What went wrong, with the mend where versions differ. Pure."""
    lines = [line for line in map(str.strip, str(error).splitlines()) if line.strip("^~ ")]
    text = " ".join(" ".join(lines).split()) or type(error).__name__
    if "TemporaryActor" in text or "No module named 'instrument'" in text:
        return "Lilt is not installed on that node: pip install lilt[cluster] there, the same as here"
    if "version" in text.lower() and ("python" in text.lower() or "ray" in text.lower()):
        here = ".".join(map(str, sys.version_info[:3]))
        return f"Python and Ray must be the same there as here (Python {here}): {text[:200]}"
    return " ".join(lines[-1].split())[:300] if "Traceback" in text else text[:300]
