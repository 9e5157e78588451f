"""Microphone check of `doctor --mic`: a quiet room, a loud one, a player, a dumb device, in virtual time."""

from __future__ import annotations

import numpy as np

from instrument.commands.microphone.doctor import PLAYED, QUIET, Row, measured
from instrument.controls.devices.microphone import Microphone
from instrument.playing.time.clock import Bell, ManualClock
from instrument.ports.microphone.capture import Blocks, NoMicrophone

RATE, PERIOD = 48_000, 480


class Device:
    name, rate, latency, alive = "flute", RATE, 0.004, True

    def close(self) -> None:
        self.alive = False


class Played(ManualClock):
    """A clock in which sound comes in while somebody sleeps: a room, then notes of half a second."""

    def __init__(self, noise: float, gain: float) -> None:
        super().__init__(10.0)
        self.blocks: Blocks | None = None
        self._noise, self._gain, self._random = noise, gain, np.random.default_rng(1)

    def sleep_until(self, due: float, bell: Bell | None = None) -> None:
        self.advance(PERIOD / RATE)
        at = self.now() - 10.1 - QUIET  # they begin a moment after they are asked to
        sound = self._random.normal(0, self._noise, PERIOD)
        if at > 0 and at % 0.5 < 0.4:
            hertz = 440 * 2 ** ((74 + 2 * (int(at / 0.5) % 3) - 69) / 12)
            sound = sound + self._gain * np.sin(2 * np.pi * hertz * (at + np.arange(PERIOD) / RATE))
        if self.blocks is not None:
            self.blocks.put(sound.astype(np.float32), RATE)


def told(noise: float, gain: float, silent: bool = False) -> dict[str, Row]:
    clock = Played(noise, gain)

    def opened(device: str | None, blocks: Blocks) -> Device:
        clock.blocks = None if silent else blocks
        return Device()

    lines: list[str] = []
    rows = measured(Microphone(None, "flute"), lines.append, clock, opened)
    assert len(lines) == 2
    return {row[0]: row for row in rows}


def test_a_good_microphone_is_well_and_its_notes_are_counted() -> None:
    rows = told(0.0005, 0.2)
    assert all(row[1] for row in rows.values() if row[0] != "mic.latency")
    notes = int(rows["mic.level"][2].rsplit(";", 1)[1].split()[0])
    assert abs(notes - PLAYED / 0.5) <= 1
    assert "the room is at -66 dB" in rows["mic.noise"][2]


def test_a_noisy_room_and_a_player_far_away_are_said_with_their_mend() -> None:
    rows = told(0.02, 0.02)
    assert not rows["mic.noise"][1] and "fans" in rows["mic.noise"][3]
    assert not rows["mic.level"][1] and "nearer" in rows["mic.level"][3]


def test_one_that_is_overdriven_is_said() -> None:
    assert not told(0.0005, 1.2)["mic.level"][1]


def test_one_that_gives_no_sound_is_one_line() -> None:
    rows = told(0.0, 0.0, silent=True)
    assert list(rows) == ["mic"] and "gives no sound" in rows["mic"][2]


def test_one_that_is_not_there_is_one_line() -> None:
    def missing(device: str | None, blocks: Blocks) -> Device:
        raise NoMicrophone("no microphone found.")

    assert measured(Microphone(), str, ManualClock(), missing)[0][:3] == ("mic", False, "no microphone found.")
