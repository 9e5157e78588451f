"""Saving everything as it stands, and set lists: what is written reads back, and nobody's file is written over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instrument.controls.devices.zones import crowded
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.controls.voice import PARTS, misplaced
from instrument.controls.voice_controls import name_of, voice_at, voices_on
from instrument.files import patch_save
from instrument.files.patch import find, load
from instrument.files.patch_save import save
from instrument.files.patch_text import MARK, kept
from instrument.files.setlist_file import SetlistError, find_setlist, load_setlist
from instrument.files.shipped import PATCHES
from instrument.ports.remote import Remote
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes.mixed import evening
from tests.fakes.osc_client import Client
from tests.fakes.puppet import Puppet, eventually, open_remote

DAY = "2026-11-29"


def shipped() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in PATCHES.rglob("*.toml")}


@pytest.mark.parametrize("name", [file.stem for file in PATCHES.glob("*.toml")])
def test_a_shipped_patch_saved_as_it_stands_reads_back_as_it_is(name: str, tmp_path: Path) -> None:
    patch = find(name)
    path = save(tmp_path, "mine", patch.values, patch, DAY)
    found = load(path)
    assert kept(found.values) == kept(patch.values)
    assert (found.source, found.keys, found.openings) == (patch.source, patch.keys, patch.openings)
    lines = path.read_text().splitlines()
    assert lines[0].startswith("# mine: ") and MARK in path.read_text() and len(lines) < 70, "a screen, with its header"


def test_whatever_is_turned_is_saved_and_comes_back(tmp_path: Path) -> None:
    for seed in range(60):
        chance = np.random.default_rng(seed)
        patch = find(str(chance.choice(["session", "first", "four", "reel"])))
        snapshot = patch.snapshot()
        for name in chance.choice([*CONTROLS], 40):
            snapshot = snapshot.with_value(str(name), CONTROLS[str(name)].from_fader(float(chance.random())))
        channels = chance.permutation(16)[: len(PARTS)]
        named = [name_of(part, "channel") for part in PARTS]
        snapshot = snapshot.with_values(zip(named, (int(channel) + 1 for channel in channels), strict=True))
        if snapshot.values["loop.to"] < snapshot.values["loop.from"]:  # refused wherever it is turned
            snapshot = snapshot.with_value("loop.to", snapshot.values["loop.from"])
        for part in PARTS:  # likewise
            if misplaced(voice_at(snapshot.values, part)) or part in crowded(voices_on(snapshot.values).values()):
                snapshot = snapshot.with_value(name_of(part, "bend"), "channel")
        path = save(tmp_path, f"turned {seed}", snapshot.values, patch, DAY)
        assert kept(load(path).values) == kept(snapshot.values)


def test_a_name_that_is_taken_is_left_to_whom_it_belongs(tmp_path: Path) -> None:
    patch = find("jig")
    (tmp_path / "friday.toml").write_text("# mine, by hand\n")
    assert save(tmp_path, "friday", patch.values, patch, DAY).name == "friday-2.toml"
    assert save(tmp_path, "friday.toml", patch.values, patch, DAY).name == "friday-3.toml"
    assert (tmp_path / "friday.toml").read_text() == "# mine, by hand\n"


@pytest.mark.parametrize(
    "name", ["reel", "Reel", "reel.toml", " jig ", "", ".x", "../x", "a/b", "x\ny", "é" * 61, "nul\0"]
)
def test_a_name_that_may_not_be_is_one_line_and_writes_nothing(name: str, tmp_path: Path) -> None:
    before, patch = shipped(), find("jig")
    with pytest.raises(ValueError, match=r"came with Lilt|is no name for a patch") as refused:
        save(tmp_path / "new", name, patch.values, patch, DAY)
    assert "\n" not in str(refused.value)
    assert shipped() == before and not list(tmp_path.iterdir())


def test_a_patch_saved_among_the_shipped_ones_is_no_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = find("jig")
    (tmp_path / "jig.toml").write_text("# jig: by others\n")
    monkeypatch.setattr(patch_save, "PATCHES", tmp_path)
    with pytest.raises(ValueError, match="came with Lilt"):
        save(tmp_path, "jig", patch.values, patch, DAY)
    assert save(tmp_path, "own", patch.values, patch, DAY).stem == "own"
    assert save(tmp_path, "own", patch.values, patch, DAY).stem == "own-2"


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", full)
    folder, patch = tmp_path / "patches", find("jig")
    with pytest.raises(OSError, match="No space left"):
        save(folder, "friday", patch.values, patch, DAY)
    assert not folder.exists()


def full(_: int) -> None:
    raise OSError(28, "No space left on device")


# over OSC and by actions


@pytest.fixture
def stage(tmp_path: Path) -> Any:
    puppet, remote = open_remote(tmp_path, patches=tmp_path / "own")
    yield puppet, remote
    remote.close()


def test_a_patch_is_saved_over_osc_and_played_by_its_name(stage: tuple[Puppet, Remote], tmp_path: Path) -> None:
    puppet, remote = stage
    client = Client(remote.osc.address)
    puppet.change([("voice.melody.level", 0.31), ("voice.bass.on", True), ("clock.bpm", 133.0)])
    client.ask("/lilt/patch/save", "friday")
    assert eventually(lambda: (tmp_path / "own" / "friday.toml").exists())
    assert eventually(lambda: any("saved as" in line for line in puppet.said))
    client.ask("/lilt/patch/load", "reel")
    assert puppet.snapshot.values["voice.bass.on"] is False
    assert client.ask("/lilt/patch/load", "friday") == []
    values = puppet.snapshot.values
    assert (values["voice.melody.level"], values["voice.bass.on"], values["clock.bpm"]) == (0.31, True, 133.0)
    assert remote.playing == "friday" and "friday" in remote.patches()
    before = puppet.snapshot
    ((address, (about, reason)),) = client.ask("/lilt/patch/save", "reel")
    assert (address, about) == ("/lilt/error", "/lilt/patch/save") and "came with Lilt" in reason
    assert puppet.snapshot == before
    client.socket.close()


def test_a_full_disk_is_said_over_osc_and_nothing_is_changed(
    stage: tuple[Puppet, Remote], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    puppet, remote = stage
    monkeypatch.setattr(os, "fsync", full)
    before = puppet.snapshot
    told: list[tuple[str, str]] = []
    remote.save("friday", lambda why, name: told.append((why, name)))
    assert eventually(lambda: told)
    assert told == [("not saved: No space left on device", "")] and puppet.snapshot == before
    assert puppet.said[-1] == 'patch "friday" not saved: No space left on device'
    assert not (tmp_path / "own").exists()


def test_the_action_saves_under_the_patch_and_the_day(stage: tuple[Puppet, Remote], tmp_path: Path) -> None:
    _, remote = stage
    remote.act_on_patches("patch.save")
    assert eventually(lambda: list((tmp_path / "own").glob("first-20*.toml")))


def test_a_voice_that_there_is_not_is_one_line_and_changes_nothing(stage: tuple[Puppet, Remote]) -> None:
    puppet, remote = stage
    client, before = Client(remote.osc.address), puppet.snapshot
    for address, value in (
        ("/lilt/voice/fiddle/level", 0.5), ("/lilt/voice/melody/volume", 0.5), ("/lilt/voice/melody/timbre", "harp"),
        ("/lilt/voice/melody/output", "organ"), ("/lilt/voice/melody/level", "loud"), ("/lilt/voice/alto/mute", "no"),
    ):  # fmt: skip
        ((said, (about, reason)),) = client.ask(address, value)
        assert (said, about) == ("/lilt/error", address) and "\n" not in reason
    assert puppet.snapshot == before
    assert client.ask("/lilt/voice/melody/level", 0.5) == [] and puppet.snapshot.number("voice.melody.level") == 0.5
    assert client.ask("/lilt/norm/voice/melody/pan", 1.0) == [] and puppet.snapshot.number("voice.melody.pan") == 1.0
    client.socket.close()


# set lists


def test_a_set_list_says_what_its_steps_are(tmp_path: Path) -> None:
    evening(tmp_path)
    setlist = find_setlist("friday", tmp_path)
    assert [step.patch.name for step in setlist.steps] == ["session", "air", "jig"]
    values = setlist.steps[0].values
    assert (values["clock.bpm"], values["tune.key_list"]) == (176.0, "D major, G major")
    assert values["voice.guitar.level"] == 0.2, "a step brings the voices of its patch"
    assert setlist.steps[0].line == "session, D major then G major, 3 times, 176"
    assert setlist.steps[2].values["tune.key"] == "E dorian" and setlist.steps[2].begun.keys == ("E dorian",)
    Snapshot().with_values(values.items())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[step]]\npatch = "reeel"', "step 1: patches/reeel.toml: no such patch"),
        ('[[step]]\npatch = "reel"\n[[step]]\npatch = "gone.toml"', "step 2: gone.toml: no such patch"),
        ("[[step]]\ntimes = 2", "step 1: names no patch"),
        ('[[step]]\npatch = "reel"\ntimes = 9', "step 1: times = 9 is outside 1..8"),
        ('[[step]]\npatch = "reel"\nkeys = ["H major"]', "step 1: keys = "),
        ('[[step]]\npatch = "reel"\ntempo = "fast"', 'step 1: tempo = "fast" is not a number'),
        ('[[step]]\npatch = "reel"\nbpm = 9', 'step 1: unknown key "bpm"'),
        ("step = 3", "there is no step"),
        ("[[steps]]", 'unknown key "steps"'),
        ("[[", "is not TOML"),
        ("", "there is no step"),
    ],
)
def test_a_set_list_with_a_fault_is_one_line_and_the_one_before_stays(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SetlistError) as fault:
        load_setlist(evening(tmp_path, text), tmp_path)
    assert said in str(fault.value) and "\n" not in str(fault.value)


def test_the_set_list_is_stepped_by_action_number_and_osc(stage: tuple[Puppet, Remote], tmp_path: Path) -> None:
    puppet, remote = stage
    evening(tmp_path / "own")
    client = Client(remote.osc.address)
    remote.act_on_patches("setlist.next")
    assert puppet.said[-1].startswith("there is no set list")
    before = puppet.snapshot
    assert client.ask("/lilt/setlist/load", "friday") == [("/lilt/setlist/loaded", ("friday",))]
    assert puppet.snapshot == before, "to load is not to play"
    assert puppet.readings["setlist.coming"] == "session, D major then G major, 3 times, 176"
    remote.act_on_patches("setlist.next")
    assert (remote.playing, puppet.snapshot.values["clock.bpm"]) == ("session", 176.0)
    assert puppet.readings["setlist.step"] == 1 and puppet.readings["setlist.note"] == "Anna leads"
    remote.setlist.go(3)
    assert (remote.playing, puppet.snapshot.values["tune.key"]) == ("jig", "E dorian")
    before = puppet.snapshot
    for number in (4, 0, 99):
        remote.setlist.go(number)
        assert "has 3 steps" in puppet.said[-1] and puppet.snapshot == before
    remote.act_on_patches("setlist.back")
    assert remote.playing == "air"
    ((address, (_, reason)),) = client.ask("/lilt/setlist/load", "saturday")
    assert address == "/lilt/error" and "there is evening, friday" in reason
    assert remote.setlist.setlist and remote.setlist.setlist.name == "friday" and remote.playing == "air"
    client.socket.close()


def test_the_set_lists_that_come_along_can_be_played() -> None:
    shipped_lists = sorted((PATCHES / "sets").glob("*.toml"))
    assert shipped_lists
    for path in shipped_lists:
        for step in load_setlist(path).steps:
            Snapshot().with_values(step.values.items())
            assert step.begun.values == step.values


def test_program_change_a_knob_and_a_pad_step_the_set_list(stage: tuple[Puppet, Remote], tmp_path: Path) -> None:
    puppet, remote = stage
    evening(tmp_path / "own")
    conductor = Conductor(find("first"), Rig(silent=True, log=False), puppet.say)
    conductor.remote = remote
    conductor.recall(find_patch(remote, "jig"))
    assert remote.playing == "jig", "without a set list it is the patch of that number"
    remote.open_setlist("friday")
    conductor.recall(1)
    assert remote.playing == "air"
    conductor.change([("setlist.go", 3)])
    assert remote.playing == "jig" and puppet.snapshot.values["tune.key"] == "E dorian"
    conductor.change([("setlist.go", 3)])
    assert puppet.readings["setlist.step"] == 3
    conductor.act("setlist.back")
    assert remote.playing == "air"
    conductor.recall(100)
    assert "has 3 steps" in puppet.said[-1] and remote.playing == "air"


def find_patch(remote: Remote, name: str) -> int:
    """Its Program Change number."""
    return remote.patches().index(name)


def test_what_cannot_be_had_on_this_rig_is_said_and_the_rest_is_done() -> None:
    said: list[str] = []
    conductor = Conductor(find("trio"), Rig(silent=True, log=False), said.append)
    conductor.change([("voice.bass.channel", 4), ("voice.bass.level", 0.2)])
    assert said == ["channel 4 would be both alto's and bass's; give each voice its own"]
    assert (conductor.snapshot.values["voice.bass.channel"], conductor.snapshot.values["voice.bass.level"]) == (6, 0.2)
