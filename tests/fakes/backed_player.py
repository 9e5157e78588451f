"""A player with backing voices in virtual time, its composed bars backed in D, and keys that a hand plays."""

from __future__ import annotations

from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.files.patterns import patterns
from instrument.music.chord import Chord, PlacedChord
from instrument.music.events import Span
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player
from instrument.playing.schedule.route import Route
from instrument.thinking.spans.backed import backed
from tests.fakes.band import BAR, bar_of

VOICES = ("melody", "guitar", "double_bass", "bodhran", "pads")
ROUTES = {name: Route(("out",), i + 1) for i, name in enumerate(VOICES)}
CHANNEL = {name: route.channel for name, route in ROUTES.items()}


def backed_bars(count: int, snapshot: Snapshot, chord: str = "D") -> list[Span]:
    """Bars of four quarters, with one chord, and played by all that back."""
    found = []
    for n in range(count):
        bare = replace(bar_of(62, 66, 69, 66, start=n * BAR), chords=(PlacedChord(n * BAR, BAR, Chord.parse(chord)),),
                       key="D major", bar=n)  # fmt: skip
        found.append(backed(bare, None, snapshot, dict.fromkeys(VOICES, 0), patterns())[0])
    return found


class BackedPlayer:
    """At 120 quarter notes a minute a bar takes two seconds."""

    def __init__(self, *changes: tuple[str, object], bars: int = 16, led: bool = False) -> None:
        led_by = [("harmony.follow", "played")] if led else []
        self.snapshot = Snapshot().with_values(
            [("clock.bpm", 120.0), ("tune.seed", 3), ("harmony.on", False), *led_by, *changes]
        )
        spans = backed_bars(bars, self.snapshot.with_value("harmony.follow", "tune")) if not led else []
        self.player, self.now, self.step = Player(ROUTES, self.snapshot, spans), 0.0, 0.005
        self.messages: list[Message] = list(self.player.play(0.0))

    def key(self, pitch: int, velocity: int = 80, port: str = "keys", channel: int = 1) -> None:
        """Press (or, velocity 0, release) a key now."""
        heard = ReceivedMidi(self.now, port, bytes([0x90 | (channel - 1), pitch, velocity]))
        self.messages += self.player.hear(heard).messages

    def chord(self, *pitches: int, velocity: int = 80) -> None:
        for pitch in pitches:
            self.key(pitch, velocity)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        ends = self.now + seconds - 1e-9
        while self.now < ends:
            self.now = round(self.now + self.step, 6)
            self.messages += self.player.advance(self.now + 0.02).messages
            self.messages += self.player.accompany(self.now).messages

    def struck(self, voice: str, since: float = 0.0, until: float = 1e9) -> list[tuple[float, int]]:
        """(due, pitch) of a voice's notes."""
        return [(m.due, m.number) for m in self.messages
                if m.kind == "on" and m.channel == CHANNEL[voice] and since <= m.due < until]  # fmt: skip

    def lose(self, end: str) -> None:
        """Whoever plays is lost: "port", "panic", "stop", or a controller's number is sent. Then the music is stopped.
        What the keys held is over by then, and nothing hangs."""
        if end == "port":
            self.messages += self.player.unhear("keys", self.now).messages
        elif end == "panic":
            self.messages += self.player.panic(self.now + 0.02)
        elif end == "stop":
            self.messages += self.player.stop(self.now + 0.02)
        else:
            data = bytes([0xB0, int(end), 0])
            self.messages += self.player.hear(ReceivedMidi(self.now, "keys", data)).messages
        self.run(0.6)
        assert self.player.backing.keys.chord is None
        if end != "stop":
            self.messages += self.player.stop(self.now + 0.02)
            self.run(0.1)
        assert self.hanging() == []

    def hanging(self) -> list[tuple[int, int]]:
        """(channel, pitch) of what has been struck and not ended, in the order of its time."""
        open_notes: dict[tuple[int, int], int] = {}
        for m in sorted(self.messages, key=lambda m: m.due):
            if m.kind in ("on", "off"):
                place = (m.channel, m.number)
                open_notes[place] = open_notes.get(place, 0) + (1 if m.kind == "on" else -1)
        return [place for place, count in open_notes.items() if count > 0]
