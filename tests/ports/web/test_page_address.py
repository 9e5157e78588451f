"""Addresses of the page: the usual port taken, one that cannot be had, and where it can be reached."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from instrument.ports.network.addresses import PagePortError, open_page_socket, our_addresses
from tests.fakes.puppet import open_remote
from tests.fakes.web_client import get

# the socket


def test_a_taken_usual_port_is_passed_over_and_a_chosen_one_is_an_error() -> None:
    with open_page_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PagePortError, match=f"port {port} on 127.0.0.1 is taken"):
            open_page_socket("127.0.0.1", port)
    with open_page_socket("127.0.0.1", None) as one, open_page_socket("127.0.0.1", None) as other:
        assert one.getsockname()[1] != other.getsockname()[1]


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70000), ("ho..st", 0)])
def test_an_address_that_cannot_be_had_is_one_line(host: str, port: int) -> None:
    with pytest.raises(PagePortError, match="--page-") as caught:
        open_page_socket(host, port)
    assert len(str(caught.value).splitlines()) == 1


def test_our_addresses_are_none_of_loopback() -> None:
    assert not any(address.startswith("127.") or address == "::1" for address in our_addresses())


def test_the_line_for_people_names_where_it_can_be_reached(tmp_path: Path) -> None:
    puppet, remote = open_remote(tmp_path, osc_host="0.0.0.0", page_host="0.0.0.0")
    line = remote.line()
    assert f"http://127.0.0.1:{remote.page_address[1]}/" in line
    assert all(f"{address}:{remote.page_address[1]}" in line for address in our_addresses() if ":" not in address)
    assert get(remote, "/", Host=f"{socket.gethostname()}:{remote.page_address[1]}")[0] == 200
    remote.close()
    assert puppet.done == []
