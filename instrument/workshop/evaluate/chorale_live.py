"""The lower voices under a soprano, as they are played live: a step at a time, nothing to come known.

The choosing is `thinking.voicing`'s, what plays; the writing is judged by `part_writing`, ours and Bach's by the
same functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from instrument.networks.chorale import cadence
from instrument.networks.chorale.history import MINOR, Moment, Whole
from instrument.networks.chorale.numpy_step import ProductStep
from instrument.networks.chorale.tokens import CHAIN, HOLD, NAMES, REST, SOPRANO
from instrument.networks.chorale.weights import SHIPPED, ExpertWeights, load
from instrument.networks.weight_files import numbers_file
from instrument.thinking.voices.choir import Choir, VoiceTaste
from instrument.workshop.chorale.corpus import Chorale
from instrument.workshop.chorale.encode import Setting, moments, tokens, whole_key
from instrument.workshop.cluster.kept import KeptResults
from instrument.workshop.cluster.tasks import Machines, Ready, Task, run_tasks
from instrument.workshop.evaluate.cadences import AUTHENTIC, ELSEWHERE, HALF, NAMELESS, closes
from instrument.workshop.evaluate.part_writing import Writing, key_of, sounding

#: closes under long notes: to the tonic, to any note that a dominant leads to, on the dominant, nameless
CLOSES = {"V_I": (AUTHENTIC,), "V_I_anywhere": (AUTHENTIC, ELSEWHERE), "half": (HALF,), "nameless": (NAMELESS,)}


def choir_of(weights: ExpertWeights) -> Choir:
    """The voices, ready to sing."""
    return Choir({voice: ProductStep(voice, weights.plan, weights.arrays) for voice in CHAIN}, cadence.load())


def told(about: dict[str, Whole], step: int) -> Moment:
    """One step of what `chorale_views.moments` gives, the key to be found by ear."""
    row = {name: values[step : step + 1] for name, values in about.items()}
    nought = np.zeros(1, np.int16)
    return Moment(**row, tonic=nought, mode=nought + 2)


def harmonise(
    choir: Choir, chorale: Chorale, taste: VoiceTaste, seed: int = 1, setting: Setting | None = None
) -> Whole:
    """[steps, 4]: the chorale's soprano and our voices under it. setting: how it is heard; the horizon is live."""
    setting = setting or Setting()
    melody = tokens(chorale, setting)[:, SOPRANO]
    about = moments(chorale, setting, melody)
    heard = [told(about, step) for step in range(len(melody))]
    if setting.key:
        tonic, minor = bachs_key(chorale)
        heard = [moment.with_key(tonic, minor) for moment in heard]
    return sung(choir, melody.tolist(), heard, taste, seed)


def sung(choir: Choir, melody: Sequence[int], about: Sequence[Moment], taste: VoiceTaste, seed: int = 1) -> Whole:
    """[steps, 4]: a melody's tokens and the voices under them, step by step.

    While the melody is silent the voices hold; before it begins they are silent.
    """
    chance = np.random.default_rng(seed)
    standing, found = choir.start(), np.empty((len(melody), 4), np.int16)
    begun = False
    for step, (soprano, moment) in enumerate(zip(melody, about, strict=True)):
        begun = begun or soprano > HOLD
        given = None if soprano != REST else dict.fromkeys(CHAIN, HOLD if begun else REST)
        ready = choir.ready(standing, moment)
        chord = choir.choose(ready, soprano, taste, chance.random((3, 1 + taste.beam)), given)
        standing = choir.close(ready, chord)
        found[step] = chord.tokens
    return found


def written(
    weights: Path | None, chorales: Sequence[Chorale], taste: VoiceTaste, seed: int = 1,
    machines: Machines = Machines(), kept: KeptResults | None = None,  # noqa: B008 - frozen
) -> tuple[Writing, Writing]:  # fmt: skip
    """How we write under these sopranos, and how Bach did; each piece in Bach's key, given as players give it.

    weights: the experts', None for the shipped ones; machines: where voices are written; kept: those that have been.
    """
    ours, bachs = Writing(), Writing()
    tasks = [Task(f"voices {number}", _voices, (number, taste, seed)) for number in range(len(chorales))]
    file = numbers_file(weights or SHIPPED, SHIPPED.name)
    ready = Ready(_begin, (weights.resolve() if weights else None, tuple(chorales)), {"the experts' weights": file})
    done = run_tasks(tasks, machines, "writing voices", ready, kept)
    for task, chorale in zip(tasks, chorales, strict=True):
        real, key = tokens(chorale, Setting()), bachs_key(chorale)
        found = np.array(done[task.name], np.int16)
        for writing, voices in ((bachs, real), (ours, found)):
            writing.add(voices, chorale.places, key)
            writing.closes += closes(voices, key[0])
    return ours, bachs


_here: tuple[Choir, Sequence[Chorale]]  # of a process that writes voices


def _begin(weights: Path | None, chorales: Sequence[Chorale]) -> None:
    global _here
    _here = choir_of(load(weights or SHIPPED)), chorales


def _voices(number: int, taste: VoiceTaste, seed: int) -> list[list[int]]:
    """[steps, 4]: ours under one soprano."""
    choir, chorales = _here
    found: list[list[int]] = harmonise(choir, chorales[number], taste, seed * 1000 + number, Setting(key=True)).tolist()
    return found


def bachs_key(chorale: Chorale) -> tuple[int, bool]:
    """(tonic, minor) of a chorale, from all that Bach wrote."""
    real = tokens(chorale, Setting())
    tonic, mode = whole_key(real)
    return key_of(*sounding(real), (tonic, mode == MINOR))


def rates(writing: Writing) -> Iterator[tuple[str, float]]:
    """The figures of a writing, by name: per 100 notes, or per cent."""
    voices = [NAMES[v] for v in CHAIN]
    yield "parallels_per_100_notes", 100 * (writing.rate("fifths") + writing.rate("octaves"))
    yield "fifths_per_100_notes", 100 * writing.rate("fifths")
    yield "octaves_per_100_notes", 100 * writing.rate("octaves")
    for name in ("crossings", "wide", "named", "triads"):
        yield f"{name}_percent", 100 * writing.rate(name)
    yield "outer_dissonance_percent", 100 * writing.rate("dissonant")
    for name in ("in_key", "steps", "leaps"):
        yield f"{name}_percent", 100 * writing.rate(*(f"{name}_{voice}" for voice in voices))
    many = max(1, writing.closes.total())
    for name, kinds in CLOSES.items():
        yield f"long_notes_{name}_percent", 100 * sum(writing.closes[kind] for kind in kinds) / many
    for voice in voices:
        yield f"in_key_{voice}_percent", 100 * writing.rate(f"in_key_{voice}")
        yield f"notes_{voice}_per_soprano_note", writing.rate(f"notes_{voice}")
