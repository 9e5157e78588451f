"""Keys that come over a network: whose they are, what sounds them, and that nothing is left when their input goes."""

from __future__ import annotations

from typing import Any

import pytest

from instrument.files.rig_file import load
from instrument.playing.messages import Act, Change, Plug, Released
from tests.fakes.evening import VOICES, Evening
from tests.fakes.evenings import play_evenings

NO_SOPRANO = {name: voice for name, voice in VOICES.items() if name != "soprano"}


def quiet_evening(voices: dict[str, tuple[int, int]] = NO_SOPRANO) -> Evening:
    """The tune stopped, so that what sounds is the performer's."""
    one = Evening(voices=voices)
    one.take(Act("transport.stop"))
    one.pass_time(0.2)
    assert down(one) == set()
    return one


def down(evening: Evening) -> set[tuple[int, int]]:
    """(channel 0..15, note) that sound at the nearer of the outputs."""
    evening.pass_time(0.1)
    return set(evening.wires["near"].down)


def turned(evening: Evening, **changes: Any) -> None:
    evening.snapshot = evening.snapshot.with_values([(n.replace("_", "."), v) for n, v in changes.items()])
    evening.take(Change(evening.snapshot))


@pytest.mark.parametrize("way", ["listen", "answer", "hold", "accompany"])
def test_a_page_is_heard_with_the_melodys_voice_where_the_patch_has_none_for_it(way: str) -> None:
    evening = quiet_evening()
    turned(evening, play_way=way)
    evening.hear("page 1", (0x90, 65, 90))
    assert (0, 65) in down(evening)
    evening.hear("page 1", (0x80, 65, 0))
    assert (0, 65) not in down(evening)


def test_where_the_patch_has_a_voice_for_what_is_played_it_sounds_once() -> None:
    evening = quiet_evening(VOICES)
    evening.hear("page 1", (0x90, 65, 90))
    assert down(evening) == {(1, 65)}
    evening.hear("page 1", (0x80, 65, 0))
    assert down(evening) == set()


def test_a_midi_keyboard_which_sounds_by_itself_is_lent_no_voice() -> None:
    evening = quiet_evening()
    evening.hear("strange", (0x90, 65, 90))
    assert down(evening) == set()


def test_keys_of_the_page_can_be_silent() -> None:
    evening = quiet_evening()
    turned(evening, page_keys=False)
    evening.hear("page 1", (0x90, 65, 90))
    assert down(evening) == set()


def test_two_pages_hold_one_note_until_the_last_of_them_lets_go() -> None:
    evening = quiet_evening()
    evening.hear("page 1", (0x90, 65, 90))
    evening.hear("page 2", (0x90, 65, 70))
    evening.take(Released("page 1"))
    assert down(evening) == {(0, 65)}
    evening.take(Released("page 2"))
    assert down(evening) == set()


def test_a_page_that_goes_under_its_pedal_leaves_nothing() -> None:
    evening = quiet_evening()
    evening.hear("page 1", (0xB0, 64, 127))
    evening.hear("page 1", (0x90, 65, 90))
    evening.hear("page 1", (0x80, 65, 0))
    assert down(evening) == {(0, 65)}, "the pedal holds it"
    evening.take(Released("page 1"))
    assert down(evening) == set()
    evening.hear("page 1", (0x90, 66, 90))
    evening.hear("page 1", (0x80, 66, 0))
    assert down(evening) == set(), "and its pedal is up"


@pytest.mark.parametrize("ends", [Act("panic"), Act("transport.stop")])
def test_what_ends_every_note_ends_these_and_their_keys_begin_anew(ends: Act) -> None:
    evening = quiet_evening()
    evening.hear("page 1", (0x90, 65, 90))
    evening.voice("drone", 50, 90)
    evening.take(ends)
    assert down(evening) == set()
    evening.hear("page 1", (0x80, 65, 0))
    evening.hear("page 1", (0x90, 65, 90))
    assert down(evening) == {(0, 65)}


def test_a_note_that_names_a_voice_sounds_with_it_whatever_the_keys_do() -> None:
    evening = quiet_evening()
    turned(evening, play_way="tap")
    evening.voice("melody", 50, 90)
    evening.voice("melody", 52, 90)
    assert down(evening) == {(0, 50), (0, 52)}
    evening.voice("melody", 50, 0)
    assert down(evening) == {(0, 52)}
    evening.take(Released("osc there"))
    assert down(evening) == set()


def test_a_note_for_a_voice_that_is_not_there_is_no_note() -> None:
    evening = quiet_evening()
    evening.voice("tenor", 50, 90)
    assert down(evening) == set()
    evening.voice("tenor", 50, 0)


def test_an_output_that_goes_takes_the_keys_of_a_page_with_it() -> None:
    evening = quiet_evening()
    evening.hear("page 1", (0x90, 65, 90))
    evening.voice("drone", 50, 90)
    evening.take(Plug("far", False))
    assert down(evening) == set(), "as with every hand"


def test_a_rig_may_not_call_an_input_as_pages_are_called(tmp_path: Any) -> None:
    (tmp_path / "rig.toml").write_text('[inputs."page 1"]\nport = "Keys"\n')
    with pytest.raises(ValueError, match="choose another"):
        load(tmp_path / "rig.toml")


@pytest.mark.long  # 4 seconds of CPU
def test_evenings_with_pages_and_no_voice_for_them_leave_nothing() -> None:
    play_evenings(2, 40, NO_SOPRANO)
