"""Form of a dance, as people write it."""

import pytest

from instrument.controls.table import CONTROLS
from instrument.music.dances import set_form


@pytest.mark.parametrize("text", ["8x32", "8 x 32", "8X32", "8×32", " 8x32 ", "08x32"])
def test_a_dance_is_read_as_people_write_it(text: str) -> None:
    assert set_form.parse(text) == (8, 32) and set_form.written(text) == "8x32"


@pytest.mark.parametrize(("times", "bars"), [(1, 8), (3, 24), (7, 56), (64, 96), (9, 40)])
def test_any_number_of_times_and_bars_that_a_dance_can_have(times: int, bars: int) -> None:
    assert CONTROLS["set.form"].check(f"{times}x{bars}") == f"{times}x{bars}"
    count, each, repeated = set_form.parts(bars)
    assert count * each * (2 if repeated == "yes" else 1) == bars


@pytest.mark.parametrize(("text", "mend"), [
    ("8x30", "8x32"), ("8x200", "8x96"), ("2x72", "2x64"), ("8x0", "8x8"), ("0x32", "8x32"), ("99x32", "1..64"),
    ("8x", "free"), ("reel", "8x32"), ("8x32x2", "8x32"), ("-8x32", "8x32"), ("8.5x32", "8x32"), ("", "free"),
])  # fmt: skip
def test_what_no_dance_is_is_refused_in_one_line_with_a_mend(text: str, mend: str) -> None:
    with pytest.raises(ValueError, match=r"set\.form = ") as refused:
        CONTROLS["set.form"].check(text)
    assert mend in str(refused.value) and "\n" not in str(refused.value)


def test_a_fader_steps_through_the_dances_that_are_danced_most() -> None:
    control = CONTROLS["set.form"]
    assert control.from_fader(0.0) == "free" and control.check(control.from_fader(1.0))
    assert control.to_fader("7x56") == 0.0
