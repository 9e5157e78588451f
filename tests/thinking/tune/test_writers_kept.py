"""Writers handed out anew: what is kept of a tune, and what was found of it already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.thinking.form import idiom
from instrument.thinking.model.newest import newest
from instrument.thinking.spans.planner import WriteRequest, header
from instrument.thinking.tune import loader, measure_constraint
from instrument.thinking.tune.loader import GUARDS, WriterFactory
from instrument.thinking.tune.time_through import TimeThrough
from tests.fakes.band import tiny_mind

SNAPSHOT = Snapshot().with_values([("tune.seed", 3), ("set.vary", 0.6)])


def test_what_was_written_on_with_other_controls_is_not_kept() -> None:
    write = WriterFactory(tiny_mind())
    writer = write(WriteRequest(SNAPSHOT, 0, header(SNAPSHOT)))
    writer.measure(0)
    stands = writer.texts
    writer.measure(5)
    ahead = writer.texts
    brief = WriteRequest(SNAPSHOT, 0, stands, plan=writer.plan)
    assert write(brief).texts == ahead, "with the same ones it is"
    assert write(replace(brief, snapshot=SNAPSHOT.with_value("tune.temperature", 0.3))).texts == stands
    assert write(brief).texts == stands


def test_a_variation_that_was_found_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    best = TimeThrough._best
    monkeypatch.setattr(
        TimeThrough, "_best", lambda self, index, *rest: looked.append(index) or best(self, index, *rest)
    )
    write = WriterFactory(tiny_mind())
    first = write(WriteRequest(SNAPSHOT, 0, header(SNAPSHOT)))
    while first.measure(len(first.measures())) is not None:
        pass
    brief = WriteRequest(SNAPSHOT, 0, first.texts, plan=first.plan, time=2)
    said = []
    for snapshot in (SNAPSHOT, SNAPSHOT.with_value("set.then", "last"), SNAPSHOT.with_value("tune.temperature", 0.4)):
        again = write(replace(brief, snapshot=snapshot))
        again.measure(200)
        said.append((again.texts, len(looked)))
    assert said[0][1] > 2 and said[1] == said[0], "a call of the leader finds what was found"
    assert said[2][1] > said[0][1], "with other settings they are others"


def test_tables_of_meters_and_idioms_are_bounded_and_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure_constraint, "IDIOMS", 3)
    mind = tiny_mind()
    write = WriterFactory(mind)
    meters = ("4/4", "6/8", "3/4", "2/4", "9/8", "12/8", "3/2")
    for meter in meters:
        snapshot = SNAPSHOT.with_value("tune.meter", meter)
        write(WriteRequest(snapshot, 0, header(snapshot))).measure(0)
    assert list(write._guards) == list(meters[-GUARDS:])
    assert [meter for meter, _, _ in mind.idioms] == list(meters[-3:])


def test_what_is_kept_is_not_made_again_and_becomes_the_newest() -> None:
    kept, made = dict[str, int](), list[str]()
    for key in ("a", "b", "a", "c", "a", "b"):
        newest(kept, key, lambda key=key: len(made.append(key) or made), 2)
    assert made == ["a", "b", "c", "b"], "b was the oldest when c came"
    assert kept == {"a": 1, "b": 4} and list(kept) == ["a", "b"]


@pytest.mark.parametrize("bounds", [{"STATES": 3}, {"ROWS": 5}])
def test_a_tune_is_the_same_whatever_is_forgotten_meanwhile(
    bounds: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def written() -> list[tuple[str, ...]]:
        mind, found = tiny_mind(), list[tuple[str, ...]]()
        write = WriterFactory(mind)
        for tune in range(3):
            writer = write(WriteRequest(SNAPSHOT, tune, header(SNAPSHOT)))
            writer.measure(12)
            found.append(writer.texts)
        assert "ROWS" not in bounds or all(len(each._rows) <= idiom.ROWS for each in mind.idioms.values())
        return found

    expected = written()
    for name, most in bounds.items():
        monkeypatch.setattr(idiom if name == "ROWS" else loader, name, most)
    assert written() == expected


def test_a_guard_that_has_met_many_states_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    write = WriterFactory(tiny_mind())
    brief = WriteRequest(SNAPSHOT, 0, header(SNAPSHOT))
    write(brief).measure(4)
    guard = write._guard(brief)
    assert write._guard(brief) is guard
    monkeypatch.setattr(loader, "STATES", len(guard) - 1)
    anew = write._guard(brief)
    assert anew is not guard and len(anew) < len(guard)
