"""Held keys as a mask over the vocabulary's pitches: what they allow of the melody.

An accidental lasts to the bar line, for its letter in every octave, so what a plain letter sounds depends on what is
before it in the bar. The mask needs no memory of that: it lets each letter have one alteration only (pitch classes), or
lets a plain letter stand only where every alteration it may have is in range. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from instrument.music.key import LETTER_SEMITONES, Key
from instrument.music.tokens.tokens import Kind, Token

Mask = NDArray[np.bool_]


def limits(tokens: Sequence[Token], mode: Key, held: Sequence[int], up: int, by: str) -> Mask | None:
    """[vocab]: which tokens may be; None where there is no limit, or nothing would be left of the pitches.

    held: keys, as they sound; up: semitones from the written to the sounding; by: "classes" or "range"
    A single note would be said over and over: it stands for the triad on it, or for the octave above it.
    """
    if not held:
        return None
    written = [key - up for key in held]
    if by == "range" and min(written) == max(written):
        written.append(written[0] + 12)
    elif len({pitch % 12 for pitch in written}) == 1:
        written = [written[0] + step for step in _triad(written[0], mode)]
    pitches = _range(tokens, mode, min(written), max(written)) if by == "range" else _classes(tokens, mode, written)
    if not pitches.any():
        return None
    other: Mask = np.array([token.kind is not Kind.PITCH for token in tokens])
    return other | pitches


def _triad(root: int, mode: Key) -> tuple[int, ...]:
    """Semitones from a note to its third and fifth, as the key has them; major on a note that is none of the key's."""
    above = sorted((pitch - root) % 12 for pitch in mode.classes)
    return (above[0], above[2], above[4]) if above[0] == 0 else (0, 4, 7)


def _classes(tokens: Sequence[Token], mode: Key, written: Sequence[int]) -> Mask:
    classes = {pitch % 12 for pitch in written}
    only: dict[int, int] = {}  # the one alteration of each letter: the signature's where it will do
    spelt: set[int] = set()
    written_so = {(token.letter, token.accidental) for token in tokens if token.kind is Kind.PITCH}
    for alteration in (None, 0, 1, -1):
        for letter in range(7):
            here = mode.signature[letter] if alteration is None else alteration
            sounding = (LETTER_SEMITONES[letter] + here) % 12
            if (letter, alteration) in written_so and sounding in classes - spelt and letter not in only:
                only[letter] = here
                spelt.add(sounding)
    return np.array([token.kind is Kind.PITCH and _is(token, mode, only) for token in tokens])


def _is(token: Token, mode: Key, only: dict[int, int]) -> bool:
    if token.letter not in only:
        return False
    if token.accidental is None:
        return only[token.letter] == mode.signature[token.letter]
    return token.accidental == only[token.letter]


def _range(tokens: Sequence[Token], mode: Key, low: int, high: int) -> Mask:
    may: dict[int, set[int]] = {letter: {mode.signature[letter]} for letter in range(7)}
    pitches = [token if token.kind is Kind.PITCH else None for token in tokens]
    for token in pitches:
        if token and token.accidental is not None and low <= _pitch(token, token.accidental) <= high:
            may[token.letter].add(token.accidental)
    return np.array([t is not None and all(low <= _pitch(t, a) <= high for a in _may(t, may)) for t in pitches])


def _may(token: Token, may: Mapping[int, set[int]]) -> set[int]:
    """The alterations that a token may come to sound with. may: by letter, within its bar."""
    return may[token.letter] if token.accidental is None else {token.accidental}


def _pitch(token: Token, alteration: int) -> int:
    return 60 + 12 * token.octave + LETTER_SEMITONES[token.letter] + alteration


def compass_mask(tokens: Sequence[Token], mode: Key, low: int, high: int) -> Mask | None:
    """[vocab]: which tokens an instrument has, whose compass reaches from `low` to `high` in the written tune; None
    where it has no pitch at all. Pure."""
    pitches = _range(tokens, mode, low, high)
    if not pitches.any():
        return None
    other: Mask = np.array([token.kind is not Kind.PITCH for token in tokens])
    return other | pitches
