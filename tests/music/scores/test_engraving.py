"""The score: what is engraved sounds like what was read, and every value is one that can be written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.snapshot import Snapshot
from instrument.music.key import LETTER_SEMITONES, Key, transposition
from instrument.music.scores import engraving
from instrument.music.scores.engraving import Engraved, Sign, engraved, signature
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.decode import read_tune
from instrument.networks.folk.vocabulary import Vocabulary
from tests.fakes.band import planner
from tests.fakes.thorough import every, share

KEYS = [Key.parse(text) for text in ("C", "D mixolydian", "Bb", "F# minor", "Ab", "E dorian")]
SHAPES = {0: Fraction(1), 1: Fraction(3, 2), 2: Fraction(7, 4)}


def one(body: str, key: str = "C", meter: str = "4/4", measure: int = 0) -> Engraved:
    found = engraved([f"M:{meter}", "K:Cmaj", *body.split()], measure, Key.parse(key))
    assert found is not None
    return found


def pitches(score: Engraved, key: Key) -> list[list[int]]:
    """Read back as a player reads: signature, then the bar's accidentals."""
    bar: dict[int, int] = {}
    found = []
    for sign in score.signs:
        chord = []
        for step, accidental in sign.heads:
            octave, letter = divmod(step, 7)
            if accidental is not None:
                bar[letter] = accidental
            chord.append(60 + 12 * octave + LETTER_SEMITONES[letter] + bar.get(letter, key.signature[letter]))
        found.append(sorted(set(chord)))
    return found


def joined(score: Engraved, key: Key) -> list[tuple[Fraction, Fraction, tuple[int, ...]]]:
    """(start, length, pitches) with tied notes put together again, rests left out."""
    found: list[tuple[Fraction, Fraction, tuple[int, ...]]] = []
    tied = False
    for sign, chord in zip(score.signs, pitches(score, key), strict=True):
        if tied:
            at, length, before = found[-1]
            assert before == tuple(chord), "a tie joins the same note"
            found[-1] = (at, length + sign.length, before)
        elif chord:
            found.append((sign.at, sign.length, tuple(chord)))
        tied = sign.tied
    return found


@pytest.mark.parametrize("seed", range(1, 1 + share(3, 6)))
@pytest.mark.parametrize("key", every(2, KEYS), ids=str)
def test_what_is_engraved_sounds_as_what_was_read(seed: int, key: Key) -> None:
    snapshot = Snapshot().with_values([("tune.seed", seed), ("tune.meter", ("4/4", "6/8", "9/8")[seed % 3])])
    plan = planner(snapshot)
    written = [plan.next_span() for _ in range(12)][-1].written
    tune = read_tune([token for token in written if token != "</s>"])
    target = Key(key.letter, key.accidental, tune.mode.mode)
    for i, measure in enumerate(tune.measures):
        score = engraved(written, i, key)
        assert score is not None
        sounds: dict[Fraction, tuple[Fraction, list[int]]] = {}
        for note in measure.notes:
            at = Fraction(note.start, EIGHTH)
            sounds.setdefault(at, (Fraction(note.duration, EIGHTH), []))[1].append(note.pitch + transposition(key))
        want = [(at, length, tuple(sorted(set(chord)))) for at, (length, chord) in sorted(sounds.items())]
        for (at, length, chord), (to, lasts, heard) in zip(joined(score, target), want, strict=True):
            assert chord == heard
            assert abs(at - to) <= Fraction(1, EIGHTH), "whole ticks"
            assert abs(length - lasts) <= Fraction(2, 63)


@pytest.mark.parametrize("seed", range(1, 1 + share(3, 6)))
def test_read_from_nearby_a_measure_looks_as_read_from_the_start(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planner(Snapshot().with_value("tune.seed", seed))
    written = [plan.next_span() for _ in range(40)][-1].written
    near = [engraved(written, i, KEYS[1]) for i in range(50)]
    monkeypatch.setattr(engraving, "BEFORE", 10**6)
    assert near == [engraved(written, i, KEYS[1]) for i in range(50)]


@given(tokens=st.lists(st.sampled_from(Vocabulary.shipped().texts), max_size=60), key=st.sampled_from(KEYS))
def test_whatever_a_model_says_every_value_can_be_written(tokens: list[str], key: Key) -> None:
    body = [token for token in tokens if token[:2] not in ("M:", "K:") and token not in ("<s>", "</s>")]
    measures = read_tune(["M:6/8", "K:Cdor", *body], strict=False).measures
    for i in range(len(measures) + 1):
        score = engraved(["M:6/8", "K:Cdor", *body], i, key)
        assert (score is None) == (i == len(measures))
        if score is None:
            continue
        for sign in score.signs:
            assert sign.value in (1, 2, 4, 8, 16, 32, 64)
            if not sign.tuplet:
                assert sign.length == Fraction(8, sign.value) * SHAPES[sign.dots]
        assert all(a.at + a.length <= b.at for a, b in zip(score.signs, score.signs[1:], strict=False))
        for beam in {sign.beam for sign in score.signs} - {0}:
            members = [sign for sign in score.signs if sign.beam == beam]
            assert len(members) > 1
            assert all(sign.value >= 8 and sign.heads for sign in members)


def test_a_bar_as_players_write_it() -> None:
    score = one("C D E F G 4 |")
    assert [(s.value, s.dots, s.beam) for s in score.signs] == [(8, 0, 1)] * 4 + [(2, 0, 0)]
    assert [s.heads for s in score.signs] == [((n, None),) for n in range(5)]


def test_dots_ties_triplets_chords_and_rests() -> None:
    assert [(s.value, s.dots) for s in one("C 3 D z 4 |").signs] == [(4, 1), (8, 0), (2, 0)]
    assert [(s.value, s.tied) for s in one("C 5 D 3 |").signs][:2] == [(2, True), (8, False)]
    triplet = one("(3 C D E F 2 G 4 |").signs
    assert [(s.tuplet, s.of, s.value) for s in triplet[:4]] == [(1, 3, 8)] * 3 + [(0, 0, 4)]
    chord = one("[ C E G ] 2 z 6 |").signs
    assert (len(chord[0].heads), chord[1].heads) == (3, ())
    assert [(s.value, s.dots) for s in one("C > D E 6 |").signs][:2] == [(8, 1), (16, 0)]


def test_repeats_endings_and_accidentals() -> None:
    body = "|: C 8 |1 ^F 8 :| |2 F 8 |"
    assert (one(body).opens, one(body, measure=1).closes, one(body, measure=1).ending) == (True, True, 1)
    assert one(body, measure=1).signs[0].heads == ((3, 1),)
    assert one(body, measure=2).ending == 2
    assert one("^F F F 2 z 4 |", key="D").signs[0].heads == ((4, 1),), "a raised fourth stays one, in D it is G sharp"
    assert one("^F F F 2 z 4 |", key="D").signs[1].heads == ((4, None),)


@pytest.mark.parametrize(
    ("key", "steps"),
    [("D major", [(10, 1), (7, 1)]), ("F major", [(6, -1)]), ("C major", []), ("D dorian", []),
     ("Bb major", [(6, -1), (9, -1)])],
)  # fmt: skip
def test_signatures(key: str, steps: list[tuple[int, int]]) -> None:
    assert list(signature(Key.parse(key))) == steps


def test_an_empty_sign_is_nothing() -> None:
    assert engraved([], 0, KEYS[0]) is None
    assert engraved(["M:4/4", "K:Cmaj", "C", "8", "|"], 5, KEYS[0]) is None
    assert isinstance(one("C 8 |").signs[0], Sign)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("M:6/8 K:Cmaj G 5 A |", [(0, 4, 1, True), (3, 4, 0, False), (5, 8, 0, False)]),
        ("M:6/8 K:Cmaj A G 5 |", [(0, 8, 0, False), (1, 4, 0, True), (3, 4, 1, False)]),
        ("M:4/4 K:Cmaj G 5 A B c |", [(0, 2, 0, True), (4, 8, 0, False), (5, 8, 0, False)]),
        ("M:9/8 K:Cmaj G 5 A B 3 |", [(0, 4, 1, True), (3, 4, 0, False), (5, 8, 0, False), (6, 4, 1, False)]),
        ("M:6/8 K:Cmaj G 4 A B |", [(0, 2, 0, False), (4, 8, 0, False), (5, 8, 0, False)]),
    ],
)
def test_a_length_of_several_values_is_parted_where_a_beat_begins(
    text: str, written: list[tuple[int, int, int, bool]]
) -> None:
    score = engraved(tuple(text.split()), 0, Key.parse("C major"))
    assert score is not None
    assert [(sign.at, sign.value, sign.dots, sign.tied) for sign in score.signs][: len(written)] == written
