"""Known tunes from ABC: what is heard is what was written, chords, meters and bars that do not add up included."""

import pytest

from instrument.music.abc.written_tune import Refused
from instrument.music.key import Key
from instrument.music.repertoire.from_abc import known_tune, known_tunes
from instrument.music.repertoire.known_tune import KnownTunes
from instrument.music.scores.set_score import abc_of_tune
from instrument.music.tokens.bars import read_tune
from tests.fakes.known_evening import JIG, MIXED, REEL, WRONG


def sounding(text: str) -> list[tuple[int, int, int]]:
    """(measure, start, pitch as it sounds) of a tune in ABC."""
    tune = known_tune(text)
    measures = read_tune(tune.tokens[:-1], strict=False).measures
    return [(i, note.start, note.pitch + tune.up) for i, measure in enumerate(measures) for note in measure.notes]


def test_a_tune_has_its_key_meter_dance_and_title() -> None:
    tune = known_tune(JIG)
    assert (tune.title, tune.key, tune.meter, tune.dance, tune.number) == ("The Test Jig", "D major", "6/8", "jig", "1")
    assert tune.wrong == ()


def test_it_sounds_where_it_was_written() -> None:
    assert [pitch for _, _, pitch in sounding(JIG)][:7] == [69, 74, 74, 78, 76, 74, 79]
    low = "X:1\nM:4/4\nL:1/4\nK:G\nG,A,B,C|\n"
    assert [pitch for _, _, pitch in sounding(low)] == [55, 57, 59, 60]
    treble8 = "X:1\nM:4/4\nL:1/4\nK:G clef=treble-8\nGABc|\n"
    assert [pitch for _, _, pitch in sounding(treble8)] == [55, 57, 59, 60]


def test_its_chords_keep_their_places_and_those_nobody_knows_their_text() -> None:
    tune = known_tune(JIG)
    texts = [text for _, _, text in tune.chords]
    assert texts[:4] == ["D", "G", "A7", "D"] and "Zz9" in texts
    assert tune.chords[2] == (2, 15120, "A7")


def test_a_meter_that_changes_half_way_is_kept() -> None:
    tune = known_tune(MIXED)
    assert tune.tokens.count("M:6/8") == 1 and tune.wrong == ()
    lengths = [measure.length for measure in read_tune(tune.tokens[:-1], strict=False).measures]
    assert lengths == [40320, 40320, 30240, 30240]


def test_bars_that_do_not_add_up_are_named_and_played_as_written() -> None:
    tune = known_tune(WRONG)
    assert tune.wrong == (
        "bar 2 has 9 eighth notes; a bar of 4/4 has 8", "bar 3 has 6 eighth notes; a bar of 4/4 has 8",
    )  # fmt: skip
    assert [m.length // 5040 for m in read_tune(tune.tokens[:-1], strict=False).measures] == [8, 9, 6, 8]


@pytest.mark.parametrize("text", [JIG, REEL, MIXED, WRONG])
def test_what_is_kept_of_it_reads_as_the_same_notes(text: str) -> None:
    tune = known_tune(text)
    key = Key.parse(tune.key)
    kept = abc_of_tune(tune.tokens, tune.title, key, 120.0, False, tune.printed_at(key))
    assert sounding(kept) == sounding(text)


@pytest.mark.parametrize(("tonic", "up"), [("E", 2), ("C", -2), ("Ab", 6), ("A", -5)])
def test_it_is_moved_the_nearest_way_to_another_tonic(tonic: str, up: int) -> None:
    tune = known_tune(JIG)
    key = tune.key_at(Key.parse(f"{tonic} minor"))
    assert key.mode == "maj" and tune.semitones_at(key, 0) == tune.up + up
    assert tune.semitones_at(key, 1) == tune.up + up + 12


def test_the_first_of_several_voices_is_played() -> None:
    text = "X:1\nM:4/4\nL:1/4\nK:C\nV:1\nCDEF|\nV:2\nC,4|\n"
    assert [pitch for _, _, pitch in sounding(text)] == [60, 62, 64, 65]


@pytest.mark.parametrize("text", ["X:1\nT:none\nM:4/4\nK:C\n\n", "X:1\nM:4/4\nK:nonsense\nCDEF|\n", "X:1\nCDEF|\n"])
def test_what_is_no_tune_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(Refused) as refused:
        known_tune(text)
    assert str(refused.value) and "\n" not in str(refused.value)


def test_of_a_text_with_good_and_bad_tunes_each_says_for_itself() -> None:
    found = known_tunes(JIG + "\nX:9\nT:Broken\nM:4/4\nK:C\nCD?F|\n\n" + REEL, 10)
    assert [one.number for one in found] == ["1", "9", "2"]
    assert [one.tune is None for one in found] == [False, True, False]
    assert found[1].why == 'stray "?"'


def test_the_next_tune_is_the_next_that_can_be_played() -> None:
    jig, reel = known_tune(JIG), known_tune(REEL)
    tunes = KnownTunes(1, (jig, None, reel), 0, 0, 5)
    assert tunes.following(0) == 2 and tunes.following(2) == 3 and tunes.following(4) == 0
    assert tunes.tune(0) == jig and tunes.tune(1) == jig and tunes.tune(2) == reel


@pytest.mark.parametrize("sign", ["!D.C.!", "!D.S.!", "!fine!", "!dacapo!", "+coda+", "!segno!"])
def test_a_tune_that_sends_the_player_elsewhere_says_that_it_is_played_straight(sign: str) -> None:
    tune = known_tune(f"X:1\nT:Round\nM:4/4\nL:1/8\nK:D\nD2 F2 A2 d2|{sign}d2 A2 F2 D2|D8|]\n")
    assert any("straight through" in line for line in tune.wrong)
    plain = known_tune("X:1\nT:Round\nM:4/4\nL:1/8\nK:D\nD2 F2 A2 d2|d2 A2 F2 D2|D8|]\n")
    assert not plain.wrong and plain.tokens == tune.tokens


@pytest.mark.parametrize("where", ["m: ~n = {o}n\nK:D\n", "K:D\nm: g4 = g2f2\n"])
def test_a_tune_with_macros_says_that_they_are_not_written_out(where: str) -> None:
    tune = known_tune(f"X:1\nM:4/4\nL:1/8\n{where}~D2 F2 g4|D8|]\n")
    assert any("macros" in line for line in tune.wrong)


def test_a_tune_of_several_voices_says_that_the_first_is_played() -> None:
    head = "X:1\nM:4/4\nL:1/4\nK:C\n"
    assert any("first of 2 voices" in line for line in known_tune(f"{head}V:1\nCDEF|\nV:2\nC,4|\n").wrong)
    assert not known_tune(f"{head}V:1\nCDEF|\n").wrong


@pytest.mark.parametrize(
    ("body", "why"),
    [("D" + "<" * 500 + "E|", "broken rhythm"), ("D" + "/" * 5000 + "E|", "a length"), ("D0 E|", "a length")],
)
def test_a_length_that_no_note_has_is_refused_in_a_short_line(body: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        known_tune(f"X:1\nM:4/4\nL:1/8\nK:D\n{body}\n")
    assert len(str(refused.value)) < 200


def test_a_tempo_in_beats_of_no_length_is_none() -> None:
    assert known_tune("X:1\nM:4/4\nL:1/8\nQ:1/0=120\nK:D\nDEFG DEFG|\n").tempo == 0.0
