"""Knobs and the controls that they turn, without ports."""

from __future__ import annotations

from instrument.controls.control import Value
from instrument.controls.knobs.knob import Knob, moved
from instrument.controls.knobs.knob_map import Done, Knobs
from instrument.controls.snapshot import Snapshot


class KnobPanel:
    """Controls, and knobs that turn them."""

    def __init__(self, *learned: Knob) -> None:
        self.knobs, self.snapshot, self.now = Knobs(learned), Snapshot(), 0.0
        self.fired: list[str] = []

    def send(self, *data: int, port: str = "keys", after: float = 2.0) -> Done:
        self.now += after
        message = moved(port, bytes(data))
        assert message is not None
        done = self.knobs.hear(message, self.now, self.snapshot.values.__getitem__)
        self.snapshot = self.snapshot.with_values(done.changes)
        self.fired += done.fired
        return done

    def value(self, name: str) -> Value:
        return self.snapshot.values[name]
