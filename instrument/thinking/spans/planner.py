"""Planner: tune after tune, measure after measure, as they will be played. No torch.

`next_span` goes on by one measure; `rethink` goes back to the end of any span and thinks again from there
with other controls. The plan is a function of the controls and of the span it goes on from, nothing else.
What writes the tunes is passed in (`Write`), so that an opening can be planned before any model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import FORMING, REWRITING
from instrument.music.events import Place, Span
from instrument.music.key import Key
from instrument.music.phrase import Phrase
from instrument.music.play_order import first_measure, follow
from instrument.music.set_place import SetPlace
from instrument.music.sounds.compass import printed_octave
from instrument.music.tokens import closing
from instrument.music.tokens.bars import Measure
from instrument.music.tokens.decode import GrowingTune
from instrument.thinking.spans import set_course
from instrument.thinking.spans.announced import announced, as_played, reached
from instrument.thinking.spans.arrange import Arrangement, arrange
from instrument.thinking.spans.in_set import InSet
from instrument.thinking.spans.known_plan import NONE
from instrument.thinking.spans.live_arrangement import arranged
from instrument.thinking.spans.own_closes import plain_close
from instrument.thinking.spans.writer import Close, Closed, Given, Write, Writer, WriteRequest, header

__all__ = ["Given", "Planner", "Write", "WriteRequest", "Writer", "header"]

EMPTY_TUNES = 50  #: tunes in a row that may end before they begin (the raw model's)
WHOLE_PARTS = (8, 16)  #: after so many whole bars an AABB tune may turn back


class Planner(InSet):
    """Planner of spans. thread: the thinker's (or, for an opening, whoever starts the player)."""

    def __init__(
        self, write: Write, arrangement: Arrangement, snapshot: Snapshot,
        fit: Callable[[Snapshot], Snapshot] = lambda snapshot: snapshot, tune: int = 0, close: Close | None = None,
    ) -> None:  # fmt: skip
        """fit: the controls with a key that the writer has tokens for; tune: a set's first; close: how a tune rests."""
        self.write, self._given, self.snapshot, self.fit = write, arrangement, snapshot, fit
        self.arrangement = arranged(arrangement, snapshot)
        self.close = close or plain_close
        self.of, self._reading = SetPlace(), GrowingTune()  # the reading: of what is announced
        self.newest: Span | None = None
        self.plan, self.tick, self.lacking, self.source = 0, 0, 0, "composed"
        self._played: Place | None = None  # the place that `place` is still to follow
        self._begin(tune, tune)

    def _begin(self, tune: int, first: int | None = None) -> None:
        """Tune number `tune` comes next. first: number of its set's first tune, None for the set under way."""
        self.of = SetPlace(first=self.of.first if first is None else first)
        self.tune, self.bar, self.primed = tune, 0, (0, 0)
        self._stand(Place())
        self._next_known()
        self.writer = self.write(self._first_request(self.of_tune(self.snapshot, tune)))
        if (known := self._as_written) is not None:
            self.of = replace(self.of, base=known.tokens)

    def of_tune(self, snapshot: Snapshot, tune: int) -> Snapshot:
        """The controls as they are for one tune of the set: in its own key."""
        if self.arrangement.source != "tune":
            return snapshot
        found = self._in_key(snapshot, tune)
        return found if self._as_written is not None else self.fit(found)

    def next_span(self) -> Span:
        """The measure played next. Composes as much as that needs."""
        measure = self.writer.measure(self._place().measure)
        if measure is None and self.bar and self._stays():
            measure = self._again()
        for _ in range(EMPTY_TUNES):
            if measure is not None:
                break
            self._go_on_behind()
            measure = self.writer.measure(self.place.measure)
        if measure is None:
            raise ValueError(f"{EMPTY_TUNES} tunes without a measure")
        if self.bar == 0:
            measure = self._without_pickup(measure)
        if self._is_last():
            measure = self._end(measure)
        span = self._span(measure)
        self.tick, self.lacking, self.bar = span.end, span.lacking, self.bar + 1
        self.newest = span
        self._played = self.place  # what follows is found when it is asked for: it needs more written
        return span

    def _again(self) -> Measure | None:
        """The tune that has come to its end begins again at its top."""
        self.bar, top = 0, first_measure(self.writer.measures(), self._meter().bar)
        self._stand(Place(top, 1, top))
        return self.writer.measure(top)

    def _stand(self, place: Place) -> None:
        self.place, self._played = place, None

    def _place(self) -> Place:
        """The place played next."""
        if self._played is not None:
            if self._leaves(self._played):
                self._begin(self.tune + 1, self._next_first())
            else:
                self._stand(self._after(self._played))
        return self.place

    def _span(self, measure: Measure) -> Span:
        meter, key = self._meter(), self.of_tune(self.snapshot, self.tune).key
        bar = meter.bar
        silence, lacking = self._room(measure, bar)
        offset = (bar - self.lacking) % bar
        end = self.tick + silence + measure.length
        notes = arrange(measure, self.tick, offset, end, meter, key, self.arrangement, self._known_up(key))
        known = self._as_written is not None and self.source == "composed"
        return Span(
            self.tick, end, notes, self.plan, self.tune, self.bar, self.writer.texts, self.place, lacking,
            str(meter), str(key), "known" if known else self.source, form=self.writer.plan, octave=self._printed(key),
            of_set=self._told(), primed=self.primed, known=self.known,
            chords=self._chords(self.place.measure, end - measure.length, end, key),
            ornaments=self._ornaments(self.place.measure, end - measure.length),
        )  # fmt: skip

    def _room(self, measure: Measure, bar: int) -> tuple[int, int]:
        """(silence before a measure, what its bar lacks behind it), in ticks."""
        if self.bar == 0:  # a tune begins on the bar: whatever its pick-up leaves of one is silent
            pickup = measure.length % bar if measure.length < bar else 0
            silence = self.lacking - pickup
            return silence + (bar if silence < 0 else 0), 0
        if self.lacking or measure.length >= bar or self._is_miscounted(measure, bar):
            return 0, 0
        return 0, bar - measure.length

    def _printed(self, key: Key) -> int:
        """Octaves above the tokens at which the melody's instrument reads it."""
        if (tune := self._as_written) is not None:
            return tune.printed_at(key)
        return printed_octave(key, self.arrangement.octaves.get("melody", 0), self.arrangement.compass)

    def _after(self, place: Place) -> Place:
        """The place that follows, with as much written as is needed to know it."""
        self.writer.measure(place.measure + 1)
        measures = self.writer.measures()
        half = place.measure + (measures[0].length == self._meter().bar)
        may = bool(self.snapshot.values["tune.aabb"]) and not self.primed[0]
        plain = may and not any(m.opens or m.closes or m.ending for m in measures[: place.measure + 1])
        if half in WHOLE_PARTS and plain and not self.writer.whole:
            self._finish()  # only a whole tune shows whether it has two parts
        return follow(self._to_the_close(place), place)

    def _finish(self) -> None:
        index = len(self.writer.measures())
        while self.writer.measure(index) is not None:
            index += 1

    def _to_the_close(self, place: Place) -> tuple[Measure, ...]:
        """Before a second ending can be found, the first must be written to its end."""
        measures = self.writer.measures()
        after = place.measure + 1
        if place.time == 2 and after < len(measures) and measures[after].ending == 1:
            written = len(measures)
            while not any(m.closes for m in self.writer.measures()[after:]) and self.writer.measure(written):
                written += 1
        return self.writer.measures()

    # going back

    def rethink(self, request: Rethink) -> None:
        """Compose from `request.start` on, where its span ended, with its controls.

        Meter, mode and held keys re-prime on the new header and the last bars as played, to which no repeat then goes
        back; a new seed or tune starts afresh; a new tonic alone moves the same tune.
        """
        snapshot, after, before = request.snapshot, request.after, request.before
        self.plan, self.snapshot, self.tick = request.plan, snapshot, request.start
        self.arrangement = arranged(self._given, snapshot)
        self.lacking, self.newest = after.lacking if after else 0, after
        if after is not None:
            of = after.of_set
            self.known, self.tune = after.known, after.tune
            self.of = SetPlace(of.first, of.time, of.top, of.base, of.ending)
        if snapshot.phrase is not None and snapshot.phrase != before.phrase:
            self._answer(snapshot.phrase, after)
        elif after is None or snapshot.seed != before.seed:
            self.known = NONE
            self._begin(0, 0)
        elif after.of_set.over or self._called(snapshot, before):
            self._begin(after.tune + 1, after.tune + 1)
        elif snapshot.tune != before.tune:
            self._begin(after.tune + 1, self._next_first())
        elif after.of_set.ending:
            self._go_on_ending(after)
        elif self._as_written is not None:
            self._go_on_known(after, snapshot)
        elif self._head(snapshot, after) != self._head(before, after) or _held_anew(snapshot, before):
            self._reprime(after)
        else:
            self._go_on(after, snapshot, before, request.rewrite)

    def _head(self, snapshot: Snapshot, after: Span) -> tuple[str, str]:
        return header(self.of_tune(snapshot, after.tune))

    def _go_on_ending(self, after: Span) -> None:
        """The ending has begun: it is played to its end."""
        self.bar, self.primed = after.bar + 1, (0, 0)
        self.writer = Closed(closing.EndedTune(after.written, after.form, after.place))
        self._stand(self._after(after.place))

    def _go_on(self, after: Span, snapshot: Snapshot, before: Snapshot, rewrite: bool) -> None:
        self.bar, self.primed = after.bar + 1, (0, 0)
        controls = self.of_tune(snapshot, after.tune)
        if self.of.time > 1 and not self.of.top:
            self._go_on_again(after, controls)
            return
        if _forming(snapshot) != _forming(before) and after.form:
            brief = WriteRequest(controls, after.tune, announced(after))  # another plan, from what stands
        else:
            self.primed, brief = (
                after.primed,
                WriteRequest(controls, self.tune, after.written, *after.primed, plan=after.form),
            )
        self.writer = self.write(brief)
        written = len(self.writer.measures())
        if self._leaves(after.place):
            self._begin(after.tune + 1, self._next_first())
            return
        self._stand(self._after(after.place))
        rewriting = any(snapshot.values[name] != before.values[name] for name in REWRITING)
        rewriting = rewriting or _forming(snapshot) != _forming(before)
        rewriting = rewriting or _limits(snapshot) != _limits(before)
        rewriting = rewriting or (rewrite and self.place.measure > after.place.measure)
        if rewriting and self.place.measure < written:  # what lies beyond was only now composed, with these controls
            self.writer.cut(self.writer.measures()[self.place.measure].first)

    def _go_on_known(self, after: Span, snapshot: Snapshot) -> None:
        """The tune is known: what has been announced of this time through stands, the rest is as it is to be now."""
        tune = self._as_written
        assert tune is not None
        self.bar, self.primed = after.bar + 1, (0, 0)
        self.of = replace(self.of, base=tune.tokens)
        self.writer = self.write(self._request_again(tune, self.of_tune(snapshot, after.tune), after))
        if self._leaves(after.place):
            self._begin(after.tune + 1, self._next_first())
        else:
            self._stand(self._after(after.place))

    def _go_on_again(self, after: Span, controls: Snapshot) -> None:
        """The tune is known: what has been announced of this time through stands, the rest is varied as it would be."""
        stands = reached(after, self._reading) + 1
        brief = WriteRequest(controls, after.tune, after.written, plan=after.form, time=self.of.time, stands=stands)
        self.of = replace(self.of, base=self.of.base or after.written)
        self.writer = self.write(brief)
        if self._leaves(after.place):
            self._begin(after.tune + 1, self._next_first())
        else:
            self._stand(self._after(after.place))

    def _answer(self, phrase: Phrase, after: Span | None) -> None:
        """What the performer has played comes before; the new bars continue from it."""
        self.lacking, self.known = 0, NONE
        tune, bar = (after.tune + 1, after.bar + 1) if after else (0, 1)
        self._prime(phrase.tokens, tune, bar, answer=phrase.bars)

    def _reprime(self, after: Span) -> None:
        """New header, then the last bars as played; the new bars continue from them."""
        self.lacking = after.lacking if str(self.snapshot.meter) == after.meter else 0
        self._prime(as_played(after), after.tune, after.bar + 1, after)

    def _prime(self, bars: Sequence[str], tune: int, bar: int, after: Span | None = None, answer: int = 0) -> None:
        self.tune, self.bar = tune, bar
        self.of = SetPlace(self.of.first, self.of.time) if after else SetPlace(first=tune)
        controls = self.of_tune(self.snapshot, tune)
        tokens = (*header(controls), *bars)
        plan, place = (after.form, after.place.measure) if after else ((), -1)
        self.writer = self.write(WriteRequest(controls, tune, tokens, len(tokens), self.lacking, plan, place, answer))
        self.primed = len(tokens), self.lacking  # what primes is no part of the tune, which has no two halves then
        count = len(self.writer.measures())
        self.of = replace(self.of, top=count)
        self._stand(Place(count, 1, count))


def _held_anew(snapshot: Snapshot, before: Snapshot) -> bool:
    """Whether other keys are held than before, and any."""
    return bool(_limits(snapshot)) and _limits(snapshot) != _limits(before)


def _limits(snapshot: Snapshot) -> tuple[object, ...]:
    """What held keys ask for; () where none is held."""
    return (snapshot.held, snapshot.values["hold.limit"]) if snapshot.held else ()


def _forming(snapshot: Snapshot) -> tuple[object, ...]:
    """What the controls ask of the form of a tune."""
    return (*(snapshot.values[name] for name in FORMING), (set_course.dance(snapshot) or (0, 0))[1])
