"""`run.py render`: the same planner, player and synth under a clock that waits for nobody.

One process, no devices. The same patch, seed and bars give the same bytes: WAV, MIDI and ABC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from instrument.controls.requests import Extend, Laid, Rethink
from instrument.files.patch import Patch
from instrument.files.rig_file import CLICK
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.scores.set_score import abc_of
from instrument.playing.player import Player
from instrument.playing.schedule.route import Route
from instrument.playing.sound.percussion import CHANNEL
from instrument.playing.sound.synth import Synth
from instrument.playing.time.clock import ManualClock
from instrument.ports.recording.midi_file import write_midi
from instrument.ports.recording.wav_file import WavWriter
from instrument.ports.system import progress
from instrument.rig.setup import arrangement, opening, sounds
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.modelless_thinker import ModellessThinker
from instrument.thinking.thinker import Thinker
from instrument.thinking.tune.load_shedding import Pace
from instrument.thinking.tune.loader import load_memory

Value = TypeVar("Value")
BLOCK = 480  #: frames rendered at a time
TAIL = 1.5  #: seconds after the last bar


def render(patch: Patch, bars: int, seed: int, out: Path, weights: Path | None = None) -> Mapping[str, float]:
    """Write tune.mid, tune.wav and tune.abc into `out`. Returns seconds, notes and tunes. OSError, ValueError."""
    snapshot = patch.snapshot().with_value("tune.seed", seed)
    if patch.source == "played" or snapshot.mode.moves_music:
        raise ValueError(f"{patch.name} plays nothing by itself; play it: lilt {patch.name}")
    clock, synth = ManualClock(), Synth(channels=sounds(patch))
    synth.level = snapshot.number("sound.level")
    routes = {name: Route(("recording",), v.channel, v.program) for name, v in patch.voices.items()}
    channels = {name: (v.channel, v.program) for name, v in patch.voices.items()}
    player = Player(routes, snapshot, opening(patch, snapshot), bars, clicks=("recording",))
    struck, thinker = player.beginning.keep(), _thinker(patch, weights)
    out.mkdir(parents=True, exist_ok=True)
    (out / "tune.wav").unlink(missing_ok=True)
    sound = WavWriter(out / "tune.wav", synth.rate)
    spans: list[Span] = []
    tempos: list[tuple[int, float]] = []
    requests: list[Rethink | Extend | Laid] = list(player.thinker_ready())
    messages = player.play(0.0)
    ended = float("inf")
    shown = progress.bar(bars, patch.name, "bar")
    while clock.now() < ended:
        turn = player.advance(clock.now() + BLOCK / synth.rate)
        for request in (*requests, *turn.requests):
            thinker.hear(request)
        requests = []
        while thinker.behind:
            requests += [answer for span in thinker.work() if isinstance(span, Span) for answer in player.receive(span)]
        for message in (*messages, *turn.messages):
            synth.schedule(round(message.due * synth.rate), message)
        messages = []
        for span in turn.announced:
            spans.append(span)
            shown.update()
            tempos += player.scheduler.tempos(span)
        sound.write(synth.render(BLOCK))
        clock.advance(BLOCK / synth.rate)
        if ended == float("inf") and player.finished(clock.now()):
            ended = clock.now() + TAIL
    sound.close()
    shown.close()
    lead = player.scheduler.lead
    before = -lead.start if lead is not None else 0  # the file begins with what is counted in
    planned = [note for span in spans for note in span.notes if note.voice in channels]
    notes = [replace(note, start=note.start + before) for note in (*planned, *struck)]
    measures = [(span.start + before, Meter.parse(span.meter), Key.parse(span.key)) for span in spans]
    if lead is not None:
        measures[:0], tempos = [(0, lead.meter, lead.key)], [(0, tempos[0][1]), *((t + before, b) for t, b in tempos)]
    meters, keys = changes((at, meter) for at, meter, _ in measures), changes((at, key) for at, _, key in measures)
    if any(note.voice == CLICK for note in struck):
        channels[CLICK] = (CHANNEL, 0)
    chords = [(placed, Key.parse(span.key)) for span in spans for placed in span.chords]
    texts = changes((placed.begins + before, placed.name(key)) for placed, key in chords)
    write_midi(out / "tune.mid", notes, channels, changes(tempos), meters, patch.name, keys, texts)
    title, aabb = f"{patch.name}, seed {snapshot.seed}", bool(snapshot.values["tune.aabb"])

    def named(span: Span) -> str:
        return snapshot.title_of(span.known)

    (out / "tune.abc").write_text(abc_of(spans, title, snapshot.number("clock.bpm"), aabb, named), encoding="utf-8")
    return {
        "seconds": synth.frame / synth.rate, "bars": float(len(spans)),
        "notes": float(sum(len(s.notes) for s in spans)), "tunes": float(len({s.tune for s in spans})),
    }  # fmt: skip


def changes(values: Iterable[tuple[int, Value]]) -> list[tuple[int, Value]]:
    """Those that differ from the one before, with their ticks. Pure."""
    found: list[tuple[int, Value]] = []
    for tick, value in values:
        if not found or found[-1][1] != value:
            found.append((tick, value))
    return found


def _thinker(patch: Patch, weights: Path | None) -> Thinker | ModellessThinker:
    """What composes; time stands still for it, and it gives the same bytes whatever the machine has."""
    if patch.source != "tune":
        return ModellessThinker(arrangement(patch))
    thinker = Thinker(load_memory(ModelChoice(weights, "cpu")), arrangement(patch), lambda: 0.0, Pace(0, 0))
    thinker.fit.refuse(patch.snapshot(), patch.name)
    return thinker
