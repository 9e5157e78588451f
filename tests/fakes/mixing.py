"""A performance mixed by hand in virtual time, and the synth's sound of one held note while it is mixed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.controls.voice import PARTS
from instrument.controls.voice_controls import gains, values_of
from instrument.music.events import Note
from instrument.playing.messages import Act, Change, PlayerSetup
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import Performance
from instrument.playing.sound.channel_sound import ChannelSound
from instrument.playing.sound.synth import Synth
from tests.fakes.band import BAR, bar_of

RATE = 48_000


FULL = 0.005  #: of full scale: the largest step that a move of a level may add between two samples


def band(*voices: str, outputs: tuple[str, ...] = ("sound", "keys"), bars: int = 8, way: str = "listen") -> Performance:
    """A performance of long notes, one a bar in each voice, at 120 bpm: a bar takes two seconds."""
    values = {**Snapshot().values, "clock.bpm": 120.0, "play.way": way, "search.commit": 0.0}
    values |= values_of({name: PARTS[name] for name in voices}, "tonic" if "drone" in voices else "none")
    spans = []
    for number in range(bars):
        span = bar_of(62, start=number * BAR)
        notes = tuple(Note(span.start, BAR - 100, 60 + n, 90, voice) for n, voice in enumerate(voices))
        spans.append(replace(span, notes=notes))
    parts = {name: (PARTS[name].channel, PARTS[name].program) for name in voices}
    levels = gains(PARTS[name] for name in voices)
    setup = PlayerSetup(Snapshot(values=values), tuple(spans), parts, {}, levels=levels)
    return Performance(setup, outputs, 0.0)


class Evening:
    """A performance turned by hand. sent: what went out, in order."""

    def __init__(self, performance: Performance) -> None:
        self.performance, self.now = performance, 0.0
        self.sent: list[Message] = []
        self.snapshot = performance.player.snapshot
        self.turn(Act("transport.play"))

    def turn(self, *entries: object) -> list[Message]:
        """One turn; what went out in it."""
        exits = self.performance.turn(self.now, entries)  # type: ignore[arg-type]
        assert not exits.faults, exits.faults
        new: list[Message] = []
        for one in exits.out:
            new += one.offs if isinstance(one, Silence) else [one]
        self.sent += new
        return new

    def until(self, seconds: float) -> None:
        while self.now < seconds:
            self.now = round(self.now + 0.01, 6)
            self.turn()

    def change(self, **values: Value) -> list[Message]:
        """Turn controls: `melody__level=0.5`."""
        named = [("voice." + name.replace("__", "."), value) for name, value in values.items()]
        self.snapshot = self.snapshot.with_values(named)
        return self.turn(Change(self.snapshot))

    def hanging(self) -> set[tuple[str, int, int]]:
        """Keys that are down."""
        down: set[tuple[str, int, int]] = set()
        for m in self.sent:
            if m.kind == "on":
                down.add((m.port, m.channel, m.number))
            elif m.kind == "off":
                down.discard((m.port, m.channel, m.number))
        return down


def struck(messages: list[Message], port: str) -> list[tuple[int, int]]:
    return [(m.channel, m.number) for m in messages if m.kind == "on" and m.port == port]


def rendered(
    moves: list[tuple[int, Message]], timbre: str = "reed", seconds: float = 1.0, dry: bool = False
) -> np.ndarray:
    """The synth's sound of one held note, with what is told to it at frames; dry, where the room's own answer would
    hide what is looked for."""
    synth = Synth(RATE, {1: ChannelSound(timbre, 0.8)})
    if dry:
        synth._reverb.add_to = lambda mix: None  # type: ignore[method-assign]
    synth.schedule(0, Message(0, "on", 1, 74, 110))
    for frame, message in moves:
        synth.schedule(frame, message)
    return synth.render(int(seconds * RATE))
