"""Tunes in ABC as they are heard: onset, length and pitch of each note, in eighths."""

from __future__ import annotations

from fractions import Fraction

from instrument.music.abc.parse import read
from instrument.music.key import LETTER_SEMITONES
from instrument.music.tokens.decode import read_tune
from instrument.music.tokens.encode import tokens
from tests.fakes.paths import DATA
from tests.judges.abc2midi import GRID
from tests.judges.compare_abc2midi import played

CASES = DATA / "abc"


def heard(text: str) -> str:
    """Of one tune, at the pitch at which it is written."""
    score = read(text)
    texts = tokens(score)
    notes, begins = played(texts), next(n for m in read_tune(texts).measures for n in m.notes)
    first = next(w for w in score.body if w.kind == "note")
    written = 60 + 12 * first.octave + LETTER_SEMITONES[first.letter] + first.alteration + score.semitones
    shift = written - begins.pitch
    eighth = GRID // 2
    return " ".join(f"{Fraction(s, eighth)}:{Fraction(n, eighth)}:{p + shift}" for s, n, p in notes)


def abc(body: str, key: str = "C", head: str = "") -> str:
    return f"X:1\nT:a tune\nM:4/4\nL:1/8\n{head}K:{key}\n{body}\n"
