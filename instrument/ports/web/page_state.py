"""State of the music for the page: fed with what passes the main process, asked for what is new since.

Everything has a revision, so that each page asks only for what it has not seen, and a page opened late, or slow, gets
the newest and nothing twice. Positions are ticks. Keeps the last bars only. Knows no network and no time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from instrument.controls.explanations import Reason, Thought, Why
from instrument.music.chord import PlacedChord
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.plan import letters, place_name, stretches
from instrument.music.scores.chord_names import chord_names
from instrument.music.scores.engraving import Engraved, engraved, signature
from instrument.music.scores.ornament_text import ornaments_in
from instrument.music.ticks import EIGHTH

PAST = 48  #: announced bars kept
AHEAD = 64  #: planned ones: of more, as where the music has leapt far ahead, only those composed last are shown
REASONS = 96  #: notes whose reasons are kept
LINES = 12  #: lines that were said


@dataclass(frozen=True, slots=True)
class _Shown:
    """A measure as it stands. revision: when it last changed; choices: what was weighed for it, as the page gets it."""

    revision: int
    span: Span
    announced: bool
    choices: tuple[Any, ...] = ()


class PageState:
    """State of the music for pages.

    thread: any; blocks for a moment at most. What is costly is done for who asks, not for who tells.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revision = 0
        self._spans: dict[int, _Shown] = {}  # by start
        self._reasons: deque[tuple[int, Reason]] = deque(maxlen=REASONS)
        self._lines: deque[tuple[int, str]] = deque(maxlen=LINES)
        self._announced: deque[int] = deque(maxlen=PAST)
        self._end = 0  # of what is announced

    # what passes through the conductor

    def planned(self, span: Span) -> None:
        """The thinker has planned a measure: tentative, in place of what an older plan had there and beyond."""
        with self._lock:
            if span.start < self._end:
                return
            for start in [s for s, shown in self._spans.items() if s >= span.start and shown.span.plan != span.plan]:
                del self._spans[start]
            self._put(span, False)
            planned = [start for start, shown in self._spans.items() if not shown.announced]
            if len(planned) > AHEAD:
                del self._spans[min(planned)]

    def announced(self, span: Span) -> None:
        """The player has announced a measure: it will be heard, and never changes."""
        with self._lock:
            before = self._spans.get(span.start)
            for start in [s for s in self._spans if span.start <= s < span.end or self._end <= s < span.start]:
                del self._spans[start]
            if len(self._announced) == PAST:
                self._spans.pop(self._announced[0], None)
            self._announced.append(span.start)
            self._end = span.end
            self._put(span, True, before.choices if before and before.span.plan == span.plan else ())

    def thought(self, thought: Thought) -> None:
        """What the model weighed for a measure."""
        rows = tuple([one.token, one.share, [list(pair) for pair in one.likeliest]] for one in thought.choices)
        with self._lock:
            shown = self._spans.get(thought.start)
            if rows and shown is not None and shown.span.plan == thought.plan:
                self._put(shown.span, shown.announced, rows)

    def why(self, why: Why) -> None:
        """Why the notes of one decision were chosen."""
        with self._lock:
            for reason in why.reasons:
                self._revision += 1
                self._reasons.append((self._revision, reason))

    def said(self, line: str) -> None:
        """A line for people."""
        with self._lock:
            self._revision += 1
            self._lines.append((self._revision, line))

    def _put(self, span: Span, announced: bool, choices: tuple[Any, ...] = ()) -> None:
        self._revision += 1
        self._spans[span.start] = _Shown(self._revision, span, announced, choices)

    def measures(self, revision: int = -1) -> tuple[int, list[tuple[int, Span, bool]]]:
        """(the revision now, every measure there is in order, each with its own revision and whether it is announced);
        none of them where nothing is new after that revision. For who engraves them otherwise."""
        with self._lock:
            if revision == self._revision:
                return revision, []
            found = [(shown.revision, shown.span, shown.announced) for _, shown in sorted(self._spans.items())]
            return self._revision, found

    # for a page

    def since(self, revision: int) -> tuple[int, Mapping[str, Any]]:
        """(the revision now, what is new after that one): spans, starts of all there are, reasons, lines.

        revision: -1 for a page that opens
        """
        with self._lock:
            if revision == self._revision:
                return revision, {}
            now, starts = self._revision, sorted(self._spans)
            spans = [shown for shown in self._spans.values() if shown.revision > revision]
            reasons = [reason for number, reason in self._reasons if number > revision]
            lines = [line for number, line in self._lines if number > revision >= 0]  # what was said before is over
        news: dict[str, Any] = {
            "spans": [_span(shown) for shown in spans], "reasons": [_reason(reason) for reason in reasons],
            "lines": lines, "starts": starts,
        }  # fmt: skip
        return now, {name: value for name, value in news.items() if value}


def score_of(score: Engraved) -> dict[str, Any]:
    """An engraved measure as pages draw it. Pure."""
    return _score(score)


def ornaments_drawn(span: Span, length: Fraction) -> list[list[Any]]:
    """(eighths into the measure, ornament) of each that is written over a note. length: eighths. Pure."""
    return [[at / EIGHTH, ornament] for at, ornament in ornaments_in(span, round(length * EIGHTH))]


def form_of(span: Span) -> dict[str, Any]:
    """What the plan says of a measure, as pages get it. Pure."""
    return _form(span, Meter.parse(span.meter))


def _span(shown: _Shown) -> dict[str, Any]:
    """A measure as the page gets it."""
    span, key, meter = shown.span, Key.parse(shown.span.key), Meter.parse(shown.span.meter)
    score = engraved(span.written, span.place.measure, key, span.octave)
    found = {
        "start": span.start, "end": span.end, "tune": span.tune, "number": span.number,
        "bar": span.bar, "measure": span.place.measure,
        "announced": shown.announced, "source": span.source, "key": span.key, "meter": [meter.upper, meter.lower],
        "signature": [list(sign) for sign in signature(key)],
        "notes": [[n.start, n.duration, n.pitch, n.velocity, n.voice] for n in span.notes],
        "score": _score(score) if score else None,
    }  # fmt: skip
    if span.chords and score:
        named = chord_names(span, int(score.length * EIGHTH))
        found["chords"] = [[at / EIGHTH, name, _because(placed)]
                           for (at, name), placed in zip(named, span.chords, strict=True)]  # fmt: skip
    if span.ornaments and score:
        found["ornaments"] = ornaments_drawn(span, score.length)
    found |= _form(span, meter)
    return found | ({"choices": list(shown.choices)} if shown.choices else {})


def _form(span: Span, meter: Meter) -> dict[str, Any]:
    """What the plan says of a measure: which stretches (eighths, from and to) say which bar again, and the plan itself
    as letters. Nothing where there is no plan."""
    if span.place.measure >= len(span.form):
        return {}
    bar = span.form[span.place.measure]
    found: dict[str, Any] = {"plan": letters(span.form, meter.bar), "left": bar.left}
    if bar.copies:
        source = place_name(span.form[bar.source])
        found |= {"again": stretches(bar, meter.bar - bar.lacks), "of": source, "step": bar.step}
    return found


def _score(score: Engraved) -> dict[str, Any]:
    signs = [
        {
            "at": float(s.at), "length": float(s.length), "heads": [list(head) for head in s.heads], "value": s.value,
            "dots": s.dots, "tied": s.tied, "beam": s.beam, "tuplet": s.tuplet, "of": s.of,
        }
        for s in score.signs
    ]  # fmt: skip
    bars = {"opens": score.opens, "closes": score.closes, "ending": score.ending}
    return {"signs": signs, "length": float(score.length), **bars}


def _because(placed: PlacedChord) -> str:
    """Why a chord was chosen, or whose it is, in one line."""
    if placed.source != "chosen":
        return placed.source
    return ", ".join(f"{name} {nats:+.1f}" for name, nats in placed.why)


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "tick": reason.tick, "voice": reason.voice, "pitch": reason.pitch,
        "nats": {name: round(nats, 3) for name, nats in reason.nats},
    }  # fmt: skip
