"""Tunes in numbers, on tunes whose numbers anybody can count."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.music.note import Note
from instrument.music.tokens.bars import Tune, read_tune
from instrument.workshop.form import tune_metrics as tf
from instrument.workshop.form.overlap import Shared, Sources

BAR = "c 2 d 2 e 2 f 2 |"
OTHER = "g 2 f 2 e 2 d 2 |"


def tune(body: str, head: str = "M:4/4 K:Cmaj") -> Tune:
    return read_tune(f"{head} {body}".split(), strict=False)


def test_two_repeated_parts_of_eight_are_aabb() -> None:
    whole = tune("|: " + " ".join([BAR] * 7) + " c 8 :| |: " + " ".join([OTHER] * 7) + " C 8 :|")
    found = tf.figures(whole)
    assert found.parts == (8, 8) and found.aabb and found.closes and found.closing_parts == 1
    assert found.bars == 16 and found.miscounted == 0
    assert found.repetition == 12 / 16  # of sixteen bars four are new: two figures, two long notes
    assert found.longest_return == 3  # three bars of eighths, and the three after them; the seventh has no partner


def test_a_pickup_and_the_bar_that_makes_it_whole_are_one() -> None:
    whole = tune("|: c 2 | " + " ".join([BAR] * 7) + " c 6 :|")
    assert [part.bars for part in tf.parts(whole)] == [8] and tf.figures(whole).miscounted == 0


def test_endings_belong_to_their_part() -> None:
    whole = tune(f"|: {BAR} {BAR} |1 {OTHER.replace(' |', ' :|')} |2 C 8 | {OTHER} C 8 |")
    first, second = tf.parts(whole)
    assert first.repeated and first.bars == 3 and not second.repeated and second.bars == 2
    assert not tf.aabb([first, second])


def test_a_tune_that_ends_elsewhere_does_not_close() -> None:
    assert not tf.figures(tune(f"{BAR} {OTHER}")).closes
    assert tf.figures(tune(f"{BAR} [ C G ] 8 |")).closes, "a chord closes where its lowest note does"
    assert tf.figures(tune("")) == tf.Figures(0, 0, (), False, False, 0.0, 0, 0.0, 0)


def test_a_bar_too_long_is_counted() -> None:
    assert tf.figures(tune(f"{BAR} c 9 | {BAR}")).miscounted == 1


def test_histograms_count_the_first_note_of_chords_and_pool_wide_leaps() -> None:
    whole = tune("C [ E G ] c' 2 z 4 |")
    assert tf.intervals(whole) == Counter({4: 1, 13: 1}) and tf.durations(whole) == Counter({1.0: 2, 2.0: 1})


counts = st.dictionaries(st.integers(0, 5), st.integers(1, 50), min_size=1).map(Counter)


@given(counts, counts, counts)
def test_the_distance_is_one(a: Counter[int], b: Counter[int], c: Counter[int]) -> None:
    assert tf.apart(a, a) == 0 and tf.apart(a, b) == pytest.approx(tf.apart(b, a)) and 0 <= tf.apart(a, b) <= 1
    assert tf.apart(a, c) <= tf.apart(a, b) + tf.apart(b, c) + 1e-9
    assert tf.apart(a, Counter({k: 3 * v for k, v in a.items()})) == pytest.approx(0)


def test_nothing_has_no_distance() -> None:
    with pytest.raises(ValueError, match="histogram of nothing"):
        tf.apart(Counter(), Counter("a"))


def test_a_summary_is_of_means_and_shares() -> None:
    good, bad = tf.figures(tune(f"|: {' '.join([BAR] * 7)} C 8 :|")), tf.figures(tune(f"{BAR} c 9 |"))
    told = tf.summary([good, bad])
    assert told["tunes_miscounted"] == 0.5 and told["bars_miscounted"] == 0.1 and told["parts_of_eight"] == 0.5
    assert told["closes_on_tonic"] == 1.0
    with pytest.raises(ValueError, match="no tune"):
        tf.summary([])


def line(pitches: list[int], lengths: list[int], up: int = 0, slower: int = 1) -> list[Note]:
    return [Note(0, slower * d, p + up) for p, d in zip(pitches, lengths, strict=True)]


pitches = st.lists(st.integers(40, 80), min_size=9, max_size=40)


@given(pitches, st.integers(-12, 12), st.integers(1, 3), st.data())
def test_a_passage_is_found_in_its_source_whatever_its_key_and_speed(
    melody: list[int], up: int, slower: int, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(melody) - 9))
    last = data.draw(st.integers(first + 9, len(melody)))
    taken = line(melody[first:last], [10] * (last - first), up, slower)
    found = Sources([("here", line(melody, [10] * len(melody)))]).longest(taken)
    assert found.notes == last - first and found.source == "here" and found.at == 0
    assert [b - a for a, b in zip(melody[found.source_at :], melody[found.source_at + 1 :], strict=False)][:8] == [
        b - a for a, b in zip(melody[first:], melody[first + 1 :], strict=False)
    ][:8]


def test_a_run_is_of_one_tune_and_the_tune_itself_can_be_left_out() -> None:
    one, two = [60, 62, 65, 61, 70, 59, 66, 64, 72], [50, 53, 51, 58, 52, 60, 49, 57, 50]
    index = Sources([("one", line(one, [10] * 9)), ("two", line(two, [10] * 9))])
    joined = line(one + two, [10] * 18)
    assert index.longest(joined) == Shared(9, 0, "one", 0), "not 18: each tune has nine of them"
    assert index.longest(joined, but="one") == Shared(9, 9, "two", 0)
    assert index.longest(line([60] * 12, [10] * 12)) == Shared()
