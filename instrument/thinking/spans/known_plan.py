"""Known tunes in a planner: which of a repertoire is under way, what is written of it, its key and height. No torch.

The part of a planner that knows repertoires (`instrument.thinking.spans.in_set` is the one that knows sets).
"""

from __future__ import annotations

from typing import Protocol

from instrument.controls.snapshot import Snapshot
from instrument.music.chord import PlacedChord
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.play_order import Place, follow
from instrument.music.repertoire.known_tune import KnownTune, KnownTunes
from instrument.music.set_place import SetPlace
from instrument.music.tokens.meters import meter_at
from instrument.thinking.known.as_written import beginning, controls_of, read_known, semitones_up, spliced
from instrument.thinking.known.written_chords import written_chords
from instrument.thinking.spans.announced import reached
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.set_keys import with_key
from instrument.thinking.spans.writer import Writer, WriteRequest, header

NONE = (0, -1)  #: no known tune


class KnownPlan(Protocol):
    """Plan of a known tune. thread: the thinker's."""

    writer: Writer
    arrangement: Arrangement
    snapshot: Snapshot
    of: SetPlace
    tune: int
    place: Place
    known: tuple[int, int] = NONE  #: under way: which calling for it, and which tune of the repertoire

    def _next_first(self) -> int: ...

    @property
    def repertoire(self) -> KnownTunes | None:
        """What there is to play, while it is to be played."""
        return self.snapshot.known if self.snapshot.playing_known else None

    @property
    def _as_written(self) -> KnownTune | None:
        """The tune under way, where it is played as somebody wrote it."""
        there = self.repertoire
        return there.tune(self.known[1]) if there is not None and self.known[0] and not there.like else None

    def _next_known(self) -> None:
        """Another tune begins: the one that was called for, or the next of the repertoire."""
        there = self.repertoire
        if there is None:
            self.known = NONE
        elif self.known[0] != there.load or there.like:
            self.known = there.load, there.at
        else:
            self.known = there.load, there.following(self.known[1])

    def _called(self, snapshot: Snapshot, before: Snapshot) -> bool:
        """Whether another known tune has been called for, or composed ones instead."""
        return snapshot.playing_known != before.playing_known

    def _in_key(self, snapshot: Snapshot, tune: int) -> Snapshot:
        """The controls in the key of tune number `tune` of the set."""
        there = self.repertoire
        if there is None or not self.known[0]:
            return with_key(snapshot, tune, self.arrangement.keys, self._first_of(tune))
        return controls_of(snapshot, there, self.known[1] if tune == self.tune else there.following(self.known[1]))

    def _first_of(self, tune: int) -> int:
        """Number of the first tune of the set that tune number `tune`, the one under way or the next, belongs to."""
        return self.of.first if tune <= self.tune else self._next_first()

    def _first_request(self, controls: Snapshot) -> WriteRequest:
        """What is to be written of a tune that begins."""
        if (tune := self._as_written) is not None:
            return WriteRequest(controls, self.tune, tune.tokens, known=tune.tokens)
        there = self.repertoire
        if there is None:
            return WriteRequest(controls, self.tune, header(controls))
        like = there.tune(self.known[1])
        return WriteRequest(controls, self.tune, beginning(like.tokens), plan=like.plan or read_known(like.tokens)[1])

    def _request_again(self, tune: KnownTune, controls: Snapshot, after: Span | None = None) -> WriteRequest:
        """Another time through a known tune, or (after) the one under way, whose announced bars stand."""
        stands = 0 if after is None else reached(after) + 1
        texts = spliced(after.written, tune.tokens, stands) if after is not None else tune.tokens
        return WriteRequest(controls, self.tune, texts, time=self.of.time, stands=stands, known=tune.tokens)

    def _known_up(self, key: Key) -> int | None:
        """Semitones from the tokens to how they sound; None for a tune that is composed."""
        if (tune := self._as_written) is None:
            return None
        return semitones_up(tune, key, self.arrangement.octaves.get("melody", 0), self.arrangement.compass)

    def _is_miscounted(self, measure: Measure, bar: int) -> bool:
        """Whether a short measure simply does not add up: nothing behind it makes up for it. bar: ticks"""
        if self._as_written is None:
            return False
        measures = self.writer.measures()
        after = follow(measures, self.place).measure
        return after < len(measures) and measures[after].length != bar - measure.length

    def _chords(self, measure: int, begins: int, ends: int, key: Key) -> tuple[PlacedChord, ...]:
        """Those that somebody wrote over a measure that sounds from `begins` to `ends`."""
        tune = self._as_written
        return written_chords(tune, measure, begins, ends, key) if tune is not None and tune.chords else ()

    def _ornaments(self, measure: int, begins: int) -> tuple[tuple[int, str], ...]:
        """Those that somebody wrote over a measure whose first note or rest falls on `begins`."""
        tune = self._as_written
        return tuple((begins + at, text) for where, at, text in tune.ornaments if where == measure) if tune else ()

    def _meter_at(self, measure: int) -> Meter:
        """The meter in force at a measure as written."""
        if self._as_written is None:
            return Meter.parse(self.writer.texts[0][2:])
        return meter_at(self.writer.texts, self.writer.measures(), measure)
