"""The index of the training tunes' runs: what is shared, against an obvious search; files that are broken."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from instrument.music.note import Note
from instrument.music.ticks import EIGHTH
from instrument.networks.folk.novelty import NoteIndex, marks
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.weights import SHIPPED
from instrument.workshop.folk.novelty_index import index_of


def melody(rng: random.Random, length: int) -> list[Note]:
    lengths = [rng.choice([EIGHTH, EIGHTH, 2 * EIGHTH]) for _ in range(length)]
    starts = [sum(lengths[:i]) for i in range(length)]
    return [Note(at, long, rng.choice([60, 62, 64, 65, 67])) for at, long in zip(starts, lengths, strict=True)]


def slow_longest(notes: list[Note], known: list[list[Note]]) -> int:
    """The longest stretch all of whose eight-note windows stand in some tune: by comparing windows one by one."""

    def windows(tune: list[Note]) -> list[tuple[tuple[int, float], ...]]:
        steps = [(b.pitch - a.pitch, b.duration / a.duration) for a, b in itertools.pairwise(tune)]
        return [tuple(steps[i : i + 7]) for i in range(len(steps) - 6)]

    every = {window for tune in known for window in windows(tune)}
    best = streak = 0
    for window in windows(notes):
        streak = streak + 1 if window in every else 0
        best = max(best, streak)
    return best + 7 if best else 0


def test_the_longest_run_is_what_an_obvious_search_finds() -> None:
    rng = random.Random(4)
    known = [melody(rng, 60) for _ in range(30)]
    index = NoteIndex.of(known)
    for _ in range(60):
        source, at, length = rng.choice(known), rng.randrange(40), rng.randrange(0, 20)
        asked = [*melody(rng, 12), *source[at : at + length], *melody(rng, 12)]
        assert index.longest(asked) == slow_longest(asked, known)
    assert index.longest(known[3]) == 60


def test_key_and_note_values_do_not_matter() -> None:
    rng = random.Random(5)
    tune = melody(rng, 30)
    moved = [Note(3 * n.start, 3 * n.duration, n.pitch + 5) for n in tune]
    assert np.array_equal(marks(tune), marks(moved))
    assert NoteIndex.of([tune]).longest(moved) == 30


def test_short_passages_and_empty_indices_share_nothing() -> None:
    tune = melody(random.Random(6), 30)
    assert NoteIndex.of([tune]).longest(tune[:7]) == 0
    assert NoteIndex.of([]).longest(tune) == 0
    assert len(NoteIndex.of([])) == 0


def test_written_and_read_it_is_the_same(tmp_path: Path) -> None:
    index = NoteIndex.of([melody(random.Random(7), 50)])
    index.save(tmp_path / "folk")
    read = NoteIndex.load(tmp_path / "folk")
    assert read is not None and np.array_equal(read.known, index.known)
    assert NoteIndex.load(tmp_path / "another") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("runs", np.array([5, 3], np.uint32)), ("runs", np.array([3, 5], np.int64)), ("other", np.array([1], np.uint32))],
)
def test_a_broken_index_is_refused_in_one_line(tmp_path: Path, name: str, value: np.ndarray) -> None:
    save_file({name: value}, tmp_path / "folk.runs.safetensors")
    with pytest.raises(ValueError, match=r"folk\.runs\.safetensors.*train again"):
        NoteIndex.load(tmp_path / "folk")
    (tmp_path / "folk.runs.safetensors").write_bytes(b"\x07")
    with pytest.raises(ValueError, match="train again"):
        NoteIndex.load(tmp_path / "folk")


def test_the_index_of_tunes_knows_them_and_nothing_else() -> None:
    vocabulary = Vocabulary.shipped()
    rng = random.Random(8)
    pitches = ["C", "D", "E", "F", "G", "A", "B", "c", "d"]

    def tune() -> list[int]:
        bars = [token for _ in range(8) for token in (*(rng.choice(pitches) for _ in range(8)), "|")]
        return [vocabulary.start, *vocabulary.encode(["M:4/4", "K:Cmaj", *bars]), vocabulary.stop]

    tunes = [tune() for _ in range(3)]
    index = index_of(tunes, vocabulary)
    from instrument.music.analysis.melody import melody as sung
    from instrument.music.tokens.bars import read_tune

    for each in tunes:
        assert index.longest(sung(read_tune(vocabulary.decode(each[1:-1])))) == 64
    assert index.longest(sung(read_tune(vocabulary.decode(tune()[1:-1])))) < 16


def test_the_shipped_index_is_there_and_of_a_size_that_fits_the_tunes() -> None:
    index = NoteIndex.load(SHIPPED)
    assert index is not None and 100_000 < len(index) < 400_000
