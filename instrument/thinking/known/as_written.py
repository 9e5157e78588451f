"""Known tunes in the plan: their tokens, keys and pitch, and a writer that has nothing to compose. No torch."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.music.dances.dance_meters import dance_in
from instrument.music.key import Key, key_on
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.plan import Plan
from instrument.music.repertoire.known_tune import KnownTune, KnownTunes
from instrument.music.sounds.compass import Compass
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.tokens import STOP
from instrument.thinking.form.reading import plan_of

OCTAVES = (0, -1, 1, -2, 2)  #: by which a tune is moved as a whole where its instrument has not all its notes
BEGINNING = 2  #: whole bars that a tune like another takes over from it


class AsWritten:
    """A `Writer` of a tune that is known: everything is written from the first, and nothing is ever added."""

    whole = True

    def __init__(self, texts: Sequence[str]) -> None:
        """texts: `M:` and `K:` first, `</s>` last."""
        self.texts = tuple(texts)
        self._measures, self.plan = read_known(self.texts)

    def measures(self) -> tuple[Measure, ...]:
        return self._measures

    def measure(self, index: int) -> Measure | None:
        return self._measures[index] if index < len(self._measures) else None

    def cut(self, tokens: int) -> None:
        """It stands."""


@functools.lru_cache(maxsize=32)
def read_known(texts: tuple[str, ...]) -> tuple[tuple[Measure, ...], Plan]:
    """The measures of a whole tune, and the plan that is read off them; () where its meter changes half way."""
    tune = read_tune([text for text in texts if text != STOP], strict=False)
    plan = () if any(text.startswith("M:") for text in texts[1:]) else plan_of(tune)
    return tune.measures, plan


def beginning(texts: tuple[str, ...]) -> tuple[str, ...]:
    """A tune's tokens up to the end of its second whole bar: what a tune like it begins with."""
    measures, _ = read_known(texts)
    bar, count = Meter.parse(texts[0][2:]).bar, 0
    for measure in measures:
        count += measure.length == bar
        if count == BEGINNING:
            return texts[: measure.last]
    return texts[:2]


def spliced(announced: Sequence[str], texts: Sequence[str], stands: int) -> tuple[str, ...]:
    """A known tune of which the first `stands` measures are as they were announced."""
    if not stands:
        return tuple(texts)
    body = tuple(text for text in announced if text != STOP)
    before, after = read_tune(body, strict=False).measures, read_known(tuple(texts))[0]
    if len(before) < stands or len(after) < stands:
        return tuple(texts)
    return (*texts[:2], *body[2 : before[stands - 1].last], *texts[after[stands - 1].last :])


def controls_of(snapshot: Snapshot, known: KnownTunes, number: int) -> Snapshot:
    """The controls as they are for one tune of a repertoire: in its own meter, as its own dance, in its own key; where
    the performer has turned that, moved as far as the one that was called for."""
    tune, asked = known.tune(number), snapshot.key
    own = Key.parse(known.key or known.tune(known.at).key)
    meter, key = tune.head()
    up = (asked.tonic - own.tonic) % 12
    if number == known.at:
        key = tune.key_at(asked) if up else key
    elif up:
        key = key_on(key.tonic + up, key.mode)
    dance = dance_in(meter, tune.dance)
    return replace(
        snapshot, values={**snapshot.values, "tune.meter": str(meter), "tune.key": str(key), "tune.dance": dance}
    )


def semitones_up(tune: KnownTune, key: Key, octave: int, compass: Compass | None) -> int:
    """From its tokens to how it sounds; moved by octaves, all of it, to where most of its notes lie in the compass."""
    up = tune.semitones_at(key, octave)
    if compass is None:
        return up
    pitches = [note.pitch + up for measure in read_known(tune.tokens)[0] for note in measure.notes]

    def outside(octaves: int) -> int:
        return sum(not compass[0] <= pitch + 12 * octaves <= compass[1] for pitch in pitches)

    return up + 12 * min(OCTAVES, key=outside)  # of equals the first, which is nearest
