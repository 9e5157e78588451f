"""Backing laid by the player, in virtual time: at once where a hand names the chord, on the grid, and nothing hangs."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from instrument.controls.devices.plugged import InputPort, Plugged
from instrument.controls.snapshot import Snapshot
from instrument.music.chord import Chord
from instrument.playing.messages import PlayerSetup
from instrument.ports.log.replay import replay
from tests.fakes.backed_player import ROUTES, VOICES, BackedPlayer, backed_bars
from tests.fakes.sessions import Session

ZONE = ("backing.zone", "B3")
A_MAJOR, G_MAJOR = (45, 49, 52), (43, 47, 50)


def classes(struck: list[tuple[float, int]]) -> set[int]:
    return {pitch % 12 for _, pitch in struck}


def test_a_chord_in_the_zone_is_struck_at_once_and_the_plan_gives_way_until_the_hand_lets_go() -> None:
    one = BackedPlayer(ZONE)
    one.run(3.3)  # in the second bar, off the beat
    one.chord(*A_MAJOR)
    at = one.now
    one.run(0.05)
    first = one.struck("guitar", at)
    assert first and first[0][0] - at < 0.03, "within a turn of the loop and its lead"
    one.run(1.95)
    held = Chord.parse("A").classes
    assert classes(one.struck("guitar", at + 0.001)) <= held | {2, 9}  # strings that ring open in D
    assert classes(one.struck("double_bass", at + 0.001)) <= held
    assert one.struck("bodhran", at), "the drum goes on"
    one.chord(*A_MAJOR, velocity=0)
    one.run(0.6)
    back = one.now
    one.run(2.0)
    assert classes(one.struck("double_bass", back)) <= Chord.parse("D").classes, "the plan is back"


def test_the_chord_that_a_hand_names_is_told_while_it_stands() -> None:
    one = BackedPlayer(ZONE)
    one.run(1.0)
    assert one.player.backing.readings()["backing.chord"] == "", "the plan's chords are told with their bars"
    one.chord(*A_MAJOR)
    one.run(0.05)
    assert one.player.backing.readings()["backing.chord"] == "A"
    one.chord(*A_MAJOR, velocity=0)
    one.run(1.5)
    assert one.player.backing.readings()["backing.chord"] == ""


def test_strokes_under_a_held_chord_fall_where_the_plans_would() -> None:
    plain, held = BackedPlayer(ZONE), BackedPlayer(ZONE)
    held.run(1.9)
    held.chord(50, 54, 57)
    held.run(8.0)
    plain.run(9.9)
    grid = 60 / 120 / 2
    for due, _ in held.struck("double_bass", 2.1, 9.8):
        assert abs(due / grid - round(due / grid)) < 1e-3
    assert [round(due, 3) for due, _ in held.struck("double_bass", 4.0, 9.8)] == [
        round(due, 3) for due, _ in plain.struck("double_bass", 4.0, 9.8)
    ]


def test_a_chord_that_changes_while_it_is_held_is_another_at_once() -> None:
    one = BackedPlayer(ZONE)
    one.run(2.6)
    one.chord(*A_MAJOR)
    one.run(0.9)
    one.chord(*A_MAJOR, velocity=0)
    one.chord(*G_MAJOR)
    at = one.now
    one.run(0.06)
    assert {43 % 12} <= classes(one.struck("double_bass", at))
    one.run(1.0)
    assert classes(one.struck("double_bass", at + 0.001)) <= Chord.parse("G").classes


def test_keys_outside_the_zone_are_nobodys_chord_and_a_key_taken_in_it_is_given_back_in_it() -> None:
    one = BackedPlayer(ZONE)
    one.run(1.0)
    one.chord(60, 64, 67)
    assert one.player.backing.keys.chord is None
    one.chord(48, 52, 55)
    assert one.player.backing.keys.chord == Chord.parse("C")
    one.player.change(one.snapshot.with_value("backing.zone", "none"), one.now)
    one.chord(48, 52, 55, velocity=0)
    one.run(0.5)
    assert one.player.backing.keys.chord is None and one.player.backing.keys.keys == 0


@pytest.mark.parametrize("end", ["port", "123", "panic", "stop"])
def test_however_the_hand_is_lost_its_chord_ends_and_nothing_hangs(end: str) -> None:
    one = BackedPlayer(ZONE)
    one.run(2.3)
    one.chord(*A_MAJOR)
    one.run(0.4)
    one.lose(end)


def test_under_your_own_melody_all_that_back_play_the_pattern_with_the_chord_that_stands() -> None:
    one = BackedPlayer(led=True)
    now = Chord.parse("G")
    one.player.backing.chord_at = lambda tick: now
    one.run(8.0)
    for voice in ("guitar", "double_bass", "bodhran", "pads"):
        assert one.struck(voice), voice
    assert classes(one.struck("double_bass")) <= now.classes | {2}
    grid = 60 / 120 / 2 / 3
    for due, _ in one.struck("bodhran"):
        assert abs(due / grid - round(due / grid)) < 1e-3, "strokes and rolls on their grid"


def test_by_the_hands_time_a_chord_is_struck_when_it_changes_and_not_else() -> None:
    one = BackedPlayer(("backing.time", "hands"), led=True)
    chords = {"now": Chord.parse("D")}
    one.player.backing.chord_at = lambda tick: chords["now"]
    one.run(1.0)
    assert len({round(due, 2) for due, _ in one.struck("double_bass")}) == 1
    chords["now"] = Chord.parse("A")
    one.run(1.0)
    assert len({round(due, 2) for due, _ in one.struck("double_bass")}) == 2
    one.run(8.0)
    one.messages += one.player.stop(one.now + 0.02)
    assert one.hanging() == []


def test_two_fingers_wait_for_the_third_and_one_alone_is_a_fifth() -> None:
    one = BackedPlayer(ZONE)
    one.run(2.6)
    one.key(45)
    one.run(0.01)
    one.key(48)
    one.run(0.005)
    one.key(52)
    one.run(0.3)
    struck = one.struck("guitar", 2.6, 2.9)
    assert 0 in classes(struck), "A minor, and no A fifth before it"
    one.chord(45, 48, 52, velocity=0)
    one.run(0.5)
    one.key(45)
    one.run(0.1)
    assert one.player.backing.keys.chord == Chord.parse("A5")


@pytest.mark.parametrize("seed", range(6))
def test_whatever_hands_and_controls_do_every_note_ends(seed: int) -> None:
    chance, one = random.Random(seed), BackedPlayer(ZONE, led=seed % 2 == 1)
    down: set[int] = set()
    for _ in range(120):
        one.run(chance.choice((0.005, 0.03, 0.2)))
        what = chance.random()
        if what < 0.5:
            pitch = chance.randrange(36, 72)
            one.key(pitch, 0 if pitch in down else 80)
            down ^= {pitch}
        elif what < 0.75:
            name, value = chance.choice([
                ("backing.zone", chance.choice(["none", "B3", "E3"])), ("voice.pads.on", chance.random() < 0.6),
                ("backing.time", chance.choice(["clock", "hands"])), ("backing.density", chance.random()),
                ("voice.guitar.on", chance.random() < 0.7), ("harmony.follow", chance.choice(["tune", "played"])),
                ("clock.bpm", chance.uniform(60, 220)), ("backing.pads", chance.random() < 0.5),
            ])  # fmt: skip
            new = one.snapshot.with_value(name, value)
            one.messages += one.player.mix(new, one.now + 0.02)
            one.player.change(new, one.now + 0.02)
            one.snapshot = new
        elif what < 0.8:
            one.messages += one.player.stop(one.now + 0.02)
            one.run(0.05)
            one.messages += one.player.play(one.now + 0.02)
            down.clear()
    one.messages += one.player.stop(one.now + 0.02)
    assert one.hanging() == []


def test_a_session_whose_chords_a_hand_named_is_played_again_to_the_byte(tmp_path: Path) -> None:
    snapshot = Snapshot().with_values(
        [("clock.bpm", 120.0), ("tune.seed", 3), ("harmony.on", False), ZONE]
        + [(f"voice.{voice}.on", True) for voice in VOICES]
    )
    routes = {name: (route.channel, 0) for name, route in ROUTES.items()}
    midi = Plugged(inputs=(InputPort("keys", "Keys"), InputPort("band", "Band", listen=True)))
    setup = PlayerSetup(snapshot, tuple(backed_bars(8, snapshot)), routes, {}, midi=midi)
    session = Session(tmp_path / "named.jsonl", setup)
    session.run(1.2)
    for key in A_MAJOR:
        session.hear(0x90, key, 80)
    session.hear(0x90, 40, 80, port="band")
    session.run(1.5)
    for key in A_MAJOR:
        session.hear(0x80, key, 0)
    session.run(1.0)
    found = replay(session.close())
    assert found.same and found.whole, found.difference
