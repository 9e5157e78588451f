"""A random evening with a whole player: every event that can happen, and a receiver that must end neutral."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from instrument.controls.devices.plugged import InputPort, OutputPort, Plugged
from instrument.controls.requests import Laid, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Place, Span
from instrument.playing.messages import (
    AccompanistState,
    Act,
    Announced,
    Change,
    PlayerSetup,
    Plug,
    Released,
    Switches,
    ThinkerState,
)
from instrument.playing.midi.midi_input import ReceivedMidi, VoiceNote
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import Performance
from instrument.playing.schedule.scheduler import LATE_LIMIT
from instrument.playing.time.clock import ManualClock, whole
from instrument.playing.time.lateness import Lateness
from instrument.ports.midi.output import MidiOutput
from instrument.ports.outputs import LEAD, Midi
from instrument.rig.way_back.way_back import WayBack
from tests.fakes.band import BAR
from tests.fakes.receiver import Receiver

TURN = 0.04  #: seconds; slower than on stage, so that an evening passes quickly
OFFSETS = {"near": 0.0, "far": 0.015}  #: seconds, of the two outputs


MIDI = Plugged(
    (OutputPort("near", "Near"), OutputPort("far", "Far", 15.0)),
    (InputPort("keys", "Keys", ("near", "far")), InputPort("pads", "Pads", ("far",))),
)  # fmt: skip

# two voices share a channel, so that they meet on keys; one is the accompanist's, one the performer's
VOICES = {"melody": (1, 0), "drone": (1, 0), "soprano": (2, 0), "bass": (3, 0)}
PITCHES = (60, 62, 64)


class Fault(Exception):
    """Anything that may go wrong in our own code."""


class Evening:
    """A performance, its ports and their wires, a turn at a time."""

    def __init__(
        self, opening: tuple[Span, ...] | None = None, snapshot: Snapshot | None = None,
        voices: dict[str, tuple[int, int]] = VOICES,
    ) -> None:  # fmt: skip
        """opening: two bars if not given; snapshot: the controls that it begins with; voices: channel and program."""
        self.clock = ManualClock(10.0)
        self.wires = {name: Receiver() for name in OFFSETS}
        self.outputs = {}
        for name, wire in self.wires.items():
            wire.clock = self.clock
            self.outputs[name] = Midi(name, MidiOutput(wire, name), self.clock, Lateness(), OFFSETS[name])
        opening = tuple(span(0, n * BAR, n) for n in range(2)) if opening is None else opening
        self.snapshot = snapshot = snapshot or Snapshot()
        self.performance = Performance(PlayerSetup(snapshot, opening, voices, {}, midi=MIDI), tuple(OFFSETS), LEAD)
        self.back = WayBack(self.snapshot, self.clock.now)
        self.asked: Rethink | None = None
        self.reach = 0
        self.take(Act("transport.play"))

    def take(self, *entries: Any) -> None:
        """A turn, now."""
        now = whole(self.clock.now())
        for output in self.outputs.values():
            output.flush(now)
        exits = self.performance.turn(now, entries)
        for told in exits.told:
            self.hear_told(told)
        self.deliver(exits.out, now)

    def hear_told(self, told: object) -> None:
        """What the player has said to the conductor."""
        if isinstance(told, Rethink):
            self.asked, self.reach = told, max(told.start, told.wanted)
            self.back.asked(told)
        elif isinstance(told, Announced):
            self.back.announced(told.span)
        elif isinstance(told, Laid) and told.snapshot is not None:
            self.back.tunes.asked(told.spans[0].plan, told.snapshot)

    def deliver(self, out: list[Message | Silence], now: float) -> None:
        for one in out:
            for name, output in self.outputs.items():
                if isinstance(one, Silence):
                    self.wires[name].all_off = one.everything
                    output.silence([off for off in one.offs if off.port == name], one.everything)
                    self.wires[name].all_off = False
                elif one.port == name:
                    assert one.kind != "on" or one.due >= now - LATE_LIMIT, "a note is struck too late"
                    output.take(one, now)
        for output in self.outputs.values():
            output.flush(now)
        broken = [f"{name}: {what}" for name, wire in self.wires.items() for what in wire.broken]
        assert not broken, broken

    def pass_time(self, seconds: float, turn: float = TURN) -> None:
        for _ in range(round(seconds / turn)):
            self.clock.advance(turn)
            self.take()

    def hear(self, port: str, data: tuple[int, ...], late: float = 0.0) -> None:
        """A message comes in. late: seconds ago that it was played, as over a network."""
        self.take(ReceivedMidi(whole(self.clock.now() - late), port, bytes(data)))

    def voice(self, voice: str, pitch: int, velocity: int, late: float = 0.0) -> None:
        """A note over OSC that names its voice begins, or ends (velocity 0)."""
        self.take(VoiceNote(whole(self.clock.now() - late), "osc there", voice, pitch, velocity))

    def answer(self, shape: int) -> None:
        """The thinker answers its newest request with the next bar."""
        if self.asked is not None:
            start, self.reach = self.reach, self.reach + BAR  # taken, it may be asked for anew from elsewhere
            self.take(span(self.asked.plan, start, shape))

    def silence(self) -> Span:
        """A bar without a note, as an answer to the newest request."""
        assert self.asked is not None
        start, self.reach = self.reach, self.reach + BAR
        return replace(span(self.asked.plan, start, 0), notes=())

    def begin(self, way: int) -> None:
        """The music is begun anew, counted in, with a click, after a chord, or armed for who leads."""
        chord = ("none", "chord", "potatoes")[way // 4 % 3]
        self.snapshot = self.snapshot.with_values(
            [("transport.count_in", way % 4), ("click.on", way % 2 > 0), ("transport.opening_chord", chord)]
        )
        self.take(Change(self.snapshot), Act("transport.stop"), Act(("transport.play", "transport.arm")[way // 32]))

    def turn(self, *changes: tuple[str, Any]) -> None:
        """Controls are turned."""
        if not self.back.refusal(self.snapshot, list(changes)):
            self.turned(self.back.turn(self.snapshot, list(changes)))

    def go(self, way: str) -> None:
        """An action that goes back, or on."""
        if way == "tune.new":
            self.turned(self.back.new_tune(self.snapshot))
            return
        change, _ = {"undo": self.back.undo, "redo": self.back.redo, "tune.back": self.back.tune_back}[way](
            self.snapshot
        )
        if change is not None:
            self.turned(change)

    def turned(self, change: Change) -> None:
        self.snapshot = change.snapshot
        self.take(change)

    def pull(self, name: str) -> None:
        self.outputs[name].lose()
        self.wires[name].pulled = True
        self.take(Plug(name, False))

    def plug(self, name: str) -> None:
        if self.wires[name].pulled:
            self.wires[name].pulled = False
            self.outputs[name].take_up(self.wires[name], name)
            self.take(Plug(name, True))

    def fault(self, after: int) -> None:
        """Something of ours breaks, after so many notes more, in the middle of a turn."""
        ledger = self.performance.player.scheduler.ledger
        on, left = ledger.on, [after]

        def broken(*given: Any) -> list[Message]:
            left[0] -= 1
            if left[0] < 0:
                ledger.on = on  # type: ignore[method-assign]
                raise Fault("in the middle of a turn")
            return on(*given)

        ledger.on = broken  # type: ignore[method-assign]

    def settle(self) -> None:
        """Everybody lets go, and what is planned from now on is silence: then nothing sounds on."""
        for name in OFFSETS:
            self.plug(name)
        self.fault(10_000)
        self.take(Switches())
        self.snapshot = self.snapshot.with_values(
            [
                ("clock.source", "internal"),
                ("clock.bpm", 239.0),
                ("play.way", "listen"),
                ("harmony.on", False),
                ("click.on", False),
                ("transport.count_in", 0),
                ("transport.opening_chord", "none"),
                ("loop.on", False),
                ("temp", False),
            ]
        )
        self.take(Change(self.snapshot), AccompanistState(False), Plug("keys", False, True), Plug("pads", False, True))
        self.take(Released("page 1"), Released("page 2"), Released("osc there"))
        self.take(Act("transport.play"))
        self.take(ThinkerState(True))
        for bar in range(14):  # a clock that jumped back makes what sounded then last as much longer
            for _ in range(2 if self.asked else 0):  # nothing more is planned
                self.take(self.silence())
            self.pass_time(1.0, 6 * TURN)
            if bar > 2 and all(wire.quiet for wire in self.wires.values()):
                return
        left = [(wire.down, wire.held, wire.moved) for wire in self.wires.values()]
        raise AssertionError(f"sounds on and on, or is not at rest: {left}")

    def end(self) -> None:
        """The end of the evening."""
        self.deliver(self.performance.close(whole(self.clock.now())).out, self.clock.now())
        for output in self.outputs.values():
            output.close()
        assert all(wire.quiet for wire in self.wires.values()), "a note or a pedal hangs when all is over"
        assert not len(self.performance.player.scheduler.ledger)


def span(plan: int, start: int, shape: int) -> Span:
    """A bar of four notes to a voice, which meet and overlap, and one that lasts the bar."""
    each = BAR // 4
    notes = [Note(start + n * each, each * (1 + (shape >> n & 1)), PITCHES[(shape + n) % 3], 80) for n in range(3)]
    notes += [Note(start + n * each, each, PITCHES[shape * n % 3], 60, "drone") for n in range(4)]
    notes.append(Note(start, BAR, 48 + shape % 2, 60, "drone"))
    number = start // BAR
    return Span(start, start + BAR, tuple(notes), plan, number // 4, number % 4,
                ("M:4/4", "K:Cmaj", "C", "8", "|"), Place(), 0, "4/4", "C major")  # fmt: skip
