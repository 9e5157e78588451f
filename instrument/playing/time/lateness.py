"""Lateness of messages that leave: a bounded record, and its percentiles."""

from __future__ import annotations

from array import array

KEPT = 200_000  #: samples; older ones are overwritten


class Lateness:
    """Lateness record. thread: the player's. `add` allocates nothing."""

    def __init__(self) -> None:
        self._samples = array("d", (0.0,)) * KEPT  # the memory is taken at once, and not while it plays
        self._count = 0
        self._worst = 0.0

    def add(self, seconds: float) -> None:
        self._samples[self._count % KEPT] = seconds
        self._count += 1
        self._worst = max(self._worst, seconds)

    def worst(self) -> float:
        """Seconds; the worst since the last asking."""
        worst, self._worst = self._worst, 0.0
        return worst

    def figures(self) -> dict[str, float]:
        """Milliseconds: p50, p99, p99.9 and max; and how many messages. Empty where there were none."""
        if not self._count:
            return {}
        import numpy as np  # here: watches keep such a record too, and have no other use for it

        samples = np.frombuffer(self._samples, count=min(self._count, KEPT)) * 1000
        p50, p99, p999 = np.percentile(samples, (50, 99, 99.9))
        return {
            "late_p50_ms": float(p50), "late_p99_ms": float(p99), "late_p999_ms": float(p999),
            "late_max_ms": float(samples.max()), "messages": float(self._count),
        }  # fmt: skip
