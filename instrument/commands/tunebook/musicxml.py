"""MusicXML of a tune in ABC, by music21: notes, chord names, and the ornaments that music21's reader leaves out.

MusicXML has no sign for a roll; its notes are a turn's, and a turn is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instrument.music.abc.played import read_played
from instrument.music.abc.written_tune import Refused, Score
from instrument.music.dances.written_ornament import ACCENT, INVERTED, MORDENT, PRALL, ROLL, STACCATO, TRILL, TURN


def write(text: str, title: str, composer: str, path: Path) -> None:
    """text: one tune of ABC; composer: "" for none that we know of. Raises what music21 raises, OSError."""
    from music21 import converter, metadata

    score: Any = converter.parseData(text, format="abc")
    score.metadata = metadata.Metadata(title=title)
    if composer:
        score.metadata.composer = composer
    adorn(score, text)
    score.write("musicxml", fp=str(path))


def adorn(score: Any, text: str) -> None:
    """Put the ornaments of a tune in ABC on music21's notes of it; none where the two do not have the same notes."""
    from music21 import articulations, expressions, harmony

    signs: dict[str, type] = {
        ROLL: expressions.Turn, TURN: expressions.Turn, INVERTED: expressions.InvertedTurn, TRILL: expressions.Trill,
        MORDENT: expressions.Mordent, PRALL: expressions.InvertedMordent, STACCATO: articulations.Staccato,
        ACCENT: articulations.Accent,
    }  # fmt: skip
    try:
        asked = list(_by_note(read_played(text)))
    except (Refused, ValueError):
        return
    notes = [n for n in score.recurse().notes if not isinstance(n, harmony.ChordSymbol) and not n.duration.isGrace]
    if len(notes) != len(asked):
        return
    for note, ornaments in zip(notes, asked, strict=True):
        if MORDENT in ornaments:  # music21 reads its letter as ABC 1.6 had it
            note.articulations = [one for one in note.articulations if not isinstance(one, articulations.Tenuto)]
        there = {type(sign) for sign in (*note.expressions, *note.articulations)}
        for sign in dict.fromkeys(signs[one] for one in ornaments if one in signs):
            place = note.articulations if issubclass(sign, articulations.Articulation) else note.expressions
            if sign not in there:
                place.append(sign())


def _by_note(score: Score) -> Iterator[tuple[str, ...]]:
    """The ornaments of each note, those of a chord's notes together."""
    chord: list[str] | None = None
    for sign in score.body:
        if sign.kind == "chord_open":
            chord = []
        elif sign.kind == "chord_close":
            yield tuple(chord or ())
            chord = None
        elif sign.kind == "note" and chord is not None:
            chord += sign.ornaments
        elif sign.kind == "note":
            yield sign.ornaments
