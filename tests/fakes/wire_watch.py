"""The player's process with a MIDI wire that is watched: what is down on it, said now and then."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection

from instrument.playing.messages import PlayerSetup, Said
from instrument.ports.outputs import Midi
from instrument.ports.player_process import Loop, run

SAYS = "wire: "  #: before what it says
SECONDS = 0.05  #: between two sayings


def watched(line: Connection, setup: PlayerSetup, tapes: Sequence[Connection] = ()) -> None:
    """Says {"down": [[channel 1..16, note], ...], "struck": {channel: count}} whenever it is another."""
    down: set[tuple[int, int]] = set()
    struck: dict[int, int] = {}

    def sent(data: list[int]) -> None:
        key = (data[0] & 15) + 1, data[1]
        if data[0] & 0xF0 == 0x90 and data[2]:
            down.add(key)
            struck[key[0]] = struck.get(key[0], 0) + 1
        elif data[0] & 0xF0 in (0x80, 0x90):
            down.discard(key)

    def fit(loop: Loop) -> None:
        next(one for one in loop.outputs if isinstance(one, Midi)).port.watch = sent
        threading.Thread(target=tell, args=(loop,), daemon=True).start()

    def tell(loop: Loop) -> None:
        before = ""
        while True:
            loop.clock.sleep_until(loop.clock.now() + SECONDS)
            now = SAYS + json.dumps({"down": sorted(down.copy()), "struck": struck.copy()})
            if now != before:
                before = now
                loop.line.put(Said(now))

    run(line, setup, tapes, fit)


def newest(said: list[str]) -> tuple[set[tuple[int, int]], dict[int, int]]:
    """What was said last: (what is down, how many notes each channel 1..16 has struck)."""
    lines = [line for line in said if line.startswith(SAYS)]
    told = json.loads(lines[-1].removeprefix(SAYS)) if lines else {"down": [], "struck": {}}
    return {(c, n) for c, n in told["down"]}, {int(channel): count for channel, count in told["struck"].items()}
