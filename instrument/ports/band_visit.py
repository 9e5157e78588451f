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
from typing import Any

from instrument.controls.control import Value
from instrument.controls.readings import READINGS
from instrument.controls.table import CONTROLS
from instrument.music.engraving import engraved
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.ports.band_reading import CLEFS, INSTRUMENTS, Reading, checked
from instrument.ports.page_state import PageState, form_of, score_of

#: what is shown of the performance, of the controls and readings there are
WATCHED = tuple(
    name for name in (
        "status.playing", "status.tick", "status.bpm", "tune.key", "tune.meter", "set.tune", "set.time", "set.to_go",
        "set.coming", "set.key", "set.times", "set.then", "setlist.now", "setlist.coming", "setlist.coming_key",
    ) if name in CONTROLS or name in READINGS
)  # fmt: skip
SHOWS = "the band's page only shows; nothing is turned from it"
KEPT = 2048  #: measures as somebody reads them

Scores = dict[tuple[int, Reading], dict[str, Any]]


class BandVisit:
    """thread: the server's. Never blocks."""

    def __init__(
        self, state: PageState, get: Callable[[str], Value], reading: Reading, scores: Scores | None = None
    ) -> None:
        """scores: measures that somebody reads already, shared by those who look at the same music."""
        self._scores = {} if scores is None else scores
        self._state, self._get, self.reading = state, get, reading
        self._revision, self._known = -1, dict[str, Any]()

    def turned(self) -> dict[str, Any]:
        """What it has to know first."""
        reading = self.reading
        return {"hello": {
            "instruments": list(INSTRUMENTS), "clefs": list(CLEFS),
            "reading": {"for": reading.instrument, "clef": reading.clef, "octave": reading.octave},
        }}  # fmt: skip

    def news(self) -> dict[str, Any]:
        """What this viewer does not know yet."""
        values = {name: self._read(name) for name in WATCHED}
        changed = {name: value for name, value in values.items() if self._known.get(name) != value}
        self._known |= values
        self._revision, shown, starts = self._state.measures_since(self._revision)
        news: dict[str, Any] = {"values": changed} if changed else {}
        if shown:
            news["spans"] = [self._drawn(number, span, announced) for number, span, announced in shown]
        return news | ({"starts": starts} if starts is not None else {})

    def hear(self, message: object) -> dict[str, Any]:
        """What the page sent. Raises ValueError, one line, for all that is more than looking."""
        if not isinstance(message, dict) or not message or set(message) - {"read", "ping"}:
            raise ValueError(SHOWS)
        wanted = message.get("read")
        if isinstance(wanted, dict):
            self.reading = checked(wanted.get("for"), wanted.get("clef"), wanted.get("octave"))
            self._revision, self._known = -1, {}
            return {**self.turned(), **self.news()}
        if "read" in message:
            raise ValueError(SHOWS)
        return {"pong": 1}

    def _drawn(self, number: int, span: Span, announced: bool) -> dict[str, Any]:
        """A measure as this viewer reads it; engraved once for all who read it alike. number: its revision."""
        drawn = self._scores.get((number, self.reading))
        if drawn is None:
            drawn = self._scores[number, self.reading] = _measure(span, announced, self.reading)
            while len(self._scores) > KEPT:
                del self._scores[next(iter(self._scores))]
        return drawn

    def _read(self, name: str) -> Value:
        """A value as this viewer reads it: keys are in the viewer's."""
        value = self._get(name)
        if name in ("tune.key", "set.key", "setlist.coming_key") and value:
            try:
                return str(self.reading.key(Key.parse(str(value))))
            except ValueError:
                return value
        return value


def _measure(span: Span, announced: bool, reading: Reading) -> dict[str, Any]:
    """A measure as the page gets it."""
    key, read = Key.parse(span.key), reading.key(Key.parse(span.key))
    score = engraved(span.written, span.place.measure, read, span.octave + reading.octaves(key))
    drawn = score_of(score) if score else None
    for sign in drawn["signs"] if drawn else ():
        sign["heads"] = [[reading.step(step), shown] for step, shown in sign["heads"]]
    upper, _, lower = span.meter.partition("/")
    found = {
        "start": span.start, "end": span.end, "tune": span.tune, "bar": span.bar, "measure": span.place.measure,
        "announced": announced, "key": str(read), "sounds": span.key, "meter": [int(upper), int(lower)],
        "signature": reading.signature(key), "score": drawn,
        "chords": [[at, reading.chord(name)] for at, name in getattr(span, "chords", ())],
    }  # fmt: skip
    return found | {name: value for name, value in form_of(span).items() if name == "left"}
