"""`lilt evaluate chords`: the backer's chords beside those of Nottingham's players, half bar by half bar, on tunes kept
out of the fitting; each expert taken away, the melody's alone, and always the tonic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from instrument.thinking.chords.chord_filter import filtered_states
from instrument.thinking.chords.chords_ahead import ChordsAhead
from instrument.thinking.chords.decoding import to_go
from instrument.thinking.chords.experts.registry import EXPERTS
from instrument.thinking.chords.numbers import load_numbers
from instrument.thinking.chords.product import Product
from instrument.thinking.chords.span_chords import AHEAD
from instrument.thinking.chords.states import DEGREE, QUALITY
from instrument.thinking.chords.taste import Taste
from instrument.workshop.chords.nottingham import NOBODY, BackedTune

PUBLISHED = 66.0  #: % of chords out of seven classes, the published figure to beat
States = NDArray[np.intp]
Choose = Callable[[BackedTune], States]


def evaluate_chords(
    books: Sequence[BackedTune], numbers: Path | None, say: Callable[[str], None]
) -> dict[str, object]:  # fmt: skip
    """Figures by name, in %, on those of the books that were kept out. blocks: some minutes. Raises WeightsError."""
    tunes = [tune for tune in books if tune.side == "test"]
    count = sum(int(tune.fresh.sum()) for tune in tunes)
    say(f"{len(tunes)} tunes kept out, {count} half bars, each counted where it is played first")
    figures: dict[str, object] = {"chords.tunes": len(tunes), "chords.published": PUBLISHED}
    for name, choose in ways(numbers):
        root, whole = agreement(tunes, choose)
        figures |= {f"chords.{name}": round(root, 1), f"chords.{name}, quality too": round(whole, 1)}
        say(f"{name:42} root {root:5.1f} %, and quality {whole:5.1f} %")
    return figures


def ways(numbers: Path | None) -> Iterator[tuple[str, Choose]]:
    """Ways of choosing chords, by name: what is asked, and what it is set beside."""
    loaded = load_numbers(numbers) if numbers else load_numbers()
    ahead, live = Product(loaded.ahead), Product(loaded.live)
    yield "ahead, the tune known", lambda tune: chosen(ahead, tune, Taste())
    yield f"ahead, {AHEAD} bars known", lambda tune: chosen(ahead, tune, Taste(), AHEAD)
    yield "live, nothing to come known", lambda tune: filtered_states(live, tune.half, Taste())
    yield "always the tonic", lambda tune: np.zeros(len(tune.half), np.intp)
    yield "ahead, Viterbi's one best way", lambda tune: best_way(ahead, tune)
    yield "ahead, as controls stand in a patch", lambda tune: chosen(ahead, tune, Taste(sevenths=0.5))
    names = [expert.name for expert in EXPERTS]
    for name in names:
        without = Taste(faders={name: 0.0})
        yield f"ahead, without {name}", lambda tune, taste=without: chosen(ahead, tune, taste)  # type: ignore[misc]
    alone = Taste(faders={name: float(name == "melody") for name in names})
    yield "ahead, melody alone", lambda tune: chosen(ahead, tune, alone)


def chosen(product: Product, tune: BackedTune, taste: Taste, bars: int | None = None) -> States:
    """The states of a tune's half bars. bars: known behind the one that is decided; None for all."""
    size = 3 if tune.half.triple else 2
    known = None if bars is None else (lambda at: (at // size + 1 + bars) * size)
    ahead = ChordsAhead(product, tune.half, taste, known)
    ahead.go_on(len(tune.half))
    return np.array(ahead.decided, np.intp)


def best_way(product: Product, tune: BackedTune) -> States:
    """The single likeliest row of chords."""
    weighed = product.weigh(tune.half, Taste(faders={"last time": 0.0}))
    onward, found = to_go(weighed, 0, len(tune.half), 0.0), list[int]()
    for at in range(len(tune.half)):
        odds = weighed.states[at] + onward[at]
        found.append(int((odds + weighed.after(at, found[-1]) if found else odds).argmax()))
    return np.array(found, np.intp)


def agreement(tunes: Sequence[BackedTune], choose: Choose) -> tuple[float, float]:
    """(% of half bars with the written root, with its quality too)."""
    roots = both = count = 0
    for tune in tunes:
        asked = tune.fresh & (tune.states != NOBODY)
        ours, theirs = choose(tune)[asked], tune.states[asked]
        same = DEGREE[ours] == DEGREE[theirs]
        roots += int(same.sum())
        both += int((same & (QUALITY[ours] == QUALITY[theirs])).sum())
        count += len(ours)
    return 100 * roots / count, 100 * both / count
