"""The plan: tune after tune, measure after measure, as they will be played. No torch.

`next_span` goes on by one measure; `rethink` goes back to the end of any span and thinks again from there
with other controls. The plan is a function of the controls and of the span it goes on from, nothing else.
What writes the tunes is passed in (`Write`), so that an opening can be planned before any model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import FORMING, REWRITING
from instrument.music.compass import printed_octave
from instrument.music.events import Place, Span
from instrument.music.form import first_measure, follow
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.phrase import Phrase
from instrument.music.plan import Plan
from instrument.music.tokens import BARS
from instrument.music.tune import Measure, read_tune
from instrument.thinking.arrange import Arrangement, arrange
from instrument.thinking.keys_of_set import with_key

CONTEXT = 8  #: measures as played that prime the model after a change of meter or mode
EMPTY_TUNES = 50  #: tunes in a row that may end before they begin (the raw model's)
WHOLE_PARTS = (8, 16)  #: after so many whole bars an AABB tune may turn back


class Writer(Protocol):
    """A tune being written."""

    whole: bool

    @property
    def plan(self) -> Plan: ...
    @property
    def texts(self) -> tuple[str, ...]: ...
    def measures(self) -> tuple[Measure, ...]: ...
    def measure(self, index: int) -> Measure | None: ...
    def cut(self, tokens: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Brief:
    """What a writer is to write: the controls, the tune's number, what stands already.

    tokens: `M:` and `K:` first; context: how many of them only prime; lacking: ticks, at the end of the context
    plan: the tune's so far, () for none; place: the measure of it played last, where the context is from it, or -1
    answer: bars of the answer that the context asks for, 0 where it asks for none
    """

    snapshot: Snapshot
    tune: int
    tokens: tuple[str, ...]
    context: int = 0
    lacking: int = 0
    plan: Plan = ()
    place: int = -1
    answer: int = 0


Write = Callable[[Brief], Writer]


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
        fit: Callable[[Snapshot], Snapshot] = lambda snapshot: snapshot,
    ) -> None:  # fmt: skip
        """fit: the controls with a key that whoever writes has tokens for."""
        self.write, self.arrangement, self.snapshot, self.fit = write, arrangement, snapshot, fit
        self.plan, self.tick, self.lacking, self.source = 0, 0, 0, "composed"
        self._played: Place | None = None  # the place that `place` is still to follow
        self._begin(0)

    def _begin(self, tune: int) -> None:
        """Tune number `tune` of the set comes next."""
        self.tune, self.bar, self.primed = tune, 0, (0, 0)
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
        if measure is None and self.snapshot.values["tune.stay"] and self.bar:
            measure = self._again()
        for _ in range(EMPTY_TUNES):
            if measure is not None:
                break
            self._begin(self.tune + 1)
            measure = self.writer.measure(0)
        if measure is None:
            raise ValueError(f"{EMPTY_TUNES} tunes without a measure")
        span = self._span(measure)
        self.tick, self.lacking, self.bar = span.end, span.lacking, self.bar + 1
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
            self._stand(self._after(self._played))
        return self.place

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
            str(meter), str(key), self.source, form=self.writer.plan, octave=self._printed(key), primed=self.primed,
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
        self.lacking = after.lacking if after else 0
        if snapshot.phrase is not None and snapshot.phrase != before.phrase:
            self._answer(snapshot.phrase, after)
        elif after is None or snapshot.seed != before.seed:
            self._begin(0)
        elif snapshot.tune != before.tune:
            self._begin(after.tune + 1)
        elif self._head(snapshot, after) != self._head(before, after) or _held_anew(snapshot, before):
            self._reprime(after)
        else:
            self._go_on(after, snapshot, before, request.rewrite)

    def _head(self, snapshot: Snapshot, after: Span) -> tuple[str, str]:
        return header(self.of_tune(snapshot, after.tune))

    def _go_on(self, after: Span, snapshot: Snapshot, before: Snapshot, rewrite: bool) -> None:
        self.tune, self.bar, self.primed = after.tune, after.bar + 1, (0, 0)
        controls = self.of_tune(snapshot, after.tune)
        if any(snapshot.values[name] != before.values[name] for name in FORMING) and after.form:
            brief = Brief(controls, after.tune, _announced(after))  # another plan, from what stands
        else:
            self.primed, brief = after.primed, Brief(controls, self.tune, after.written, *after.primed, plan=after.form)
        self.writer = self.write(brief)
        written = len(self.writer.measures())
        self._stand(self._after(after.place))
        rewriting = any(snapshot.values[name] != before.values[name] for name in REWRITING)
        rewriting = rewriting or _limits(snapshot) != _limits(before)
        rewriting = rewriting or (rewrite and self.place.measure > after.place.measure)
        if rewriting and self.place.measure < written:  # what lies beyond was only now composed, with these controls
            self.writer.cut(self.writer.measures()[self.place.measure].first)

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
        plan, place = (after.form, after.place.measure) if after else ((), -1)
        self.writer = self.write(Brief(controls, tune, tokens, len(tokens), self.lacking, plan, place, answer))
        self.primed = len(tokens), self.lacking  # what primes is no part of the tune, which has no two halves then
        count = len(self.writer.measures())
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
    last = min(after.place.measure, len(measures) - 1)
    while after.place.time == 2 and last + 1 < len(measures) and not measures[last].closes:
        last += 1
    return after.written[: measures[last].last] if measures else after.written


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
