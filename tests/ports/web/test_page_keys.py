"""Keys of a page, in virtual time: who holds what, what a flood may do, and where its moments lie on our clock."""

from __future__ import annotations

import random
from typing import Any

import pytest

from instrument.playing.messages import Sounding
from instrument.ports.web.page_clock import KEPT, PAST, PageClock
from instrument.ports.web.page_keys import BURST, PageKeys


class Line:
    """A page's keys, and what went to the player."""

    def __init__(self) -> None:
        self.played: list[tuple[Any, ...]] = []
        self.taps: list[float] = []
        self.page = PageKeys(3, self.played.append, self.taps.append)

    def hear(self, now: float, **message: Any) -> None:
        self.page.hear(message, now)

    def midi(self) -> list[bytes]:
        return [record[3] for record in self.played if record[0] == "midi"]


@pytest.fixture
def line() -> Line:
    return Line()


def ask(clock: PageClock, now: float, there: float, back: float, ahead: float) -> float:
    """An asking with these ways (seconds) to a page whose clock is so far ahead of ours; returns when it is over."""
    number = clock.ask(now)
    clock.answered(number, now + there + ahead, now + there + back)
    return now + there + back


def test_a_key_is_an_input_of_its_own_and_its_moment_is_the_pages(line: Line) -> None:
    ask(line.page.clock, 100.0, 0.010, 0.010, ahead=-40.0)
    line.hear(100.6, m=[0x90, 60, 90], t=60_500.0)
    assert line.played == [("midi", "page 3", pytest.approx(100.5), bytes((0x90, 60, 90)), 0.0)]


def test_offset_is_that_of_the_quickest_asking_whatever_the_others_meet() -> None:
    random_number, clock = random.Random(1), PageClock()
    now = 100.0
    for _ in range(30):
        now = ask(clock, now, 0.004 + random_number.expovariate(20), 0.004 + random_number.expovariate(20), 7.0) + 0.5
    assert clock.offset == pytest.approx(-7.0, abs=clock.there_and_back / 2)
    assert abs(clock.offset + 7.0) < 0.012, "though single askings were off by far more"
    for there, back in ((0.4, 0.004), (0.004, 0.4), (0.5, 0.5)):
        before = clock.offset
        now = ask(clock, now, there, back, 7.0)
        assert clock.offset == before, "one that waited on one way only counts for nothing beside a quick one"


def test_a_clock_that_drifts_is_followed() -> None:
    clock, now = PageClock(), 100.0
    for n in range(10 * KEPT):
        now = ask(clock, now, 0.005, 0.005, 3.0 + n * 0.5 * 100e-6) + 0.49
    assert clock.offset == pytest.approx(-(3.0 + 10 * KEPT * 0.5 * 100e-6), abs=0.003)


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.3])
def test_a_slow_network_shifts_a_note_once_at_most(delay: float) -> None:
    """However long a note is under way, it lies where it was played: as exactly as the ways are alike."""
    clock, now = PageClock(), 100.0
    for _ in range(6):
        now = ask(clock, now, 0.002 + delay, 0.002 + delay, 12.0)
    struck = now + 0.1
    assert clock.moment(struck + 12.0, struck + delay + 0.002) == pytest.approx(struck, abs=1e-9)
    assert clock.late == pytest.approx(delay + 0.002)


@pytest.mark.parametrize(("theirs", "lies"), [(1e9, 0.0), (-1e9, -PAST), (None, 0.0)])
def test_no_moment_lies_in_the_future_or_long_ago(theirs: float | None, lies: float) -> None:
    clock = PageClock()
    now = ask(clock, 100.0, 0.01, 0.01, 0.0)
    assert clock.moment(theirs, now) == pytest.approx(now + lies)


def test_an_answer_that_nobody_asked_for_says_nothing() -> None:
    clock = PageClock()
    clock.answered(1, 5.0, 100.0)
    number = clock.ask(100.0)
    clock.answered(number, 5.0, 99.0)
    clock.answered(number, 5.0, 100.01)
    assert not clock.known


def test_what_makes_no_sense_plays_nothing_and_too_much_of_it_closes_the_line(line: Line) -> None:
    nonsense: list[Any] = [
        None, 3, "m", [], {"m": 3}, {"m": [144, 60]}, {"m": [144, 60, 200]}, {"m": [144, 60, True]},
        {"m": [248]}, {"m": [240, 1, 2]}, {"m": [144.0, 60, 9]}, {"m": [144, 60, 9, 9]}, {"x": 1}, {"m": [12, 1, 1]},
    ]  # fmt: skip
    for message in nonsense:
        line.page.hear(message, 100.0)
    assert line.midi() == []
    with pytest.raises(ValueError, match="line is closed"):
        for _ in range(1000):
            line.page.hear({"m": 3}, 100.0)


@pytest.mark.parametrize("time", [float("nan"), float("inf"), "soon", True, None, [1], 1e300])
def test_a_time_that_is_none_is_now(line: Line, time: Any) -> None:
    line.hear(100.0, m=[0x90, 60, 90], t=time)
    assert line.played == [("midi", "page 3", 100.0, bytes((0x90, 60, 90)), 0.0)]


def test_a_flood_is_bounded_and_every_key_that_went_down_comes_up(line: Line) -> None:
    down = set()
    for n in range(3000):
        try:
            line.hear(100.0 + n / 100_000, m=[0x90 | n % 16, n % 128, 90], t=None)
        except ValueError:
            break
    begun = [data for data in line.midi() if data[0] & 0xF0 == 0x90]
    assert len(begun) <= BURST + 20
    for data in begun:
        down.add((data[0] & 15, data[1]))
    for channel, note in sorted(down):
        line.hear(100.1, m=[0x80 | channel, note, 0], t=None)
    ended = {(data[0] & 15, data[1]) for data in line.midi() if data[0] & 0xF0 == 0x80}
    assert ended == down


def test_the_end_of_what_was_never_heard_is_not_passed_on(line: Line) -> None:
    for _ in range(1000):
        line.hear(100.0, m=[0x80, 60, 0])
        line.hear(100.0, m=[0xB0, 64, 0])
    assert line.midi() == []


def test_a_page_that_leaves_lets_go_of_all_at_once(line: Line) -> None:
    line.hear(100.0, m=[0x90, 60, 90])
    line.hear(100.0, off=1)
    assert line.played[-1] == ("gone", "page 3")
    line.hear(100.1, m=[0x80, 60, 0])
    assert line.played[-1] == ("gone", "page 3"), "its end is over already"


def test_a_tap_of_the_tempo_has_the_moment_of_the_finger(line: Line) -> None:
    ask(line.page.clock, 100.0, 0.05, 0.05, ahead=5.0)
    line.hear(101.0, tap=105_800.0)
    assert line.taps == [pytest.approx(100.8)]


def test_what_sounds_is_told_by_the_pages_own_clock(line: Line) -> None:
    ask(line.page.clock, 100.0, 0.01, 0.01, ahead=50.0)
    line.hear(100.1, listen=True)
    line.page.heard(Sounding(7, ((101.0, "melody", 62, 90), (101.5, "melody", 62, 0))))
    assert line.page.news() == [{"n": 7, "s": [[151_000.0, "melody", 62, 90], [151_500.0, "melody", 62, 0]]}]
    assert line.page.news() == []
