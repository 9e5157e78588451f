"""The tree of OSCQuery, browsed by clients that others wrote: python-oscquery, and `oscquery` from npm."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pythonoscquery.osc_query_client import OSCQueryClient
from zeroconf import ServiceInfo

from instrument.controls.table import ACTIONS, CONTROLS
from instrument.ports.osc.addresses import ADDRESSES, CONTROL_AT, READING_AT
from instrument.ports.remote import Remote
from tests.fakes import npm_packages
from tests.fakes.puppet import Puppet, open_remote

pytestmark = [pytest.mark.realtime, pytest.mark.peers]
LIMIT = 60.0  #: seconds


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[tuple[Puppet, Remote]]:
    puppet, remote = open_remote(tmp_path)
    yield puppet, remote
    remote.close()


def client(remote: Remote) -> OSCQueryClient:
    kind = "_oscjson._tcp.local."
    where = [socket.inet_aton("127.0.0.1")]
    return OSCQueryClient(ServiceInfo(kind, f"Lilt.{kind}", port=remote.page_address[1], addresses=where))


def test_python_oscquery_browses_the_whole_tree(stage: tuple[Puppet, Remote]) -> None:
    puppet, remote = stage
    browser = client(remote)
    host = browser.get_host_info()
    assert host is not None
    assert (host.osc_ip, host.osc_port, host.osc_transport) == (*remote.osc.address, "UDP")
    root = browser.query_node("/")
    assert root is not None
    leaves: dict[str, Any] = {}

    def walk(node: Any) -> None:
        for child in node.contents or []:
            walk(child)
        if not node.contents:
            leaves[node.full_path] = node

    walk(root)
    assert set(leaves) == set(ADDRESSES) - {"/lilt/note"}, "which holds others besides"
    for address, control in CONTROL_AT.items():
        assert leaves[address].value == [puppet.snapshot.values[control.name]]
        assert leaves[address].description == control.help
    puppet.change([("clock.bpm", 99.0)])
    node = browser.query_node("/lilt/clock/bpm")
    assert node is not None and node.value == [99.0]
    assert browser.query_node("/lilt/nowhere") is None


@pytest.mark.skipif(not npm_packages.there(), reason="node and npm are not installed (Debian: nodejs, npm)")
def test_the_client_from_npm_browses_the_whole_tree(stage: tuple[Puppet, Remote]) -> None:
    _, remote = stage
    npm_packages.installed()
    command = ["node", str(npm_packages.FOLDER / "browse.js"), str(remote.page_address[1])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, cwd=npm_packages.FOLDER)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["host"]["oscIp"], told["host"]["oscPort"]) == remote.osc.address
    found = told["found"]
    assert set(found) >= set(ADDRESSES) - {"/lilt/note"}
    valued = set(ADDRESSES) - {"/lilt/note"}  # which holds others
    assert all(found[address]["children"] == 0 for address in valued), "what has a value holds nothing"
    bpm = found["/lilt/clock/bpm"]["arguments"][0]
    assert (bpm["type"], bpm["value"], bpm["range"]["min"], bpm["range"]["max"]) == ("f", 112, 20, 300)
    assert {found[action.address]["arguments"][0]["type"] for action in ACTIONS.values()} == {"N"}
    assert found["/lilt/tune/meter"]["arguments"][0]["range"]["vals"] == list(CONTROLS["tune.meter"].choices)
    assert all(found[address]["arguments"] for address in READING_AT)
