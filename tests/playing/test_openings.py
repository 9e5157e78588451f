"""Openings in the first minute while nothing is composed: one after another, none twice."""

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path

import pytest

from instrument.controls.requests import Rethink
from instrument.files.patch import find
from instrument.files.shipped import PATCHES
from instrument.music.events import Span
from instrument.playing.messages import Announced, Further, PlayerSetup, PortsOpened
from instrument.playing.player import Player
from instrument.playing.schedule.route import Route
from instrument.playing.sets.set_readings import set_readings
from instrument.ports.log.replay import replay
from instrument.rig.openings import FurtherOpenings
from instrument.rig.setup import Rig, arrangement, opening
from instrument.thinking.openings import FURTHER, further
from instrument.thinking.spans.planner import Planner
from instrument.thinking.tune.loader import WriterFactory
from instrument.thinking.voices.accompanist_process import load_choir
from tests.fakes.band import bar_of, tiny_mind
from tests.fakes.puppet import eventually
from tests.fakes.sessions import Session
from tests.fakes.taps import key
from tests.fakes.thorough import every

OPENED = sorted(path.stem for path in PATCHES.glob("*.toml") if find(path.stem).openings)


def begun(name: str, seed: int, count: int = FURTHER) -> Player:
    """A player of a patch that has its opening and so many others."""
    patch = find(name)
    snapshot = patch.snapshot().with_value("tune.seed", seed)
    player = Player(
        {n: Route(("out",), v.channel) for n, v in patch.voices.items()}, snapshot, opening(patch, snapshot)
    )
    how = replace(arrangement(patch), octaves={"melody": 0})  # the voices are heard in a test of their own
    player.buffer.further.extend(islice(further(patch.openings, how, snapshot, load_choir), count))
    return player


def heard(name: str, seconds: float, seed: int = 7, change: tuple[str, object] | None = None) -> list[Span]:
    """What a performer hears whose thinker does not come up."""
    player = begun(name, seed)
    messages, announced = list(player.play(0.0)), list[Span]()
    for turn in range(int(seconds / 0.05)):
        if change and turn == 20:
            player.change(player.snapshot.with_value(*change), turn * 0.05)
        if name == "tap" and turn % 4 == 2:
            player.hear(key(turn * 0.05, 60))
        one = player.advance(turn * 0.05)
        messages += one.messages
        announced += one.announced
    return announced


@pytest.mark.long  # 6 seconds of CPU
@pytest.mark.parametrize("name", every(2, OPENED))
def test_no_bar_of_a_shipped_patch_comes_again_while_the_thinker_is_away(name: str) -> None:
    announced = heard(name, 45.0)
    assert announced[-1].end > 0
    assert {span.source for span in announced} == {"opening"}, "nothing is repeated"
    assert all(a.end == b.start for a, b in pairwise(announced))
    tunes = [span.tune for span in announced]
    assert tunes == sorted(tunes)
    assert len(set(tunes)) > 2
    texts = {tune: next(span.written for span in announced if span.tune == tune) for tune in tunes}
    assert len(set(texts.values())) == len(texts), "no opening twice"
    lines = [span for span in announced if span.bar > 0 or span.tune > 0]
    bar = find(name).snapshot().meter.bar
    assert all((span.end + span.lacking - lines[0].end - lines[0].lacking) % bar == 0 for span in lines)


def test_when_all_have_been_played_the_last_part_is_repeated() -> None:
    announced = heard("reel", 110.0)
    assert [span.source for span in announced].count("opening") >= 4 * (FURTHER + 1)
    assert announced[-1].source == "repeated"


@pytest.mark.parametrize("after", [1.0, 8.0, 20.0])
def test_the_thinker_goes_on_with_the_tune_that_sounds_when_it_is_up(after: float) -> None:
    player = begun("jig", 3)
    player.play(0.0)
    announced = list[Span]()
    for turn in range(int(after / 0.02)):
        announced += player.advance(turn * 0.02).announced
    asked = player.thinker_ready()
    rethink = next(request for request in asked if isinstance(request, Rethink))
    assert rethink.after is not None
    assert rethink.after.tune == announced[-1].tune
    assert rethink.start == rethink.after.end == player.buffer.end


def test_another_key_or_meter_ends_the_openings_of_before() -> None:
    announced = heard("reel", 20.0, change=("tune.key", "G major"))
    assert len({span.tune for span in announced}) == 1
    announced = heard("reel", 20.0, change=("tune.temperature", 0.5))
    assert len({span.tune for span in announced}) > 1


def test_what_has_been_composed_is_what_is_repeated_from_then_on() -> None:
    """A thinker that dies later leaves its tune, not another's beginning."""
    player = begun("reel", 3)
    player.play(0.0)
    player.thinker_ready()
    player.receive(bar_of(60, 62, start=player.buffer.end, plan=player.plan))
    player.thinker_gone()
    announced = [span for turn in range(2000) for span in player.advance(turn * 0.02).announced]
    assert announced[-1].source == "repeated"
    assert {span.tune for span in announced} == {0}


def test_the_openings_that_follow_have_their_voices_and_keep_the_mode() -> None:
    patch = find("session")
    snapshot = patch.snapshot().with_value("tune.seed", 11)
    first = opening(patch, snapshot)
    voices = {note.voice for span in first for note in span.notes}
    for spans in islice(further(patch.openings, arrangement(patch), snapshot, load_choir), 2):
        assert spans[0].start == 0
        assert {note.voice for span in spans for note in span.notes} == voices
        assert spans[0].written[1] == first[0].written[1]


@pytest.mark.parametrize("name", ["session-set", "ceili", "reel"])
def test_an_opening_that_fills_in_is_no_tune_of_the_set_yet(name: str) -> None:
    player, sounding = begun(name, 7), list[tuple[object, str]]()
    player.play(0.0)
    for turn in range(800):
        player.advance(turn * 0.05)
        tick = player.scheduler.tick(turn * 0.05)
        if (span := player.buffer.at(tick)) is not None:
            sounding.append((set_readings(player.buffer, tick, True)["set.tune"], span.key))
    assert {tune for tune, _ in sounding} == {1}
    assert len(sounding) > 700
    if find(name).keys:
        assert {key for _, key in sounding} == {"D major"}, "a set begins in its first key"


def test_a_set_whose_composer_came_late_has_all_its_tunes() -> None:
    patch = find("session-set")
    changes = (("tune.seed", 7), ("set.times", 1), ("form.parts", 1), ("form.bars", "8"), ("form.repeats", "no"))
    snapshot = patch.snapshot().with_values(changes)
    how = replace(arrangement(patch), octaves={"melody": 0})
    late = next(islice(further(patch.openings, how, snapshot, load_choir), 2, None))[-1]
    planner = Planner(WriterFactory(tiny_mind()), how, snapshot)
    planner.rethink(Rethink(1, snapshot, late.end, late, snapshot))
    spans = [planner.next_span()]
    while not spans[-1].of_set.over:
        spans.append(planner.next_span())
        assert len(spans) < 200
    keys = {span.tune - late.tune: span.key for span in spans}
    assert keys == {0: "D major", 1: "E dorian", 2: "G major"}


def test_they_are_sent_beside_the_music_until_a_bar_is_composed() -> None:
    sent, patch = list[object](), find("reel")
    snapshot = patch.snapshot().with_value("tune.seed", 5)
    one = FurtherOpenings(patch, Rig(), lambda: snapshot, sent.append)
    one.begin()
    assert eventually(lambda: len(sent) == FURTHER)
    assert all(isinstance(message, Further) for message in sent)
    listeners: dict[type, Callable[[object], object]] = {}
    heard_of = threading.Event()
    late = FurtherOpenings(patch, Rig(), lambda: snapshot, lambda _: heard_of.set())
    late.join(lambda kind, receiver: listeners.update({kind: receiver}))
    listeners[Span](None)
    listeners[PortsOpened](None)
    assert not heard_of.wait(0.5)


@pytest.mark.parametrize("name", ["answer", "chorale", "four"])
def test_where_there_are_none_nothing_is_sent(name: str) -> None:
    sent = list[object]()
    FurtherOpenings(find(name), Rig(), lambda: find(name).snapshot(), sent.append).begin()
    assert not any(thread.name == "openings" for thread in threading.enumerate())
    assert sent == []


def test_openings_that_came_in_are_played_again_from_the_log(tmp_path: Path) -> None:
    patch = find("reel")
    snapshot = patch.snapshot().with_value("tune.seed", 5)
    session = Session(
        tmp_path / "played.jsonl", PlayerSetup(snapshot, opening(patch, snapshot), {"melody": (1, 0)}, {})
    )
    for spans in islice(further(patch.openings, arrangement(patch), snapshot, load_choir), 2):
        session.take(Further(spans))
    session.run(12.0, 0.02)
    announced = [one.span for one in session.told if isinstance(one, Announced)]
    assert {span.tune for span in announced} > {0}
    assert replay(session.close()).same


def test_an_opening_that_no_music_can_be_is_refused_in_a_log(tmp_path: Path) -> None:
    path = tmp_path / "hostile.jsonl"
    patch = find("reel")
    snapshot = patch.snapshot()
    session = Session(path, PlayerSetup(snapshot, opening(patch, snapshot), {"melody": (1, 0)}, {}))
    session.take(Further((replace(bar_of(60), end=-5),)))
    with pytest.raises(ValueError, match="is no line of a session log"):
        replay(session.close())
