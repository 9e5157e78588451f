"""Keys that name the chord, alone: what pedals hold of it, how it changes under them, and what ends it."""

from __future__ import annotations

import random

import pytest

from instrument.music.chord import Chord
from instrument.playing.backing.chord_keys import BROKEN, GRACE, ChordKeys
from tests.fakes.thorough import share

PEDAL = ("keys", 1)
A, G, D = (45, 49, 52), (43, 47, 50), (50, 54, 57)
A_MAJOR, G_MAJOR, D_MAJOR = Chord.parse("A"), Chord.parse("G"), Chord.parse("D")


class Hand:
    """A hand and a foot, in virtual time."""

    def __init__(self) -> None:
        self.keys, self.now = ChordKeys(), 10.0

    def wait(self, seconds: float) -> Chord | None:
        self.now += seconds
        self.keys.advance(self.now)
        return self.keys.chord

    def down(self, *notes: int, apart: float = 0.004) -> Chord | None:
        for note in notes:
            self.now += apart
            self.keys.strike((*PEDAL, note), self.now)
        return self.keys.chord

    def up(self, *notes: int) -> Chord | None:
        for note in notes:
            assert self.keys.lift((*PEDAL, note), self.now)
        return self.keys.chord

    def tread(self, down: bool, pedal: tuple[str, int] = PEDAL) -> None:
        self.keys.tread(pedal, down, self.now)

    def catch(self, down: bool) -> None:
        self.keys.catch(PEDAL, down, self.now)


@pytest.mark.parametrize("before", [True, False])
def test_the_pedal_holds_a_chord_whether_it_goes_down_before_or_behind_it(before: bool) -> None:
    hand = Hand()
    if before:
        hand.tread(True)
    hand.down(*A)
    hand.wait(0.5)
    if not before:
        hand.tread(True)
    hand.up(*A)
    assert hand.wait(20.0) == A_MAJOR and hand.keys.keys == 3
    hand.tread(False)
    assert hand.wait(GRACE / 2) == A_MAJOR, "a moment longer, as behind keys"
    assert hand.wait(GRACE) is None and hand.keys.keys == 0


def test_a_pedal_that_comes_too_late_holds_nothing_and_neither_does_another_channels() -> None:
    hand = Hand()
    hand.tread(True, ("keys", 2))
    hand.down(*A)
    hand.up(*A)
    hand.tread(True)
    assert hand.wait(GRACE + 0.01) is None


def test_another_chord_under_the_pedal_takes_its_place_and_is_never_mixed_with_it() -> None:
    hand = Hand()
    hand.tread(True)
    hand.down(*A)
    hand.wait(0.8)
    hand.up(*A)
    hand.wait(0.8)
    assert hand.down(*G) == G_MAJOR
    hand.tread(False)  # as pianists change the pedal: just behind the new chord
    hand.tread(True)
    hand.up(*G)
    assert hand.wait(5.0) == G_MAJOR
    hand.tread(False)
    assert hand.wait(1.0) is None


def test_fingers_that_stay_down_belong_to_the_next_chord_and_those_that_left_do_not() -> None:
    hand = Hand()
    hand.tread(True)
    hand.down(*A)
    hand.wait(0.8)
    hand.up(52)
    hand.wait(0.1)
    assert hand.down(42) == Chord.parse("F#m")


@pytest.mark.parametrize("notes", [(45, 49, 52), (52, 45, 49), (45, 52, 49, 52, 45, 49)])
def test_a_broken_chord_is_whole_in_the_end_and_the_next_one_begins_anew(notes: tuple[int, ...]) -> None:
    hand = Hand()
    hand.tread(True)
    for note in notes:
        hand.wait(0.25)
        hand.down(note)
        hand.wait(0.1)
        hand.up(note)
    assert hand.keys.chord is not None and hand.keys.chord.classes == A_MAJOR.classes
    hand.wait(0.25)
    assert hand.down(50) == Chord.parse("D5")
    hand.up(50)
    hand.wait(0.25)
    hand.down(54)
    hand.up(54)
    hand.wait(0.25)
    assert hand.down(57) == D_MAJOR


def test_a_bass_and_the_chord_above_it_are_one_chord_under_the_pedal() -> None:
    hand = Hand()
    hand.tread(True)
    hand.down(33)
    hand.up(33)
    hand.wait(0.3)
    assert hand.down(49, 52, 55) == Chord.parse("A7")


def test_single_notes_far_apart_are_a_fifth_each_under_the_pedal() -> None:
    hand = Hand()
    hand.tread(True)
    for note, name in ((45, "A5"), (52, "E5"), (50, "D5")):
        assert hand.down(note) == Chord.parse(name)
        hand.up(note)
        hand.wait(BROKEN + 0.2)


def test_what_the_sostenuto_pedal_caught_comes_back_behind_what_the_hand_plays_meanwhile() -> None:
    hand = Hand()
    hand.down(*A)
    hand.catch(True)
    hand.up(*A)
    assert hand.wait(3.0) == A_MAJOR
    assert hand.down(*D) == D_MAJOR, "the hand's own chord, and nothing of what is caught in it"
    hand.wait(1.0)
    hand.up(*D)
    assert hand.wait(GRACE / 2) == D_MAJOR
    assert hand.wait(GRACE) == A_MAJOR
    hand.catch(False)
    assert hand.wait(GRACE + 0.01) is None


def test_the_sostenuto_pedal_catches_nothing_that_is_struck_behind_it() -> None:
    hand = Hand()
    hand.catch(True)
    hand.down(*A)
    hand.up(*A)
    assert hand.wait(GRACE + 0.01) is None


@pytest.mark.parametrize(("pedals", "stands"), [(True, False), (False, True)])
def test_an_input_that_goes_takes_its_pedals_and_all_notes_off_leaves_them(pedals: bool, stands: bool) -> None:
    hand = Hand()
    hand.tread(True)
    hand.down(*A)
    hand.keys.release("keys", None, hand.now, pedals)
    assert (hand.wait(1.0) is not None) is stands
    hand.keys.release("keys", None, hand.now)
    assert hand.wait(1.0) is None and hand.keys.keys == 0
    hand.down(*A)
    hand.up(*A)
    assert hand.wait(1.0) is None, "the pedal of what was unplugged is not down any more"


def test_an_input_that_goes_takes_nothing_of_anothers() -> None:
    hand = Hand()
    hand.tread(True)
    hand.down(*A)
    hand.up(*A)
    hand.keys.release("other", None, hand.now)
    hand.keys.release("keys", 2, hand.now)
    assert hand.wait(1.0) == A_MAJOR


@pytest.mark.parametrize("seed", range(share(3, 8)))
def test_whatever_hand_and_feet_do_the_chord_ends_with_all_of_them(seed: int) -> None:
    chance, hand = random.Random(seed), Hand()
    down: set[int] = set()
    for _ in range(300):
        hand.wait(chance.choice((0.0, 0.01, 0.2, 1.5)))
        what = chance.random()
        if what < 0.6:
            note = chance.randrange(36, 60)
            (hand.up if note in down else hand.down)(note)
            down ^= {note}
        elif what < 0.8:
            hand.tread(chance.random() < 0.6)
        else:
            hand.catch(chance.random() < 0.6)
        if down:
            assert hand.keys.chord is not None, "fingers that are down always have a chord"
    hand.up(*down)
    hand.tread(False)
    hand.catch(False)
    assert hand.wait(GRACE + 0.01) is None and hand.keys.keys == 0
