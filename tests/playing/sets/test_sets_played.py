"""Sets as they are played, in virtual time: called, told, stopped, faded, and played again from the log to the byte."""

from __future__ import annotations

import itertools
import random

import pytest

from instrument.controls.requests import TurnBack
from instrument.music.meter import Meter
from tests.fakes.set_evening import Evening, controls, hanging, joined, levels
from tests.fakes.thorough import share

BAR = Meter(4, 4).bar
PRESSES = ("last", "next", "fade", "stop", "play", "times", "form", "key", "meter", "new", "back", "tap")


def test_a_set_stops_by_itself_and_the_next_begins_when_play_is_pressed() -> None:
    evening = Evening(controls(set_times=2, set_tunes=1))
    evening.until(10_000)
    assert evening.announced[-1].of_set.over and joined(evening.announced)
    assert not evening.player.scheduler.playing and not hanging(evening.messages)
    assert evening.player.scheduler.tick(evening.now) == evening.announced[-1].end
    before = len(evening.announced)
    evening.run(3.0)
    assert len(evening.announced) == before, "nothing comes by itself"
    evening.play()
    evening.until(before + 6)
    assert joined(evening.announced)
    assert evening.announced[before].tune == 1 and evening.announced[before].of_set.first == 1
    evening.until(10_000)
    assert evening.announced[-1].of_set.over and evening.announced[-1].tune == 1


def test_a_control_turned_while_the_set_is_over_does_not_wake_the_music() -> None:
    evening = Evening(controls(set_tunes=1, tune_keys="same"))
    evening.until(10_000)
    before = len(evening.announced)
    evening.change(evening.snapshot.with_value("tune.key", "A major"))
    evening.run(1.0)
    assert len(evening.announced) == before and not evening.player.scheduler.playing
    evening.play()
    evening.until(before + 3)
    assert evening.announced[-1].key == "A major"


def test_last_is_an_ending_and_goes_back_when_it_is_done() -> None:
    evening = Evening(controls(set_times=3))
    evening.until(12)
    evening.call("set.last")
    evening.until(10_000)
    last = evening.announced[-1]
    assert last.of_set.over and last.of_set.time == 1 and not hanging(evening.messages)
    assert evening.told == [TurnBack("set.then", "last", "as planned")]
    assert evening.snapshot.values["set.then"] == "as planned"
    evening.play()
    evening.until(len(evening.announced) + 50)
    assert not any(span.of_set.ending for span in evening.announced[-40:]), "it was meant once"


def test_pressed_again_it_is_as_if_it_had_not_been_pressed() -> None:
    plain, pressed = Evening(controls(set_times=2, set_vary=0.4)), Evening(controls(set_times=2, set_vary=0.4))
    plain.until(70)
    for action in ("set.last", "set.next"):
        pressed.until(len(pressed.announced) + 15)
        pressed.call(action)
        pressed.until(len(pressed.announced) + 2)
        pressed.call(action)
    pressed.until(70)
    assert [s.notes for s in pressed.announced[:70]] == [s.notes for s in plain.announced[:70]]
    assert not pressed.told


def test_pressed_after_the_end_it_is_meant_for_the_set_that_comes() -> None:
    evening = Evening(controls(set_tunes=1))
    evening.until(10_000)
    before = len(evening.announced)
    evening.change(evening.snapshot.with_value("set.tunes", 0))
    evening.call("set.last")
    evening.play()
    evening.until(10_000)
    assert evening.announced[-1].of_set.over and evening.announced[-1].tune == 1
    assert not any(span.of_set.over for span in evening.announced[before:-1])


def test_next_comes_at_the_end_of_the_part_and_once() -> None:
    evening = Evening(controls(set_times=8, form_bars="8"))
    evening.until(12)
    evening.call("set.next")
    evening.until(60)
    change = next(i for i, span in enumerate(evening.announced) if span.tune == 1)
    assert 12 <= change < 22 and {span.tune for span in evening.announced[change:]} == {1}
    assert evening.told == [TurnBack("set.then", "next", "as planned")] and joined(evening.announced)


def test_what_comes_is_told_ahead() -> None:
    evening = Evening(controls(set_times=2, set_tunes=2, tune_keys="up a tone", tune_key="D major"))
    heard: list[tuple[int, int, int, str, str]] = []
    while evening.player.scheduler.playing:
        evening.step()
        place = evening.player.led.place(evening.now)
        row = tuple(place[f"set.{name}"] for name in ("tune", "time", "to_go", "coming", "key"))
        if row[0] and (not heard or heard[-1] != row):
            heard.append(row)  # type: ignore[arg-type]
    order = [key for key, _ in itertools.groupby(row[:2] for row in heard)]
    assert order == [(1, 1), (1, 2), (2, 1), (2, 2)]
    known = [row for row in heard if row[2] > 0]
    for one, other in itertools.pairwise(known):
        assert other[2] == one[2] - 1 or (one[2] == 1 and other[:2] != one[:2]), (one, other)
    assert {row[3:] for row in known if row[:2] == (1, 1)} == {("time 2 of 2", "")}
    assert {row[3:] for row in known if row[:2] == (1, 2)} == {("next tune", "E major")}
    assert {row[3:] for row in known if row[:2] == (2, 2)} == {("the end", "")}
    assert heard[-1][2:4] == (0, "")


def test_a_call_is_told_before_its_bar() -> None:
    evening = Evening(controls(set_times=8))
    evening.until(20)
    assert evening.player.led.place(evening.now)["set.coming"] == "time 2 of 8"
    evening.call("set.last")
    evening.step()
    evening.step()
    assert evening.player.led.place(evening.now)["set.coming"] == "the end", "from the plan, before it is announced"


@pytest.mark.parametrize("seed", range(share(2, 6)))
def test_random_evenings_withdraw_nothing_and_leave_nothing_hanging(seed: int) -> None:
    """Presses of every kind at any moment. What is announced joins, ends are ends, and all is silent at last."""
    dice = random.Random(seed)
    turned = {"set.times": 2, "set.tunes": dice.choice((0, 2)), "set.vary": dice.choice((0.0, 0.5))}
    evening = Evening(controls(seed + 1).with_values(turned.items()))
    for _ in range(30):
        evening.run(dice.uniform(0.1, 4.0))
        what = dice.choice(PRESSES)
        if what in ("last", "next"):
            evening.call(f"set.{what}")
        elif what == "fade":
            evening.player.set_end.press_fade(evening.now)
        elif what == "stop":
            evening.messages += evening.player.stop(evening.now)
        elif what == "back":
            turn = evening.player.led.locate(dice.randint(1, 40), evening.now)
            if turn is not None:
                evening.thought.ask(turn.requests)
                evening.messages += [*(turn.silence or ()), *turn.messages]
                evening.announced.clear()
        elif what == "new":
            evening.change(evening.snapshot.with_new_tune())
        elif what == "tap":
            evening.player.led.tap(evening.now)
        elif what != "play":
            name, values = {
                "times": ("set.times", (1, 3)), "form": ("set.form", ("free", "2x32")),
                "key": ("tune.key", ("G major", "D dorian")), "meter": ("tune.meter", ("4/4", "6/8")),
            }[what]  # fmt: skip
            evening.change(evening.snapshot.with_value(name, dice.choice(values)))
        if not evening.player.scheduler.playing:
            evening.play()
        assert joined(evening.announced), (seed, what)
    ends = [i for i, span in enumerate(evening.announced) if span.of_set.over]
    for end in ends:
        following = evening.announced[end + 1 : end + 2]
        assert all(span.of_set.first > evening.announced[end].of_set.first for span in following)
    evening.messages += evening.player.stop(evening.now)
    assert not hanging(evening.messages)
    assert levels(evening.messages) <= {127}
