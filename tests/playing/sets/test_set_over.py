"""Set that is over, and Play pressed again: another set comes, whatever is looped, planned or late."""

import pytest

from instrument.music.events import Span
from instrument.playing.messages import ThinkerState
from tests.fakes.thorough import share
from tests.fakes.whole_evening import WholeEvening


def over(seed: int, late: int = 0, *turned: tuple[str, object]) -> WholeEvening:
    """An evening whose set was ended by the leader, and is over. turned: controls, once the ending is under way."""
    evening = WholeEvening(seed, late)
    evening.bars(6)
    evening.call("set.last")
    until_ending(evening)
    if turned:
        evening.turn(*turned)  # type: ignore[arg-type]
    to_the_end(evening)
    return evening


def until_ending(evening: WholeEvening) -> None:
    while not evening.all[-1].of_set.ending:
        evening.bars(1)


def to_the_end(evening: WholeEvening) -> None:
    while evening.playing:
        evening.bars(1)
    assert evening.all[-1].of_set.over


def next_set(evening: WholeEvening, ended: Span) -> Span:
    """The first bar that is composed behind the end."""
    behind = [span for span in evening.all if span.start >= ended.end and span.source == "composed"]
    assert behind, "the music does not go on"
    assert (behind[0].of_set.first, behind[0].tune, behind[0].bar) == (ended.tune + 1, ended.tune + 1, 0)
    return behind[0]


@pytest.mark.parametrize("late", [0, 3])
@pytest.mark.parametrize("seed", range(1, 9))
def test_a_loop_that_is_on_does_not_bring_the_old_set_back(seed: int, late: int) -> None:
    evening = over(seed, late)
    ended = evening.all[-1]
    evening.turn(("loop.from", 1), ("loop.to", 2), ("loop.on", True))
    evening.call("transport.play")
    evening.bars(9)
    next_set(evening, ended)
    whole = [span.bar for span in evening.spans if span.start >= ended.end and span.end - span.start == 40320]
    assert whole.count(1) > 2, "it loops the new set's tune"


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_loop_to_the_last_bar_of_an_ending_does_not_hold_the_end_off(seed: int) -> None:
    evening = WholeEvening(seed)
    evening.bars(6)
    evening.call("set.last")
    until_ending(evening)
    bar = evening.all[-1].bar + 1
    evening.turn(("loop.from", bar), ("loop.to", 64), ("loop.on", True))
    to_the_end(evening)
    ended = evening.all[-1]
    evening.turn(("loop.on", False))
    evening.call("transport.play")
    evening.bars(3)
    next_set(evening, ended)


@pytest.mark.parametrize("bars", [0, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("seed", range(1, share(4, 9)))
def test_a_composer_that_dies_before_the_end_begins_another_set_when_it_is_there_again(seed: int, bars: int) -> None:
    evening = WholeEvening(seed)
    evening.turn(("search.lookahead", 1))
    evening.bars(4)
    evening.call("set.last")
    until_ending(evening)
    evening.there = False
    evening.take(ThinkerState(False))
    to_the_end(evening)
    ended = evening.all[-1]
    evening.call("transport.play")
    evening.bars(bars)  # what was planned, and the last part again
    evening.revive()
    evening.bars(bars + 6)
    assert evening.playing, "it does not stop anew"
    next_set(evening, ended)


@pytest.mark.parametrize("seed", range(1, 9))
def test_what_was_planned_before_the_ending_is_not_heard_behind_it(seed: int) -> None:
    evening = WholeEvening(seed)
    evening.turn(("search.lookahead", 16))
    evening.bars(3)
    evening.call("set.last")
    player = evening.performance.player
    for _ in range(40):  # the composer dies as soon as it has given the ending's last bar
        evening.pass_turns(1)
        if any(span.of_set.over for span in player.buffer.ahead):
            break
        evening.until = evening.planner.tick + 1  # a bar at a time
    evening.there = False
    evening.take(ThinkerState(False))
    to_the_end(evening)
    ended = evening.all[-1]
    evening.call("transport.play")
    evening.bars(3)
    heard = [span for span in evening.all if span.start >= ended.end]
    assert all(span.source == "repeated" or span.of_set.first > ended.of_set.first for span in heard)
    evening.revive()
    evening.bars(8)
    assert evening.playing
    next_set(evening, ended)
