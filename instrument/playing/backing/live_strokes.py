"""Backing laid by the player: under your own melody, and wherever keys of yours name the chord. No time, no devices.

The thinker backs what it composes; what is played it cannot know. So here the same patterns are laid stroke by stroke,
each with the chord that stands when it falls. Where a chord is named by hand while a composed tune sounds, the planned
notes of the voices that play chords give way to these until the hand lets go.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.music.backing.bar import WITH_CHORDS, BackedBar
from instrument.music.backing.of_span import backers, bar_of, manner
from instrument.music.backing.pattern import DancePatterns, chosen
from instrument.music.backing.realise import realised, struck_at_once
from instrument.music.chord import Chord, PlacedChord
from instrument.music.note import Note
from instrument.music.ticks import QUARTER
from instrument.playing.backing.chord_keys import ChordKeys
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.scheduler import Scheduler

TOGETHER = 0.025  #: seconds that one or two keys wait for the rest of their chord before it is struck
NEAR = 0.06  #: seconds within which a stroke of the pattern strikes a new chord soon enough
RINGS = 8  #: quarter notes that a chord rings which is struck at once
FAR = 4 * QUARTER  #: ticks between two turns, which only a move of the music makes
OFF, ON = 0, 1


class LiveBacking:
    """Backing of live playing.

    thread: the player's. blocks: never. A chord or a bar costs some 1 ms, everything else next to nothing.
    """

    def __init__(self, scheduler: Scheduler, snapshot: Snapshot, patterns: Sequence[DancePatterns]) -> None:
        self.scheduler, self.snapshot = scheduler, snapshot
        self.keys = ChordKeys()
        #: the chord of a tick where no key names it, None for none: from who weighs what is played
        self.chord_at: Callable[[int], Chord | None] = lambda tick: None
        self._patterns = patterns
        self._heap: list[tuple[float, int, int, str, int, int]] = []  # due, OFF or ON, count, voice, pitch, velocity
        self._count = 0
        self._laid = self._ahead = 0  # ticks up to which the pattern has been laid; the plan has been played
        self._now: tuple[str, ...] = ()  # voices that are laid here
        self._chord: Chord | None = None  # struck last
        self._new: float | None = None  # seconds: since when a chord waits to be struck at once
        self._bar: tuple[object, tuple[Note, ...]] = (None, ())
        self._sounding: dict[tuple[str, int], int] = {}

    def change(self, snapshot: Snapshot) -> None:
        """The controls have been turned."""
        self.snapshot = snapshot

    def forget(self) -> None:
        """Every note has been ended: stop, panic, a move."""
        self.keys.forget()
        self._heap.clear()
        self._sounding.clear()
        self._chord, self._new = None, None

    def answer(self, now: float) -> list[Message]:
        """What the hands ask for: a chord that is named or has changed. now: seconds, the very moment."""
        self.keys.advance(now)
        voices = self._voices()
        messages = self._turn(voices, now)
        if voices:
            tick = self.scheduler.tick(now)
            chord = self._chord_now(tick)
            if chord != self._chord:
                messages += self._changed(chord, tick, now)
            if self._new is not None and now - self._new >= self._waits():
                self._strike_at_once(tick, now)
            if self._by_pattern():
                self._lay(tick)
        return messages + self._due(now)

    @property
    def chord(self) -> Chord | None:
        """The chord that is played to as of the last turn and stands in no plan: a hand names it, or it is heard."""
        if self.keys.chord is not None:
            return self.keys.chord
        return self._chord if self._now else None

    def readings(self) -> Mapping[str, Value]:
        """By the names in the table of readings."""
        chord = self.chord
        return {"backing.chord": "" if chord is None or chord.silent else chord.name(self.snapshot.key)}

    def planned(self, ahead: float) -> None:
        """Messages of the plan have been made up to `ahead` (seconds)."""
        self._ahead = self.scheduler.tick(ahead)

    def wake(self) -> float:
        """Seconds: when `answer` has something to do at the latest; far off if nothing is laid."""
        moments = [self._heap[0][0]] if self._heap else []
        if self._now and self._by_pattern():
            coming = next((note.start for note in self._bar[1] if note.start > self._laid), None)
            moments += [self.scheduler.seconds(coming)] if coming is not None else []
        return min(moments, default=float("inf"))

    # inside

    def _voices(self) -> tuple[str, ...]:
        """The voices laid here: all that back under your melody; those with chords where a key names one."""
        all_of_them = backers(self.scheduler.routes, self.snapshot.values)
        there = tuple(voice for voice in all_of_them if voice not in self.scheduler.played)
        if self.snapshot.led:
            return there
        named = self.keys.chord is not None
        return tuple(voice for voice in there if voice in WITH_CHORDS) if named else ()

    def _turn(self, voices: tuple[str, ...], now: float) -> list[Message]:
        """Other voices are laid here from now on: what they have of the plan gives way, or comes back."""
        if voices == self._now:
            return []
        begun = [voice for voice in voices if voice not in self._now]
        ended = [voice for voice in self._now if voice not in voices]
        if not self._now:
            self._laid, self._chord = max(self._ahead, self.scheduler.tick(now)), None
        self._now = voices
        self.scheduler.given = frozenset(voices)
        messages = [message for voice in begun for message in self.scheduler.hush(voice, now)]
        for voice in ended:
            messages += self._end(now, voice)
        return messages

    def _chord_now(self, tick: int) -> Chord | None:
        return self.keys.chord if self.keys.chord is not None else self.chord_at(tick)

    def _by_pattern(self) -> bool:
        return self.scheduler.playing and self.snapshot.values.get("backing.time", "clock") == "clock"

    def _waits(self) -> float:
        """Seconds that a new chord waits to be struck: a hand's fingers do not land as one."""
        return TOGETHER if self.keys.chord is not None and self.keys.keys < 3 else 0.0

    def _changed(self, chord: Chord | None, tick: int, now: float) -> list[Message]:
        """Another chord: what does not belong to it ends, and it is struck, at once or by the pattern."""
        self._chord = chord
        own = chord.classes if chord is not None else frozenset()
        messages = [m for voice, pitch in list(self._sounding) if voice in WITH_CHORDS and pitch % 12 not in own
                    for m in self._off(voice, pitch, now)]  # fmt: skip
        self._heap = [each for each in self._heap if each[1] == OFF or each[3] not in WITH_CHORDS]
        heapq.heapify(self._heap)
        self._new = None
        if chord is not None and not chord.silent and (self.keys.chord is not None or not self._by_pattern()):
            self._new = now
        return messages

    def _soon(self, tick: int) -> frozenset[str]:
        """The voices whose pattern strikes the chord soon by itself: not what has been laid already."""
        if not self._by_pattern():
            return frozenset()
        near = tick + self.scheduler.bpm / 60 * QUARTER * NEAR
        return frozenset(note.voice for note in self._notes(tick) if self._laid < note.start <= near)

    def _strike_at_once(self, tick: int, now: float) -> None:
        self._new = None
        bar, _ = self._bar_at(tick)
        if self._chord is None or self._chord.silent:
            return
        end = tick + RINGS * QUARTER
        one = replace(
            bar, start=tick, end=end, line=end, chords=(PlacedChord(tick, end - tick, self._chord),), rest=None
        )
        soon = self._soon(tick)
        voices = [voice for voice in self._now if voice in WITH_CHORDS and voice not in soon]
        for note in struck_at_once(one, tick, manner(self.snapshot.values, self.snapshot.seed), voices):
            second = 60 / self.scheduler.bpm / QUARTER
            self._put(note, now + (note.start - tick) * second, now + (note.end - tick) * second)

    def _lay(self, tick: int) -> None:
        """The strokes of the pattern up to a tick, each with the chord that stands when it falls."""
        if tick <= self._laid:
            if self._laid - tick > FAR:  # the music has gone back
                self._laid = tick
            return
        if tick - self._laid > FAR:  # or on
            self._laid = tick - 1
        for note in self._notes(tick):
            if self._laid < note.start <= tick:
                self._put(note, self.scheduler.seconds(note.start), self.scheduler.seconds(note.end))
        self._laid = tick

    def _notes(self, tick: int) -> tuple[Note, ...]:
        """All strokes of the bar at a tick, with the chord that stands."""
        bar, dance = self._bar_at(tick)
        how = manner(self.snapshot.values, self.snapshot.seed)
        state = (bar, self._chord, self._now, how, dance)
        if state != self._bar[0]:
            chords = (PlacedChord(bar.start, bar.end - bar.start, self._chord),) if self._chord is not None else ()
            wanted = str(self.snapshot.values.get("backing.pattern", "auto"))
            patterns, _ = chosen(self._patterns, bar.meter, dance, wanted)
            self._bar = state, realised(replace(bar, chords=chords), patterns, how, self._now)
        return self._bar[1]

    def _bar_at(self, tick: int) -> tuple[BackedBar, str]:
        """The bar at a tick: of what is announced, else of the meter as it goes on from there. Also the dance."""
        dance = str(self.snapshot.values.get("tune.dance", "auto"))
        span = next(self.scheduler.buffer.since(tick), None)
        if span is not None and span.start <= tick < span.end:
            if self.snapshot.led:  # its notes are not heard: nothing of its form is either
                span = replace(span, notes=())
            return replace(bar_of(span, None), chords=(), after=None, calm=0.0), dance
        meter = self.snapshot.meter
        last = self.scheduler.buffer.last_committed
        line = last.end + last.lacking if last is not None else 0
        number = (tick - line) // meter.bar
        start = line + number * meter.bar
        return BackedBar(start, start + meter.bar, start + meter.bar, meter, self.snapshot.key, number=max(1, number),
                         place=number % 8, left=7 - number % 8, time=2), dance  # fmt: skip

    # notes

    def _put(self, note: Note, due: float, ends: float) -> None:
        """A note, and its end."""
        self._count += 2
        heapq.heappush(self._heap, (due, ON, self._count, note.voice, note.pitch, note.velocity))
        heapq.heappush(self._heap, (max(ends, due + 0.005), OFF, self._count + 1, note.voice, note.pitch, 0))

    def _due(self, now: float) -> list[Message]:
        messages: list[Message] = []
        while self._heap and self._heap[0][0] <= now:
            due, kind, count, voice, pitch, velocity = heapq.heappop(self._heap)
            if kind == OFF:
                if self._sounding.get((voice, pitch)) == count - 1:
                    messages += self._off(voice, pitch, due)
            elif voice in self._now:
                messages += self._off(voice, pitch, due)
                struck = self.scheduler.strike(voice, pitch, velocity, due)
                messages += struck
                self._sounding[voice, pitch] = count
        return messages

    def _off(self, voice: str, pitch: int, due: float) -> list[Message]:
        if self._sounding.pop((voice, pitch), None) is None:
            return []
        return self.scheduler.end(voice, pitch, due)

    def _end(self, now: float, voice: str) -> list[Message]:
        """End what is laid of a voice."""
        self._heap = [each for each in self._heap if each[3] != voice]
        heapq.heapify(self._heap)
        return [m for own, pitch in list(self._sounding) if own == voice for m in self._off(own, pitch, now)]
