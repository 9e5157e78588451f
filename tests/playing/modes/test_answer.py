"""Answering: a phrase is played, and the model goes on from it on the next bar line, for as long."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from instrument.controls.requests import Rethink
from instrument.music.events import Note
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player
from tests.fakes.answering import ANSWERING, Evening
from tests.fakes.band import BAR, ROUTES, bar_of
from tests.fakes.thorough import every

BEAT = 0.5  #: seconds at 120


def motif(start: float, *notes: int) -> dict[float, tuple[int, int]]:
    """Quarters, each let go a little early."""
    struck = {start + i * BEAT: (note, 90) for i, note in enumerate(notes)}
    return struck | {start + i * BEAT + 0.45: (note, 0) for i, note in enumerate(notes)}


def test_silence_before_and_after_and_an_answer_as_long_as_the_phrase_between() -> None:
    evening = Evening()
    evening.until(16.0, motif(2.0, 60, 62, 64, 65, 67, 65, 64, 62))  # bars 1 and 2 of the clock, counted from 0
    composed = [span for span in evening.announced if span.source == "composed"]
    assert [(span.start, span.end) for span in composed] == [(4 * BAR, 5 * BAR), (5 * BAR, 6 * BAR)]
    assert {span.source for span in evening.announced} == {"silent", "composed"}
    assert all(a.end == b.start for a, b in pairwise(evening.announced))
    struck = [m.due for m in evening.messages if m.kind == "on" and m.channel == 1]
    assert struck
    assert min(struck) >= 8.0
    assert max(struck) < 12.0
    assert len(evening.asked) == 1, "nothing else was asked for"


def test_the_phrase_is_what_primes_the_model() -> None:
    evening = Evening()
    evening.until(10.0, motif(2.0, 60, 62, 64, 65))
    answer = next(span for span in evening.announced if span.source == "composed")
    assert answer.written[:11] == ("M:4/4", "K:Cmaj", "c", "2", "d", "2", "e", "2", "f", "2", "|")
    assert answer.place.measure == 1
    assert answer.start == 3 * BAR


def test_after_a_set_number_of_bars_the_answer_is_on_the_very_next_bar_line() -> None:
    evening = Evening(ANSWERING.with_value("answer.bars", 1))
    evening.until(10.1, motif(2.0, 60, 62, 64, 65) | motif(8.0, 67, 65, 64, 62))
    starts = [span.start for span in evening.announced if span.source == "composed"]
    assert starts == [2 * BAR, 5 * BAR]
    assert [request.start for request in evening.asked] == starts
    assert evening.asked[1].snapshot.phrase is not None
    assert evening.asked[1].snapshot.phrase.number == 2


def test_a_pick_up_does_not_count_as_a_bar() -> None:
    evening = Evening(ANSWERING.with_value("answer.bars", 1))
    evening.until(8.0, motif(1.5, 67, 60, 62, 64, 65))
    answer = next(span for span in evening.announced if span.source == "composed")
    assert answer.start == 2 * BAR
    assert answer.written[2:6] == ("G", "2", "|", "C")


def test_a_thinker_that_is_late_answers_a_bar_later() -> None:
    evening = Evening(ANSWERING.with_value("answer.bars", 1), slow=40)
    evening.until(12.0, motif(2.0, 60, 62, 64, 65))
    composed = [span for span in evening.announced if span.source == "composed"]
    assert len(composed) == 1
    assert composed[0].start % BAR == 0
    assert composed[0].start > 2 * BAR
    assert all(a.end == b.start for a, b in pairwise(evening.announced))


def test_who_plays_into_an_answer_silences_it_and_begins_the_next_phrase() -> None:
    evening = Evening()
    evening.until(12.0, motif(2.0, 60, 62, 64, 65) | motif(6.52, 72, 74, 76))
    composed = [span for span in evening.announced if span.source == "composed"]
    assert [span.start for span in composed] == [3 * BAR, 5 * BAR]
    first = [(m.due, m.kind) for m in evening.messages if m.kind in ("on", "off") and m.channel == 1 and m.due < 10]
    assert 6.0 <= max(due for due, kind in first if kind == "on") < 6.52
    assert max(due for due, _ in first) <= 6.52
    assert evening.asked[-1].snapshot.phrase is not None
    assert evening.asked[-1].snapshot.phrase.tokens == ("z", "2", "c", "2", "d", "2", "e", "2", "|")


def test_into_the_last_beat_of_an_answer_a_pick_up_may_be_played() -> None:
    """What sounds of it sounds to its end, nothing else is struck."""
    evening = Evening()
    evening.until(7.56, motif(2.0, 60, 62, 64, 65) | {7.55: (67, 90)})
    before = balance(evening.messages)
    evening.until(9.0)
    struck = [m.due for m in evening.messages if m.kind == "on" and m.channel == 1]
    assert max(struck) < 7.55
    assert not balance(evening.messages), f"{before} is ended"


def test_who_plays_on_after_a_rest_is_waited_for_and_both_halves_are_the_phrase() -> None:
    """The rest is long enough to be an end, but the answer has not begun."""
    evening = Evening()
    evening.until(12.0, motif(2.0, 60, 62) | motif(4.0, 64, 65))
    composed = [span for span in evening.announced if span.source == "composed"]
    assert [span.start for span in composed] == [4 * BAR, 5 * BAR], "two bars for his two"
    phrases = [request.snapshot.phrase.tokens for request in evening.asked if request.snapshot.phrase]
    assert phrases[-1] == ("c", "2", "d", "2", "z", "4", "|", "e", "2", "f", "2", "z", "4", "|")


def balance(messages: list[Message]) -> Counter[tuple[int, int]]:
    """What sounds at the end."""
    down: Counter[tuple[int, int]] = Counter()
    for message in sorted(messages, key=lambda m: (m.due, m.kind == "on")):
        if message.kind in ("on", "off"):
            down[message.channel, message.number] += 1 if message.kind == "on" else -1
    return +down


@pytest.mark.parametrize("way", ["listen", "tap", "hold"])
def test_to_another_way_and_back(way: str) -> None:
    evening = Evening()
    evening.until(9.0, motif(2.0, 60, 62, 64, 65))
    evening.change("play.way", way)
    evening.until(14.0)
    if way != "tap":
        assert evening.announced[-1].source == "composed"
    evening.change("play.way", "answer")
    evening.until(20.0)
    assert evening.announced[-1].source in ("silent", "composed")
    evening.until(34.0, motif(20.1, 60, 62, 64, 65))
    assert evening.asked[-1].snapshot.phrase is not None
    assert all(a.end == b.start for a, b in pairwise(evening.announced))


@pytest.mark.parametrize("way", ["answer", "accompany"])
def test_what_is_composed_afterwards_begins_on_a_bar_line(way: str) -> None:
    evening = Evening(ANSWERING.with_value("play.way", way))
    evening.until(3.1)
    evening.change("play.way", "listen")
    evening.until(7.0)
    first = next(span for span in evening.announced if span.source == "composed")
    assert first.start == 2 * BAR
    assert all(a.end == b.start for a, b in pairwise(evening.announced))


def test_one_who_accompanies_is_alone_with_the_voices() -> None:
    evening = Evening(ANSWERING.with_values([("play.way", "accompany"), ("harmony.follow", "tune")]))
    evening.player.accompanist(True, 0.0)
    evening.until(4.0, motif(2.0, 60, 62))
    assert evening.asked == []
    assert {span.source for span in evening.announced} == {"silent"}
    assert evening.player.snapshot.led


def test_where_the_music_goes_back_a_new_phrase_may_begin() -> None:
    """A sequencer loops: its answer of before is played again, and the performer is heard as before."""
    evening = Evening(ANSWERING.with_value("answer.bars", 1))
    evening.until(6.5, motif(2.0, 60, 62, 64, 65))
    assert len(evening.asked) == 1
    evening.player.scheduler.locate(0, 6.5)
    evening.player.scheduler.playing = False
    evening.player.play(6.5)
    evening.until(20.0, motif(8.5, 67, 65, 64, 62))
    assert len(evening.asked) == 2
    assert evening.asked[1].snapshot.phrase is not None
    assert evening.asked[1].snapshot.phrase.number == 2


def test_a_bar_of_silence_counts_as_one() -> None:
    player = Player(ROUTES, ANSWERING, [], bars=3)
    player.play(0.0)
    for turn in range(1000):
        player.advance(turn * 0.01)
    assert player.buffer.committed == 3 * BAR
    assert player.finished(10.0)


def test_the_drone_holds_through_the_silence() -> None:
    span = bar_of(60)
    opening = replace(span, notes=(*span.notes, Note(0, BAR, 48, 60, "drone")))
    evening = Evening(opening=(opening,))
    evening.until(5.9)
    drone = [(round(m.due, 3), m.kind) for m in evening.messages if m.channel == 2 and m.kind in ("on", "off")]
    assert drone[0] == (0.0, "on")
    ons = [due for due, kind in drone if kind == "on"]
    assert ons == [0.0, 2.0, 4.0]


def test_an_answer_begins_on_a_bar_line_of_its_meter() -> None:
    evening = Evening(ANSWERING.with_values([("tune.meter", "6/8"), ("answer.bars", 2)]))
    eighth = BEAT / 2
    keys = {i * eighth: (60 + i % 5, 90) for i in range(12)}
    keys |= {i * eighth + 0.2: (60 + i % 5, 0) for i in range(12)}
    evening.until(8.0, keys)
    first = next(span for span in evening.announced if span.source == "composed")
    assert first.start == 2 * 6 * EIGHTH
    assert first.meter == "6/8"
    assert first.end - first.start == 3 * QUARTER


@pytest.mark.parametrize("slow", every(2, [1, 7, 40, 90]))
def test_a_control_turned_at_any_moment_of_an_answer_is_answered(slow: int) -> None:
    """The bars of an answer wait here, thought with controls that are asked for again with every turn of a fader."""
    evening = Evening(slow=slow)
    for phrase in range(8):
        begun = phrase * 8.0
        evening.until(begun + 1.5, motif(begun + 0.5, 60, 64))
        for turn in range(60):
            evening.until(begun + 1.5 + turn / 10)
            evening.change("tune.temperature", 0.7 + turn % 7 / 10)
    numbers = {request.snapshot.phrase.number for request in evening.asked if request.snapshot.phrase}
    assert len(numbers) >= 4
    assert any(span.source == "composed" for span in evening.announced), "answers are heard"
    assert len(evening.player._plans) < 60, "controls of what is long forgotten are forgotten"


def test_a_bar_thought_under_a_forgotten_plan_is_announced_and_the_next_fader_still_asks() -> None:
    """The answer's first bar has come, a fader asks for it again, and its bar line comes before the new answer."""
    player = Player(ROUTES, ANSWERING, ())
    player.thinker_ready()
    asked: list[Rethink] = []
    turn = 0

    def go(seconds: float) -> None:
        nonlocal turn
        while turn * 0.005 < seconds:
            turn += 1
            asked.extend(r for r in player.advance(turn * 0.005).requests if isinstance(r, Rethink))

    player.play(0.0)
    player.receive(replace(bar_of(60), plan=player.plan))
    for key in (62, 64, 66, 67, 69, 71, 72):
        go(turn * 0.005 + 0.2)
        player.hear(ReceivedMidi(turn * 0.005, "keys", bytes([0x90, key, 80])))
        go(turn * 0.005 + 0.2)
        player.hear(ReceivedMidi(turn * 0.005, "keys", bytes([0x80, key, 0])))
    while not any(request.snapshot.phrase for request in asked):
        go(turn * 0.005 + 0.05)
    answer = asked[-1]
    player.receive(bar_of(60, start=answer.start, plan=answer.plan))
    player.change(player.snapshot.with_value("tune.temperature", 0.7), turn * 0.005)
    while player.buffer.last_committed is None or player.buffer.last_committed.plan != answer.plan:
        go(turn * 0.005 + 0.05)
    player.receive(bar_of(60, start=player.buffer.committed, plan=player.plan))
    again = player.change(player.snapshot.with_value("tune.temperature", 0.9), turn * 0.005)
    assert isinstance(again[0], Rethink)
    assert again[0].before.values["tune.temperature"] == answer.snapshot.values["tune.temperature"]
