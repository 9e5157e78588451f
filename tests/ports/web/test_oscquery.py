"""OSCQuery of the page's server: the tree of every address, over HTTP and over a WebSocket."""

from __future__ import annotations

import json
from typing import Any

from pythonosc.osc_message import OscMessage

from instrument import __version__
from instrument.controls.table import CONTROLS
from instrument.ports.osc.addresses import ADDRESSES, READABLE
from instrument.ports.remote import Remote
from instrument.ports.web.oscquery import tree
from tests.fakes.puppet import Puppet
from tests.fakes.web_client import LIMIT, asked, get, opened

# OSCQuery


def test_the_tree_has_every_address(served: tuple[Puppet, Remote]) -> None:
    puppet, _ = served
    found: dict[str, Any] = {}

    def walk(node: dict[str, Any]) -> None:
        found[node["FULL_PATH"]] = node
        for name, child in node.get("CONTENTS", {}).items():
            assert child["FULL_PATH"].rsplit("/", 1)[1] == name
            walk(child)

    walk(tree(puppet.get))
    assert set(ADDRESSES) <= set(found)
    assert all({"TYPE", "VALUE", "ACCESS", "DESCRIPTION"} <= set(found[address]) for address in READABLE)
    bpm = found["/lilt/clock/bpm"]
    assert bpm["RANGE"] == [{"MIN": 20, "MAX": 300}]
    assert (bpm["TYPE"], bpm["ACCESS"], bpm["CLIPMODE"]) == ("f", 3, ["both"])
    assert found["/lilt/tune/meter"]["RANGE"] == [{"VALS": list(CONTROLS["tune.meter"].choices)}]


def test_oscquery_over_http(served: tuple[Puppet, Remote]) -> None:
    puppet, remote = served
    host = asked(remote, "/?HOST_INFO")
    assert (host["OSC_IP"], host["OSC_PORT"]) == remote.osc.address
    assert (host["WS_PORT"], host["EXTENSIONS"]["LISTEN"]) == (remote.page_address[1], True)
    assert __version__ in host["NAME"]
    puppet.change([("clock.bpm", 99.0)])
    assert asked(remote, "/lilt/clock/bpm?VALUE") == {"VALUE": [99.0]}
    assert asked(remote, "/lilt/clock/bpm")["VALUE"] == [99.0]
    assert set(asked(remote, "/lilt/clock")["CONTENTS"]) >= {"bpm"}
    assert get(remote, "/lilt/nowhere")[0] == 404
    assert get(remote, "/lilt/clock/bpm?COLOUR")[0] == 400
    assert get(remote, "/lilt/clock?VALUE")[0] == 204


def test_oscquery_listens_over_a_websocket(served: tuple[Puppet, Remote]) -> None:
    puppet, remote = served
    with opened(remote, "/") as client:
        client.send("no json")
        client.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/lilt/nowhere"}))
        client.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/lilt/clock/bpm"}))
        first = OscMessage(client.recv(timeout=LIMIT))
        assert (first.address, first.params) == ("/lilt/clock/bpm", [112.0])
        puppet.change([("tune.seed", 9), ("clock.bpm", 99.0)])
        second = OscMessage(client.recv(timeout=LIMIT))
        assert (second.address, second.params) == ("/lilt/clock/bpm", [99.0])
        client.send(json.dumps({"COMMAND": "IGNORE", "DATA": "/lilt/clock/bpm"}))
        client.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/lilt/tune/seed"}))
        third = OscMessage(client.recv(timeout=LIMIT))
        assert (third.address, third.params) == ("/lilt/tune/seed", [9])
