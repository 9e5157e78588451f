"""Player: takes controls, plans and MIDI, and returns the messages and requests that follow from them.

No time, no devices.

It decides what is announced, tells the thinker from where to think again, and fills in by itself when the
thinker is late or gone. Everything enters through a method and leaves as a return value, so that a whole
evening can be played in a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from instrument.controls.practice import tempo_of
from instrument.controls.snapshot import Snapshot
from instrument.files.patterns import playable
from instrument.music.cues import Voicing
from instrument.music.events import Span
from instrument.playing.backing.live_strokes import LiveBacking
from instrument.playing.backing.others import Others
from instrument.playing.beginning.beginning import Beginning
from instrument.playing.external_sync import ExternalSync
from instrument.playing.inputs import Inputs
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.mixer import Mixer
from instrument.playing.modes.play_mode import ModeResult
from instrument.playing.modes.play_modes import PlayModes
from instrument.playing.performance_style import PerformanceStyle
from instrument.playing.plan_requests import PlanRequests
from instrument.playing.practice import Practice
from instrument.playing.schedule.clock_out import ClockOut
from instrument.playing.schedule.in_order import in_order
from instrument.playing.schedule.route import Route
from instrument.playing.schedule.scheduler import LATE_LIMIT, Scheduler
from instrument.playing.schedule.thru import Thru
from instrument.playing.schedule.tick_result import Request, TickResult
from instrument.playing.sets.set_end import SetEnd
from instrument.playing.time.tempo_curve import Beat
from instrument.playing.voices.accompaniment import LAYING, Accompaniment
from instrument.playing.way_back.course import Course

HEADING = ("tune.meter", "tune.key", "tune.keys")
PATIENCE = 5.0  #: seconds that a first bar waits for a second


class Player(PlanRequests):
    """Player of the planned music. thread: the player's. blocks: never."""

    def __init__(
        self,
        routes: Mapping[str, Route],
        snapshot: Snapshot,
        opening: Iterable[Span],
        bars: int | None = None,
        thru: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        masters: Sequence[str] = (),
        clicks: Sequence[str] = (),
        mixer: Callable[[Scheduler, Snapshot], Mixer] = Mixer,
    ) -> None:
        """opening: spans to start with, joined from tick 0; bars: end after so many spans, None: never
        thru: for each MIDI input, the outputs that it goes on to; masters: the outputs that a clock may go to
        clicks: those that the click goes to; mixer: makes the mixer of a scheduler's voices, as the controls begin"""
        super().__init__(snapshot)
        self.set_end = SetEnd(self, snapshot)
        self.snapshot = snapshot = self.set_end.called(snapshot)
        self.scheduler = Scheduler(routes, tempo_of(snapshot.values), bars)
        self.buffer = self.scheduler.buffer
        self.accompaniment = Accompaniment(self.scheduler, snapshot)
        self.beginning = Beginning(self.scheduler, clicks, snapshot)
        self.led = ExternalSync(self, snapshot)
        self.time = self.led.time
        self.clock_out = ClockOut(self.scheduler, masters, snapshot)
        self.modes = PlayModes(self.scheduler, snapshot, self._free)
        self.course = Course(self, snapshot)
        self.backing = LiveBacking(self.scheduler, snapshot, playable())
        self.backing.chord_at = self.accompaniment.chord_at
        forwarded = Thru(thru, self.scheduler.ledger)
        self.inputs = Inputs(forwarded, self.modes, self.accompaniment, self._played, self.backing.keys)
        self.mixer = mixer(self.scheduler, snapshot)
        self.mixer.leaving = self.inputs.touch.leave  # what keys have bent on the old channel goes to rest
        self.style, self.practice = PerformanceStyle(snapshot), Practice(snapshot)
        self.scheduler.dress, self.scheduler.breathe = self._dress, self._breathe
        for span in opening:
            self.buffer.put(span)
        self.repeated = 0  #: bars the player had to fill in by itself
        self._thin_since: float | None = None  # seconds: since when it waits for its second bar
        self._tempo: tuple[int, float] | None = None  # from which tick on, quarter notes a minute

    # from the performer

    def change(self, snapshot: Snapshot, now: float, undone: int | None = None, top: int | None = None
               ) -> list[Request]:  # fmt: skip
        """The controls have been turned; undone, top: see `Change`. A tempo that comes with another tune waits for its
        first bar, as it does when a patch is recalled."""
        snapshot = self.set_end.change(snapshot)
        old, self.snapshot = self.snapshot, self.modes.choose(snapshot)
        self.accompaniment.change(snapshot)
        self.backing.change(snapshot)
        self.style.snapshot = snapshot
        self.practice.change(snapshot)
        self.beginning.change(snapshot)
        self.led.change(old, snapshot)
        self.clock_out.change(snapshot)
        tempo, coming = tempo_of(snapshot.values), self._tempo[1] if self._tempo else self.scheduler.bpm
        if tempo != tempo_of(old.values) and tempo != coming and not self.time.led:
            another = (snapshot.seed, snapshot.tune) != (old.seed, old.tune) and self.scheduler.playing
            begins = self.modes.current.where()[0] if another else self.scheduler.tick(now)
            self._tempo = begins, tempo
            self._turn_tempo(now)
        if any(snapshot.values[name] != old.values[name] for name in LAYING):
            self.accompaniment.locate(self.buffer.last_committed, now)
        if any(snapshot.values[name] != old.values[name] for name in HEADING):
            self.buffer.further.clear()  # they are in another meter or key
        return self.course.change(old, undone, top)

    def mix(self, snapshot: Snapshot, now: float) -> list[Message]:
        """The controls have been turned: what it changes in the mixer, before `change` does the rest."""
        old = self.snapshot
        another = (snapshot.seed, snapshot.tune) != (old.seed, old.tune) and self.scheduler.playing
        mixed = self.mixer.change(old, snapshot, now, self.modes.current.where()[0] if another else None)
        return mixed + self.inputs.change(snapshot, now)

    def listen(self, ports: Iterable[str]) -> None:
        """Where others play: see `Others`."""
        self.inputs.others = others = Others(ports)
        self.accompaniment.others = others.sounding

    def play(self, now: float) -> list[Message]:
        full = self.set_end.begin(now)
        turn = self.led.begin(now)
        if turn is not None:
            return [*full, *(turn.silence or ()), *turn.messages]
        messages = full + self.modes.begin(now)
        self.beginning.waiting = self.beginning.armed = False
        if self.modes.current.on_clock and self.beginning.wanted and not self.scheduler.playing:
            return messages + self.led.count_in(now)
        messages += self.scheduler.play(now) if self.modes.current.on_clock else self.scheduler.programs(now)
        self.accompaniment.locate(self.buffer.last_committed, now)
        return messages

    def stop(self, now: float, faded: bool = False) -> list[Message]:
        """faded: the music has died away, and what still rings does so in silence."""
        rest = self._let_go(now)
        self.beginning.stop()
        messages = self.scheduler.stop(now)
        self.accompaniment.locate(self.buffer.last_committed, now)
        return messages + rest + ([] if faded else self.set_end.fade.rest(now))

    def panic(self, now: float) -> list[Message]:
        rest = self._let_go(now)
        return self.scheduler.silence(now) + rest + self.set_end.fade.rest(now)

    def locate(self, tick: int, now: float) -> tuple[list[Message], bool]:
        """The music moves: see `Scheduler.locate`."""
        rest = self._let_go(now)
        heard = self.buffer.committed
        messages, known = self.scheduler.locate(tick, now)
        self.course.locate(known, heard)
        return messages + rest, known

    def _let_go(self, now: float) -> list[Message]:
        """Every note is about to be ended: nobody holds a key. Returns what puts pedals and the like to rest."""
        self.modes.forget()
        self.accompaniment.forget(now)
        self.backing.forget()
        self.beginning.forget()
        return self.inputs.forget(now)

    def plug(self, port: str, there: bool, now: float) -> list[Message]:
        """An output has gone: its notes are ended, and none are struck there until it is back. Then it gets its
        programs again, and what is struck from then on."""
        if there:
            return self.scheduler.plugged(port, now)
        messages = self.accompaniment.lift(now) + self.accompaniment.silence(now)  # on every port, for a moment
        messages += self.inputs.lift_all(now)
        self.inputs.forget(now, port)
        return messages + self.scheduler.unplugged(port, now)

    def unhear(self, port: str, now: float) -> TickResult:
        """An input lets go of all that it holds: it has gone, or has fallen silent."""
        return self.inputs.release(port, now)

    # from the MIDI inputs

    def hear(self, heard: ReceivedMidi) -> TickResult:
        """A message came in. Clock and transport move the music; notes and controllers take part in it."""
        return self.led.hear(heard) if heard.transport else self.inputs.hear(heard)

    # from the accompanist

    def accompanist(self, there: bool, now: float) -> list[Message]:
        """An accompanist has come up, or gone: then its notes are ended."""
        return self.accompaniment.up() if there else self.accompaniment.gone(now)

    def voiced(self, voicing: Voicing, now: float) -> TickResult:
        """It has answered a cue. now: seconds, the very moment."""
        return TickResult(messages=self.accompaniment.answer(voicing, now), cue=self.accompaniment.cue(now))

    def accompany(self, now: float) -> TickResult:
        """What of its answers is due by `now` (seconds, the very moment), and what it should be asked next."""
        self.inputs.others.now = now
        messages = self.accompaniment.advance(now) + self.backing.answer(now)
        return TickResult(messages=messages, cue=self.accompaniment.cue(now))

    # the loop

    def advance(self, now: float) -> TickResult:
        """Everything due by `now` (seconds, never going back), and what the thinker should do next."""
        self._turn_tempo(now)
        thin = self._thin(now)
        if thin:
            self.scheduler.hold(now)
        turn = self.led.advance(now)
        if self.beginning.waiting and self.beginning.ready(now):
            turn.messages += self.play(now)
        if moved := self.beginning.refresh(now):
            self.led.shift(moved)
        commit = -1 if thin else self.announces()
        played = self._played(self.modes.advance(now))
        played.messages += self.inputs.settle(now)
        turn.requests += self.course.turn(now) if self.scheduler.playing else []
        self.backing.planned(now)
        announced = self.scheduler.announce(now, commit)
        self.beginning.announced(announced)
        turn.messages += played.messages
        turn.messages += in_order([self.scheduler, self.mixer, *self.beginning.sources], self.scheduler.tick(now), now)
        turn.announced += played.announced + announced
        turn.requests += played.requests
        self.set_end.advance(turn, now)
        turn.messages += self.clock_out.advance(now)
        self.repeated += sum(span.source == "repeated" for span in turn.announced)
        if risen := self.practice.announced(turn.announced, self.time.led):
            self._tempo = risen[:2]
            turn.told.append(risen[2])
        if turn.announced:
            self.accompaniment.locate(turn.announced[-1], now)
        turn.requests += self._extend(now)
        return turn

    def _thin(self, now: float) -> bool:
        """Whether the first bars are only arriving, in our own time: then the music waits and begins once, at its first
        note, and the first of them, a pick-up perhaps, is not repeated until the next is there."""
        buffer = self.buffer
        if buffer.announced:  # nearly always
            self._thin_since = None
            return False
        few = not buffer.ahead or (len(buffer.ahead) == 1 and buffer.ahead[0].plan > 0)
        waits = few and buffer.fill is None and not buffer.further
        own = not self.time.led and self.snapshot.values["clock.send"] == "no" and self.modes.current.reach() is None
        if not (waits and own and self._thinking and self.scheduler.playing) or self.scheduler.counted:
            self._thin_since = None
            return False
        if not buffer.ahead:  # soon enough, its first note is struck a little late
            return now - self.scheduler.seconds(self.scheduler.begun_at) > LATE_LIMIT / 2
        self._thin_since = now if self._thin_since is None else self._thin_since
        return now - self._thin_since < PATIENCE

    def _turn_tempo(self, now: float) -> None:
        """Take the tempo that waits, once its bar is there."""
        if self._tempo is not None and self.scheduler.tick(now) >= self._tempo[0]:
            (_, bpm), self._tempo = self._tempo, None
            if not self.time.led:
                self.scheduler.set_bpm(bpm, now)

    @property
    def playing(self) -> bool:
        """Whether the music runs, or waits for the performer to move it."""
        return self.scheduler.playing or self.beginning.waiting or not self.modes.current.on_clock

    def _free(self) -> bool:
        """Whether nobody else keeps the time, or goes by ours."""
        values = self.snapshot.values
        others = values["clock.send"] != "no" or bool(values.get("clock.jack_master", False))
        return not (self.time.led or self.time.waits or others)

    def _breathe(self, span: Span) -> list[Beat]:
        """A span's beats that bend; none where others keep the time. Who goes by ours slows down with us at the end."""
        if self.time.led or self.time.waits or not self.modes.current.on_clock:
            return []
        return self.style.breathe(span) if self.snapshot.values["clock.send"] == "no" else self.style.slow(span)

    def _dress(self, span: Span, bpm: float) -> Span:
        """A span as it is played: what of it is ours, in our way. What hands or a loop ask for is ours altogether."""
        own = not self.modes.current.on_clock or self.course.loop.on
        return self.style.dress(span if own else self.ensemble.left(span, self.snapshot), bpm)

    def _played(self, played: ModeResult) -> TickResult:
        if played.ask:
            self._rewrite = self._rewrite or played.rewrite
            self.snapshot = self.modes.over(self.snapshot)
        requests = self.think_again() if played.ask else []
        return TickResult(messages=played.messages, requests=requests, announced=played.announced)
