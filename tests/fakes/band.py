"""Small real things the tests play with: a tiny model, a planner on it, spans made by hand."""

from __future__ import annotations

import torch

from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Place, Span
from instrument.music.ticks import QUARTER
from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.playing.player import Player
from instrument.playing.schedule.route import Route
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.planner import Planner
from instrument.thinking.tune.loader import WriterFactory

BAR = 4 * QUARTER
ROUTES = {"melody": Route(("out",), 1), "drone": Route(("out",), 2)}


def tiny_mind(seed: int = 1, nodes: int = 1024) -> ModelMemory:
    """folk-rnn's shape with 12 units: knows nothing, but obeys."""
    torch.manual_seed(seed)
    model = FolkRNN(hidden=12, layers=2).eval()
    return ModelMemory(model, Vocabulary.shipped(), nodes=nodes)


def planner(snapshot: Snapshot | None = None, mind: ModelMemory | None = None, drone: str = "none") -> Planner:
    return Planner(WriterFactory(mind or tiny_mind()), Arrangement({}, drone), snapshot or Snapshot())


def bar_of(*pitches: int, start: int = 0, plan: int = 0) -> Span:
    """One 4/4 bar of equal notes."""
    each = BAR // len(pitches)
    notes = tuple(Note(start + i * each, each, pitch) for i, pitch in enumerate(pitches))
    written = ("M:4/4", "K:Cmaj", "C", "8", "|")
    return Span(start, start + BAR, notes, plan, 0, start // BAR, written, Place(), 0, "4/4", "C major")


class Thought:
    """A thinker that answers at once, after a delay of so many turns, or (gone) not at all."""

    def __init__(self, plan: Planner) -> None:
        self.planner, self.until, self.gone = plan, 0, False

    def ask(self, requests: list[Rethink | Extend]) -> None:
        for request in requests:
            if isinstance(request, Rethink):
                self.planner.rethink(request)
            elif isinstance(request, Extend):
                self.until = request.until

    def answer(self, player: Player, most: int = 1000) -> None:
        """Hand over up to `most` spans."""
        while most and not self.gone and self.planner.plan and self.planner.tick < self.until:
            self.ask(list(player.receive(self.planner.next_span())))
            most -= 1
