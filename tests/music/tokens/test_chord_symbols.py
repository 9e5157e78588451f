"""Chord symbols of tunes in ABC: above which tick of which measure they stand."""

from __future__ import annotations

from instrument.music.abc.parse import read
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.encode import Symbol, tokens, with_symbols

HEAD = "X:1\nT:One\nM:4/4\nL:1/8\nK:D\n"


def of(body: str, head: str = HEAD) -> tuple[tuple[int, int, str], ...]:
    score = read(head + body)
    texts, symbols = with_symbols(score)
    assert texts == tokens(score)
    return tuple((each.measure, each.start // EIGHTH, each.text) for each in symbols)


def test_a_symbol_stands_where_the_sign_behind_it_does() -> None:
    body = '"D"dfaf "G"gfed|"A7"c>e z2 "D"[df]2 "Em"(3efg|"D"|:d8|"x""y"d4 "^slow"d4:|'
    assert of(body) == ((0, 0, "D"), (0, 4, "G"), (1, 0, "A7"), (1, 4, "D"), (1, 6, "Em"), (2, 0, "D"), (3, 0, "x"))


def test_symbols_follow_a_pickup_ties_and_halved_note_values() -> None:
    assert of('"D"de|"G"g6 de|"A"a8-|"Bm"a8|') == ((0, 0, "D"), (1, 0, "G"), (2, 0, "A"), (3, 0, "Bm"))
    reel = 'X:1\nT:Two\nM:2/4\nL:1/16\nK:D\n"D"dfaf "G"gfed|"A"cecA "D"d4|'
    assert of(reel, "") == ((0, 0, "D"), (0, 4, "G"), (1, 0, "A"), (1, 4, "D"))


def test_symbols_of_parts_come_in_the_order_that_is_asked_for() -> None:
    body = 'P:A\n"D"d8|"A"a8|\nP:B\n"G"g8|"Em"e8|'
    assert [each[2] for each in of(body, HEAD.replace("K:", "P:BA\nK:"))] == ["G", "Em", "D", "A"]


def test_a_symbol_with_nothing_behind_it_is_dropped_and_none_is_none() -> None:
    assert of("d8|d8|") == () and of('d8|d8|"D"') == ()
    assert Symbol(0, 0, "D").text == "D"
