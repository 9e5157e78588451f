"""Our own playing as a microphone hears it: not taken for the performer's, who is heard beside it and over it."""

from __future__ import annotations

import numpy as np

from instrument.playing.microphone.melody_listener import MelodyListener
from instrument.playing.microphone.own_notes import OwnNotes
from instrument.playing.microphone.pitch_frame import PitchFrame
from instrument.playing.microphone.pitch_tracker import Block

RATE, BLOCK = 48_000, 256
OURS = (69, 71, 73, 74, 76, 74, 73, 71)  #: half a second each


def frame(at: float, pitch: float, level: float) -> PitchFrame:
    return PitchFrame(at, 440 * 2 ** ((pitch - 69) / 12), 0.98, level)


def playing(pitches: tuple[int, ...], gain: float, begins: float, seconds: float) -> Block:
    """Notes of half a second each, over `seconds`."""
    sound = np.zeros(round(seconds * RATE), np.float32)
    for number, pitch in enumerate(pitches):
        times = np.arange(round(0.45 * RATE)) / RATE
        wave = sum(np.sin(2 * np.pi * k * 440 * 2 ** ((pitch - 69) / 12) * times) / k for k in (1, 2, 3))
        at = round((begins + 0.5 * number) * RATE)
        sound[at : at + len(times)] += (gain * np.minimum(1, times / 0.01) * wave).astype(np.float32)
    return sound


def struck(listener: MelodyListener, sound: Block) -> list[int]:
    found = []
    for at in range(0, len(sound) - BLOCK + 1, BLOCK):
        heard = listener.hear(sound[at : at + BLOCK], (at + BLOCK) / RATE)
        found += [note.pitch for note in heard if note.velocity]
    return found


def told(listener: MelodyListener, pitches: tuple[int, ...], begins: float) -> None:
    for number, pitch in enumerate(pitches):
        at = begins + 0.5 * number
        listener.play([(at, "melody", pitch, 80), (at + 0.45, "melody", pitch, 0)])


def test_our_own_playing_alone_is_no_note_but_would_be_one() -> None:
    sound = playing(OURS, 0.05, 0.5, 5.0)
    knows, knows_not = MelodyListener(RATE, (62, 88)), MelodyListener(RATE, (62, 88))
    told(knows, OURS, 0.5)
    assert struck(knows_not, sound) == list(OURS)
    assert struck(knows, sound) == []


def test_a_performer_ten_decibels_above_is_heard_beside_it() -> None:
    theirs = (81, 79, 78, 79, 81, 83, 81, 79)
    listener = MelodyListener(RATE, (62, 88))
    told(listener, OURS, 0.5)
    found = struck(listener, playing(OURS, 0.05, 0.5, 5.0) + playing(theirs, 0.16, 0.5, 5.0))
    assert found == list(theirs)


def test_a_performer_in_unison_with_us_is_heard_once_we_know_how_loud_we_are() -> None:
    listener = MelodyListener(RATE, (62, 88))
    both = OURS + OURS
    told(listener, both, 0.5)
    found = struck(listener, playing(both, 0.05, 0.5, 9.0) + playing(OURS, 0.3, 4.5, 9.0))
    assert found == list(OURS)


def test_a_note_of_ours_may_be_heard_from_a_moment_before_it_until_it_has_rung_out() -> None:
    own = OwnNotes()
    own.hear([(1.0, "melody", 69, 80), (1.5, "melody", 69, 0)])
    assert own.sounding(0.9) == set() and own.sounding(1.0) == own.sounding(1.7) == {69}
    assert own.sounding(2.5) == set()
    own.hear([(3.0, "drone", 50, 80)])
    assert own.sounding(100.0) == {50}


def test_other_pitches_are_left_as_they_are() -> None:
    own = OwnNotes()
    own.hear([(0.0, "melody", 69, 80)])
    assert own.without(frame(1.0, 71, -30), False).clarity == 0.98
    assert own.without(frame(1.0, 69, -30), False).clarity == 0
    assert own.without(frame(1.0, 81, -30), False).clarity == 0


def test_thousands_of_notes_that_never_end_cost_no_more_than_their_pitches() -> None:
    own = OwnNotes()
    for number in range(5000):
        own.hear([(number * 0.01, "melody", number % 128, 80)])
    assert len(own.sounding(50.0)) <= 128
