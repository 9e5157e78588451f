"""The remote control as a whole: OSC, the page and the announcement of both belong together."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
from zeroconf import ServiceBrowser, ServiceStateChange, Zeroconf

from instrument.ports.network.addresses import PagePortError, our_addresses
from instrument.ports.osc.socket import OscPortError
from instrument.ports.remote import Remote
from instrument.ports.remote_setup import RemoteSetup
from tests.fakes.osc_client import Client
from tests.fakes.puppet import Puppet, eventually, open_remote


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[tuple[Puppet, Remote]]:
    puppet, remote = open_remote(tmp_path)
    yield puppet, remote
    remote.close()


def test_a_patch_is_played_by_its_name(stage: tuple[Puppet, Remote]) -> None:
    puppet, remote = stage
    client = Client(remote.osc.address)
    assert client.ask("/lilt/patch/load", "jig") == []
    assert (puppet.snapshot.values["tune.meter"], remote.playing) == ("6/8", "jig")
    assert puppet.snapshot.seed != 0, "a patch's 0 draws a seed"
    before = puppet.snapshot
    for name in ("jog", "../first", ""):
        ((address, (about, reason)),) = client.ask("/lilt/patch/load", name)
        assert (address, about) == ("/lilt/error", "/lilt/patch/load")
        assert reason.startswith(f'there is no patch "{name}"; there is ')
    assert client.ask("/lilt/patch/load", 3)[0][0] == "/lilt/error"
    assert puppet.snapshot == before
    client.socket.close()


def test_a_taken_port_is_said_before_anything_starts(stage: tuple[Puppet, Remote], tmp_path: Path) -> None:
    _, remote = stage
    book = tmp_path / "tunebook.abc"
    with pytest.raises(OscPortError):
        Remote(RemoteSetup(osc_port=remote.osc.address[1], page_port=0, tunebook=book), Puppet(), "first")
    with pytest.raises(PagePortError):
        Remote(RemoteSetup(osc_port=0, page_port=remote.page_address[1], tunebook=book), Puppet(), "first")
    with pytest.raises(ValueError, match="--osc-allow"):
        Remote(RemoteSetup(osc_port=0, page_port=0, allow=("the tablet",), tunebook=book), Puppet(), "first")


def test_closed_before_it_was_open_and_closed_twice(tmp_path: Path) -> None:
    puppet = Puppet()
    remote = Remote(RemoteSetup(osc_port=0, page_port=0, tunebook=tmp_path / "book.abc"), puppet, "first")
    remote.close()
    remote.close()


@pytest.mark.parametrize(
    ("hosts", "told"),
    [
        ({}, []),
        ({"osc_host": "0.0.0.0"}, ["_osc._udp.local."]),
        ({"page_host": "0.0.0.0"}, ["_oscjson._tcp.local."]),
    ],
)
def test_only_what_others_can_reach_is_told_to_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hosts: dict[str, str], told: list[str]
) -> None:
    import zeroconf

    opened: list[object] = []
    monkeypatch.setattr(zeroconf, "Zeroconf", lambda **given: opened.append(given) or Registry())
    _, remote = open_remote(tmp_path, announce=True, **hosts)
    assert eventually(lambda: remote._advert is not None)
    advert = remote._advert
    assert advert is not None
    if told:
        advert._thread.join(5.0)
    remote.close()
    assert [kind for kind, _, _ in advert.told] == told
    assert len(opened) == bool(told), "no socket of multicast without a reason"


class Registry:
    """Takes what is told, and tells nobody."""

    def register_service(self, info: object) -> None: ...

    def close(self) -> None: ...


@pytest.mark.realtime
def test_zeroconf_tells_where_we_are_and_takes_it_back(tmp_path: Path) -> None:
    told: queue.Queue[tuple[str, str, ServiceStateChange]] = queue.Queue()

    def hear(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        told.put((service_type, name, state_change))

    listener = Zeroconf(interfaces=["127.0.0.1"])
    kinds = ["_oscjson._tcp.local.", "_osc._udp.local."]
    ServiceBrowser(listener, kinds, handlers=[hear])
    puppet, remote = open_remote(tmp_path, announce=True, osc_host="0.0.0.0", page_host="0.0.0.0")
    ports = {kinds[0]: remote.page_address[1], kinds[1]: remote.osc.address[1]}
    ours = {(kind, f"Lilt {port}.{kind}") for kind, port in ports.items()}
    found: set[tuple[str, str]] = set()
    while not ours <= found:
        kind, name, state = told.get(timeout=20)
        if state is ServiceStateChange.Added:
            found.add((kind, name))
    for kind, name in ours:
        info = listener.get_service_info(kind, name)
        assert info is not None
        assert (info.port, set(info.parsed_addresses())) == (ports[kind], set(our_addresses()))
    remote.close()
    gone: set[tuple[str, str]] = set()
    while not ours <= gone:
        kind, name, state = told.get(timeout=20)
        if state is ServiceStateChange.Removed:
            gone.add((kind, name))
    listener.close()
    assert puppet.said == []


def test_what_an_advert_cannot_do_hurts_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import zeroconf

    def fail(*_: object, **__: object) -> None:
        raise OSError("no multicast here")

    monkeypatch.setattr(zeroconf, "Zeroconf", fail)
    puppet, remote = open_remote(tmp_path, announce=True, page_host="0.0.0.0")
    assert eventually(lambda: remote._advert is not None and not remote._advert._thread.is_alive() and puppet.said)
    assert puppet.said == ["zeroconf does not work here (OSError); clients must be told the address"]
    remote.close()


def test_only_a_tune_that_is_there_and_whole_can_be_had_again(tmp_path: Path) -> None:
    (tmp_path / "tunebook.abc").write_text(
        'X:1\n%lilt {"seed": 5, "controls": {"clock.bpm": 99}}\nX:2\n%lilt {"seed": 6, "controls": {"clock.bpm": 0}}\n'
    )
    puppet, remote = open_remote(tmp_path)
    assert eventually(lambda: len(remote.keeper.tunes) == 2)
    before = puppet.snapshot
    assert remote.tunes() is remote.tunes(), "made when the book is looked at, not each time that a page asks"
    for number in (-1, 0, 3):
        remote.again(number)
    remote.again(2)
    assert eventually(lambda: len(puppet.said) == 4)
    assert puppet.snapshot is before
    assert puppet.said[:3] == [f"there is no kept tune {number}; the book holds 2" for number in (-1, 0, 3)]
    assert puppet.said[3].startswith("tune 2 cannot be had again: ") and "clock.bpm = 0 is outside" in puppet.said[3]
    remote.again(1)
    assert eventually(lambda: (puppet.snapshot.seed, puppet.snapshot.number("clock.bpm")) == (5, 99.0))
    remote.close()


def test_a_tune_that_its_owner_has_moved_meanwhile_is_not_taken_for_another(tmp_path: Path) -> None:
    book = tmp_path / "tunebook.abc"
    first, second = 'X:1\n%lilt {"seed": 5}\n', 'X:2\n%lilt {"seed": 6}\n'
    book.write_text(first + second)
    puppet, remote = open_remote(tmp_path)
    assert eventually(lambda: len(remote.keeper.tunes) == 2)
    before = puppet.snapshot
    book.write_text(second + first)
    remote.again(1)
    assert eventually(lambda: puppet.said)
    assert "its tune 1 is another; choose again" in puppet.said[0] and puppet.snapshot is before
    assert [row["seed"] for row in remote.tunes()] == [6, 5], "and the page shows what there is"
    remote.again(1)
    assert eventually(lambda: puppet.snapshot.seed == 6)
    remote.close()
