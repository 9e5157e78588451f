"""Tunes in ABC as people write it: headers and bodies, into written tunes.

What is heard is kept: notes, rests, chords, ties, tuplets, broken rhythm, bars, repeats, parts in their order. Grace
notes, ornaments, slurs and lyrics are dropped, and each drop is counted; chord symbols, counted with them as no token
says them, are kept beside their notes. What cannot be kept without
lying (several voices, a change of meter half way) refuses the tune with a reason, never silently.
Source: the ABC standard 2.1, sections 3 to 5; where it leaves a choice, what the program abc2midi plays.
"""

from __future__ import annotations

from collections import Counter

from instrument.music.abc.abc_file import decoded, parted, plain_lines, tunes
from instrument.music.abc.body import Body
from instrument.music.abc.written_tune import Refused, Score, WrittenTune

__all__ = ["Refused", "Score", "WrittenTune", "decoded", "read", "tunes"]


def read(text: str) -> Score:
    """One tune of ABC to a Score. Raises Refused with the reason it is left out. Pure."""
    dropped: Counter[str] = Counter()
    header, lines = parted(plain_lines(text), dropped)
    if not header:
        raise Refused("no K: field closes its header")
    return Body(header, lines, dropped).read()
