"""OSC server as it runs: floods, faults of ours, its port, and its end."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from instrument.ports.osc.server import OscServer
from instrument.ports.osc.socket import DEFAULT_HOST, DEFAULT_PORT, OscPortError
from tests.fakes.osc_client import LIMIT, Client, OscRemote

# a flood


def test_a_flood_is_handed_on_in_few_changes_and_every_value_in_order(client: Client, remote: OscRemote) -> None:
    for seed in range(60):
        client.send("/lilt/tune/seed", seed)
    assert client.until_sync() == []
    told = remote.all_told()
    assert [change for one in told for change in one] == [("tune.seed", seed) for seed in range(60)]
    assert told[0] == [("tune.seed", 0)], "the first at once"


def test_the_last_of_a_flood_is_handed_on_by_itself(client: Client, remote: OscRemote) -> None:
    for seed in range(60):
        client.send("/lilt/tune/seed", seed)
    while remote.told.get(timeout=LIMIT)[-1] != ("tune.seed", 59):
        pass


def test_what_is_done_and_asked_comes_after_what_was_turned(client: Client, remote: OscRemote) -> None:
    for seed in range(20):
        client.send("/lilt/tune/seed", seed)
        client.send("/lilt/tune/new")
        assert client.ask("/lilt/get", "/lilt/tune/seed") == [("/lilt/tune/seed", (seed,))]
    told = remote.all_told()
    assert told == [one for seed in range(20) for one in ([("tune.seed", seed)], "tune.new")]


# faults of ours, and the end


def test_a_callback_that_fails_is_answered_and_the_server_goes_on() -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("the string broke")

    server = OscServer("127.0.0.1", 0, fail, fail, fail)
    server.start()
    client = Client(server.address)
    for address, arguments in (("/lilt/tune/seed", [1]), ("/lilt/panic", []), ("/lilt/get", ["/lilt/tune/seed"])):
        assert client.ask(address, *arguments) == [
            ("/lilt/error", ("", "internal fault: RuntimeError: the string broke"))
        ]
    server.close()
    client.socket.close()


def test_closing_does_not_wait_for_a_callback_that_hangs() -> None:
    entered, leave = threading.Event(), threading.Event()

    def hang(_: str) -> None:
        entered.set()
        leave.wait(LIMIT)

    server = OscServer("127.0.0.1", 0, lambda changes: None, hang, lambda name: 0)
    server.start()
    client = Client(server.address)
    client.send("/lilt/panic")
    assert entered.wait(LIMIT)
    closing = threading.Thread(target=server.close)
    closing.start()
    closing.join(1.5)
    assert not closing.is_alive()
    leave.set()
    server.close()  # again is harmless
    client.socket.close()


def test_a_server_never_started_closes() -> None:
    OscServer("127.0.0.1", 0, lambda changes: None, lambda name: None, lambda name: 0).close()


def test_a_taken_port_is_one_line_with_the_fix(server: OscServer) -> None:
    host, port = server.address
    with pytest.raises(OscPortError) as caught:
        OscServer(host, port, lambda changes: None, lambda name: None, lambda name: 0)
    assert str(caught.value) == (
        f"OSC port {port} on 127.0.0.1 is taken, perhaps by another Lilt; choose another with --osc-port {port + 1}"
    )


@pytest.mark.parametrize(("host", "port", "fix"), [("127.0.0.1", 70000, "--osc-port"), ("192.0.2.1", 0, "--osc-host")])
def test_an_address_that_cannot_be_had_is_one_line(host: str, port: int, fix: str) -> None:
    with pytest.raises(OscPortError, match=fix) as caught:
        OscServer(host, port, lambda changes: None, lambda name: None, lambda name: 0)
    assert "\n" not in str(caught.value)


def test_by_default_only_this_machine_is_heard() -> None:
    assert (DEFAULT_HOST, DEFAULT_PORT) == ("127.0.0.1", 9127)
