"""Harmoniser: voices under a composed tune, a span at a time, the melody that follows known. A pure function; no torch.

What a span's voices are depends on its melody, on the melody of the span after it, on the controls, and on the last
steps of the span before as it carries them (`Span.parts`): nothing else, so whatever the order in which bars are
thought, the same seed gives the same voices, and a restarted thinker goes on as the first would have.

Every voice is struck anew at a span's start and ends within it, so that each span stands by itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from instrument.controls.explanations import Reason
from instrument.controls.snapshot import Snapshot
from instrument.music.chord import PlacedChord
from instrument.music.events import Note, Span
from instrument.music.grid import Grid, grid, tactus
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.networks.chorale.chord_classes import classes_like
from instrument.networks.chorale.history import AHEAD, UNHEARD, Moment
from instrument.networks.chorale.tokens import CHAIN, HOLD, LOWEST, NAMES, ONSET, REST, token
from instrument.thinking.spans.arrange import Arrangement, accent, within
from instrument.thinking.voices.choir import Choir, Standing, VoiceTaste
from instrument.thinking.voices.octave_fold import Fold
from instrument.thinking.voices.reasons import reasons

KEPT = 32  #: steps that a span carries
WIDER = 2  #: times as many chords are weighed as live: there is time
SOFTER = 0.72  #: of the accents of the dance
TUNES = 2**33  #: keeps these random numbers apart from others of the same seed
MINOR = ("min", "dor", "phr", "loc")


class Harmoniser:
    """Harmoniser of composed tunes. thread: the thinker's. Some 3 ms a step; a bar of a reel has 8 or 16."""

    def __init__(self, choir: Choir, arrangement: Arrangement) -> None:
        self.choir = choir
        self._up = {voice: 12 * arrangement.octaves.get(NAMES[voice], 0) for voice in CHAIN}

    def accompany(
        self, span: Span, following: Span | None, before: Span | None, snapshot: Snapshot, taste: VoiceTaste,
        voices: tuple[str, ...],
    ) -> tuple[Span, tuple[Reason, ...]]:  # fmt: skip
        """The span with its voices added, and why. voices: which of them sound."""
        meter, key = Meter.parse(span.meter), Key.parse(span.key)
        lay = grid(meter, tactus(str(snapshot.values["harmony.tactus"]), meter, snapshot.number("clock.bpm")),
                   span.end + span.lacking, span.bar + 1)  # fmt: skip
        parts = before.parts if before is not None and before.end == span.start else ()
        fold = _folding(parts, span, following)
        melody = steps_of(span, lay, fold)
        later = steps_of(following, lay, fold) if following is not None and following.meter == span.meter else []
        told = [s for _, s in melody[1:]] + [s for _, s in later]
        choir = self.choir.at(snapshot.number("harmony.style"))
        standing = _replay(choir, parts)
        wide = replace(taste, beam=min(128, WIDER * taste.beam))
        steps: list[tuple[int, ...]] = []
        why: list[Reason] = []
        for place, (step, soprano) in enumerate(melody):
            moment = self._moment(lay, step, key, told[place:])
            ready = choir.ready(standing, moment)
            silent = soprano == REST and all(s == REST for _, s in melody[:place])
            given = dict.fromkeys(CHAIN, REST) if silent else dict.fromkeys(CHAIN, HOLD) if soprano == REST else None
            bits = np.random.Philox(key=[snapshot.seed, TUNES + span.tune], counter=[0, span.bar, place, 0])
            chance = np.random.Generator(bits).random((3, 1 + wide.beam))
            under = _under(span.chords, lay.tick(step), key)
            chord = choir.choose(
                ready, soprano, wide, chance, given, anew=place == 0 and given is None, under=under
            )  # fmt: skip
            standing = choir.close(ready, chord)
            why += reasons(chord, ready, lay.tick(step), choir, fold.shift, self._up)
            steps.append((*chord.tokens, lay.place(step), lay.beats, lay.compound, fold.shift))
        placed = [(step, row) for (step, _), row in zip(melody, steps, strict=True)]
        notes = self._notes(span, lay, placed, fold.shift, voices)
        kept = (*parts, *steps)[-KEPT:]
        sounding = [r for r in why if r.voice in voices]
        return replace(span, notes=(*span.notes, *notes), parts=kept), tuple(sounding)

    def _moment(self, lay: Grid, step: int, key: Key, told: list[int]) -> Moment:
        """A step whose melody is known ahead: a bar of it, or a beat."""
        moment = Moment.at(lay.place(step), lay.beats, lay.compound).with_key(key.tonic, key.mode in MINOR)
        horizon, reach = (2, AHEAD) if len(told) >= AHEAD else (1, 4)
        ahead = np.full((1, AHEAD), UNHEARD, np.int16)
        ahead[0, : len(told[:reach])] = told[:reach]
        return replace(moment, horizon=np.full(1, horizon, np.int16), ahead=ahead)

    def _notes(
        self, span: Span, lay: Grid, steps: list[tuple[int, tuple[int, ...]]], shift: int, voices: tuple[str, ...]
    ) -> list[Note]:
        """The sounding voices' notes. shift: semitones from what sounds to what the models hear."""
        found: list[Note] = []
        meter = Meter.parse(span.meter)
        barline = span.end + span.lacking
        for voice in CHAIN:
            if NAMES[voice] not in voices:
                continue
            up = self._up[voice] - shift
            begun: tuple[int, int] | None = None
            ticks = [max(lay.tick(step), span.start) for step, _ in steps]
            for tick, now in [*zip(ticks, (row[voice] for _, row in steps), strict=True), (span.end, REST)]:
                if now == HOLD:
                    continue
                if begun is not None and tick > begun[0]:
                    start, pitch = begun
                    loud = round(SOFTER * accent(start - barline, meter))
                    found.append(Note(start, tick - start, within(pitch + up), loud, NAMES[voice]))
                begun = (tick, now - ONSET + LOWEST) if now >= ONSET else None
        return found


def _replay(choir: Choir, parts: tuple[tuple[int, ...], ...]) -> Standing:
    """Where the voices stand after these steps."""
    standing = choir.start()
    for soprano, alto, tenor, bass, place, beats, compound, _ in parts:
        ready = choir.ready(standing, Moment.at(place, beats, bool(compound)))
        standing = choir.follow(ready, (soprano, alto, tenor, bass))
    return standing


def steps_of(span: Span, lay: Grid, fold: Fold) -> list[tuple[int, int]]:
    """(step, soprano token) of each grid step in a span. A note belongs to the step it is nearest to; of several, the
    one that is nearest of all, then the longest. Pure."""
    first = lay.under(span.start)
    first += lay.tick(first) < span.start
    last = lay.under(span.end - 1)
    best: dict[int, tuple[int, int, Note]] = {}
    melody = sorted((n for n in span.notes if n.voice == "melody"), key=lambda n: (n.start, -n.pitch))
    for note in melody:
        step = min(max(lay.step(note.start), first), last)
        rank = (abs(lay.tick(step) - note.start), -note.duration)
        if step not in best or rank < best[step][:2]:
            best[step] = (*rank, note)
    found, ends = [], span.start
    for step in range(first, last + 1):
        if step in best:
            note = best[step][2]
            found.append((step, token(fold.fold(note.pitch))))
            ends = max(n.end for n in melody if n.start <= note.start)
        else:
            half = (lay.tick(step + 1) - lay.tick(step)) // 2
            found.append((step, HOLD if lay.tick(step) < ends + half and ends > span.start else REST))
    return found


def _under(chords: tuple[PlacedChord, ...], tick: int, key: Key) -> frozenset[int]:
    """Classes of the chord that the backer has at a tick; none where he has none. An open fifth may be either."""
    for placed in chords:
        if placed.begins <= tick < placed.ends and not placed.chord.silent:
            return classes_like(placed.chord.classes, placed.chord.root, key.tonic)
    return frozenset()


def _folding(parts: tuple[tuple[int, ...], ...], span: Span, following: Span | None) -> Fold:
    """The octave the melody is moved by, which changes only when it clearly must."""
    fold = Fold(parts[-1][-1] if parts else 0)
    spans = [span] if following is None else [span, following]
    for note in sorted((n for s in spans for n in s.notes if n.voice == "melody"), key=lambda n: n.start):
        fold.hear(note.pitch)
    return fold
