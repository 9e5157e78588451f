"""`run.py train first`: the tables of the first voice, counted in the sopranos of the training chorales.

The key of a chorale is taken from its end: the last bass note is the tonic, and the third that sounds the more often
says whether it is minor. Notes outside the scale are left out. The exponents are those under which the product says the
held-out sopranos best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from instrument.networks.chorale.first_voice import (
    BEAT,
    DOWN,
    EIGHTH,
    EXPERTS,
    HIGH,
    LOW,
    MAJOR,
    MINOR,
    OLDEST,
    OTHER,
    SHAPES,
    START,
    FirstVoice,
    interval_class,
    save,
)
from instrument.networks.chorale.tokens import BASS, LOWEST, ONSET, SOPRANO
from instrument.workshop.chorale.corpus import Chorale, load_chorales
from instrument.workshop.chorale.split import sided

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
TRIED = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)  #: exponents
RARE = 0.1  #: added to every count


def train_first(out: Path, report: Callable[[str], None], command: str) -> dict[str, float]:
    """Count, fit, write. Returns nats a note on the held-out side, of the product and of each expert by itself."""
    sides = sided(load_chorales(report=report).chorales)
    voice = counted(sides["train"])
    heldout = list(notes(sides["valid"]))
    best, exponents = min((nats(voice, heldout, dict(zip(EXPERTS, tried, strict=True))), tried)
                          for tried in product(TRIED, repeat=len(EXPERTS)))  # fmt: skip
    found = {"first.nats_per_note": float(best)}
    for name in EXPERTS:
        found[f"first.nats.{name}"] = nats(voice, heldout, {n: float(n == name) for n in EXPERTS})
    voice = FirstVoice(voice.beat, voice.contour, voice.key, voice.absolute, dict(zip(EXPERTS, exponents, strict=True)))
    about = (
        f"Counts of {len(sides['train'])} sopranos of Bach's chorales, from music21's corpus; no music is in them. "
        f"{best:.3f} nats a note on {len(sides['valid'])} chorales held out."
    )
    save(voice, out, {"name": "First voice", "about": about, "command": command})
    report(f"{about} Written to {out}")
    return found


def counted(chorales: Sequence[Chorale]) -> FirstVoice:
    """The tables, with exponents of one."""
    tables = {name: np.full(shape, RARE) for name, shape in SHAPES.items()}
    struck = np.full((*SHAPES["beat"], 2), RARE)
    for chorale in chorales:
        age = OLDEST
        for step, token in enumerate(chorale.voices[SOPRANO]):
            struck[place_of(chorale, step), min(age, OLDEST) - 1, int(token >= ONSET)] += 1
            age = 1 if token >= ONSET else age + 1
    for pitch, height, here, interval, mode, place in notes(chorales):
        row = START if interval is None else interval_class(interval)
        if here is not None:
            tables["contour"][row, interval_class(height - here)] += 1
        tables["key"][mode, int(place > BEAT), height % 7] += 1
        tables["absolute"][min(HIGH, max(LOW, pitch)) - LOW] += 1
    for name in ("contour", "key", "absolute"):
        tables[name] = np.log(tables[name] / tables[name].sum(-1, keepdims=True))
    beat = struck[..., 1] / struck.sum(-1)
    return FirstVoice(beat, tables["contour"], tables["key"], tables["absolute"], dict.fromkeys(EXPERTS, 1.0))


Heard = tuple[int, int, int | None, int | None, int, int]  #: pitch, height, here, interval, mode, place


def notes(chorales: Iterable[Chorale]) -> Iterator[Heard]:
    """Every soprano note within the scale, with what the experts are told of it."""
    for chorale in chorales:
        tonic, mode = key_of(chorale)
        here: int | None = None
        interval: int | None = None
        for step, token in enumerate(chorale.voices[SOPRANO]):
            if token < ONSET:
                continue
            pitch = token - ONSET + LOWEST
            octave, above = divmod(pitch - tonic, 12)
            if above not in SCALES[mode]:
                continue
            height = 7 * octave + SCALES[mode].index(above)
            yield pitch, height, here, interval, mode, place_of(chorale, step)
            interval = None if here is None else height - here
            here = height


def key_of(chorale: Chorale) -> tuple[int, int]:
    """Tonic, 0..11, and MAJOR or MINOR."""
    last = [t for t in chorale.voices[BASS] if t >= ONSET][-1]
    tonic = (last - ONSET + LOWEST) % 12
    classes = [(t - ONSET + LOWEST - tonic) % 12 for voice in chorale.voices for t in voice if t >= ONSET]
    return tonic, MINOR if classes.count(3) > classes.count(4) else MAJOR


def place_of(chorale: Chorale, step: int) -> int:
    """Where in the bar a step falls, in four steps a quarter note."""
    place = chorale.places[step]
    return DOWN if place == 0 else BEAT if place % 4 == 0 else EIGHTH if place % 2 == 0 else OTHER


def nats(voice: FirstVoice, heard: Sequence[Heard], exponents: dict[str, float]) -> float:
    """Mean of minus the log-probability of each note among those of its scale within the soprano's range."""
    total = 0.0
    for pitch, height, here, interval, mode, place in heard:
        tonic = pitch - 12 * (height // 7) - SCALES[mode][height % 7]
        heights = np.array([h for h in range(height - 20, height + 21)
                            if LOW <= tonic + 12 * (h // 7) + SCALES[mode][h % 7] <= HIGH])  # fmt: skip
        pitches = np.array([tonic + 12 * (h // 7) + SCALES[mode][h % 7] for h in heights.tolist()])
        said = voice.logs(heights, pitches, here, interval, mode, place)
        logs = np.sum([exponents[name] * said[name] for name in EXPERTS], axis=0)
        if height in heights.tolist():
            total -= logs[heights.tolist().index(height)] - np.log(np.exp(logs).sum())
    return float(total / max(1, len(heard)))
