"""Accompaniment under live keys: cues to the accompanist, and which of its answers sound. No time, no pipes, no model.

One cue is out at a time; while it is, only the newest is kept, so that nothing queues however fast the keys are
played. An answer says how every voice shall stand; what stands so already is left alone. When the accompanist falls
silent or dies, its notes are ended.
"""

from __future__ import annotations

from collections.abc import Callable

from instrument.controls.snapshot import Snapshot
from instrument.music.backing.bar import WITH_CHORDS
from instrument.music.chord import Chord, PlacedChord
from instrument.music.cues import CHAIN, Cue, Sung, Voiced, Voicing, of_those
from instrument.music.events import Span
from instrument.music.grid import STEPS, Grid, grid, tactus
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.scheduler import Scheduler
from instrument.playing.voices.keys import Keys
from instrument.playing.voices.rubato import Rubato

AHEAD = 0.02  #: seconds that a grid step is asked for before its moment
GRACE = 0.05  #: seconds that voices which move by themselves on a beat wait for a late key; else they move twice
PATIENCE = 1.0  #: seconds without an answer after which the voices are ended
LOST = 3.0  #: seconds without one after which nothing more is hoped for
LINGER = 8  #: beats after the last key went up for which steps are still asked for
LAYING = ("clock.bpm", "harmony.tactus", "harmony.time")  #: controls that lay the grid anew
SHARE = {"bass": 0.9, "tenor": 0.8, "alto": 0.8}  #: of the melody's velocity


class Accompaniment:
    """Accompaniment of live keys. thread: the player's. blocks: never. Every method's cost is constant."""

    def __init__(self, scheduler: Scheduler, snapshot: Snapshot) -> None:
        self.scheduler, self.snapshot = scheduler, snapshot
        self.there = False  #: an accompanist is listening
        self.keys = Keys()
        self.others: Callable[[], tuple[int, ...]] = lambda: ()  #: MIDI notes that others sound
        self.chord: PlacedChord | None = None  #: the backer's under what is played
        self.grid = Grid(snapshot.meter.beat)
        self._own: Rubato | None = None  # the performer's own time
        self._soprano: set[int] = set()  # notes of the performer's that sound
        self._sounding: dict[str, int] = {}  # voice -> pitch
        self._struck: dict[str, tuple[int, int | None]] = {}  # voice -> newest (tick, pitch) heard of
        self._due: Voicing | None = None  # waits for its moment
        self._out: tuple[Cue, float] | None = None  # the cue that is out, and since when
        self._next: Cue | None = None
        self._number, self._stepped = 0, -1
        self._late = False
        self._known = 0  # number of the newest note that has been answered
        self._fresh = False  # the voices have not stood yet as the newest note has them

    # the melody

    def strike(self, pitch: int, velocity: int, at: float) -> list[Message]:
        """A key goes down: its note sounds as the soprano's, where the patch has one, at once."""
        highest = self.snapshot.values["harmony.lead"] == "highest"
        if self.keys.strike(pitch, velocity, at, self._struck_at(at), highest):
            self._cue(self._tick(at), None)
        if "soprano" not in self.scheduler.routes:
            return []
        messages = self._hush(pitch, at)
        self._soprano.add(pitch)
        return messages + self.scheduler.strike("soprano", pitch, velocity, at)

    def release(self, pitch: int, at: float, ask: bool = True) -> list[Message]:
        """The last key of that note goes up. ask: the accompanist at once; else with the next key or step."""
        tick = self._tick(at)
        if self.keys.release(pitch, tick) and ask:
            self._cue(tick, None)
        return self._hush(pitch, at) if pitch not in self.keys.down else []

    def _hush(self, pitch: int, at: float) -> list[Message]:
        """End a note of the soprano's, if it sounds."""
        if pitch not in self._soprano:
            return []
        self._soprano.discard(pitch)
        return self.scheduler.end("soprano", pitch, at)

    def lift(self, at: float) -> list[Message]:
        """All keys are up: an output has gone."""
        self.keys.clear(self._tick(at))
        return [message for note in sorted(self._soprano) for message in self._hush(note, at)]

    # the accompanist

    def up(self) -> list[Message]:
        """An accompanist has come up."""
        self.there, self._out, self._next = True, None, None
        return []

    def gone(self, now: float) -> list[Message]:
        """It has died: its notes are ended."""
        self.chord = None
        self.there, self._out, self._next, self._due = False, None, None, None
        return self.silence(now)

    def answer(self, voicing: Voicing, now: float) -> list[Message]:
        """What it says to a cue. Sounds at once, or when its step comes."""
        note, step = (self._out[0].note, self._out[0].step) if self._out else (None, None)
        self._out, self._late, self.chord = None, False, voicing.chord
        if note is not None and note.number != self._known:
            self._known, self._fresh = note.number, True
        if not self._wanted() or (step is not None and self._struck_since()):
            return []
        if voicing.tick > self._tick(now):
            self._due = voicing
            return []
        self._due = None
        return self._stand(voicing, now)

    # the loop

    def advance(self, now: float) -> list[Message]:
        """What has come due by `now` (seconds: the very moment, not ahead of it)."""
        wanted = self._wanted()
        messages = [m for voice in CHAIN if voice not in wanted for m in self._end(voice, now)]
        if self._due is not None and self._moment(self._due) <= now:
            voicing, self._due = self._due, None
            if not self._struck_since():
                messages += self._stand(voicing, now)
        if self._out and now - self._out[1] > PATIENCE and not self._late:
            self._late = True
            messages += self.silence(now)
        self._step(now)
        return messages

    def cue(self, now: float) -> Cue | None:
        """The cue to send now, if any; then its answer is awaited."""
        if self._out or self._next is None or not self.there:
            return None
        cue, self._next = self._next, None
        self._out = (cue, now)
        return cue

    def lost(self, now: float) -> bool:
        """Whether the accompanist must be given up: True once."""
        if self._out is None or now - self._out[1] <= LOST:
            return False
        self.there, self._out = False, None
        return True

    def wake(self) -> float:
        """Seconds: when `advance` has something to do at the latest; far off if nothing is planned."""
        return self._moment(self._due) if self._due else float("inf")

    def change(self, snapshot: Snapshot) -> None:
        """The controls have been turned; `advance` ends the voices that are no longer wanted."""
        self.snapshot = snapshot

    def silence(self, now: float) -> list[Message]:
        """End the voices now; each sounds again from its next onset, or with the next key."""
        return [message for voice in CHAIN for message in self._end(voice, now)]

    def forget(self, now: float) -> None:
        """The ledger has ended every note: stop, or panic. The keys count as up until they are struck again."""
        self.keys.clear(self._tick(now))
        self._sounding.clear()
        self._soprano.clear()
        self._due = None

    def locate(self, span: Span | None, now: float) -> None:
        """Lay the grid on the bars of what is announced. span: the newest."""
        meter, bpm = self.snapshot.meter, self.scheduler.bpm
        beat = tactus(str(self.snapshot.values["harmony.tactus"]), meter, bpm)
        self.grid = grid(meter, beat, span.end + span.lacking, span.bar + 1) if span else grid(meter, beat, 0)
        if not self._by_hand():
            self._own = None
        elif self._own is None:
            self._own = Rubato(bpm, self.scheduler.tick(now), now)
        else:
            self._own.set_bpm(bpm, now)
        if self._own is not None:
            self.grid = grid(meter, beat, 0)
        note, tick = self.keys.note, self._tick(now)
        if note is not None and tick < max(note.tick, note.ended or 0):  # the music has gone back
            self.keys.jump(tick)

    # inside

    def _wanted(self) -> tuple[str, ...]:
        """The voices that sound, as the controls and the routes have it."""
        values = self.snapshot.values
        if not values["harmony.on"] or not self.snapshot.led:
            return ()
        there = of_those(int(values["harmony.voices"]), self.scheduler.routes)
        return tuple(voice for voice in there if voice not in self.scheduler.played)

    def _asks(self) -> bool:
        """Whether anybody here goes by what the accompanist says: its voices, or who backs your melody."""
        backs = self.snapshot.led and any(voice in self.scheduler.routes for voice in WITH_CHORDS)
        return bool(self._wanted()) or (backs and bool(self.snapshot.values["backing.on"]))

    def chord_at(self, tick: int) -> Chord | None:
        """The chord that stands at a tick: under your melody as the accompanist has it, else as it is planned."""
        if self.snapshot.led:
            return self.chord.chord if self.chord is not None else None
        span = next(self.scheduler.buffer.since(tick), None)
        return next((each.chord for each in reversed(span.chords) if each.begins <= tick), None) if span else None

    def _tick(self, at: float) -> int:
        return self._own.tick(at) if self._own else self.scheduler.tick(at)

    def _seconds(self, tick: int) -> float:
        return self._own.seconds(tick) if self._own else self.scheduler.seconds(tick)

    def _by_hand(self) -> bool:
        """Whether the keys set the time: as asked, and always while the music stands."""
        return not self.scheduler.playing or self.snapshot.values["harmony.time"] == "hands"

    def _moment(self, voicing: Voicing) -> float:
        """Seconds: when the voices stand so, that move by themselves."""
        leads = self._own is not None and self.grid.step(voicing.tick) % STEPS == 0  # the hands have the beat
        return self._seconds(voicing.tick) + (GRACE if leads else 0.0)

    def _struck_since(self) -> bool:
        """Whether a key has been struck that no answer has come to yet: that answer says how the voices stand."""
        note = self.keys.note
        return note is not None and note.number != self._known and bool(self._out or self._next)

    def _struck_at(self, at: float) -> int:
        """The tick of a key struck."""
        return self._own.strike(at, self.grid, self.keys.note) if self._own else self.scheduler.tick(at)

    def _step(self, now: float) -> None:
        """Ask for the grid step that comes next, while there is a melody."""
        note = self.keys.note
        if note is None or not self._asks():
            return
        tick = self._tick(now + AHEAD)
        if note.ended is not None and tick - note.ended > LINGER * self.grid.beat:
            return
        step = self.grid.under(tick)
        if self.grid.tick(step) != self._stepped:
            self._stepped = self.grid.tick(step)
            self._cue(self._stepped, step)

    def _cue(self, tick: int, step: int | None) -> None:
        """The newest cue takes the place of one not yet sent."""
        if self.there and self._asks():
            self._number += 1
            self._next = Cue(self._number, tick, self.grid, self.keys.note, step, self.others())

    def _stand(self, voicing: Voicing, now: float) -> list[Message]:
        """Bring every voice to where the voicing has it: offs first, then ons, the bass first.

        A voice is struck when the accompanist strikes it, and, with a new note of the melody, when it should sound
        and does not: it has been silenced, or was not wanted until now.
        """
        wanted, fresh, self._fresh = self._wanted(), self._fresh, False
        new = [v for v in voicing.voices if self._struck.get(v.voice) != (v.struck, v.pitch)
               or (fresh and v.voice not in self._sounding)]  # fmt: skip
        self._struck.update({v.voice: (v.struck, v.pitch) for v in new})
        offs = [message for v in new for message in self._end(v.voice, now)]
        return offs + [m for v in new if v.voice in wanted for m in self._begin(v, now)]

    def _begin(self, voiced: Voiced, now: float) -> list[Message]:
        if voiced.pitch is None:
            return []
        self._sounding[voiced.voice] = voiced.pitch
        return self.scheduler.strike(voiced.voice, voiced.pitch, self._velocity(voiced.voice), now)

    def _end(self, voice: str, now: float) -> list[Message]:
        pitch = self._sounding.pop(voice, None)
        return self.scheduler.end(voice, pitch, now) if pitch is not None else []

    def _velocity(self, voice: str) -> int:
        note: Sung | None = self.keys.note
        return max(1, min(127, round((note.velocity if note else 80) * SHARE[voice])))
