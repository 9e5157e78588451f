"""The accompanist in a performance: its process, joined to the player by a line of its own, and replaced when it dies.

Nothing stands between a key and the voices' notes: the conductor only hears why they were chosen.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from instrument.controls.explanations import ThinkerFigures, Why
from instrument.controls.requests import ThinkerReady
from instrument.controls.snapshot import Snapshot
from instrument.controls.voice_controls import voices_on
from instrument.files.patch import Patch
from instrument.music.backing.bar import WITH_CHORDS
from instrument.music.cues import CHAIN
from instrument.networks.chorale.styles import beside, load_styles
from instrument.networks.chorale.weights import SHIPPED, load
from instrument.networks.weight_files import WeightsError
from instrument.playing.messages import Change, Meet, Stuck
from instrument.ports.system.priority import ACCOMPANIST, raise_priority
from instrument.rig.child_processes import Child

Receiver = Callable[[Any], object]


def voices(patch: Patch) -> dict[str, int]:
    """The accompanying voices that a patch has, with their octaves."""
    return {voice: patch.voices[voice].octave for voice in CHAIN if voice in patch.voices}


def octaves(snapshot: Snapshot) -> dict[str, int]:
    """The accompanying voices that there are as the controls stand, with their octaves."""
    there = voices_on(snapshot.values)
    return {voice: there[voice].octave for voice in CHAIN if voice in there}


def backs(snapshot: Snapshot) -> bool:
    """Whether a voice that plays chords is there, and follows what is played by hand."""
    there = voices_on(snapshot.values)
    return snapshot.led and any(voice in there for voice in WITH_CHORDS)


def check(patch: Patch, weights: Path | None) -> None:
    """Refuse experts that cannot play, where the patch needs any. weights: None for the shipped ones.

    Raises WeightsError, one line that names both files.
    """
    if voices(patch) or weights is not None:  # a voice may come while it plays
        load(weights or SHIPPED)
        if patch.snapshot().number("harmony.style") and load_styles(weights) is None:
            raise WeightsError(
                f"harmony.style: {beside(weights)}.safetensors is not there, so there is no style but 0; set it to 0, "
                "or run: lilt train hymns FOLDER"
            )


def accompany(
    conductor: Connection, player: Connection, weights: Path | None, snapshot: Snapshot, octaves: dict[str, int]
) -> None:
    """The accompanist's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from instrument.thinking.voices.accompanist_process import load_choir, run

    choir = load_choir(weights)
    raise_priority(ACCOMPANIST)
    run(player, conductor, choir, snapshot, octaves)


class AccompanistService:
    """What a conductor keeps of it. thread: the conductor's."""

    def __init__(
        self, patch: Patch, weights: Path | None, snapshot: Callable[[], Snapshot], player: Child,
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        """snapshot: the controls as they are; say: shows one line to people."""
        self.wanted = bool(voices(patch)) or backs(patch.snapshot())
        self.child = Child("accompanist", accompany, self._given)
        self.hears: dict[type, Receiver] = {ThinkerReady: self._ready, Why: self._why, ThinkerFigures: self._told}
        self.why: Why | None = None  #: of the newest notes
        self._weights, self._snapshot = weights, snapshot
        self._player, self._say = player, say
        self._ends: tuple[Connection, ...] = ()  # of the line between player and accompanist, until it is handed over

    def join(
        self, hears: dict[Child, dict[type, Receiver]], gone: dict[Child, Callable[[], object]],
        listen: Callable[[type, Receiver], None],
    ) -> None:  # fmt: skip
        """Hang on a conductor's tables. It starts with the performance where the patch has voices to accompany with,
        else when the first of them comes."""
        hears[self.child], gone[self.child] = self.hears, self.gone
        self.child.waits = not self.wanted
        listen(Change, self.change)
        listen(Stuck, self.stuck)

    def change(self, change: Change) -> None:
        """The controls have been turned. thread: any."""
        if self.child.waits and (octaves(change.snapshot) or backs(change.snapshot)):
            self.wanted, self.child.waits = True, False
            self.child.due = 0.0  # the conductor starts it
        self.child.send(change.snapshot)

    def stuck(self, stuck: Stuck) -> None:
        """The player has waited in vain: it is ended, and so replaced."""
        self.child.kill()

    def gone(self) -> None:
        """It has died: the player knows, its line has closed."""
        self._close()
        if self.child.replace():
            self._say("the accompanist has died; its notes are ended and a new one is starting")
        else:
            self._say("the accompanist keeps failing; the music goes on without it, another is tried. Run: lilt doctor")

    def _given(self) -> tuple[Any, ...]:
        self._ends = get_context("spawn").Pipe()
        snapshot = self._snapshot()
        return self._ends[1], self._weights, snapshot, octaves(snapshot)

    def _ready(self, ready: ThinkerReady) -> None:
        self._player.send(Meet(bytes(ForkingPickler.dumps(self._ends[0]))))
        self.child.send(self._snapshot())  # what was turned while it loaded
        self._close()

    def _why(self, why: Why) -> None:
        self.child.alive()
        self.why = why

    def _told(self, told: ThinkerFigures) -> None:
        self._say(told.line)

    def _close(self) -> None:
        for end in self._ends:
            end.close()
        self._ends = ()
