"""Voices under dances, which no chorale is: jigs and slip jigs beat in threes, and Bach's chorales never do.

The mapping of the beat is `music.grid`'s: a dotted quarter is the beat, its eighths fall on steps 0, 1 and 3. Every
fraction of a chorale is heard so in training, its pairs of eighths bent to long and short, so that the experts know a
beat in threes when they are told of one. Measured here on tunes from the books, live: with the mapping and told of it,
with the mapping alone, and with an eighth as half a quarter, as if the bar were in two or three plain beats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from instrument.music.grid import STEPS, Grid, grid
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.music.tokens.bars import Tune, read_tune
from instrument.networks.chorale.history import Moment
from instrument.networks.chorale.tokens import HOLD, ONSET, REST, token
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.voices.choir import Choir, VoiceTaste
from instrument.thinking.voices.octave_fold import Fold
from instrument.workshop.books.corpus import default_files, gather
from instrument.workshop.evaluate.chorale_live import sung
from instrument.workshop.evaluate.part_writing import Writing


@dataclass(frozen=True, slots=True)
class DanceMapping:
    """Mapping of a dance's meter to the chorale experts.

    meter: of the tunes; beat: ticks of the tactus; told: whether the experts hear that it falls into threes.
    """

    meter: str
    beat: int
    told: bool = True


WAYS = {
    "jig": DanceMapping("6/8", 3 * EIGHTH),
    "jig, not told": DanceMapping("6/8", 3 * EIGHTH, False),
    "jig, straight": DanceMapping("6/8", QUARTER),
    "slip jig": DanceMapping("9/8", 3 * EIGHTH),
    "slip jig, not told": DanceMapping("9/8", 3 * EIGHTH, False),
    "reel, quarters": DanceMapping("4/4", QUARTER),
    "reel, halves": DanceMapping("4/4", 2 * QUARTER),
    "waltz": DanceMapping("3/4", QUARTER),
}


def book_tunes(many: int) -> dict[str, list[Tune]]:
    """By meter, tunes from the books that pip brings, spread over them. Raises FileNotFoundError without them."""
    found: dict[str, list[list[str]]] = {way.meter: [] for way in WAYS.values()}
    for _, tokens in gather(default_files(), Vocabulary.shipped().texts).tunes:
        if (meter := tokens[0].removeprefix("M:")) in found:
            found[meter].append(tokens)
    return {meter: [read_tune(t) for t in of[:: max(1, len(of) // many)][:many]] for meter, of in found.items()}


def melody(tune: Tune, lay: Grid) -> list[int]:
    """A tune's tokens on the grid, each measure once, in the octave that the soprano sings in."""
    lead = tune.meter.bar - tune.measures[0].length if tune.measures[0].length < tune.meter.bar else 0
    total = lead + sum(measure.length for measure in tune.measures)
    found = [REST] * (lay.under(total - 1) + 1)
    fold, start = Fold(), lead
    for measure in tune.measures:
        for note in measure.notes:
            step, end = lay.step(start + note.start), lay.step(start + note.start + note.duration)
            if step < len(found):
                found[step] = token(fold.hear(note.pitch))
                found[step + 1 : min(end, len(found))] = [HOLD] * (min(end, len(found)) - step - 1)
        start += measure.length
    return found


def danced(choir: Choir, tunes: Sequence[Tune], way: DanceMapping, taste: VoiceTaste) -> dict[str, float]:
    """How the voices under these tunes are written: `part_writing`'s rates, and where in a beat they move."""
    writing, moves, melodies = Writing(), np.zeros(STEPS), 0
    for number, tune in enumerate(tunes):
        lay = grid(tune.meter, way.beat, 0)
        tokens = melody(tune, lay)
        compound = lay.compound and way.told
        about = [Moment.at(lay.place(step), lay.beats, compound) for step in range(len(tokens))]
        found = sung(choir, tokens, about, taste, number)
        writing.add(found, [lay.place(step) for step in range(len(found))], _key(tune))
        begins = found[:, 1:] >= ONSET
        for step in range(STEPS):
            moves[step] += begins[step::STEPS].sum()
        melodies += int((found[:, 0] >= ONSET).sum())
    return dict(_figures(writing, moves, float(moves.sum() / 3 / max(melodies, 1))))


def _figures(writing: Writing, moves: NDArray[np.float64], busy: float) -> Iterator[tuple[str, float]]:
    for name in ("named", "triads", "crossings"):
        yield f"{name}_percent", 100 * writing.rate(name)
    yield "outer_dissonance_percent", 100 * writing.rate("dissonant")
    yield "in_key_percent", 100 * writing.rate("in_key_alto", "in_key_tenor", "in_key_bass")
    yield "parallels_per_100_notes", 100 * (writing.rate("fifths") + writing.rate("octaves"))
    yield "notes_per_melody_note", busy
    yield "on_the_beat_percent", float(100 * moves[0] / max(moves.sum(), 1))
    yield "off_the_eighths_percent", float(100 * moves[2] / max(moves.sum(), 1))  # in threes: step 2 is no eighth


def _key(tune: Tune) -> tuple[int, bool]:
    """(tonic, minor) of the scale that a mode uses; minor proper may raise its sixth and seventh."""
    key = tune.mode
    if key.mode == "min":
        return key.tonic, True
    degrees = {"maj": 0, "dor": 2, "phr": 4, "lyd": 5, "mix": 7, "loc": 11}
    return (key.tonic - degrees[key.mode]) % 12, False
