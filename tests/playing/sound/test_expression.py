"""Bend, pressure, modulation and breath: they reach the voice that the keys sound, and no touch silences anybody."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from instrument.controls.snapshot import Snapshot
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player
from instrument.playing.schedule.route import Route
from instrument.playing.sound.channel_sound import ChannelSound
from instrument.playing.sound.synth import Renderer, Synth
from instrument.ports.audio.soundfont import SoundFont
from tests.fakes.band import bar_of

FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
RATE = 48_000
ENGINES = ("synth", *(name for name in ("tinysoundfont", "fluidsynth") if importlib.util.find_spec(name)))


def renderer(name: str, monkeypatch: pytest.MonkeyPatch) -> Renderer:
    if name == "synth":
        return Synth(RATE, {1: ChannelSound("reed", 0.8)})
    if name == "fluidsynth":
        monkeypatch.setitem(__import__("sys").modules, "tinysoundfont", None)
    font = SoundFont(FONT, RATE, {1: ChannelSound("reed", 0.8)})
    font.schedule(0, Message(0, "program", 1, 16))
    return font


def after(one: Renderer, *messages: Message) -> np.ndarray:
    """Half a second of a held note behind these."""
    for message in messages:
        one.schedule(one.frame, message)
    one.render(RATE // 10)
    return one.render(RATE // 2).mean(1)


def rms(sound: np.ndarray) -> float:
    return float(np.sqrt((sound**2).mean()))


def hertz(sound: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 18))
    low, high = (round(f * (1 << 18) / RATE) for f in (200, 320))
    return (low + int(np.argmax(spectrum[low:high]))) * RATE / (1 << 18)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "touch", [Message(0, "pressure", 1, n) for n in (7, 11, 120, 123)] + [Message(0, "touch", 1, 7, 0)]
)
def test_no_pressure_silences_a_channel(engine: str, touch: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    one = renderer(engine, monkeypatch)
    before = rms(after(one, Message(0, "on", 1, 60, 100)))
    assert rms(after(one, touch)) > 0.7 * before > 0


@pytest.mark.parametrize("engine", ENGINES)
def test_bend_is_two_semitones_and_comes_back(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = renderer(engine, monkeypatch)
    rest = hertz(after(one, Message(0, "on", 1, 60, 100)))
    up = hertz(after(one, Message(0, "bend", 1, 127, 127)))
    assert 12 * np.log2(up / rest) == pytest.approx(2.0, abs=0.1)
    assert hertz(after(one, Message(0, "bend", 1, 0, 64))) == pytest.approx(rest, rel=0.003)


@pytest.mark.parametrize("engine", ENGINES)
def test_breath_is_loudness_and_never_silence_and_panic_is_rest(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = renderer(engine, monkeypatch)
    full = rms(after(one, Message(0, "on", 1, 60, 100)))
    quiet = rms(after(one, Message(0, "control", 1, 2, 0)))
    assert 0.2 * full < quiet < 0.7 * full
    one.silence()
    one.render(RATE)
    assert rms(after(one, Message(0, "on", 1, 60, 100))) == pytest.approx(full, rel=0.1)


def narrow(sound: np.ndarray) -> float:
    """Of what sounds around middle C, the share within four hertz of its strongest."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 18)) ** 2
    hz = np.arange(len(power)) * RATE / (1 << 18)
    near = (hz > 200) & (hz < 320)
    peak = hz[near][np.argmax(power[near])]
    return float(power[near & (abs(hz - peak) < 4)].sum() / power[near].sum())


@pytest.mark.parametrize("touch", [Message(0, "pressure", 1, 127), Message(0, "control", 1, 1, 127)])
def test_pressure_and_modulation_make_the_synth_wobble(touch: Message) -> None:
    synth = Synth(RATE, {1: ChannelSound("pluck", 0.8)})
    straight = narrow(after(synth, Message(0, "on", 1, 60, 100)))
    assert narrow(after(synth, touch)) < 0.8 * straight


@pytest.mark.parametrize("engine", ENGINES[1:])
@pytest.mark.parametrize("back", [(Message(0, "pressure", 1, 0), Message(0, "control", 1, 1, 0)),
                                  (Message(0, "control", 1, 121, 0), Message(0, "pressure", 1, 0))])  # fmt: skip
@pytest.mark.parametrize("touch", [Message(0, "pressure", 1, 127), Message(0, "control", 1, 1, 127)])
def test_a_soundfont_wobbles_too_and_is_straight_again(
    engine: str, touch: Message, back: tuple[Message, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = renderer(engine, monkeypatch)
    straight = after(one, Message(0, "on", 1, 60, 100))
    touched = after(one, touch)
    assert narrow(touched) < 0.9 * narrow(straight)
    again = after(one, *back)
    assert narrow(again) > 0.97 * narrow(straight)
    assert rms(again) == pytest.approx(rms(straight), rel=0.1)


def test_pressure_makes_tinysoundfont_louder_whatever_the_volume(monkeypatch: pytest.MonkeyPatch) -> None:
    one = renderer("tinysoundfont", monkeypatch)
    for volume in (60, 90):
        quiet = rms(after(one, Message(0, "control", 1, 7, volume), Message(0, "on", 1, 60, 100)))
        assert 1.3 * quiet < rms(after(one, Message(0, "pressure", 1, 127))) < 1.7 * quiet
        assert rms(after(one, Message(0, "pressure", 1, 0))) == pytest.approx(quiet, rel=0.1)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_members_note_sounds_as_its_manager_and_bends_by_itself(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = renderer(engine, monkeypatch)
    straight = after(one, Message(0, "on", 1, 60, 100))
    one.schedule(one.frame, Message(0, "off", 1, 60))
    one.render(RATE)
    alike = after(one, Message(0, "zone", 1, 4), Message(0, "on", 3, 60, 100))
    assert hertz(alike) == pytest.approx(hertz(straight), rel=0.003)
    assert rms(alike) == pytest.approx(rms(straight), rel=0.1)
    up = after(one, Message(0, "bend", 3, 0, 68))
    assert 12 * np.log2(hertz(up) / hertz(straight)) == pytest.approx(3.0, abs=0.1)


def test_what_the_keys_sound_gets_their_expression() -> None:
    routes = {"melody": Route(("out",), 1), "soprano": Route(("out",), 3)}
    player = Player(routes, Snapshot(), [bar_of(60)])
    heard = [player.hear(ReceivedMidi(0.5, "keys", bytes(data))).messages for data in (
        (0x95, 72, 90), (0xE5, 0, 100), (0xD5, 60), (0xA5, 72, 50), (0xB5, 1, 90), (0xB5, 2, 40), (0xB5, 7, 0),
    )]  # fmt: skip
    assert [[(m.kind, m.channel, m.number, m.value) for m in messages] for messages in heard] == [
        [("on", 3, 72, 90)], [("bend", 3, 0, 100)], [("pressure", 3, 60, 0)], [("touch", 3, 72, 50)],
        [("control", 3, 1, 90)], [("control", 3, 2, 40)], [],
    ]  # fmt: skip
    rest = [(m.kind, m.number, m.value) for m in player.unhear("keys", 1.0).messages]
    assert ("bend", 0, 64) in rest and ("pressure", 0, 0) in rest and ("control", 1, 0) in rest


def test_without_a_voice_of_their_own_the_keys_express_nothing() -> None:
    player = Player({"melody": Route(("out",), 1)}, Snapshot(), [bar_of(60)])
    assert not player.hear(ReceivedMidi(0.5, "keys", b"\xe0\x00\x50")).messages
