"""The scheduler: from announced notes to messages with a due time. It never sends, sleeps or reads the time.

Given the same spans and the same moments it returns the same messages, so an hour of playing can be tested
in a second. Note-offs go before note-ons at the same instant; a note-off is never dropped, however late;
a note-on later than the limit is dropped and counted.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from instrument.music.events import Note, Span
from instrument.music.lead_in import LeadIn
from instrument.music.ticks import QUARTER, Timeline
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.in_order import OFF, ON, Moment, in_order
from instrument.playing.schedule.ledger import Ledger, Sounding
from instrument.playing.schedule.lookahead import LookAhead
from instrument.playing.schedule.member_channels import MemberChannels
from instrument.playing.schedule.packed_bar import whole
from instrument.playing.schedule.route import Route, programs
from instrument.playing.time.tempo_curve import Beat, TempoCurve

EARLY = QUARTER // 16  #: ticks by which a hand may be early with the first note
Due = tuple[int, int, int, Note | None, Sounding]  #: tick, an end or a beginning, count, the note, where it ends
LATE_LIMIT = 0.1  #: seconds; a note-on later than this does more harm than good


class Scheduler:
    """Scheduler of notes. thread: the player's. blocks: never. Measured cost: docs/LOG.md, `bench think`."""

    def __init__(self, routes: Mapping[str, Route], bpm: float, limit: int | None = None) -> None:
        """bpm: quarter notes a minute; limit: stop after so many spans."""
        self.routes, self.buffer, self.ledger = dict(routes), LookAhead(limit), Ledger()
        self.members = MemberChannels(self.ledger)
        self.bpm, self.playing, self.dropped = bpm, False, 0
        self._timeline = Timeline(bpm)  # of the clock; the music's own ticks bend against its by the curve
        self._curve = TempoCurve()
        self._stopped_at = 0  # tick
        self.begun, self.begun_at = 0, 0  #: how often the music was begun or moved, and the tick where, the last time
        self.origin = 0  #: tick that is the top of the song, for whoever follows
        self.lead: LeadIn | None = None  #: what comes before `begun_at` this time, if anything does
        self.counted = 0  #: ticks from where it was begun to `begun_at`, in which nothing of the plan sounds
        self.shifted = 0  #: ticks by which all of them have been moved under the clock, so far
        self._from, self._now = 0, float("-inf")  # tick: nothing before it is struck any more; seconds
        self._heap: list[Due] = []
        self._whose: dict[int, str] = {}  # by the count of an off that is still to come: its voice
        self._by_hand: dict[tuple[str, int], list[list[Sounding]]] = {}  # what each note outside the plan was struck on
        self._count = 0  # keeps the heap's order among equals
        self.given: frozenset[str] = frozenset()  #: voices that are played by hand for now: what the plan has is not
        self.played: frozenset[str] = frozenset()  #: voices that somebody's keys play, likewise
        #: what goes before notes, by what keys have moved: voice ("": one of the plan), where they sound, seconds
        self.shape: Callable[[str, list[Sounding], float], list[Message]] = lambda voice, keys, due: []
        self.dress: Callable[[Span, float], Span] = lambda span, _: span  #: what is announced, as it is played
        self.breathe: Callable[[Span], list[Beat]] = lambda _: []  #: its beats that are not as long as the clock's

    def tick(self, now: float) -> int:
        """Where the music is."""
        if not self.playing:
            return self._stopped_at
        line = self._timeline
        if self._curve.straight:
            return line.tick(now)
        return self._curve.tick(line.tick_origin + (now - line.time_origin) * line.ticks_per_second)

    def seconds(self, tick: int) -> float:
        """When `tick` sounds, in seconds on the player clock."""
        line = self._timeline
        if self._curve.straight:
            return line.seconds(tick)
        return line.time_origin + (self._curve.clock(tick) - line.tick_origin) / line.ticks_per_second

    def tempos(self, span: Span) -> list[tuple[int, float]]:
        """(tick, quarter notes a minute) from each tick of an announced span on at which the tempo is another."""
        beats = self.breathe(span)
        return [(beat.start, self.bpm / beat.stretch) for beat in beats] if beats else [(span.start, self.bpm)]

    def strike(self, voice: str, pitch: int, velocity: int, due: float) -> list[Message]:
        """A note outside the plan, as played by hand or by the accompanist; nothing for a voice without a route."""
        route = self.routes.get(voice, Route((), 1))
        keys = [(port, self.members.choose(route, port), route.pitch(pitch)) for port in route.ports]
        self._by_hand.setdefault((voice, pitch), []).append(keys)
        return self.shape(voice, keys, due) + [m for key in keys for m in self.ledger.on(due, *key, velocity, voice)]

    def end(self, voice: str, pitch: int, due: float) -> list[Message]:
        """The end of such a note, wherever its voice goes by now."""
        struck = self._by_hand.get((voice, pitch), [])
        keys = struck.pop(0) if struck else []
        if not struck:
            self._by_hand.pop((voice, pitch), None)
        return [m for key in keys for m in self.ledger.off(due, *key, voice)]

    def hush(self, voice: str, due: float) -> list[Message]:
        """End what sounds of a voice, which is taken away."""
        ends = [entry for entry in sorted(self._heap) if self._whose.get(entry[2]) == voice]
        messages = [message for entry in ends for message in self.ledger.off(due, *entry[4])]
        self._keep(entry for entry in self._heap if self._whose.get(entry[2]) != voice)
        for _, pitch in [key for key in self._by_hand if key[0] == voice]:
            while (voice, pitch) in self._by_hand:
                messages += self.end(voice, pitch, due)
        return messages

    def play(self, now: float) -> list[Message]:
        """Start, or go on from where it stopped. Sends each channel's program."""
        if not self.playing:
            self._timeline = self._line(self._stopped_at, now)
            self.playing = True
            self.lead, self.counted = None, 0
            self.begun, self.begun_at = self.begun + 1, self._stopped_at
        return self.programs(now)

    def count_in(self, lead: LeadIn, tick: int, now: float | None = None) -> None:
        """What has just been begun waits for its lead-in, which began, or begins, at `tick` (`begun_at` at most).
        now: seconds, at which that is, by our own clock; None: as the line says that it goes by.
        """
        self.lead, self.counted = lead, self.begun_at - tick
        self._from = min(self._from, self.begun_at - EARLY)
        if now is not None:
            self._curve.begin(self.begun_at)
            self._timeline = self._line(self.begun_at, now + self.counted / Timeline(self.bpm).ticks_per_second)

    def counting(self, now: float) -> bool:
        """Whether the music has been begun and its first note is still to come."""
        return self.playing and self.counted > 0 and self.tick(now) < self.begun_at

    def shift(self, lead: LeadIn, ticks: int) -> None:
        """The lead-in is another, of what is not announced yet: from now on the clock is so many ticks farther on."""
        self.lead, self.counted = lead, self.counted + lead.entry - self.begun_at - ticks
        self.begun_at = lead.entry
        self._from = lead.entry - EARLY
        self._timeline = replace(self._timeline, tick_origin=self._timeline.tick_origin + ticks)
        self.shifted += ticks

    def programs(self, now: float, only: str | None = None) -> list[Message]:
        """Each channel's program and volume, on all outputs or on one."""
        return programs(self.routes.values(), now, only)

    def plugged(self, port: str, now: float) -> list[Message]:
        """An output is there again: its programs."""
        self.ledger.absent.discard(port)
        return self.programs(now, port)

    def unplugged(self, port: str, now: float) -> list[Message]:
        """An output has gone: its notes are ended, and none are struck there."""
        self._forget_offs(port)
        self.ledger.absent.add(port)
        return self.ledger.release(now, port)

    def stop(self, now: float) -> list[Message]:
        """Stop where we are: every note ended, those not yet struck kept for `play`."""
        if self.playing:
            self._stopped_at = max(0, self.tick(now), self.begun_at if self.counting(now) else 0)
            self.playing = False
        self._forget_offs()
        return self.ledger.release(now)

    def silence(self, now: float) -> list[Message]:
        """Panic: every note ended, the music goes on."""
        self._forget_offs()
        return self.ledger.release(now)

    def follow(self, line: Timeline) -> None:
        """Go by another line, tempo and phase, from now on: straight, for it is somebody else's."""
        self._timeline, self.bpm = line, line.bpm
        self._curve.clear()

    def hold(self, now: float) -> None:
        """Nothing has been announced since it was begun: it begins now instead."""
        if self.playing:
            self._timeline = Timeline(self.bpm, self.begun_at, now)

    def locate(self, tick: int, now: float) -> tuple[list[Message], bool]:
        """Go on at `tick`; what sounds is ended. False where the plan is to be made again from the top.

        Within what is announced, from the bar that sounds on, nothing is announced again.
        """
        here = self.tick(now)
        messages = self.silence(now)
        self._heap.clear()
        known = True
        bar = next(self.buffer.since(here), None)
        if bar and bar.start <= tick < self.buffer.committed:
            for span in self.buffer.since(tick):
                self._plan(self.dress(whole(span), self.bpm).notes, tick)
        else:
            known = self.buffer.locate(tick)
        self._stopped_at = self._from = tick
        self.lead, self.counted = None, 0
        self.begun, self.begun_at = self.begun + 1, tick
        return messages, known

    def unstruck(self) -> list[Note]:
        """Take back what is announced and has not been struck, in order."""
        notes = [note for _, _, _, note, _ in sorted(self._heap, key=lambda entry: entry[:3]) if note is not None]
        self._keep(entry for entry in self._heap if entry[3] is None)
        return notes

    def cut(self, now: float, ring: bool = False) -> list[Message]:
        """The drone apart, what is announced and not struck is not struck any more, and what of the plan sounds ends
        now; or (ring) sounds as long as it is written."""
        self._keep(entry for entry in self._heap if entry[3] is None or entry[3].voice == "drone")
        ends = [] if ring else [e for e in self._heap if e[3] is None and self._whose.get(e[2]) != "drone"]
        self._keep(entry for entry in self._heap if entry not in ends)
        return [message for entry in sorted(ends) for message in self.ledger.off(now, *entry[4])]

    def stand(self, tick: int, notes: Iterable[Note] = ()) -> None:
        """Be at `tick` while the music does not run. notes: announced and to be struck once it does."""
        self._stopped_at = tick
        self._plan(notes)

    def set_bpm(self, bpm: float, now: float) -> None:
        """Another tempo from `now` on, without a jump in the music."""
        self.bpm = bpm
        if self.playing:
            self._timeline = self._timeline.at_tempo(bpm, now)

    def advance(self, now: float, commit: int = 0) -> tuple[list[Message], list[Span]]:
        """Messages due by `now`, earliest first, and the spans announced to find them.

        now: seconds on the player clock; may repeat, never goes back (ValueError)
        commit: ticks beyond `now` that must be announced. thread: player only. blocks: never.
        """
        announced = self.announce(now, commit)
        return in_order((self,), self.tick(now), now), announced

    def announce(self, now: float, commit: int = 0) -> list[Span]:
        """The spans that are announced now: what `advance` does before anything is struck."""
        if now < self._now:
            raise ValueError(f"now went back from {self._now} to {now}")
        self._now = now
        return [self._announce(span) for span in self.buffer.commit(self.tick(now) + commit)] if self.playing else []

    def head(self) -> Moment | None:
        """See `Source`."""
        return self._heap[0][:2] if self._heap and self.playing else None

    def take(self, now: float) -> list[Message]:
        """See `Source`."""
        at, _, count, struck, key = heapq.heappop(self._heap)
        self._whose.pop(count, None)
        due = self.seconds(at)
        return self._strike(struck, due, now) if struck else self.ledger.off(due, *key)

    def _announce(self, span: Span) -> Span:
        """A span as it is played, its notes and beats laid down."""
        counted = self.lead is not None and span.start < self.lead.line  # a count is in strict time
        self._curve.add(span.start, [] if counted else self.breathe(span))
        dressed = self.dress(span, self.bpm)
        self._plan(dressed.notes, self._from)
        return dressed

    def _line(self, tick: int, now: float) -> Timeline:
        """The clock's line on which a tick of the music is now."""
        if self._curve.straight:
            return Timeline(self.bpm, tick, now)
        clock = self._curve.clock(tick)
        whole = int(clock)
        line = Timeline(self.bpm, whole, now)
        return Timeline(self.bpm, whole, now - (clock - whole) / line.ticks_per_second)

    def _strike(self, note: Note, due: float, now: float) -> list[Message]:
        route, messages = self.routes.get(note.voice), list[Message]()
        if route is None or note.voice in self.given | self.played:
            return []
        if now - due > LATE_LIMIT:
            self.dropped += 1
            return []
        for port in route.ports:
            key = (port, self.members.choose(route, port), route.pitch(note.pitch))
            messages += self.shape("", [key], due) if route.members else []
            if struck := self.ledger.on(due, *key, note.velocity):
                self._push(note.end, OFF, None, key)
                self._whose[self._count] = note.voice
            messages += struck
        return messages

    def _plan(self, notes: Iterable[Note], start: float = float("-inf")) -> None:
        """Those of the notes from `start` (ticks) on are to be struck."""
        for note in notes:
            if note.start >= start:
                self._push(note.start, ON, note)

    def _push(self, tick: int, kind: int, note: Note | None, key: tuple[str, int, int] = ("", 0, 0)) -> None:
        self._count += 1
        heapq.heappush(self._heap, (tick, kind, self._count, note, key))

    def _keep(self, entries: Iterable[Due]) -> None:
        """Only these of what is still to come."""
        self._heap = list(entries)
        heapq.heapify(self._heap)
        there = {entry[2] for entry in self._heap}
        self._whose = {count: voice for count, voice in self._whose.items() if count in there}

    def _forget_offs(self, port: str | None = None) -> None:
        """After a release (on one port, or all) the offs still to come belong to nobody."""
        self._keep(entry for entry in self._heap if entry[1] or port not in (None, entry[4][0]))
        if port is None:
            self._by_hand.clear()
