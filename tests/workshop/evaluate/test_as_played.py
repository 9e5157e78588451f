"""Sets as played: the tokens that a performance leaves, counted place by place beside real tunes."""

from pathlib import Path

import pytest

from instrument.controls.requests import Extend, Rethink
from instrument.files.patch import find
from instrument.music.events import Span
from instrument.rig.setup import arrangement, opening
from instrument.thinking.thinker import Thinker
from instrument.thinking.tune.load_shedding import Pace
from instrument.workshop.cluster.tasks import Machines
from instrument.workshop.evaluate.as_played import PlayedSet, load, play_set, play_sets, save
from instrument.workshop.evaluate.folk import tables
from instrument.workshop.evaluate.folk_form import Real, evaluate_form, real_tunes
from instrument.workshop.form.overlap import Sources
from instrument.workshop.form.patch_dance import dance_of
from instrument.workshop.form.rows import form
from instrument.workshop.form.tune_files import Danced
from tests.fakes.band import tiny_mind

BARS = "c d e f g f e d | e g c' g e g c' g | d f a f d f a f | g f e d d 4 |"
REEL = ("M:4/4", "K:Cdor", *f"|: {BARS} {BARS}".split()[:-1], ":|")


@pytest.mark.parametrize("name", ["reel", "waltz"])
def test_a_set_is_what_a_performance_leaves(name: str) -> None:
    patch, mind = find(name), tiny_mind()
    snapshot = patch.snapshot().with_value("tune.seed", 3)
    begun = opening(patch, snapshot)
    thinker = Thinker(mind, arrangement(patch), lambda: 0.0, Pace(0, 0))
    last = begun[-1] if begun else None
    thinker.hear(Rethink(1, snapshot, last.end if last else 0, last, snapshot))
    heard: dict[int, tuple[str, ...]] = {}
    until = 0
    while max(heard, default=0) < 2:
        until += 10 * snapshot.meter.bar
        thinker.hear(Extend(until))
        while thinker.behind:
            heard |= {span.tune: span.written for span in thinker.work() if isinstance(span, Span)}
    found = play_set(mind, patch, 3, tunes=2)
    assert [(each.patch, each.seed, each.place) for each in found] == [(name, 3, 1), (name, 3, 2)]
    assert [each.tokens for each in found] == [heard[0], heard[1]]
    assert all(not begun or found[0].tokens[: len(span.written)] == span.written for span in begun)


def test_sets_are_written_and_read_again(tmp_path: Path) -> None:
    sets = [PlayedSet("reel", 1, 1, REEL), PlayedSet("reel", 1, 2, (*REEL, "</s>"))]
    path = tmp_path / "deep" / "sets.jsonl"
    save(sets, path)
    assert load(path) == sets
    path.write_text('{"patch": "reel"}\n')
    with pytest.raises(ValueError, match="line 1 is no tune of a set"):
        load(path)


def test_every_patch_has_a_dance() -> None:
    named = {name: dance_of(name) for name in ("reel", "jig", "hornpipe", "polka", "waltz", "air")}
    assert named == {name: name for name in named}
    assert dance_of("session") in ("reel", "jig", "hornpipe") and dance_of("first") == dance_of(find("first"))


def test_form_is_told_by_patch_and_place_beside_the_books_and_a_file() -> None:
    bars = "c d e f g f e d | e g c' g e g a b | G A B c d e f g | a g a b a g e g | "
    plain = ("M:4/4", "K:Cdor", *(2 * bars).split())
    sets = [PlayedSet("reel", seed, place, REEL if place == 1 else plain) for seed in (1, 2) for place in (1, 2)]
    danced = [Danced("reel", REEL)]
    real = Real({"reel": danced}, {"reel": danced}, {"reel": danced}, Sources([("a", list(form(REEL).notes))]))
    said: list[str] = []
    told = evaluate_form(sets, real, said.append)
    assert told["form.reel.1.bar5_is_bar1"] == 1 and told["form.reel.1.parts_of_8_or_16"] == 1
    assert told["form.reel.1.tunes"] == 2 and told["form.reel.all.tunes"] == 4 and told["form.reel.book.tunes"] == 1
    assert told["form.reel.beside.longest_shared"] == len(form(REEL).notes)
    assert told["form.reel.book.rhythms_apart"] == 0
    assert told["form.reel.1.another_seeds"] == 1 and told["form.reel.dance"] == "reel"
    assert "plan_abac" in told["form.imposed"] and "rhythms_apart" not in told["form.imposed"]  # type: ignore[operator]
    assert all(f"reel {place}" in said[0] for place in ("1", "2", "all", "book", "beside"))


def test_a_file_beside_is_read_before_anything_is_composed(tmp_path: Path) -> None:
    path = tmp_path / "real.txt"
    path.write_text("nothing of ours")
    with pytest.raises(ValueError, match=str(path)):
        real_tunes(path, lambda _: None)


def test_the_cards_as_played_is_what_is_played() -> None:
    told = {"folk.tunes": 10, "folk.tunes_as_played": 7, "folk.bars_guard_on": 40.0, "folk.bars_as_played": 17.0}
    made = tables(told, "run")[1]
    assert made["heads"] == ["", "network alone", "with the guard", "as played", "held-out tunes"]
    assert made["rows"] == [["bars as written", "", 40.0, 17.0, ""]]
    assert "as played 7" in str(made["title"])


@pytest.mark.long
@pytest.mark.realtime
def test_sets_composed_side_by_side_are_those_composed_in_turn() -> None:
    one = play_sets(["jig"], [1, 2], 1, None, Machines(1), lambda _: None)
    assert play_sets(["jig"], [1, 2], 1, None, Machines(2), lambda _: None) == one and len(one) == 2
