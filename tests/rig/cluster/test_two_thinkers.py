"""Which of two thinkers is asked, in virtual time: a way that is lost, slow or far, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from instrument.controls.control import Value
from instrument.controls.explanations import ThinkerFigures, Thought
from instrument.controls.requests import Extend, Rethink, RoundTrip, ThinkerReady
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Place, Span
from instrument.music.set_place import SetPlace
from instrument.playing.messages import Status, ThinkerState
from instrument.playing.time.clock import ManualClock
from instrument.rig.cluster.news import Reached, Unreached, WayMeasured
from instrument.rig.cluster.two_thinkers import FAR, TwoThinkers

LAST = SetPlace(over=True)


def bar(of_set: SetPlace = SetPlace()) -> Span:  # noqa: B008 - frozen
    """The first bar of a reel, without a note."""
    return Span(0, 40320, (), 1, 0, 0, (), Place(), 0, "4/4", "D major", of_set=of_set)


class Line:
    """A process of the conductor's that only remembers."""

    def __init__(self) -> None:
        self.sent: list[object] = []
        self.tries: list[float] = []
        self.dropped = self.replaced = 0

    def send(self, message: object) -> None:
        self.sent.append(message)

    def alive(self) -> None:
        """It is noted elsewhere."""

    def drop(self) -> None:
        self.dropped += 1

    def later(self, seconds: float) -> None:
        self.tries.append(seconds)

    def replace(self) -> bool:
        self.replaced += 1
        return True


class Stand:
    """A conductor's tables with two thinkers and a player that remembers."""

    def __init__(self) -> None:
        self.here, self.there, self.player = Line(), Line(), Line()
        self.said: list[str] = []
        self.readings: dict[str, Value] = {}
        self.clock = ManualClock()
        self.died_here = 0
        self.accompanist = False
        self.hears: dict[Any, dict[type, Callable[[Any], object]]] = {
            self.player: {}, self.here: {Span: self.player.send, ThinkerFigures: print, Thought: print},
        }  # fmt: skip
        self.gone: dict[Any, Callable[[], object]] = {self.here: self._died_here}
        self.thinkers = TwoThinkers(
            self.here,
            self.there,
            self.player.send,
            self.said.append,
            self.readings.update,
            self.clock.now,
            lambda: self.accompanist,
        )
        self.thinkers.join(self.hears, self.gone, self.player, lambda kind, receiver: self.hears.update(
            {kind: {kind: receiver}}
        ))  # fmt: skip

    def _died_here(self) -> None:
        self.died_here += 1

    def hear(self, who: Line, *messages: object) -> None:
        for message in messages:
            self.hears[who][type(message)](message)

    def status(self, ahead: float) -> None:
        self.hears[Status][Status](Status(True, 1, 100.0, ahead, 0, 0.0))

    def ask(self, until: int = 0) -> None:
        self.hear(self.player, Extend(until))

    def up(self, way: float = 0.002) -> None:
        self.hear(self.here, ThinkerReady())
        self.hear(self.there, Reached("rack", "cuda"), ThinkerReady(), WayMeasured(way, way))

    def states(self) -> list[bool]:
        return [sent.up for sent in self.player.sent if isinstance(sent, ThinkerState)]


@pytest.fixture
def stand() -> Stand:
    return Stand()


def test_the_one_here_is_asked_until_the_other_is_up(stand: Stand) -> None:
    stand.hear(stand.here, ThinkerReady())
    stand.ask(1)
    stand.hear(stand.there, Reached("rack", "cuda"), ThinkerReady())
    stand.ask(2)
    stand.hear(stand.there, WayMeasured(0.002, 0.003))
    stand.ask(3)
    assert [request.until for request in stand.here.sent if isinstance(request, Extend)] == [1, 2]
    assert stand.there.sent == [Extend(3)]
    assert stand.states() == [True, False, True], "the player hears of one that went and one that came"
    assert stand.readings == {"thinker.place": "rack (cuda)", "thinker.way_ms": 2.0}
    assert RoundTrip(0.002) in stand.player.sent


def test_a_lost_way_hands_over_and_it_is_tried_again_less_and_less_often(stand: Stand) -> None:
    for turn in range(6):
        stand.up()
        stand.hear(stand.there, Unreached("no answer for 1 s"))
        assert not stand.thinkers.elsewhere
        stand.gone[stand.there]()
        stand.ask(turn)
    assert stand.here.sent == [Extend(turn) for turn in range(6)]
    assert stand.there.tries == [4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert sum("taken over" in line for line in stand.said) == 6
    assert stand.states()[-1] is True
    assert stand.player.sent[-2] == RoundTrip(0.0), "told before it is asked"


def test_one_that_dies_without_a_word_is_lost_too(stand: Stand) -> None:
    stand.up()
    stand.gone[stand.there]()
    assert stand.states()[-2:] == [False, True]
    assert stand.readings["thinker.place"] == "here"


def test_one_that_composes_otherwise_is_never_asked_nor_tried_again(stand: Stand) -> None:
    stand.hear(stand.here, ThinkerReady())
    stand.hear(stand.there, Unreached("the tune model's weights there 1, here 2", again=False))
    stand.gone[stand.there]()
    assert stand.there.tries == [] and stand.there.dropped == 1
    line = "no thinker elsewhere: the tune model's weights there 1, here 2; the one on this machine composes"
    assert stand.said == [line]


def test_a_cluster_that_stays_away_is_said_once(stand: Stand) -> None:
    stand.hear(stand.here, ThinkerReady())
    for _ in range(5):
        stand.hear(stand.there, Unreached("ray://rack:10001: nobody there"))
        stand.gone[stand.there]()
    assert len(stand.said) == 1 and len(stand.there.tries) == 5


def test_an_answer_that_comes_too_late_for_the_plan_is_composed_here(stand: Stand) -> None:
    stand.up()
    stand.ask()
    stand.clock.sleep_until(0.4)
    stand.status(0.5)
    assert stand.thinkers.elsewhere, "it may take half a second"
    stand.clock.sleep_until(2.0)
    stand.status(2.0)
    assert stand.thinkers.elsewhere, "the plan is long enough"
    stand.status(0.9)
    assert not stand.thinkers.elsewhere
    stand.hear(stand.there, WayMeasured(0.002, 0.002))
    assert not stand.thinkers.elsewhere, "not at once"
    stand.clock.sleep_until(6.1)
    stand.hear(stand.there, WayMeasured(0.002, 0.002))
    assert stand.thinkers.elsewhere


def test_an_answer_that_came_is_not_waited_for(stand: Stand) -> None:
    stand.up()
    stand.ask()
    stand.hear(stand.there, bar())
    stand.clock.sleep_until(5.0)
    stand.status(0.5)
    assert stand.thinkers.elsewhere
    assert bar() in stand.player.sent


def test_the_end_of_a_set_is_no_delay(stand: Stand) -> None:
    stand.up()
    stand.ask()
    stand.hear(stand.there, bar(LAST))
    stand.ask()
    stand.clock.sleep_until(5.0)
    stand.status(0.5)
    assert stand.thinkers.elsewhere, "there is nothing to come"
    stand.hear(stand.player, Rethink(2, Snapshot(), 40320, bar(LAST), Snapshot()))
    stand.clock.sleep_until(10.0)
    stand.status(0.5)
    assert not stand.thinkers.elsewhere


def test_late_spans_of_the_other_are_dropped(stand: Stand) -> None:
    stand.up()
    stand.hear(stand.there, Unreached("gone"))
    stand.hear(stand.there, bar())
    assert bar() not in stand.player.sent


def test_where_the_accompanist_is_is_said_once(stand: Stand) -> None:
    stand.accompanist = True
    for _ in range(2):
        stand.up(0.005)
        stand.hear(stand.there, Unreached("gone"))
    lines = [line for line in stand.said if "accompanist" in line]
    assert lines == ["the accompanist stays on this machine, which answers a key sooner: 3.0 ms here, 8.0 ms there"]


def test_a_way_that_is_too_far_is_not_taken(stand: Stand) -> None:
    stand.up(FAR + 0.1)
    assert not stand.thinkers.elsewhere
    stand.hear(stand.there, WayMeasured(0.1, 0.1))
    assert stand.thinkers.elsewhere
    stand.hear(stand.there, WayMeasured(0.7, 0.9))
    assert not stand.thinkers.elsewhere and "700.0 ms" in stand.said[-1]


def test_the_player_is_told_of_the_way_when_it_changes(stand: Stand) -> None:
    stand.up(0.010)
    for way in (0.011, 0.012, 0.030, 0.031, 0.002):
        stand.hear(stand.there, WayMeasured(way, way))
    told = [sent.seconds for sent in stand.player.sent if isinstance(sent, RoundTrip)]
    assert told == [0.010, 0.030, 0.002]
    assert stand.readings["thinker.way_ms"] == 2.0


def test_the_one_that_stands_by_may_die_unheard(stand: Stand) -> None:
    stand.up()
    states = stand.states()
    stand.gone[stand.here]()
    assert stand.states() == states and stand.here.replaced == 1 and not stand.died_here
    stand.hear(stand.there, Unreached("gone"))
    assert stand.states()[-1] is False, "nobody is up"
    stand.hear(stand.here, ThinkerReady())
    assert stand.states()[-1] is True
    stand.gone[stand.here]()
    assert stand.died_here == 1
