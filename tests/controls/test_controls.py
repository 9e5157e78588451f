"""Controls: every row of the table keeps its own law, and snapshots change whole."""

from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.controls.control import Control
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import ACTIONS, CONTROLS
from instrument.music.key import Key
from tests.fakes.thorough import share

NUMBERS = [c for c in CONTROLS.values() if c.kind in ("int", "float")]
FADERS = list(CONTROLS.values())


@pytest.mark.parametrize("control", CONTROLS.values(), ids=lambda c: c.name)
def test_every_default_is_legal(control: Control) -> None:
    assert control.check(control.default) == control.default


def test_addresses_and_controllers_are_all_different() -> None:
    addresses = [c.address for c in CONTROLS.values()] + [a.address for a in ACTIONS.values()]
    assert len(set(addresses)) == len(addresses)
    assert all(a.startswith("/lilt/") and a == a.lower() for a in addresses)
    controllers = [c.cc for c in CONTROLS.values() if c.cc is not None]
    assert len(set(controllers)) == len(controllers)
    assert all(20 <= cc <= 31 or 102 <= cc <= 119 for cc in controllers)


@pytest.mark.parametrize("control", NUMBERS, ids=lambda c: c.name)
def test_a_range_includes_its_ends_and_nothing_beyond(control: Control) -> None:
    assert control.check(control.low) == control.low
    assert control.check(control.high) == control.high
    for outside in (control.low - 1, control.high + 1, math.nan, math.inf, -math.inf, 10**400):
        with pytest.raises(ValueError, match="outside") as caught:
            control.check(outside)
        assert "\n" not in str(caught.value)


def test_the_messages_are_exact() -> None:
    def message(name: str, value: object, label: str = "") -> str:
        with pytest.raises(ValueError, match="=") as caught:
            CONTROLS[name].check(value, label)
        return str(caught.value)

    assert message("clock.bpm", 960) == "clock.bpm = 960 is outside 20..300 (quarter notes per minute)"
    assert message("clock.bpm", 960, "tempo") == "tempo = 960 is outside 20..300 (quarter notes per minute)"
    assert message("tune.seed", -1) == "tune.seed = -1 is outside 0..2147483647"
    assert message("tune.seed", 1.5) == "tune.seed = 1.5 is not a whole number; it may be 0..2147483647"
    assert message("tune.temperature", "hot") == 'tune.temperature = "hot" is not a number; it may be 0.1..2'
    assert message("tune.temperature", True) == "tune.temperature = true is not a number; it may be 0.1..2"
    assert message("tune.guard", 2) == "tune.guard = 2 is not true or false"
    assert message("tune.meter", "7/8") == ('tune.meter = "7/8" is not one of 4/4, 2/4, 6/8, 9/8, 12/8, 3/4, 3/2')
    assert message("tune.key", 5) == 'tune.key = 5 is not text; it may be a key such as "D mixolydian" or "Am"'
    assert message("tune.key", "H") == 'tune.key = "H" is not a key; write it like "D mixolydian" or "Am"'


@pytest.mark.parametrize("control", CONTROLS.values(), ids=lambda c: c.name)
@settings(max_examples=share(10, 100))
@given(value=st.text() | st.floats() | st.integers() | st.booleans() | st.none() | st.lists(st.text()))
def test_anything_is_a_legal_value_or_one_line(control: Control, value: object) -> None:
    try:
        assert control.check(control.check(value)) == control.check(value)
    except ValueError as error:
        assert len(str(error).splitlines()) == 1


def test_values_come_back_in_their_own_type() -> None:
    assert CONTROLS["tune.seed"].check(7.0) == 7
    assert isinstance(CONTROLS["tune.seed"].check(7.0), int)
    assert isinstance(CONTROLS["clock.bpm"].check(96), float)
    assert CONTROLS["tune.guard"].check(0) is False
    assert CONTROLS["tune.meter"].check(" C ") == "4/4"
    assert CONTROLS["tune.key"].check("Am") == "A minor"


@pytest.mark.parametrize("control", FADERS, ids=lambda c: c.name)
@settings(max_examples=share(10, 100))
@given(position=st.floats(0, 1))
def test_every_fader_position_is_a_legal_value_that_stays_put(control: Control, position: float) -> None:
    value = control.from_fader(position)
    assert control.check(value) == value
    again = control.from_fader(control.to_fader(value))
    assert again == value if control.kind != "float" else math.isclose(float(again), float(value), abs_tol=1e-9)


def test_a_logarithmic_fader_spends_as_much_on_each_octave() -> None:
    control = Control("test.rate", "float", 100.0, "", 25, 400, curve="log")
    assert control.from_fader(0.5) == pytest.approx(100)
    assert control.to_fader(200) == pytest.approx(0.75)


def test_a_fader_outside_its_slot_is_refused() -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        CONTROLS["clock.bpm"].from_fader(1.01)


def test_a_keys_fader_holds_every_tonic_of_every_mode() -> None:
    key = CONTROLS["tune.key"]
    keys = {key.from_fader(n / 71) for n in range(72)}
    assert len(keys) == 72
    assert {Key.parse(str(k)).tonic for k in keys} == set(range(12))
    assert key.from_fader(key.to_fader("C# minor")) == "Db minor", "the same sound by its other name"


@pytest.mark.parametrize("control", NUMBERS, ids=lambda c: c.name)
@settings(max_examples=share(10, 100))
@given(value=st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_a_number_is_moved_to_the_nearest_legal_one_and_said_so(control: Control, value: float) -> None:
    legal, said = control.clip(value)
    assert control.check(legal) == legal
    assert (said == "") == (legal == value)
    assert len(said.splitlines()) <= 1
    others = [control.check(control.low), control.check(control.high)]
    assert all(abs(legal - value) <= abs(other - value) for other in others)
    if control.kind == "float" and control.low <= value <= control.high:
        assert legal == value


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_no_fader_flies_to_an_end_by_an_infinity(value: float) -> None:
    for control in NUMBERS:
        with pytest.raises(ValueError, match="is outside"):
            control.clip(value)


def test_clipping_says_what_is_in_force() -> None:
    assert CONTROLS["clock.bpm"].clip(960) == (
        300.0, "clock.bpm = 960 is outside 20..300 (quarter notes per minute); 300 it is",
    )  # fmt: skip
    assert CONTROLS["search.beam"].clip(12.4) == (12, "search.beam = 12.4 is not a whole number; 12 it is")
    assert CONTROLS["tune.guard"].clip(1) == (True, "")
    with pytest.raises(ValueError, match="outside"):
        CONTROLS["clock.bpm"].clip(math.nan)


def test_several_values_are_one_change() -> None:
    before = Snapshot()
    after = before.with_values([("tune.seed", 3), ("tune.key", "Em")])
    assert (after.version, after.tune) == (1, 0)
    assert (after.seed, str(after.key)) == (3, "E minor")
    assert before.seed == 0


def test_one_bad_value_changes_nothing() -> None:
    before = Snapshot()
    with pytest.raises(ValueError, match="temperature"):
        before.with_values([("tune.seed", 3), ("tune.temperature", 9)])
    with pytest.raises(KeyError):
        before.with_value("tune.sede", 3)
    assert before == Snapshot()


def test_a_snapshot_pickles() -> None:
    snapshot = Snapshot().with_value("tune.guard", False).with_new_tune()
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot
    assert (snapshot.version, snapshot.tune, snapshot.number("tune.guard")) == (2, 1, 0.0)
