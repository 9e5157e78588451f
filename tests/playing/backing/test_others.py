"""Inputs that are only listened to: their notes tell the chord's experts what others sound, and sound nothing."""

from __future__ import annotations

from instrument.playing.backing.others import LINGERS, MOST, Others
from instrument.playing.midi.midi_input import ReceivedMidi
from tests.fakes.backed_player import BackedPlayer
from tests.fakes.quartet import Duo, tiny_choir


def heard(at: float, *data: int, port: str = "bass") -> ReceivedMidi:
    return ReceivedMidi(at, port, bytes(data))


def test_what_sounds_is_told_lowest_first_and_lingers_a_little() -> None:
    others = Others(["bass"])
    assert others.hear(heard(0.0, 0x90, 50, 80)) and others.hear(heard(0.1, 0x91, 38, 80))
    assert others.sounding() == (38, 50)
    others.hear(heard(1.0, 0x80, 50, 0))
    others.hear(heard(1.0, 0x91, 38, 0))
    assert others.sounding() == (38, 50)
    others.now = 1.0 + LINGERS
    assert others.sounding() == ()


def test_nonsense_changes_nothing_and_what_is_remembered_is_bounded() -> None:
    others = Others(["bass"])
    for data in ((0x90,), (0x90, 200, 5), (0xF8,), (0xB0, 7, 100), (0x80, 60, 0), (0xE0, 0, 64)):
        others.hear(heard(0.0, *data))
    assert others.sounding() == ()
    for n in range(1000):
        others.hear(heard(0.0, 0x90 | n % 16, n % 128, 80))
        others.hear(heard(0.0, 0x80 | n % 16, n % 128, 0))
    assert len(others._left) <= MOST


def test_all_notes_off_and_a_port_that_goes_let_go() -> None:
    others = Others(["bass"])
    others.hear(heard(0.0, 0x90, 50, 80))
    others.hear(heard(0.1, 0xB0, 123, 0))
    others.now = 2.0
    assert others.sounding() == ()
    others.hear(heard(3.0, 0x90, 50, 80))
    others.release("bass", 3.0)
    others.now = 4.0
    assert others.sounding() == ()


def test_their_notes_sound_nothing_and_name_no_chord_by_hand() -> None:
    one = BackedPlayer(("backing.zone", "B3"))
    one.player.listen(["bass"])
    one.run(1.0)
    before = len(one.messages)
    one.messages += one.player.hear(heard(one.now, 0x90, 38, 90)).messages
    assert len(one.messages) == before and one.player.backing.keys.chord is None
    assert one.player.accompaniment.others() == (38,)


def test_the_accompanist_is_told_what_others_sound_with_every_cue() -> None:
    duo = Duo(tiny_choir())
    duo.player.listen(["bass"])
    duo.take(duo.player.hear(heard(duo.now, 0x90, 38, 90)))
    duo.key(74)
    assert duo.cues[-1].others == (38,) and duo.cues[-1].note is not None
