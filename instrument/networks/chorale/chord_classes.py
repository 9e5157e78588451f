"""Classes of chords under a chorale: root in steps from the tonic, and whether major, minor or diminished.

A chord is judged by its pitch classes alone, its bass first asked for the root: a triad or a seventh chord, whole or
without its fifth. What has no such name is `OTHER`; silence is `SILENT`. Without torch.
"""

from __future__ import annotations

from collections.abc import Iterable

MAJOR, MINOR, DIMINISHED = range(3)
OTHER = 36  #: sounds, and has no name
CLASSES = 37  #: 12 roots x 3 qualities, and OTHER
SILENT = 37  #: a voice is silent; never what comes, only what has been
_SHAPES = (
    ((0, 4, 7), MAJOR), ((0, 4, 7, 10), MAJOR), ((0, 4), MAJOR), ((0, 4, 10), MAJOR),
    ((0, 3, 7), MINOR), ((0, 3, 7, 10), MINOR), ((0, 3), MINOR), ((0, 3, 10), MINOR),
    ((0, 3, 6), DIMINISHED), ((0, 3, 6, 10), DIMINISHED), ((0, 3, 6, 9), DIMINISHED), ((0, 4, 7, 11), MAJOR),
)  # fmt: skip
_QUALITIES = {sum(1 << tone for tone in tones): quality for tones, quality in _SHAPES}


def chord_class(classes: Iterable[int], bass: int, tonic: int) -> int:
    """The class, 0..36, of sounding pitch classes. bass, tonic: pitch classes."""
    there = {c % 12 for c in classes}
    for root in (bass % 12, *sorted(there - {bass % 12})):
        quality = _QUALITIES.get(sum(1 << (c - root) % 12 for c in there))
        if quality is not None:
            return (root - tonic) % 12 * 3 + quality
    return OTHER


def classes_like(notes: Iterable[int], root: int, tonic: int) -> frozenset[int]:
    """Classes on a root that agree with its chord's notes, pitch classes: one, or major and minor where no third is."""
    above = {(note - root) % 12 for note in notes}
    qualities = {3: DIMINISHED if 6 in above else MINOR, 4: MAJOR}
    found = [qualities[third] for third in qualities if third in above] or [MAJOR, MINOR]
    return frozenset((root - tonic) % 12 * 3 + quality for quality in found)
