"""Recovery from a fault in composing: one line says so, and the next bar begins a new tune. No torch.

Without it the process would end, and another would load the model only to be asked for the same bar again.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from instrument.controls.requests import Rethink
from instrument.music.events import Span
from instrument.thinking.voices.spans_with_voices import SpansWithVoices

CALLS = 4  #: of those that led to a fault, the last: named with it


class Recovery:
    """Recovery of a planner with voices. thread: the thinker's."""

    def __init__(self, voiced: SpansWithVoices, passes: tuple[type[Exception], ...] = ()) -> None:
        """passes: exceptions that are no faults."""
        self._voiced, self._passes = voiced, passes
        self._fresh = False  # a tune was begun because of a fault, and nothing of it has been given yet

    def rethink(self, request: Rethink) -> None:
        """Go back, as `SpansWithVoices.rethink`. Raises what it raises a second time."""
        self._fresh = False
        self.attempt(lambda: self._voiced.rethink(request), request)

    def compose(self) -> None:
        """Write what the next measure needs, as `SpansWithVoices.compose`. Raises likewise."""
        if not self.attempt(self._voiced.compose):
            self._voiced.compose()

    def give(self) -> Span:
        """The measure played next, as `SpansWithVoices.give`. Raises likewise."""
        given: list[Span] = []
        if not self.attempt(lambda: given.append(self._voiced.give())):
            self._voiced.compose()
            given.append(self._voiced.give())
        self._fresh = False
        return given[0]

    def attempt(self, work: Callable[[], object], request: Rethink | None = None) -> bool:
        """Do something with the planner; whether it went well. After a fault a new tune has begun. Raises the second
        fault without a measure given between. request: what was asked for with it, if anything was."""
        try:
            work()
        except self._passes:
            raise
        except Exception as fault:
            if self._fresh:
                raise  # not even a tune from nothing can be had
            self._fresh = True
            way = reversed(traceback.extract_tb(fault.__traceback__)[-CALLS:])
            where = " < ".join(f"{Path(call.filename).name}:{call.lineno}" for call in way)
            what = f"{type(fault).__name__}: {fault}, {where}"
            self._begin(request or self._voiced.onward())
            self._voiced.said = f"a fault in composing ({what}); the next bar begins a new tune"
            return False
        return True

    def _begin(self, request: Rethink) -> None:
        """Rethink with a new tune called for, and nothing else changed."""
        snapshot = request.snapshot
        self._voiced.rethink(replace(request, before=replace(snapshot, tune=snapshot.tune - 1)))
