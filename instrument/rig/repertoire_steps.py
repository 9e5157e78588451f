"""Repertoire in a performance: which known tune plays, which is next, and stepping on, back or to any; a tune like it.

A repertoire comes with the patch, from the command line, over OSC, or is dropped on the page; its tunes begin at the
next bar that is not announced. What is wrong with a tune is said in one line, and the music goes on as it was.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.files.repertoire import Repertoire, controls_of, open_repertoire, repertoire_of, said
from instrument.music.events import Span
from instrument.music.repertoire.known_tune import KnownTune, KnownTunes
from instrument.playing.messages import Announced
from instrument.rig.way_back.going_back import LEADS

SHOWN = 2000  #: tunes that pages list
KEPT = 128  #: callings that can be come back to
ACTIONS = ("repertoire.next", "repertoire.back", "tune.like")
NONE = "there is no repertoire; drop ABC on the page, /lilt/repertoire/load FILE, or start with lilt play FILE.abc"


class CallingHost(Protocol):
    """What calls for a known tune (`instrument.rig.way_back.going_back`)."""

    def call(self, known: KnownTunes, changes: list[tuple[str, Value]]) -> None: ...
    def know(self, known: KnownTunes) -> None: ...


class RepertoireHost(Protocol):
    """What this needs of the conductor."""

    snapshot: Snapshot
    readings: dict[str, Value]

    @property
    def going_back(self) -> CallingHost: ...
    def say(self, line: str) -> None: ...
    def publish(self, readings: dict[str, Value]) -> None: ...


class RepertoireSteps:
    """Repertoire while it is played.

    thread: any. blocks: `load` and `take`, for a disk and for as long as reading a few tunes takes.
    """

    def __init__(self, host: RepertoireHost, repertoire: Repertoire | None = None) -> None:
        """repertoire: what it begins with, where the controls have a tune of it already."""
        self._host, self.repertoire = host, repertoire
        known = host.snapshot.known
        self.at = known.at if known is not None else 0  #: tune that sounds, or was called for, from 0
        self._loads = known.load if known is not None else 0
        self._span: Span | None = None  # announced last
        self._names: tuple[Repertoire | None, list[str]] = (None, [])  # what its tunes are called
        self._of: dict[int, Repertoire] = {}  # by the number of a calling, the repertoire that it was of
        if known is not None and repertoire is not None:
            self._of[known.load] = repertoire
        self._lock = threading.Lock()
        self.publish()

    def load(self, name: str) -> None:
        """Play another repertoire, from its first tune. Raises ValueError, one line: then nothing changes."""
        self.begin(open_repertoire(Path(name.strip())))

    def take(self, text: str, name: str = "") -> None:
        """Play the tunes of a text, likewise."""
        self.begin(repertoire_of(text, " ".join(name.split())[:80] or "dropped"))

    def begin(self, repertoire: Repertoire, values: Mapping[str, Value] | None = None) -> None:
        """Play a repertoire, from the first tune that can be played; where a patch brings it, from the one it names.
        values: controls that are turned with it, in place of the tune's own. Raises ValueError."""
        known = self._window(repertoire, int(values["repertoire.go"]) - 1 if values else None)
        with self._lock:
            self.repertoire = repertoire
        self._call(known, values)

    def go(self, number: int) -> None:
        """To that tune, from 1. One that is not there, or cannot be played, is said, and nothing changes."""
        repertoire = self.repertoire
        if repertoire is None:
            self._host.say(NONE)
        elif not 1 <= number <= len(repertoire.tunes):
            count = len(repertoire.tunes)
            self._host.say(f"{repertoire.name} has {count} tune{'s' * (count > 1)}; there is no tune {number}")
        else:
            try:
                self._call(self._window(repertoire, number - 1))
            except ValueError as error:
                self._host.say(str(error))

    def act(self, name: str) -> None:
        """One of `ACTIONS`."""
        if name == "tune.like":
            self._like()
        elif self.repertoire is None:
            self._host.say(NONE)
        else:
            self._step(1 if name == "repertoire.next" else -1)

    def announced(self, announced: Announced) -> None:
        """A span will be heard: which tune it is of."""
        span = announced.span
        before, self._span = self._span, span
        if before is None or before.known != span.known:
            if span.known[0]:  # an older one is called for again by undo
                self.repertoire = self._of.get(span.known[0], self.repertoire)
                self.at = span.known[1]
                self._slide()
            self.publish()

    def readings(self) -> dict[str, Value]:
        """What is shown of it, by the names of the table of readings."""
        repertoire, playing = self.repertoire, bool(self._host.snapshot.playing_known)
        tunes = repertoire.tunes if repertoire else ()
        here = tunes[self.at] if playing and self.at < len(tunes) else None
        known = self._host.snapshot.known
        following = tunes[known.following(self.at)] if here and known is not None and len(tunes) > 1 else None
        return {
            "repertoire.name": repertoire.name if repertoire else "", "repertoire.tune": self.at + 1 if here else 0,
            "repertoire.tunes": len(tunes), "repertoire.now": here.name if here else "",
            "repertoire.coming": following.name if following else "",
        }  # fmt: skip

    def told(self) -> dict[str, Any]:
        """The tunes that there are, for the page."""
        repertoire = self.repertoire
        if self._names[0] is not repertoire:
            self._names = repertoire, [tune.name for tune in repertoire.tunes[:SHOWN]] if repertoire else []
        at = self.at + 1 if self._host.snapshot.playing_known else 0
        return {"name": repertoire.name if repertoire else "", "at": at, "tunes": self._names[1]}

    def publish(self) -> None:
        """The readings are others."""
        self._host.publish(self.readings())

    def _window(self, repertoire: Repertoire, place: int | None) -> KnownTunes:
        """A tune and those behind it; None: from the first that can be played. Raises ValueError for none."""
        with self._lock:
            self._loads += 1
            load = self._loads
        if place is not None:
            return repertoire.window(place, load)
        return repertoire.from_first(load)

    def _step(self, by: int) -> None:
        repertoire = self.repertoire
        assert repertoire is not None
        count = len(repertoire.tunes)
        why = ""
        for step in range(1, count + 1):
            place = (self.at + by * step) % count
            try:
                self._call(self._window(repertoire, place))
                return
            except ValueError as error:
                why = str(error)
                self._host.say(why)

    def _call(self, known: KnownTunes, values: Mapping[str, Value] | None = None) -> None:
        """A known tune comes next, with its key, meter, dance and tempo."""
        host, tune = self._host, known.tune(known.at)
        changes: dict[str, Value] = {**controls_of(tune), **(values or {}), "repertoire.go": known.at + 1}
        if host.readings.get("clock.state") in LEADS:
            changes.pop("clock.bpm", None)
        host.going_back.call(known, list(changes.items()))
        self.at = known.at
        if self.repertoire is not None:
            self._of[known.load] = self.repertoire
            while len(self._of) > KEPT:
                del self._of[next(iter(self._of))]
        what = f"{known.at + 1} of {known.count}: " if known.count > 1 else ""
        host.say(f"{what}{said(tune)}")
        self.publish()

    def _like(self) -> None:
        """A new tune like the one that sounds."""
        span, host = self._span, self._host
        if span is None or not any(text[:1].isalpha() or text[:1] in "^_=" for text in span.written[2:]):
            host.say("no tune is sounding; there is nothing to be like")
            return
        known, playing = host.snapshot.known, span.known[0]
        with self._lock:
            self._loads += 1
        if known is not None and playing and span.source != "composed":
            like = replace(known, load=self._loads, at=span.known[1], like=True)
        else:
            base = span.of_set.base or span.written
            title = f"tune {span.tune + 1}"
            tune = KnownTune(title, " ".join(base), span.key, plan=span.form)
            like = KnownTunes(self._loads, (tune,), like=True)
        host.going_back.call(like, [("tune.known", True)])
        host.say(f"a new tune like {like.tune(like.at).title}; repertoire.go, next and back play written ones")
        self.publish()

    def _slide(self) -> None:
        """Of a large repertoire those tunes go with the controls that come next."""
        repertoire, known = self.repertoire, self._host.snapshot.known
        if repertoire is None or known is None or known.like or known.count == len(known.tunes):
            return
        if known.first != self.at and self._host.snapshot.playing_known:
            try:
                coming = repertoire.window(self.at, known.load)
            except ValueError:
                return
            self._host.going_back.know(replace(coming, at=known.at))


def keeps_meter(snapshot: Snapshot, changes: Mapping[str, Value]) -> str:
    """Why `tune.meter` cannot be turned by these changes; "" where it can."""
    known = snapshot.known
    stays = bool(changes.get("tune.known", snapshot.values["tune.known"]))
    if known is None or known.like or not stays or changes.get("tune.meter") in (None, snapshot.values["tune.meter"]):
        return ""
    meter = known.tune(known.at).meter
    return f"the tune that plays is in {meter}, as it is written; turn tune.known off to compose in another"
