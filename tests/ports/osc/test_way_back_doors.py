"""The way back by every door: OSC, the page, a pad, a patch; and what is refused there in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from instrument.controls.knobs.knob import Knob
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import ACTIONS, CONTROLS
from instrument.files.patch import PatchError, load
from instrument.playing.messages import Act, Change, PlayerSetup, Plug, Released
from instrument.playing.performance import Performance
from instrument.ports.osc.server import OscServer
from instrument.ports.system.outbox import Outbox, newest_changes
from instrument.ports.web.page_session import PageSession
from instrument.rig.way_back.way_back import WayBack
from tests.fakes.band import bar_of
from tests.fakes.evening import MIDI
from tests.fakes.fake_remote import FakeRemote
from tests.fakes.knob_panel import KnobPanel
from tests.fakes.osc_client import Client
from tests.fakes.osc_client import OscRemote as Receiver
from tests.fakes.puppet import Puppet

NAMES = ("tune.stay", "loop.from", "loop.to", "loop.on", "temp", "tune.back", "loop.begin", "loop.end", "undo", "redo")


def test_all_of_it_is_in_the_tables() -> None:
    assert set(NAMES) <= {*CONTROLS, *ACTIONS}
    assert [control.name for control in CONTROLS.values() if control.momentary] == ["temp"]


def test_osc_refuses_a_loop_that_cannot_be_and_obeys_the_rest() -> None:
    remote, back = Receiver(), WayBack(Snapshot(), lambda: 0.0)
    server = OscServer(
        "127.0.0.1", 0, remote.on_changes, remote.on_action, remote.get,
    )  # fmt: skip
    server.refused = lambda changes: (
        dict.fromkeys(dict(changes), why) if (why := back.refusal(remote.snapshot, changes)) else {}
    )
    server.start()
    try:
        client = Client(server.address)
        line = "a loop from bar 9 to bar 8 ends before it begins; set both together, or loop.to first"
        assert client.ask("/lilt/loop/from", 9) == [("/lilt/error", ("/lilt/loop/from", line))]
        assert remote.snapshot == Snapshot()
        assert client.ask("/lilt/loop/to", 16) == []
        assert client.ask("/lilt/loop/from", 9) == []
        ((address, (where, why)),) = client.ask("/lilt/loop/to", 2)
        assert (address, where) == ("/lilt/error", "/lilt/loop/to") and "ends before it begins" in why
        assert (remote.snapshot.values["loop.from"], remote.snapshot.values["loop.to"]) == (9, 16)
        for address in ("/lilt/undo", "/lilt/redo", "/lilt/tune/back", "/lilt/loop/begin", "/lilt/loop/end"):
            assert client.ask(address) == []
        remote.all_told()
        client.ask("/lilt/undo", 0.0)
        client.ask("/lilt/temp", 1)
        client.ask("/lilt/temp", 0)
        assert [one for told in remote.all_told() for one in told] == [("temp", True), ("temp", False)]
    finally:
        server.close()


def test_the_page_is_refused_in_one_line_and_nothing_is_turned() -> None:
    puppet = Puppet()
    remote = FakeRemote(puppet)
    back = WayBack(puppet.snapshot, lambda: 0.0)
    remote.refused = lambda changes: dict.fromkeys(  # type: ignore[method-assign]
        ("loop.from",), back.refusal(puppet.snapshot, changes)
    )
    before = puppet.snapshot
    with pytest.raises(ValueError, match="ends before it begins") as refused:
        PageSession(remote).hear({"set": {"loop.from": 12, "tune.temperature": 0.5}, "do": "tune.new", "n": 3})
    assert len(str(refused.value).splitlines()) == 1
    assert puppet.snapshot == before and not puppet.done


@pytest.mark.parametrize("kind, press, release", [
    ("note", (0x90, 36, 90), (0x80, 36, 0)), ("note", (0x90, 36, 1), (0x90, 36, 0)),
    ("cc", (0xB0, 36, 127), (0xB0, 36, 0)),
])  # fmt: skip
@pytest.mark.parametrize("mode", ["toggle", "absolute"])
def test_a_pad_lends_for_as_long_as_it_is_held(kind: str, press: Any, release: Any, mode: str) -> None:
    hands = KnobPanel(Knob("temp", kind, 36, mode=mode))
    for _ in range(3):
        hands.send(*press)
        assert hands.value("temp") is True
        hands.send(*press)
        assert hands.value("temp") is True
        hands.send(*release)
        assert hands.value("temp") is False


@pytest.mark.parametrize("number", [36, 64])
@pytest.mark.parametrize("anywhere", [False, True])
def test_a_pad_that_is_pulled_while_it_is_held_lends_no_longer(number: int, anywhere: bool) -> None:
    hands = KnobPanel(Knob("temp", "cc", number, "" if anywhere else "pads"))
    hands.send(0xB0, number, 127, port="pads")
    assert hands.value("temp") is True
    assert hands.knobs.let_go("keys") == [], "another keyboard has gone"
    assert hands.knobs.let_go("pads") == [("temp", False)]
    assert hands.knobs.let_go("pads") == [], "once"
    hands.snapshot = hands.snapshot.with_value("temp", False)
    hands.send(0xB0, number, 127, port="pads")
    assert hands.value("temp") is True, "plugged in again, it lends again"


@pytest.mark.parametrize("entry", [Plug("pads", False, True), Released("pads")])
def test_that_an_input_holds_nothing_any_more_is_told(entry: Any) -> None:
    performance = Performance(PlayerSetup(Snapshot(), (), {"melody": (1, 0)}, {}, midi=MIDI), ("near", "far"), 0.1)
    assert Released("pads") in performance.turn(1.0, [entry]).told
    assert Released("pads") not in performance.turn(1.1, [Plug("pads", True, True)]).told


def test_a_page_that_goes_while_it_lends_gives_back() -> None:
    puppet = Puppet()
    page, other = PageSession(FakeRemote(puppet)), PageSession(FakeRemote(puppet))
    page.hear({"set": {"temp": True}})
    other.gone()
    assert puppet.snapshot.values["temp"] is True
    page.gone()
    assert puppet.snapshot.values["temp"] is False
    page.hear({"set": {"temp": True}})
    page.hear({"set": {"temp": False}})
    other.hear({"set": {"temp": True}})
    page.gone()
    assert puppet.snapshot.values["temp"] is True, "it is another hand's"


@pytest.mark.parametrize("text, line", [
    ("[controls]\nloop.from = 9", "loop.to = 8 is before loop.from = 9"),
    ("[controls]\nloop.from = 4\nloop.to = 2", "loop.to = 2 is before loop.from = 4"),
    ("[controls]\ntemp = true", "controls.temp is on only while it is held"),
    ('[controls]\n"loop.to" = 0', "controls.loop.to = 0 is outside 1..999"),
])  # fmt: skip
def test_a_patch_with_a_loop_that_cannot_be_is_refused(tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "one.toml").write_text(f"{text}\n")
    with pytest.raises(PatchError, match=line.replace(".", r"\.")) as error:
        load(tmp_path / "one.toml")
    assert len(str(error.value).splitlines()) == 1


def test_a_patch_may_have_a_loop_and_a_tune_that_stays(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text("[controls]\nloop.from = 2\nloop.to = 3\nloop.on = true\ntune.stay = true\n")
    values = load(tmp_path / "one.toml").values
    assert [values[name] for name in ("loop.from", "loop.to", "loop.on", "tune.stay")] == [2, 3, True, True]


def test_what_brings_music_back_is_never_folded_into_a_later_change() -> None:
    one = Snapshot()
    many = [Change(one), Change(one.with_value("tune.seed", 1), undone=0), Change(one.with_value("tune.seed", 2)),
            Change(one.with_value("tune.seed", 3), top=0), Change(one.with_value("tune.seed", 4))]  # fmt: skip
    outbox = Outbox()
    for change in many:
        outbox.put(change)
    passed = [outbox.pop() for _ in range(len(outbox))]
    assert passed == [many[1], many[3], many[4]]
    assert newest_changes([Act("panic"), *many]) == [Act("panic"), many[1], many[3], many[4]]


def test_taps_say_the_bar_that_sounds() -> None:
    back = WayBack(Snapshot(), lambda: 0.0)
    line = "nothing is playing; start it, or set loop.from and loop.to"
    assert back.loop_at(Snapshot(), "loop.begin", 0) == ([], line)
    assert back.loop_at(Snapshot(), "loop.begin", 12) == ([("loop.from", 12), ("loop.to", 12)], "")
    later = Snapshot().with_values([("loop.from", 5), ("loop.to", 9)])
    changes, _ = back.loop_at(later, "loop.end", 3)
    assert "from bar 5 to bar 3 ends before it begins" in back.refusal(later, changes)


def test_nothing_to_go_back_to_is_one_line() -> None:
    back = WayBack(Snapshot(), lambda: 0.0)
    assert back.undo(Snapshot()) == (None, "nothing can be undone")
    assert back.redo(Snapshot()) == (None, "nothing can be redone")
    assert back.tune_back(Snapshot()) == (None, "there is no tune before this one")
    back.announced(bar_of(60, 62))
    assert back.tune_back(Snapshot()) == (None, "there is no tune before this one")


def test_a_tempo_that_the_leader_turns_is_not_undone() -> None:
    back, here = WayBack(Snapshot(), lambda: 0.0), Snapshot()
    here = back.turn(here, [("tune.temperature", 0.5)]).snapshot
    here = back.turn(here, [("clock.bpm", 90.0)], ("clock.bpm",)).snapshot
    change, line = back.undo(here, ("clock.bpm",))
    assert change is not None and line == "undone: tune.temperature is 1"
    assert change.snapshot.values["clock.bpm"] == 90.0
