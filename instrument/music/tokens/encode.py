"""A written tune to folk-rnn tokens: on C, in eighths, one sign a token.

Every tune is moved to a root of C with its mode kept, letter by letter, so that a raised seventh stays a
raised seventh. The octave is the one that brings the mean pitch nearest to that of folk-rnn's own data.
Reels and hornpipes written in 2/4 with sixteenths become 4/4 with eighths (the same music, as players
write it today), and 2/2 is written 4/4, as in that data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from instrument.music.abc.parse import Refused, Score, WrittenTune
from instrument.music.abc.ties import beside, even, held
from instrument.music.key import LETTER_SEMITONES, Key, moved
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.decode import placed, read_tune
from instrument.music.tokens.tokens import duration_text, pitch_text

CENTRE = 69.0  #: mean pitch (MIDI) that the choice of octave aims at; folk-rnn's sample has 69.2


def tokens(score: Score, ties: bool = True) -> list[str]:
    """The tune as tokens, `M:` and `K:` first, without `<s>` and `</s>`. Raises Refused.

    ties: write `-` where a note is held over a bar line, into a chord or into a tuplet; without, as a model's
    vocabulary has none, it is struck again, and `score.dropped` counts it
    """
    return _encoded(score, ties)[0]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A chord symbol of a written tune, or an ornament. measure: index, as its tokens are read; start: ticks from that
    measure's first; text: as somebody wrote it, in the tune's own key."""

    measure: int
    start: int
    text: str


def with_symbols(score: Score, ties: bool = True) -> tuple[list[str], tuple[Symbol, ...]]:
    """The tune as `tokens` gives it, and its chord symbols. Raises Refused, and Misspelt for what is not music."""
    texts, symbols, _ = with_signs(score, ties)
    return texts, symbols


def with_signs(score: Score, ties: bool = True) -> tuple[list[str], tuple[Symbol, ...], tuple[Symbol, ...]]:
    """The tune as `tokens` gives it, its chord symbols, and its ornaments, where they were read. Raises as
    `with_symbols` does."""
    texts, above = _encoded(score, ties)
    tune = read_tune(texts)
    starts = [at * EIGHTH for _, at in placed(texts)]
    symbols, ornaments = list[Symbol](), list[Symbol]()
    for index, sign in above:
        measure = next((i for i, each in enumerate(tune.measures) if each.first <= index < each.last), None)
        if measure is not None:
            start = int(starts[index - 2])
            symbols += [Symbol(measure, start, sign.symbol)] if sign.symbol else []
            ornaments += [Symbol(measure, start, one) for one in sign.ornaments]
    return texts, tuple(symbols), tuple(ornaments)


def _encoded(score: Score, ties: bool) -> tuple[list[str], list[tuple[int, WrittenTune]]]:
    """Tokens, and of each sign with a chord symbol or an ornament the index of its first token."""
    mode = Key(0, 0, score.key.mode)
    meter, factor = written_in(score)
    body = _onto_c(held(even(beside(score.body))), score.key, mode)
    if not ties:
        struck = sum(w.kind == "tie" for w in body)
        if struck:
            score.dropped["tie, struck again"] = struck
        body = [w for w in body if w.kind != "tie"]
    body = _plain_bars([_scaled(w, factor) for w in body])
    texts, above, told = [f"M:{meter}", f"K:C{mode.mode}"], list[tuple[int, WrittenTune]](), -1
    for sign, text in _signs(body, mode):
        if sign != told and (body[sign].symbol or body[sign].ornaments):
            above.append((len(texts), body[sign]))
        told = sign
        texts.append(text)
    return texts, above


def written_in(score: Score) -> tuple[Meter, int]:
    """The meter we write, and what note lengths are multiplied by."""
    sixteenths = sum(w.kind == "note" and w.length == Fraction(1, 2) for w in score.body)
    notes = sum(w.kind == "note" for w in score.body)
    if any(w.kind == "meter" for w in score.body):
        return score.meter, 1
    if score.meter == Meter(2, 4) and sixteenths > notes / 2:
        return Meter(4, 4), 2
    return (Meter(4, 4) if score.meter == Meter(2, 2) else score.meter), 1


def _onto_c(body: list[WrittenTune], key: Key, mode: Key) -> list[WrittenTune]:
    """Move each note down to a root of C, keeping its alteration against the signature."""
    on_c = []
    for w in body:
        if w.kind == "note":
            there = moved((w.letter, w.octave, w.alteration), -key.letter, key, mode)
            if abs(there[2]) > 2:
                raise Refused("an accidental beyond a double")
            w = replace(w, letter=there[0], octave=there[1], alteration=there[2])
        on_c.append(w)
    pitches = [_pitch(w) for w in on_c if w.kind == "note"]
    octaves = round((CENTRE - sum(pitches) / len(pitches)) / 12)
    return [replace(w, octave=w.octave + octaves) if w.kind == "note" else w for w in on_c]


def _pitch(w: WrittenTune) -> int:
    return 60 + 12 * w.octave + LETTER_SEMITONES[w.letter] + w.alteration


def _scaled(w: WrittenTune, factor: int) -> WrittenTune:
    return replace(w, length=w.length * factor) if w.kind in ("note", "rest") else w


def _plain_bars(body: list[WrittenTune]) -> list[WrittenTune]:
    """One sign where several meet: `| |:` is `|:`, `:| |` is `:|`; no bar line opens the tune. A change of meter stands
    behind the bar line that follows it, or that it follows."""
    out: list[WrittenTune] = []
    changed: list[WrittenTune] = []
    for w in body:
        if w.kind == "meter":
            changed = [w]
            continue
        if w.kind != "bar" and changed and out and out[-1].kind == "bar":
            out += changed
            changed = []
        last = out[-1].text if out and out[-1].kind == "bar" else None
        if w.kind != "bar":
            out.append(w)
        elif not out and w.text != "|:":
            continue
        elif last is None or (last == ":|" and w.text in ("|:", "|2")):
            out.append(w)
        elif last == "|":
            out[-1] = w
    if out and out[-1].kind == "bar" and out[-1].text != ":|":
        out.pop()
    if out and out[-1].kind != "bar":
        out.append(WrittenTune("bar", text="|"))
    return out


def spelt(body: list[WrittenTune], mode: Key) -> Iterator[str]:
    """Tokens, with an accidental wherever the signature and the bar so far do not give it."""
    return (text for _, text in _signs(body, mode))


def _signs(body: list[WrittenTune], mode: Key) -> Iterator[tuple[int, str]]:
    """Index of a sign, and a token of it."""
    bar: dict[int, int] = {}
    chord: list[Fraction] | None = None  # of the notes in the open chord
    for i, w in enumerate(body):
        follower = body[i + 1] if i + 1 < len(body) else WrittenTune("bar")
        if w.kind == "note":
            usual = bar.get(w.letter, mode.signature[w.letter])
            yield i, pitch_text(w.letter, w.octave, None if w.alteration == usual else w.alteration)
            bar[w.letter] = w.alteration
            if chord is None:
                yield from ((i, text) for text in _duration(w.length, follower))
            else:
                chord.append(w.length)
        elif w.kind == "rest":
            yield i, "z"
            yield from ((i, text) for text in _duration(w.length, follower))
        elif w.kind == "chord_open":
            chord = []
            yield i, "["
        elif w.kind == "chord_close":
            if not chord or len(set(chord)) != 1:
                raise Refused("a chord of unequal lengths")
            yield i, "]"
            yield from ((i, text) for text in _duration(chord[0] * w.length, follower))
            chord = None
        elif w.kind == "tuplet":
            yield i, f"({w.tuplet}"
        elif w.kind == "tie":
            yield i, "-"
        elif w.kind == "meter":
            yield i, f"M:{w.text}"
        elif w.kind == "bar":
            bar.clear()
            yield i, w.text
        elif w.kind == "broken" and (i == 0 or body[i - 1].kind not in ("note", "rest", "chord_close")):
            raise Refused("broken rhythm after nothing")


def _duration(length: Fraction, follower: WrittenTune) -> Iterator[str]:
    """The length and a broken rhythm behind it share a token: `/2>`."""
    dot = {1: ">", -1: "<"}[follower.dots] if follower.kind == "broken" else ""
    if text := duration_text(length) + dot:
        yield text
