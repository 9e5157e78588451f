"""`run.py render`: the same planner, player and synth under a clock that waits for nobody.

One process, no devices. The same patch, seed and bars give the same bytes: WAV, MIDI and ABC.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from instrument.controls.patch import Patch
from instrument.controls.requests import Extend, Rethink
from instrument.music.events import Span
from instrument.playing.clock import ManualClock
from instrument.playing.player import Player
from instrument.playing.scheduler import Route
from instrument.playing.synth import Synth
from instrument.ports.recorder import Recorder
from instrument.rig import arrangement, opening, sounds
from instrument.thinking.mind import Scribe, load_memory
from instrument.thinking.planner import Planner
from instrument.workshop.tunebook import abc_of

BLOCK = 480  #: frames rendered at a time
TAIL = 1.5  #: seconds after the last bar


class Thought:
    """A thinker in this process: answers requests at once, up to where the plan should reach."""

    def __init__(self, planner: Planner) -> None:
        self.planner, self.until = planner, 0

    def ask(self, request: Rethink | Extend) -> None:
        if isinstance(request, Rethink):
            self.planner.rethink(request)
        else:
            self.until = request.until

    def spans(self) -> list[Span]:
        """What the requests so far call for."""
        found = []
        while self.planner.plan and self.planner.tick < self.until:
            found.append(self.planner.next_span())
        return found


def render(patch: Patch, bars: int, seed: int, out: Path, weights: Path | None = None) -> Mapping[str, float]:
    """Write tune.mid, tune.wav and tune.abc into `out`. Returns seconds, notes and tunes. OSError, ValueError."""
    snapshot = patch.snapshot().with_value("tune.seed", seed)
    clock, synth = ManualClock(), Synth(channels=sounds(patch))
    synth.level = snapshot.number("sound.level")
    routes = {name: Route(("recording",), v.channel, v.program) for name, v in patch.voices.items()}
    player = Player(routes, snapshot, opening(patch, snapshot), bars)
    thought = Thought(Planner(Scribe(load_memory(weights)), arrangement(patch), snapshot))
    recorder = Recorder(out / "tune", synth.rate, routes, patch.name)
    spans: list[Span] = []
    requests: list[Rethink | Extend] = list(player.thinker_ready())
    messages = player.play(0.0)
    ended = float("inf")
    while clock.now() < ended:
        turn = player.advance(clock.now() + BLOCK / synth.rate)
        for request in (*requests, *turn.requests):
            thought.ask(request)
        requests = [answer for span in thought.spans() for answer in player.receive(span)]
        for message in (*messages, *turn.messages):
            synth.schedule(round(message.due * synth.rate), message)
        messages = []
        for span in turn.announced:
            spans.append(span)
            recorder.add(span, player.scheduler.bpm)
        recorder.write(synth.render(BLOCK))
        clock.advance(BLOCK / synth.rate)
        if ended == float("inf") and player.finished(clock.now()):
            ended = clock.now() + TAIL
    recorder.close()
    (out / "tune.abc").write_text(abc_of(spans, patch.name, snapshot), encoding="utf-8")
    return {
        "seconds": synth.frame / synth.rate, "bars": float(len(spans)),
        "notes": float(sum(len(s.notes) for s in spans)), "tunes": float(len({s.tune for s in spans})),
    }  # fmt: skip
