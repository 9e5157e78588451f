"""Ornament signs of known tunes, read from ABC: which they are, over which note, and what is said of the others."""

from __future__ import annotations

import pytest

from instrument.music.abc.ornament_signs import SILENT, asked, redefined
from instrument.music.repertoire.from_abc import known_tune
from instrument.music.repertoire.known_tune import KnownTune
from instrument.music.ticks import EIGHTH

HEAD = "X:1\nT:Adorned\nM:6/8\nL:1/8\nR:jig\nQ:3/8=100\nK:D\n"


def tune_of(body: str, head: str = HEAD) -> KnownTune:
    return known_tune(head + body)


def ornaments(body: str, head: str = HEAD) -> list[tuple[int, int, str]]:
    """(measure, eighths into it, ornament) of a tune."""
    return [(measure, at // EIGHTH, text) for measure, at, text in tune_of(body, head).ornaments]


@pytest.mark.parametrize(
    ("sign", "ornament"),
    [("~", "roll"), ("!roll!", "roll"), ("+roll+", "roll"), ("T", "trill"), ("!trill!", "trill"), ("M", "mordent"),
     ("!mordent!", "mordent"), ("P", "pralltriller"), ("!uppermordent!", "pralltriller"), ("!turn!", "turn"),
     ("!invertedturn!", "inverted turn"), (".", "staccato"), ("L", "accent"), ("!>!", "accent"), ("!accent!", "accent"),
     ("J", "grace -1"), ("!slide!", "grace -1"), ("{B}", "grace 1"), ("{/B}", "grace 1"), ("{cB}", "grace 2 1"),
     ("{a}", "grace 7"), ("{G,}", "grace -8")],
)  # fmt: skip
def test_each_sign_is_heard_where_it_stands(sign: str, ornament: str) -> None:
    assert ornaments(f"A3 {sign}A3|d6|]") == [(0, 3, ornament)]


@pytest.mark.parametrize("sign", ["u", "v", "!upbow!", "!downbow!", "!0!", "!3!", "!open!"])
def test_bowing_and_fingering_change_no_note_and_are_no_fault(sign: str) -> None:
    found = tune_of(f"A3 {sign}A3|d6|]")
    assert found.ornaments == () and found.wrong == ()


@pytest.mark.parametrize("sign", ["H", "!fermata!", "!f!", "!arpeggio!", "!crescendo(!", "S"])
def test_what_is_not_played_is_said_or_was_followed_nowhere_before(sign: str) -> None:
    found = tune_of(f"A3 {sign}A3|d6|]")
    assert found.ornaments == ()
    assert found.wrong == (f"signs that are not played: {sign}",)


def test_letters_mean_what_the_tune_says_they_mean() -> None:
    assert ornaments("TA6|]", HEAD.replace("K:D", "U: T = !roll!\nK:D")) == [(0, 0, "roll")]
    assert ornaments("~A6|\nU: ~ = !trill!\n~A6|]") == [(0, 0, "roll"), (1, 0, "trill")]
    assert redefined("T = nothing") is None and asked("R", {}) is None and asked("u", {}) is SILENT


def test_several_stand_over_one_note_and_none_passes_over_a_rest_or_a_bar_line() -> None:
    assert ornaments("L~A3 {B}TA3|]") == [(0, 0, "accent"), (0, 0, "roll"), (0, 3, "grace 1"), (0, 3, "trill")]
    assert ornaments("A3 .z A2|~|A6|]") == []
    assert ornaments("~[FA]3 [~FA]3|]") == [(0, 0, "roll"), (0, 3, "roll")]


def test_a_macro_of_broken_text_or_an_empty_grace_is_nothing() -> None:
    assert ornaments("{}A3 {x}A3|]") == []
