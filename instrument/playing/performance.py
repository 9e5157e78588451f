"""Performance: one turn of the player's loop, from the entries that have come in to the messages that go out.

No time, no devices, no lines.

The same entries at the same moments give the same exits, so a performance is whatever came in: a log of it, played
again, gives the same messages. A fault in the taking of one entry is told, every note is ended, and the music goes on.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import assert_never

from instrument.controls.devices.microphone import MICROPHONE
from instrument.controls.knobs.knob_map import Knobs
from instrument.controls.requests import RoundTrip
from instrument.music.cues import Voicing
from instrument.music.events import Span
from instrument.playing.ensemble.roles import EnsembleRole, HeardBar
from instrument.playing.messages import (
    AccompanistState,
    Act,
    Announced,
    Change,
    Further,
    PlayerSetup,
    Plug,
    Released,
    Said,
    Status,
    Stuck,
    Switches,
    ThinkerState,
)
from instrument.playing.midi.midi_input import ReceivedMidi, VoiceNote
from instrument.playing.midi.output_message import Silence
from instrument.playing.mixer import Mixer
from instrument.playing.player import Player
from instrument.playing.schedule.tick_result import TickResult
from instrument.playing.time.jack_state import JackState
from instrument.playing.time.link_state import LinkState
from instrument.playing.turn import Entry, Exits

TWICE = 1.0  #: seconds within which a second panic ends all notes of all channels
LISTENERS = "listeners"  #: output of the notes that pages and OSC subscribers hear
FAULTS = 20  #: in a row, before the performance ends


class Performance:
    """Performance: the player and all that it plays with. thread: the player's. blocks: never."""

    def __init__(self, setup: PlayerSetup, outputs: Sequence[str], lead: float) -> None:
        """outputs: names, whether they are there or not; lead: seconds that messages are made ahead of their time."""
        thru = {one.name: tuple(o for o in one.thru if o in outputs) for one in setup.midi.inputs}
        if (microphone := setup.midi.microphone) is not None:
            thru[MICROPHONE] = tuple(output for output in microphone.thru if output in outputs)
        listening = [one.name for one in setup.midi.inputs if one.listen]
        routes, masters = setup.routes(outputs), setup.masters(outputs)
        mixer = partial(Mixer, outputs=outputs, only=setup.only(), levels=setup.levels)
        clicks = setup.clicks(outputs)
        self.player = Player(routes, setup.snapshot, setup.opening, setup.bars, thru, masters, clicks, mixer)
        self.player.listen([*listening, *([MICROPHONE] if microphone is not None and microphone.listen else [])])
        mpe = [one.name for one in setup.midi.inputs if one.mpe]
        self.player.inputs.open({one.name: one.role for one in setup.midi.inputs}, mpe)
        self.player.inputs.switches = frozenset(Knobs(setup.midi.knobs).switches())
        self.player.scheduler.ledger.absent |= {LISTENERS} & set(outputs)  # until somebody listens
        if setup.ensemble:
            self.player.ensemble.join()
        self.lead = lead
        self._panicked = float("-inf")
        self._faults = 0

    def turn(self, now: float, entries: Iterable[Entry]) -> Exits:
        """Take what has come in, and play on. now: seconds, never going back; it raises nothing but by 20 faults."""
        exits = Exits()
        for entry in entries:
            self._safely(exits, now, lambda entry=entry: self._enter(entry, now, exits))  # type: ignore[misc]
        done = self._safely(exits, now, lambda: self._play(now, exits))
        self._faults = 0 if done else self._faults + 1
        return exits

    def close(self, now: float) -> Exits:
        """The end: every note."""
        stopped = Silence(tuple(self.player.stop(now + self.lead)))
        return Exits([stopped, *self.player.clock_out.close(now)])

    def wake(self) -> float:
        """Seconds: when a turn has something to do at the latest, besides what is due at the ports."""
        return min(self.player.accompaniment.wake(), self.player.backing.wake())

    @property
    def waits(self) -> bool:
        """Whether the music begins with somebody else's clock."""
        return self.player.time.waits or self.player.ensemble.waits

    @property
    def waits_for(self) -> str:
        """Who starts the music, for people."""
        if self.player.ensemble.waits:
            return "the ensemble"
        return "JACK's transport" if self.player.time.source == "jack" else "a MIDI clock"

    def finished(self, now: float) -> bool:
        """Whether the last of the bars asked for has been played."""
        return self.player.finished(now + self.lead)

    def status(self, now: float, late_ms: float) -> Status:
        """How the music stands. late_ms: the worst lateness of a message since the last asking."""
        player = self.player
        place = dict(player.led.place(now))
        place |= player.backing.readings()
        place |= player.practice.readings(player.time.led, next(player.buffer.since(player.scheduler.tick(now)), None))
        ahead = player.bars_ahead(now + self.lead)
        return Status(
            player.playing, int(place["status.bar"]), player.scheduler.bpm, ahead, player.repeated, late_ms, place,
            player.scheduler.tick(now), now,
        )  # fmt: skip

    def _safely(self, exits: Exits, now: float, work: Callable[[], None]) -> bool:
        try:
            work()
        except Exception as fault:
            if self._faults >= FAULTS:
                raise
            exits.faults.append(traceback.format_exc())
            what = f"{type(fault).__name__}: {fault}"
            exits.told.append(Said(f"a fault ({what}); every note is ended, the music goes on"))
            exits.out.append(Silence(tuple(self.player.panic(now + self.lead))))
            return False
        return True

    def _enter(self, entry: Entry, now: float, exits: Exits) -> None:
        ahead, player = now + self.lead, self.player
        match entry:
            case ReceivedMidi():
                self._give(
                    self._now(lambda: player.hear(entry), now) if entry.over_network else player.hear(entry), exits
                )
                if not entry.transport:
                    exits.told.append(entry)  # it may be a knob
            case VoiceNote():
                self._give(self._now(lambda: player.inputs.sound(entry), now), exits)
            case Further():
                player.buffer.further.append(entry.spans)
            case Switches():
                player.inputs.switches = frozenset(entry.notes)
            case JackState():
                self._give(player.led.rolled(entry), exits)
            case LinkState():
                self._give(player.led.linked(entry), exits)
            case Voicing():
                self._give(player.voiced(entry, now), exits)
            case AccompanistState():
                exits.out += player.accompanist(entry.up, now)
            case Span():
                exits.told += player.receive(entry)
            case Change():
                exits.out += player.mix(entry.snapshot, ahead)
                exits.told += player.change(entry.snapshot, ahead, entry.undone, entry.top)
            case HeardBar():
                exits.told += player.hear_leader(entry)
            case EnsembleRole():
                player.ensemble.take(entry)
            case RoundTrip(seconds):
                player.way = seconds
            case ThinkerState():
                exits.told += player.thinker_ready() if entry.up else ()
                if not entry.up:
                    player.thinker_gone()
            case Released():
                self._let_go(entry.port, now, exits)
            case Plug():
                if entry.port == LISTENERS:  # nobody else's notes end with those of who only listens
                    scheduler = player.scheduler
                    exits.out += player.inputs.thru.controllers.rest(ahead, LISTENERS)
                    exits.out += (scheduler.plugged if entry.there else scheduler.unplugged)(entry.port, ahead)
                elif not entry.input:
                    exits.out += player.plug(entry.port, entry.there, ahead)
                else:
                    if not entry.there:
                        self._let_go(entry.port, now, exits)
                    exits.out += player.inputs.there(entry.port, entry.there, now)
            case Act():
                self._act(entry.name, ahead, exits, entry.at)
            case other:
                assert_never(other)

    def _let_go(self, port: str, now: float, exits: Exits) -> None:
        """An input holds nothing any more; a pad of it may have held a control."""
        self._give(self.player.unhear(port, now), exits)
        exits.told.append(Released(port))

    def _now(self, work: Callable[[], TickResult], now: float) -> TickResult:
        """What came over a network is placed where it was played, and sounds now: its way is no lateness of ours."""
        ledger = self.player.scheduler.ledger
        ledger.earliest = now
        try:
            turn = work()
        finally:
            ledger.earliest = float("-inf")
        turn.messages = [replace(one, due=max(one.due, now)) for one in turn.messages]
        return turn

    def _act(self, name: str, ahead: float, exits: Exits, at: float | None = None) -> None:
        match name:
            case "transport.play":
                exits.out += self.player.play(ahead)
            case "transport.stop":
                exits.out.append(Silence(tuple(self.player.stop(ahead))))
            case "transport.locate" | "transport.rewind" | "transport.arm":
                self._locate(name, ahead, exits)
            case "transport.fade":
                self.player.set_end.press_fade(ahead)
            case "clock.tap":
                self.player.led.tap(ahead - self.lead if at is None else min(at, ahead - self.lead))
            case "panic":
                exits.out.append(Silence(tuple(self.player.panic(ahead)), ahead - self._panicked < TWICE))
                self._panicked = ahead
            case "quit":
                exits.quit = True

    def _locate(self, name: str, ahead: float, exits: Exits) -> None:
        if name == "transport.arm":
            exits.out.append(Silence(tuple(self.player.stop(ahead))))
        bar = int(self.player.snapshot.number("transport.locate")) if name == "transport.locate" else 1
        turn = self.player.led.arm(ahead) if name == "transport.arm" else self.player.led.locate(bar, ahead)
        if turn is None and self.player.time.source == "jack":
            return  # the transport has been asked to go there
        if turn is None:
            exits.told.append(Said("the music is not moved: the clock that leads, or your hands, say where it is"))
        else:
            self._give(turn, exits)
            if name == "transport.arm" and not self.player.scheduler.playing:
                exits.out += self.player.scheduler.programs(ahead)

    def _play(self, now: float, exits: Exits) -> None:
        self._give(self.player.accompany(now), exits)
        if self.player.accompaniment.lost(now):
            exits.told.append(Stuck())
        self._give(self.player.advance(now + self.lead), exits)
        exits.told += [Said(line) for line in self.player.mixer.take_news()]

    def _give(self, turn: TickResult, exits: Exits) -> None:
        if turn.silence is not None:
            exits.out.append(Silence(tuple(turn.silence)))
        exits.out += turn.messages
        exits.told += [*turn.requests, *turn.told]
        exits.cue = turn.cue or exits.cue
        for span in turn.announced:
            if span.source == "repeated" and self.player.repeated == 1:
                exits.told.append(Said("the thinker is not there yet; repeating the last part until it is"))
            exits.told.append(Announced(span))
