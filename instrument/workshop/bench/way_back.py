"""Response to undo: from an OSC packet that undoes, redoes, lends, loops or plays again to the first bar it brings.

What is timed ends when the conductor hears of the bar, from the player where it was remembered, from the thinker where
it had to be thought. Undoing what was turned long ago is timed apart: what was not heard has to be composed first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from pythonosc.udp_client import SimpleUDPClient

from instrument.controls.control import Value
from instrument.controls.requests import Laid
from instrument.music.events import Span
from instrument.playing.messages import Announced
from instrument.playing.time.clock import SystemClock
from instrument.rig.conductor import Conductor

WAIT = 10.0  #: seconds after which a bar is lost
APART = 0.5  #: seconds between a change and its undoing
FAR = 9  #: bars between them, for what was turned long ago
Say = Callable[[str], None]
Message = tuple[str, Value]


class WayBackListener:
    """Hears what is planned anew. `heard` runs on the conductor's thread, the rest on the bench's."""

    def __init__(self, conductor: Conductor) -> None:
        self.conductor, self.clock = conductor, SystemClock()
        self.client = SimpleUDPClient(*conductor.osc_address)
        self._plan, self._announced = 0, 0
        self._arrived = threading.Event()
        self._at = 0.0
        conductor.listen(Span, self.heard)
        conductor.listen(Laid, self.laid)
        conductor.listen(Announced, self.announced)

    def heard(self, span: Span) -> None:
        if span.plan > self._plan:
            self._plan = span.plan
            self._came()

    def laid(self, laid: Laid) -> None:
        self._came()

    def announced(self, announced: Announced) -> None:
        self._announced += 1

    def _came(self) -> None:
        if not self._arrived.is_set():
            self._at = self.clock.now()
            self._arrived.set()

    def pause(self, seconds: float) -> None:
        self.clock.sleep_until(self.clock.now() + seconds)

    def bars(self, count: int) -> None:
        """Until so many bars more have been announced."""
        wanted, ends = self._announced + count, self.clock.now() + WAIT * count
        while self._announced < wanted and self.clock.now() < ends:
            self.pause(0.02)

    def send(self, address: str, value: Value) -> float:
        """Milliseconds from the packet to the bar."""
        self._arrived.clear()
        sent = self.clock.now()
        self.client.send_message(address, value)
        if not self._arrived.wait(WAIT):
            raise RuntimeError(f"{address}: nothing came of it in {WAIT:g} s")
        return 1000 * (self._at - sent)


def bench_back(conductor: Conductor, say: Say, rounds: int = 8, far: int = 4) -> dict[str, float]:
    """Figures `control.back_*`. rounds: of each action; far: of undoing what was turned long ago."""
    ear = WayBackListener(conductor)
    waits: dict[str, list[float]] = {}

    def timed(name: str, address: str, value: Value = 1) -> None:
        waits.setdefault(name, []).append(ear.send(address, value))
        ear.pause(APART)

    for number in range(rounds):
        ear.send("/lilt/tune/temperature", 1.02 + number / 100)
        ear.pause(APART)
        timed("undo", "/lilt/undo")
        timed("redo", "/lilt/redo")
        ear.client.send_message("/lilt/temp", 1)
        ear.send("/lilt/tune/temperature", 0.6)
        ear.pause(APART)
        timed("temp", "/lilt/temp", 0)
        timed("stay", "/lilt/tune/stay", number % 2 == 0)
        ear.client.send_message("/lilt/tune/new", 1)
        ear.bars(2)
        timed("tune_back", "/lilt/tune/back")
        ear.bars(1)
        for name, bar in (("to", 1), ("from", 1)):
            ear.client.send_message(f"/lilt/loop/{name}", bar)
        timed("loop", "/lilt/loop/on", True)
        timed("loop_off", "/lilt/loop/on", False)
        ear.send("/lilt/loop/on", True)
        ear.client.send_message("/lilt/tune/temperature", 1.2 + number / 100)  # it waits, and is composed behind
        ear.pause(APART)
        timed("loop_off_turned", "/lilt/loop/on", False)
    for number in range(far):
        ear.send("/lilt/tune/temperature", 0.9 - number / 100)
        ear.bars(FAR)
        timed("undo_far", "/lilt/undo")
    near = [wait for name, each in waits.items() if name != "undo_far" for wait in each]
    figures = {f"control.back_{name}_p95_ms": float(np.percentile(each, 95)) for name, each in waits.items()}
    figures |= {
        "control.back_p50_ms": float(np.percentile(near, 50)), "control.back_p95_ms": float(np.percentile(near, 95)),
    }  # fmt: skip
    each = ", ".join(f"{name} {figures[f'control.back_{name}_p95_ms']:.1f}" for name in waits)
    say(f"to the first bar at the 95th percentile, in ms: {each}")
    say(f"the way back: {figures['control.back_p50_ms']:.1f} ms to the first bar in the median, "
        f"{figures['control.back_p95_ms']:.1f} ms at the 95th percentile")  # fmt: skip
    return figures
