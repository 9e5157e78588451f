"""Sound out without a sound card: the line between clock and frames, faults, and what is said when nothing is there."""

from __future__ import annotations

import builtins
import random
import sys
import threading
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from instrument.playing.midi.output_message import Message
from instrument.playing.sound.synth import Synth
from instrument.playing.time.clock import ManualClock
from instrument.ports.audio import sound_card
from instrument.ports.audio.sound_card import AudioOutput, FrameLine, NoAudio


def follow(line: FrameLine, pace: float, seconds: float, jitter: float) -> list[float]:
    """A card that really runs at `pace` frames a second and calls late by up to `jitter` s: errors in ms."""
    chance, frame, errors = random.Random(1), 0, []
    while frame < pace * seconds:
        now = frame / pace
        line.add(now + chance.random() * jitter, frame)
        errors.append((line.frame_at(now + 0.03) / pace - now - 0.03) * 1000)
        frame += 128
    return errors


def test_the_line_smooths_late_callbacks() -> None:
    errors = np.array(follow(FrameLine(48_000, 0.0, 0), 48_000, 20, 0.003)[3750:])
    assert np.abs(errors).max() < 2.2  # they are late by 1.5 ms on average, evenly
    assert errors.std() < 0.2  # of 0.87


def test_the_line_finds_the_cards_true_pace() -> None:
    errors = np.array(follow(FrameLine(48_000, 0.0, 0), 48_000 * 1.0005, 20, 0.0)[3750:])
    assert np.abs(errors).max() < 0.05


def test_the_line_starts_afresh_after_a_suspend() -> None:
    line = FrameLine(48_000, 0.0, 0)
    follow(line, 48_000, 2, 0.0)
    line.add(3600.0, 96_128)
    assert line.frame_at(3600.5) == 96_128 + 24_000


def test_a_callback_fills_and_never_raises() -> None:
    clock, synth = ManualClock(5.0), Synth()
    output = AudioOutput(synth, clock, "card")
    assert output.frame_at(6.0) == 48_000
    synth.schedule(0, Message(0, "on", 1, 69, 80))
    out = np.ones((480, 2), dtype=np.float32)
    output.fill(out, 480)
    clock.advance(0.01)
    output.fill(out, 480)
    assert out.any() and synth.frame == 960
    assert output.frame_at(5.02) == 960
    assert output.faults == 0
    synth.render = lambda frames: 1 / 0  # type: ignore[assignment, return-value]
    output.fill(out, 480)
    assert not out.any() and output.faults == 1


def test_closing_does_not_wait_for_a_driver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_card, "CLOSE_LIMIT", 0.01)
    never = threading.Event()
    output = AudioOutput(Synth(), ManualClock())
    output.fill(np.zeros((64, 2), dtype=np.float32), 64)
    output.start(SimpleNamespace(start=list, latency=0.0, abort=never.wait, close=list))
    assert output.latency == 64 / 48_000
    output.close()
    output.close()
    never.set()


def test_a_card_that_asks_for_nothing_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_card, "FIRST_LIMIT", 0.01)
    output = AudioOutput(Synth(), ManualClock(), "card")
    with pytest.raises(NoAudio, match='"card" opens but does not play'):
        output.start(SimpleNamespace(start=list, latency=0.0, abort=list, close=list))


class Sounddevice(ModuleType):
    """sounddevice with some cards. refuse: what opening says."""

    class PortAudioError(Exception):
        pass

    def __init__(self, cards: list[tuple[str, str, int]], refuse: str = "") -> None:
        super().__init__("sounddevice")
        apis = list(dict.fromkeys(api for api, _, _ in cards))
        self.cards = [
            {"index": i, "name": name, "max_output_channels": n, "default_samplerate": 44100.0}
            for i, (_, name, n) in enumerate(cards)
        ]
        self.apis = [
            {"name": api, "default_output_device": next(i for i, c in enumerate(cards) if c[0] == api)} for api in apis
        ]
        self.default = SimpleNamespace(device=(-1, 0 if cards else -1))
        self.looked, self.refuse, self.asked = 0, refuse, {}

    def query_devices(self) -> Any:
        return self.cards

    def query_hostapis(self) -> Any:
        return self.apis

    def _terminate(self) -> None: ...

    def _initialize(self) -> None:
        self.looked += 1

    def OutputStream(self, **asked: Any) -> Any:
        if self.refuse:
            raise self.PortAudioError(self.refuse)
        self.asked = asked
        out, well = np.zeros((64, 2), dtype=np.float32), SimpleNamespace(output_underflow=False)
        return SimpleNamespace(
            start=lambda: asked["callback"](out, 64, None, well), abort=list, close=list, latency=0.01
        )


def use(monkeypatch: pytest.MonkeyPatch, cards: list[tuple[str, str, int]], refuse: str = "") -> Sounddevice:
    module = Sounddevice(cards, refuse)
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    monkeypatch.setattr(sys, "platform", "linux")
    return module


CARDS = [("ALSA", "HDA Analog", 2), ("ALSA", "microphone", 0), ("JACK Audio Connection Kit", "system", 2)]


def test_jack_comes_first_where_its_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, CARDS)
    output = sound_card.open_output(Synth(), ManualClock())
    assert (output.name, output.latency) == ("system", 0.01)
    assert [fake.asked[name] for name in ("device", "blocksize", "latency")] == [2, 0, "low"]
    assert sound_card.outputs() == ["HDA Analog", "system"]
    assert sound_card.default_rate() == 44_100


def test_a_card_by_number_or_part_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CARDS)
    assert sound_card.open_output(Synth(), ManualClock(), device="hda").name == "HDA Analog"
    assert sound_card.open_output(Synth(), ManualClock(), device=2).name == "system"
    with pytest.raises(NoAudio, match='no sound card matches "usb"') as missing:
        sound_card.open_output(Synth(), ManualClock(), device="usb")
    assert str(missing.value).endswith('Found: "HDA Analog", "system".')


def test_no_card_is_one_line_after_a_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, [])
    with pytest.raises(NoAudio, match=r"no sound card found\. .*jackd") as missing:
        sound_card.open_output(Synth(), ManualClock())
    assert "\n" not in str(missing.value) and fake.looked == 1
    assert sound_card.outputs() == []


def test_a_card_that_refuses_says_what_it_prefers(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, CARDS, "Invalid sample rate [PaErrorCode -9997]\nmore")
    with pytest.raises(NoAudio, match=r'"system" does not open at 48000 .*-9997.*: it prefers 44100') as missing:
        sound_card.open_output(Synth(), ManualClock())
    assert "\n" not in str(missing.value)
    with pytest.raises(NoAudio, match="asked for 96000"):
        sound_card.open_output(Synth(), ManualClock(), rate=96_000)


@pytest.mark.parametrize(
    ("error", "mend"),
    [(OSError("not found"), "apt install libportaudio2"), (ImportError("no"), "pip install sounddevice")],
)
def test_a_missing_library_is_one_line(monkeypatch: pytest.MonkeyPatch, error: Exception, mend: str) -> None:
    usual = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "sounddevice":
            raise error
        return usual(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NoAudio, match=mend):
        sound_card.open_output(Synth(), ManualClock())
    assert sound_card.outputs() == []
