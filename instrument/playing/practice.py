"""Practice in the player: the tempo that rises round by round, bars left to the performer, and what is told of them.

A round is a time through the tune, or a pass of the loop. The tempo of a new round begins with its first bar, to the
tick; the control follows. Where somebody else keeps the time the speed waits. No time, no devices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from instrument.controls.control import Value, figure
from instrument.controls.practice import tempo_of
from instrument.controls.requests import TurnBack
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.playing.way_back.moved_spans import OWN

SPEED = "practice.speed"
CONTROLS = (SPEED, "practice.step", "practice.rounds", "practice.goal")


class Practice:
    """Practice of a tune, phrase by phrase. thread: the player's. blocks: never."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.round = 1  #: at this speed
        self._last: Span | None = None  # that was played, and announced last
        self._risen: float | None = None  # to which the speed has risen, until the control is there

    def change(self, snapshot: Snapshot) -> None:
        """The controls have been turned."""
        old, self.snapshot = self.snapshot, snapshot
        if snapshot.values[SPEED] == self._risen:
            self._risen = None
        elif any(snapshot.values[name] != old.values[name] for name in CONTROLS):
            self.round, self._risen = 1, None

    def announced(self, spans: Iterable[Span], led: bool) -> tuple[int, float, TurnBack] | None:
        """Spans that will be heard. led: somebody else keeps the time. Where another speed begins with one of them: its
        tick, the tempo (quarter notes a minute), and what tells whoever has the control."""
        found = None
        for span in spans:
            if span.source in OWN or span.phrase.silent:
                continue
            before, self._last = self._last, span
            if before is not None and span.bar <= before.bar and not led:
                found = self._next_round(span) or found
        return found

    def _next_round(self, span: Span) -> tuple[int, float, TurnBack] | None:
        values, number = self.snapshot.values, self.snapshot.number
        speed, goal = self._risen or number(SPEED), number("practice.goal")
        self.round += 1
        if not number("practice.step") or speed >= goal or self.round <= number("practice.rounds"):
            return None
        self.round, self._risen = 1, min(goal, speed + number("practice.step"))
        tempo = tempo_of({**values, SPEED: self._risen})
        return span.start, tempo, TurnBack(SPEED, speed, self._risen)

    def readings(self, led: bool, sounding: Span | None) -> Mapping[str, Value]:
        """By the names in the table of readings. sounding: the span that sounds."""
        yours = sounding is not None and is_left(sounding, self.snapshot)
        return {"practice.round": self.round, "practice.state": self._state(led), "practice.yours": yours}

    def _state(self, led: bool) -> str:
        number = self.snapshot.number
        speed, goal, step = self._risen or number(SPEED), number("practice.goal"), number("practice.step")
        if led:
            return "" if speed == 100 and not step else "the clock that leads keeps the tempo; the speed waits"
        if not step or speed >= goal:
            return "" if speed == 100 and not step else f"{figure(speed)} %" + (", the goal" if step else "")
        rounds = int(number("practice.rounds"))
        return (
            f"{figure(speed)} %, round {min(self.round, rounds)} of {rounds}, then {figure(min(goal, speed + step))} %"
        )


def is_left(span: Span, snapshot: Snapshot) -> bool:
    """Whether the melody of a span is the performer's."""
    return span.phrase.silent > 0 or not snapshot.values.get("practice.melody", True)


def left(span: Span, snapshot: Snapshot) -> Span:
    """The span as it sounds: without its melody where that is the performer's. Pure."""
    if not is_left(span, snapshot):
        return span
    return replace(span, notes=tuple(note for note in span.notes if note.voice != "melody"), branches=())
