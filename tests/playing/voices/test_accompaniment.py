"""A melody played in, three voices out, in virtual time: at once, on the grid, and nothing ever hangs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.music.cues import CHAIN
from instrument.music.ticks import QUARTER
from instrument.playing.midi.midi_input import ReceivedMidi
from tests.fakes.quartet import BEAT, chorale, duo, play


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


@pytest.mark.parametrize(
    ("key", "melody", "third", "strange"),
    [("G major", (67, 69, 71, 72, 74, 71, 67), 11, {10, 5}), ("G minor", (67, 69, 70, 72, 74, 70, 67), 10, {11, 4}),
     ("A major", (69, 71, 73, 71, 69), 1, {0, 7}), ("E minor", (64, 66, 67, 66, 64), 7, {8, 1})],
)  # fmt: skip
def test_the_key_reigns_from_the_first_chord(key: str, melody: tuple[int, ...], third: int, strange: set[int]) -> None:
    every: list[int] = []
    for seed in (1, 2, 3):
        one = chorale(key, seed)
        one.key(melody[0])
        one.run(0.3)
        first = {pitch % 12 for voice in CHAIN for _, pitch in one.struck(voice)}
        assert not first & strange
        assert third in first
        one.key(melody[0], 0)
        play(one, list(melody[1:]))
        every += [pitch % 12 for voice in CHAIN for _, pitch in one.struck(voice)]
    if "major" in key:  # a minor key has its leading note, and more
        assert sum(pitch in strange for pitch in every) <= len(every) / 20


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
