"""Bar lines under the hands: phrases of real tunes, with and without a pick-up, played with nobody giving a beat.

The tunes are those of the books that were kept out. A phrase of 2, 4 or 8 bars ends before the next one's pick-up. The
hand is 12 ms uneven and wanders in tempo by 0.4 % a note; its tempo is not the one that is set.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from instrument.music.analysis.melody import melody
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.music.tokens.bars import Tune, read_tune
from instrument.networks.folk.vocabulary_file import vocabulary_of
from instrument.networks.weight_files import FOLDER
from instrument.playing.time.pulse import Pulse
from instrument.workshop.books.corpus import default_files, gather
from instrument.workshop.books.split import listed

EXPECTED = 112.0  #: bpm that is set
PLAYED = (90, 120, 160)  #: bpm of the hand
UNEVEN, WANDERS = 0.012, 0.004  #: seconds; a share of the tempo
BARS = (2, 4, 8)
ACCENT, SOFT = 100, 84  #: velocities on a bar line, and elsewhere; each off by some
METERS = ("4/4", "2/4", "6/8", "9/8", "12/8", "3/4")
MOST = 60  #: phrases of one kind
SHARE = 3  #: of every so many files of the books one is read
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Played:
    """Phrase as it was played by hand. places: of its notes in ticks from the first bar line; pitches: one each."""

    meter: Meter
    bars: int
    places: tuple[int, ...]
    pitches: tuple[int, ...]

    @property
    def pickup(self) -> bool:
        """Whether it begins before its first bar line."""
        return self.places[0] < 0


def bench_answer(seconds: int, say: Say) -> dict[str, float]:
    """Figures `answer.KIND_BARS_at_BPM`: share of phrases whose bar lines are found, of KIND "pickup" and "plain", and
    `answer.accents_...` where the hand leans on the bar lines. seconds: not used; it takes a minute or two."""
    corpus, sides = gather(default_files()[::SHARE], vocabulary_of(FOLDER / "folk").texts), listed()
    kept_out = [read_tune(found) for name, found in corpus.tunes if sides.get(name, "train") != "train"]
    random.Random(1).shuffle(kept_out)
    phrases = list(_chosen(kept_out))
    figures = dict[str, float]()
    for bpm in PLAYED:
        for accents in (False, True):
            if accents and bpm != 120:
                continue
            right, tried = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
            for seed, phrase in enumerate(phrases):
                kind = ("pickup" if phrase.pickup else "plain", phrase.bars)
                tried[kind] += 1
                right[kind] += found(phrase, bpm, accents, seed)
            for (kind_name, bars), count in sorted(tried.items()):
                name = f"answer.{'accents_' * accents}{kind_name}_{bars}_at_{bpm}"
                figures[name] = right[kind_name, bars] / count
            say(f"at {bpm} bpm{', with accents' * accents}: " + ", ".join(
                f"{kind_name} of {bars} bars {right[kind_name, bars]} of {count}"
                for (kind_name, bars), count in sorted(tried.items())))  # fmt: skip
    return figures


def found(phrase: Played, bpm: float, accents: bool, seed: int) -> bool:
    """Whether every note of a phrase is found where it is written, bar lines too, when a hand plays it."""
    rng, pulse, at, tempo = random.Random(seed), Pulse(EXPECTED, phrase.meter), 10.0, float(bpm)
    last = phrase.places[0]
    for place, pitch in zip(phrase.places, phrase.pitches, strict=True):
        tempo *= 1 + rng.gauss(0, WANDERS)
        at, last = at + (place - last) / QUARTER * 60 / tempo, place
        velocity = ACCENT if accents and place % phrase.meter.bar == 0 else SOFT
        pulse.strike(at + rng.gauss(0, UNEVEN), pitch, round(velocity + rng.gauss(0, 6)))
    return pulse.places() == list(phrase.places)


def _chosen(tunes: list[Tune]) -> Iterator[Played]:
    """Some of each kind: so many bars, with and without a pick-up."""
    count = Counter[tuple[int, bool]]()
    for tune in tunes:
        for bars in BARS:
            for phrase in beginnings(tune, bars):
                if count[bars, phrase.pickup] < MOST:
                    count[bars, phrase.pickup] += 1
                    yield phrase


def beginnings(tune: Tune, bars: int) -> Iterator[Played]:
    """The first bars of a tune as they are, and without its pick-up where it has one. Pure."""
    meter = tune.meter
    first = tune.measures[0].length
    before = first if first < meter.bar else 0
    notes = [(note.start - before, note.pitch) for note in melody(tune)]
    for pickup in sorted({before, 0}):
        stop = bars * meter.bar - pickup
        chosen = [(place, pitch) for place, pitch in notes if -pickup <= place < stop]
        whole = notes[-1][0] >= stop and str(meter) in METERS and pickup % EIGHTH == 0
        if whole and len(chosen) > 3 and chosen[0][0] == -pickup:
            yield Played(meter, bars, tuple(place for place, _ in chosen), tuple(pitch for _, pitch in chosen))
