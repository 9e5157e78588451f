"""Tapping: the next note of the plan at each key-down, at once; other ways where the key goes up or down."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Branch, Note, Span
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player, TickResult
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.thinker import Thinker
from instrument.thinking.tune.load_shedding import Pace
from tests.fakes.band import BAR, ROUTES, Thought, bar_of, planner, tiny_mind
from tests.fakes.taps import key
from tests.fakes.thorough import share

TAPPING = Snapshot().with_value("play.way", "tap")


def tapping(*spans: Span, snapshot: Snapshot = TAPPING) -> Player:
    player = Player(ROUTES, snapshot, spans)
    player.play(0.0)
    player.advance(0.0)
    return player


def brief(turn: TickResult) -> list[tuple[float, str, int, int]]:
    return [(m.due, m.kind, m.number, m.value) for m in turn.messages]


def test_each_key_sounds_the_next_note_of_the_plan_with_its_own_velocity_and_length() -> None:
    player = tapping(bar_of(60, 62, 64, 65))
    assert brief(player.hear(key(1.0, 40, 33))) == [(1.0, "on", 60, 33)]
    assert brief(player.hear(key(1.7, 40, 0))) == [(1.7, "off", 60, 0)]
    assert brief(player.hear(key(2.0, 40, 99))) == [(2.0, "on", 62, 99)]
    assert brief(player.hear(key(2.1, 41, 98))) == [(2.1, "on", 64, 98)], "legato: the first is still down"
    assert brief(player.hear(key(2.2, 40, 0))) == [(2.2, "off", 62, 0)]
    assert brief(player.hear(key(2.3, 41, 50))) == [(2.3, "off", 64, 0), (2.3, "on", 65, 50)], "struck again"


def test_nothing_sounds_by_itself() -> None:
    player = tapping(bar_of(60, 62), bar_of(64, 65, start=BAR))
    assert [m for turn in range(1, 400) for m in player.advance(turn * 0.02).messages] == []
    assert player.playing, "it waits for the performer"


def test_the_other_voices_come_along_as_far_as_the_melody_has_come() -> None:
    spans = []
    for start in (0, BAR):
        span = bar_of(60, 62, start=start)
        spans.append(replace(span, notes=(*span.notes, Note(start, BAR, 48, 60, "drone"))))
    player = tapping(*spans)
    assert brief(player.hear(key(1.0, 40))) == [(1.0, "on", 48, 60), (1.0, "on", 60, 100)]
    assert brief(player.hear(key(2.0, 41))) == [(2.0, "on", 62, 100)]
    third = brief(player.hear(key(3.0, 39)))
    assert third == [(3.0, "off", 48, 0), (3.0, "on", 48, 60), (3.0, "off", 60, 0), (3.0, "on", 60, 100)]


def test_a_chord_of_the_plan_is_one_tap() -> None:
    span = bar_of(60, 62)
    player = tapping(replace(span, notes=(Note(0, 100, 64), *span.notes)))
    assert [m[2] for m in brief(player.hear(key(1.0, 40)))] == [60, 64]
    assert [m[2] for m in brief(player.hear(key(1.5, 40, 0)))] == [60, 64]


WAYS = ((67, "G"), (59, "B,"), (61, "^C"), (72, "c"))


@pytest.mark.parametrize(
    ("second", "pitch"), [(50, 67), (30, 59), (40, 62)], ids=["higher", "lower", "the same stays near"]
)
def test_the_key_says_where_to_go(second: int, pitch: int) -> None:
    """The plan goes from C to D; up it would go too, so only lower asks for another way."""
    span = bar_of(60, 62, 64, 65)
    span = replace(span, written=("M:4/4", "K:Cmaj", "C", "2", "D", "2", "E", "2", "F", "2", "|"))
    up = replace(span, notes=(span.notes[0], replace(span.notes[1], pitch=58), *span.notes[2:]))
    planned = up if second == 50 else span
    branch = Branch(span.notes[1].start, 4, WAYS)
    player = tapping(replace(planned, branches=(branch,)))
    player.hear(key(1.0, 40))
    player.hear(key(1.1, 40, 0))
    assert brief(player.hear(key(1.2, second))) == [(1.2, "on", pitch, 100)]


def test_keys_struck_together_are_one_tap_until_the_last_of_them_is_up() -> None:
    player = tapping(bar_of(60, 62, 64, 65))
    assert brief(player.hear(key(1.0, 40, 90))) == [(1.0, "on", 60, 90)]
    assert brief(player.hear(key(1.012, 47, 80))) == brief(player.hear(key(1.03, 44, 80))) == []
    assert brief(player.hear(key(1.4, 44, 0))) == brief(player.hear(key(1.5, 40, 0))) == []
    assert brief(player.hear(key(1.6, 47, 0))) == [(1.6, "off", 60, 0)]
    assert [m[2] for m in brief(player.hear(key(2.0, 41))) if m[1] == "on"] == [62], "the next is the next"
    assert [m[2] for m in brief(player.hear(key(2.06, 43))) if m[1] == "on"] == [64], "a roll is no chord"


@pytest.mark.parametrize("octaves", [-1, 1])
@pytest.mark.parametrize("weighed", [True, False], ids=["weighed", "of an opening"])
def test_the_tune_leaps_no_octave_where_the_hand_takes_a_step(octaves: int, weighed: bool) -> None:
    """The plan goes on an octave away, as where it is folded into its instrument's compass."""
    far, step = 62 + 12 * octaves, 2 * octaves
    ways = ((far + octaves, "x"), (62 + 5 * octaves, "G"), (62 + step, "E"))
    span = replace(bar_of(62, far, 64, 50, 74), branches=(Branch(BAR // 5, 4, ways),) if weighed else ())
    player = tapping(span)
    player.hear(key(1.0, 40))
    player.hear(key(1.1, 40, 0))
    assert brief(player.hear(key(1.2, 40 + octaves)))[0][2] == (62 + 5 * octaves if weighed else 62 + step)


def test_a_hand_that_leaps_an_octave_may_have_one() -> None:
    player = tapping(bar_of(62, 74, 64))
    player.hear(key(1.0, 40))
    player.hear(key(1.1, 40, 0))
    assert brief(player.hear(key(1.2, 52)))[0][2] == 74


@pytest.mark.parametrize("weighed", [True, False])
def test_from_the_first_notes_on_the_tune_goes_where_the_hand_goes(weighed: bool) -> None:
    """An opening too, which nobody has weighed: up and down the scale of its key, within its range."""
    bars = [replace(bar_of(62, 69, 66, 74, start=n * BAR), key="D major") for n in range(8)]
    ways = ((71, "B"), (61, "C"), (64, "E"), (67, "G"))
    if weighed:
        bars = [replace(bar, branches=tuple(Branch(n.start, 3, ways) for n in bar.notes)) for bar in bars]
    player, rng, last = tapping(*bars), random.Random(3), None
    where, at = 60, 1.0
    for _ in range(28):
        step = rng.choice((-3, -2, -1, 1, 2, 3))
        where, at = where + step, at + 0.3
        pitch = next(m[2] for m in brief(player.hear(key(at, where))) if m[1] == "on")
        player.hear(key(at + 0.2, where, 0))
        if last is not None:
            interval = pitch - last
            assert interval * step > 0 or (interval == 0 and last in (61, 62, 74)), (last, step, pitch)
            assert abs(interval) <= 8
            assert pitch % 12 in {2, 4, 6, 7, 9, 11, 1, 0}
        last = pitch


def test_the_plans_own_note_is_taken_where_it_goes_the_way_of_the_key() -> None:
    span = replace(bar_of(60, 62), branches=(Branch(BAR // 2, 4, WAYS),))
    player = tapping(span)
    player.hear(key(1.0, 40))
    assert brief(player.hear(key(1.2, 41))) == [(1.2, "on", 62, 100)]


def test_another_way_is_written_into_the_tune_and_the_plan_goes_on_from_it() -> None:
    written = ("M:4/4", "K:Cmaj", "C", "4", "D", "4", "|")
    span = replace(bar_of(60, 62), written=written, branches=(Branch(BAR // 2, 4, WAYS),))
    player, thought = tapping(span), Thought(planner(TAPPING))
    thought.ask(list(player.thinker_ready()))
    thought.answer(player)
    player.advance(0.1)
    player.hear(key(1.0, 40))
    turn = player.hear(key(1.2, 30))
    asked = [request for request in turn.requests if isinstance(request, Rethink)]
    assert len(asked) == 1
    assert asked[0].rewrite
    assert asked[0].after is not None
    assert asked[0].after.written[4] == "B,"
    thought.ask(list(turn.requests))
    composed = thought.planner.next_span()
    assert composed.written[: len(written)] == ("M:4/4", "K:Cmaj", "C", "4", "B,", "4", "|")
    assert composed.start == player.buffer.committed


def test_the_thinker_sends_other_ways_only_to_one_who_taps() -> None:
    for way in ("listen", "tap"):
        thinker = Thinker(tiny_mind(), Arrangement({"melody": 1}), lambda: 0.0, Pace(0, 0))
        snapshot = Snapshot().with_value("play.way", way)
        thinker.hear(Rethink(1, snapshot, 0, None, snapshot))
        thinker.hear(Extend(8 * BAR))
        spans = []
        while thinker.behind:
            spans += [m for m in thinker.work() if isinstance(m, Span)]
        assert bool(sum(len(span.branches) for span in spans)) == (way == "tap")
        for span in spans:
            notes = {note.start: note.pitch for note in span.notes}
            assert all(notes[branch.start] not in dict(branch.ways) for branch in span.branches)
            assert all(span.written[branch.token][0] in "^_=ABCDEFGabcdefg" for branch in span.branches)


def test_back_to_listening_the_music_goes_on_from_the_next_note() -> None:
    player = Player(ROUTES, Snapshot(), [bar_of(60, 62, 64, 65), bar_of(67, 69, start=BAR)])
    player.play(0.0)
    player.advance(0.1)
    player.change(TAPPING, 0.2)
    assert [(m.kind, m.number) for m in player.advance(0.2).messages] == [("off", 60)]
    assert [m[2] for m in brief(player.hear(key(5.0, 40)))] == [62]
    player.change(Snapshot(), 6.0)
    back = player.advance(6.0).messages
    assert [(m.kind, m.number) for m in back if m.kind != "program"] == [("off", 62), ("on", 64)]
    assert [(m.kind, m.number) for m in player.advance(6.6).messages] == [("off", 64), ("on", 65)]


def balance(messages: list[Message]) -> Counter[tuple[int, int]]:
    down: Counter[tuple[int, int]] = Counter()
    for message in messages:
        if message.kind in ("on", "off"):
            down[message.channel, message.number] += 1 if message.kind == "on" else -1
            assert down[message.channel, message.number] in (0, 1)
    return +down


@pytest.mark.long  # 6 seconds of CPU
@pytest.mark.parametrize("seed", range(share(2, 4)))
def test_whatever_is_done_every_on_has_its_off(seed: int) -> None:
    rng = random.Random(seed)
    player, thought = Player(ROUTES, TAPPING, []), Thought(planner(TAPPING, drone="tonic"))
    thought.ask(list(player.thinker_ready()))
    messages = list(player.play(0.0))
    for turn in range(1500):
        now = turn * 0.02
        if rng.random() < 0.3:
            heard = player.hear(key(now, rng.randrange(40, 50), rng.choice((0, 0, 90))))
            messages += heard.messages
            thought.ask(list(heard.requests))
        if rng.random() < 0.01:
            way = rng.choice(("tap", "listen", "hold", "answer", "accompany"))
            thought.ask(list(player.change(player.snapshot.with_value("play.way", way), now)))
        if rng.random() < 0.005:
            messages += player.panic(now) if rng.random() < 0.5 else player.stop(now) + player.play(now)
        one = player.advance(now)
        messages += one.messages
        thought.ask(list(one.requests))
        thought.answer(player, 1)
    messages += player.stop(1000.0)
    assert not balance(messages)
    assert len(player.scheduler.ledger) == 0


@pytest.mark.parametrize("ahead", [0, 40])
def test_silence_is_passed_over_but_not_for_ever(ahead: int) -> None:
    rests = [replace(bar_of(60, start=n * BAR), notes=()) for n in range(1 + ahead)]
    player = Player(ROUTES, Snapshot(), rests)
    player.play(0.0)
    player.advance(0.0)
    player.change(TAPPING, 0.1)
    for turn in range(20, 200):
        player.advance(turn * 0.01)
        player.hear(key(turn * 0.01, 40))
    assert player.buffer.announced <= 1 + ahead
    player = tapping(*rests[:1], replace(bar_of(62), start=BAR, end=2 * BAR))
    assert [m[2] for m in brief(player.hear(key(1.0, 40)))] == [62]
