"""Time of an accompaniment, in virtual time: on the grid, by the hands, after silence, floods and jumps."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from instrument.music.cues import CHAIN
from tests.fakes.quartet import BEAT, chorale, duo, play


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
