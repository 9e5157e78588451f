"""The plan: tune after tune, measure after measure, as they will be played. No torch.

`next_span` goes on by one measure; `rethink` goes back to the end of any span and thinks again from there
with other controls. The plan is a function of the controls and of the span it goes on from, nothing else.
What writes the tunes is passed in (`Write`), so that an opening can be planned before any model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import FORMING, REWRITING
from instrument.music import closing
from instrument.music.compass import printed_octave
from instrument.music.events import Place, Span
from instrument.music.form import follow
from instrument.music.harmony import of_those
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.phrase import Phrase
from instrument.music.plan import Plan
from instrument.music.set_place import AGAIN, END, SetPlace
from instrument.music.ticks import EIGHTH
from instrument.music.tokens import BARS, Kind, duration_text, parse
from instrument.music.tune import Measure, read_tune
from instrument.thinking import set_course
from instrument.thinking.arrange import Arrangement, arrange
from instrument.thinking.bars_to_go import ends_part
from instrument.thinking.keys_of_set import with_key
from instrument.thinking.own_closes import plain_close
from instrument.thinking.set_told import told
from instrument.thinking.writer import Brief, Close, Closed, Write, Writer

__all__ = ["Brief", "Given", "Planner", "Write", "Writer", "header"]

CONTEXT = 8  #: measures as played that prime the model after a change of meter or mode
EMPTY_TUNES = 50  #: tunes in a row that may end before they begin (the raw model's)
WHOLE_PARTS = (8, 16)  #: after so many whole bars an AABB tune may turn back


class Given:
    """A writer with nothing to add: the bars of an opening."""

    plan: Plan = ()

    def __init__(self, tokens: Sequence[str]) -> None:
        self.texts, self.whole = tuple(tokens), False
        self._measures = read_tune(tokens).measures

    def measures(self) -> tuple[Measure, ...]:
        return self._measures

    def measure(self, index: int) -> Measure | None:
        return self._measures[index] if index < len(self._measures) else None

    def cut(self, tokens: int) -> None:
        raise ValueError("an opening is not cut")


def header(snapshot: Snapshot) -> tuple[str, str]:
    """The two tokens a tune begins with."""
    return f"M:{snapshot.meter}", f"K:C{snapshot.key.mode}"


class Planner:
    """thread: the thinker's (or, for an opening, whoever starts the player)."""

    def __init__(
        self, write: Write, arrangement: Arrangement, snapshot: Snapshot,
        fit: Callable[[Snapshot], Snapshot] = lambda snapshot: snapshot, close: Close | None = None,
    ) -> None:  # fmt: skip
        """fit: the controls with a key that whoever writes has tokens for; close: how a last bar comes to rest."""
        self.write, self.arrangement, self.snapshot, self.fit = write, arrangement, snapshot, fit
        self.close = close or plain_close
        self.of = SetPlace()  # which time through, in which set
        self.plan, self.tick, self.lacking, self.source = 0, 0, 0, "composed"
        self._played: Place | None = None  # the place that `place` is still to follow
        self._begin(0)

    def _begin(self, tune: int, first: int | None = None) -> None:
        """Tune number `tune` comes next. first: number of its set's first tune, None for the set under way."""
        self.of = SetPlace(first=self.of.first if first is None else first)
        self.tune, self.bar, self.primed = tune, 0, False
        self._stand(Place())
        controls = self.of_tune(self.snapshot, tune)
        self.writer = self.write(Brief(controls, tune, header(controls)))

    def of_tune(self, snapshot: Snapshot, tune: int) -> Snapshot:
        """The controls as they are for one tune of the set: in its own key."""
        if self.arrangement.source != "tune":
            return snapshot
        return self.fit(with_key(snapshot, tune, self.arrangement.keys))

    def next_span(self) -> Span:
        """The measure played next. Composes as much as that needs."""
        measure = self.writer.measure(self._place().measure)
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
        self._played = self.place  # what follows is found when it is asked for: it needs more written
        return span

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

    # the set

    def _go_on_behind(self) -> None:
        """The time through is over: the tune once more, the next one, or another set."""
        way = set_course.then(self.snapshot, self.of, self.tune)
        if way == END and not self.of.ending:
            way = AGAIN  # its last bar was announced before it could be the ending
        if way == AGAIN and self.bar:
            self._once_more()
        else:
            self._begin(self.tune + 1, self.tune + 1 if self.of.ending else self._next_first())

    def _next_first(self) -> int:
        """Of the set that the next tune belongs to, the first: another set where this one has had its tunes."""
        count = set_course.tunes(self.snapshot)
        return self.tune + 1 if count and self.tune + 1 - self.of.first >= count else self.of.first

    def _once_more(self) -> None:
        """The same tune another time."""
        base, plan = self._base(), () if self.of.top else self.writer.plan
        self.of = SetPlace(self.of.first, self.of.time + 1, base=base)
        self.bar, self.primed = 0, False
        self._stand(Place())
        controls = self.of_tune(self.snapshot, self.tune)
        self.writer = self.write(Brief(controls, self.tune, base, plan=plan, time=self.of.time))

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
        joined = again or set_course.is_set(self.snapshot) or self.snapshot.signal is not None
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
        close = self.close(self.writer, place.measure) if whole else _alone(self.writer, measure)
        chord: tuple[str, ...] = ()
        if self.snapshot.values["set.chord"]:
            tonic = next((text for text in reversed(close) if parse(text).kind is Kind.PITCH), "C")
            chord = closing.last_chord(tonic, meter, self._has_voices())
        ended = closing.ended(self.writer.texts, self.writer.plan, place, close, chord)
        self.writer = Closed(ended)
        self.of = replace(self.of, base=base, ending=True)
        self._stand(ended.place)
        return self.writer.measures()[ended.place.measure]

    def _has_voices(self) -> bool:
        """Whether other voices sound under the melody, and so make its last chord."""
        values, there = self.snapshot.values, self.arrangement.octaves
        return bool(values["harmony.on"]) and not self.snapshot.led and bool(of_those(3, there))

    def _span(self, measure: Measure) -> Span:
        meter, key = self._meter(), self.of_tune(self.snapshot, self.tune).key
        bar = meter.bar
        silence, lacking = 0, 0
        if self.bar == 0:  # a tune begins on the bar: whatever its pick-up leaves of one is silent
            pickup = measure.length % bar if measure.length < bar else 0
            silence = self.lacking - pickup
            silence += bar if silence < 0 else 0
        elif not self.lacking and measure.length < bar:
            lacking = bar - measure.length
        offset = (bar - self.lacking) % bar
        end = self.tick + silence + measure.length
        notes = arrange(measure, self.tick, offset, end, meter, key, self.arrangement)
        return Span(
            self.tick, end, notes, self.plan, self.tune, self.bar, self.writer.texts, self.place, lacking,
            str(meter), str(key), self.source, form=self.writer.plan, octave=self._printed(key), of_set=self._told(),
        )  # fmt: skip

    def _told(self) -> SetPlace:
        aabb = bool(self.snapshot.values["tune.aabb"]) and not self.primed
        base = self.of.base if self.of.base != self.writer.texts else ()
        return told(
            replace(self.of, base=base), self.snapshot, self.tune, self.writer, self.place, self._meter(), aabb,
            lambda: str(self.of_tune(self.snapshot, self.tune + 1).key),
        )  # fmt: skip

    def _printed(self, key: Key) -> int:
        """Octaves above the tokens at which the melody's instrument reads it."""
        return printed_octave(key, self.arrangement.octaves.get("melody", 0), self.arrangement.compass)

    def _meter(self) -> Meter:
        return Meter.parse(self.writer.texts[0][2:])

    def _after(self, place: Place) -> Place:
        """The place that follows, with as much written as is needed to know it."""
        self.writer.measure(place.measure + 1)
        measures = self.writer.measures()
        half = place.measure + (measures[0].length == self._meter().bar)
        may = bool(self.snapshot.values["tune.aabb"]) and not self.primed
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
        self.lacking = after.lacking if after else 0
        if after is not None:
            of = after.of_set
            self.tune, self.of = after.tune, SetPlace(of.first, of.time, of.top, of.base, of.ending)
        if snapshot.phrase is not None and snapshot.phrase != before.phrase:
            self._answer(snapshot.phrase, after)
        elif after is None or snapshot.seed != before.seed:
            self._begin(0, 0)
        elif after.of_set.over:
            self._begin(after.tune + 1, after.tune + 1)
        elif snapshot.tune != before.tune:
            self._begin(after.tune + 1, self._next_first())
        elif after.of_set.ending:
            self._go_on_ending(after)
        elif self._head(snapshot, after) != self._head(before, after) or _held_anew(snapshot, before):
            self._reprime(after)
        else:
            self._go_on(after, snapshot, before, request.rewrite)

    def _head(self, snapshot: Snapshot, after: Span) -> tuple[str, str]:
        return header(self.of_tune(snapshot, after.tune))

    def _go_on_ending(self, after: Span) -> None:
        """The ending has begun: it is played to its end."""
        self.bar, self.primed = after.bar + 1, False
        self.writer = Closed(closing.Ended(after.written, after.form, after.place))
        self._stand(self._after(after.place))

    def _go_on(self, after: Span, snapshot: Snapshot, before: Snapshot, rewrite: bool) -> None:
        self.bar, self.primed = after.bar + 1, False
        controls = self.of_tune(snapshot, after.tune)
        if self.of.time > 1 and not self.of.top:
            self._go_on_again(after, controls)
            return
        if _forming(snapshot) != _forming(before) and after.form:
            brief = Brief(controls, after.tune, _announced(after))  # another plan, from what stands
        else:
            brief = Brief(controls, after.tune, after.written, plan=after.form)
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

    def _go_on_again(self, after: Span, controls: Snapshot) -> None:
        """The tune is known: what has been announced of this time through stands, the rest is varied as it would be."""
        stands = _reached(after) + 1
        brief = Brief(controls, after.tune, after.written, plan=after.form, time=self.of.time, stands=stands)
        self.of = replace(self.of, base=self.of.base or after.written)
        self.writer = self.write(brief)
        if self._leaves(after.place):
            self._begin(after.tune + 1, self._next_first())
        else:
            self._stand(self._after(after.place))

    def _answer(self, phrase: Phrase, after: Span | None) -> None:
        """What the performer has played comes before; the new bars continue from it."""
        self.lacking = 0
        tune, bar = (after.tune + 1, after.bar + 1) if after else (0, 1)
        self._prime(phrase.tokens, tune, bar, answer=phrase.bars)

    def _reprime(self, after: Span) -> None:
        """New header, then the last bars as played; the new bars continue from them."""
        self.lacking = after.lacking if str(self.snapshot.meter) == after.meter else 0
        self._prime(_as_played(after), after.tune, after.bar + 1, after)

    def _prime(self, bars: Sequence[str], tune: int, bar: int, after: Span | None = None, answer: int = 0) -> None:
        controls = self.of_tune(self.snapshot, tune)
        tokens = (*header(controls), *bars)
        self.tune, self.bar = tune, bar
        self.of = SetPlace(self.of.first, self.of.time) if after else SetPlace(first=tune)
        plan, place = (after.form, after.place.measure) if after else ((), -1)
        self.writer = self.write(Brief(controls, tune, tokens, len(tokens), self.lacking, plan, place, answer))
        self.primed = True  # what primes is no part of the tune, which has no two halves then
        count = len(self.writer.measures())
        self.of = replace(self.of, top=count)
        self._stand(Place(count, 1, count))


def _held_anew(snapshot: Snapshot, before: Snapshot) -> bool:
    """Whether other keys are held than before, and any."""
    return bool(_limits(snapshot)) and _limits(snapshot) != _limits(before)


def _limits(snapshot: Snapshot) -> tuple[object, ...]:
    """What held keys ask for; () where none is held."""
    return (snapshot.held, snapshot.values["hold.limit"]) if snapshot.held else ()


def _announced(after: Span) -> tuple[str, ...]:
    """The tokens that have been played or will be, with the repeat under way, whatever the controls."""
    measures = read_tune([t for t in after.written if t != "</s>"], strict=False).measures
    return after.written[: measures[_reached(after)].last] if measures else after.written


def _reached(after: Span) -> int:
    """The furthest measure that has been played or will be, with the repeat under way; -1 for none."""
    measures = read_tune([t for t in after.written if t != "</s>"], strict=False).measures
    last = min(after.place.measure, len(measures) - 1)
    while after.place.time == 2 and last + 1 < len(measures) and not measures[last].closes:
        last += 1
    return last


def _forming(snapshot: Snapshot) -> tuple[object, ...]:
    """What the controls ask of the form of a tune."""
    return (*(snapshot.values[name] for name in FORMING), (set_course.dance(snapshot) or (0, 0))[1])


def _alone(writer: Writer, measure: Measure) -> tuple[str, ...]:
    """The tonic alone, as long as a measure that makes up for a pick-up."""
    before = [text for text in writer.texts[2 : measure.first] if parse(text).kind is Kind.PITCH]
    length = duration_text(Fraction(measure.length, EIGHTH))
    return (closing.nearest_tonic(before[-1] if before else ""), *([length] if length else []))


def _as_played(after: Span) -> list[str]:
    """The tokens of the last measures played, repeats written out, `|` between them."""
    texts = [t for t in after.written if t != "</s>"]
    measures = read_tune(texts, strict=False).measures
    played, place = [Place()], Place()
    while place != after.place and place.measure < len(measures) and len(played) < 500:
        place = follow(measures, place)
        played.append(place)
    if played[-1] != after.place:
        played = [after.place]
    tokens: list[str] = []
    for place in played[-CONTEXT:]:
        if place.measure < len(measures):
            measure = measures[place.measure]
            tokens += [t for t in texts[measure.first : measure.last] if t not in BARS] + ["|"]
    return tokens
