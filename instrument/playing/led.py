"""The music led by somebody else: what a MIDI clock or a Link session orders is done to the player.

Where it is led, it starts, stops and moves with the others; where a way of playing leaves time to the performer's
hands, nobody else is obeyed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.music.ticks import QUARTER, Timeline
from instrument.playing.heard import Heard
from instrument.playing.linked import Linked
from instrument.playing.machine_control import SYSEX, Command, understood
from instrument.playing.message import Message
from instrument.playing.position import position
from instrument.playing.rolled import Rolled
from instrument.playing.set_readings import set_readings
from instrument.playing.tap_tempo import TapTempo
from instrument.playing.timekeeper import Order, Timekeeper
from instrument.playing.turn import Turn

if TYPE_CHECKING:
    from instrument.playing.player import Player


class Led:
    """thread: the player's. blocks: never."""

    def __init__(self, player: Player, snapshot: Snapshot) -> None:
        self.player, self.time = player, Timekeeper(snapshot)
        self._taps = TapTempo()
        self._other: int | None = None  # another tune was asked for; tick from which on it may begin

    def change(self, old: Snapshot, new: Snapshot) -> None:
        """The controls have been turned."""
        self.time.change(new)
        if (old.seed, old.tune) != (new.seed, new.tune):
            self._other = self.player.buffer.committed

    def hear(self, heard: Heard) -> Turn:
        """Clock, start, continue, stop, song position, or machine control."""
        if heard.data[0] == SYSEX:
            command = understood(heard.data)
            return (self.machine(command, heard.at) if command is not None else None) or Turn()
        return self._obey(self.time.hear(heard), heard.at)

    def linked(self, linked: Linked) -> Turn:
        """A Link session says something."""
        scheduler, bar = self.player.scheduler, self._bar(linked.at)
        return self._obey(self.time.linked(linked, scheduler.playing, scheduler.tick(linked.at), bar), linked.at)

    def rolled(self, rolled: Rolled) -> Turn:
        """JACK's transport says something."""
        return self._obey(self.time.rolled(rolled, self.player.scheduler.playing), rolled.at)

    def begin(self, now: float) -> Turn | None:
        """The performer starts the music, in time with the others; None: there are none."""
        if self.player.scheduler.playing or not self.player.hands.way.on_clock:
            return None
        order = self.time.begin(now, self._bar(now))
        return self._obey(order, now) if order is not None else None

    def advance(self, now: float) -> Turn:
        """Time has passed."""
        return self._obey(self.time.advance(now), now)

    def tap(self, at: float) -> None:
        """The performer taps a beat. From the third on the nearest beat of ours is there, unless others lead."""
        scheduler, beat = self.player.scheduler, self.player.snapshot.meter.beat
        self._taps.tap(at, scheduler.bpm, beat)
        if self._taps.sure and scheduler.playing and not self.time.led:
            nearest = round(scheduler.tick(at) / beat) * beat
            scheduler.follow(Timeline(scheduler.bpm, nearest, at))

    def locate(self, bar: int, now: float) -> Turn | None:
        """The performer moves the music to a bar of the song, from 1. None where somebody else says where it is."""
        if self.time.places or not self.player.hands.way.on_clock:
            return None
        scheduler = self.player.scheduler
        tick = scheduler.origin + (bar - 1) * self.player.snapshot.meter.bar
        line = Timeline(scheduler.bpm, tick, now) if scheduler.playing else None
        return self._obey(Order(locate=tick, line=line, play=line is not None), now)

    def place(self, now: float) -> Mapping[str, Value]:
        """Where the music is, and what its clock does, by the names in the table of readings."""
        player, clock = self.player, self.time.readings(now)
        where = position(player.scheduler, player.snapshot, player.scheduler.origin, now)
        tick = max(player.scheduler.tick(now), 0)
        where = {**where, **set_readings(player.buffer, tick, player.scheduler.begun > 0)}
        return {**where, **clock, **({} if self.time.led else {"clock.beat": where["clock.beat"]})}

    def machine(self, command: Command, at: float) -> Turn | None:
        """A MIDI machine control command: play, stop, or go somewhere. None where it is not ours to obey."""
        if self.time.places or not self.player.hands.way.on_clock:
            return None
        scheduler = self.player.scheduler
        if command.what == "play":
            return Turn(messages=self.player.play(at))
        if command.what == "stop":
            return Turn(silence=self.player.stop(at))
        beats = command.seconds * scheduler.bpm / 60
        tick = scheduler.origin + round(beats * QUARTER)
        line = Timeline(scheduler.bpm, tick, at) if scheduler.playing else None
        return self._obey(Order(locate=tick, line=line, play=line is not None), at)

    def _obey(self, order: Order, at: float) -> Turn:
        turn, player = Turn(), self.player
        if not player.hands.way.on_clock:
            return turn  # the performer moves the music
        if order.top:
            self.time.origin = player.scheduler.origin = self._top()
        if order.stop and player.scheduler.playing:
            turn.silence = player.stop(at)
        if order.locate is not None:
            turn.silence = [*(turn.silence or ()), *self._locate(order.locate, at, turn)]
        if order.bpm is not None and not player.scheduler.playing:
            player.scheduler.set_bpm(order.bpm, at)
        if order.line is not None:
            if order.play and not player.scheduler.playing:
                turn.messages = player.hands.begin(at) + player.scheduler.play(at)
            player.scheduler.follow(order.line)
        if order.play or order.locate is not None:
            player.accompaniment.locate(player.buffer.last_committed, at)
        return turn

    def _locate(self, tick: int, at: float, turn: Turn) -> list[Message]:
        """The music moves. Where that is earlier than anybody remembers, it is composed again from the top."""
        messages, known = self.player.locate(tick, at)
        if not known:
            turn.requests += self.player.ask(0, None)
        return messages

    def _top(self) -> int:
        """The tick at which the tune begins that was asked for last."""
        buffer, other, self._other = self.player.buffer, self._other, None
        if other is None:
            return self.time.origin
        spans = [*buffer.since(other), *buffer.ahead]
        tops = (span.start for span in spans if span.bar == 0 and span.of_set.time == 1 and span.start >= other)
        return next(tops, buffer.committed)

    def _bar(self, now: float) -> int:
        """The tick at which the bar that sounds, or that the music stands in, began."""
        here = self.player.scheduler.tick(now)
        span = next(self.player.buffer.since(here), None)
        return span.start if span and span.start <= here else max(here, 0)
