"""The other ways at each note of a measure: what the model weighed there, as pitches that would sound.

Read off the node store, as `instrument.thinking.tune.token_odds` does; nothing is computed for it. The player holds
them ready for a performer who taps the rhythm.
"""

from __future__ import annotations

from itertools import islice

import numpy as np
from numpy.typing import NDArray

from instrument.music.events import Branch, Note, Span
from instrument.music.key import LETTER_SEMITONES, Key
from instrument.music.tokens.tokens import Kind, Token, parse
from instrument.thinking.tune.token_odds import weighed
from instrument.thinking.tune.tune_writer import TuneWriter

WAYS = 12  #: at one note: enough that some go up and some go down


def branches(tune_writer: TuneWriter, span: Span) -> tuple[Branch, ...]:
    """Of a span whose measure this writer has written; of those notes whose states the store still has."""
    measures = tune_writer.measures()
    notes = [note for note in span.notes if note.voice == "melody"]
    if span.source != "composed" or span.place.measure >= len(measures):
        return ()
    measure = measures[span.place.measure]
    tokens = [parse(text) for text in tune_writer.texts[measure.first : measure.last]]
    pitched = [i for i, token in enumerate(tokens) if token.kind is Kind.PITCH]
    found = weighed(tune_writer, span.place.measure)
    if len(pitched) != len(notes) or len(found) > len(tokens) or len({note.start for note in notes}) < len(notes):
        return ()  # chords are left as they are
    mode, altered = Key.parse(span.written[1][2:]), dict[int, int]()
    ways = []
    for i, note in zip(pitched, notes, strict=True):
        shift = note.pitch - _pitch(tokens[i], mode, altered)
        place = i - (len(tokens) - len(found))
        if place >= 0:
            others = _likeliest(tune_writer, found[place][1], tokens[i])
            sounding = _sounding(others, note, shift, mode, altered)
            if sounding:
                ways.append(Branch(note.start, measure.first + i, sounding))
        altered[tokens[i].letter] = _alteration(tokens[i], mode, altered)
    return tuple(ways)


def _likeliest(tune_writer: TuneWriter, logs: NDArray[np.float32], chosen: Token) -> list[Token]:
    """The other pitches that the model holds likeliest at a place, best first. logs: [vocab]."""
    vocabulary = tune_writer.memory.vocabulary
    order = (vocabulary.tokens[i] for i in np.argsort(-logs, kind="stable").tolist())
    return list(islice((t for t in order if t.kind is Kind.PITCH and t.text != chosen.text), WAYS))


def _sounding(
    tokens: list[Token], note: Note, shift: int, mode: Key, altered: dict[int, int]
) -> tuple[tuple[int, str], ...]:
    pitches = [(_pitch(t, mode, altered) + shift, t.text) for t in tokens if t.kind is Kind.PITCH]
    return tuple((pitch, text) for pitch, text in pitches if 0 <= pitch <= 127 and pitch != note.pitch)


def _pitch(token: Token, mode: Key, altered: dict[int, int]) -> int:
    return 60 + 12 * token.octave + LETTER_SEMITONES[token.letter] + _alteration(token, mode, altered)


def _alteration(token: Token, mode: Key, altered: dict[int, int]) -> int:
    """As the bar so far and the mode have it, where the token does not say. altered: by letter, in this bar."""
    if token.accidental is not None:
        return token.accidental
    return altered.get(token.letter, mode.signature[token.letter])
