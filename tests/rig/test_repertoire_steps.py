"""A repertoire in a performance: stepped through, dropped on it, turned; what is wrong is said, and nothing changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from instrument.music.events import Place, Span
from instrument.playing.messages import Announced
from instrument.ports.web.page_session import PageSession
from instrument.rig.repertoire_steps import NONE, RepertoireSteps, keeps_meter
from tests.fakes.known_evening import JIG, MIXED, REEL, WRONG
from tests.fakes.puppet import Puppet, eventually, open_remote

BROKEN = "X:8\nT:Broken\nM:4/4\nK:C\nCD?F|\n"


def stage(*texts: str) -> tuple[Puppet, RepertoireSteps]:
    puppet = Puppet()
    steps = puppet.repertoire
    if texts:
        steps.take("\n".join(texts), "evening")
    return puppet, steps


def sounding(puppet: Puppet, known: tuple[int, int], source: str = "known") -> Span:
    written = ("M:4/4", "K:Cmaj", "c", "8", "|", "d", "8", "|", "e", "8", "|", "</s>")
    return Span(0, 40320, (), 1, 0, 0, written, Place(), 0, "4/4", "D major", source, known=known)


def test_its_first_tune_brings_its_key_meter_and_dance() -> None:
    puppet, _ = stage(JIG, REEL)
    values = puppet.snapshot.values
    assert (values["tune.known"], values["tune.key"], values["tune.meter"], values["tune.dance"]) == (
        True, "D major", "6/8", "jig",
    )  # fmt: skip
    assert puppet.said == ["1 of 2: The Test Jig, D major, 6/8"]
    assert puppet.readings["repertoire.now"] == "The Test Jig (X:1)"
    assert puppet.readings["repertoire.coming"] == "The Test Reel (X:2)"


def test_it_is_stepped_through_round_its_end_and_over_what_cannot_be_played() -> None:
    puppet, steps = stage(JIG, BROKEN, REEL)
    seen = []
    for name in ("next", "next", "back", "back"):
        steps.act(f"repertoire.{name}")
        seen.append(puppet.readings["repertoire.tune"])
    assert seen == [3, 1, 3, 1]
    assert any("Broken (X:8) cannot be played" in line for line in puppet.said)


def test_each_calling_is_another_also_of_the_same_tune() -> None:
    puppet, steps = stage(JIG, REEL)
    loads = []
    for number in (2, 2, 1):
        steps.go(number)
        assert puppet.snapshot.known is not None
        loads.append((puppet.snapshot.known.load, puppet.snapshot.known.at))
    assert loads == [(2, 1), (3, 1), (4, 0)]


@pytest.mark.parametrize("number", [0, 3, 20_000])
def test_a_tune_that_is_not_there_is_said_and_nothing_changes(number: int) -> None:
    puppet, steps = stage(JIG, REEL)
    before = puppet.snapshot
    steps.go(number)
    assert puppet.snapshot is before and f"there is no tune {number}" in puppet.said[-1]


def test_without_a_repertoire_each_way_to_it_says_how_to_have_one() -> None:
    puppet, steps = stage()
    for act in (lambda: steps.go(1), lambda: steps.act("repertoire.next"), lambda: steps.act("repertoire.back")):
        act()
        assert puppet.said[-1] == NONE


@pytest.mark.parametrize("text", ["", "hello", "X:1\nK:C\n", BROKEN, JIG + "%" * 300_000])
def test_a_text_that_cannot_be_played_leaves_everything_as_it_is(text: str) -> None:
    puppet, steps = stage(REEL)
    before, repertoire = puppet.snapshot, steps.repertoire
    with pytest.raises(ValueError):
        steps.take(text)
    assert puppet.snapshot is before and steps.repertoire is repertoire


def test_the_next_tunes_of_a_large_repertoire_come_along_as_it_is_played() -> None:
    texts = [JIG.replace("X:1", f"X:{n}").replace("Test", str(n)) for n in range(1, 12)]
    puppet, steps = stage(*texts)
    known = puppet.snapshot.known
    assert known is not None and len(known.tunes) == 4
    for place in range(1, 11):
        assert known.following(place - 1) == place
        steps.announced(Announced(sounding(puppet, (known.load, place))))
        known = puppet.snapshot.known
        assert known is not None and known.tune(place).title == f"The {place + 1} Jig" and known.load == 1
    assert known.following(10) == 0


def test_a_clock_that_leads_keeps_the_tempo_of_the_tune() -> None:
    puppet, steps = stage()
    puppet.readings["clock.state"] = "locked"
    before = puppet.snapshot.values["clock.bpm"]
    steps.take(JIG.replace("K:D", "Q:1/4=77\nK:D"))
    assert puppet.snapshot.values["clock.bpm"] == before
    puppet.readings["clock.state"] = "internal"
    steps.go(1)
    assert puppet.snapshot.values["clock.bpm"] == 77


def test_a_tune_like_the_one_that_sounds_takes_its_beginning_and_plan() -> None:
    puppet, steps = stage(JIG, REEL)
    assert puppet.snapshot.known is not None
    steps.act("tune.like")
    assert puppet.said[-1].startswith("no tune is sounding")
    steps.announced(Announced(sounding(puppet, (puppet.snapshot.known.load, 1))))
    steps.act("tune.like")
    known = puppet.snapshot.known
    assert known.like and known.tune(known.at).title == "The Test Reel"
    composed = replace(sounding(puppet, (0, -1), "composed"))
    steps.announced(Announced(composed))
    steps.act("tune.like")
    assert puppet.snapshot.known.tune(0).tokens == composed.written and puppet.snapshot.known.like


def test_the_meter_of_a_tune_that_is_written_is_its_own() -> None:
    puppet, _ = stage(JIG)
    assert "in 6/8, as it is written" in keeps_meter(puppet.snapshot, {"tune.meter": "4/4"})
    assert keeps_meter(puppet.snapshot, {"tune.meter": "6/8"}) == ""
    assert keeps_meter(puppet.snapshot, {"tune.meter": "4/4", "tune.known": False}) == ""


def test_bars_that_do_not_add_up_are_said_when_it_is_called_for() -> None:
    puppet, _ = stage(WRONG)
    assert "bar 2 has 9 eighth notes; a bar of 4/4 has 8" in puppet.said[-1]


def test_on_the_page_a_text_is_dropped_and_its_tunes_are_listed(tmp_path: Path) -> None:
    puppet, remote = open_remote(tmp_path)
    try:
        page = PageSession(remote)
        page.hear({"abc": JIG + "\n" + MIXED, "name": "dropped.abc"})
        assert eventually(lambda: puppet.snapshot.known is not None)
        assert eventually(lambda: "Two Meters (X:3)" in page.news().get("repertoire", {}).get("tunes", []))
        page.hear({"tune": 2})
        assert puppet.snapshot.known is not None and puppet.snapshot.known.at == 1
        page.hear({"abc": "nonsense"})
        assert eventually(lambda: any("is not ABC" in line for line in puppet.said))
        for bad in ({"tune": 7}, {"tune": "x"}, {"abc": 4}, {"abc": JIG, "name": 3}):
            with pytest.raises(ValueError):
                page.hear(bad)
        assert puppet.snapshot.known.at == 1
    finally:
        remote.close()
