"""Cadences of a written tune: where a bar comes to rest, and on which degree.

Degrees are semitones above the tonic, which is C in every tune we count. Pure.
"""

from __future__ import annotations

from instrument.music.ticks import QUARTER
from instrument.workshop.form.bars import Bar

OCTAVE = 12
TONIC = 0
#: fifth, second and either seventh: the dominant's chord, or that of the flat seventh which stands for it in modes
HALF_CLOSE = frozenset({2, 7, 10, 11})


def resting(bar: Bar, length: int) -> int:
    """The degree, 0..11, on which a bar comes to rest; -1 for a bar of silence. length: ticks.

    That of its last note of a quarter or longer in its second half; where none is so long, of the note that sounds at
    its middle; else of its last. What leads into the next part is passed over by that.
    """
    if not bar:
        return -1
    long = [pitch for start, duration, pitch in bar if duration >= QUARTER and start + duration > length // 2]
    middle = [pitch for start, duration, pitch in bar if start <= length // 2 < start + duration]
    return ([*long] or [*middle] or [bar[-1][2]])[-1] % OCTAVE


def long_at_end(bar: Bar, length: int) -> bool:
    """Does a note of a quarter or longer sound in the second half of the bar?"""
    return any(duration >= QUARTER and start + duration > length // 2 for start, duration, _ in bar)


def rests_on_tonic(bar: Bar, length: int) -> bool:
    """Does the bar end in its tonic, held for a third of a bar or longer?"""
    if not bar:
        return False
    _, duration, pitch = bar[-1]
    return 3 * duration >= length and pitch % OCTAVE == TONIC
