"""The fixed split: every tune of the books has its side, families stay together, a stranger tells nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from instrument.networks.folk.vocabulary import Vocabulary
from instrument.workshop.books import split
from instrument.workshop.books.corpus import Corpus, default_files, gather
from instrument.workshop.books.families import families
from instrument.workshop.books.tokens import KIN, Tokens, numbered


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Every seventh file of the books: to read them all takes as long as a hundred tests."""
    return gather(default_files()[::7], Vocabulary.shipped().texts)


@pytest.fixture(scope="module")
def books() -> Corpus:
    return gather(default_files(), Vocabulary.shipped().texts)


def copy(corpus: Corpus) -> Corpus:
    return Corpus(list(corpus.tunes), list(corpus.refused), corpus.dropped.copy())


def sided(corpus: Corpus) -> list[tuple[str, str, list[str]]]:
    """(name, side, tokens) of every tune but those that are kept out as kin of held-out ones."""
    sides = split.side_of([name for name, _ in corpus.tunes], [tune for _, tune in corpus.tunes])
    return [(name, side, tune) for (name, tune), side in zip(corpus.tunes, sides, strict=True) if side]


@pytest.mark.long
def test_every_tune_of_the_books_is_listed(books: Corpus) -> None:
    found = sided(books)
    assert len(split.listed()) == len(found) and one_side_each(found)
    text = split.written([name for name, _, _ in found], [side for _, side, _ in found])
    assert text == split.LISTED.read_text(encoding="utf-8")


def one_side_each(found: list[tuple[str, str, list[str]]]) -> bool:
    """Whether no family lies on two sides."""
    by_family: dict[int, set[str]] = {}
    for family, (_, side, _) in zip(families([tune for _, _, tune in found]), found, strict=True):
        by_family.setdefault(family, set()).add(side)
    return all(len(sides) == 1 for sides in by_family.values())


@pytest.mark.long
def test_tunes_of_the_books_are_listed_and_no_family_lies_on_two_sides(corpus: Corpus) -> None:
    found = sided(corpus)
    assert {side for _, side, _ in found} == set(split.SIDES) and one_side_each(found)
    unlisted = {split._plain(name) for name, _, _ in found} - set(split.listed())
    assert len(unlisted) < 0.01 * len(found), "but copies of tunes that stand in files that are not read here"


def test_the_tunes_held_out_are_those_of_the_first_list() -> None:
    """A loss can be set beside last year's only where the tunes are the same."""
    held = sorted(f"{side} {name}" for name, side in split.listed().items() if side != "train")
    assert len(held) == 260
    assert hashlib.sha256("\n".join(held).encode()).hexdigest()[:16] == "3916f3bd1879132e"


def test_the_list_reads_as_it_is_written() -> None:
    listed = split.listed()
    text = split.written(list(listed), list(listed.values()))
    assert text == split.LISTED.read_text(encoding="utf-8")


@pytest.mark.long
def test_a_users_own_tunes_are_trained_on_unless_they_tell_of_one_held_out(corpus: Corpus) -> None:
    known = split.side_of([name for name, _ in corpus.tunes], [tune for _, tune in corpus.tunes])
    held_out = corpus.tunes[known.index("test")][1]
    trained = corpus.tunes[known.index("train")][1]
    mine = copy(corpus)
    mine.tunes += [("mine/a X:1", held_out), ("mine/a X:2", trained), ("mine/a X:3", ["M:4/4", "K:Cmaj", "c"])]
    found = numbered(mine, Vocabulary.shipped())
    assert found.names[-2:] == ["mine/a X:2", "mine/a X:3"] and found.sides[-2:] == ["train", "train"]
    assert mine.refused[-1] == ("mine/a X:1", KIN)


@pytest.mark.long
def test_tokens_come_back_from_the_disk_as_they_went(tmp_path: Path, corpus: Corpus) -> None:
    few = Corpus(corpus.tunes[:40])
    tokens = numbered(few, Vocabulary.shipped(), {"note": "forty"})
    tokens.save(tmp_path / "sub" / "t.safetensors")
    assert Tokens.load(tmp_path / "sub" / "t.safetensors") == tokens
    vocabulary = Vocabulary.shipped()
    for (_, texts), numbers in zip(few.tunes, tokens.tunes, strict=True):
        assert vocabulary.decode(numbers) == ["<s>", *texts, "</s>"]


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"nothing of the kind")
    for path, said in ((tmp_path / "bad", "not a file of tokens"), (tmp_path / "none", "no such file")):
        with pytest.raises(ValueError, match=said) as caught:
            Tokens.load(path)
        assert "\n" not in str(caught.value) and "--prepare" in str(caught.value)
