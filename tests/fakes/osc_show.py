"""An OSC server fed packet by packet in virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from instrument.playing.time.clock import ManualClock
from instrument.ports.osc.server import OscServer
from tests.fakes.osc_client import OscRemote

WALL = 1_790_000_000.0  #: seconds since 1970, when our clock says 100


SENDER = ("127.0.0.1", 50000)


class Show:
    """A server that is never started: packets are put in by hand, turns are made by hand."""

    def __init__(self) -> None:
        self.remote, self.clock = OscRemote(), ManualClock(100.0)
        self.server = OscServer(
            "127.0.0.1", 0, self.remote.on_changes, self.remote.on_action, self.remote.get, clock=self.clock,
            wall=lambda: WALL + self.clock.now() - 100.0,
        )  # fmt: skip
        self.sent: list[bytes] = []
        self.server._server.send = lambda data, to: self.sent.append(data)  # type: ignore[method-assign]

    def take(self, data: bytes) -> None:
        self.server.take(data, SENDER)

    def after(self, seconds: float) -> list[Any]:
        """What has been done once so many seconds have passed, in turns of a millisecond."""
        ends = self.clock.now() + seconds
        while self.clock.now() < ends - 1e-9:
            self.clock.advance(0.001)
            self.server.turn()
            self.server.tell()
        return self.remote.all_told()


@pytest.fixture
def show() -> Iterator[Show]:
    show = Show()
    yield show
    show.server.close()
