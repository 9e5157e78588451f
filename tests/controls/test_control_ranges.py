"""Ranges of the controls, written down a second time: a range that is changed by mistake is noticed here."""

from __future__ import annotations

import pytest

from instrument.controls.table import CONTROLS


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("tune.again", 0.0, 1.0), ("tune.temperature", 0.1, 2.0), ("tune.seed", 0, 2**31 - 1), ("form.parts", 0, 6),
     ("clock.bpm", 20.0, 300.0)],
)  # fmt: skip
def test_a_number_is_taken_up_to_both_ends_and_not_beyond(name: str, low: float, high: float) -> None:
    control, step = CONTROLS[name], 1 if isinstance(low, int) else 0.001
    assert control.check(low) == low and control.check(high) == high
    for beyond in (low - step, high + step, low - 1000, -1 if low == 0 else low / 2):
        with pytest.raises(ValueError, match="is outside"):
            control.check(beyond)
