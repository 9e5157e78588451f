"""`run.py study experts`: against certainty (Goree's worry), and dances, which no chorale is.

Certainty: what temperatures do to the likelihood and to variety: of the whole product, of pitches alone when a note is
chosen, of one expert at a time (a head's temperature t is an exponent of 1/t), and noise among the inputs, from the
rivals' run. Variety is how many chords on the beat differ between two harmonisations of one soprano, in per cent.
Dances: `chorale_dances`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from instrument.music.chorale.experts import EXPERTS
from instrument.networks.chorale.tokens import CHAIN, NAMES, STEPS
from instrument.networks.chorale.weights import SHIPPED, ExpertWeights, load
from instrument.thinking.voices.choir import Choir, VoiceTaste
from instrument.workshop.chorale.batches import held_out
from instrument.workshop.chorale.cached_logs import Spoken
from instrument.workshop.chorale.corpus import Chorale, Chorales, load_chorales
from instrument.workshop.chorale.encode import Setting
from instrument.workshop.chorale.jobs import filled, measured
from instrument.workshop.chorale.split import sided
from instrument.workshop.chorale.trainer import Report, loss
from instrument.workshop.evaluate.chorale_dances import WAYS, book_tunes, danced
from instrument.workshop.evaluate.chorale_live import bachs_key, choir_of, harmonise, rates
from instrument.workshop.evaluate.part_writing import Writing, sounding

TEMPERATURES = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5)
SHOWN = ("named_percent", "in_key_percent", "outer_dissonance_percent", "parallels_per_100_notes", "steps_percent")


def study_experts(
    report: Report, weights: Path | None = None, pieces: int = 12, tunes: int = 12, given: Chorales | None = None
) -> dict[str, float]:
    """Figures and lines. pieces: held-out sopranos; tunes: dances a meter, 0 for none. blocks: minutes."""
    loaded = load(weights or SHIPPED)
    test = sided((given or load_chorales(report=report)).chorales)["test"]
    figures = {**_losses(loaded, test, report), **_threes(loaded, test, report)}
    choir, some = choir_of(loaded), test[:: max(1, len(test) // pieces)][:pieces]
    figures.update(_written(choir, some, report))
    if tunes:
        figures.update(_dances(choir, tunes, report))
    return figures


def _losses(weights: ExpertWeights, chorales: Sequence[Chorale], report: Report) -> dict[str, float]:
    """Nats a step at each temperature, of the product and of each expert, the voices' mean."""
    found: dict[str, float] = {}
    parts = [Spoken(filled(v, weights.plan, weights.arrays), held_out(chorales, v)) for v in CHAIN]
    for temperature in TEMPERATURES:
        mean = sum(spoken.loss({}, temperature) for spoken in parts) / len(parts)
        found[f"experts.product_temperature.{temperature}.nats"] = mean
        told = [f"product {mean:.4f}"]
        for expert in EXPERTS:
            mean = sum(spoken.loss({expert: 1 / temperature}) for spoken in parts) / len(parts)
            found[f"experts.{expert}_temperature.{temperature}.nats"] = mean
            told.append(f"{expert} {mean:.4f}")
        report(f"temperature {temperature}, mean nats a step of three voices: {', '.join(told)}")
    return found


def _threes(weights: ExpertWeights, chorales: Sequence[Chorale], report: Report) -> dict[str, float]:
    """Held-out chorales as written, and bent into threes, told and not told of it."""
    found = {}
    for voice in CHAIN:
        model, row = filled(voice, weights.plan, weights.arrays), []
        plain = measured(voice, weights.plan, weights.arrays, {"test": chorales}, ("test",))["test"][0]
        for name, setting in (("told", Setting(compound=True)), ("not_told", Setting(compound=True, told=False))):
            value = loss(model, held_out(chorales, voice, setting=setting))
            found[f"experts.in_threes_{name}.nats_{NAMES[voice]}"] = value
            row.append(f"{name.replace('_', ' ')} {value:.4f}")
        report(f"{NAMES[voice]} in threes: {', '.join(row)}; as written {plain:.4f} nats a step")
    return found


def _written(choir: Choir, chorales: Sequence[Chorale], report: Report) -> dict[str, float]:
    """Writing and variety under the same sopranos, by temperature of pitches, of articulation, and of experts."""
    plain = VoiceTaste()
    tastes = {f"pitch temperature {t}": replace(plain, temperature=t) for t in TEMPERATURES}
    tastes |= {f"articulation {t}": replace(plain, articulation=t) for t in (0.5, 2.0)}
    tastes |= {f"beam {n}": replace(plain, beam=n) for n in (1, 32)}
    tastes |= {f"{e} off": replace(plain, faders={e: 0.0}) for e in EXPERTS}
    tastes |= {f"{e} temperature 2": replace(plain, faders={e: 0.5}) for e in EXPERTS}
    found: dict[str, float] = {}
    for name, taste in tastes.items():
        figures = {**written_twice(choir, chorales, taste)}
        found |= {f"experts.{name}.{key}": value for key, value in figures.items()}
        report(f"{name}: " + ", ".join(f"{key.replace('_', ' ')} {value:.2f}" for key, value in figures.items()))
    return found


def written_twice(choir: Choir, chorales: Sequence[Chorale], taste: VoiceTaste) -> dict[str, float]:
    """Each soprano harmonised with two seeds: how the first is written, and `variety_percent` between the two."""
    writing, apart, beats = Writing(), 0, 0
    for number, chorale in enumerate(chorales):
        one, two = (harmonise(choir, chorale, taste, 2 * number + seed) for seed in (1, 2))
        writing.add(one, chorale.places, bachs_key(chorale))
        on = np.array(chorale.places) % STEPS == 0
        different = (sounding(one)[0][on] != sounding(two)[0][on]).any(1)
        apart, beats = apart + int(different.sum()), beats + int(on.sum())
    shown = dict(rates(writing))
    return {"variety_percent": 100 * apart / beats, **{name: shown[name] for name in SHOWN}}


def _dances(choir: Choir, many: int, report: Report) -> dict[str, float]:
    books, found = book_tunes(many), dict[str, float]()
    for name, way in WAYS.items():
        figures: Mapping[str, float] = danced(choir, books[way.meter], way, VoiceTaste())
        found |= {f"experts.{name}.{key}": value for key, value in figures.items()}
        report(f"{name}: " + ", ".join(f"{key.replace('_', ' ')} {value:.2f}" for key, value in figures.items()))
    return found
