"""Sync: whose time the music goes by (our own, a MIDI clock's, a Link session's or JACK's), and the orders that follow.

Clocks feed the follower, which knows tempo and phase; the transport knows the position; here the two become orders. Of
several inputs one is obeyed: the one that started the music, until it falls silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from instrument.controls.control import Value
from instrument.controls.midi_messages import TYPES, MidiMessage
from instrument.controls.snapshot import Snapshot
from instrument.music.lead_in import LeadIn
from instrument.music.ticks import QUARTER, Timeline
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.time.clock_follower import ClockFollower
from instrument.playing.time.jack_state import JackState
from instrument.playing.time.link_state import LinkState
from instrument.playing.time.link_sync import LinkSync
from instrument.playing.time.song_position import Action, SongPosition, State

CLOCK = QUARTER // 24  #: ticks
SIXTEENTH = QUARTER // 4  #: ticks
LOST = 0.5  #: seconds without a clock
MISSING = 2.5  #: clocks
LEAPS = 0.05  #: quarter notes: what JACK's transport moves farther is a leap, not its going on
SLOWEST, FASTEST = 15.0, 400.0  #: bpm
START, CONTINUE, PULSE = (TYPES[name].status for name in ("start", "continue", "clock"))


@dataclass(slots=True)
class Order:
    """What the music shall do. stop first, then locate (a tick), then go by `line`, then play; bpm: while it stands;
    top: with the next clock it begins at the top of the tune that was asked for last
    entry: tick before which nothing of it sounds, other than the song's first note."""

    stop: bool = False
    locate: int | None = None
    line: Timeline | None = None
    play: bool = False
    bpm: float | None = None
    top: bool = False
    entry: int | None = None


class Sync:
    """Sync: whose time the music goes by. thread: the player's. blocks: never."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.transport = SongPosition()
        self.follower = _follower(snapshot.number("clock.bpm"))
        self.origin = 0  #: tick of the plan that is the top of the song
        self.link = LinkSync()
        self.roll: JackState | None = None  #: what JACK's transport said last, where it is followed
        self._line: Timeline | None = None  # of the clock that is followed
        self._port = ""
        self._drift = 0.0  # seconds: mean error of late
        self.change(snapshot)

    def change(self, snapshot: Snapshot) -> None:
        """The controls have been turned."""
        values = snapshot.values
        self.source, self._stops = str(values["clock.source"]), values["clock.on_loss"] == "stop"
        self.transport.start_is_top = values["clock.start"] == "top"
        self._nudge = snapshot.number("clock.nudge") / 1000
        self._shares = bool(values["clock.link_start"])
        if self.source != "link":
            self.link.leave()
        if self.source != "jack":
            self.roll = None
        if self.source in ("internal", "link", "jack"):
            self.transport.leave()

    @property
    def waits(self) -> bool:
        """Whether the music begins with the clock, not by itself."""
        return self.source in ("midi", "jack")

    def hear(self, heard: ReceivedMidi) -> Order:
        """A clock, Start, Continue, Stop or position."""
        if self.source in ("internal", "link", "jack") or heard.message is None:
            return Order()
        if not self._obeyed(heard):
            return Order()
        match heard.message:
            case MidiMessage("clock"):
                return self._pulse(heard.at)
            case MidiMessage("start"):
                return self._ordered(self.transport.start(heard.at))
            case MidiMessage("continue"):
                return self._ordered(self.transport.resume(heard.at))
            case MidiMessage("stop"):
                return self._ordered(self.transport.stop(heard.at))
            case MidiMessage("position", value=sixteenths):
                return self._ordered(self.transport.locate(sixteenths, heard.at))
        return Order()

    def linked(self, linked: LinkState, playing: bool, here: int, bar: int) -> Order:
        """A Link session says something. playing, here, bar: whether the music runs, its tick, that of its bar."""
        if self.source != "link":
            return Order()
        begins, stops = self.link.hear(linked)
        if stops:
            return Order(stop=True)
        if begins and not playing:
            return Order(locate=bar, line=self._nudged(self.link.begin(linked.at, bar)), play=True)
        if not playing:
            return Order(bpm=linked.bpm)
        line = self.link.line() if self.link.laid else self.link.join(linked.at, here, bar)
        return Order(line=self._nudged(line))

    def rolled(self, rolled: JackState, playing: bool) -> Order:
        """JACK's transport rolls, stops, or is elsewhere. playing: whether the music runs."""
        if self.source != "jack":
            return Order()
        before, self.roll = self.roll, rolled
        tick = self.origin + round(rolled.beat * QUARTER)
        moved = before is None or abs(before.beat_at(rolled.at) - rolled.beat) > LEAPS
        if not rolled.rolling:
            return Order(stop=playing, locate=tick if moved or playing else None, bpm=rolled.bpm)
        begins = before is None or not before.rolling or not playing
        line = self._nudged(Timeline(rolled.bpm, tick, rolled.at))
        stood = before is not None and not before.rolling and before.beat == 0 and rolled.beat < 1
        top = begins and (rolled.beat == 0 or stood)  # its first frame may have been passed when we hear of it
        return Order(locate=tick if moved or begins else None, line=line, play=begins, top=top)

    def begin(self, now: float) -> Order | None:
        """The performer starts the music. None: at once, by our own clock."""
        if self.roll is not None:
            return Order()  # the transport has been asked, and begins
        if self.transport.running and self._line is not None:
            return Order(locate=self._line.tick(now), line=self._line, play=True)
        return None

    def here(self, now: float) -> Order | None:
        """To play on where the clock that leads is now; None where none runs."""
        if self.roll is not None and self.roll.rolling:
            tick = self.origin + round(self.roll.beat * QUARTER)
            line = self._nudged(Timeline(self.roll.bpm, tick, self.roll.at))
            return Order(locate=line.tick(now), line=line, play=True)
        return self.begin(now) if self.places and self.roll is None and not self.session else None

    @property
    def session(self) -> bool:
        """Whether there is a Link session to begin with: not where it is started and stopped by all, and stands."""
        newest = self.link.newest
        return self.source == "link" and newest is not None and (newest.playing or not self._shares)

    def on_bar(self, at: float, lead: LeadIn, armed: bool) -> Order:
        """Begin on the next bar line of the Link session; armed: early enough before it for a pick-up."""
        assert self.link.newest is not None
        room = lead.room if armed else 0
        begins = at + room / QUARTER * 60 / self.link.newest.bpm
        line = self._nudged(self.link.begin(begins, lead.line if room else lead.start))
        waits = armed or lead.bars > 0
        return Order(locate=min(lead.start, line.tick(at)) if waits else lead.start, line=line, play=True,
                     entry=lead.entry if waits else lead.stands)  # fmt: skip

    def shift(self, ticks: int, top: bool = True) -> None:
        """Every place of whoever leads is so many ticks of the plan later; top: that of the song too."""
        self.origin += ticks if top else 0
        self.link.shift(ticks)
        if self._line is not None:
            self._line = replace(self._line, tick_origin=self._line.tick_origin + ticks)

    @property
    def following(self) -> bool:
        """Whether the music goes by a clock that comes in."""
        return self.transport.state is not State.OWN

    @property
    def line(self) -> Timeline | None:
        """Of the clock that is followed."""
        return self._line

    @property
    def led(self) -> bool:
        """Whether the tempo is somebody else's."""
        return self.following or self.link.newest is not None or self.roll is not None

    @property
    def places(self) -> bool:
        """Whether somebody else says where the music is, and it is to be there."""
        followed = self.transport.state in (State.STARTING, State.RUNNING)
        return followed or self.link.newest is not None or self.roll is not None

    def advance(self, now: float) -> Order:
        """Time has passed. A clock that is silent for half a second is lost."""
        if now - self.follower.newest <= LOST:
            return Order()
        return self._ordered(self.transport.lose(now, self._stops))

    def readings(self, now: float) -> Mapping[str, Value]:
        """By the names in the table of readings."""
        follower, link = self.follower, self.link.newest
        return {
            "clock.state": self._state(now),
            "clock.tempo": link.bpm if link else self.roll.bpm if self.roll else 60 / 24 / follower.period,
            "clock.phase_ms": self._drift * 1000, "clock.jitter_ms": follower.jitter * 1000,
            "clock.beat": int(self.roll.beat_at(now)) if self.roll else self.transport.position // 24,
            "clock.peers": link.peers if link else 0,
        }  # fmt: skip

    def _state(self, now: float) -> str:
        if self.source == "jack":
            return "rolling" if self.roll and self.roll.rolling else "waiting"
        if self.source == "link":
            return "linked" if self.link.newest else "waiting"
        if not self.following and self.source != "midi":
            return "internal"
        silent = now - self.follower.newest
        if self.transport.state is State.LOST or silent > LOST:
            return "lost" if self.transport.running else "waiting"
        if silent > MISSING * self.follower.period:
            return "holding"
        return "locked" if self.follower.locked else "locking"

    def _obeyed(self, heard: ReceivedMidi) -> bool:
        """One input at a time; another takes over when it starts, or when the first has fallen silent."""
        running, kind = self.transport.running, heard.data[0]
        begins = kind in (START, CONTINUE) and not running
        silent = heard.at - self.follower.newest > LOST and not (running and kind == PULSE)
        if heard.port != self._port and (begins or silent):
            self._port = heard.port
            self.follower.restart()
        return heard.port == self._port

    def _ordered(self, action: Action) -> Order:
        """What the music shall do, where the table of song positions says that."""
        position, due = self.transport.position, self.transport.due
        match action:
            case Action.NOTHING | Action.PLACE:
                return Order()
            case Action.TO_TOP | Action.TAKE_OVER | Action.GO_ON:
                self.follower.restart()
                return Order(stop=action is not Action.GO_ON, top=position == 0)
            case Action.KEEP_ON:
                return Order(top=due and position == 0)
            case Action.STOP | Action.STOP_BEHIND:
                return Order(stop=True)
            case Action.PLACE_MUSIC:
                return Order(locate=self._tick())
            case Action.SET_TEMPO:
                return Order(bpm=self._bpm() if self.follower.locked else None)
            case Action.JUMP | Action.FOLLOW:
                tick, jumps = self._tick(), action is Action.JUMP
                self._line = self._nudged(Timeline(self._bpm(), tick, self.follower.seconds(self.follower.count)))
                return Order(locate=tick if jumps else None, line=self._line, play=jumps)
            case other:
                assert_never(other)

    def _tick(self) -> int:
        """Where the transport's position is in the plan."""
        return self.origin + self.transport.position * CLOCK

    def _bpm(self) -> float:
        return min(max(60 / 24 / self.follower.period, SLOWEST), FASTEST)

    def _pulse(self, at: float) -> Order:
        follower, before = self.follower, self.follower.count
        follower.pulse(at)
        self._drift += (follower.error - self._drift) / 24
        return self._ordered(self.transport.clock(follower.count - before))

    def _nudged(self, line: Timeline) -> Timeline:
        return replace(line, time_origin=line.time_origin + self._nudge)


def _follower(bpm: float) -> ClockFollower:
    return ClockFollower(60 / 24 / bpm, 60 / 24 / FASTEST, 60 / 24 / SLOWEST)
