"""Known tunes from ABC: each tune of a text, or why it cannot be played. Pure.

A tune is played as it is written, bars that do not add up too; those are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from instrument.music.abc.abc_file import decoded, tunes
from instrument.music.abc.lexer import JOURNEY, MACRO
from instrument.music.abc.played import UNPLAYED, read_played
from instrument.music.abc.voices import OTHER_VOICE
from instrument.music.abc.written_tune import Refused, Score, first_pitches
from instrument.music.dances.dance import dance_named, dance_of_rhythm
from instrument.music.measure import Measure, Misspelt, Tune
from instrument.music.meter import Meter
from instrument.music.play_order import order
from instrument.music.repertoire.known_tune import KnownTune, Symbol
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.decode import read_tune
from instrument.music.tokens.encode import Symbol as Placed
from instrument.music.tokens.encode import tokens, with_signs, written_in
from instrument.music.tokens.meters import meter_at
from instrument.music.tokens.tokens import STOP

__all__ = ["Found", "decoded", "known_tune", "known_tunes", "wrong_bars"]

LONGEST = 40_000  #: characters of one tune; the longest of sixteen thousand public ones has nine thousand
MEASURES = 600  #: of one tune, as written
STRAIGHT = "da capo, dal segno and coda are not followed: it is played straight through"
MACROS = "macros (m:) are not written out: it is played as its notes stand"
#: what a tune may have that is not played, by what it is counted as
NOT_FOLLOWED = ((JOURNEY, STRAIGHT), (MACRO, MACROS))
NAMED = 4  #: bars that do not add up and are named; more are counted
SYMBOL, TITLE = 40, 120  #: characters of a chord symbol, of a title


@dataclass(frozen=True, slots=True)
class Found:
    """Tune found in an ABC text.

    number: its `X:` as it stands in the text; tune: what is played, or None, and why: one line.
    """

    number: str
    title: str
    tune: KnownTune | None
    why: str = ""


def known_tunes(text: str, most: int) -> list[Found]:
    """Every tune of a text in ABC, at most `most`. A tune without an `X:` field is read where the text is one tune."""
    found: list[Found] = []
    texts = tunes(text)
    if not any(line.startswith("X:") for line in text.splitlines()) and "K:" in text:
        texts = iter(["X:1\n" + text.lstrip("\ufeff\n\r ")])
    for one in texts:
        if len(found) == most:
            break
        found.append(_found(one))
    return found


def _found(text: str) -> Found:
    lines = text.splitlines()
    number = lines[0][2:].split("%")[0].strip()[:20]
    title = next((line[2:].strip() for line in lines if line.startswith("T:")), "")[:TITLE]
    try:
        if len(text) > LONGEST:
            raise Refused(f"it is longer than {LONGEST // 1000} kB; no tune is")
        return Found(number, title, known_tune(text))
    except (ValueError, ArithmeticError) as error:
        return Found(number, title, None, " ".join(str(error).split())[:160])


def known_tune(text: str) -> KnownTune:
    """One tune of ABC, to be played. Raises Refused, one line."""
    dropped: Counter[str] = Counter()
    score = read_played(text, dropped)
    texts, chords, ornaments = _written(score)
    tune = read_tune(texts, strict=False)
    first = next((measure for measure in tune.measures if measure.notes), None)
    if first is None:
        raise Refused("no notes")
    if len(tune.measures) > MEASURES:
        raise Refused(f"it has {len(tune.measures)} bars; {MEASURES} are the most that are read")
    start = min(note.start for note in first.notes)
    here = max(note.pitch for note in first.notes if note.start == start)
    tempo = score.tempo * written_in(score)[1] if score.tempo else 0.0
    title = " ".join(score.title.split())[:TITLE] or f"tune {score.number}".strip()
    dance = dance_named(score.rhythm, score.titles, tune.meter) or dance_of_rhythm(tune)
    return KnownTune(
        title, " ".join([*texts, STOP]), str(score.key), max(first_pitches(score)) - here, dance, tempo, score.number,
        chords, (*wrong_bars(texts, tune), *_not_played(dropped)), ornaments=ornaments,
    )  # fmt: skip


def _not_played(dropped: Counter[str]) -> list[str]:
    """What stands in the text and is not followed, a line each."""
    found = [said for what, said in NOT_FOLLOWED if dropped[what]]
    if others := dropped[OTHER_VOICE]:
        found.append(f"the first of {others + 1} voices is played")
    if signs := [what.removeprefix(UNPLAYED) for what in dropped if what.startswith(UNPLAYED)]:
        found.append(f"signs that are not played: {' '.join(signs[:NAMED])[:SYMBOL]}")
    return found


def wrong_bars(texts: Sequence[str], tune: Tune) -> list[str]:
    """What does not add up, a line a bar: "bar 3 has 5 eighth notes; a bar of 6/8 has 6"."""
    measures = tune.measures
    meters = [meter_at(texts, measures, index) for index in range(len(measures))]
    wrong = miscounted(measures, meters, order(measures))
    found = [
        f"bar {index + 1} has {_eighths(measures[index].length)} eighth notes; a bar of {meters[index]} has "
        f"{_eighths(meters[index].bar)}"
        for index in wrong[:NAMED]
    ]
    return found + ([f"and {len(wrong) - NAMED} bars more"] if len(wrong) > NAMED else [])


def miscounted(measures: Sequence[Measure], meters: Sequence[Meter], played: Sequence[int]) -> list[int]:
    """Indices of the measures that do not add up, played in that order, each in its own meter. A short one may begin
    the tune or end it, or be made up for by the one that follows, as pick-ups are."""
    wrong: set[int] = set()
    lacking = 0
    for place, index in enumerate(played):
        length, bar = measures[index].length, meters[index].bar
        if lacking:
            wrong |= set() if length == lacking else {index}
            lacking = 0
        elif length > bar:
            wrong.add(index)
        elif length < bar and 0 < place < len(played) - 1:
            if measures[played[place + 1]].length == bar - length:
                lacking = bar - length
            else:
                wrong.add(index)
    return sorted(wrong)


def _written(score: Score) -> tuple[list[str], tuple[Symbol, ...], tuple[Symbol, ...]]:
    """Its tokens, chord symbols and ornaments; those are left out where their places cannot be told."""
    try:
        texts, symbols, ornaments = with_signs(score)
    except Misspelt:
        return tokens(score), (), ()
    chords = [one for one in symbols if not one.text.isdigit()]  # numbers count bars
    return texts, _plain(chords), _plain(ornaments)


def _plain(placed: Iterable[Placed]) -> tuple[Symbol, ...]:
    return tuple((one.measure, one.start, one.text[:SYMBOL]) for one in placed)


def _eighths(ticks: int) -> str:
    return str(Fraction(ticks, EIGHTH))
