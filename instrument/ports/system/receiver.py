"""Pipes that another process hands over, taken in a thread, since that waits for the process that sent them."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection


def take_over(end: bytes, then: Callable[[Connection], None], name: str) -> None:
    """Have `then` called with the line, in a thread of that name. end: the line, pickled. blocks: never."""

    def work() -> None:
        try:
            line: Connection = pickle.loads(end)
        except (OSError, EOFError):  # the process that sent it has gone
            return
        then(line)

    threading.Thread(target=work, name=name, daemon=True).start()
