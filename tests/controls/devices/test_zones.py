"""Zones of voices: which channels they have, whose is in the way, what is said before the start and while it plays."""

from __future__ import annotations

from pathlib import Path

import pytest

from instrument.controls.control import Value
from instrument.controls.devices.zones import crowded, members_of
from instrument.controls.voice import voice
from instrument.controls.voice_controls import values_of
from instrument.files.patch import load
from instrument.playing.messages import Act, Change, PlayerSetup, Said
from instrument.playing.performance import Performance
from instrument.rig.mixer_check import refused


def test_members_follow_their_manager_up_to_the_next_voice_or_the_click() -> None:
    assert members_of(1, ()) == (2, 3, 4, 5, 6, 7, 8, 9)
    assert members_of(16, ()) == (15, 14, 13, 12, 11)
    assert members_of(16, (12,)) == (15, 14, 13)
    assert members_of(16, (15,)) == () == members_of(3, ())


@pytest.mark.parametrize("manager", [1, 16])
@pytest.mark.parametrize("blocked", [channel for channel in range(2, 16) if channel != 10])
def test_a_zone_is_too_small_exactly_where_a_hand_has_more_fingers(manager: int, blocked: int) -> None:
    voices = [voice("soprano", {"channel": manager, "bend": "mpe"}), voice("alto", {"channel": blocked})]
    members = members_of(manager, (blocked,))
    found = crowded(voices)
    assert set(found) == ({"soprano"} if len(members) < 5 else set())
    if found:
        assert found["soprano"].members == len(members)
        assert f"alto has channel {blocked}; give alto another, or soprano channel {17 - manager}" in (
            found["soprano"].line
        )


def patch(folder: Path, channel: int) -> Path:
    path = folder / "mine.toml"
    path.write_text(
        f'drone = "none"\n[voices.soprano]\nchannel = 16\nbend = "mpe"\n[voices.pads]\nchannel = {channel}\n'
    )
    return path


def test_a_patch_whose_voice_has_no_member_is_refused_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"voices\.soprano\.bend: .* pads has channel 15; give pads another"):
        load(patch(tmp_path, 15))
    assert load(patch(tmp_path, 14)).voices["soprano"].bend == "mpe", "one member bends by itself"


def played(path: Path) -> tuple[Performance, list[str]]:
    read = load(path)
    snapshot = read.snapshot()
    voices = {name: (v.channel, v.program) for name, v in read.voices.items()}
    performance = Performance(PlayerSetup(snapshot, (), voices, {}), ("out",), 0.02)
    exits = performance.turn(1.0, [Act("transport.play")])
    return performance, [one.line for one in exits.told if isinstance(one, Said) and "mpe" in one.line]


def test_too_few_members_are_said_once_and_the_music_goes_on(tmp_path: Path) -> None:
    performance, said = played(patch(tmp_path, 13))
    assert len(said) == 1 and "soprano" in said[0] and "2 channels" in said[0] and "pads has channel 13" in said[0]
    before, now = performance.player.snapshot, 1.1

    def turn(*changes: tuple[str, Value]) -> list[str]:
        nonlocal now, before
        now, before = now + 0.1, before.with_values(changes)
        exits = performance.turn(now, [Change(before)] if changes else [])
        assert not exits.faults
        return [one.line for one in exits.told if isinstance(one, Said)]

    assert turn() == [] == turn(("voice.pads.level", 0.1)), "once"
    assert turn(("voice.pads.channel", 9)) == [], "there is room"
    assert performance.player.scheduler.routes["soprano"].members == (15, 14, 13, 12, 11)
    again = turn(("voice.pads.channel", 15))
    assert len(again) == 1 and "bends all its notes as one" in again[0], "however it came to be so"
    assert performance.player.scheduler.routes["soprano"].members == ()
    assert performance.player.scheduler.playing


@pytest.mark.parametrize(
    ("bend", "on", "changes"),
    [
        ("mpe", True, [("voice.alto.channel", 15)]),
        ("channel", True, [("voice.soprano.bend", "mpe"), ("voice.alto.channel", 15)]),
        ("mpe", False, [("voice.alto.channel", 15), ("voice.alto.on", True)]),
    ],
)
def test_a_change_that_leaves_a_voice_without_a_member_is_one_line_and_not_done(
    bend: str, on: bool, changes: list[tuple[str, Value]]
) -> None:
    voices = {"soprano": voice("soprano", {"channel": 16, "bend": bend}), "alto": voice("alto", {"channel": 4})}
    values = values_of(voices, "none") | {"voice.alto.on": on}
    found = refused(values, changes, ["keys"], {})
    assert set(found) == {name for name, _ in changes} and len(set(found.values())) == 1
    assert "alto has channel 15" in next(iter(found.values()))
    assert refused(values, [("voice.alto.channel", 14)], ["keys"], {}) == {}, "one is left"
    assert refused(values, [("voice.alto.level", 0.1)], ["keys"], {}) == {}
