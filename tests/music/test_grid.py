"""The grid of the voices: four steps a beat on any meter's ticks, and which beat they count."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.table import METERS
from instrument.music.grid import TACTUS, Grid, grid, tactus
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH, QUARTER

GRIDS = st.builds(Grid, st.sampled_from(sorted(TACTUS.values())), st.integers(2, 4), st.integers(0, 2 * QUARTER - 1))


@given(GRIDS, st.integers(-1000, 1000))
def test_a_step_is_nearest_to_its_own_tick_and_ticks_rise(lay: Grid, step: int) -> None:
    assert lay.step(lay.tick(step)) == lay.under(lay.tick(step)) == step
    assert lay.tick(step) < lay.tick(step + 1)
    assert lay.tick(step + 4) - lay.tick(step) == lay.beat


@given(GRIDS, st.integers(-(10**7), 10**7))
def test_every_tick_belongs_to_the_nearest_step(lay: Grid, tick: int) -> None:
    step = lay.step(tick)
    assert abs(lay.tick(step) - tick) == min(abs(lay.tick(s) - tick) for s in range(step - 3, step + 4))
    assert lay.tick(lay.under(tick)) <= tick < lay.tick(lay.under(tick) + 1)


@given(GRIDS)
def test_in_compound_time_the_eighths_fall_on_steps_0_1_and_3(lay: Grid) -> None:
    """No chorale beats in threes; so are its halves: steps 0 and 2 of any beat."""
    places = [Fraction(lay.tick(step) - lay.tick(0), lay.beat) for step in range(4)]
    if lay.compound:
        assert places == [0, Fraction(1, 3), Fraction(1, 2), Fraction(2, 3)]
    else:
        assert places == [0, Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]


@pytest.mark.parametrize(
    ("meter", "bpm", "beat"),
    [("4/4", 90, QUARTER), ("4/4", 120, 2 * QUARTER), ("4/4", 208, 2 * QUARTER), ("2/4", 208, QUARTER),
     ("3/4", 208, QUARTER), ("3/2", 60, 2 * QUARTER), ("6/8", 60, 3 * EIGHTH), ("9/8", 200, 3 * EIGHTH),
     ("12/8", 120, 3 * EIGHTH)],
)  # fmt: skip
def test_the_beat_that_is_felt_is_counted_unless_another_is_asked_for(meter: str, bpm: float, beat: int) -> None:
    found = Meter.parse(meter)
    assert tactus("auto", found, bpm) == beat
    for asked, ticks in TACTUS.items():
        assert tactus(asked, found, bpm) in (ticks, found.beat)
        assert found.bar % tactus(asked, found, bpm) == 0


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize("asked", ["auto", *TACTUS])
def test_bars_begin_on_the_grid_and_its_bars_are_what_the_models_know(meter: str, asked: str) -> None:
    found = Meter.parse(meter)
    for bars in range(8):
        barline = 12345 + bars * found.bar
        lay = grid(found, tactus(asked, found, 100.0), barline, bars)
        assert lay.tick(lay.step(barline)) == barline
        assert lay.bar in (8, 12, 16)
        if lay.bar // 4 * lay.beat == found.bar:  # a bar as the models count is a bar as written
            assert lay.place(lay.step(barline)) == 0
