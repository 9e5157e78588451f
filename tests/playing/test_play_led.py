"""Play pressed while somebody else's clock runs: the tune comes in on his next bar line, counted in as is asked."""

from __future__ import annotations

import pytest

from instrument.playing.messages import Act, Change
from tests.fakes.balance import balance
from tests.fakes.counted import BEAT, Counted, at
from tests.fakes.sequencer import START, STOP, Tape
from tests.fakes.thorough import every


@pytest.mark.long  # 4 seconds of CPU
@pytest.mark.parametrize("pressed", every(2, [4.6, 5.3, 7.9]))
@pytest.mark.parametrize("count", [0, 1, 2])
def test_from_the_middle_it_goes_on_where_he_is_from_his_next_bar_line(pressed: float, count: int) -> None:
    tape = Tape().send(START).beats(pressed)
    stand = Counted(0, clock__source="midi", clock__bpm=120.0).listen(tape)
    stand.enter(Act("transport.stop"), Change(stand.player.snapshot.with_value("transport.count_in", count)))
    since = stand.now
    stand.enter(Act("transport.play")).listen(tape.beats(16))
    tune, counts = [one for one in stand.tune if one[0] > since], [when for when, _ in stand.clicks]
    entry = -(-(pressed - 0.04) // 4) + count
    assert tune[0] == (pytest.approx(10 + 4 * BEAT * entry, abs=0.003), 1 + entry), "his bar, at its first beat"
    assert tune[4] == (pytest.approx(10 + 4 * BEAT * (entry + 1), abs=0.003), 2 + entry)
    assert counts == at(10 + 4 * BEAT * entry, range(-4 * count, 0), 0.003)
    stand.listen(tape.send(STOP), 0.5)
    assert not balance(stand.messages)


@pytest.mark.long  # 4 seconds of CPU
@pytest.mark.parametrize("pickup", [0, 1])
@pytest.mark.parametrize("count", [0, 2])
def test_from_the_top_the_tune_begins_on_his_next_bar_line(pickup: int, count: int) -> None:
    """It was stopped while it was still counted in."""
    stand = Counted(pickup, clock__source="midi", clock__bpm=120.0, transport__count_in=2)
    tape = Tape().send(START).beats(3.0)
    stand.listen(tape).enter(Act("transport.stop")).listen(tape.beats(18.3))
    assert not stand.tune
    stand.enter(Change(stand.player.snapshot.with_value("transport.count_in", count)), Act("transport.play"))
    since = stand.now
    stand.listen(tape.beats(20))
    line = 24 + 4 * count if count or not pickup else 24  # beats; a pick-up is before it
    assert stand.tune[0] == (pytest.approx(10 + BEAT * (line - pickup), abs=0.003), 60 if pickup else 1)
    assert stand.tune[pickup] == (pytest.approx(10 + BEAT * line, abs=0.003), 1)
    assert [when for when, _ in stand.clicks if when > since] == at(10 + BEAT * line, range(-4 * count, 0), 0.003)
