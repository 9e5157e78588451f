"""The band's page, for one viewer: the score in the viewer's own key and clef, and what comes. It turns nothing.

To the page, first everything, then only what is new:
    {"hello": {"instruments": [...], "clefs": [...], "reading": {...}}}
    {"values": {name: value}}      of WATCHED, that changed
    {"spans", "starts"}            as on the performer's page, each measure as this viewer reads it, with `chords`
From the page:
    {"read": {"for": "Bb", "clef": "treble", "octave": 0}}    read it otherwise
    {"ping": 1}                    answered with {"pong": 1}
Whatever else is sent is refused here, on the server, whoever sends it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from instrument.controls.control import Value
from instrument.controls.readings import READINGS
from instrument.controls.table import CONTROLS
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.scores.engraving import engraved
from instrument.music.ticks import EIGHTH
from instrument.ports.web.band_reading import CLEFS, INSTRUMENTS, BandView, checked
from instrument.ports.web.page_state import PageState, form_of, ornaments_drawn, score_of

#: what is shown of the performance, of the controls and readings there are
WATCHED: tuple[str, ...] = tuple(
    name for name in (
        "status.playing", "status.tick", "status.bpm", "tune.key", "tune.meter", "set.tune", "set.time", "set.to_go",
        "set.coming", "set.key", "set.times", "set.then", "setlist.now", "setlist.coming", "setlist.coming_key",
        "backing.chord",
    ) if name in CONTROLS or name in READINGS
)  # fmt: skip
SHOWS = "the band's page only shows; nothing is turned from it"
KEPT = 2048  #: measures as somebody reads them
AT_ONCE = 6  #: measures in one message
PAST = 8  #: measures that have been, which a page that opens still gets

Scores = dict[tuple[object, ...], dict[str, Any] | None]
Measured = tuple[int, Span, bool]  #: a measure's revision, itself, whether it is announced


class BandVisit:
    """Visit of the band's page.

    thread: the server's. Never blocks: what is costly to draw is drawn a few measures at a time.
    """

    def __init__(
        self, state: PageState, get: Callable[[str], Value], reading: BandView, scores: Scores | None = None
    ) -> None:
        """scores: measures that somebody reads already, shared by those who look at the same music."""
        self._scores: Scores = {} if scores is None else scores
        self._state, self._get, self.reading = state, get, reading
        self._afresh()

    def _afresh(self) -> None:
        """The page knows nothing."""
        self.more = False  #: whether there is more to tell at once
        self._revision, self._known = -1, dict[str, Value]()
        self._sent: dict[int, int] = {}  # by the start of a measure: its revision, as the page has it

    def turned(self) -> dict[str, Any]:
        """What it has to know first."""
        reading = self.reading
        return {"hello": {
            "instruments": list(INSTRUMENTS), "clefs": list(CLEFS),
            "reading": {"for": reading.instrument, "clef": reading.clef, "octave": reading.octave},
        }}  # fmt: skip

    def gone(self) -> None:
        """It is closed: it held nothing."""

    def news(self) -> dict[str, Any]:
        """What this viewer does not know yet; of measures at most so many, those that sound next first."""
        values: dict[str, Value] = {name: self._read(name) for name in WATCHED}
        changed = {name: value for name, value in values.items() if self._known.get(name) != value}
        self._known |= values
        news: dict[str, Any] = {"values": changed} if changed else {}
        revision, measures = self._state.measures(-1 if self.more else self._revision)
        if not measures and revision == self._revision and not self.more:
            return news
        self._revision = revision
        here = self._near(measures, int(self._get("status.tick")))
        unsent = [one for one in here if self._sent.get(one[1].start) != one[0]]
        drawn = [self._drawn(span, announced) for number, span, announced in unsent[:AT_ONCE]]
        self.more = len(unsent) > AT_ONCE
        before, starts = set(self._sent), [span.start for _, span, _ in here]
        self._sent = {start: number for start, number in self._sent.items() if start in starts}
        self._sent |= {span.start: number for number, span, _ in unsent[:AT_ONCE]}
        if drawn:
            news["spans"] = drawn
        return news | ({"starts": sorted(self._sent)} if drawn or before != set(self._sent) else {})

    @staticmethod
    def _near(measures: list[Measured], tick: int) -> list[Measured]:
        """The measures that a player looks at: what sounds, what comes, and then the last bars before."""
        at = next((place for place, (_, span, _) in enumerate(measures) if span.end > tick), len(measures))
        return [*measures[at:], *reversed(measures[max(0, at - PAST) : at])]

    def hear(self, message: object) -> dict[str, Any]:
        """What the page sent. Raises ValueError, one line, for all that is more than looking."""
        if not isinstance(message, dict) or not message or set(message) - {"read", "ping"}:
            raise ValueError(SHOWS)
        wanted = message.get("read")
        if isinstance(wanted, dict):
            self.reading = checked(wanted.get("for"), wanted.get("clef"), wanted.get("octave"))
            self._afresh()
            return {**self.turned(), **self.news()}
        if "read" in message:
            raise ValueError(SHOWS)
        return {"pong": 1}

    def _drawn(self, span: Span, announced: bool) -> dict[str, Any]:
        """A measure as this viewer reads it; engraved once for all who read it alike, however often it is told."""
        reading, key = self.reading, Key.parse(span.key)
        read = reading.key(key)
        which = (span.written, span.place.measure, str(read), span.octave + reading.octaves(key), reading.clef)
        if which not in self._scores:
            self._scores[which] = _score(span, read, reading)
            while len(self._scores) > KEPT:
                del self._scores[next(iter(self._scores))]
        upper, _, lower = span.meter.partition("/")
        found = {
            "start": span.start, "end": span.end, "tune": span.tune, "number": span.number,
            "bar": span.bar, "measure": span.place.measure, "announced": announced, "key": str(read),
            "sounds": span.key, "meter": [int(upper), int(lower)],
            "signature": reading.signature(key), "score": self._scores[which],
            "chords": self._chords(span, read, self._scores[which]),
        }  # fmt: skip
        if span.ornaments and (score := self._scores[which]):
            found["ornaments"] = ornaments_drawn(span, Fraction(score["length"]))
        return found | {name: value for name, value in form_of(span).items() if name == "left"}

    def _chords(self, span: Span, read: Key, score: dict[str, Any] | None) -> list[list[Any]]:
        """(eighths into the measure, name as this viewer reads it) of each chord."""
        length = score["length"] if score else (span.end - span.start) / EIGHTH
        first, reading = span.end - round(length * EIGHTH), self.reading
        return [[max(0, placed.begins - first) / EIGHTH,
                 reading.chord(placed.text) if placed.text else placed.chord.moved(reading.up).name(read)]
                for placed in span.chords]  # fmt: skip

    def _read(self, name: str) -> Value:
        """A value as this viewer reads it: keys are in the viewer's."""
        value = self._get(name)
        if name in ("tune.key", "set.key", "setlist.coming_key") and value:
            try:
                return str(self.reading.key(Key.parse(str(value))))
            except ValueError:
                return value
        return self.reading.chord(str(value)) if name == "backing.chord" else value


def _score(span: Span, read: Key, reading: BandView) -> dict[str, Any] | None:
    """What is drawn of a measure."""
    score = engraved(span.written, span.place.measure, read, span.octave + reading.octaves(Key.parse(span.key)))
    if score is None:
        return None
    drawn = score_of(score)
    for sign in drawn["signs"]:
        sign["heads"] = [[reading.step(step), shown] for step, shown in sign["heads"]]
    return drawn
