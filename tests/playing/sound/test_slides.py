"""Slides of the built-in synth: bent as far as is asked, in time, without a click, each note of a zone by itself."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from instrument.music.sounds.timbres import TIMBRES
from instrument.playing.midi.output_message import Message
from instrument.playing.sound.channel_sound import ChannelSound
from instrument.playing.sound.synth import Synth
from tests.fakes.thorough import every

RATE = 48_000
HELD = RATE // 2  #: frames that a note has sounded when it begins to slide


def controls(frame: int, channel: int, *pairs: tuple[int, int]) -> list[tuple[int, Message]]:
    return [(frame, Message(0, "control", channel, number, value)) for number, value in pairs]


def ranged(channel: int, semitones: int) -> list[tuple[int, Message]]:
    return controls(0, channel, (101, 0), (100, 0), (6, semitones), (38, 0), (101, 127), (100, 127))


def bend(frame: int, semitones: float, reach: float, channel: int = 1) -> tuple[int, Message]:
    value = min(round(8192 + semitones / reach * 8192), 16383)
    return frame, Message(0, "bend", channel, value & 127, value >> 7)


def slide(target: float, seconds: float, every: float, reach: float = 12) -> list[tuple[int, Message]]:
    """A straight slide in semitones, as a hand sends it: a message every so often."""
    count = round(seconds / every)
    return [bend(HELD + round(n * every * RATE), target * n / count, reach) for n in range(1, count + 1)]


def played(timbre: str, *messages: tuple[int, Message], pitch: int = 60, seconds: float = 1.5) -> np.ndarray:
    """The left side of a note with these messages."""
    synth = Synth(RATE, {1: ChannelSound(timbre, 0.8)})
    for frame, message in (*messages, (0, Message(0, "on", 1, pitch, 100))):
        synth.schedule(frame, message)
    return synth.render(round(seconds * RATE))[:, 0]


def cents(sound: np.ndarray, near: float) -> float:
    """How far the fundamental of a sound lies from a MIDI pitch; +- 100 at the most."""
    size = 1 << 20
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))
    low, high = (round(440 * 2 ** ((near + off - 69) / 12) * size / RATE) for off in (-1, 1))
    found = (low + int(np.argmax(spectrum[low:high]))) * RATE / size
    return float(1200 * np.log2(found / 440) - 100 * (near - 69))


def step(sound: np.ndarray) -> float:
    """The largest step from one sample to the next."""
    return float(np.abs(np.diff(sound)).max())


@pytest.mark.parametrize("reach", every(2, [2, 12, 48, 24]))
@pytest.mark.parametrize("share", every(2, [-1.0, -0.5, 0.25, 0.5]))
def test_a_bend_is_as_far_as_its_range_says(reach: int, share: float) -> None:
    sound = played("reed", *ranged(1, reach), bend(HELD, share * reach, reach), pitch=72)
    assert abs(cents(sound[HELD + 4_800 :], 72 + share * reach)) < 2


def test_without_a_parameter_or_with_half_a_one_a_bend_is_two_semitones() -> None:
    for half in ([], controls(0, 1, (100, 0), (6, 12)), controls(0, 1, (101, 0), (100, 0), (99, 1), (6, 12)),
                 controls(0, 1, (101, 0), (100, 6), (6, 12))):  # fmt: skip
        sound = played("whistle", *half, bend(HELD, -2, 2), pitch=72)
        assert abs(cents(sound[HELD + 4_800 :], 70)) < 2


@pytest.mark.parametrize("every", [0.002, 0.005, 0.02])
def test_a_slide_is_where_the_hand_is_all_the_way(every: float) -> None:
    """Within one block and one message of it, in a slide of an octave in half a second."""
    sound = played("whistle", *ranged(1, 12), *slide(12, 0.5, every), pitch=72)
    window = round(0.04 * RATE)
    late = (256 / RATE + every) * 12 / 0.5 * 100  # cents that the hand goes on meanwhile
    for at in (0.1, 0.25, 0.4):
        middle = HELD + round(at * RATE)
        error = cents(sound[middle - window // 2 : middle + window // 2], 72 + 12 * at / 0.5)
        assert -late - 5 < error < 5


def steady_step(timbre: str, pitches: range) -> float:
    """The largest step of these pitches, each held as long as a note that slides."""
    synth, steps = Synth(RATE, {1: ChannelSound(timbre, 0.8)}), []
    for pitch in pitches:
        synth.schedule(synth.frame, Message(0, "on", 1, pitch, 100))
        steps.append(step(synth.render(HELD + RATE // 2)[HELD - 4_800 :, 0]))
        synth.silence()
        synth.render(4_800)
    return max(steps)


@pytest.mark.long  # 4 seconds of CPU
@pytest.mark.parametrize("timbre", every(9, list(TIMBRES)))
def test_no_slide_clicks(timbre: str) -> None:
    """No step is larger than those of the pitches that it goes through, held."""
    for target, seconds, apart in ((12, 0.3, 0.005), (-12, 0.3, 0.005), (7, 0.002, 0.002), (12, 0.3, 0.03)):
        ways = range(60 + min(0, target), 60 + max(0, target) + 1)
        sliding = played(timbre, *ranged(1, 12), *slide(target, seconds, apart), seconds=1)
        assert step(sliding[HELD - 4_800 :]) < 1.15 * steady_step(timbre, ways)


def harmonics_off(sound: np.ndarray, pitch: float) -> float:
    """Of a held sound, the share of its power that lies beside the harmonics of a pitch."""
    power = np.abs(np.fft.rfft(sound * np.blackman(len(sound)))) ** 2
    hz = np.arange(len(power)) * RATE / len(sound)
    away = np.abs((hz / (440 * 2 ** ((pitch - 69) / 12)) + 0.5) % 1 - 0.5) * 440 * 2 ** ((pitch - 69) / 12)
    return float(power[(away > 30) & (hz > 20)].sum() / power.sum())


def test_what_is_bent_far_up_has_no_harmonic_that_folds_back() -> None:
    struck = harmonics_off(played("reed", pitch=96)[HELD:], 96)
    bent = harmonics_off(played("reed", *ranged(1, 48), bend(0, 24, 48), pitch=72)[HELD:], 96)
    assert bent < 2 * struck + 1e-6


@pytest.mark.parametrize("timbre", ["guitar", "pluck", "piano"])
def test_a_ring_that_is_bent_up_dies_away_and_is_not_struck_again(timbre: str) -> None:
    sound = played(timbre, *ranged(1, 24), bend(RATE // 10, 23.9, 24), pitch=48, seconds=5)
    loud = [float(np.sqrt((sound[at : at + 4_800] ** 2).mean())) for at in range(RATE // 2, len(sound) - 4_800, 4_800)]
    assert all(after < 1.5 * before + 1e-5 for before, after in pairwise(loud))


def test_each_note_of_a_zone_bends_by_itself_and_sounds_as_its_manager() -> None:
    synth = Synth(RATE, {16: ChannelSound("whistle", 0.8)})
    for message in (
        Message(0, "zone", 16, 3), Message(0, "bend", 15, 0, 80), Message(0, "on", 15, 72, 100),
        Message(0, "on", 14, 79, 100), Message(0, "bend", 16, 0, 96),
    ):  # fmt: skip
        synth.schedule(0, message)
    sound = synth.render(RATE)[RATE // 4 :, 0]
    up = 1.0  # of the manager's bend
    assert abs(cents(sound, 72 + up + 48 * (80 / 64 - 1))) < 2
    assert abs(cents(sound, 79 + up)) < 2
    alone = Synth(RATE, {1: ChannelSound("whistle", 0.8)})
    alone.schedule(0, Message(0, "on", 1, 79, 100))
    by_itself = Synth(RATE, {16: ChannelSound("whistle", 0.8)})
    for message in (Message(0, "zone", 16, 3), Message(0, "on", 14, 79, 100)):
        by_itself.schedule(0, message)
    assert np.array_equal(by_itself.render(RATE), alone.render(RATE)), "its manager's timbre, level and place"


@pytest.mark.long  # 3 seconds of CPU
def test_breath_and_expression_move_the_level_without_a_click() -> None:
    for number in (2, 11):
        for value in (0, 30):
            steady = step(played("reed")[HELD - 4_800 :])
            moved = played("reed", *controls(HELD, 1, (number, value)), *controls(HELD + RATE // 4, 1, (number, 127)))
            assert step(moved[HELD - 4_800 :]) <= 1.02 * steady


@pytest.mark.parametrize("end", [(64, 0), (121, 0), (123, 0), (120, 0)])
def test_the_pedal_holds_what_is_let_go_until_it_comes_up(end: tuple[int, int]) -> None:
    down = [*controls(0, 1, (64, 127)), (RATE // 10, Message(0, "off", 1, 60))]
    sound = played("reed", *down, *controls(RATE, 1, end), seconds=2)
    assert np.abs(sound[RATE // 2 : RATE]).max() > 0.05
    assert np.abs(sound[-RATE // 4 :]).max() < 1e-3


def test_a_key_struck_again_under_the_pedal_is_held_by_the_hand_when_it_comes_up() -> None:
    again = [*controls(0, 1, (64, 127)), (4_800, Message(0, "off", 1, 60)), (9_600, Message(0, "on", 1, 60, 90)),
             *controls(RATE // 2, 1, (64, 0)), (RATE, Message(0, "off", 1, 60))]  # fmt: skip
    sound = played("reed", *again, seconds=2)
    assert np.abs(sound[RATE - 4_800 : RATE]).max() > 0.05
    assert np.abs(sound[-RATE // 4 :]).max() < 1e-3


def test_panic_lets_the_pedal_up_and_the_bend_go() -> None:
    synth = Synth(RATE, {1: ChannelSound("whistle", 0.8)})
    for message in (Message(0, "control", 1, 64, 127), Message(0, "bend", 1, 0, 120), Message(0, "on", 1, 72, 90)):
        synth.schedule(0, message)
    synth.render(RATE // 4)
    synth.silence()
    synth.render(RATE // 4)
    synth.schedule(synth.frame, Message(0, "on", 1, 72, 90))
    assert abs(cents(synth.render(RATE)[4_800:, 0], 72)) < 2
    synth.schedule(synth.frame, Message(0, "off", 1, 72))
    assert np.abs(synth.render(2 * RATE)[-RATE // 4 :]).max() < 1e-3
