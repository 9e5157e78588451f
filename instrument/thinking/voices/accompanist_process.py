"""The accompanist's process: cues in, voicings out, reasons to the conductor. No torch, no time, no ports.

One cue is answered at a time, and whoever sends them sends the next when it has the answer. What can be done before
the next is done in between.
"""

from __future__ import annotations

import gc
from multiprocessing.connection import Connection, wait
from pathlib import Path

from instrument.controls.explanations import Why
from instrument.controls.requests import ThinkerReady
from instrument.controls.snapshot import Snapshot
from instrument.music.cues import Cue
from instrument.networks.chorale import cadence
from instrument.networks.chorale.numpy_step import ProductStep
from instrument.networks.chorale.tokens import CHAIN
from instrument.networks.chorale.weights import SHIPPED, load
from instrument.thinking.voices.accompanist import Accompanist
from instrument.thinking.voices.choir import Choir


def load_choir(weights: Path | None = None) -> Choir:
    """The shipped experts, or others. Raises WeightsError, one line. blocks: some tens of milliseconds."""
    found = load(weights or SHIPPED)
    return Choir({voice: ProductStep(voice, found.plan, found.arrays) for voice in CHAIN}, cadence.load())


def run(player: Connection, conductor: Connection, choir: Choir, snapshot: Snapshot, octaves: dict[str, int]) -> None:
    """Serve until a line closes. player: cues in, voicings out; conductor: snapshots in, ready and `Why` out."""
    accompanist = Accompanist(choir, snapshot, octaves)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        conductor.send(ThinkerReady())
        while True:
            for line in wait([player, conductor]):
                message = line.recv() if isinstance(line, Connection) else None
                if isinstance(message, Cue):
                    player.send(accompanist.hear(message))
                    if why := accompanist.why():
                        conductor.send(Why(why))
                elif isinstance(message, Snapshot):
                    accompanist.change(message)
            accompanist.prepare()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
