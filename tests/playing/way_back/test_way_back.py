"""The way back, law by law, in virtual time: undo and redo, lent changes, the tune before, staying, loops."""

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from instrument.controls.requests import Extend, Laid, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.playing.messages import Announced, Change, PlayerSetup, ThinkerState
from instrument.playing.midi.output_message import Message
from instrument.playing.performance import Silence
from instrument.ports.log.replay import replay
from instrument.rig.way_back.history import History, told
from tests.fakes.back_evening import Evening, sounding, tune_of
from tests.fakes.band import BAR
from tests.fakes.quartet import tiny_choir
from tests.fakes.sessions import Session

TURNS: list[tuple[str, Any]] = [
    ("tune.temperature", 0.3), ("tune.seed", 99), ("tune.key", "A dorian"), ("tune.key", "E major"),
    ("search.beam", 2), ("tune.guard", False), ("tune.meter", "6/8"), ("form.parts", 3), ("tune.again", 0.0),
]  # fmt: skip


def joins(spans: list[Span]) -> None:
    assert all(a.end == b.start for a, b in itertools.pairwise(spans)), "a gap, or an overlap"


def from_tick(spans: list[Span], tick: int) -> list[Span]:
    return [span for span in spans if span.start >= tick]


def as_if(ours: list[Span], theirs: list[Span], tick: int) -> None:
    """From `tick` on the same notes, bar for bar; where bar lines lay elsewhere, later by as much as the first is."""
    here = next(span for span in ours if span.start == tick)
    there = next(span for span in theirs if span.start <= tick < span.end)
    assert (here.tune, here.bar) == (there.tune, there.bar)
    shift, ends = here.start - there.start, ours[-1].end
    assert theirs[-1].end > ends - shift, "the other evening must be as long"
    found = [(n.start - shift, n.duration, n.pitch, n.voice) for n in sounding(ours, tick)]
    wanted = [(n.start, n.duration, n.pitch, n.voice) for n in sounding(theirs, tick - shift, ends - shift)]
    other = next((pair for pair in itertools.zip_longest(found, wanted) if pair[0] != pair[1]), None)
    assert other is None and len(found) > 10, f"{other} of {len(found)}"


@pytest.mark.parametrize("name, value", TURNS)
@pytest.mark.parametrize("after", [0, 1, 2, 5, 12])
def test_undone_music_goes_on_as_if_nothing_had_been_turned(name: str, value: Any, after: int) -> None:
    plain, turned = Evening(), Evening()
    for evening in (plain, turned):
        evening.bars(5)
    turned.change((name, value))
    turned.bars(after)
    if after:
        assert sounding(turned.spans) != sounding(plain.spans), "the change was not heard"
    turned.act("undo")
    back = turned.buffer.committed
    turned.bars(30)
    plain.bars(60)
    joins(turned.spans)
    as_if(turned.spans, plain.spans, back)
    assert turned.snapshot.values == plain.snapshot.values


def test_what_was_planned_is_there_again_before_anything_is_thought() -> None:
    plain, turned = Evening(), Evening()
    for evening in (plain, turned):
        evening.bars(5)
    turned.change(("tune.temperature", 0.3))
    turned.bars(1)
    turned.gone = True  # the composer says nothing more
    turned.act("undo")
    assert turned.laid >= 2
    back = turned.buffer.committed
    turned.bars(2)
    plain.bars(12)
    as_if(turned.spans, plain.spans, back)


@pytest.mark.parametrize(
    "name, value", [("tune.temperature", 0.3), ("harmony.temperature", 1.9), ("harmony.voices", 1)]
)
@pytest.mark.parametrize("after", [2, 6])
def test_the_voices_go_on_as_if_nothing_had_been_turned(name: str, value: Any, after: int) -> None:
    choir = tiny_choir()
    plain, turned = Evening(choir=choir), Evening(choir=choir)
    for evening in (plain, turned):
        evening.bars(3)
    turned.change((name, value))
    turned.bars(after)
    assert sounding(turned.spans) != sounding(plain.spans)
    turned.act("undo")
    back = turned.buffer.committed
    turned.bars(8)
    plain.bars(20)
    as_if(turned.spans, plain.spans, back)
    assert {note.voice for note in sounding(turned.spans, back)} >= {"melody", "alto", "tenor", "bass"}


@pytest.mark.parametrize("late", [1, 4, 15])
def test_a_composer_that_is_late_takes_it_up_where_it_can(late: int) -> None:
    plain, turned = Evening(), Evening(late=late)
    turned.bars(8)
    turned.change(("tune.seed", 99))
    turned.bars(9)
    turned.act("undo")
    turned.bars(40)
    plain.bars(90)
    joins(turned.spans)
    theirs = {span.start: span.notes for span in plain.spans}
    back = next(s.start for s in from_tick(turned.spans, turned.spans[17].start) if theirs.get(s.start) == s.notes)
    assert back <= turned.spans[17].end + (late // 20 + 2) * BAR
    as_if(turned.spans, plain.spans, back)


def test_what_was_undone_comes_back_as_if_it_had_never_been_undone() -> None:
    kept, turned = Evening(), Evening()
    for evening in (kept, turned):
        evening.bars(5)
        evening.change(("tune.temperature", 0.3))
        evening.bars(3)
    turned.act("undo")
    turned.bars(3)
    turned.act("redo")
    back = turned.buffer.committed
    turned.bars(20)
    kept.bars(40)
    joins(turned.spans)
    as_if(turned.spans, kept.spans, back)
    assert turned.snapshot.values == kept.snapshot.values


@pytest.mark.parametrize("seed", range(4))
def test_every_change_of_an_evening_is_undone_and_made_again(seed: int) -> None:
    """Back through all of them, then forward through all: each time the music of that moment."""
    chance = random.Random(seed)
    evenings = [Evening() for _ in range(5)]  # each stops turning one change later
    turned = evenings[-1]
    for number, change in enumerate(chance.sample(TURNS, 4), 1):
        bars = chance.randrange(2, 6)
        for evening in evenings:
            while evening.now < 10.0 + 6.0 * number + bars:  # bars of another meter are as long as they are
                evening.turn()
        for evening in evenings[number:]:
            evening.change(change)
    for evening in evenings[:-1]:
        evening.bars(40)
    for there in [3, 2, 1, 0, 1, 2, 3]:
        forward = len(turned.back.history.future) and there > len(turned.back.history.past)
        turned.act("redo" if forward else "undo")
        assert len(turned.back.history.past) == there
        assert turned.snapshot.values == evenings[there].snapshot.values
        back = turned.buffer.committed
        turned.bars(chance.randrange(2, 5))
        as_if(turned.spans, evenings[there].spans, back)
    joins(turned.spans)


def test_lent_changes_are_given_back_whatever_was_lent() -> None:
    plain, turned = Evening(), Evening()
    for evening in (plain, turned):
        evening.bars(5)
        evening.change(("search.joint", 0.9))
        evening.bars(3)
    turned.change(("temp", True))
    turned.change(("tune.temperature", 0.3), ("tune.key", "G major"))
    turned.bars(2)
    turned.act("tune.new")
    turned.bars(3)
    turned.change(("loop.from", 1), ("loop.to", 2), ("loop.on", True))
    turned.bars(5)
    turned.act("undo")
    turned.change(("temp", False))
    back = turned.buffer.committed
    assert turned.snapshot.values == plain.snapshot.values
    assert turned.snapshot.tune == 0
    turned.bars(20)
    plain.bars(60)
    joins(turned.spans)
    as_if(turned.spans, plain.spans, back)
    turned.act("undo")
    assert turned.snapshot.values["search.joint"] == 1.0, "what was lent is no change that could be undone"


def test_a_new_tune_by_mistake_is_undone() -> None:
    plain, turned = Evening(), Evening()
    for evening in (plain, turned):
        evening.bars(5)
    turned.act("tune.new")
    turned.bars(4)
    assert turned.spans[-1].tune == 1
    turned.act("undo")
    back = turned.buffer.committed
    turned.bars(10)
    plain.bars(30)
    as_if(turned.spans, plain.spans, back)
    turned.act("tune.new")
    turned.bars(2)
    assert turned.spans[-1].tune == 1, "and another can be asked for again"


def test_a_sweep_of_a_fader_is_one_change() -> None:
    history, here = History(), Snapshot()
    for step in range(10):
        after = here.with_value("tune.temperature", 1.0 + step / 20 + 0.01)
        history.turned(here, after, step * 0.1)
        here = after
    for on in (False, True, False):
        after = here.with_value("tune.guard", on)
        history.turned(here, after, 1.0)
        here = after
    for _ in range(2):  # the guard went off, on and off
        back = history.undo(here)
        assert back is not None and back.values["tune.temperature"] == here.values["tune.temperature"]
        here = back
    back = history.undo(here)
    assert back is not None
    first = history.undo(back)
    assert first is not None and first.values == Snapshot().values
    assert history.undo(first) is None
    assert told("undone", back, first) == "undone: tune.temperature is 1"


def runs(spans: list[Span]) -> list[list[Span]]:
    """A list for each time that a tune was played from its top."""
    found: list[list[Span]] = []
    for span in spans:
        if not found or span.bar == 0 or span.tune != found[-1][-1].tune:
            found.append([])
        found[-1].append(span)
    return found


@pytest.mark.parametrize("into", [1, 3, 20])
def test_the_tune_before_comes_back_from_its_top_to_the_note(into: int) -> None:
    evening = Evening()
    while len(runs(evening.spans)) < 3:
        evening.bars(1)
    evening.bars(into - 1)
    before = next(run for run in runs(evening.spans) if run[0].tune == 1)
    evening.act("tune.back")
    back = evening.buffer.committed
    evening.bars(len(before) + into + 2)
    joins(evening.spans)
    again = from_tick(evening.spans, back)
    assert [span.bar for span in again[: len(before)]] == [span.bar for span in before]
    assert tune_of(again[: len(before)]) == tune_of(before)
    follows, third = again[len(before) :], runs(evening.spans)[2]
    assert (follows[0].tune, follows[0].bar) == (2, 0), "and then the set goes on as it went on"
    assert tune_of(follows[:into]) == tune_of(third[:into])


def test_twice_back_is_the_tune_before_that_and_then_there_is_none() -> None:
    evening = Evening()
    while len(runs(evening.spans)) < 3:
        evening.bars(1)
    first = runs(evening.spans)[0]
    evening.act("tune.back")
    evening.bars(3)
    evening.act("tune.back")
    back = evening.buffer.committed
    evening.bars(len(first))
    assert tune_of(from_tick(evening.spans, back)[: len(first)]) == tune_of(first)
    evening.act("tune.back")
    assert evening.said == ["there is no tune before this one"]


def test_back_brings_the_controls_of_that_tune_and_undo_takes_it_back() -> None:
    plain, evening = Evening(), Evening()
    for one in (plain, evening):
        one.bars(6)
        one.change(("tune.seed", 99), ("tune.key", "A dorian"))
        one.bars(6)
    tune = [span for span in evening.spans if span.key == "D major"]
    evening.act("tune.back")
    back = evening.buffer.committed
    assert (evening.snapshot.seed, evening.snapshot.values["tune.key"]) == (3, "D major")
    evening.bars(len(tune) + 6)
    again = from_tick(evening.spans, back)
    assert tune_of(again[: len(tune)]) == tune_of(tune)
    assert again[len(tune)].tune == 0 and again[len(tune)].bar == len(tune), "a tune that was cut off is played on"
    evening.act("undo")
    undone = evening.buffer.committed
    evening.bars(20)
    plain.bars(70)
    as_if(evening.spans, plain.spans, undone)


def test_a_tune_that_stays_begins_again_until_it_is_released() -> None:
    evening = Evening()
    evening.bars(3)
    evening.change(("tune.stay", True))
    while len(runs(evening.spans)) < 3:
        evening.bars(1)
    evening.bars(2)
    evening.change(("tune.stay", False))
    while len(runs(evening.spans)) < 5:
        evening.bars(1)
    joins(evening.spans)
    times = runs(evening.spans)
    assert [run[0].tune for run in times] == [0, 0, 0, 1, 2]
    first, again, once_more = (tune_of(run, "melody") for run in times[:3])
    assert first == again == once_more


def test_a_tune_that_stays_follows_the_controls() -> None:
    evening = Evening()
    evening.change(("tune.stay", True))
    evening.bars(6)
    evening.change(("tune.key", "E major"))
    while len(runs(evening.spans)) < 3:
        evening.bars(1)
    times = runs(evening.spans)
    assert {span.key for span in times[1]} == {"E major"}
    up = [(at, long, pitch + 2, voice) for at, long, pitch, voice in tune_of(times[0], "melody")[:12]]
    assert tune_of(times[1], "melody")[:12] == up


def test_a_loop_plays_the_notes_of_its_bars_and_then_goes_on() -> None:
    plain, evening = Evening(), Evening()
    plain.bars(60)
    evening.bars(2)
    evening.change(("loop.from", 3), ("loop.to", 6), ("loop.on", True))
    evening.bars(13)
    assert [span.bar for span in evening.spans] == [0, 1, *[2, 3, 4, 5] * 3, 2]
    once = [tune_of([span]) for span in plain.spans[2:6]]
    assert [tune_of([span]) for span in evening.spans[2:14]] == once * 3
    evening.change(("loop.on", False))
    evening.bars(20)
    joins(evening.spans)
    assert [span.bar for span in evening.spans[14:20]] == [2, 3, 4, 5, 6, 7]
    behind = [tune_of([span]) for span in evening.spans[18:30]]
    assert behind == [tune_of([span]) for span in plain.spans[6:18]]


def test_bars_that_are_over_are_gone_back_to() -> None:
    evening = Evening()
    evening.bars(12)
    evening.change(("loop.from", 2), ("loop.to", 3), ("loop.on", True))
    evening.bars(6)
    assert [span.bar for span in evening.spans[12:]] == [1, 2] * 3
    evening.change(("loop.from", 5), ("loop.to", 5))
    evening.bars(6)
    assert [span.bar for span in evening.spans[18:]] in ([1, 2, 3, 4, 4, 4], [3, 4, 4, 4, 4, 4])


def test_a_loop_by_one_tap_each() -> None:
    evening = Evening()
    evening.bars(3)
    evening.act("loop.begin")
    first = evening.snapshot.values["loop.from"]
    evening.bars(3)
    evening.act("loop.end")
    last = evening.snapshot.values["loop.to"]
    assert isinstance(first, int) and isinstance(last, int) and last == first + 3
    evening.change(("loop.on", True))
    evening.bars(12)
    joins(evening.spans)
    bars = [span.bar + 1 for span in evening.spans][-8:]
    assert set(bars) == set(range(first, last + 1))


@pytest.mark.parametrize("name, value", TURNS)
def test_in_a_loop_changes_wait_until_it_is_off(name: str, value: Any) -> None:
    evening = Evening()
    evening.bars(2)
    evening.change(("loop.from", 1), ("loop.to", 2), ("loop.on", True))
    evening.bars(3)
    evening.change((name, value))
    if name == "tune.seed":
        assert evening.snapshot.values["loop.on"] is False, "another tune is no bar of the loop"
        evening.bars(3)
        assert (evening.spans[-1].tune, evening.spans[-1].bar) == (0, 2)
        return
    evening.bars(4)
    assert [tune_of([span]) for span in evening.spans[2:8:2]] == [tune_of([evening.spans[0]])] * 3
    evening.change(("loop.on", False))
    evening.bars(20)
    joins(evening.spans)
    assert evening.player.snapshot.values[name] == value


def test_undoing_a_loop_is_as_if_there_had_been_none() -> None:
    plain, turned = Evening(), Evening()
    turned.bars(4)
    turned.change(("loop.from", 1), ("loop.to", 3), ("loop.on", True))
    turned.bars(9)
    turned.act("undo")
    back = turned.buffer.committed
    turned.bars(20)
    plain.bars(60)
    joins(turned.spans)
    as_if(turned.spans, plain.spans, back)


@pytest.mark.parametrize("changes, line", [
    ([("loop.from", 9)], "a loop from bar 9 to bar 8 ends before it begins; set both together, or loop.to first"),
    ([("loop.from", 4), ("loop.to", 2), ("loop.on", True)],
     "a loop from bar 4 to bar 2 ends before it begins; set both together, or loop.to first"),
    ([("loop.to", 999)], "the tune has {bars} bars, and no bar 999 for a loop to end with"),
    ([("loop.from", 500), ("loop.to", 500)], "the tune has {bars} bars, and no bar 500 for a loop to end with"),
])  # fmt: skip
def test_a_loop_that_cannot_be_is_one_line_and_nothing_else(changes: list[tuple[str, Any]], line: str) -> None:
    evening, plain = Evening(), Evening()
    evening.bars(5)
    bars = evening.back.tunes.bars()
    before = evening.snapshot
    evening.change(*changes)
    assert evening.said == [line.format(bars=bars)]
    assert evening.snapshot == before
    evening.bars(70)
    plain.bars(75)
    assert sounding(evening.spans) == sounding(plain.spans)
    assert len(runs(plain.spans)[0]) == bars, "that is how many bars it has"


def stage(evening: Evening) -> PlayerSetup:
    return PlayerSetup(evening.snapshot, (), {"melody": (1, 0), "drone": (2, 0)}, {})


def random_evening(path: Path, seed: int, bars: int = 30) -> tuple[Path, list[Message | Silence], list[Span]]:
    """Everything that goes back among other changes, logged as on stage. Returns the log, what went out, the bars."""
    chance, evening = random.Random(seed), Evening()
    session = Session(path, stage(evening))
    evening.hear([told for told in session.take(ThinkerState(True)).told if isinstance(told, Rethink | Extend | Laid)])
    heard: list[Span] = []

    def take(*entries: Any) -> None:
        while evening.mind.plan and evening.mind.tick < evening.until and len(entries) < 8:
            entries += (evening.mind.next_span(),)
        for one in session.take(*entries).told:
            if isinstance(one, Announced):
                heard.append(one.span)
                evening.back.announced(one.span)
            elif isinstance(one, Rethink | Extend | Laid):
                evening.hear([one])

    while len(heard) < bars:
        session.clock.advance(0.05)
        evening.now = session.clock.now()
        take()
        if chance.random() < 0.05:
            change: Change | None = None
            what = chance.choice(["undo", "redo", "tune.back", "tune.new", "turn", "turn", "loop", "loop", "temp"])
            changes: list[tuple[str, Any]] = {
                "turn": [chance.choice(TURNS)], "temp": [("temp", not evening.snapshot.values["temp"])],
                "loop": [("loop.from", chance.randrange(1, 4)), ("loop.to", chance.randrange(3, 6)),
                         ("loop.on", chance.random() < 0.5)],
            }.get(what, [])  # fmt: skip
            if changes:
                change = evening.back.turn(evening.snapshot, changes)
            elif what == "tune.new":
                change = evening.back.new_tune(evening.snapshot)
            else:
                go = {"undo": evening.back.undo, "redo": evening.back.redo, "tune.back": evening.back.tune_back}
                change = go[what](evening.snapshot)[0]
            if change is not None:
                evening.snapshot = change.snapshot
                take(change)
    return session.close(), session.out, heard


@pytest.mark.parametrize("seed", range(3))
def test_the_same_actions_give_the_same_evening_and_its_log_replays_to_the_byte(tmp_path: Path, seed: int) -> None:
    path, out, heard = random_evening(tmp_path / "one.jsonl", seed)
    joins(heard)
    _, again, bars = random_evening(tmp_path / "two.jsonl", seed)
    assert again == out and bars == heard
    played = replay(path)
    assert played.same and played.whole, played.difference
    text = path.read_text()
    assert '"undone":' in text or '"top":' in text
