"""The dance of a tune, in folk tunes: reel, jig, hornpipe and so on, by what it is called or else by its rhythm.

`dance_named` reads an ABC file's own words (its `R:` field, then its titles); `dance_of_rhythm` decides from meter and
note values alone, for the many tunes whose book says nothing. Both are pure. A word that cannot be true of the meter
("reel" over 6/8) is not believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from instrument.music.measure import Measure, Tune
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH, QUARTER

DANCES = (
    "reel", "jig", "slip jig", "slide", "hornpipe", "polka", "strathspey", "waltz", "march", "air", "other",
)  # fmt: skip

#: the words for each dance, the most telling first: "slip jig" before "jig", "slow air" before "air"
_WORDS = (
    ("slip jig", r"slip[ -]?jigs?|hop[ -]?jigs?"),
    ("slide", r"slides?|single jigs?"),
    ("jig", r"(double )?jigs?|giga"),
    ("hornpipe", r"hornpipes?|h'?pipes?|clogs?|set dances?"),
    ("strathspey", r"strathspeys?|(highland )?flings?|highlands?|schottisches?"),
    ("reel", r"reels?"),
    ("polka", r"polkas?"),
    ("waltz", r"waltz(es)?"),
    ("march", r"march(es)?|quick ?-?steps?"),
    ("air", r"(slow )?airs?|laments?|lullab(y|ies)"),
    ("other", r"minuets?|menuets?|cotillons?|cotillions?|gavottes?|mazurkas?|barndances?|quadrilles?|walkarounds?"),
)  # fmt: skip
_PATTERNS = tuple((dance, re.compile(rf"\b(?:{words})\b")) for dance, words in _WORDS)

#: meters in which a dance of that name can be
_COMMON, _HALF, _COMPOUND = {(4, 4), (2, 2), (2, 4)}, {(2, 4), (4, 4), (2, 2)}, {(6, 8), (12, 8), (6, 4), (12, 4)}
_METERS: dict[str, set[tuple[int, int]]] = {
    "reel": _COMMON, "hornpipe": _COMMON, "strathspey": _COMMON, "polka": _HALF,
    "jig": _COMPOUND, "slide": _COMPOUND, "slip jig": {(9, 8), (9, 4)}, "waltz": {(3, 4), (3, 8)},
}  # fmt: skip


def dance_named(rhythm: str, titles: Sequence[str], meter: Meter) -> str | None:
    """The dance that an ABC header names, or None.

    rhythm: the `R:` field, "" for none; titles: every `T:` field. A word in brackets tells before the rest of a
    title, and of several words the last: "The Waltz Reel" is a reel. A "jig" in 9/8 is a slip jig.
    """
    bracketed = [inside for title in titles for inside in re.findall(r"\(([^)]*)\)", title)]
    for text in (rhythm, *bracketed, *titles):
        if found := _last_word(text.lower()):
            dance = "slip jig" if found in ("jig", "slide") and meter.upper == 9 else found
            if (meter.upper, meter.lower) in _METERS.get(dance, {(meter.upper, meter.lower)}):
                return dance
    return None


def _last_word(text: str) -> str | None:
    found = [(m.end(), -m.start(), dance) for dance, pattern in _PATTERNS for m in pattern.finditer(text)]
    return max(found)[2] if found else None


def dance_of_rhythm(tune: Tune) -> str:
    """The dance whose rhythm this is: one of DANCES, "other" for a meter that none of them has.

    Common time with snaps is a strathspey; dotted, or with three crotchets at the cadences, a hornpipe; in running
    quavers a reel; where it stands still, a march or an air. The limits were read off the tunes that name their
    dance, and a test counts how often rhythm and name agree.
    """
    meter, share = tune.meter, _shares(tune)
    size = (meter.upper, meter.lower)
    if size in _METERS["slip jig"]:
        return "slip jig"
    if size in _COMPOUND:
        return "slide" if meter.upper == 12 else "jig" if share["quavers"] >= 0.4 else "air"
    if size in _METERS["waltz"]:
        return "waltz"
    if size == (2, 4):
        return "march" if share["dotted"] >= 0.1 else "polka"
    return _of_common(share) if size in _COMMON else "other"


def _of_common(share: dict[str, float]) -> str:
    if share["snaps"] >= 0.05 or (share["snaps"] >= 0.02 and share["dotted"] >= 0.25):
        return "strathspey"
    if share["dotted"] >= 0.35 or (share["cadences"] >= 0.4 and share["quavers"] >= 0.45):
        return "hornpipe"
    if share["quavers"] >= 0.5:
        return "reel"
    return "march" if share["dotted"] >= 0.12 or share["cadences"] >= 0.5 else "air"


def _shares(tune: Tune) -> dict[str, float]:
    """Of the sounding time, the part in single quavers, in dotted pairs, in snaps (short before long); and of the
    bars that close eights or parts, those with three crotchets (two where a pick-up follows)."""
    sums = dict.fromkeys(("quavers", "dotted", "snaps"), 0)
    notes = [note for measure in tune.measures for note in measure.notes]
    for measure in tune.measures:
        for here, after in pairwise(measure.notes):
            if here.start % QUARTER == 0 and after.start == here.end and after.end == here.start + QUARTER:
                sums["dotted"] += QUARTER * (here.duration > after.duration)
                sums["snaps"] += QUARTER * (here.duration < after.duration)
    sums["quavers"] = sum(note.duration for note in notes if note.duration == EIGHTH)
    total = sum(note.duration for note in notes) or 1
    closing = list(_closing(tune.measures))
    crotchets = [sum(note.duration == QUARTER for note in m.notes) + (m.length < tune.meter.bar) for m in closing]
    cadences = sum(count >= 3 for count in crotchets) / max(1, len(closing))
    return {name: value / total for name, value in sums.items()} | {"cadences": cadences}


def _closing(measures: Sequence[Measure]) -> Iterator[Measure]:
    """The measures before a repeat sign, the last, and every eighth."""
    for i, measure in enumerate(measures):
        if measure.closes or i + 1 == len(measures) or measures[i + 1].opens or i % 8 == 7:
            yield measure
