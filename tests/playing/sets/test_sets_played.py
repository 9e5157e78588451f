"""Sets as they are played, in virtual time: called, told, stopped, faded, and played again from the log to the byte."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from instrument.controls.calling import calling
from instrument.controls.control import Value
from instrument.controls.requests import Extend, Rethink, TurnBack
from instrument.controls.snapshot import Snapshot
from instrument.music.dances.phrasing import ritardando
from instrument.music.events import Place, Span
from instrument.music.meter import Meter
from instrument.music.set_place import END, SetPlace
from instrument.playing.messages import Act, Change, PlayerSetup
from instrument.playing.messages import ThinkerState as Up
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.performance import Silence
from instrument.playing.performance_style import PerformanceStyle
from instrument.playing.player import Player
from instrument.playing.schedule.ledger import Ledger
from instrument.playing.sets.fade import EXPRESSION, Fade
from instrument.playing.time.tempo_curve import Beat
from instrument.ports.log.replay import replay
from tests.fakes.band import ROUTES, Thought, planner, tiny_mind
from tests.fakes.sessions import Session

MIND = tiny_mind()
BAR = Meter(4, 4).bar
PRESSES = ("last", "next", "fade", "stop", "play", "times", "form", "key", "meter", "new", "back", "tap")
FAST: dict[str, Value] = {"clock.bpm": 300.0, "play.human": 0.0}


def controls(seed: int = 3, **turned: Value) -> Snapshot:
    return Snapshot().with_values([
        ("tune.seed", seed), *FAST.items(), *((n.replace("_", ".", 1), v) for n, v in turned.items()),
    ])  # fmt: skip


class Evening:
    """A player with a thinker that answers within the turn, led as a conductor leads it. `now` is in seconds."""

    def __init__(self, snapshot: Snapshot, turn: float = 0.05) -> None:
        self.snapshot, self.now, self.turn = snapshot, 0.0, turn
        self.player = Player(ROUTES, snapshot, ())
        self.thought = Thought(planner(snapshot, MIND, "tonic"))
        self.messages: list[Message] = []
        self.announced: list[Span] = []
        self.told: list[object] = []
        self.thought.ask(list(self.player.thinker_ready()))
        self.messages += self.player.play(0.0)

    def step(self) -> None:
        turn = self.player.advance(self.now)
        self.thought.ask(turn.requests)
        self.thought.answer(self.player, 40)
        self.messages += [*(turn.silence or ()), *turn.messages]
        self.announced += turn.announced
        self.told += turn.told
        for back in turn.told:
            if isinstance(back, TurnBack) and self.snapshot.values[back.name] == back.was:
                self.change(self.snapshot.with_value(back.name, back.value))
        self.now += self.turn

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / self.turn)):
            self.step()

    def until(self, bars: int) -> None:
        """Until so many measures are announced, or the music has stopped."""
        for _ in range(20_000):
            if len(self.announced) >= bars or not self.player.scheduler.playing:
                return
            self.step()
        raise AssertionError("the music goes on and nothing is announced")

    def change(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.thought.ask(self.player.change(snapshot, self.now))

    def call(self, action: str) -> None:
        called = calling(self.snapshot, action)
        assert called is not None
        self.change(called)

    def play(self) -> None:
        self.messages += self.player.play(self.now)


def hanging(messages: list[Message]) -> Counter[tuple[str, int, int]]:
    """Notes that are on at the end."""
    down: Counter[tuple[str, int, int]] = Counter()
    for message in messages:
        if message.kind in ("on", "off"):
            down[message.port, message.channel, message.number] += 1 if message.kind == "on" else -1
    return Counter({key: count for key, count in down.items() if count > 0})


def joined(spans: list[Span]) -> bool:
    return all(a.end == b.start for a, b in itertools.pairwise(spans))


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


@pytest.mark.parametrize("seed", range(6))
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


def levels(messages: list[Message]) -> set[int]:
    """The expression that each channel was left with."""
    last = {(m.port, m.channel): m.value for m in messages if m.kind == "control" and m.number == EXPRESSION}
    return set(last.values())


# the fade


def test_a_fade_goes_down_stops_and_is_full_again() -> None:
    evening = Evening(controls(set_fade=2))
    evening.until(4)
    began = evening.now
    evening.player.set_end.press_fade(began)
    while evening.player.scheduler.playing:
        evening.step()
    faded = [m for m in evening.messages if m.kind == "control" and m.number == EXPRESSION]
    by_channel = {channel: [m.value for m in faded if m.channel == channel] for channel in (1, 2)}
    for values in by_channel.values():
        assert values == sorted(values, reverse=True) and values[-1] == 0 and len(values) > 20
    two_bars = 2 * 4 * 60 / 300
    assert two_bars - 0.2 < evening.now - began < two_bars + 0.2
    assert not hanging(evening.messages)
    evening.run(1.5)
    assert levels(evening.messages) == {127}, "nobody is left silent"


def test_a_fade_taken_back_swells_within_a_beat() -> None:
    evening = Evening(controls(set_fade=4), turn=0.01)
    evening.until(4)
    evening.player.set_end.press_fade(evening.now)
    evening.run(1.2)
    assert 0 < min(levels(evening.messages)) < 110
    evening.player.set_end.press_fade(evening.now)
    evening.run(0.3)
    assert levels(evening.messages) == {127} and evening.player.scheduler.playing
    evening.run(4.0)
    assert evening.player.scheduler.playing and levels(evening.messages) == {127}


@pytest.mark.parametrize("way", ["stop", "panic", "play"])
def test_whatever_breaks_a_fade_off_every_channel_is_full_again(way: str) -> None:
    evening = Evening(controls(set_fade=8))
    evening.until(4)
    evening.player.set_end.press_fade(evening.now)
    evening.run(1.0)
    assert max(levels(evening.messages)) < 127
    if way == "play":
        while evening.player.scheduler.playing:
            evening.step()
    evening.messages += getattr(evening.player, way)(evening.now)
    assert levels(evening.messages) == {127}
    evening.run(0.5)
    assert levels(evening.messages) == {127}


def test_a_fade_goes_no_faster_than_its_bars_however_often_one_looks() -> None:
    fade = Fade(lambda: ROUTES)
    fade.press(1000, 4000, 100)
    assert [m.value for m in fade.advance(2000, 1.0)[0]] == [95, 95]
    assert fade.advance(2000, 1.1) == ([], False)
    messages, died = fade.advance(5000, 2.0)
    assert died and {m.value for m in messages} == {0}


# how it is played


def span_of(left: int, then: str = END, time: int = 1, ending: bool = False) -> Span:
    written = ("M:4/4", "K:Cmaj", "C", "8", "|")
    return Span(
        8 * BAR, 9 * BAR, (), 0, 0, 8, written, Place(), 0, "4/4", "C major",
        of_set=SetPlace(left=left, then=then, time=time, ending=ending),
    )  # fmt: skip


def test_the_last_bars_slow_down_as_a_runner_comes_to_a_stop() -> None:
    style = PerformanceStyle(controls(set_ritard=1.0))
    beats = [beat for left in (3, 2, 1, 0) for beat in style.breathe(span_of(left))]
    stretches = [beat.stretch for beat in beats]
    assert stretches == sorted(stretches) and len(beats) == 12, "two bars, and the chord held"
    assert stretches[0] > 1 and stretches[-1] == pytest.approx(3.0)
    assert not style.breathe(span_of(1, then="again")) and not style.breathe(span_of(4))
    assert all(isinstance(beat, Beat) for beat in beats)
    speeds = [1 / s for s in ritardando(8, 0.7)]
    falls = [a - b for a, b in itertools.pairwise([1.0, *speeds])]
    assert all(0 < a < b for a, b in itertools.pairwise(falls)), "slower and slower the more it slows"


def test_a_clock_of_somebody_else_is_not_slowed() -> None:
    evening = Evening(controls(set_ritard=1.0, set_tunes=1, clock_source="midi"))
    assert evening.player._breathe(span_of(0)) == []
    evening = Evening(controls(set_ritard=1.0, set_tunes=1, clock_send="always"))
    assert evening.player._breathe(span_of(0)), "but who goes by ours is led"


def test_each_time_through_is_livelier() -> None:
    style = PerformanceStyle(controls(set_lift=1.0))
    louder = []
    for time in (1, 2, 3, 4, 8):
        note = replace(next(iter(planner(mind=MIND).next_span().notes)), start=8 * BAR, velocity=80)
        louder.append(style.dress(replace(span_of(5, time=time), notes=(note,)), 120.0).notes[0].velocity)
    assert louder == sorted(louder) and louder[0] == 80 < louder[1] < louder[3] == louder[4]


# with hands and clocks


def test_a_set_is_tapped_to_its_end_and_the_next_tap_begins_another() -> None:
    evening = Evening(controls(set_tunes=1, play_way="tap"))
    evening.run(0.2)
    struck = 0
    for tap in range(3000):
        turn = evening.player.hear(ReceivedMidi(evening.now, "keys", bytes((0x90, 60 + tap % 5, 90))))
        evening.messages += turn.messages
        evening.announced += turn.announced
        evening.thought.ask(turn.requests)
        evening.step()
        evening.messages += evening.player.hear(
            ReceivedMidi(evening.now, "keys", bytes((0x80, 60 + tap % 5, 0)))
        ).messages
        struck += bool(turn.messages)
        if any(span.of_set.first > 0 for span in evening.announced):
            break
    assert any(span.of_set.over for span in evening.announced) and joined(evening.announced)
    assert any(span.tune == 1 for span in evening.announced), "the next tap goes on with the next set"
    evening.messages += evening.player.stop(evening.now)
    assert not hanging(evening.messages)


def clock(evening: Evening, seconds: float, bpm: float = 300.0) -> None:
    """A MIDI clock comes in for so long."""
    period = 60 / bpm / 24
    ends = evening.now + seconds
    while evening.now < ends:
        turn = evening.player.hear(ReceivedMidi(evening.now, "daw", bytes([0xF8])))
        evening.messages += [*(turn.silence or ()), *turn.messages]
        evening.announced += turn.announced
        evening.thought.ask(turn.requests)
        evening.turn = period
        evening.step()


def test_with_a_clock_that_goes_on_the_next_set_begins_on_its_bar() -> None:
    evening = Evening(controls(set_tunes=1, form_bars="8", form_parts=1, form_repeats="no", clock_source="midi"))
    evening.messages += evening.player.stop(0.0)
    evening.player.hear(ReceivedMidi(evening.now, "daw", bytes([0xFA])))
    clock(evening, 12.0)
    assert evening.announced[-1].of_set.over and not evening.player.scheduler.playing
    end = evening.announced[-1].end
    clock(evening, 3.3)
    evening.play()
    clock(evening, 4.0)
    rest = [span for span in evening.announced if span.start >= end]
    silent, first = [s for s in rest if s.source == "silent"], next(s for s in rest if s.source != "silent")
    assert joined(evening.announced) and len(silent) == 1 and first.start % BAR == 0
    assert first.bar == 0 and first.tune == 1, "from its top"
    assert first.start - end >= 3 * BAR, "where the clock is by then"


# logged and played again


@pytest.mark.parametrize("seed", range(2))
def test_a_session_with_sets_is_played_again_to_the_byte(seed: int, tmp_path: Path) -> None:
    snapshot = controls(seed + 5, set_times=2, set_tunes=2, set_vary=0.4, set_fade=2)
    thought = Thought(planner(snapshot, MIND, "tonic"))
    stage = PlayerSetup(snapshot, (), {"melody": (1, 0), "drone": (2, 0)}, {})
    session = Session(tmp_path / "set.jsonl", stage)

    def answer(told: list[object]) -> None:
        """What the thinker and the conductor do with what was told."""
        nonlocal snapshot
        waiting: list[Any] = list(told)
        while waiting:
            one = waiting.pop(0)
            if isinstance(one, Rethink | Extend):
                thought.ask([one])
            elif isinstance(one, TurnBack) and snapshot.values[one.name] == one.was:
                snapshot = snapshot.with_value(one.name, one.value)
                waiting += session.take(Change(snapshot)).told
            while thought.planner.plan and thought.planner.tick < thought.until:
                waiting += session.take(thought.planner.next_span()).told

    answer(session.take(Up(True)).told)
    dice = random.Random(seed)
    overs = 0
    for turn in range(90):
        for _ in range(20):
            session.clock.advance(0.02)
            exits = session.take()
            answer(exits.told)
        playing = session.performance.player.scheduler.playing
        overs += not playing
        if not playing:
            session.take(Act("transport.play"))
        elif turn % 9 == 4:
            called = calling(snapshot, dice.choice(("set.last", "set.next")))
            assert called is not None
            snapshot = called
            answer(session.take(Change(snapshot)).told)
        elif turn % 30 == 20:
            answer(session.take(Act("transport.fade")).told)
    found = replay(session.close())
    assert found.same and found.whole, found.difference
    assert overs, "it has come to an end at least once"
    assert not any(isinstance(one, Silence) and one.everything for one in session.out)


def test_no_ledger_entry_outlives_an_evening() -> None:
    evening = Evening(controls(set_times=2, set_tunes=1))
    evening.until(10_000)
    assert isinstance(evening.player.scheduler.ledger, Ledger)
    assert not evening.player.scheduler.ledger.release(evening.now)
