"""`lilt study feel`: how dance patches are played, measured in what `render` writes: onsets against the grid, dynamics.

Every patch is rendered as written (lilt, phrasing, rubato and human at 0), as played but for the hand, and as played,
all without ornaments, which are notes of their own; the notes pair off in their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import mean, pstdev
from tempfile import TemporaryDirectory

import mido

from instrument.files.patch import Patch, find
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.rig.render import render

PATCHES = ("reel", "jig", "hornpipe", "polka", "waltz", "air")
BARS, SEEDS = 16, (1, 2, 3)  #: of first tunes, which begin on a bar line
PLAIN = {"play.ornament": 0.0, "play.human": 0.0}
AS_WRITTEN = {**PLAIN, "play.lilt": 0.0, "play.rubato": 0.0, "play.phrasing": 0.0, "play.swing": 0.5}
FEWEST = 4  #: notes, below which a place is not told
Struck = list[tuple[float, int, int, int]]  #: second, tick, pitch, velocity


def study_feel(weights: Path | None, say: Callable[[str], None]) -> Mapping[str, float]:
    """Figures `feel.PATCH.*`: shares of the beat; `hand_ms`, the spread of the hand, and the most; `beats_off_ms`, how
    far beats are from the clock at most; `bar1` to `bar4`, velocity more or less by bar of the phrase. blocks: minutes.
    """
    figures: dict[str, float] = {}
    for name in PATCHES:
        told: dict[str, list[float]] = defaultdict(list)
        for seed in SEEDS:
            _measure(find(name), seed, weights, told)
        spread = pstdev(told["hand_ms"])
        most = {key: max(map(abs, told[key])) for key in ("hand_ms", "beats_off_ms")}
        shown = {key: mean(values) for key, values in told.items() if key not in most and len(values) >= FEWEST}
        shown |= {"hand_ms": spread, "hand_most_ms": most["hand_ms"], "beats_off_ms": most["beats_off_ms"]}
        figures |= {f"feel.{name}.{key}": value for key, value in shown.items()}
        say(f"{name}: " + ", ".join(f"{key} {value:.3g}" for key, value in shown.items()))
    return figures


def _measure(patch: Patch, seed: int, weights: Path | None, told: dict[str, list[float]]) -> None:
    """One tune as written, as played but for the hand, and as played; figures go into `told`."""
    ways = (AS_WRITTEN, PLAIN, {"play.ornament": 0.0})
    with TemporaryDirectory() as folder:
        written, still, played = (
            _struck(replace(patch, values={**patch.values, **way}), seed, Path(folder) / str(number), weights)
            for number, way in enumerate(ways)
        )
    meter = patch.snapshot().meter
    for name, share in _shares(patch, written, still):
        told[name].append(share)
    told["hand_ms"] += [1000 * (a[0] - b[0]) for a, b in zip(played, still, strict=True)]
    told["beats_off_ms"] += [
        1000 * (a[0] - b[0]) for a, b in zip(still, written, strict=True) if b[1] % meter.beat == 0
    ]
    for a, b in zip(still, written, strict=True):
        told[f"bar{b[1] // meter.bar % 4 + 1}"].append(a[3] - b[3])


def _shares(patch: Patch, written: Struck, played: Struck) -> Iterator[tuple[str, float]]:
    """(place in the beat as written, share of the beat at which it is played) of notes. Simple time: `half` of even
    pairs, `dotted` the short note behind a dotted one, `snap` the long one behind a short. Compound: `second`, `third`.
    """
    meter = patch.snapshot().meter
    beat = 3 * EIGHTH if meter.compound else QUARTER
    names = {4: "second", 8: "third"} if meter.compound else {6: "half", 9: "dotted", 3: "snap"}
    by_beat: dict[int, set[int]] = defaultdict(set)
    for _, tick, _, _ in written:
        by_beat[tick // beat].add(12 * (tick % beat) // beat)
    for (_, tick, _, _), (_, sounding, _, _) in zip(written, played, strict=True):
        place = 12 * (tick % beat) // beat
        if place in names and (meter.compound or by_beat[tick // beat] <= {0, place}):
            yield names[place], (sounding - tick // beat * beat) / beat


def _struck(patch: Patch, seed: int, out: Path, weights: Path | None) -> Struck:
    """The melody's notes of a rendered patch, in order."""
    render(patch, BARS, seed, out, weights)
    file = mido.MidiFile(out / "tune.mid")
    channel, scale = patch.voices["melody"].channel - 1, QUARTER // file.ticks_per_beat
    tempo, second, tick = 500_000, 0.0, 0
    struck: Struck = []
    for message in mido.merge_tracks(file.tracks):
        second += mido.tick2second(message.time, file.ticks_per_beat, tempo)
        tick += message.time
        if message.type == "set_tempo":
            tempo = message.tempo
        elif message.type == "note_on" and message.velocity and message.channel == channel:
            struck.append((second, tick * scale, message.note, message.velocity))
    return struck
