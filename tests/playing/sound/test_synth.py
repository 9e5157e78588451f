"""The built-in synth: laws of its sound, measured on what it renders."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from instrument.music.sounds.timbres import TIMBRES, timbre_of_program
from instrument.playing.midi.output_message import Message
from instrument.playing.sound import BLOCK
from instrument.playing.sound.channel_sound import ChannelSound
from instrument.playing.sound.limiter import Limiter
from instrument.playing.sound.synth import Synth
from instrument.playing.sound.voices import NOTES
from tests.fakes.thorough import every

RATE = 48_000
Sound = NDArray[np.float32]


def on(pitch: int, velocity: int = 80, channel: int = 1) -> Message:
    return Message(0.0, "on", channel, pitch, velocity)


def off(pitch: int, channel: int = 1) -> Message:
    return Message(0.0, "off", channel, pitch)


def control(number: int, value: int = 0, channel: int = 1) -> Message:
    return Message(0.0, "control", channel, number, value)


def alone(timbre: str) -> Synth:
    return Synth(RATE, {1: ChannelSound(timbre)})


def decibels(sound: Sound) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(sound.astype(float) ** 2)) + 1e-12))


def strongest(sound: Sound, expected: float) -> float:
    """Hz of the strongest partial within a semitone of `expected`, from a windowed spectrum, by a parabola."""
    size = 4 * len(sound)
    spectrum = np.log(np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size)) + 1e-12)
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    near = np.flatnonzero((hertz > expected * 0.944) & (hertz < expected * 1.06))
    i = near[np.argmax(spectrum[near])]
    a, b, c = spectrum[i - 1 : i + 2]
    return float(hertz[i] + (a - c) / (2 * (a - 2 * b + c)) * hertz[1])


def jig() -> list[tuple[int, Message]]:
    """Notes on five channels, at odd frames, with a re-strike, a fade, a program and an end of all notes."""
    events = [(37 + 997 * i, on(60 + (7 * i) % 19, 50 + 5 * (i % 12), 1 + i % 5)) for i in range(24)]
    events += [(frame + 700 * (1 + i % 5), off(m.number, m.channel)) for i, (frame, m) in enumerate(events)]
    events += [(5000, on(62, 90, 2)), (6001, on(62, 90, 2)), (9000, control(7, 40))]
    events += [(12_000, Message(0, "program", 5, 73)), (22_000, control(123, channel=2))]
    return [*events, (22_100, control(120, channel=4))]


def play(synth: Synth, events: list[tuple[int, Message]], cuts: list[int]) -> Sound:
    for frame, message in events:
        synth.schedule(frame, message)
    return np.concatenate([synth.render(n) for n in cuts])


@pytest.fixture(scope="module")
def whole_jig() -> Sound:
    return play(Synth(RATE), jig(), [30_000])


@pytest.mark.parametrize("block", [17, 64, 128, 1000, 4096])
def test_the_same_bytes_however_the_asking_is_cut_up(block: int, whole_jig: Sound) -> None:
    sound = play(Synth(RATE), jig(), [block] * (30_000 // block))
    assert sound.tobytes() == whole_jig[: len(sound)].tobytes()


@pytest.mark.long  # 3 seconds of CPU
@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 1500), min_size=1, max_size=20))
def test_any_cutting_gives_the_same_bytes(whole_jig: Sound, cuts: list[int]) -> None:
    sound = play(Synth(RATE), jig(), cuts)
    assert sound.tobytes() == whole_jig[: len(sound)].tobytes()
    assert sound.shape == (sum(cuts), 2) and sound.dtype == np.float32


@pytest.mark.parametrize("start", every(3, [1, 0, 100, BLOCK - 1, BLOCK, 1000]))
@pytest.mark.parametrize("timbre", every(2, list(TIMBRES)))
def test_a_note_begins_at_its_frame(timbre: str, start: int) -> None:
    sound = play(alone(timbre), [(start, on(69))], [4096])
    assert not sound[:start].any()
    assert sound[start : start + 4].any()


def reached(timbre: str, pitch: int) -> int:
    """The pitch, moved by octaves into what an instrument that is plucked or struck has."""
    if (ring := TIMBRES[timbre].layers[0].ring) is not None:
        while pitch > ring.high + 3:
            pitch -= 12
    return pitch


@pytest.mark.parametrize("timbre", every(2, list(TIMBRES)))
@pytest.mark.parametrize("pitch", every(3, [55, 62, 69, 81]))
def test_pitch_within_3_cents(timbre: str, pitch: int) -> None:
    pitch = reached(timbre, pitch)
    sound = play(alone(timbre), [(0, on(pitch))], [84_000])[12_000:, 0]
    expected = 440 * 2 ** ((pitch - 69) / 12)
    assert abs(1200 * np.log2(strongest(sound, expected) / expected)) < 3


@pytest.mark.parametrize("timbre", every(3, list(TIMBRES)))
def test_pitch_is_true_at_another_rate(timbre: str) -> None:
    synth = Synth(44_100, {1: ChannelSound(timbre)})
    key = reached(timbre, 69)
    sound = play(synth, [(0, on(key))], [84_000])[12_000:, 0]
    expected = 440 * 2 ** ((key - 69) / 12) * RATE / 44_100
    assert abs(1200 * np.log2(strongest(sound, expected) / expected)) < 3


@pytest.mark.parametrize("timbre", every(2, list(TIMBRES)))
@pytest.mark.parametrize("pitch", every(3, [50, 62, 74, 86]))
def test_levels_are_alike(timbre: str, pitch: int) -> None:
    sound = play(alone(timbre), [(0, on(reached(timbre, pitch)))], [RATE])
    low, high = (-27, -20) if timbre == "drone" else (-24, -14)  # the drone lies under the rest
    assert low < decibels(sound[: RATE // 2]) < high
    assert abs(float(sound.mean())) < 5e-4


@pytest.mark.parametrize("timbre", [name for name in TIMBRES if name != "frame drum"])
def test_no_aliases(timbre: str) -> None:
    """A high note of what has harmonics: between them, but for breath and the detuned reed, is next to nothing."""
    key = reached(timbre, 100)
    sound = play(alone(timbre), [(0, on(key, 127))], [60_000])[12_000:, 0]
    power = np.abs(np.fft.rfft(sound * np.blackman(len(sound)))) ** 2
    pitch = 440 * 2 ** ((key - 69) / 12)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    far = np.abs(hertz / pitch - np.round(hertz / pitch)) > 0.12
    ring = TIMBRES[timbre].layers[0].ring  # a stiff string's partials are a little sharp
    breath = 3e-3 if timbre in ("whistle", "drone") else 5e-4 if ring else 1e-5
    assert power[far].sum() < breath * power.sum()


@pytest.mark.parametrize("timbre", every(2, list(TIMBRES)))
def test_silence_after_release_and_no_click(timbre: str) -> None:
    key = reached(timbre, 69)
    sound = play(alone(timbre), [(0, on(key, 127)), (20_011, off(key))], [3 * RATE])
    assert not sound[-RATE // 4 :].any()
    steps = np.abs(np.diff(sound[:, 0]))
    assert steps[20_000:].max() <= steps[2000:20_000].max() * 1.1
    assert steps[:64].max() < 0.15


@pytest.mark.parametrize("end", [control(120), control(123)])
def test_all_notes_off_ends_its_channel_only(end: Message) -> None:
    events = [(0, on(62)), (0, on(69, channel=3)), (10_000, end)]
    sound = play(Synth(RATE), events, [3 * RATE])
    other = play(Synth(RATE), [(0, on(69, channel=3))], [3 * RATE])
    np.testing.assert_allclose(sound[-RATE:], other[-RATE:], atol=2e-5)


def test_silence_forgets_what_was_scheduled_and_ends_all_in_5_ms() -> None:
    synth = Synth(RATE)
    play(synth, [(0, on(62)), (0, on(50, channel=4)), (30_000, on(74))], [BLOCK * 40])
    synth.silence()
    synth.schedule(40_000, on(76))
    sound = synth.render(RATE)
    assert np.abs(np.diff(sound[:2000, 0])).max() < 0.05
    start = 40_000 - BLOCK * 40
    assert not sound[BLOCK:start].any()
    assert np.abs(sound[start : start + 4000]).max() > 0.05


def test_a_message_for_the_past_sounds_at_once() -> None:
    synth = alone("pluck")
    synth.render(10 * BLOCK)
    synth.schedule(5, on(69))
    assert synth.render(4)[:].any()


def test_off_before_its_on_at_the_same_frame_leaves_the_new_note() -> None:
    sound = play(alone("reed"), [(0, on(69)), (5000, off(69)), (5000, on(69))], [RATE])
    assert decibels(sound[RATE // 2 :]) > -26


def test_never_above_one_and_stealing_is_quiet() -> None:
    events = [(i * 50, on(40 + i, 127, 1 + i % 4)) for i in range(80)]
    synth = Synth(RATE)
    synth.level = 1.0
    sound = play(synth, events, [RATE])
    assert np.abs(sound).max() <= 1.0
    assert synth._voices.count <= NOTES
    assert np.isfinite(sound).all()


def test_24_notes_sound_at_once() -> None:
    events = [(0, on(48 + i, 40, 1)) for i in range(24)]
    sound = play(alone("whistle"), events, [RATE])[12_000:, 0]
    hertz = [440 * 2 ** ((48 + i - 69) / 12) for i in range(24)]
    shaped, turns = sound * np.hanning(len(sound)), -2j * np.pi / RATE * np.arange(len(sound))
    strength = [abs(np.exp(f * turns) @ shaped) for f in hertz]
    assert min(strength) > 0.5 * float(np.median(strength))


def test_the_limiter_leaves_soft_sound_alone_and_holds_loud_sound() -> None:
    limiter = Limiter(RATE)
    quiet = np.full((2, BLOCK), 0.7, dtype=np.float32)
    before = quiet.copy()
    limiter.apply(quiet)
    assert (quiet == before).all()
    loud = np.linspace(-50, 50, 2 * BLOCK, dtype=np.float32).reshape(2, BLOCK)
    limiter.apply(loud)
    assert np.abs(loud).max() <= 1.0


def test_volume_and_level() -> None:
    full = play(alone("reed"), [(0, on(69))], [RATE])
    half = play(alone("reed"), [(0, control(7, 50)), (0, on(69))], [RATE])
    assert decibels(half[9600:]) - decibels(full[9600:]) == pytest.approx(-12.04, abs=0.1)
    synth = alone("reed")
    synth.level = 0.4
    assert decibels(play(synth, [(0, on(69))], [RATE])) - decibels(full) == pytest.approx(-6.02, abs=0.1)


def test_pan() -> None:
    left = play(Synth(RATE, {1: ChannelSound("reed", pan=-1)}), [(0, on(69))], [RATE])
    assert decibels(left[:, 0]) - decibels(left[:, 1]) > 12  # the room answers from both sides


def test_velocity_zero_ends_and_unknown_controllers_do_nothing() -> None:
    sound = play(alone("reed"), [(0, on(69)), (1, control(70, 127)), (9000, on(69, 0))], [3 * RATE])
    assert not sound[-RATE // 2 :].any()


def test_programs_choose_the_nearest_timbre() -> None:
    assert [timbre_of_program(n) for n in (0, 21, 25, 46, 73, 78, 105, 109, 127)] == [
        "piano", "reed", "guitar", "pluck", "whistle", "whistle", "bouzouki", "drone", "whistle",
    ]  # fmt: skip
    as_program = play(Synth(RATE, {}), [(0, Message(0, "program", 1, 24)), (0, on(69))], [4800])
    assert as_program.tobytes() == play(alone("guitar"), [(0, on(69))], [4800]).tobytes()


def test_every_program_has_a_timbre_and_a_timbres_own_program_is_that_timbre() -> None:
    assert {timbre_of_program(n) for n in range(128)} == set(TIMBRES)
    assert {name: timbre_of_program(timbre.program) for name, timbre in TIMBRES.items()} == {n: n for n in TIMBRES}


def test_a_timbre_that_was_given_outlives_a_program() -> None:
    given = play(alone("reed"), [(0, Message(0, "program", 1, 24)), (0, on(69))], [4800])
    assert given.tobytes() == play(alone("reed"), [(0, on(69))], [4800]).tobytes()


def test_bad_channel_sounds_say_what_is_allowed() -> None:
    with pytest.raises(ValueError, match='"flute" is not one of whistle, pluck, reed, drone'):
        ChannelSound("flute")
    with pytest.raises(ValueError, match="level = 3"):
        ChannelSound("reed", level=3)
    with pytest.raises(ValueError, match="pan"):
        ChannelSound("reed", pan=-1.5)
    with pytest.raises(ValueError, match="rate = 1"):
        Synth(1)


def test_messages_from_another_thread_all_arrive() -> None:
    synth = alone("pluck")

    def send() -> None:
        for i in range(300):
            synth.schedule(i * 400, on(50 + i % 30))
            synth.schedule(i * 400 + 300, off(50 + i % 30))

    sender = threading.Thread(target=send)
    sender.start()
    for _ in range(500):
        synth.render(256)
    sender.join()
    assert not synth.render(2 * RATE)[-1000:].any()  # every on met its off
