"""Pattern that an instrument plays in a bar, and its strokes: by density, variety, place and seed. Pure.

A pattern is kept for a phrase of four bars, so that it can be heard as one; a part's last bar may have a fill. What
begins in the middle of a bar joins the pattern where it is. Where a chord changes and no stroke falls, one is added.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import exp

from instrument.music.backing.bar import BackedBar, Manner
from instrument.music.backing.pattern import Pattern, Sign

PHRASE = 4  #: bars
LIGHTER = 0.35  #: of density that a bar at its calmest has less
FILLS = {True: 0.9, False: 0.25}  #: how often, at most: in the last bar of a part; of a phrase
CHANGE = {"guitar": "d", "piano": "c", "bass": "r"}  #: struck where a chord changes between strokes


def strokes(instrument: str, there: Sequence[Pattern], bar: BackedBar, manner: Manner) -> list[Sign]:
    """The signs that fall into a bar, placed in ticks from the top, in order."""
    pattern = _pattern(instrument, there, bar, manner)
    signs = pattern.bars[max(0, bar.place) % len(pattern.bars)]
    first = bar.start - bar.into
    found = [
        Sign(first + sign.at, sign.sign, sign.length, sign.hand)
        for sign in signs if bar.start <= first + sign.at < bar.end
    ]  # fmt: skip
    if bar.place < 0 and bar.number == 0:  # a tune's first pick-up is the melody's alone
        return []
    if instrument in CHANGE:
        found = _with_changes(found, CHANGE[instrument], bar)
    return [_ended(sign, bar.end) for sign in found]


def _with_changes(found: list[Sign], sign: str, bar: BackedBar) -> list[Sign]:
    struck = {each.at for each in found}
    added = [Sign(chord.begins, sign, bar.ends(chord.begins) - chord.begins) for chord in bar.chords
             if chord.begins not in struck and (chord.begins > bar.start or bar.into == 0)]  # fmt: skip
    both = sorted([*found, *added], key=lambda each: each.at)
    return [_ended(each, later.at) if later else each for each, later in zip(both, [*both[1:], None], strict=False)]


def _ended(sign: Sign, latest: int) -> Sign:
    """A sign that ends by a tick."""
    over = sign.at + sign.length > latest
    return Sign(sign.at, sign.sign, latest - sign.at, sign.hand) if over else sign


def _pattern(instrument: str, there: Sequence[Pattern], bar: BackedBar, manner: Manner) -> Pattern:
    """The pattern of the phrase, or a fill."""
    place = max(0, bar.place)
    phrase = bar.number - place % PHRASE
    of_part = bar.left == 0
    last = of_part or (bar.left < 0 and place % 8 == 7) or place % PHRASE == PHRASE - 1
    if last and manner.variety > 0:
        drawn = random.Random(f"{manner.seed} {bar.tune} {bar.time} {bar.number} {instrument} fill")
        if drawn.random() < FILLS[of_part or place % 8 == 7] * min(1.0, 2 * manner.variety):
            fills = [pattern for pattern in there if pattern.role == "fill"]
            if fills:
                return _drawn(fills, _density(bar, manner), max(0.3, manner.variety), drawn)
    usual = [pattern for pattern in there if pattern.role == "usual"]
    return _drawn(usual, _density(bar, manner), manner.variety,
                  random.Random(f"{manner.seed} {bar.tune} {bar.time} {phrase} {instrument}"))  # fmt: skip


def _density(bar: BackedBar, manner: Manner) -> float:
    return max(0.0, manner.density - LIGHTER * bar.calm)


def _drawn(there: Sequence[Pattern], density: float, variety: float, chance: random.Random) -> Pattern:
    """One of them: at variety 0 the nearest to the density, of two the commoner; above, drawn among those near."""
    if variety <= 0:
        return min(there, key=lambda pattern: (abs(pattern.density - density), -pattern.often))
    width = 0.06 + 0.3 * variety
    weights = [pattern.often * exp(-(((pattern.density - density) / width) ** 2)) + 1e-9 for pattern in there]
    return chance.choices(there, weights)[0]
