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


def named(pitches: Iterable[int]) -> Chord | None:
    """The chord of these MIDI notes, the lowest being its bass; None for none, and for what is no chord.

    One note alone is its open fifth. A fifth may be missing; of what two names fit, that one is taken whose root is
    lowest, then the simpler.
    """
    held = sorted(set(pitches))
    if not held:
        return None
    lowest, classes = held[0] % 12, {pitch % 12 for pitch in held}
    if len(classes) == 1:
        return Chord(lowest, Quality.OPEN)
    ways = []
    for place, quality in enumerate(ORDER):
        for root in classes:
            whole = {(root + up) % 12 for up in INTERVALS[quality]}
            without = whole - {(root + FIFTH) % 12}
            lacks = classes != whole
            if (lacks and (classes != without or quality is Quality.OPEN)) or (lacks and len(classes) < 2):
                continue
            ways.append((lacks, root != lowest, place, root, quality))
    if ways:
        _, _, _, root, quality = min(ways)
        return Chord(root, quality, None if root == lowest else lowest)
    if len(classes) > 2:  # a bass of its own under a chord
        upper = named(pitch for pitch in held if pitch % 12 != lowest)
        if upper is not None and upper.bass is None and len(classes) > 3:
            return Chord(upper.root, upper.quality, lowest)
        rest = named(held[1:])
        if rest is not None and rest.quality in ORDER[:5]:
            return Chord(rest.root, rest.quality, lowest)
    return None
