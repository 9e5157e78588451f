"""Chord that held keys are: triads, sevenths, fifths, in any position, its bass where that is another note. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from instrument.music.chord import INTERVALS, Chord, Quality

#: qualities in the order in which they are thought of first
ORDER = (
    Quality.MAJOR, Quality.MINOR, Quality.SEVENTH, Quality.MINOR_SEVENTH, Quality.OPEN, Quality.SUSPENDED,
    Quality.MAJOR_SEVENTH, Quality.SECOND, Quality.SIXTH, Quality.MINOR_SIXTH, Quality.DIMINISHED, Quality.AUGMENTED,
    Quality.HALF_DIMINISHED, Quality.DIMINISHED_SEVENTH,
)  # fmt: skip
FIFTH = 7
Name = tuple[bool, int, Quality, int]  #: whether its fifth is missing, place in `ORDER`, quality, root


def _names() -> dict[frozenset[int], list[Name]]:
    """What sets of pitch classes are called."""
    found: dict[frozenset[int], list[Name]] = {}
    for place, quality in enumerate(ORDER):
        for root in range(12):
            whole = frozenset((root + up) % 12 for up in INTERVALS[quality])
            without = whole - {(root + FIFTH) % 12}
            found.setdefault(whole, []).append((False, place, quality, root))
            if quality is not Quality.OPEN and without != whole and len(without) > 1:
                found.setdefault(without, []).append((True, place, quality, root))
    return found


NAMES = _names()


def named(pitches: Iterable[int]) -> Chord | None:
    """The chord of these MIDI notes, the lowest being its bass; None for none, and for what is no chord.

    One note alone is its open fifth. A fifth may be missing; of what two names fit, that one is taken whose root is
    lowest, then the simpler. Where there is no name, the lowest notes are a bass of its own under a chord. As quick
    with a forearm on the keys as with three fingers.
    """
    held = sorted(set(pitches))
    for place in range(len(held)):
        found = _plain(held[place:])
        if found is None and len({pitch % 12 for pitch in held[place:]}) > 3:  # a bass of its own under a chord
            above = _plain([pitch for pitch in held[place:] if (pitch - held[place]) % 12])
            found = above if above is not None and above.bass is None else None
            found = found and Chord(found.root, found.quality, held[place] % 12)
        if found is not None:
            return _under(found, held[0] % 12) if place else found
        if len({pitch % 12 for pitch in held[place:]}) < 3:
            return None
    return None


def _under(found: Chord, bass: int) -> Chord | None:
    """A chord of the simplest kinds over a bass of its own, a pitch class; None for another kind."""
    return Chord(found.root, found.quality, bass) if found.quality in ORDER[:5] else None


def _plain(held: list[int]) -> Chord | None:
    """The chord of all of these notes, ascending, its bass among its notes."""
    lowest, classes = held[0] % 12, frozenset(pitch % 12 for pitch in held)
    if len(classes) == 1:
        return Chord(lowest, Quality.OPEN)
    ways = NAMES.get(classes)
    if not ways:
        return None
    _, _, _, quality, root = min((lacks, root != lowest, place, quality, root) for lacks, place, quality, root in ways)
    return Chord(root, quality, None if root == lowest else lowest)
