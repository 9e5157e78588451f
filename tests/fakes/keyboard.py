"""Players for the player's process: a thread that plays keys as a MIDI driver would, and hears what comes out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

from instrument.playing.messages import PlayerSetup, Said
from instrument.playing.time.clock import Clock
from instrument.ports.midi.input import MidiInput
from instrument.ports.outputs import Midi
from instrument.ports.player_process import Loop, run
from tests.fakes.wire import Wire


class Driver(Wire):
    """Both ends of both cables, for as long as it lasts. down: (channel 1..16, note) that sound."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.down: set[tuple[int, int]] = set()

    def send_message(self, data: list[int]) -> None:
        key = (data[0] & 15) + 1, data[1]
        if data[0] & 0xF0 == 0x90 and data[2]:
            self.down.add(key)
        elif data[0] & 0xF0 in (0x80, 0x90):
            self.down.discard(key)

    def key(self, pitch: int, velocity: int = 80) -> None:
        self.arrive(0x90, pitch, velocity)

    def wait(self, seconds: float) -> None:
        self.clock.sleep_until(self.clock.now() + seconds)


def _playing(
    line: Connection, setup: PlayerSetup, tapes: Sequence[Connection], perform: Callable[[Loop, Driver], None]
) -> None:
    def fit(loop: Loop) -> None:
        driver = Driver(loop.clock)
        port = next(output for output in loop.outputs if isinstance(output, Midi)).port
        port.wire = driver
        MidiInput(driver, "keys", "keys", loop.inbox)
        threading.Thread(target=perform, args=(loop, driver), daemon=True).start()

    run(line, setup, tapes, fit)


def steady(line: Connection, setup: PlayerSetup, tapes: Sequence[Connection]) -> None:
    """A scale up and down for ever, five notes a second; says how many keys sound a moment after each."""

    def perform(loop: Loop, driver: Driver) -> None:
        while True:
            for pitch in (67, 69, 71, 72, 74, 72, 71, 69):
                driver.key(pitch)
                driver.wait(0.15)
                loop.line.send(Said(f"sounding {len(driver.down)}"))
                driver.key(pitch, 0)
                driver.wait(0.05)

    _playing(line, setup, tapes, perform)


def flood(line: Connection, setup: PlayerSetup, tapes: Sequence[Connection]) -> None:
    """2,000 notes in two seconds; then one that is held; says what sounds with it, and what after all is over."""

    def perform(loop: Loop, driver: Driver) -> None:
        driver.wait(2.0)
        begun = driver.clock.now()
        for n in range(2000):
            driver.clock.sleep_until(begun + n / 1000)
            driver.key(60 + n % 20)
            driver.key(60 + n % 20, 0)
        driver.wait(0.1)
        driver.key(72)
        driver.wait(0.2)
        loop.line.send(Said(f"with it {sorted(driver.down)}"))
        driver.key(72, 0)
        driver.wait(4.0)
        loop.line.send(Said(f"after it {sorted(driver.down)}"))

    _playing(line, setup, tapes, perform)
