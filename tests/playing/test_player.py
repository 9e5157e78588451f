"""The player in virtual time: exactly these messages, nothing announced ever changes, every on has its off."""

import itertools
import random
from dataclasses import replace

import pytest

from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.ticks import QUARTER
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player
from instrument.playing.request_history import KEPT, RequestHistory
from instrument.playing.schedule.lookahead import LookAhead
from tests.fakes.balance import balance
from tests.fakes.band import BAR, ROUTES, Thought, bar_of, planner
from tests.fakes.thorough import share

# the look-ahead buffer


def test_a_newer_plan_replaces_an_older_from_where_it_starts() -> None:
    buffer = LookAhead()
    assert all(buffer.put(bar_of(60, start=n * BAR)) for n in range(3))
    assert buffer.put(bar_of(72, start=BAR, plan=1))
    assert [s.plan for s in buffer.ahead] == [0, 1, 0], "what is behind stays, to fall back on"
    assert buffer.put(replace(bar_of(74, start=BAR, plan=2), end=BAR + BAR // 2))
    assert [s.plan for s in buffer.ahead] == [0, 2], "unless it no longer joins"


def test_what_is_announced_is_not_replaced_and_gaps_are_refused() -> None:
    buffer = LookAhead()
    buffer.put(bar_of(60))
    buffer.put(bar_of(62, start=BAR))
    list(buffer.commit(BAR // 2))
    assert not buffer.put(bar_of(72, plan=1))
    assert not buffer.put(bar_of(72, start=3 * BAR, plan=1))
    assert not buffer.put(bar_of(72, start=BAR + 5, plan=1))
    assert buffer.put(bar_of(72, start=BAR, plan=1))


def test_with_nothing_planned_the_last_part_is_repeated() -> None:
    buffer = LookAhead()
    for n, pitch in enumerate((60, 62, 64)):
        buffer.put(bar_of(pitch, start=n * BAR))
    heard = list(buffer.commit(8 * BAR))
    assert [s.notes[0].pitch for s in heard] == [60, 62, 64, 60, 62, 64, 60, 62, 64]
    assert [s.source for s in heard[:4]] == ["composed"] * 3 + ["repeated"]
    assert all(a.end == b.start for a, b in itertools.pairwise(heard))
    assert all(s.start <= n.start < s.end for s in heard for n in s.notes)


# the whole player


def perform(
    player: Player, thought: Thought, seconds: float, step: float = 0.02, seed: int = 0
) -> tuple[list[Message], list[Span]]:
    """Play for a while, with a performer who turns a control now and then."""
    rng, messages, announced = random.Random(seed), list(player.play(0.0)), list[Span]()
    for turn in range(int(seconds / step)):
        now = turn * step
        if seed and rng.random() < 0.01:
            name, value = rng.choice(
                [("tune.temperature", rng.uniform(0.3, 1.5)), ("tune.seed", rng.randrange(1, 99)),
                 ("tune.meter", rng.choice(["4/4", "6/8", "3/4"])), ("tune.key", rng.choice(["D major", "A dorian"])),
                 ("clock.bpm", rng.uniform(60, 300)), ("search.lookahead", rng.randrange(1, 8)),
                 ("search.beam", rng.randrange(0, 9)), ("search.tuple", rng.randrange(1, 4)),
                 ("search.joint", rng.choice([0.7, 1.0])), ("search.mode", rng.choice(["tree", "beam"])),
                 ("search.stride", rng.randrange(3)), ("search.futures", rng.randrange(1, 4)),
                 ("search.commit", rng.uniform(0, 8)), ("wish.cadence", rng.uniform(0, 3))]
            )  # fmt: skip
            thought.ask(list(player.change(player.snapshot.with_value(name, value), now)))
        if seed and rng.random() < 0.003:
            messages += player.panic(now)
        if seed and rng.random() < 0.003:
            messages += player.stop(now)
            messages += player.play(now)
        if seed and rng.random() < 0.005:
            thought.gone = not thought.gone
            thought.ask(list(player.thinker_ready())) if not thought.gone else player.thinker_gone()
        one = player.advance(now)
        messages += one.messages
        announced += one.announced
        thought.ask(list(one.requests))
        if turn % 3 == 0:
            thought.answer(player, 1)  # a thinker that is not always quick
    return messages, announced


@pytest.mark.long  # 5 seconds of CPU
@pytest.mark.parametrize("seed", range(1, 1 + share(3, 6)))
def test_over_random_control_changes_nothing_announced_changes_and_every_on_has_its_off(seed: int) -> None:
    snapshot = Snapshot().with_value("tune.seed", seed)
    player, thought = Player(ROUTES, snapshot, [bar_of(60, 62, 64, 65)]), Thought(planner(drone="tonic"))
    thought.ask(list(player.thinker_ready()))
    messages, announced = perform(player, thought, 40.0, seed=seed)
    assert len(announced) > 10
    assert all(a.end == b.start for a, b in itertools.pairwise(announced))
    messages += player.stop(1000.0)
    assert not balance(messages)
    assert len(player.scheduler.ledger) == 0


def test_a_change_is_heard_at_the_next_unannounced_bar() -> None:
    snapshot = Snapshot().with_value("tune.seed", 3)
    player, thought = Player(ROUTES, snapshot, []), Thought(planner())
    thought.ask(list(player.thinker_ready()))
    thought.ask(list(player.advance(0.0).requests))
    thought.answer(player)
    _messages, announced = perform(player, thought, 5.0)
    boundary = player.buffer.committed
    old = {s.start: s for s in player.buffer.ahead}
    thought.ask(list(player.change(snapshot.with_value("tune.meter", "6/8"), 5.0)))
    thought.answer(player, 1)
    assert player.buffer.ahead[0].start == boundary
    assert player.buffer.ahead[0].meter == "6/8"
    assert old[boundary].meter == "4/4"
    assert announced[-1].end == boundary, "the announced bar stands"


def test_a_thinker_that_is_late_is_asked_again_from_later() -> None:
    player = Player(ROUTES, Snapshot(), [bar_of(60, start=n * BAR) for n in range(3)])
    player.thinker_ready()
    player.receive(bar_of(64, start=3 * BAR, plan=1))
    player.play(0.0)
    player.advance(0.0)
    asked = next(r for r in player.change(Snapshot().with_value("tune.seed", 8), 0.0) if isinstance(r, Rethink))
    for turn in range(200):
        player.advance(turn * 0.02)
    requests = list(player.receive(bar_of(72, start=asked.start, plan=asked.plan)))
    again = next(r for r in requests if isinstance(r, Rethink))
    assert again.start == player.buffer.committed > asked.start
    assert again.before.seed == 0
    assert again.snapshot.seed == 8


@pytest.mark.long  # 4 seconds of CPU
def test_a_sweep_of_a_fader_does_not_starve_the_music() -> None:
    """A control turned at every turn of the loop, for as long as the plan would have lasted several times over."""
    player, thought = Player(ROUTES, Snapshot(), [bar_of(60, start=n * BAR) for n in range(2)]), Thought(planner())
    thought.ask(list(player.thinker_ready()))
    player.play(0.0)
    waiting: list[Rethink | Extend] = []
    for turn in range(1500):  # 30 seconds; the thinker needs five turns for an answer
        now = turn * 0.02
        snapshot = player.snapshot.with_value("tune.temperature", 0.5 + (turn % 50) / 50)
        waiting += [*player.change(snapshot, now), *player.advance(now).requests]
        if turn % 5 == 0:
            thought.ask(waiting)
            waiting = []
            if thought.planner.plan and thought.planner.tick < thought.until:
                waiting += player.receive(thought.planner.next_span())
    assert player.repeated == 0
    for turn in range(1500, 1520):  # the hand is taken away: what is in force is what was asked last
        thought.ask([*waiting, *player.advance(turn * 0.02).requests])
        waiting = []
        thought.answer(player)
    assert thought.planner.snapshot.values == player.snapshot.values


def test_stale_spans_of_an_older_request_are_ignored() -> None:
    player = Player(ROUTES, Snapshot(), [bar_of(60)])
    player.thinker_ready()
    player.receive(bar_of(64, start=BAR, plan=1))
    player.change(Snapshot().with_value("tune.seed", 8), 0.0)
    assert list(player.receive(bar_of(72, start=2 * BAR, plan=1))) == []
    assert player.buffer.end == 2 * BAR


def test_the_controls_of_requests_are_kept_for_their_bars_bounded_and_never_missed() -> None:
    controls = [Snapshot().with_value("tune.seed", seed) for seed in range(1000)]
    plans = RequestHistory(controls[0])
    for number in range(1, 1000):
        plans.add(number, controls[number], {number - 1, 3} | set(range(0, number, 2)))
    assert len(plans) == KEPT
    assert plans.controls(998) is controls[998]
    assert plans.controls(997) is controls[996], "one that is forgotten: the newest before it"
    assert plans.controls(5000) is controls[999]
    assert plans.controls(1) is controls[min(plans)], "older than all that is known"
    plans.add(1000, controls[0], {996, 2000})
    assert list(plans) == [996, 1000]


def test_bars_asked_for_are_played_and_no_more() -> None:
    player, thought = Player(ROUTES, Snapshot(), [bar_of(60, 62)], bars=5), Thought(planner())
    thought.ask(list(player.thinker_ready()))
    messages, announced = perform(player, thought, 20.0)
    assert len(announced) == 5
    assert player.finished(20.0)
    assert not balance(messages)


def test_the_plan_stays_ahead_as_far_as_asked() -> None:
    player, thought = Player(ROUTES, Snapshot(), [bar_of(60, 62)]), Thought(planner())
    thought.ask(list(player.thinker_ready()))
    player.play(0.0)
    for turn in range(2000):
        now = turn * 0.02
        thought.ask(list(player.advance(now).requests))
        thought.answer(player)
        assert player.bars_ahead(now) >= 4 - 1, now
        assert player.buffer.end - player.scheduler.tick(now) < 12 * 4 * QUARTER


def test_another_tunes_tempo_waits_for_its_first_bar_and_a_tempo_alone_does_not() -> None:
    bars = [bar_of(60, 62, 64, 65, start=n * BAR) for n in range(6)]
    player = Player(ROUTES, Snapshot().with_values([("clock.bpm", 120.0), ("tune.seed", 1)]), bars)
    player.play(0.0)
    player.advance(0.5)
    player.change(player.snapshot.with_values([("clock.bpm", 60.0), ("tune.seed", 2)]), 0.5)
    first = player.buffer.committed
    assert first == BAR
    for turn in range(51, 400):
        player.advance(turn * 0.01)
        bpm = 60.0 if player.scheduler.tick(turn * 0.01) >= first else 120.0
        assert player.scheduler.bpm == bpm
    player.change(player.snapshot.with_value("clock.bpm", 90.0), 4.0)
    assert player.scheduler.bpm == 90.0


@pytest.mark.parametrize("bpm", [60.0, 150.0])
def test_bars_are_announced_earlier_by_the_way_to_the_thinker(bpm: float) -> None:
    """What is asked for anew begins where its answer can still be heard."""

    def third_bar(way: float) -> tuple[float, int]:
        """When it is announced, and how far the plan is asked to reach then."""
        player = Player(ROUTES, Snapshot().with_value("clock.bpm", bpm), [bar_of(60, start=n * BAR) for n in range(4)])
        player.way = way
        player.thinker_ready()
        player.play(0.0)
        reach = 0
        for turn in range(2000):
            found = player.advance(turn * 0.01)
            reach = max([reach, *(r.until for r in found.requests if isinstance(r, Extend))])
            if any(span.start == 2 * BAR for span in found.announced):
                return turn * 0.01, reach
        raise AssertionError("never announced")

    (near, asked), (far, asked_far) = third_bar(0.0), third_bar(0.3)
    assert near - far == pytest.approx(0.3, abs=0.021)
    assert asked_far == pytest.approx(asked, abs=BAR), "and the plan leads by as much as before"
