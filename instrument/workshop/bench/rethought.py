"""Delay from an OSC packet to recomposed music: a whole rig, real UDP, n = 3 and beta = 8, a control turned again and
again.

What is timed ends when the conductor hands the first bar of the new plan to the player, whose pipe takes it from there.
A bar is what the thinker delivers at a time, so the first event that is thought anew comes with its bar.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from pythonosc.udp_client import SimpleUDPClient

from instrument.controls.control import Value
from instrument.controls.explanations import Thought
from instrument.files.patch import find
from instrument.music.events import Span
from instrument.playing.time.clock import SystemClock
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig

EVERY = 0.4  #: seconds between turns, and up to half of it more
LEAST = 20  #: turns
PATIENCE = 20.0  #: seconds for a thinker that is still loading
Say = Callable[[str], None]


def bench_rethought(seconds: int, say: Say) -> dict[str, float]:
    """Figures `tree.osc_to_rethought_*_ms` and `tree.bar12_ms`. blocks: `seconds`, and some to start."""
    trees: dict[str, list[tuple[str, Value]]] = {
        "": [("search.tuple", 3), ("search.beam", 8)], "grown_": [("search.joint", 0.9)],
    }  # fmt: skip
    figures: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        rig = Rig(silent=True, dry=True, recordings=Path(folder), osc_port=0)
        conductor = Conductor(find("first"), rig, lambda line: None, seed=1)
        conductor.change(trees[""])
        ear = Ear(conductor)
        performance = threading.Thread(target=conductor.run)
        performance.start()
        try:
            ear.wait_for_music()
            for name, controls in trees.items():
                conductor.change(controls)
                waits, bars = ear.turns(seconds / len(trees))
                figures |= {
                    f"tree.osc_to_rethought_{name}p50_ms": median(waits), f"tree.{name}bar12_ms": median(bars),
                    f"tree.osc_to_rethought_{name}p95_ms": float(np.percentile(waits, 95)),
                }  # fmt: skip
        finally:
            conductor.stop()
            performance.join(10)
    say(f"from OSC to a bar composed anew {figures['tree.osc_to_rethought_p95_ms']:.0f} ms at the 95th percentile")
    return figures


class Ear:
    """Hears what the thinker hands over. `heard` runs on the conductor's thread, the rest on the bench's."""

    def __init__(self, conductor: Conductor) -> None:
        self.conductor, self.clock = conductor, SystemClock()
        self.plan, self.arrived, self.tokens = 0, 0.0, 0
        conductor.listen(Span, self.heard)
        conductor.listen(Thought, self.thought)

    def heard(self, span: Span) -> None:
        if span.plan > self.plan:
            self.plan, self.arrived, self.tokens = span.plan, self.clock.now(), 0

    def thought(self, thought: Thought) -> None:
        if thought.plan == self.plan and not self.tokens:
            self.tokens = len(thought.choices)

    def wait_for_music(self) -> None:
        """Raises RuntimeError where none comes."""
        ends = self.clock.now() + PATIENCE
        while not any(span.source == "composed" for span in self.conductor.announced):
            if self.clock.now() > ends:
                raise RuntimeError(f"the thinker has said nothing in {PATIENCE:g} s; run: lilt doctor")
            self.clock.sleep_until(self.clock.now() + 0.05)

    def turns(self, seconds: float) -> tuple[list[float], list[float]]:
        """Turn the temperature for so long. Milliseconds from packet to bar, and the same for a bar of 12 tokens."""
        client, chance = SimpleUDPClient(*self.conductor.osc_address), np.random.default_rng(1)
        waits, bars = list[float](), list[float]()
        ends = self.clock.now() + seconds
        while self.clock.now() < ends or len(waits) < LEAST:
            self.clock.sleep_until(self.clock.now() + EVERY * (1 + chance.random() / 2))
            before, sent = self.plan, self.clock.now()
            value: Value = 1.0 + 0.01 * (len(waits) % 7 + 1)
            client.send_message("/lilt/tune/temperature", value)
            while self.plan == before and self.clock.now() < sent + PATIENCE:
                self.clock.sleep_until(self.clock.now() + 0.001)
            waits.append(1000 * (self.arrived - sent))
            self.clock.sleep_until(self.clock.now() + 0.05)
            if self.tokens:
                bars.append(waits[-1] * 12 / self.tokens)
        return waits, bars
