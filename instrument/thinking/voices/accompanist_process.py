"""The accompanist's process: cues in, voicings out, reasons to the conductor. No torch, no time, no ports.

One cue is answered at a time, and whoever sends them sends the next when it has the answer. What can be done before
the next is done in between.
"""

from __future__ import annotations

import gc
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from pathlib import Path

from instrument.controls.explanations import ThinkerFigures, Why
from instrument.controls.requests import ThinkerReady
from instrument.controls.snapshot import Snapshot
from instrument.music.cues import Cue, Voicing
from instrument.networks.chorale import cadence
from instrument.networks.chorale.numpy_step import ProductStep
from instrument.networks.chorale.styles import load_styles
from instrument.networks.chorale.tokens import CHAIN
from instrument.networks.chorale.weights import SHIPPED, load
from instrument.thinking.voices.accompanist import Accompanist
from instrument.thinking.voices.choir import Choir
from instrument.thinking.voices.live_backer import LiveBacker
from instrument.thinking.voices.styled_choir import StyledChoir

BETWEEN = 0.001  #: seconds between two pieces of work that nobody waits for


def load_choir(weights: Path | None = None) -> Choir:
    """The shipped experts, or others. Raises WeightsError, one line. blocks: some tens of milliseconds."""
    found = load(weights or SHIPPED)
    models = {voice: ProductStep(voice, found.plan, found.arrays) for voice in CHAIN}
    return StyledChoir(models, cadence.load(), lambda: load_styles(weights))


def run(player: Connection, conductor: Connection, choir: Choir, snapshot: Snapshot, octaves: dict[str, int]) -> None:
    """Serve until a line closes. player: cues in, voicings out; conductor: snapshots in, ready, `Why` and lines out."""
    accompanist, backer = Accompanist(choir, snapshot, octaves), LiveBacker(snapshot)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        conductor.send(ThinkerReady())
        while True:
            for line in wait([player, conductor], BETWEEN if accompanist.turn.busy else None):
                match line.recv() if isinstance(line, Connection) else None:
                    case Cue() as cue:
                        chord, chosen = backer.hear(cue)
                        sings = backer.voices  # with none of them there is nothing for the choir to do
                        voicing = accompanist.hear(cue) if sings else Voicing(cue.number, cue.tick, ())
                        player.send(replace(voicing, chord=chord) if chord is not None else voicing)
                        why = accompanist.why() if sings else ()
                        if why or chosen:
                            conductor.send(Why(why, chords=chosen))
                    case Snapshot() as turned:
                        accompanist.change(turned)
                        backer.change(turned)
            accompanist.prepare()
            if told := accompanist.turn.told():
                conductor.send(ThinkerFigures({}, told))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
