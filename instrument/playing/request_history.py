"""Controls of earlier requests, by the request's number: what a planned bar was composed with.

Kept for as long as a bar of that request is remembered, announced or not, at most `KEPT` of them. A bar whose request
has been forgotten counts as composed with the newest controls before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from instrument.controls.snapshot import Snapshot

KEPT = 256  #: requests


class RequestHistory:
    """History of requests and their controls. thread: the player's. blocks: never."""

    def __init__(self, first: Snapshot) -> None:
        """first: the controls of request 0, which is the opening's."""
        self._controls = {0: first}

    def __len__(self) -> int:
        return len(self._controls)

    def __iter__(self) -> Iterator[int]:
        return iter(self._controls)

    def controls(self, number: int) -> Snapshot:
        """What request `number` was made with, or the newest before it; the oldest known where there is none."""
        found = max((n for n in self._controls if n <= number), default=min(self._controls))
        return self._controls[found]

    def add(self, number: int, snapshot: Snapshot, needed: Iterable[int]) -> None:
        """Another request. needed: the numbers of those whose bars are still about; the others are forgotten."""
        self._controls[number] = snapshot
        kept = sorted({number, *needed} & self._controls.keys())[-KEPT:]
        self._controls = {n: self._controls[n] for n in kept}
