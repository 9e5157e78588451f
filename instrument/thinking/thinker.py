"""The thinker process: requests in, spans out. Imports torch; knows no time, no ports, no player.

It answers the newest request first, one measure at a time, so that a change never waits behind a long job.
When the plan is long enough it writes on at the tune under way, for later.
"""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from instrument.controls.requests import Extend, Ready, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.thinking.arrange import Arrangement
from instrument.thinking.mind import Scribe, load_memory
from instrument.thinking.planner import Planner


def run(line: Connection, arrangement: Arrangement, weights: Path | None = None) -> None:
    """Serve until the line closes. Sends `Ready` once the model is loaded, then spans."""
    scribe = Scribe(load_memory(weights))
    planner = Planner(scribe, arrangement, Snapshot())
    until = 0
    try:
        line.send(Ready())
        while True:
            busy = planner.plan > 0 and (planner.tick < until or not planner.writer.whole)
            newest = None
            while line.poll(0 if busy else None):
                request = line.recv()
                busy = True
                if isinstance(request, Rethink):
                    newest = request  # each says all there is to know; older ones are void
                elif isinstance(request, Extend):
                    until = request.until
            if newest:
                planner.rethink(newest)
            if planner.plan and planner.tick < until:
                line.send(planner.next_span())
            elif planner.plan and not planner.writer.whole:
                planner.writer.measure(len(planner.writer.measures()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
