"""Ableton Link: tempo, beat and bar line shared with every peer on the network, through the optional package.

Link keeps its own thread and its own clock. Here the session is looked at once a turn; what it says is passed on only
where it differs from what was said before, so that the player's log of it is short.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from math import ceil
from typing import Any

from instrument.controls.snapshot import Snapshot
from instrument.music.ticks import QUARTER
from instrument.playing.messages import Act, Change
from instrument.playing.time.clock import Clock
from instrument.playing.time.link_state import LinkState

SAME = 0.0005  #: seconds that what was said may be off before it is said again
SHOWN = 0.051  #: beats a minute that the control may be off the session's tempo: it shows one decimal
RECENT = 1.0  #: seconds in which the control may still be turned to a tempo that the session had
MISSING = 'clock.source = "link" needs the package LinkPython-extern: python -m pip install -e ".[link]"'


class Link:
    """Ableton Link session. thread: the player's. blocks: for microseconds."""

    def __init__(self, clock: Clock, snapshot: Snapshot) -> None:
        self.clock = clock
        self._missing: str | None = None  # why there is none, still to be said
        self._session: Any = None
        self._said: LinkState | None = None
        self._bpm = snapshot.number("clock.bpm")
        self._had: deque[tuple[float, float]] = deque(maxlen=256)  # tempos of the session's, and until when
        self._turn(snapshot)

    def heed(self, entries: Iterable[object]) -> str | None:
        """What else has come in: turned controls, play and stop. One line for people, once, where Link is missing."""
        for entry in entries:
            if isinstance(entry, Change):
                self._turn(entry.snapshot)
            elif isinstance(entry, Act) and entry.name in ("transport.play", "transport.stop") and self._shares:
                self._commit(playing=entry.name == "transport.play")
        missing, self._missing = self._missing, None
        return missing

    def take(self) -> list[LinkState]:
        """What the session says, if that is new."""
        if self._session is None:
            return []
        now, micros = self._moment()
        state, quantum = self._session.captureAppSessionState(), self._quantum
        begins = ceil(state.beatAtTime(state.timeForIsPlaying(), quantum) / quantum - 0.01) * quantum
        playing = bool(self._shares and state.isPlaying())
        linked = LinkState(
            now, state.beatAtTime(micros, quantum), state.tempo(), quantum, self._session.numPeers(), playing,
            begins if playing else 0.0,
        )  # fmt: skip
        if self._said is not None and _follows(self._said, linked):
            return []
        if self._said is not None and self._said.bpm != linked.bpm:
            self._had.append((now, self._said.bpm))
        self._said = linked
        return [linked]

    def close(self) -> None:
        """Leave the session. Safe to call twice."""
        if self._session is not None:
            with suppress(Exception):
                self._session.enabled = False
            self._session = None

    def _turn(self, snapshot: Snapshot) -> None:
        """The controls: join or leave, bar length, tempo."""
        bpm = snapshot.number("clock.bpm")
        self._shares = bool(snapshot.values["clock.link_start"])
        self._quantum = snapshot.meter.bar / QUARTER
        if snapshot.values["clock.source"] != "link":
            self.close()
        elif self._session is None:
            self._join(bpm)
        elif bpm != self._bpm and not self._theirs(bpm):
            self._commit(bpm=bpm)
            self._had.clear()
            self._said = None
        self._bpm = bpm
        if self._session is not None:
            self._session.startStopSyncEnabled = self._shares

    def _theirs(self, bpm: float) -> bool:
        """Whether the control merely shows a tempo that the session has, or had a moment ago: then nobody turned it."""
        now = self.clock.now()
        had = [tempo for until, tempo in self._had if now - until <= RECENT]
        return any(abs(tempo - bpm) < SHOWN for tempo in (*had, self._session.captureAppSessionState().tempo()))

    def _join(self, bpm: float) -> None:
        try:
            import link
        except ImportError:
            self._missing = MISSING
            return
        self._session = link.Link(bpm)
        self._session.enabled = True
        self._said = None

    def _commit(self, bpm: float | None = None, playing: bool | None = None) -> None:
        if self._session is None:
            return
        _, micros = self._moment()
        state = self._session.captureAppSessionState()
        if bpm is not None:
            state.setTempo(bpm, micros)
        if playing is not None:
            state.setIsPlaying(playing, micros)
        self._session.commitAppSessionState(state)

    def _moment(self) -> tuple[float, int]:
        """The same moment on our clock (seconds) and on Link's (microseconds)."""
        before = self.clock.now()
        micros: int = self._session.clock().micros()
        return (before + self.clock.now()) / 2, micros


def _follows(said: LinkState, now: LinkState) -> bool:
    """Whether what was said tells this moment too."""
    beat = said.beat + (now.at - said.at) * said.bpm / 60
    same = (said.bpm, said.quantum, said.peers, said.playing) == (now.bpm, now.quantum, now.peers, now.playing)
    return same and abs(beat - now.beat) * 60 / now.bpm < SAME
