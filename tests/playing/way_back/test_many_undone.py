"""Changes undone from far back: what was planned is kept for the newest alone, the music is the same for all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.playing.way_back.undo_points import KEPT, WHOLE, UndoPoints
from tests.fakes.back_evening import Evening, as_if, joins, untouched
from tests.fakes.band import BAR, bar_of
from tests.fakes.thorough import every

LOOKAHEAD = tuple(replace(bar_of(60, 64, start=n * BAR), plan=1) for n in range(33))


def test_bars_are_kept_for_the_newest_alone_and_a_loops_last_pass_for_all() -> None:
    points = UndoPoints(0)
    for version in range(1, 3 * KEPT):
        points.leave(version, Snapshot(), (0, None), LOOKAHEAD, pass_end=BAR if version % 50 == 0 else 0)
    kept = [point for version in range(3 * KEPT) if (point := points.find(version)) is not None]
    assert len(kept) == KEPT
    whole = [point for point in kept if point.planned]
    assert whole[-WHOLE:] == kept[-WHOLE:] and {point.pass_end for point in whole[:-WHOLE]} == {BAR}
    assert len(whole) <= WHOLE + KEPT // 50 + 1


@pytest.mark.long  # 4 seconds of CPU
@pytest.mark.parametrize("changes", every(2, [WHOLE + 3, WHOLE - 1]))
def test_however_many_are_undone_the_music_is_as_if_none_had_been_made(changes: int) -> None:
    turned = Evening()
    turned.bars(5)
    for number in range(changes):
        turned.change(("tune.temperature", 0.3 + 0.01 * number))
        turned.bars(1)
    for _ in range(changes):
        turned.act("undo")
    assert turned.snapshot.values["tune.temperature"] == Snapshot().values["tune.temperature"]
    back = turned.buffer.committed
    turned.bars(20)
    joins(turned.spans)
    as_if(turned.spans, untouched(), back)
