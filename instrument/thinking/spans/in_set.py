"""Planning within a set: the same tune another time, the next tune, the end. No torch.

The part of a planner that knows sets; what it needs of the rest stands at its head, without a body. What
comes behind a time through is `instrument.thinking.spans.set_course`'s word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

from instrument.controls.snapshot import Snapshot
from instrument.music.cues import of_those
from instrument.music.events import Place, Span
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.play_order import follow
from instrument.music.set_place import AGAIN, END, SetPlace
from instrument.music.ticks import EIGHTH
from instrument.music.tokens import closing
from instrument.music.tokens.tokens import Kind, duration_text, parse
from instrument.thinking.spans import set_course
from instrument.thinking.spans.announced import as_played
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.bars_to_go import ends_part
from instrument.thinking.spans.known_plan import KnownPlan
from instrument.thinking.spans.own_closes import rests
from instrument.thinking.spans.set_told import told
from instrument.thinking.spans.writer import Close, Closed, Write, Writer, WriteRequest


class InSet(KnownPlan, Protocol):
    """Planning within a set. thread: the thinker's."""

    write: Write
    close: Close
    writer: Writer
    arrangement: Arrangement
    snapshot: Snapshot
    of: SetPlace  #: which time through, in which set
    place: Place
    tune: int
    bar: int
    tick: int
    lacking: int
    primed: tuple[int, int]  #: tokens that only led over, ticks that their last bar lacks
    newest: Span | None  #: given last

    def of_tune(self, snapshot: Snapshot, tune: int) -> Snapshot:
        """The controls as they are for one tune of the set."""

    def _begin(self, tune: int, first: int | None = None) -> None: ...

    def _prime(self, bars: Sequence[str], tune: int, bar: int, after: Span | None = None, answer: int = 0) -> None: ...

    def _stand(self, place: Place) -> None: ...

    def _after(self, place: Place) -> Place: ...

    def _meter(self) -> Meter:
        return self._meter_at(self.place.measure)

    def _stays(self) -> bool:
        """Whether a tune of our own goes on for as long as `tune.stay` says; an ending that was begun ends it."""
        return bool(self.snapshot.values["tune.stay"]) and self._as_written is None and not self.of.ending

    def _go_on_behind(self) -> None:
        """The time through is over: the tune once more, the next one, or another set."""
        if self.of.ending:  # whatever has been turned since
            self._begin(self.tune + 1, self.tune + 1)
            return
        way = set_course.then(self.snapshot, self.of, self.tune)
        if way == END:
            way = AGAIN  # its last bar was announced before it could be the ending
        if way == AGAIN and self.bar:
            self._once_more()
        else:
            self._begin(self.tune + 1, self._next_first())

    def _next_first(self) -> int:
        """Of the set that the next tune belongs to, the first: another set where this one has had its tunes."""
        count = set_course.tunes(self.snapshot)
        return self.tune + 1 if count and self.tune + 1 - self.of.first >= count else self.of.first

    def _once_more(self) -> None:
        """The same tune another time. While keys are held, what they allow goes on instead: a tune that was composed
        without them is none that they limit."""
        if (known := self._as_written) is not None:
            self.of = SetPlace(self.of.first, self.of.time + 1, base=known.tokens)
            self.bar, self.primed = 0, (0, 0)
            self._stand(Place())
            self.writer = self.write(self._request_again(known, self.of_tune(self.snapshot, self.tune)))
            return
        if self.snapshot.held and self.newest is not None:
            self.of = SetPlace(self.of.first, self.of.time + 1)
            self._prime(as_played(self.newest), self.tune, 0, self.newest)
            return
        base, plan = self._base(), () if self.of.top else self.writer.plan
        self.of = SetPlace(self.of.first, self.of.time + 1, base=base)
        self.bar, self.primed = 0, (0, 0)
        self._stand(Place())
        controls = self.of_tune(self.snapshot, self.tune)
        self.writer = self.write(WriteRequest(controls, self.tune, base, plan=plan, time=self.of.time))

    def _base(self) -> tuple[str, ...]:
        """The tokens of the tune as it was the first time, without what only primed."""
        if self.of.base:
            return self.of.base
        texts, measures = self.writer.texts, self.writer.measures()
        if not 0 < self.of.top < len(measures):
            return texts
        first = measures[self.of.top].first
        return (*texts[:2], *texts[first:])

    def _without_pickup(self, measure: Measure) -> Measure:
        """The first measure of a tune; in a set, where what came before leaves no room for its pick-up, the next."""
        bar, again = self._meter().bar, self.of.time > 1
        joined = again or self.known[0] or set_course.is_set(self.snapshot) or self.snapshot.signal is not None
        if not joined or not self.tick or self.place.measure or not self.lacking < measure.length < bar:
            return measure
        following = self.writer.measure(1)
        if following is None:
            return measure
        self._stand(follow(self.writer.measures(), self.place))
        return following

    def _leaves(self, place: Place) -> bool:
        """Whether the next tune comes behind a place, because the leader has called it."""
        signal = self.snapshot.signal
        if signal is None or not signal.leaves(self.tune) or self.of.ending:
            return False
        return ends_part(self.writer.measures(), self.writer.plan, place, self._meter().bar)

    def _is_last(self) -> bool:
        """Whether the measure at hand is the last of the set, and not an ending yet."""
        if self.of.ending or set_course.then(self.snapshot, self.of, self.tune) != END:
            return False
        if self.snapshot.signal is not None and self.snapshot.signal.leaves(self.tune):
            return False
        return self.writer.measure(self._after(self.place).measure) is None and self.writer.whole

    def _end(self, measure: Measure) -> Measure:
        """The ending, in place of the last measure."""
        base, place, meter = self._base(), self.place, self._meter()
        whole = measure.length == meter.bar or not self.lacking
        close = self._own_close(measure) or (
            self.close(self.writer, place.measure) if whole else _alone(self.writer, measure)
        )
        chord: tuple[str, ...] = ()
        if self.snapshot.values["set.chord"]:
            tonic = next((text for text in reversed(close) if parse(text).kind is Kind.PITCH), "C")
            chord = closing.last_chord(tonic, meter, self._has_voices())
        ended = closing.ended(self.writer.texts, self.writer.plan, place, close, chord)
        self.writer = Closed(ended)
        self.of = replace(self.of, base=base, ending=True)
        self._stand(ended.place)
        return self.writer.measures()[ended.place.measure]

    def _own_close(self, measure: Measure) -> tuple[str, ...]:
        """The last bar of a known tune as it is written, where that comes to rest; else ()."""
        if self._as_written is None or not rests(measure):
            return ()
        return tuple(t for t in self.writer.texts[measure.first : measure.last] if parse(t).kind is not Kind.BAR)

    def _has_voices(self) -> bool:
        """Whether other voices sound under the melody, and so make its last chord."""
        values, there = self.snapshot.values, self.arrangement.octaves
        return bool(values["harmony.on"]) and not self.snapshot.led and bool(of_those(3, there))

    def _told(self) -> SetPlace:
        aabb = bool(self.snapshot.values["tune.aabb"]) and not self.primed[0]
        varied = self._as_written is not None and self.snapshot.number("tune.vary") > 0
        base = self.of.base if varied or self.of.base != self.writer.texts else ()
        return told(
            replace(self.of, base=base), self.snapshot, self.tune, self.writer, self.place, self._meter(), aabb,
            lambda: str(self.of_tune(self.snapshot, self.tune + 1).key),
        )  # fmt: skip


def _alone(writer: Writer, measure: Measure) -> tuple[str, ...]:
    """The tonic alone, as long as a measure that makes up for a pick-up."""
    before = [text for text in writer.texts[2 : measure.first] if parse(text).kind is Kind.PITCH]
    length = duration_text(Fraction(measure.length, EIGHTH))
    return (closing.nearest_tonic(before[-1] if before else ""), *([length] if length else []))
