"""Values of a snapshot: a mapping like any other, small, the same after a pipe."""

from __future__ import annotations

import pickle
import sys
from dataclasses import replace

import pytest

from instrument.controls.snapshot import DEFAULTS, NAMES, Snapshot, Values
from instrument.controls.table import CONTROLS


def test_they_read_as_the_dict_that_they_stand_for() -> None:
    plain = {name: control.default for name, control in CONTROLS.items()}
    values = Snapshot().values
    assert isinstance(values, Values) and values == plain and plain == values and dict(values) == plain
    assert list(values) == list(plain) and list(values.items()) == list(plain.items()) and len(values) == len(plain)
    assert "tune.seed" in values and "no.such" not in values and values.get("no.such", 7) == 7
    assert repr(values) == repr(plain) and hash(values) == hash(Snapshot().values)
    with pytest.raises(KeyError):
        values["no.such"]


def test_a_change_leaves_what_was_as_it_was() -> None:
    before = Snapshot()
    after = before.with_value("clock.bpm", 90.0)
    assert before.values == DEFAULTS != after.values and after.values["clock.bpm"] == 90.0
    assert {name for name in NAMES if before.values[name] != after.values[name]} == {"clock.bpm"}
    with pytest.raises(KeyError):
        before.with_value("no.such", 1)
    assert replace(after, values={**after.values, "clock.bpm": before.values["clock.bpm"]}).values == DEFAULTS
    shared = [one is other for one, other in zip(before.values.parts, after.values.parts, strict=True)]
    assert shared.count(False) == 1, "what has not been turned is not held twice"


def test_they_are_the_same_behind_a_pipe_and_share_what_has_not_been_turned() -> None:
    sent = [Snapshot().with_value("tune.key", key) for key in ("A minor", "E minor")]
    one, other = (pickle.loads(pickle.dumps(each)) for each in sent)
    assert [one, other] == sent and isinstance(one.values, Values)
    assert sum(one.values[name] is not other.values[name] for name in NAMES) == 1
    own = [part for part, before in zip(one.values.parts, other.values.parts, strict=True) if part is not before]
    assert (
        len(own) == 1 and sys.getsizeof(own[0]) + sys.getsizeof(one.values.parts) < sys.getsizeof(dict(one.values)) / 10
    )


def test_what_the_table_does_not_have_stays_as_it_was_logged() -> None:
    logged = replace(Snapshot(), values={"old.control": 1, **DEFAULTS})
    again = pickle.loads(pickle.dumps(logged))
    assert again == logged and again.values["old.control"] == 1
    assert again.with_value("tune.seed", 9).values["tune.seed"] == 9
