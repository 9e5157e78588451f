"""Fixtures of OSC: a server over loopback, a client of it, and the instrument that it turns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from instrument.ports.osc.server import OscServer
from tests.fakes.osc_client import Client, OscRemote


@pytest.fixture
def remote() -> OscRemote:
    return OscRemote()


@pytest.fixture
def server(remote: OscRemote) -> Iterator[OscServer]:
    server = OscServer("127.0.0.1", 0, remote.on_changes, remote.on_action, remote.get)
    server.start()
    yield server
    server.close()


@pytest.fixture
def client(server: OscServer) -> Iterator[Client]:
    client = Client(server.address)
    yield client
    client.socket.close()
