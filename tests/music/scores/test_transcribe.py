"""What was played, written down: a tune played by a person comes back as it stands written."""

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.table import METERS
from instrument.music.key import Key, transposition
from instrument.music.meter import Meter
from instrument.music.note import Note
from instrument.music.scores.transcribe import transcribed
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.music.tokens.bars import miscounted, read_tune
from instrument.networks.folk.vocabulary import Vocabulary

VOCABULARY = Vocabulary.shipped()
MODES = ("C major", "D dorian", "F# phrygian", "Eb lydian", "A minor", "G mixolydian")
TUNES = (
    ("4/4", "D major", "E G G A c 2 A G | E D C D E G D 2 | E G G A c d e c | d c A G A 2 G 2 |"),
    ("6/8", "G major", "G 3 E > F G | A c A G 2 E | D > E F A G F | E C D E 2 G |"),
    ("4/4", "E dorian", "C 2 G C B C G C | G F D F C D F G | (3 A B c A G F G A B | c A A G F D D F |"),
    ("3/4", "A minor", "E 4 E 2 | G 3 F E D | z 2 E 2 ^F G | C 6 |"),
    ("2/4", "Eb lydian", "A /2 B /2 A /2 G /2 E G | F /2 G /2 A F D | E 3/2 D /2 C 2 |"),
    ("9/8", "A mixolydian", "E 3 G 3 A 2 G | c 2 B A G E G 3 |"),
)


def played(tokens: list[str], meter: Meter, key: Key, loose: float = 0.0, seed: int = 0) -> list[Note]:
    """As a person would: every onset up to `loose` of an eighth off, let go a little early."""
    tune, rng, at, notes = read_tune([f"M:{meter}", f"K:C{key.mode}", *tokens]), random.Random(seed), 0, []
    for measure in tune.measures:
        for note in measure.notes:
            off = round(rng.uniform(-loose, loose) * EIGHTH)
            length = note.duration - round(min(note.duration / 2, EIGHTH / 2) * rng.random())
            notes.append(Note(at + note.start + off, length, note.pitch + transposition(key)))
        at += measure.length
    return notes


def sounding(tokens: tuple[str, ...], meter: Meter, key: Key) -> list[tuple[int, int, int]]:
    at, found = 0, []
    for measure in read_tune([f"M:{meter}", f"K:C{key.mode}", *tokens]).measures:
        found += [(at + n.start, n.duration, n.pitch) for n in measure.notes]
        at += measure.length
    return found


@pytest.mark.parametrize(("meter_text", "key_text", "text"), TUNES)
@pytest.mark.parametrize("loose", [0.0, 0.12])
def test_a_tune_comes_back_as_written(meter_text: str, key_text: str, text: str, loose: float) -> None:
    meter, key, tokens = Meter.parse(meter_text), Key.parse(key_text), text.split()
    bars = tokens.count("|")
    for seed in range(8):
        again = transcribed(played(tokens, meter, key, loose, seed), meter, key, bars)
        assert sounding(again, meter, key) == sounding(tuple(tokens), meter, key)


def test_exactly_these_notes_give_exactly_these_tokens() -> None:
    key, meter = Key.parse("D major"), Meter.parse("4/4")
    notes = [Note(90 - EIGHTH, 4000, 69), Note(300, 9000, 74), Note(QUARTER, 5000, 76), Note(3 * EIGHTH, 5000, 72)]
    assert " ".join(transcribed(notes, meter, key, 1)) == "G | c 2 d _B z 4 |"


def test_of_a_chord_the_highest_is_the_melody_and_a_grace_note_is_left_out() -> None:
    key, meter = Key.parse("C major"), Meter.parse("2/4")
    chord = [Note(0, QUARTER, 60), Note(200, QUARTER, 67), Note(90, QUARTER, 64)]
    grace = [Note(QUARTER - 1100, 400, 71), Note(QUARTER, QUARTER, 69)]
    assert transcribed(chord + grace, meter, key, 1) == ("G", "2", "A", "2", "|")


@given(
    st.lists(
        st.builds(Note, st.integers(-QUARTER, 5 * QUARTER * 4), st.integers(1, 5 * QUARTER), st.integers(0, 127)),
        max_size=24,
    ),
    st.sampled_from(METERS),
    st.sampled_from(MODES),
    st.integers(1, 5),
)
def test_whatever_is_played_makes_bars_that_add_up_in_signs_the_model_knows(
    notes: list[Note], meter_text: str, key_text: str, bars: int
) -> None:
    meter, key = Meter.parse(meter_text), Key.parse(key_text)
    tokens = transcribed(notes, meter, key, bars)
    assert set(tokens) <= set(VOCABULARY.texts)
    tune = read_tune([f"M:{meter}", f"K:C{key.mode}", *tokens])
    whole = tune.measures[-bars:]
    assert [m.length for m in whole] == [meter.bar] * bars
    assert len(tune.measures) <= bars + 1
    assert not miscounted(tune, range(len(tune.measures)))


@given(st.lists(st.integers(55, 80), min_size=1, max_size=16), st.sampled_from(MODES))
def test_pitches_are_kept_but_for_the_octave(pitches: list[int], key_text: str) -> None:
    key, meter = Key.parse(key_text), Meter.parse("4/4")
    notes = [Note(i * EIGHTH, EIGHTH, pitch) for i, pitch in enumerate(pitches)]
    tokens = transcribed(notes, meter, key, 2)
    found = [pitch + transposition(key) for _, _, pitch in sounding(tokens, meter, key)]
    assert [p % 12 for p in found] == [p % 12 for p in pitches]


def test_lengths_there_is_no_sign_for_are_struck_again() -> None:
    notes = [Note(0, 11 * EIGHTH, 60), Note(11 * EIGHTH, EIGHTH, 62)]
    tokens = transcribed(notes, Meter.parse("12/8"), Key.parse("C major"), 1)
    lengths = [Fraction(d, EIGHTH) for _, d, _ in sounding(tokens, Meter.parse("12/8"), Key.parse("C major"))]
    assert lengths == [9, 2, 1]
