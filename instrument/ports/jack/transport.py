"""JACK transport: followed where `clock.source` is "jack", led where `clock.jack_master` is on.

What the transport says is read in JACK's own thread, at the first frame of a cycle, and passed on only where it differs
from what was said before. Bars, beats and tempo are those of its master, if it has one; without, seconds are counted at
our own tempo. As master we give it our bars; while we play by our own clock it also starts, stops and moves with us.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from math import isfinite
from typing import Any

from instrument.controls.practice import tempo_of
from instrument.controls.snapshot import Snapshot
from instrument.music.ticks import QUARTER
from instrument.playing.messages import Act, Change
from instrument.playing.schedule.scheduler import Scheduler
from instrument.playing.time.jack_state import JackState
from instrument.playing.time.sync import FASTEST, SLOWEST
from instrument.playing.time.timebase import Timebase
from instrument.ports.jack.client import JackClient

BBT = 0x10  #: the bit of a position that says that bars and beats are in it
ROLLING = 1
TICKS = 1920.0  #: of a beat, as JACK's masters count
MANY = 1000  #: more beats than any bar has, and shorter ones than any meter
SAME = 0.0005  #: seconds that what was said may be off before it is said again
SOON = 2  #: cycles until a start takes hold


class JackTransport:
    """JACK transport, followed or led. thread: the player's, but for `cycle` and `_timebase`, which are JACK's."""

    def __init__(self, jack: JackClient | None, snapshot: Snapshot, scheduler: Scheduler) -> None:
        self._jack, self._scheduler, self._snapshot = jack, scheduler, snapshot
        self._newest: tuple[float, bool, int, tuple[float, float] | None] | None = None
        self._said: JackState | None = None
        self._anchor = (0, 0.0, tempo_of(snapshot.values))  # frame, beat there, tempo from there on
        self._timebases = Timebase()  # of another master
        self._master: Any = None  # the client whose timebase we are
        self._led: tuple[bool, int] | None = None  # how the music stood when the transport was told last
        self._played = False  # whether the music ran when we looked last
        if jack is not None:
            jack.cycle = self.cycle

    @property
    def _follows(self) -> bool:
        return self._snapshot.values["clock.source"] == "jack"

    @property
    def _leads(self) -> bool:
        return bool(self._snapshot.values["clock.jack_master"])

    def heed(self, entries: Iterable[object]) -> None:
        """What has come in: turned controls, and where the transport is followed, play, stop and places."""
        for entry in entries:
            if isinstance(entry, Change):
                self._snapshot = entry.snapshot
            elif isinstance(entry, Act) and self._follows and self._jack is not None and self._jack.alive:
                self._played = self._played and entry.name != "transport.arm"
                with suppress(Exception):  # a server that goes at this moment
                    self._act(entry.name, self._jack.client)

    def take(self) -> list[JackState]:
        """What the transport says, if that is new."""
        jack = self._jack
        if jack is None or not (self._follows or self._leads):
            self._said = self._led = None
            return []
        jack.open()
        with suppress(Exception):
            self._be_master(jack)
            if self._leads and not self._follows:
                self._lead(jack)
            elif self._leads:
                self._end(jack)
        if not self._follows or self._newest is None or not jack.alive:
            return []
        rolled = self._rolled(*self._newest)
        if self._said is not None and _follows(self._said, rolled):
            return []
        self._said = rolled
        return [rolled]

    def close(self) -> None:
        """Leave the transport to others."""
        self._snapshot = self._snapshot.with_values([("clock.source", "internal"), ("clock.jack_master", False)])
        if self._jack is not None and self._jack.alive:
            with suppress(Exception):
                self._be_master(self._jack)

    # following

    def _rolled(self, at: float, rolling: bool, frame: int, own: tuple[float, float] | None) -> JackState:
        if own is not None:
            return JackState(at, *own, rolling)
        bpm = tempo_of(self._snapshot.values)
        before, beat, old = self._anchor
        here = beat + (frame - before) / self._rate * old / 60
        if bpm != old:
            self._anchor = frame, here, bpm
        if frame < before or not rolling:
            here = frame / self._rate * bpm / 60
            self._anchor = frame, here, bpm
        return JackState(at, here, bpm, rolling)

    @property
    def _rate(self) -> float:
        return float(self._jack.client.samplerate) if self._jack is not None and self._jack.alive else 48_000.0

    def _act(self, name: str, client: Any) -> None:
        bpm = self._said.bpm if self._said is not None else tempo_of(self._snapshot.values)
        bar = int(self._snapshot.number("transport.locate")) if name == "transport.locate" else 1
        if name == "transport.play":
            client.transport_start()
        elif name == "transport.arm" and self._said is not None and self._said.rolling:
            return  # it goes on for the others, and we come in on its next bar
        elif name in ("transport.stop", "transport.arm"):
            client.transport_stop()
        if name in ("transport.locate", "transport.rewind", "transport.arm"):
            beats = (bar - 1) * self._snapshot.meter.bar / QUARTER
            client.transport_locate(round(beats * 60 / bpm * client.samplerate))

    # leading

    def _be_master(self, jack: JackClient) -> None:
        """Give JACK our bars, or no longer; a new server is told anew."""
        if self._leads and jack.alive and self._master is not jack.client:
            jack.client.set_timebase_callback(self._timebase)
            self._master = jack.client
        elif not self._leads and self._master is not None:
            if self._master is jack.client and jack.alive:
                jack.client.release_timebase()
            self._master = None

    def _lead(self, jack: JackClient) -> None:
        """Start, stop and move the transport with the music."""
        scheduler, client = self._scheduler, jack.client
        soon = jack.clock.now() + SOON * jack.period
        plays = scheduler.playing and not (scheduler.counted and scheduler.tick(soon) < scheduler.origin)
        stands = plays, scheduler.begun
        if stands == self._led or not jack.alive:
            return
        self._led = stands
        if not plays:
            client.transport_stop()
            return
        beat = self._beat(soon)
        client.transport_locate(max(0, round(beat * 60 / scheduler.bpm * client.samplerate)))
        client.transport_start()

    def _end(self, jack: JackClient) -> None:
        """The music that goes by the transport has ended by itself, with a set or a fade: the transport, which is ours,
        stands too."""
        played, self._played = self._played, self._scheduler.playing
        if played and not self._played and self._said is not None and self._said.rolling and jack.alive:
            jack.client.transport_stop()

    def _beat(self, at: float) -> float:
        """Quarter notes of the song at a moment."""
        scheduler = self._scheduler
        return max(0.0, (scheduler.tick(at) - scheduler.origin) / QUARTER)

    # JACK's thread

    def cycle(self, begins: float) -> None:
        """begins: seconds, of a cycle's first frame."""
        jack = self._jack
        if jack is None or not self._follows:
            return
        state, where = jack.client.transport_query_struct()
        own = None
        if where.valid & BBT and self._master is None:
            own = self._own(where, state == ROLLING)
        self._newest = (begins, state == ROLLING, int(where.frame), own)

    def _own(self, where: Any, rolling: bool) -> tuple[float, float] | None:
        """Quarter notes from the top and a minute, by the master of the timebase; None where it says what cannot be."""
        said = [where.bar, where.beats_per_bar, where.beat, where.tick, where.ticks_per_beat, where.beat_type]
        bar, size, beat, tick, ticks, lower = map(float, said)
        bpm = float(where.beats_per_minute) * 4 / lower if lower > 0 else 0.0
        if not (all(map(isfinite, said)) and 1 / MANY < size < MANY and 1 / MANY < lower < MANY and 1 <= ticks < 1e9):
            return None
        if not SLOWEST <= bpm <= FASTEST:
            return None
        quarters = 4 / lower  # in a beat
        beats = ((bar - 1) * size + beat - 1 + tick / ticks) * quarters
        return self._timebases.beat(int(where.frame), self._rate, rolling, beats, bpm, size * quarters), bpm

    def _timebase(self, state: int, frames: int, where: Any, new: bool) -> None:
        """Fill in the bars of the cycle that comes next."""
        jack, meter = self._jack, self._snapshot.meter
        if jack is None:
            return
        if self._follows:
            before, beat, bpm = self._anchor
            quarters = max(0.0, beat + (int(where.frame) - before) / self._rate * bpm / 60)
        else:
            quarters, bpm = self._beat(jack.begins + frames / self._rate), self._scheduler.bpm
        size = 4 / meter.lower
        bar, beats = divmod(quarters / size, meter.upper)
        where.valid = BBT
        where.bar, where.beat = int(bar) + 1, int(beats) + 1
        where.tick = int((beats - int(beats)) * TICKS)
        where.bar_start_tick = bar * meter.upper * TICKS
        where.beats_per_bar, where.beat_type = float(meter.upper), float(meter.lower)
        where.ticks_per_beat, where.beats_per_minute = TICKS, bpm / size


def _follows(said: JackState, now: JackState) -> bool:
    """Whether what was said tells this moment too."""
    same = (said.rolling, said.bpm) == (now.rolling, now.bpm)
    return same and abs(said.beat_at(now.at) - now.beat) * 60 / now.bpm < SAME
