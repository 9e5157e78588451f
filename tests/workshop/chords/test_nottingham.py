"""Tunes with chords read for fitting: what stands above which half bar, in which key, and what is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from instrument.music.abc.parse import read
from instrument.music.tokens.encode import with_symbols
from instrument.thinking.chords.numbers import SHAPES, SHIPPED, load_numbers
from instrument.thinking.chords.product import Product
from instrument.thinking.chords.states import DEGREE, QUALITIES, QUALITY
from instrument.thinking.chords.taste import Taste
from instrument.workshop.chords.evaluate import agreement, chosen
from instrument.workshop.chords.fit import fit
from instrument.workshop.chords.nottingham import NOBODY, BackedTune, backed, read_books
from instrument.workshop.chords.own import counted
from instrument.workshop.chords.train import save

TUNE = (
    'X:1\nT:One\nM:4/4\nL:1/8\nK:D\nde|:"D"f2f2 f2f2|"G"g2g2 "A7"a2a2|"Bm"b4 "Em"e4|1"A"a4 a4:|2"D"d8|'
    '|"Am"c2c2 c2c2|"fine"d8|\n'
)


def one(text: str = TUNE) -> BackedTune:
    score = read(text)
    found = backed("one", *with_symbols(score), score.key)
    assert found is not None
    return found


def test_every_half_bar_has_the_chord_that_stands_above_it_as_it_is_played() -> None:
    tune = one()
    degrees = [int(DEGREE[state]) if state != NOBODY else None for state in tune.states]
    first, again = [0, 0, 5, 7, 9, 2, 7, 7], [0, 0, 5, 7, 9, 2, 0, 0]
    assert degrees == [*first, *again, 7, 7, 7, 7], "what is no chord sounds on as before"
    assert QUALITIES[QUALITY[tune.states[3]]] == "seventh"
    assert tune.fresh.tolist() == [True] * 8 + [False] * 6 + [True] * 2 + [True] * 4


def test_a_tune_without_chords_is_none_and_an_empty_folder_is_refused(tmp_path: Path) -> None:
    score = read("X:1\nM:4/4\nL:1/8\nK:D\nd8|e8|\n")
    assert backed("none", *with_symbols(score), score.key) is None
    with pytest.raises(ValueError, match="no tune in ABC with chord symbols"):
        read_books(tmp_path)


def test_the_folder_above_the_files_does_as_well(tmp_path: Path) -> None:
    (tmp_path / "ABC_cleaned").mkdir()
    (tmp_path / "ABC_cleaned" / "one.abc").write_text('X:1\nM:4/4\nL:1/8\nK:D\n"D"d8|"A"e8|"D"d8|"D"d8|\n')
    assert [tune.name for tune in read_books(tmp_path)] == [tune.name for tune in read_books(tmp_path / "ABC_cleaned")]
    assert len(read_books(tmp_path)) == 1


def test_a_wrong_tonic_is_judged_by_the_notes() -> None:
    body = '|:"A"A2AB cBAc|"G"B2GB dBGB|"A"A2AB cdef|"G"g2d2 "A"A4:|'
    tune = one(f"X:1\nT:Two\nM:4/4\nL:1/8\nK:D\n{body}\n")
    assert tune.half.mode == "mix" and DEGREE[tune.states[0]] == 0 and DEGREE[tune.states[2]] == 10


def test_agreement_counts_fresh_half_bars_alone() -> None:
    tune = one()
    assert agreement([tune], lambda t: t.states) == (100.0, 100.0)
    tonic, _ = agreement([tune], lambda t: np.zeros(len(t.half), np.intp))
    assert tonic == pytest.approx(100 * 4 / 14)


def test_figures_of_chords_are_what_they_say() -> None:
    figures = counted([(one().half, one().states)])
    assert figures["tunes that begin on I, %"] == 100.0
    assert 0.9 < figures["changes a bar"] < 1.6 and figures["half bars explained, %"] >= 80


def test_numbers_are_fitted_written_and_read_again(tmp_path: Path) -> None:
    tunes = [one(), one(TUNE.replace("K:D", "K:G"))]
    said: list[str] = []
    ahead, live = fit(tunes, False, 12, said.append), fit(tunes, True, 3, said.append)
    save(ahead, live, tunes, tmp_path / "chords.json")
    loaded = load_numbers(tmp_path / "chords.json")
    assert all(np.allclose(loaded.ahead[name], ahead[name]) for name in SHAPES if name != "sure")
    product = Product(loaded.ahead)
    root, _ = agreement(tunes, lambda tune: chosen(product, tune, Taste()))
    assert root > 85.0, "what was fitted is found again"
    assert (tmp_path / "chords.md").read_text(encoding="utf-8").startswith("# Chords")
    assert any("nats a half bar" in line for line in said)


def test_the_shipped_numbers_are_whole_and_said_to_be_what_they_are() -> None:
    numbers = load_numbers()
    for each in (numbers.ahead, numbers.live):
        assert {name: each[name].shape for name in SHAPES} == SHAPES
    assert "Nottingham" in SHIPPED.with_suffix(".md").read_text(encoding="utf-8")
