"""`run.py study voices`: how the voices are written under composed tunes, by meter and by what counts as the beat.

No chorale is a jig: its eighths are laid on the steps of a chorale's beat (`music.grid`), and which note value is that
beat sets how often the voices move. The same pure functions that judge chorales judge what comes of it; what they count
as a beat is the tactus.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.grid import STEPS, grid, tactus
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.planner import Planner
from instrument.thinking.tune.loader import WriterFactory, load_memory
from instrument.thinking.voices.accompanist_process import load_choir
from instrument.thinking.voices.harmoniser import MINOR, steps_of
from instrument.thinking.voices.octave_fold import Fold
from instrument.thinking.voices.spans_with_voices import SpansWithVoices
from instrument.workshop.evaluate.part_writing import Writing

BARS = 64
ASKED = (  # name, meter, quarter notes a minute, tactus
    ("reel", "4/4", 208.0, "auto"), ("reel_quarter", "4/4", 208.0, "quarter"),
    ("polka", "2/4", 120.0, "auto"), ("waltz", "3/4", 140.0, "auto"), ("jig", "6/8", 174.0, "auto"),
    ("jig_eighth", "6/8", 174.0, "eighth"), ("slip_jig", "9/8", 174.0, "auto"),
)  # fmt: skip
KEYS = ("D major", "G major", "E dorian", "A minor")
ALL = Arrangement({"melody": 0, "alto": 0, "tenor": 0, "bass": 0})


def study_voices(report: Callable[[str], None], weights: Path | None = None) -> dict[str, float]:
    """Figures `voices.<dance>.<name>`: per cent, or per 100 notes. weights: of the experts."""
    writers, choir = WriterFactory(load_memory(ModelChoice(None, "cpu"))), load_choir(weights)
    figures: dict[str, float] = {}
    for name, meter, bpm, counted in ASKED:
        writing = Writing()
        for seed, key in enumerate(KEYS, 1):
            asked = [("tune.seed", seed), ("tune.meter", meter), ("tune.key", key), ("clock.bpm", bpm),
                     ("harmony.tactus", counted)]  # fmt: skip
            snapshot = Snapshot().with_values(asked)
            ensemble = SpansWithVoices(Planner(writers, ALL, snapshot), lambda: choir, ALL)
            _count(ensemble, snapshot, writing)
        found = {
            "named_percent": 100 * writing.rate("named"), "in_key_percent":
            100 * writing.rate("in_key_alto", "in_key_tenor", "in_key_bass"),
            "parallels_per_100_notes": 100 * writing.rate("fifths", "octaves"),
            "crossings_percent": 100 * writing.rate("crossings"), "dissonant_percent": 100 * writing.rate("dissonant"),
            "notes_a_melody_note": writing.rate("notes_alto", "notes_tenor", "notes_bass"),
        }  # fmt: skip
        figures.update({f"voices.{name}.{what}": value for what, value in found.items()})
        report(f"{name:13}" + "  ".join(f"{what} {value:.2f}" for what, value in found.items()))
    return figures


def _count(ensemble: SpansWithVoices, snapshot: Snapshot, writing: Writing) -> None:
    """Add some bars of one set to the counts."""
    ensemble.rethink(Rethink(1, snapshot, 0, None, snapshot))
    rows: list[tuple[int, ...]] = []
    for _ in range(BARS):
        span = ensemble.next_span()
        meter = Meter.parse(span.meter)
        beat = tactus(str(snapshot.values["harmony.tactus"]), meter, snapshot.number("clock.bpm"))
        lay = grid(meter, beat, span.end + span.lacking, span.bar + 1)
        rows += span.parts[-len(steps_of(span, lay, Fold())) :]
    key = Key.parse(str(snapshot.values["tune.key"]))
    tokens = np.array([row[:4] for row in rows], np.int16)
    writing.add(tokens, [row[4] % STEPS for row in rows], (key.tonic, key.mode in MINOR))
