"""What tokens mean, measure by measure. Lengths are written in eighths here; the reader's are ticks."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.music.ticks import EIGHTH
from instrument.music.tokens.bars import Measure, Misspelt, read_tune
from instrument.music.tokens.decode import GrowingTune
from instrument.music.tokens.tokens import Kind, duration_text, parse, pitch_text

C4 = 60


def measures(body: str, head: str = "M:4/4 K:Cmaj", strict: bool = True) -> tuple[Measure, ...]:
    return read_tune(f"{head} {body}".split(), strict).measures


def pitches(body: str, head: str = "M:4/4 K:Cmaj") -> list[int]:
    return [n.pitch - C4 for m in measures(body, head) for n in m.notes]


def lengths(body: str, head: str = "M:4/4 K:Cmaj") -> list[Fraction]:
    return [Fraction(n.duration, EIGHTH) for m in measures(body, head) for n in m.notes]


def F(text: str) -> list[Fraction]:
    return [Fraction(word) for word in text.split()]


def test_octaves() -> None:
    assert pitches("C,, C, C c c' c''") == [-24, -12, 0, 12, 24, 36]


def test_the_mode_gives_the_signature() -> None:
    assert pitches("C D E F G A B", "M:4/4 K:Cdor") == [0, 2, 3, 5, 7, 9, 10]
    assert pitches("E A B", "M:4/4 K:Cmin") == [3, 8, 10]


def test_an_accidental_lasts_to_the_bar_line_in_every_octave() -> None:
    assert pitches("^F F f =F f | F") == [6, 6, 18, 5, 17, 5]
    assert pitches("^^C C __B B | C B") == [2, 2, 9, 9, 0, 11]


def test_an_accidental_before_a_repeat_sign_ends_there() -> None:
    assert pitches("|: F ^F :| F |1 ^F :| |2 F") == [5, 6, 5, 6, 5]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("c 2 d /2 e 3/2 f", "2 1/2 3/2 1"),
        ("c > d e < f", "3/2 1/2 1/2 3/2"),
        ("c 2> d 2", "3 1"),
        ("c /2> d /2", "3/4 1/4"),
        ("c > d > e", "3/2 1/2 1"),
        ("c > | d", "3/2 1/2"),
        ("c > [ d f ] 2 e", "3/2 1 1 1"),
        ("z > c", "1/2"),
        ("(3 c d e f", "2/3 2/3 2/3 1"),
        ("(3 c 2 d e", "4/3 2/3 2/3"),
        ("(3 c > d e", "1 1/3 2/3"),
        ("(3 c d | e f", "2/3 2/3 2/3 1"),
        ("(2 c d", "3/2 3/2"),
        ("(4 c d e f", "3/4 3/4 3/4 3/4"),
        ("(3 z c [ e g ]", "2/3 2/3 2/3"),
        ("[ c e ] 2 d", "2 2 1"),
        ("[ c 2 e 2 ] d", "2 2 1"),
        ("[ c 2 e ] d", "2 2 1"),
        ("[ c e 2 ] d", "1 1 1"),
        ("[ c 2 e 2 ] 2", "4 4"),
        ("[ z 2 e ] d", "2 1"),
        ("[ c c ] d", "1 1"),
        ("[ c e > ] d", "3/2 3/2 1/2"),
        ("[ ] d", "1"),
    ],
)
def test_lengths(body: str, expected: str) -> None:
    assert lengths(body) == F(expected)


def test_long_tuplets_depend_on_the_meter() -> None:
    assert lengths("(5 c d e f g") == [Fraction(2, 5)] * 5
    assert lengths("(5 c d e f g", "M:6/8 K:Cmaj") == [Fraction(3, 5)] * 5


def test_notes_follow_each_other_without_gap_and_a_rest_leaves_one() -> None:
    (measure,) = measures("c > d z 2 (3 e f g [ c e ] 2")
    starts = [Fraction(n.start, EIGHTH) for n in measure.notes]
    assert starts == F("0 3/2 4 14/3 16/3 6 6")
    assert measure.length == 8 * EIGHTH


def test_bar_signs_mark_their_measures() -> None:
    found = measures("G |: c | d |1 e :| |2 f | g")
    assert [(m.opens, m.closes, m.ending) for m in found] == [
        (False, False, 0), (True, False, 0), (False, False, 0), (False, True, 1), (False, False, 2), (False, False, 0),
    ]  # fmt: skip


def test_a_repeat_behind_an_empty_measure_closes_the_one_before() -> None:
    assert [m.closes for m in measures("|: c | d | :| |: e :|")] == [False, True, True]


def test_slices_of_measures_join() -> None:
    found = measures("|: c d | e :| |: f | g")
    assert [(m.first, m.last) for m in found] == [(3, 6), (6, 8), (9, 11), (11, 12)]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("2 c", '"2" makes no sense at token 3'),
        ("c | > d", '">" makes no sense at token 5'),
        ("c 2 2", '"2" makes no sense at token 5'),
        ("c ]", '"]" makes no sense at token 4'),
        ("[ c | e ]", r'"\|" makes no sense at token 5'),
        ("[ c", "the last chord is not closed"),
        ("(3 2 c", '"2" makes no sense at token 4'),
        ("c <s> d", '"<s>" makes no sense'),
        ("c M:6/8 d", '"M:6/8" makes no sense'),
        ("c h d", '"h" makes no sense'),
        ("c /0 d", '"/0" makes no sense'),
        ("c'''''''", "makes no sense"),
    ],
)
def test_strict_reading_names_what_makes_no_sense(body: str, named: str) -> None:
    with pytest.raises(Misspelt, match=named):
        measures(body)


@pytest.mark.parametrize("head", ["", "M:4/4", "K:Cmaj M:4/4", "M:4/0 K:Cmaj", "M:4/4 K:Dmaj", "M:4/4 K:Cbmaj"])
def test_a_bad_head_is_refused_however_one_reads(head: str) -> None:
    for strict in (True, False):
        with pytest.raises(Misspelt):
            read_tune(head.split(), strict)


def test_lenient_reading_steps_over_what_makes_no_sense() -> None:
    good, bad = "c 2 d | [ c e ] f", "2 c 2 2 <s> d | > [ c e M:6/8 ] ] f </s> h"
    assert [m.notes for m in measures(bad, strict=False)] == [m.notes for m in measures(good)]


GOOD = "C c' ^f =B _e z 2 /2 3/2 /3 > < 2> /2< | |: :| |1 |2 (2 (3 (5 (9 [ ]"
BAD = "<s> </s> M:4/4 K:Cmaj h /0 0 /99999 999 c'''''''''' C,,,,,,,,,,,"
noise = st.lists(st.sampled_from(f"{GOOD} {BAD}".split()) | st.text(max_size=4), max_size=60)


@given(st.sampled_from(["4/4", "6/8", "3/2"]), noise)
def test_lenient_reading_never_raises_and_makes_sound_measures(meter: str, body: list[str]) -> None:
    tokens = [f"M:{meter}", "K:Cdor", *body]
    for m in read_tune(tokens, strict=False).measures:
        assert m.length > 0
        assert 2 <= m.first < m.last <= len(tokens)
        for n in m.notes:
            assert 0 <= n.start < m.length and n.duration > 0 and 0 <= n.pitch <= 127


@given(noise)
def test_what_strict_reading_takes_lenient_reading_takes_alike(body: list[str]) -> None:
    tokens = ["M:4/4", "K:Cmix", *body]
    try:
        strictly = read_tune(tokens)
    except Misspelt:
        return
    assert read_tune(tokens, strict=False) == strictly


@given(noise, st.integers(0, 60))
def test_measures_behind_a_bar_line_do_not_change_as_the_tune_goes_on(body: list[str], cut: int) -> None:
    head = ["M:4/4", "K:Cmaj"]
    closed = [i for i, t in enumerate(body[:cut]) if t == "|"]
    part = read_tune([*head, *body[: closed[-1] + 1]] if closed else head, strict=False).measures
    whole = read_tune([*head, *body], strict=False).measures
    assert [m.notes for m in part] == [m.notes for m in whole[: len(part)]]


@given(st.integers(0, 6), st.integers(-3, 4), st.sampled_from([None, -2, -1, 0, 1, 2]))
def test_a_pitch_reads_back_as_it_is_written(letter: int, octave: int, accidental: int | None) -> None:
    token = parse(pitch_text(letter, octave, accidental))
    assert (token.kind, token.letter, token.octave, token.accidental) == (Kind.PITCH, letter, octave, accidental)


@given(st.fractions(Fraction(1, 64), 32, max_denominator=64))
def test_a_length_reads_back_as_it_is_written(length: Fraction) -> None:
    text = duration_text(length)
    assert parse(text).length == length if text else length == 1


@given(st.lists(st.tuples(st.integers(0, 40), noise), max_size=8))
def test_a_tune_that_grows_or_is_cut_reads_as_if_from_its_top(turns: list[tuple[int, list[str]]]) -> None:
    growing, texts = GrowingTune(), ["M:6/8", "K:Cdor"]
    for kept, more in turns:
        texts = [*texts[: max(2, len(texts) - kept if kept < 6 else len(texts))], *more]
        assert growing.read(texts) == read_tune(texts, strict=False)
