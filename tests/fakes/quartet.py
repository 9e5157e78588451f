"""Small real things the accompanist's tests play with: a choir that knows nothing but obeys, a player joined to it."""

from __future__ import annotations

from collections.abc import Callable

import torch

from instrument.controls.explanations import Reason
from instrument.controls.snapshot import Snapshot
from instrument.files.patch import find
from instrument.music.cues import Cue, Voicing
from instrument.networks.chorale.experts import ProductOfExperts
from instrument.networks.chorale.numpy_step import ProductStep
from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import CHAIN
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player, TickResult
from instrument.playing.schedule.route import Route
from instrument.thinking.voices.accompanist import Accompanist
from instrument.thinking.voices.accompanist_process import load_choir
from instrument.thinking.voices.choir import Choir

ROUTES = {name: Route(("out",), i + 1) for i, name in enumerate(("melody", "soprano", "alto", "tenor", "bass"))}
CHANNEL = {name: route.channel for name, route in ROUTES.items()}
PLAYED = (("harmony.follow", "played"), ("clock.bpm", 60.0), ("tune.seed", 7))


def tiny_choir(seed: int = 1, hidden: int = 12) -> Choir:
    """Networks of the right shape that were never trained."""
    plan, models = Plan(hidden=hidden), {}
    for voice in CHAIN:
        torch.manual_seed(seed * 10 + voice)
        models[voice] = ProductStep(voice, plan, ProductOfExperts(voice, plan).arrays())
    return Choir(models)


class Duo:
    """A player and an accompanist in virtual time, which answers after `delay` seconds, or (dead) never."""

    def __init__(self, choir: Choir | None = None, snapshot: Snapshot | None = None, delay: float = 0.002) -> None:
        snapshot = snapshot or Snapshot().with_values(PLAYED)
        self.player, self.delay, self.now, self.dead = Player(ROUTES, snapshot, []), delay, 0.0, False
        self.accompanist = Accompanist(choir or tiny_choir(), snapshot)
        self.messages: list[Message] = []
        self.cues: list[Cue] = []
        self.why: list[Reason] = []
        self.answers: list[tuple[float, Voicing]] = []
        self.step = 0.005
        self.player.accompanist(True, 0.0)
        self.messages += self.player.play(0.0)

    def key(self, pitch: int, velocity: int = 80) -> None:
        """Press (or, velocity 0, release) a key now."""
        self.take(self.player.hear(ReceivedMidi(self.now, "keys", bytes([0x90, pitch, velocity]))))

    def take(self, turn: TickResult) -> None:
        self.messages += turn.messages
        if turn.cue is not None and not self.dead:
            self.cues.append(turn.cue)
            self.answers.append((self.now + self.delay, self.accompanist.hear(turn.cue)))
            self.why += self.accompanist.why()
            self.accompanist.prepare()

    def run(self, seconds: float, each: Callable[[float], None] = lambda now: None) -> None:
        """Let time pass."""
        ends = self.now + seconds - 1e-9
        while self.now < ends:
            self.now = round(self.now + self.step, 6)
            while self.answers and self.answers[0][0] <= self.now:
                _, voicing = self.answers.pop(0)
                self.take(self.player.voiced(voicing, self.now))
            self.messages += self.player.advance(self.now + 0.02).messages
            self.take(self.player.accompany(self.now))
            each(self.now)

    def struck(self, voice: str) -> list[tuple[float, int]]:
        """(due, pitch) of a voice's notes."""
        return [(m.due, m.number) for m in self.messages if m.kind == "on" and m.channel == CHANNEL[voice]]

    def sounding(self) -> dict[str, list[int]]:
        """What sounds now, by voice; fails on a key ended that did not sound, or struck twice."""
        down: dict[tuple[int, int], bool] = {}
        for m in self.messages:
            if m.kind in ("on", "off"):
                key = (m.channel, m.number)
                assert down.get(key, False) == (m.kind == "off"), f"{m} while {down.get(key)}"
                down[key] = m.kind == "on"
        names = {channel: name for name, channel in CHANNEL.items()}
        found: dict[str, list[int]] = {}
        for (channel, pitch), on in down.items():
            if on:
                found.setdefault(names[channel], []).append(pitch)
        return found


CHOIR = tiny_choir()


BEAT = 1.0  #: seconds, at 60 quarter notes a minute


def duo(*changes: tuple[str, object], delay: float = 0.002) -> Duo:
    return Duo(CHOIR, Snapshot().with_values([*PLAYED, *changes]), delay)


def play(one: Duo, melody: list[int], each: float = 0.5, length: float = 0.45) -> None:
    for pitch in melody:
        one.key(pitch)
        one.run(length)
        one.key(pitch, 0)
        one.run(each - length)


def chorale(key: str, seed: int = 1) -> Duo:
    """The shipped patch with the shipped experts."""
    snapshot = find("chorale").snapshot().with_values([("tune.key", key), ("tune.seed", seed)])
    return Duo(load_choir(None), snapshot)
