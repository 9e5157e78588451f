"""Notes of pitch and level in virtual time: steps, slides, octaves, a note again, noise, silence, no numbers."""

from __future__ import annotations

import math
import random

import pytest

from instrument.playing.microphone.note_former import NoteFormer
from instrument.playing.microphone.pitch_frame import HeardNote, PitchFrame
from instrument.playing.microphone.pitch_tracker import HOP

WINDOW = 0.012
FLUTE = (62, 88)


def hertz(pitch: float) -> float:
    return 440 * 2 ** ((pitch - 69) / 12)


class Playing:
    """Frames that follow each other, and the notes that came of them."""

    def __init__(self, compass: tuple[int, int] | None = FLUTE) -> None:
        self.former, self.now = NoteFormer(compass, WINDOW), 0.0
        self.notes: list[HeardNote] = []

    def hear(self, pitch: float, clarity: float = 0.98, level: float = -25.0) -> None:
        self.now += HOP
        self.notes += self.former.hear(PitchFrame(self.now, hertz(pitch), clarity, level))

    def play(self, pitch: float, seconds: float, level: float = -25.0) -> None:
        for _ in range(round(seconds / HOP)):
            self.hear(pitch, level=level)

    def rest(self, seconds: float, level: float = -80.0) -> None:
        for _ in range(round(seconds / HOP)):
            self.hear(70, 0.1, level)

    @property
    def struck(self) -> list[int]:
        return [note.pitch for note in self.notes if note.velocity]

    @property
    def loose(self) -> list[int]:
        """Pitches that began once more than they ended; fails where one ends that has not begun."""
        down: list[int] = []
        for note in self.notes:
            if note.velocity:
                assert not down, "one at a time"
                down.append(note.pitch)
            else:
                down.remove(note.pitch)
        return down


def test_a_step_ends_a_note_and_begins_the_next_where_it_was_taken() -> None:
    playing = Playing()
    playing.rest(0.5)
    began = playing.now
    playing.play(69, 0.3)
    stepped = playing.now
    playing.play(71, 0.3)
    playing.rest(0.2)
    assert playing.struck == [69, 71]
    on, off, second, last = playing.notes
    assert on.at == pytest.approx(began, abs=0.02)
    assert off.at == second.at == pytest.approx(stepped, abs=0.02)
    assert last.velocity == 0 and not playing.loose


def test_a_note_is_known_in_three_frames() -> None:
    playing = Playing()
    playing.rest(0.5)
    began = playing.now
    playing.play(69, 3 * HOP)
    assert playing.struck == [69] and playing.now - began <= 0.011


@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.5])
def test_a_slide_is_one_note_until_its_target_holds(seconds: float) -> None:
    playing = Playing()
    playing.rest(0.3)
    playing.play(69, 0.2)
    frames = round(seconds / HOP)
    for frame in range(frames):
        playing.hear(69 + 4 * frame / frames)
    playing.play(73, 0.2)
    assert playing.struck[0] == 69 and playing.struck[-1] == 73
    assert playing.struck == [69, 73]


def test_vibrato_is_one_note() -> None:
    playing = Playing()
    playing.rest(0.3)
    for frame in range(round(2 / HOP)):
        swing = math.sin(2 * math.pi * 5.5 * frame * HOP)
        playing.hear(74 + 0.4 * swing, level=-25 + swing)
    assert playing.struck == [74]


@pytest.mark.parametrize("octaves", [-1, 1])
def test_an_octave_error_of_a_few_frames_is_no_note(octaves: int) -> None:
    playing = Playing()
    playing.rest(0.3)
    playing.play(74, 0.2)
    playing.play(74 + 12 * octaves, 6 * HOP)
    playing.play(74, 0.2)
    assert playing.struck == [74]


def test_an_octave_that_is_played_is_heard() -> None:
    playing = Playing()
    playing.rest(0.3)
    playing.play(67, 0.2)
    playing.play(79, 0.2)
    assert playing.struck == [67, 79]


def test_what_lies_outside_the_compass_is_moved_into_it_by_octaves() -> None:
    playing = Playing((74, 95))
    playing.rest(0.3)
    playing.play(67, 0.2)
    assert playing.struck == [79]


def test_the_same_pitch_struck_again_is_two_notes() -> None:
    playing = Playing()
    playing.rest(0.3)
    playing.play(74, 0.2)
    for level in (-28, -30, -31, -33, -32, -31, -29, -28, -26):
        playing.hear(74, level=level)
    playing.play(74, 0.2)
    assert playing.struck == [74, 74] and playing.loose == [74]


def test_a_note_that_swells_is_one() -> None:
    playing = Playing()
    playing.rest(0.3)
    for frame in range(200):
        playing.hear(74, level=-35 + frame * 0.1)
    assert playing.struck == [74]


def test_noise_is_no_note_and_becomes_the_floor() -> None:
    random.seed(3)
    playing = Playing()
    for _ in range(4000):
        playing.hear(random.uniform(62, 88), random.uniform(0, 0.5), -40)
    assert not playing.struck
    assert playing.former.floor == pytest.approx(-40, abs=3)
    playing.play(74, 0.2, level=-20)
    assert playing.struck == [74]


def test_silence_ends_the_note() -> None:
    playing = Playing()
    playing.rest(0.3)
    playing.play(74, 0.3)
    ended = playing.now
    playing.rest(0.1)
    assert not playing.loose and playing.notes[-1].at == pytest.approx(ended, abs=0.03)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf"), 0.0, -1.0])
def test_what_is_no_number_ends_the_note_and_the_next_is_heard(wrong: float) -> None:
    playing = Playing()
    playing.rest(0.3)
    playing.play(74, 0.2)
    for _ in range(20):
        playing.now += HOP
        playing.notes += playing.former.hear(PitchFrame(playing.now, wrong, wrong, wrong))
    assert not playing.loose
    playing.play(76, 0.3)
    assert playing.struck == [74, 76] and playing.loose == [76]


def test_louder_is_faster_and_the_input_level_does_not_matter() -> None:
    velocities = []
    for gain in (0.0, -18.0):
        playing = Playing()
        for _ in range(6):
            playing.rest(0.1)
            playing.play(74, 0.2, level=-20 + gain)
        playing.rest(0.1)
        playing.play(76, 0.2, level=-30 + gain)
        velocities.append([note.velocity for note in playing.notes if note.velocity])
    assert velocities[0] == velocities[1]
    assert velocities[0][-1] < velocities[0][-2] - 15


def test_a_fiddle_that_is_tuned_a_quarter_of_a_semitone_high_is_heard() -> None:
    playing = Playing((55, 83))
    playing.rest(0.3)
    for pitch in (62, 64, 66, 67, 69):
        playing.play(pitch + 0.25, 0.3)
    assert playing.struck == [62, 64, 66, 67, 69]
    assert 0.1 < playing.former.tuning <= 0.3


def test_whatever_comes_one_note_sounds_at_a_time_and_time_does_not_go_back() -> None:
    random.seed(11)
    for _ in range(30):
        playing = Playing(random.choice([None, FLUTE, (55, 83)]))
        pitch = 70.0
        for _ in range(600):
            pitch = random.choice([pitch, pitch, pitch, pitch + random.uniform(-1, 1), random.uniform(40, 100)])
            playing.hear(pitch, random.random() ** 0.3, random.uniform(-90, -10))
        playing.notes += playing.former.end(playing.now)
        assert not playing.loose
        assert [note.at for note in playing.notes] == sorted(note.at for note in playing.notes)
        assert all(1 <= note.velocity <= 127 for note in playing.notes if note.velocity)
