"""Mixer: level, mute, solo, pan, transposition, sound and output of each voice, turned while the music plays.

It keeps the scheduler's routes as the voices' controls stand and says what tells the outputs so. A note that sounds
ends where it was struck, whatever has become of its voice's channel or output since. What a recalled patch brings waits
for the first bar that is not announced; what a hand turns is heard at once. No time, no devices.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from instrument.controls.control import Value
from instrument.controls.devices.output_choice import OURS, Only, ports_of
from instrument.controls.devices.zones import crowded
from instrument.controls.midi_messages import PAN, VOLUME
from instrument.controls.snapshot import Snapshot, turned
from instrument.controls.table import CONTROLS
from instrument.controls.voice import PARTS, Voice
from instrument.controls.voice_controls import gains, name_of, voice_at
from instrument.music.sounds.timbres import NAMES
from instrument.playing.midi.output_message import Message, fine
from instrument.playing.schedule.in_order import AT_ONCE, OFF, Moment
from instrument.playing.schedule.route import Route, bend_setup, bending, up_of
from instrument.playing.schedule.scheduler import Scheduler

PREFIX = "voice."
MIXED = frozenset(name for name in CONTROLS if name.startswith(PREFIX))  #: its controls


@dataclass(frozen=True, slots=True)
class Strip:
    """One voice as it is mixed. gain: 0..1; pan: -1 left .. 1 right; timbre: of the built-in synth."""

    route: Route
    gain: float
    pan: float
    timbre: str


class Mixer:
    """Mixer of the voices. thread: the player's. blocks: never. Costs nothing while no voice's control is turned."""

    def __init__(
        self, scheduler: Scheduler, snapshot: Snapshot, outputs: Sequence[str] | None = None, only: Only | None = None,
        levels: Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        """outputs: all there are, in order; None: those of the routes; only: voices of those that take certain ones
        levels: of the voices that there are, 0..1, where they are others than the controls'."""
        self._scheduler, self._only = scheduler, dict(only or {})
        routed = [port for route in scheduler.routes.values() for port in route.ports]
        self._outputs = tuple(dict.fromkeys(routed if outputs is None else outputs))
        self._values: dict[str, Value] = {n: v for n, v in snapshot.values.items() if n.startswith(PREFIX)}
        for voice, route in scheduler.routes.items():
            given = {"on": True, "channel": route.channel, "program": route.program, **_level(voice, levels or {})}
            self._values |= {name_of(voice, field): value for field, value in given.items()}
        for voice in set(PARTS) - set(scheduler.routes):
            self._values[name_of(voice, "on")] = False
        self.leaving: Callable[[str, float], list[Message]] = lambda voice, now: []  #: asked before a voice moves
        self.news: list[str] = []  #: lines for people, to be taken
        self._crowded: dict[str, str] = {}  # voices whose zone is too small, and what was said of it
        self._count_members()
        self._waiting: dict[str, Value] = {}
        self._at = 0  # tick from which on what waits is in force
        loud = gains(self._there())
        self._strips = {v: self._strip(v, loud[v], route) for v, route in scheduler.routes.items() if v in PARTS}

    def change(self, old: Snapshot, new: Snapshot, now: float, wait: int | None = None) -> list[Message]:
        """The controls have been turned. wait: the tick that what is new waits for; None: it does not."""
        changes = {name: value for name, value in turned(old.values, new.values).items() if name in MIXED}
        if not changes:
            return []
        if wait is not None:
            self._waiting |= changes
            self._at = wait
            return []
        for name in changes:
            self._waiting.pop(name, None)
        return self._settle(changes, now)

    def head(self) -> Moment | None:
        """When what has waited comes: before what begins there; at once, where the music has stopped. See `Source`."""
        if not self._waiting:
            return None
        return (self._at, OFF) if self._scheduler.playing else AT_ONCE

    def take(self, now: float) -> list[Message]:
        """See `Source`."""
        waiting, self._waiting = self._waiting, {}
        due = min(now, self._scheduler.seconds(self._at)) if self._scheduler.playing else now
        return self._settle(waiting, due)

    def _settle(self, changes: Mapping[str, Value], now: float) -> list[Message]:
        """Bring every voice to where its controls are."""
        self._values |= changes
        wanted = {part: self._strip(part, gain) for part, gain in gains(self._there()).items()}
        messages: list[Message] = []
        for part in PARTS:
            before, after = self._strips.get(part), wanted.get(part)
            if before != after:
                messages += self._move(part, before, after, now)
        self._strips = wanted
        self._count_members()
        return messages

    def _count_members(self) -> None:
        """Say, once, of each voice that would bend note by note that it has too few channels to do so."""
        few = {part: found.line for part, found in crowded(self._there()).items()}
        self.news += [line for part, line in few.items() if line != self._crowded.get(part)]
        self._crowded = few

    def take_news(self) -> list[str]:
        """The lines for people since the last time."""
        news, self.news = self.news, []
        return news

    def _move(self, part: str, before: Strip | None, after: Strip | None, now: float) -> list[Message]:
        """One voice from a strip to another."""
        scheduler, messages = self._scheduler, list[Message]()
        if before and (after is None or _place(before.route) != _place(after.route)):
            messages += self.leaving(part, now)
        if after is None:
            messages += scheduler.hush(part, now)
            scheduler.routes.pop(part, None)
            return messages
        scheduler.routes[part] = after.route
        for port in after.route.ports:
            if port not in scheduler.ledger.absent:
                known = before if before and port in before.route.ports else None
                if known and known.route.channel != after.route.channel:
                    known = None
                messages += _told(port, known, after, now)
        return messages

    def _strip(self, part: str, gain: float, route: Route | None = None) -> Strip:
        """A voice as its controls are. gain: 0..1; route: what it has already, at the beginning."""
        voice = voice_at(self._values, part)
        if route is None:
            ports = ports_of(voice.output, part, self._outputs, self._only)
            before = self._scheduler.routes.get(part)
            pan = self._pan(voice, before)
            up = up_of(part, self._values)
            bent = bending(part, voice.channel, self._values, self._channels(part))
            route = Route(ports, voice.channel, voice.program, volume_of(gain), up, pan, **bent)
        return Strip(route, gain, voice.pan, voice.timbre)

    def _pan(self, voice: Voice, before: Route | None) -> int | None:
        """Controller 10 of a voice: nothing while it is where it began, which nobody has said."""
        strip = self._strips.get(voice.name)
        unsaid = strip is not None and strip.pan == voice.pan and (before is None or before.pan is None)
        return None if unsaid else round(64 + 63 * voice.pan)

    def _channels(self, part: str) -> list[int]:
        """Those of the other voices that there are."""
        others = [other for other in PARTS if other != part and self._values.get(name_of(other, "on"))]
        return [int(self._values.get(name_of(other, "channel"), PARTS[other].channel)) for other in others]

    def _there(self) -> list[Voice]:
        return [voice_at(self._values, part) for part in PARTS if self._values.get(name_of(part, "on"))]


def _place(route: Route) -> tuple[object, ...]:
    """Where a voice goes, and on which channels."""
    return route.ports, route.channel, route.members, route.bends, route.bend_range


def volume_of(gain: float) -> int:
    """A level, 0..1, as controller 7 has it: loudness goes with its square. Pure."""
    return round(127 * math.sqrt(gain))


def _told(port: str, before: Strip | None, after: Strip, now: float) -> list[Message]:
    """What tells an output how a voice is mixed. before: what it knows; None: nothing. Pure."""
    route, old = after.route, before.route if before else None
    messages: list[Message] = []
    if old is None or old.program != route.program:
        messages.append(Message(now, "program", route.channel, route.program, 0, port))
    messages += bend_setup(route, old, port, now)
    if port in OURS:
        if before is None or before.timbre != after.timbre:
            messages.append(Message(now, "timbre", route.channel, NAMES.index(after.timbre), 0, port))
        if before is None or before.gain != after.gain:
            messages.append(fine(now, "gain", route.channel, after.gain, port))
        if before is None or before.pan != after.pan:
            messages.append(fine(now, "place", route.channel, (after.pan + 1) / 2, port))
        return messages
    if route.volume is not None and (old is None or old.volume != route.volume):
        messages.append(Message(now, "control", route.channel, VOLUME, route.volume, port))
    if route.pan is not None and (old is None or old.pan != route.pan):
        messages.append(Message(now, "control", route.channel, PAN, route.pan, port))
    return messages


def _level(voice: str, levels: Mapping[str, float]) -> dict[str, Value]:
    return {"level": levels[voice]} if voice in levels else {}
