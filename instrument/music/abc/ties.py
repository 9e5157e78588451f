"""Ties and double dots in a written tune, written out as lengths wherever one note can say them. Pure.

`c2-c` becomes `c3` and `c>>d` `c7/4d/4`. What one note cannot say stays tied: over a bar line, into a tuplet, between
chords that differ.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from instrument.music.abc.written_tune import Refused, WrittenTune


def beside(body: list[WrittenTune]) -> list[WrittenTune]:
    """With each tie right behind its note or chord, where it was written behind the bar line."""
    out: list[WrittenTune] = []
    for w in body:
        at = len(out)
        while w.kind == "tie" and at and out[at - 1].kind in ("bar", "broken", "tuplet"):
            at -= 1
        out.insert(at, w)
    return out


def even(body: list[WrittenTune]) -> list[WrittenTune]:
    """Write `>>` and `<<` out as lengths, and `>` and `<` too where one of the two notes is tied; leave the others."""
    out = list(body)
    for i, w in enumerate(body):
        if w.kind != "broken":
            continue
        before, after = _sounding(body, i, -1), _sounding(body, i, 1)
        if before is None or after is None:
            raise Refused("broken rhythm after nothing")
        if abs(w.dots) == 1 and not (_tied(body, i, before) or _tied_on(body, after)):
            continue
        short = Fraction(1, 2 ** abs(w.dots))
        for at, share in zip((before, after), (2 - short, short) if w.dots > 0 else (short, 2 - short), strict=True):
            out[at] = replace(out[at], length=out[at].length * share)
        out[i] = replace(w, dots=0)
    return [w for w in out if w.kind != "broken" or w.dots]


def _sounding(body: list[WrittenTune], at: int, step: int) -> int | None:
    """The place of the note, rest or chord's end that a broken rhythm at `at` bends, backwards or forwards."""
    inside = False
    i = at + step
    while 0 <= i < len(body):
        kind = body[i].kind
        if kind == "chord_open":
            inside = True
        if kind == "chord_close" or (kind in ("note", "rest") and not inside):
            return i
        i += step
    return None


def _tied(body: list[WrittenTune], broken: int, before: int) -> bool:
    """Is the note before a broken rhythm tied to the one behind it, or from the one before?"""
    around = [w.kind for w in body[before + 1 : broken + 2]]
    return "tie" in around or (before > 0 and body[before - 1].kind == "tie")


def _tied_on(body: list[WrittenTune], at: int) -> bool:
    return at + 1 < len(body) and body[at + 1].kind == "tie"


def held(body: list[WrittenTune]) -> list[WrittenTune]:
    """Make one longer note, or chord, of those that are tied within a bar and stand in no tuplet."""
    out: list[WrittenTune] = []
    items = _items(body)
    left = 0  # notes still to come in a tuplet
    free: list[bool] = []  # of each item in `kept`: may it grow?
    kept: list[list[WrittenTune]] = []
    for item in items:
        kind = item[0].kind
        if kind == "tuplet":
            left = item[0].tuplet
        plain = kind in ("note", "chord_open") and not left
        if left and kind in ("note", "rest", "chord_open"):
            left -= 1
        joins = plain and not item[0].symbol and len(kept) > 1 and kept[-1][0].kind == "tie"
        if joins and free[-2] and _alike(kept[-2], item):
            kept.pop()
            free.pop()
            kept[-1] = _longer(kept[-1], item)
            continue
        kept.append(item)
        free.append(plain)
    for item in kept:
        out += item
    return out


def _items(body: list[WrittenTune]) -> list[list[WrittenTune]]:
    """Its signs, those of a chord together."""
    items: list[list[WrittenTune]] = []
    inside = False
    for w in body:
        if inside:
            items[-1].append(w)
        else:
            items.append([w])
        inside = (inside or w.kind == "chord_open") and w.kind != "chord_close"
    return items


def _pitches(item: list[WrittenTune]) -> set[tuple[int, int, int]]:
    return {(w.letter, w.octave, w.alteration) for w in item if w.kind == "note"}


def _alike(a: list[WrittenTune], b: list[WrittenTune]) -> bool:
    """The same note, or chords of the same notes, with no tie inside."""
    same = a[0].kind == b[0].kind and a[-1].kind == b[-1].kind and _pitches(a) == _pitches(b)
    return same and not any(w.kind == "tie" for w in (*a, *b))


def _length(item: list[WrittenTune]) -> Fraction:
    return item[0].length if len(item) == 1 else item[1].length * item[-1].length


def _longer(a: list[WrittenTune], b: list[WrittenTune]) -> list[WrittenTune]:
    """`a`, lasting as long as both."""
    if len(a) == 1:
        return [replace(a[0], length=a[0].length + b[0].length)]
    return [*a[:-1], replace(a[-1], length=(_length(a) + _length(b)) / a[1].length)]
