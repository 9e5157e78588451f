"""Planner that hears a leader: bars that another member of an ensemble has announced are the tune, and what is not
heard of yet goes on from them as if it had been composed here.

A heard bar comes as the written tune and its place in it. Its notes are read off the tokens and laid out for our own
instruments; voices, chords and backing are then laid to it as to any other. Whatever stands in the tune behind the last
bar that was heard is planned as the leader has written it, so that a lost bar, or a lost leader, is hardly missed. No
torch.
"""

from __future__ import annotations

from dataclasses import replace

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.chord import PlacedChord
from instrument.music.events import Note, Span
from instrument.music.key import Key
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.set_place import SetPlace
from instrument.music.tokens.closing import EndedTune
from instrument.thinking.spans.arrange import arrange
from instrument.thinking.spans.known_plan import NONE
from instrument.thinking.spans.live_arrangement import arranged
from instrument.thinking.spans.phrase_by_phrase import NO_PHRASE, PhrasePlanner
from instrument.thinking.spans.writer import Closed

HEARD = "heard"  #: source of a span whose bar somebody else has announced


class HeardPlanner(PhrasePlanner):
    """Planner that follows another member's tune. thread: the thinker's."""

    _heard: dict[int, tuple[Span, bool]] = {}  # noqa: RUF012 - replaced, never changed: tick at which it begins
    _behind: Span | None = None  # a heard bar was given last: what we plan ourselves goes on behind it
    _key: tuple[int, str] = (-1, "")  # tune that was heard, and its key, in which it is gone on with; (-1, "") for none

    def rethink(self, request: Rethink) -> None:
        """Plan anew from `request.start` on; where that bar is heard, nothing is composed for it."""
        self._heard, self._behind = {span.start: (span, sounds) for span, sounds in request.heard}, None
        if request.after is not None and self._key[0] >= 0:
            self._keep_key(request, request.after)
        if request.start not in self._heard:
            super().rethink(replace(request, heard=()))
            return
        self.plan, self.snapshot, self.tick = request.plan, request.snapshot, request.start
        self.arrangement = arranged(self._given, request.snapshot)
        self.newest, self.phrase, self._at = request.after, NO_PHRASE, None
        self.lacking = request.after.lacking if request.after else 0

    def next_span(self) -> Span:
        """The measure that comes next: as it was heard, or our own."""
        if self.tick in self._heard:
            return self._taken(*self._heard[self.tick])
        if self._behind is not None:
            self._go_on_behind_heard(self._behind)
        return self._until_heard(super().next_span())

    def _taken(self, heard: Span, sounds: bool) -> Span:
        """A heard bar with our notes, and the planner standing behind it."""
        meter, key, of = Meter.parse(heard.meter), Key.parse(heard.key), heard.of_set
        self.writer = Closed(EndedTune(heard.written, heard.form, heard.place))
        measure, offset = self.writer.measures()[heard.place.measure], (meter.bar - self.lacking) % meter.bar
        notes = self._notes(heard, measure, offset, meter, key)
        if not sounds:
            notes = tuple(note for note in notes if note.voice != "melody")
        on = replace(of, over=False)  # who leads says when the music stops
        span = replace(heard, notes=notes, plan=self.plan, source=HEARD, octave=self._printed(key), of_set=on)
        self._key = heard.tune, heard.key
        self.known, self.tune, self.bar, self.primed = NONE, heard.tune, heard.bar + 1, heard.primed
        self.of = SetPlace(of.first, of.time, of.top, of.base, of.ending)
        self.tick, self.lacking, self.newest, self._behind = span.end, span.lacking, span, span
        return span

    def of_tune(self, snapshot: Snapshot, tune: int) -> Snapshot:
        """As `Planner.of_tune`; a tune that was heard stays in the key in which it was."""
        if tune != self._key[0] or self.arrangement.source != "tune":
            return super().of_tune(snapshot, tune)
        return self.fit(snapshot.with_value("tune.key", self._key[1]))

    def _keep_key(self, request: Rethink, after: Span) -> None:
        """A tune that was heard, or gone on with since, keeps its key until a performer turns that."""
        self._key = -1, ""
        now, before = (self.of_tune(one, after.tune).key for one in (request.snapshot, request.before))
        self._key = (after.tune, after.key) if now == before else (after.tune, str(now))

    def _notes(self, heard: Span, measure: Measure, offset: int, meter: Meter, key: Key) -> tuple[Note, ...]:
        return arrange(measure, heard.start, offset, heard.end, meter, key, self.arrangement)

    def _go_on_behind_heard(self, heard: Span) -> None:
        """Stand behind a heard bar as if we had planned it. Of a tune that we cannot go on with, another begins."""
        self._behind = None
        try:
            super().rethink(Rethink(self.plan, self.snapshot, heard.end, heard, self.snapshot))
        except (ValueError, KeyError, IndexError):
            self.tick, self.lacking = heard.end, heard.lacking
            self._begin(heard.tune + 1, heard.tune + 1)

    def _until_heard(self, span: Span) -> Span:
        """A bar of ours no longer than to where a bar is heard."""
        starts = [start for start in self._heard if span.start < start < span.end]
        if not starts:
            return span
        end = min(starts)
        notes = tuple(_within(note, end) for note in span.notes if note.start < end)
        chords = tuple(_shortened(placed, end) for placed in span.chords if placed.begins < end)
        span = replace(span, end=end, notes=notes, chords=chords, lacking=0)
        self.tick, self.lacking, self.newest = end, 0, span
        return span


def _within(note: Note, end: int) -> Note:
    return replace(note, duration=min(note.duration, end - note.start))


def _shortened(placed: PlacedChord, end: int) -> PlacedChord:
    return replace(placed, length=min(placed.length, end - placed.begins))
