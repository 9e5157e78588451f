"""Patterns of accompaniment as data: what each backing instrument plays in the bars of a dance, a sign a time unit.

    guitar, bouzouki   D U  a stroke down or up over all strings, accented     d u  a lighter one over some of them
                       B b  bass string alone                                  x    strings damped by the hand, struck
    piano              B b  left hand: the bass in octaves, or one note of it  f    left hand: the fifth below
                       C c  right hand: the chord
    bass               R r  root    F f  fifth    O o  octave                  w    a step on the way to the next chord
    bodhran            D d  down    U u  up       t    three strokes in the unit    k    on the rim
    all of them        -    what sounds goes on   .    silence

A capital is an accent. `|` parts bars where a pattern has several; spaces count for nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from instrument.music.dances.dance import DANCES
from instrument.music.dances.dance_meters import dance_in
from instrument.music.meter import Meter
from instrument.music.ticks import WHOLE

#: what may stand in the bars of each instrument
SIGNS = {
    "guitar": "DdUuBbx-.",
    "piano": "BbfCc-.",
    "bass": "RrFfOow-.",
    "bodhran": "DdUutk-.",
}
STYLES = (*DANCES, "barndance")  #: dances that patterns may be for
ROLES = ("usual", "fill")  #: of a pattern: any bar; the last bar of a part or phrase
LONGEST = 8  #: bars of a pattern
UNITS = {"1/4": 4, "1/8": 8, "1/12": 12, "1/16": 16, "1/24": 24}  #: shares of a whole note that a sign may last


@dataclass(frozen=True, slots=True)
class Sign:
    """What is played at one moment. at: ticks into its bar; sign: one of SIGNS's; length: ticks until the next sign
    that is not "-", at most to the end of the bar; hand: 0..9, how far a hand presses the bodhran's skin."""

    at: int
    sign: str
    length: int
    hand: int = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """Pattern of one backing instrument.

    bars: of each its signs in order, those for silence and for going on left out; density: 0..1, where
    `backing.density` calls for it; often: how likely it is beside others as near; role: one of ROLES; text: as written
    """

    bars: tuple[tuple[Sign, ...], ...]
    density: float = 0.5
    often: float = 1.0
    role: str = "usual"
    text: str = ""


@dataclass(frozen=True, slots=True)
class DancePatterns:
    """The patterns of one dance. dance: one of STYLES; meters: those that they fit, whose bars are alike long
    of: by instrument, at least one for each that plays."""

    dance: str
    meters: tuple[str, ...]
    of: dict[str, tuple[Pattern, ...]]

    def fits(self, meter: Meter) -> bool:
        """Whether a bar of that meter is as long as the patterns' bars, and both are in threes or neither."""
        return any(alike(Meter.parse(own), meter) for own in self.meters)


def alike(one: Meter, other: Meter) -> bool:
    """Whether their bars are equally long, and both have beats of three or neither."""
    return one.bar == other.bar and one.compound == other.compound


def read_bars(text: str, instrument: str, unit: str, bar: int, hand: str = "") -> tuple[tuple[Sign, ...], ...]:
    """The bars that a text writes. bar: ticks of one. hand: digits, one a sign, or "". Raises ValueError, one line."""
    each = WHOLE // UNITS[unit]
    count = bar // each
    if bar % each:
        raise ValueError(f"a bar is no whole number of {unit}; take another unit")
    bars = ["".join(part.split()) for part in text.strip().strip("|").split("|")]
    if len(bars) > LONGEST:
        raise ValueError(f"has {len(bars)} bars; at most {LONGEST} are one pattern")
    pressed = "".join(hand.replace("|", "").split())
    if pressed and (len(pressed) != count * len(bars) or not pressed.isdigit()):
        raise ValueError(f'hand = "{hand[:40]}" is not a digit for each of the {count * len(bars)} signs')
    found = []
    for number, signs in enumerate(bars):
        if bad := [sign for sign in signs if sign not in SIGNS[instrument]]:
            raise ValueError(f'bar {number + 1}: "{bad[0]}" is no sign of the {instrument}; it has {SIGNS[instrument]}')
        if len(signs) != count:
            raise ValueError(f"bar {number + 1} has {len(signs)} signs of {unit}, and a bar has {count}")
        found.append(tuple(_signs(signs, each, pressed[number * count : (number + 1) * count])))
    return tuple(found)


def _signs(signs: str, each: int, pressed: str) -> list[Sign]:
    found = []
    for place, sign in enumerate(signs):
        if sign in "-.":
            continue
        behind = place + 1
        while behind < len(signs) and signs[behind] == "-":
            behind += 1
        found.append(Sign(place * each, sign, (behind - place) * each, int(pressed[place]) if pressed else 0))
    return found


def plain(meter: Meter) -> DancePatterns:
    """What is played in a meter for which nobody has written patterns: its beats, the bar's first accented."""
    beats = meter.bar // meter.beat

    def beaten(first: str, other: str) -> tuple[Pattern, ...]:
        signs = [Sign(n * meter.beat, other if n else first, meter.beat) for n in range(beats)]
        return (Pattern((tuple(signs),)),)

    of = {"guitar": beaten("D", "d"), "piano": beaten("B", "c"), "bass": beaten("R", "f"), "bodhran": beaten("D", "d")}
    return DancePatterns("other", (str(meter),), of)


def chosen(there: Sequence[DancePatterns], meter: Meter, dance: str, wanted: str = "auto") -> tuple[DancePatterns, str]:
    """The patterns for a tune of that meter and dance, and one line where those that are wanted do not fit, or "".

    wanted: one of STYLES, or "auto" for the tune's own; dance: the tune's, or "auto". What nobody has written for a
    meter is `plain`.
    """
    fitting = {own.dance: own for own in reversed(there) if own.fits(meter)}
    own = dance_in(meter, dance)
    if wanted in fitting:
        return fitting[wanted], ""
    usual = (
        fitting.get(own) or fitting.get(dance_in(meter, "auto")) or next(iter(fitting.values()), None) or plain(meter)
    )
    if wanted == "auto":
        return usual, ""
    return usual, f"no pattern of a {wanted} fits {meter}; the backing plays that of the {usual.dance}"
