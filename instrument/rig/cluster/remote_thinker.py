"""The thinker as a Ray actor: requests are handed in, spans and what there is to tell are asked for.

It wraps the thinker that serves a line in a process of this machine: that one runs in a thread here, at the other end
of a pipe, on whatever device the node has.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from instrument.controls.requests import ThinkerReady
from instrument.playing.time.clock import SystemClock
from instrument.rig.cluster.marks import marks, thinker_weights
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.serving import serve
from instrument.thinking.spans.arrange import Arrangement

AT_ONCE = 4  #: calls that are answered side by side: one that waits for spans, requests, the way being measured
WAITS = 0.5  #: seconds that one asking for messages waits for the first of them
LOADING = 60.0  #: seconds that a model may take to load


class RemoteThinker:
    """Remote thinker, a Ray actor.

    thread: each method has one of its own, as the cluster gives them; the thinker has another.
    """

    def __init__(self, how: Arrangement, choice: ModelChoice) -> None:
        """blocks: while the model loads. Raises RuntimeError, one line, where it cannot."""
        self._how, self._choice = how, choice
        self._failed = ""
        self._taking, self._giving = threading.Lock(), threading.Lock()
        self._line, theirs = Pipe()
        threading.Thread(target=self._think, args=(theirs,), name="thinker", daemon=True).start()
        try:
            ready = self._line.recv() if self._line.poll(LOADING) else None
        except (EOFError, OSError):
            ready = None
        if not isinstance(ready, ThinkerReady):
            raise RuntimeError(self._failed or "the model did not load")

    def about(self) -> tuple[str, str, dict[str, str]]:
        """Its machine's name, the device that composes, and the marks of what decides the notes."""
        from instrument.networks.folk.device import device_named

        device = str(device_named(self._choice.device)) if self._how.source == "tune" else "cpu"
        return platform.node(), device, marks(thinker_weights(self._how, self._choice))

    def hear(self, requests: Sequence[object]) -> None:
        """Take requests, in order."""
        with self._giving:
            for request in requests:
                self._line.send(request)

    def take(self) -> list[object]:
        """What there is to send, in order; nothing after WAITS seconds. Raises RuntimeError where it has failed."""
        found: list[object] = []
        with self._taking:
            try:
                wait = WAITS
                while self._line.poll(wait):
                    found.append(self._line.recv())
                    wait = 0.0
            except (EOFError, OSError):
                if not found:
                    raise RuntimeError(self._failed or "the thinker has ended") from None
        return found

    def answer(self) -> None:
        """Nothing, at once: how long the way there and back takes."""

    def _think(self, line: Connection) -> None:
        try:
            serve(line, self._how, SystemClock().now, self._choice)
        except Exception as error:  # whatever it is, it is said at the other end
            self._failed = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        finally:
            line.close()
