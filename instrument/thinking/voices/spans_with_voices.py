"""A planner with voices: each span gets its accompaniment once the span after it is known. No torch.

It stands in for a planner, goes back as one does, and asks the planner for one measure more than it gives away. With
the voices off it is the planner, and nothing else is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from instrument.controls.explanations import ChordReason, Reason
from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.files.patterns import playable
from instrument.music.backing.of_span import backers
from instrument.music.cues import of_those
from instrument.music.events import Span
from instrument.music.measure import Measure
from instrument.thinking.chords.span_chords import SpanChords, load_product, wants_chords, with_chords
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.backed import backed
from instrument.thinking.spans.live_arrangement import arranged
from instrument.thinking.spans.planner import Planner
from instrument.thinking.voices.accompanist import taste
from instrument.thinking.voices.choir import Choir
from instrument.thinking.voices.harmoniser import Harmoniser
from instrument.thinking.voices.tonic_chord import settled


def wanted(snapshot: Snapshot, there: Iterable[str]) -> tuple[str, ...]:
    """The voices that harmonise a composed tune. there: those the patch has. Pure."""
    if not snapshot.values["harmony.on"] or snapshot.led:
        return ()
    return of_those(int(snapshot.values["harmony.voices"]), there)


def with_voices(
    spans: Sequence[Span], load: Callable[[], Choir], arrangement: Arrangement, snapshot: Snapshot
) -> tuple[Span, ...]:
    """Spans that are all known, as an opening's, with their voices."""
    arrangement = arranged(arrangement, snapshot)
    voices, found = wanted(snapshot, arrangement.octaves), list[Span]()
    if spans and (voices or wants_chords(snapshot, arrangement.octaves)):
        spans = with_chords(spans, snapshot)
    harmoniser = Harmoniser(load(), arrangement) if voices and spans else None
    for place, span in enumerate(spans):
        following = spans[place + 1] if place + 1 < len(spans) else None
        if harmoniser is not None:
            before = found[-1] if found else None
            span = harmoniser.accompany(span, following, before, snapshot, taste(snapshot), voices)[0]
        found.append(backed(span, following, snapshot, arrangement.octaves, playable())[0])
    return tuple(found)


class SpansWithVoices:
    """Planner with accompaniment. thread: the thinker's."""

    def __init__(self, planner: Planner, load: Callable[[], Choir], arrangement: Arrangement) -> None:
        """load: the choir, asked for once: by `prepare`, or when there are voices."""
        self.planner, self.arrangement = planner, arrangement
        self.why: tuple[Reason, ...] = ()  #: of the span given last
        self.why_chords: tuple[ChordReason, ...] = ()  #: of its chords
        self._load = load
        self._choir: Choir | None = None
        self._prepared = False
        self._chords = SpanChords(load_product)
        self._why_coming: list[tuple[ChordReason, ...]] = []  # of `_coming`
        self._harmoniser: Harmoniser | None = None
        self._octaves: dict[str, int] = {}  # that it was made for
        self._coming: list[Span] = []  # composed, not yet given away
        self._before: Span | None = None  # given away last
        self._from = 0  # tick from which on it was asked for
        self.said = ""  #: one line that is still to be told, or ""
        self._told = ""  # what was said last

    def prepare(self) -> None:
        """Load the choir in its styles, once: nothing is late when voices are turned on, or added to the patch. One
        that cannot be loaded is missed when it is needed, not before. blocks: some 150 ms."""
        if not self._prepared:
            self._prepared = True
            with suppress(OSError, ValueError):
                self._loaded().read_ahead()

    def _loaded(self) -> Choir:
        if self._choir is None:
            self._choir = self._load()
        return self._choir

    @property
    def plan(self) -> int:
        return self.planner.plan

    @property
    def tick(self) -> int:
        """What has been given away reaches to here."""
        return self._coming[0].start if self._coming else self.planner.tick

    @property
    def tune(self) -> int:
        """Which tune the planner is at."""
        return self.planner.tune

    def rethink(self, request: Rethink) -> None:
        """Go back to `request.start`, tune and voices together."""
        self._coming, self._why_coming, self._before, self._from = [], [], request.after, request.start
        self.planner.rethink(request)
        if request.wanted > request.start:
            self._pass_over(request)

    def onward(self) -> Rethink:
        """The request for what comes behind the measure given last, under the same controls."""
        before, snapshot = self._before, self.planner.snapshot
        return Rethink(self.planner.plan, snapshot, before.end if before else self._from, before, snapshot)

    def _pass_over(self, request: Rethink) -> None:
        """Compose what ends by `request.wanted` and give nothing of it. The measure under way there begins there."""
        last = request.after
        self.compose()
        while self._coming[0].end <= request.wanted:
            last = self.give()
            self.compose()
        if self._coming[0].start < request.wanted:
            before = request.before if last is request.after else request.snapshot
            self._coming, self._why_coming, self._before = [], [], last
            self.planner.rethink(replace(request, start=request.wanted, after=last, before=before))

    def next_span(self) -> Span:
        """The measure played next, with its voices."""
        self.compose()
        return self.give()

    def compose(self) -> None:
        """Let the planner write as far as the next measure needs: with voices, one measure more."""
        while len(self._coming) < 1 + bool(self._voices() or self._backers()):
            span, why = self._with_chords(self.planner.next_span())
            self._coming.append(span)
            self._why_coming.append(why)

    def give(self) -> Span:
        """The measure played next, with its voices; it has been composed."""
        span, self.why, self.why_chords = self._coming.pop(0), (), self._why_coming.pop(0)
        if voices := self._voices():
            how = arranged(self.arrangement, self.planner.snapshot)
            if self._harmoniser is None or self._octaves != how.octaves:
                self._harmoniser, self._octaves = Harmoniser(self._loaded(), how), how.octaves
            snapshot = self.planner.snapshot
            span, self.why = self._harmoniser.accompany(
                span, self._coming[0], self._before, snapshot, taste(snapshot), voices
            )
            self.said = self._harmoniser.choir.told() or self.said
            if span.of_set.ending:
                span = settled(span, self._before, voices)
        span = self._backed(span)
        self._before = span
        return span

    def _with_chords(self, span: Span) -> tuple[Span, tuple[ChordReason, ...]]:
        """The span with its chords, where anybody plays, sings by or shows them, and why."""
        snapshot = self.planner.snapshot
        if not self._voices() and not wants_chords(snapshot, arranged(self.arrangement, snapshot).octaves):
            return span, ()
        writer = self.planner.writer

        def measures(last: int) -> Sequence[Measure]:
            writer.measure(last)
            return writer.measures()

        return self._chords.back(span, measures, snapshot)

    def _backed(self, span: Span) -> Span:
        """The span with its chords played."""
        octaves = arranged(self.arrangement, self.planner.snapshot).octaves
        if not self._backers():
            return span
        following = self._coming[0] if self._coming else None
        span, line = backed(span, following, self.planner.snapshot, octaves, playable())
        if line != self._told:
            self._told, self.said = line, line
        return span

    def _backers(self) -> tuple[str, ...]:
        snapshot = self.planner.snapshot
        return () if snapshot.led else backers(arranged(self.arrangement, snapshot).octaves, snapshot.values)

    def _voices(self) -> tuple[str, ...]:
        return wanted(self.planner.snapshot, arranged(self.arrangement, self.planner.snapshot).octaves)
