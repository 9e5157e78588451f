"""A melody played in, three voices out, in virtual time: at once, on the grid, and nothing ever hangs."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.controls.snapshot import Snapshot
from instrument.files.patch import find
from instrument.music.cues import CHAIN
from instrument.music.ticks import QUARTER
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.thinking.voices.accompanist_process import load_choir
from tests.fakes.quartet import PLAYED, Duo, tiny_choir

CHOIR = tiny_choir()
BEAT = 1.0  #: seconds, at 60 quarter notes a minute


def duo(*changes: tuple[str, object], delay: float = 0.002) -> Duo:
    return Duo(CHOIR, Snapshot().with_values([*PLAYED, *changes]), delay)


def play(one: Duo, melody: list[int], each: float = 0.5, length: float = 0.45) -> None:
    for pitch in melody:
        one.key(pitch)
        one.run(length)
        one.key(pitch, 0)
        one.run(each - length)


def test_a_note_brings_three_voices_at_once_below_it() -> None:
    one = duo()
    one.run(0.9)
    one.key(72)
    one.run(0.01)
    assert one.sounding()["soprano"] == [72]
    bass, tenor, alto = (one.sounding()[voice][0] for voice in CHAIN)
    assert bass <= tenor <= alto <= 72
    struck = {voice: one.struck(voice)[0][0] for voice in CHAIN}
    assert len(set(struck.values())) == 1 and 0.9 < struck["bass"] <= 0.91


def test_under_a_held_note_the_voices_move_on_the_grid_in_time() -> None:
    one = duo()
    one.key(72)
    one.run(8 * BEAT)
    moves = [due for voice in CHAIN for due, _ in one.struck(voice) if due > 0.1]
    assert moves, "untrained voices move now and then"
    for due in moves:
        assert due % (BEAT / 4) < one.step + 1e-6  # a sixteenth's moment, or the turn of the loop behind it


def test_a_tempo_twice_as_fast_moves_the_voices_twice_as_soon() -> None:
    slow, fast = (duo(("harmony.tactus", "quarter"), ("clock.bpm", bpm)) for bpm in (60.0, 120.0))
    for one, seconds in ((slow, 8.0), (fast, 4.0)):
        one.step = 0.005 if one is slow else 0.0025
        one.key(72)
        one.run(seconds)
    for voice in CHAIN:
        assert [pitch for _, pitch in slow.struck(voice)] == [pitch for _, pitch in fast.struck(voice)]
        for (late, _), (soon, _) in zip(slow.struck(voice), fast.struck(voice), strict=True):
            assert late / 2 == pytest.approx(soon, abs=slow.step)


@pytest.mark.parametrize("off", [-0.1, -0.05, 0.05, 0.1])
def test_a_note_a_little_off_belongs_to_its_place(off: float) -> None:
    """The same notes are chosen as on the beat, and the step is not decided twice."""
    on, astray = duo(), duo()
    for one, lean in ((on, 0.0), (astray, off)):
        one.key(69)
        one.run(2 * BEAT + lean)
        one.key(69, 0)
        one.key(71)
        one.run(0.9 * BEAT / 4 - max(lean, 0.0))
    # played early, the voices that were to move on the beat move with it; what stands then is the same
    if off < 0:
        assert astray.sounding() == on.sounding()
    else:
        assert set(astray.sounding()) == set(on.sounding())
    steps = [cue.step for cue in astray.cues if cue.step is not None]
    assert len(steps) == len(set(steps))


def test_without_a_melody_the_voices_end_after_two_beats() -> None:
    one = duo()
    play(one, [72], 1.0, 1.0)
    assert set(one.sounding()) == set(CHAIN)
    one.run(1.0 * BEAT)
    assert set(one.sounding()) == set(CHAIN)
    one.run(2.5 * BEAT)
    assert not one.sounding()


@pytest.mark.parametrize("how", ["stop", "panic", "off", "all notes off", "gone"])
def test_nothing_hangs(how: str) -> None:
    one = duo()
    play(one, [72, 74, 76])
    one.key(77)
    one.run(0.1)
    assert len(one.sounding()) == 4
    if how == "stop":
        one.messages += one.player.stop(one.now)
    elif how == "panic":
        one.messages += one.player.panic(one.now)
    elif how == "off":
        snapshot = one.player.snapshot.with_value("harmony.on", False)
        one.messages += [m for m in one.player.change(snapshot, one.now) if not m]
        one.run(0.01)
        assert one.sounding() == {"soprano": [77]}
    elif how == "all notes off":
        one.take(one.player.hear(ReceivedMidi(one.now, "keys", bytes([0xB0, 123, 0]))))
        assert "soprano" not in one.sounding()
        one.run(3.5 * BEAT)  # the voices end as after any last key
    else:
        one.messages += one.player.accompanist(False, one.now)
        assert one.sounding() == {"soprano": [77]}
    one.key(77, 0)
    assert not one.sounding()
    if how in ("panic", "all notes off"):
        one.key(72)
        one.run(0.01)
        assert len(one.sounding()) == 4  # and it goes on


def chorale(key: str, seed: int = 1) -> Duo:
    """The shipped patch with the shipped experts."""
    snapshot = find("chorale").snapshot().with_values([("tune.key", key), ("tune.seed", seed)])
    return Duo(load_choir(None), snapshot)


@pytest.mark.parametrize(
    ("key", "melody", "third", "strange"),
    [("G major", (67, 69, 71, 72, 74, 71, 67), 11, {10, 5}), ("G minor", (67, 69, 70, 72, 74, 70, 67), 10, {11, 4}),
     ("A major", (69, 71, 73, 71, 69), 1, {0, 7}), ("E minor", (64, 66, 67, 66, 64), 7, {8, 1})],
)  # fmt: skip
def test_the_key_reigns_from_the_first_chord(key: str, melody: tuple[int, ...], third: int, strange: set[int]) -> None:
    for seed in (1, 2, 3):
        one = chorale(key, seed)
        one.key(melody[0])
        one.run(0.3)
        first = {pitch % 12 for voice in CHAIN for _, pitch in one.struck(voice)}
        assert not first & strange
        assert third in first
        one.key(melody[0], 0)
        play(one, list(melody[1:]))
        sounded = [pitch % 12 for voice in CHAIN for _, pitch in one.struck(voice)]
        if "major" in key:  # a minor key has its leading note, and more
            assert sum(pitch in strange for pitch in sounded) <= len(sounded) / 20


def test_after_a_rest_the_first_chord_is_in_the_key_of_then() -> None:
    one = chorale("G major")
    one.key(67)
    one.run(1.0)
    assert 11 in {pitch % 12 for voice in CHAIN for _, pitch in one.struck(voice)}
    one.accompanist.change(one.player.snapshot.with_value("tune.key", "G minor"))
    one.key(67, 0)
    one.run(8.0)
    one.key(67)
    one.run(0.3)
    assert 10 in {pitch[0] % 12 for voice, pitch in one.sounding().items() if voice in CHAIN}


def test_no_voice_moves_twice_for_a_key_that_is_a_little_late() -> None:
    for seed in range(1, 4):
        one, late = chorale("G major", seed), random.Random(seed)
        for pitch in (67, 69, 71, 72, 74, 71, 67, 66, 67, 71, 69, 67):
            one.key(pitch)
            one.run(round(0.78 + late.uniform(-0.04, 0.04), 3))
            one.key(pitch, 0)
            one.run(0.05)
        for voice in CHAIN:
            times = [at for at, _ in one.struck(voice)]
            assert all(after - before > 0.03 for before, after in pairwise(times)), (seed, voice)


def test_an_accompanist_that_falls_silent_is_silenced_and_comes_back() -> None:
    one = duo()
    one.key(72)
    one.run(0.5)
    one.dead = True
    one.run(2.0)
    assert one.sounding() == {"soprano": [72]}
    one.dead = False
    one.player.accompanist(True, one.now)
    one.key(72, 0)
    one.key(74)
    one.run(0.1)
    assert len(one.sounding()) == 4


def test_a_flood_is_answered_with_the_newest_and_nothing_queues() -> None:
    one = duo(delay=0.003)
    one.step = 0.001
    for n in range(1000):
        one.key(60 + n % 20)
        one.key(60 + n % 20, 0)
        one.run(0.001)
        assert len(one.answers) <= 1
    assert len(one.cues) <= 1000 / 3 + 5
    one.key(67)
    one.run(0.01)
    assert one.sounding()["soprano"] == [67] and one.player.accompaniment.keys.note.pitch == 67
    assert all(pitch[0] <= 67 for pitch in one.sounding().values()) and len(one.sounding()) == 4


@pytest.mark.parametrize(("lead", "leads"), [("highest", 76), ("newest", 72)])
def test_of_two_notes_at_once_the_highest_leads_or_the_newest(lead: str, leads: int) -> None:
    one = duo(("harmony.lead", lead))
    one.key(76)
    one.run(0.01)
    one.key(72)
    one.run(0.05)
    assert one.player.accompaniment.keys.note.pitch == leads
    assert sorted(one.sounding()["soprano"]) == [72, 76]
    assert max(one.sounding()["alto"]) <= leads


@pytest.mark.parametrize("pitch", [24, 36, 50, 60, 81, 96, 110])
def test_a_melody_out_of_range_is_accompanied_in_its_own_octave(pitch: int) -> None:
    one = duo()
    play(one, [pitch, pitch + 2, pitch + 4, pitch])
    one.key(pitch)
    one.run(0.05)
    sounding = one.sounding()
    assert len(sounding) == 4
    assert pitch - 48 <= sounding["bass"][0] <= sounding["tenor"][0] <= sounding["alto"][0] <= pitch


def test_wide_leaps_are_followed() -> None:
    one = duo()
    for pitch in (60, 81, 60, 84, 57, 79):
        one.key(pitch)
        one.run(0.3)
        assert len(one.sounding()) == 4
        assert all(p[0] <= pitch for voice, p in one.sounding().items() if voice != "soprano")
        one.key(pitch, 0)
        one.run(0.2)


def test_the_fewer_voices_asked_for_the_fewer_sound_and_the_bass_goes_last() -> None:
    for count, voices in ((1, {"bass"}), (2, {"bass", "alto"}), (3, {"bass", "alto", "tenor"})):
        one = duo(("harmony.voices", count))
        one.key(72)
        one.run(0.05)
        assert set(one.sounding()) - {"soprano"} == voices


@pytest.mark.parametrize("stopped", [True, False])
def test_the_hands_set_the_time_while_the_music_stands_or_if_asked(stopped: bool) -> None:
    """The first key begins a bar wherever it falls; the voices then move in steps from it."""
    one = duo(("harmony.time", "clock" if stopped else "hands"))
    one.messages += one.player.stop(0.0) if stopped else []
    one.run(0.73)
    one.key(72)
    one.run(0.01)
    assert len(one.sounding()) == 4
    assert {one.struck(voice)[0][0] for voice in CHAIN} == {0.735}
    grid = one.cues[-1].grid
    assert grid.place(grid.step(one.cues[-1].tick)) == 0
    one.run(6.0)
    later = [due - 0.73 for voice in CHAIN for due, _ in one.struck(voice) if due > 0.8]
    assert later and all(0 <= (due + 1e-6) % 0.25 <= one.step + 1e-5 for due in later)


def test_hands_that_hurry_are_followed() -> None:
    """Quarters a tenth shorter than the tempo says: each falls on a beat, and the tempo is learned."""
    one = duo(("harmony.time", "hands"))
    for n in range(24):
        one.key(67 + n % 5)
        one.run(0.45)
        one.key(67 + n % 5, 0)
        one.run(0.45)
    places = {cue.grid.place(cue.grid.step(cue.note.tick)) % 4 for cue in one.cues if cue.note}
    assert places == {0}
    own = one.player.accompaniment._own
    assert own is not None and own.pace == pytest.approx(1 / 0.9, abs=0.01)


def test_a_jump_back_in_the_music_does_not_leave_the_voices_moving() -> None:
    one = duo()
    one.run(20.0)
    one.key(72)
    one.run(0.5)
    one.key(72, 0)
    one.player.accompaniment.forget(one.now)  # as a song position does
    one.messages += one.player.scheduler.locate(0, one.now)[0]
    one.player.accompaniment.locate(one.player.buffer.last_committed, one.now)
    one.run(6.0)
    assert not one.sounding()


def test_the_same_seed_and_keys_give_the_same_voices() -> None:
    first, second, other = duo(), duo(), duo(("tune.seed", 8))
    for one in (first, second, other):
        play(one, [72, 74, 76, 77, 79, 77, 76, 74])
    assert first.messages == second.messages != other.messages


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(30, 100), st.booleans(), st.integers(0, 60)), max_size=40), st.integers(1, 40))
def test_whatever_is_played_every_note_ends(keys: list[tuple[int, bool, int]], delay: int) -> None:
    """`sounding` fails on an end without a beginning, and on a beginning twice."""
    one = duo(delay=delay / 1000)
    for pitch, down, wait in keys:
        one.key(pitch, 80 if down else 0)
        one.run(wait / 100)
        one.sounding()
    one.messages += one.player.stop(one.now)
    assert not one.sounding()
    one.run(0.2)
    assert one.player.scheduler.tick(one.now) >= 0 and QUARTER


def test_every_note_struck_has_its_reasons_and_they_add_up() -> None:
    import numpy as np

    one = duo()
    play(one, [72, 74, 76, 77])
    struck = {(voice, pitch) for voice in CHAIN for _, pitch in one.struck(voice)}
    assert struck <= {(reason.voice, reason.pitch) for reason in one.why}
    for reason in one.why:
        chance = reason.chances[reason.pitch - reason.lowest] * (1 - reason.hold - reason.rest)
        assert sum(nats for _, nats in reason.nats) + reason.normal == pytest.approx(np.log(chance), abs=1e-3)
        assert sum(reason.chances) == pytest.approx(1, abs=1e-4)
