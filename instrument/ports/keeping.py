"""Keep this tune: from the measures as they go by to an entry in the tunebook.

Pressed while a tune sounds, it is written at once, as far as it has been composed; when the tune is over its entry is
written anew, whole. The disk is touched in a thread of its own, never where messages are carried.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from instrument import __version__
from instrument.controls import tunebook_file
from instrument.controls.snapshot import Snapshot
from instrument.controls.tunebook_file import Kept
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.played_abc import abc_of_tune
from instrument.playing.clock import today

Say = Callable[[str], None]


class Keeper:
    """`sounding` and `keep` are any thread's and never block; `tunes` is what the book held when last looked at."""

    def __init__(self, book: Path, patch: str, model: str, say: Say) -> None:
        """patch, model: names, for the entries; say: one line for people."""
        self.book, self.patch, self.model, self._say = book, patch, model, say
        self.tunes: list[Kept] = []
        self._lock = threading.Lock()
        self._last: tuple[Span, Snapshot] | None = None
        self._kept: tuple[int, Kept] | None = None  # the entry of the tune that sounds: its number, and what is in it
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="tunebook", daemon=True)

    def start(self) -> None:
        """Look at the book, and begin to write."""
        self._thread.start()
        self._jobs.put(self._look)

    def close(self) -> None:
        """Finish the entry under way. blocks: a second at most."""
        if self._thread.is_alive():
            self._jobs.put(self._finish)
            self._jobs.put(None)
            self._thread.join(timeout=1.0)

    def sounding(self, span: Span, snapshot: Snapshot) -> None:
        """A measure has been announced, under these controls."""
        with self._lock:
            before, self._last = self._last, (span, snapshot)
        if before is not None and _other(before[0], span):
            self._jobs.put(lambda: self._complete(*before))

    def keep(self) -> None:
        """Keep the tune that sounds, or that sounded last."""
        with self._lock:
            last = self._last
        if last is None or not any(text[:1] in "^_=ABCDEFGabcdefg" for text in last[0].written[2:]):
            self._say("no tune is sounding; nothing is kept")
        else:
            self._jobs.put(lambda: self._write(*last))

    # in the thread

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except (OSError, ValueError) as error:
                self._say(f"the tunebook: {' '.join(str(error).split())}")

    def _look(self) -> None:
        self.tunes = tunebook_file.read(self.book)

    def _write(self, span: Span, snapshot: Snapshot) -> None:
        if self._kept and _same(self._kept[1], span, snapshot):
            self._say("this tune is kept already")
            return
        kept = self._entry(span, snapshot)
        number = tunebook_file.add(self.book, kept)
        self._kept = (number, kept)
        self._look()
        self._say(f"kept as tune {number} in {self.book}")

    def _finish(self) -> None:
        if self._last:
            self._complete(*self._last)

    def _complete(self, span: Span, snapshot: Snapshot) -> None:
        """The tune is over: if it was kept, its entry becomes what it has become."""
        if self._kept and _same(self._kept[1], span, snapshot):
            number, kept = self._kept
            whole = replace(self._entry(span, snapshot), kept=kept.kept)
            if whole.tokens != kept.tokens:
                tunebook_file.amend(self.book, number, whole)
                self._look()
        self._kept = None

    def _entry(self, span: Span, snapshot: Snapshot) -> Kept:
        title = f"{self.patch}, seed {snapshot.seed}, tune {span.tune + 1}"
        aabb = bool(snapshot.values["tune.aabb"])
        tempo = snapshot.number("clock.bpm")
        abc = abc_of_tune(span.written, title, Key.parse(span.key), tempo, aabb, span.octave)
        return Kept(
            abc, self.patch, snapshot.seed, span.tune, today(), __version__, self.model, span.written,
            dict(snapshot.values),
        )  # fmt: skip


def _other(one: Span, span: Span) -> bool:
    return (one.tune, one.meter, one.key) != (span.tune, span.meter, span.key)


def _same(kept: Kept, span: Span, snapshot: Snapshot) -> bool:
    return (kept.seed, kept.tune) == (snapshot.seed, span.tune) and kept.tokens[:2] == span.written[:2]
