"""A thinker that needs no tune model and no torch: bars of rests, for what is played by hand, or a first voice from
nothing with the others under it.

It is fed and asked as `instrument.thinking.thinker.Thinker` is.
"""

from __future__ import annotations

from multiprocessing.connection import Connection

from instrument.controls.explanations import ThinkerFigures, Why
from instrument.controls.requests import Extend, Rethink, ThinkerReady
from instrument.controls.snapshot import Snapshot
from instrument.networks.chorale.first_voice import load
from instrument.thinking.heard.heard_planner import HeardPlanner
from instrument.thinking.recovery import Recovery
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.planner import Write, WriteRequest
from instrument.thinking.spans.rests import Rests
from instrument.thinking.voices.accompanist_process import load_choir
from instrument.thinking.voices.soprano import Song
from instrument.thinking.voices.spans_with_voices import SpansWithVoices


def writing(source: str) -> Write:
    """What writes the tunes of a source: "played" or "chorale". Raises WeightsError."""
    if source == "played":
        return Rests
    voice = load()

    def write(brief: WriteRequest) -> Song:
        return Song(brief, voice)

    return write


class ModellessThinker:
    """Thinker without a tune model. thread: the thinker's."""

    def __init__(self, arrangement: Arrangement) -> None:
        planner = HeardPlanner(writing(arrangement.source), arrangement, Snapshot())
        self.voiced = SpansWithVoices(planner, lambda: load_choir(arrangement.experts), arrangement)
        self.recovery = Recovery(self.voiced)
        self.until = 0
        self._newest: Rethink | None = None

    @property
    def behind(self) -> bool:
        """Whether spans are waited for."""
        return self._newest is not None or (self.voiced.plan > 0 and self.voiced.tick < self.until)

    def hear(self, request: object) -> None:
        """Take a request: each `Rethink` says all there is to know, and voids older ones."""
        match request:
            case Rethink():
                self._newest = request
            case Extend(until):
                self.until = until

    def work(self) -> list[object]:
        """One span, if one is waited for, with why its voices are what they are."""
        if self._newest is not None:
            newest, self._newest = self._newest, None
            self.recovery.rethink(newest)
        if not self.behind:
            return []
        self.recovery.compose()
        span = self.recovery.give()
        why = Why(self.voiced.why, span.plan, self.voiced.why_chords)
        line, self.voiced.said = self.voiced.said, ""
        lines = [ThinkerFigures({}, line)] if line else []
        return [span, *([why] if why.reasons or why.chords else []), *lines]


def run(line: Connection, arrangement: Arrangement) -> None:
    """Serve until the line closes. Sends `ThinkerReady`, then spans and why."""
    thinker = ModellessThinker(arrangement)
    try:
        line.send(ThinkerReady())
        while True:
            while line.poll(0 if thinker.behind else None):
                thinker.hear(line.recv())
            for message in thinker.work():
                line.send(message)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
