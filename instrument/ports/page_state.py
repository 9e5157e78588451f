"""What the page shows of the music: fed with what passes through the conductor, asked for what is new since.

Everything has a revision, so that each page asks only for what it has not seen, and a page opened late, or slow, gets
the newest and nothing twice. Positions are ticks. Keeps the last bars only. Knows no network and no time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

from instrument.controls.thoughts import Reason, Thought, Why
from instrument.music.engraving import Engraved, engraved, signature
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.meter import Meter

PAST = 48  #: announced bars kept
REASONS = 96  #: notes whose reasons are kept
LINES = 12  #: lines that were said


class PageState:
    """thread: any; blocks for a moment at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revision = 0
        self._spans: dict[int, tuple[int, dict[str, Any]]] = {}  # by start: (revision, as shown)
        self._choices: dict[int, tuple[int, list[Any]]] = {}  # by start: (plan, tokens)
        self._plans: dict[int, int] = {}  # by start
        self._reasons: deque[tuple[int, dict[str, Any]]] = deque(maxlen=REASONS)
        self._lines: deque[tuple[int, str]] = deque(maxlen=LINES)
        self._announced: deque[int] = deque(maxlen=PAST)
        self._end = 0  # of what is announced

    # what passes through the conductor

    def planned(self, span: Span) -> None:
        """The thinker has planned a measure: tentative, in place of what an older plan had there and beyond."""
        shown = _span(span, announced=False)
        with self._lock:
            if span.start < self._end:
                return
            for start in [s for s in self._spans if s >= span.start and self._plans[s] != span.plan]:
                self._forget(start)
            self._put(span, shown)

    def announced(self, span: Span) -> None:
        """The player has announced a measure: it will be heard, and never changes."""
        shown = _span(span, announced=True)
        with self._lock:
            for start in [s for s in self._spans if span.start <= s < span.end or self._end <= s < span.start]:
                self._forget(start, keep_choices=start == span.start and self._plans[start] == span.plan)
            if len(self._announced) == PAST:
                self._forget(self._announced[0])
            self._announced.append(span.start)
            self._end = span.end
            self._put(span, shown)

    def thought(self, thought: Thought) -> None:
        """What the model weighed for a measure."""
        if not thought.choices:
            return
        rows = [[one.token, one.share, [list(pair) for pair in one.likeliest]] for one in thought.choices]
        with self._lock:
            if self._plans.get(thought.start) == thought.plan:  # or else nobody will see that measure
                self._choices[thought.start] = (thought.plan, rows)
                self._revision += 1
                self._spans[thought.start] = (self._revision, {**self._spans[thought.start][1], "choices": rows})

    def why(self, why: Why) -> None:
        """Why the notes of one decision were chosen."""
        with self._lock:
            for reason in why.reasons:
                self._revision += 1
                self._reasons.append((self._revision, _reason(reason)))

    def said(self, line: str) -> None:
        """A line for people."""
        with self._lock:
            self._revision += 1
            self._lines.append((self._revision, line))

    # for a page

    def since(self, revision: int) -> tuple[int, Mapping[str, Any]]:
        """(the revision now, what is new after that one): spans, starts of all there are, reasons, lines."""
        with self._lock:
            if revision == self._revision:
                return revision, {}
            news: dict[str, Any] = {
                "spans": [shown for number, shown in self._spans.values() if number > revision],
                "reasons": [shown for number, shown in self._reasons if number > revision],
                "lines": [line for number, line in self._lines if number > revision],
                "starts": sorted(self._spans),
            }
            return self._revision, {name: value for name, value in news.items() if value}

    def _put(self, span: Span, shown: dict[str, Any]) -> None:
        plan, rows = self._choices.get(span.start, (-1, []))
        if plan == span.plan:
            shown["choices"] = rows
        self._revision += 1
        self._spans[span.start] = (self._revision, shown)
        self._plans[span.start] = span.plan

    def _forget(self, start: int, keep_choices: bool = False) -> None:
        self._revision += 1
        self._spans.pop(start, None)
        self._plans.pop(start, None)
        if not keep_choices:
            self._choices.pop(start, None)


def _span(span: Span, announced: bool) -> dict[str, Any]:
    """A measure as the page gets it."""
    key, meter = Key.parse(span.key), Meter.parse(span.meter)
    score = engraved(span.written, span.place.measure, key)
    return {
        "start": span.start, "end": span.end, "tune": span.tune, "bar": span.bar, "announced": announced,
        "source": span.source, "key": span.key, "meter": [meter.upper, meter.lower],
        "signature": [list(sign) for sign in signature(key)],
        "notes": [[n.start, n.duration, n.pitch, n.velocity, n.voice] for n in span.notes],
        "score": _score(score) if score else None,
    }  # fmt: skip


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


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "tick": reason.tick, "voice": reason.voice, "pitch": reason.pitch,
        "nats": {name: round(nats, 3) for name, nats in reason.nats},
    }  # fmt: skip
