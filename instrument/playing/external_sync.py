"""External sync: applies start, stop, position and tempo from a MIDI clock, JACK or Ableton Link.

Where it is led, it starts, stops and moves with the others; where a way of playing leaves time to the performer's
hands, nobody else is obeyed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil

from instrument.controls.control import Value
from instrument.controls.midi_messages import SYSEX
from instrument.controls.snapshot import Snapshot
from instrument.music.lead_in import LeadIn
from instrument.music.ticks import QUARTER, Timeline
from instrument.playing.beginning.music import Music
from instrument.playing.midi.machine_control import MachineCommand, understood
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.position import position
from instrument.playing.schedule.tick_result import TickResult
from instrument.playing.sets.set_readings import set_readings
from instrument.playing.time.jack_state import JackState
from instrument.playing.time.link_state import LinkState
from instrument.playing.time.link_sync import NEARLY
from instrument.playing.time.sync import Order, Sync
from instrument.playing.time.tap_tempo import TapTempo


class ExternalSync:
    """External sync of the player. thread: the player's. blocks: never."""

    def __init__(self, player: Music, snapshot: Snapshot) -> None:
        self.player, self.time = player, Sync(snapshot)
        self._taps = TapTempo()
        self.top = 0  #: tick of the first bar of the song
        self._entry = 0  # tick before which nothing of it sounds
        self._other: int | None = None  # another tune was asked for; tick from which on it may begin

    def change(self, old: Snapshot, new: Snapshot) -> None:
        """The controls have been turned."""
        self.time.change(new)
        if (old.seed, old.tune) != (new.seed, new.tune):
            self._other = self.player.buffer.committed

    def hear(self, heard: ReceivedMidi) -> TickResult:
        """Clock, start, continue, stop, song position, or machine control."""
        if heard.data[0] == SYSEX:
            command = understood(heard.data)
            return (self.machine(command, heard.at) if command is not None else None) or TickResult()
        return self._obey(self.time.hear(heard), heard.at)

    def linked(self, linked: LinkState) -> TickResult:
        """A Link session says something."""
        scheduler, bar = self.player.scheduler, self.bar(linked.at)
        order = self.time.linked(linked, scheduler.playing, scheduler.tick(linked.at), bar)
        if order.play or (self.player.beginning.armed and self.time.session):
            order = self._with_session(linked.at)
        return self._obey(order, linked.at)

    def rolled(self, rolled: JackState) -> TickResult:
        """JACK's transport says something."""
        return self._obey(self.time.rolled(rolled, self.player.scheduler.playing), rolled.at)

    def begin(self, now: float) -> TickResult | None:
        """The performer starts the music, in time with the others; None: there are none. With a MIDI clock that runs it
        begins on the next bar line, counted in: from its top as if it had stood armed, else where the clock is."""
        player = self.player
        if player.scheduler.playing or not player.modes.current.on_clock:
            return None
        order = self._with_session(now) if self.time.link.newest is not None else self.time.begin(now)
        if order is None:
            return None
        behind_set = player.buffer.ahead[:1] and player.buffer.ahead[0].source == "silent"  # on a bar already
        if order.line is not None and order.entry is None and not behind_set:
            if player.scheduler.tick(now) <= max(self.top, self._entry):
                player.beginning.armed = True
            else:
                order.entry = self._next_bar(order, now)
                _from_bar(order, order.entry, player.snapshot.meter.bar)
        return self._obey(order, now)

    def arm(self, now: float) -> TickResult | None:
        """The music has been stopped: it stands ready at the top, and begins on the next bar line of who leads. None
        where somebody else says where it stands, and is asked."""
        beginning, order = self.player.beginning, self.time.here(now)
        if not self.player.modes.current.on_clock:
            return None
        beginning.armed = True
        if self.time.session:
            return self._obey(self._with_session(now), now)
        if order is not None:
            return self._obey(order, now)
        turn, beginning.armed = self.locate(1, now), True
        return turn

    def count_in(self, now: float) -> list[Message]:
        """Nobody leads: by our own clock, from the top of the bar that the music stands in, once it is known what
        comes."""
        player, beginning = self.player, self.player.beginning
        if not beginning.ready(now):
            beginning.waiting = True
            return []
        lead = beginning.lead(self.bar(now))
        messages = player.locate(lead.entry, now)[0] if lead.entry != player.scheduler.tick(now) else []
        messages += player.scheduler.play(now)
        beginning.count(lead, lead.start, now)
        self.counted(lead)
        player.accompaniment.locate(player.buffer.last_committed, now)
        return messages

    def counted(self, lead: LeadIn) -> None:
        """The music is counted in by our own clock: where it begins at its top, its first bar line is the song's."""
        if lead.stands == self.top:
            self.time.origin = self.player.scheduler.origin = lead.line
            self._entry = lead.entry

    def shift(self, ticks: int) -> None:
        """The music has been moved under the clock by so many ticks."""
        lead, top = self.player.scheduler.lead, False
        if lead is not None and lead.stands == self.top:
            top, self._entry = True, lead.entry
        self.time.shift(ticks, top)
        self.player.scheduler.origin += ticks if top else 0

    def advance(self, now: float) -> TickResult:
        """Time has passed."""
        return self._obey(self.time.advance(now), now)

    def tap(self, at: float) -> None:
        """The performer taps a beat. From the third on the nearest beat of ours is there, unless others lead."""
        scheduler, beat = self.player.scheduler, self.player.snapshot.meter.beat
        self._taps.tap(at, scheduler.bpm, beat)
        if self._taps.sure and scheduler.playing and not self.time.led:
            nearest = round(scheduler.tick(at) / beat) * beat
            scheduler.follow(Timeline(scheduler.bpm, nearest, at))

    def locate(self, bar: int, now: float) -> TickResult | None:
        """The performer moves the music to a bar of the song, from 1. None where somebody else says where it is."""
        if self.time.places or not self.player.modes.current.on_clock:
            return None
        scheduler = self.player.scheduler
        self.player.beginning.armed = False
        tick = scheduler.origin + (bar - 1) * self.player.snapshot.meter.bar if bar > 1 else self.top
        line = Timeline(scheduler.bpm, tick, now) if scheduler.playing else None
        return self._obey(Order(locate=tick, line=line, play=line is not None), now)

    def place(self, now: float) -> Mapping[str, Value]:
        """Where the music is, and what its clock does, by the names in the table of readings."""
        player, clock = self.player, self.time.readings(now)
        where = position(player.scheduler, player.snapshot, player.scheduler.origin, now)
        tick, begun = max(player.scheduler.tick(now), 0), player.scheduler.begun > 0
        where = {**where, **player.beginning.readings(now), **set_readings(player.buffer, tick, begun)}
        return {**where, **clock, **({} if self.time.led else {"clock.beat": where["clock.beat"]})}

    def machine(self, command: MachineCommand, at: float) -> TickResult | None:
        """A MIDI machine control command: play, stop, or go somewhere. None where it is not ours to obey."""
        if self.time.places or not self.player.modes.current.on_clock:
            return None
        scheduler = self.player.scheduler
        if command.what == "play":
            return TickResult(messages=self.player.play(at))
        if command.what == "stop":
            return TickResult(silence=self.player.stop(at))
        beats = command.seconds * scheduler.bpm / 60
        tick = scheduler.origin + round(beats * QUARTER)
        line = Timeline(scheduler.bpm, tick, at) if scheduler.playing else None
        return self._obey(Order(locate=tick, line=line, play=line is not None), at)

    def _obey(self, order: Order, at: float) -> TickResult:
        turn, player = TickResult(), self.player
        if not player.modes.current.on_clock:
            return turn  # the performer moves the music
        if order.top:
            self.top = self._top()
            lead = player.beginning.lead(self.top)
            self._entry = lead.entry if lead.bars else self.top
            self._lay(order, lead.start)
        if order.play and player.beginning.armed and order.entry is None:
            self._join(order, at)
        if order.stop and player.scheduler.playing:
            turn.silence = player.stop(at)
        if order.locate is not None:
            entry = max(order.locate, self._entry if order.entry is None else order.entry)
            turn.silence = [*(turn.silence or ()), *self._locate(entry, at, turn)]
        if order.bpm is not None and not player.scheduler.playing:
            player.scheduler.set_bpm(order.bpm, at)
        if order.line is not None:
            if order.play and not player.scheduler.playing:
                turn.messages = player.modes.begin(at) + player.scheduler.play(at)
            player.scheduler.follow(order.line)
        if order.play:
            player.beginning.waiting = player.beginning.armed = False
        if order.locate is not None and player.scheduler.playing and order.locate < player.scheduler.begun_at:
            lead = player.beginning.lead(player.scheduler.begun_at)
            player.beginning.count(lead, order.locate)
            if order.entry is not None:
                self.counted(lead)
        if order.play or order.locate is not None:
            player.accompaniment.locate(player.buffer.last_committed, at)
        return turn

    def _lay(self, order: Order, origin: int) -> None:
        """The song of who leads has its top at tick `origin`; what was ordered goes by that."""
        moved = origin - self.time.origin
        self.time.shift(moved)
        self.player.scheduler.origin = self.time.origin
        if order.locate is not None:
            order.locate += moved
        if order.line is not None:
            order.line = replace(order.line, tick_origin=order.line.tick_origin + moved)

    def _join(self, order: Order, at: float) -> None:
        """The tune stands armed: it is laid under the next bar line of who leads, its lead-in before it."""
        self.top = self._top()
        lead = self.player.beginning.lead(self.top)
        here = order.locate if order.locate is not None else order.line.tick(at) if order.line else self.time.origin
        self._entry = lead.entry
        bars = ceil((here - self.time.origin + lead.room) / lead.meter.bar - NEARLY) + lead.bars
        self._lay(order, lead.line - bars * lead.meter.bar)
        _from_bar(order, lead.entry, lead.meter.bar)

    def _next_bar(self, order: Order, at: float) -> int:
        """The tick on which the music comes in with who leads: his next bar line, behind the bars that are counted."""
        meter = self.player.snapshot.meter
        here = (order.locate if order.locate is not None else self.time.origin) - self.time.origin
        line = self.time.origin + ceil(here / meter.bar - NEARLY) * meter.bar
        return line + self.player.beginning.lead(line).bars * meter.bar

    def _with_session(self, at: float) -> Order:
        """Begin on the next bar line of the Link session: the bar that the music stands in, or what stands armed."""
        beginning = self.player.beginning
        if beginning.armed:
            self.top = self._top()
        lead = beginning.lead(self.top if beginning.armed else self.bar(at))
        return self.time.on_bar(at, lead, beginning.armed)

    def _locate(self, tick: int, at: float, turn: TickResult) -> list[Message]:
        """The music moves. Where that is earlier than anybody remembers, it is composed again from the top."""
        messages, known = self.player.locate(tick, at)
        if not known:
            turn.requests += self.player.ask(0, None)
        return messages

    def _top(self) -> int:
        """The tick at which the tune begins that was asked for last."""
        buffer, other, self._other = self.player.buffer, self._other, None
        if other is None:
            return self.top
        spans = [*buffer.since(other), *buffer.ahead]
        tops = (span.start for span in spans if span.bar == 0 and span.of_set.time == 1 and span.start >= other)
        return next(tops, buffer.committed)

    def bar(self, now: float) -> int:
        """The tick at which the bar that sounds, or that the music stands in, began."""
        here = self.player.scheduler.tick(now)
        span = next(self.player.buffer.since(here), None)
        return span.start if span and span.start <= here else max(here, 0)


def _from_bar(order: Order, entry: int, bar: int) -> None:
    """Where the bar line has just gone by, the music is begun on it: its first note is not left out."""
    if order.locate is not None and 0 < order.locate - entry <= NEARLY * bar:
        order.locate = entry
