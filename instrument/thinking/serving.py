"""Serving of requests over a line by the thinker that a patch needs: with the model of tunes, or without."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection

from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.spans.arrange import Arrangement


def serve(line: Connection, how: Arrangement, now: Callable[[], float], choice: ModelChoice) -> None:
    """Load what is needed, then answer until the line closes. now: seconds that never go back. thread: the
    thinker's."""
    if how.source == "tune":
        from instrument.thinking.thinker import run

        run(line, how, now, choice)
    else:
        from instrument.thinking.modelless_thinker import run as run_bare

        run_bare(line, how)
