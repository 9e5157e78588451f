"""Tunebook keeper: makes an entry of the tune that is played, from its measures as they go by.

Pressed while a tune sounds, it is written at once, all of it that has been composed, heard or not; when the tune is
over and was composed further, its entry is written anew, whole. The disk is touched in a thread of its own, never where
messages are carried.
"""

from __future__ import annotations

import importlib
import queue
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from instrument import __version__
from instrument.controls.snapshot import Snapshot
from instrument.files import tunebook
from instrument.files.tunebook import Kept
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.scores.chord_names import names_by_measure
from instrument.music.scores.ornament_text import ornaments_by_measure
from instrument.music.scores.set_score import abc_of_tune
from instrument.playing.time.clock import today

Say = Callable[[str], None]
Backed = Mapping[int, Span]  #: measures with chords or ornaments, by their place in the tune
Composed = tuple[int, tuple[str, ...]]  #: which tune of the set, and its tokens so far


class TunebookKeeper:
    """`sounding` and `keep` are any thread's and never block. tunes: what the book held when last looked at: number,
    title, patch, seed, and when it was kept; a book may hold thousands, so the rest stays on disk."""

    def __init__(self, book: Path, patch: str, model: str, say: Say) -> None:
        """patch, model: names, for the entries; say: one line for people."""
        self.book, self.patch, self.model, self._say = book, patch, model, say
        self.tunes: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._last: tuple[Span, Snapshot] | None = None
        self._composed: tuple[int, tuple[str, ...]] = (-1, ())  # the newest: which tune of the set, and its tokens
        self._kept: Kept | None = None  # the entry of the tune that sounds
        self._backed: dict[int, Span] = {}  # its measures that had chords, as each was backed first
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
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
            composed, backed = self._composed, self._backed
            over = before is not None and _other(before[0], span)
            if over:
                self._backed = {}
            if span.chords or span.ornaments:
                self._backed.setdefault(span.place.measure, span)
        if before is not None and over:
            self._jobs.put(lambda: self._complete(*before, composed, backed))

    def composed(self, tune: int, tokens: tuple[str, ...]) -> None:
        """A tune of the set has been composed so far."""
        with self._lock:
            self._composed = tune, tokens

    def keep(self) -> None:
        """Keep the tune that sounds, or that sounded last."""
        with self._lock:
            last, composed, backed = self._last, self._composed, dict(self._backed)
        if last is None or not any(text[:1] in "^_=ABCDEFGabcdefg" for text in last[0].written[2:]):
            self._say("no tune is sounding; nothing is kept")
        else:
            self._jobs.put(lambda: self._write(*last, composed, backed))

    def do(self, job: Callable[[], None]) -> None:
        """Have something done in the thread that may wait for a disk. It raises nothing."""
        self._jobs.put(job)

    # in the thread

    def entry(self, number: int) -> Kept:
        """A kept tune, from 1, with all that is needed to get it again. thread: of `do`. Raises ValueError, one line,
        where there is none, it cannot be had again, or the book has another there by now."""
        before, found = self.tunes, self._look(number)
        if found is None:
            raise ValueError(f"there is no kept tune {number}; the book holds {len(self.tunes)}")
        if before[number - 1 : number] != self.tunes[number - 1 : number]:
            raise ValueError(f"{self.book} has been changed meanwhile: its tune {number} is another; choose again")
        if found.fault:
            raise ValueError(f"tune {number} cannot be had again: {found.fault}")
        return found

    def _work(self) -> None:
        importlib.import_module("filelock")  # which keeping needs: read now, and not while it plays
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception as error:  # the book may be anybody's: whatever is wrong with it, the next tune is kept
                self._say(f"the tunebook: {' '.join(str(error).split()) or type(error).__name__}")

    def _look(self, number: int = 0) -> Kept | None:
        """See what the book holds; the tune of that number, None where there is none."""
        rows, found = list[dict[str, Any]](), None
        for place, kept in enumerate(tunebook.each(self.book), 1):
            rows.append(_row(place, kept))
            if place == number:
                found = kept
        self.tunes = rows
        return found

    def _write(self, span: Span, snapshot: Snapshot, composed: Composed, backed: Backed) -> None:
        if self._kept and _same(self._kept, span, snapshot):
            self._say("this tune is kept already")
            return
        kept = self._entry(span, snapshot, _furthest(span, composed), backed)
        number = tunebook.add(self.book, kept)
        self._kept = kept
        self._look()
        self._say(f"kept as tune {number} in {self.book}")

    def _finish(self) -> None:
        if self._last:
            self._complete(*self._last, self._composed, self._backed)

    def _complete(self, span: Span, snapshot: Snapshot, composed: Composed, backed: Backed) -> None:
        """The tune is over: if it was kept, its entry becomes what it has become."""
        kept, self._kept = self._kept, None
        if kept is None or not _same(kept, span, snapshot):
            return
        tokens = _furthest(span, composed, (span.tune, kept.tokens))
        whole = replace(self._entry(span, snapshot, tokens, backed), kept=kept.kept, id=kept.id)
        if tokens != kept.tokens or len(whole.abc) > len(kept.abc):  # more of it, or more of its chords
            if tunebook.amend(self.book, kept, whole) is None:
                self._say(f"the tune that was kept is no longer in {self.book}; it is left out")
            self._look()

    def _entry(self, span: Span, snapshot: Snapshot, tokens: tuple[str, ...], backed: Backed) -> Kept:
        title = snapshot.title_of(span.known) or f"{self.patch}, seed {snapshot.seed}, tune {span.tune + 1}"
        aabb = bool(snapshot.values["tune.aabb"]) and not span.known[0]
        tempo = snapshot.number("clock.bpm")
        chords = names_by_measure(backed.values())
        ornaments = ornaments_by_measure(backed.values())
        abc = abc_of_tune(tokens, title, Key.parse(span.key), tempo, aabb, span.octave, chords, ornaments)
        return Kept(
            abc, self.patch, snapshot.seed, span.tune, today(), __version__, self.model, tokens,
            dict(snapshot.values), secrets.token_hex(8),
        )  # fmt: skip


def _row(number: int, kept: Kept) -> dict[str, Any]:
    return {"number": number, "title": kept.title, "patch": kept.patch, "seed": kept.seed, "kept": kept.kept}


def _furthest(span: Span, *composed: Composed) -> tuple[str, ...]:
    """Of what is known of the tune that a span belongs to, the longest that goes on from the span's own."""
    heard = span.of_set.base or span.written  # the tune itself, not how this time through varies or ends it
    longer = [tokens for tune, tokens in composed if tune == span.tune and tokens[: len(heard)] == heard]
    return max([heard, *longer], key=len)


def _other(one: Span, span: Span) -> bool:
    return (one.tune, one.written[0], one.key) != (span.tune, span.written[0], span.key)


def _same(kept: Kept, span: Span, snapshot: Snapshot) -> bool:
    return (kept.seed, kept.tune) == (snapshot.seed, span.tune) and kept.tokens[:2] == span.written[:2]
