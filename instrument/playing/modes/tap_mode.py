"""Tapping: the performer gives the rhythm on any keys, the plan gives the pitches.

Each key-down sounds the next note of the plan at once; nothing is computed for it, since the notes and the other ways
the model weighed lie ready. A higher key than the last one goes up, a lower one down, the same key stays near; how far
the tune leaps goes by how far the hand does. Where nothing that the model weighed goes that way, the next note of the
scale does. Keys struck together are one tap. Key-up ends the note; its velocity is the key's. The other voices come
along as far as the melody has come.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from instrument.controls.midi_messages import channel_of
from instrument.music.events import Branch, Note, Span
from instrument.music.key import Key as Tonality
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.modes.play_mode import ModeResult, PlayMode, note_of
from instrument.playing.schedule.scheduler import Scheduler

READY = 4  #: notes of the melody that lie ready at least
BARS = 32  #: behind and ahead, whose notes tell how high and low the tune goes
BARREN = 16  #: spans without a note of the melody, beyond which none are looked for

TOGETHER = 0.04  #: seconds within which keys are one tap
NEAR = 2  #: semitones that the same key moves at most, where something goes as near
LEAP = 7  #: semitones that a small step of the hand moves at most
MORE = 5  #: semitones that a tune may leap beyond the hand

Key = tuple[str, int, int]  #: input, channel 0..15, key


@dataclass(slots=True)
class _Tapped:
    """pitches that a tap sounds; at: seconds; keys: that struck it; down: how many of them still are."""

    pitches: list[int]
    at: float
    keys: list[int]
    down: int = 1


class Tap(PlayMode):
    """Play mode "tap": the performer gives the rhythm.

    thread: the player's. blocks: never. A key-down costs the same however long the piece.
    """

    takes_notes, on_clock = True, False

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(scheduler)
        self._melody: deque[Note] = deque()
        self._others: deque[Note] = deque()
        self._branches: dict[int, tuple[Branch, Span]] = {}  # by the start of their note
        self._down: dict[Key, _Tapped] = {}
        self._newest: _Tapped | None = None
        self._ends: list[tuple[int, str, int]] = []  # of the other voices: tick, voice, pitch
        self._last: tuple[list[int], int] | None = None  # keys and pitch of the last tap
        self._scale: frozenset[int] = frozenset()  # pitch classes of the tune
        self._range = (127, 0)  # lowest and highest note that was planned, or played lately
        self._announced: list[Span] = []
        self._amended: set[tuple[int, int]] = set()  # tune and index of the tokens that were played otherwise
        self._barren = 0  # spans in a row without a note of the melody
        self._ran = True

    def begin(self, now: float) -> list[Message]:
        self._ran = self.scheduler.playing
        messages = self.scheduler.stop(now) if self._ran else []
        self._add(self.scheduler.unstruck())
        self._last, self._newest, self._barren = None, None, 0
        self._range = (127, 0)
        buffer = self.scheduler.buffer
        for span in (*buffer.ahead[:BARS], *islice(buffer.past.newest_first(), BARS)):
            self._widen(span.notes)
        last = self.scheduler.buffer.last_committed
        if last is not None and not any(note.voice == "melody" for note in last.notes):
            self._barren = 1
        return messages

    def end(self, now: float) -> list[Message]:
        """The music goes on by itself from the note that would have been tapped next."""
        messages = [m for key in list(self._down) for m in self._lift(key, now)]
        messages += self._arrive(self.scheduler.buffer.committed, now, strike=False)
        left = sorted([*self._melody, *self._others], key=lambda note: note.start)
        at = self._melody[0].start if self._melody else self.scheduler.buffer.committed
        self.scheduler.stand(at, [note for note in left if note.start >= at])
        self._melody.clear()
        self._others.clear()
        self._branches.clear()
        self._amended.clear()
        return messages + (self.scheduler.play(now) if self._ran else [])

    def hear(self, heard: ReceivedMidi) -> ModeResult:
        note = note_of(heard)
        if note is None:
            return ModeResult()
        key = (heard.port, channel_of(heard.data), note[0])
        messages = self._lift(key, heard.at)
        if not note[1]:
            return ModeResult(messages)
        newest = self._newest
        if newest is not None and newest.down and 0 <= heard.at - newest.at <= TOGETHER:
            newest.down, self._down[key] = newest.down + 1, newest
            newest.keys.append(key[2])
            return ModeResult(messages)
        if not self._melody:
            self.scheduler.buffer.release()  # behind the end of a set the next tap begins another
            self._announce()
        rewrite = bool(self._melody) and self._tap(key, note[1], heard.at, messages)
        return ModeResult(messages, ask=rewrite, rewrite=rewrite)

    def advance(self, now: float) -> ModeResult:
        while len(self._melody) < READY and self._barren < BARREN and self._announce():
            pass
        if not self._melody and self.scheduler.buffer.announced == self.scheduler.buffer.limit and not self._down:
            self.scheduler.stand(self.scheduler.buffer.committed)
        announced, self._announced = self._announced, []
        return ModeResult(announced=announced)

    def unhear(self, port: str, now: float, channel: int | None = None, pedals: bool = True) -> ModeResult:
        keys = [key for key in self._down if key[0] == port and channel in (None, key[1] + 1)]
        return ModeResult([m for key in keys for m in self._lift(key, now)])

    def forget(self) -> None:
        self._down.clear()
        self._newest = None
        self._ends.clear()

    def _tap(self, key: Key, velocity: int, at: float, messages: list[Message]) -> bool:
        """Sound the next note, a chord whole. True if another way was taken than the plan's."""
        notes = [self._melody.popleft()]
        while self._melody and self._melody[0].start == notes[0].start:
            notes.append(self._melody.popleft())
        self.scheduler.stand(notes[0].start)
        messages += self._arrive(notes[0].start, at)
        branch, span = self._branches.pop(notes[0].start, (None, None))
        pitch, text = self._way(key[2], notes[-1].pitch, branch if len(notes) == 1 else None)
        pitches = [*(note.pitch for note in notes[:-1]), pitch]
        self._newest = self._down[key] = _Tapped(pitches, at, [key[2]])
        self._last = self._newest.keys, pitch
        for each in pitches:
            messages += self.scheduler.strike("melody", each, velocity, at)
        return text is not None and branch is not None and span is not None and self._amend(span, branch.token, text)

    def _way(self, key: int, planned: int, branch: Branch | None) -> tuple[int, str | None]:
        """The pitch that a key asks for: the plan's where that will do, else the likeliest that will."""
        if self._last is None:
            return planned, None
        keys, last = self._last
        step = key - min(keys, key=lambda other: abs(key - other))
        ways: list[tuple[int, str | None]] = [(planned, None), *(branch.ways if branch else ())]
        return next((way for way in ways if _follows(way[0] - last, step)), (self._beside(last, step, planned), None))

    def _beside(self, last: int, step: int, planned: int) -> int:
        """The next note of the scale, where nothing that was weighed follows the hand; at the end of the tune's range
        the last one again."""
        if step == 0:
            return planned if abs(planned - last) <= LEAP else last
        low, high = self._range
        onward = range(last + 1, high + 1) if step > 0 else range(last - 1, low - 1, -1)
        return next((pitch for pitch in onward if not self._scale or pitch % 12 in self._scale), last)

    def _amend(self, span: Span, token: int, text: str) -> bool:
        """Write what was played into the tune, so that what is to come goes on from it."""
        last = self.scheduler.buffer.last_committed
        if last is None or last.tune != span.tune or len(last.written) < len(span.written):
            return False
        pairs = enumerate(zip(span.written, last.written, strict=False))
        if any(a != b and (span.tune, i) not in self._amended for i, (a, b) in pairs):
            return False  # it has been written anew since
        self._amended.add((span.tune, token))
        self.scheduler.buffer.amend((*last.written[:token], text, *last.written[token + 1 :]))
        return True

    def _arrive(self, tick: int, at: float, strike: bool = True) -> list[Message]:
        """Bring the other voices to where the melody is: what ends by `tick` is ended, what begins by it is struck."""
        messages: list[Message] = []
        while self._ends and (self._ends[0][0] <= tick or not strike):
            _, voice, pitch = heapq.heappop(self._ends)
            messages += self.scheduler.end(voice, pitch, at)
        while strike and self._others and self._others[0].start <= tick:
            note = self._others.popleft()
            if note.end > tick:
                messages += self.scheduler.strike(note.voice, note.pitch, note.velocity, at)
                heapq.heappush(self._ends, (note.end, note.voice, note.pitch))
        return messages

    def _lift(self, key: Key, at: float) -> list[Message]:
        tapped = self._down.pop(key, None)
        if tapped is None:
            return []
        tapped.down -= 1
        return [] if tapped.down else [m for pitch in tapped.pitches for m in self.scheduler.end("melody", pitch, at)]

    def _announce(self) -> bool:
        """Have the next span ready. False where there is none."""
        buffer = self.scheduler.buffer
        if not buffer.ahead and self._barren:
            return False  # a silence is not repeated
        spans = list(buffer.commit(buffer.committed))
        for span in spans:
            self._barren = 0 if any(note.voice == "melody" for note in span.notes) else self._barren + 1
            self._scale = Tonality.parse(span.key).classes
            self._widen(span.notes)
            self._add(span.notes)
            self._branches.update((branch.start, (branch, span)) for branch in span.branches)
        self._announced += spans
        return bool(spans)

    def receive(self, span: Span) -> bool:
        self._widen(span.notes)
        return super().receive(span)

    def _widen(self, notes: Iterable[Note]) -> None:
        """The tune's range, with these notes."""
        pitches = [note.pitch for note in notes if note.voice == "melody"]
        self._range = min([*pitches, self._range[0]]), max([*pitches, self._range[1]])

    def _add(self, notes: tuple[Note, ...] | list[Note]) -> None:
        for note in sorted(notes, key=lambda note: (note.start, note.pitch)):
            (self._melody if note.voice == "melody" else self._others).append(note)


def _follows(interval: int, step: int) -> bool:
    """Whether the tune goes as the hand does. Both in semitones."""
    if step == 0:
        return abs(interval) <= NEAR
    return interval * step > 0 and abs(interval) <= max(LEAP, abs(step) + MORE)
