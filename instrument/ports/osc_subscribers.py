"""Who is told of changes over OSC, and of which. Fed with the time; sends nothing, waits for nobody.

A subscriber hears of an address only when its value is another than it knows, at most so often, and not while its own
finger is on that fader: from its own change on, QUIET seconds. After that it hears what is in force, if that differs
from what it set. It is forgotten LEASE seconds after its last packet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from instrument.controls.control import Value
from instrument.ports.osc_addresses import HEARTBEAT, LEASE, STATUS
from instrument.ports.osc_request import Set, Subscribe, name_at, value_at

Client = tuple[Any, ...]  #: (host, port), and two more in IPv6
Get = Callable[[str], Value]
Row = tuple[str, tuple[Value, ...]]  #: an address and its arguments

QUIET = 0.3  #: seconds
BEAT = 1.0  #: seconds between heartbeats
MOST = 64  #: subscribers


@dataclass(slots=True)
class _Subscriber:
    owner: Client
    addresses: tuple[str, ...]
    every: float
    ends: float
    due: float = 0.0
    beat: float = 0.0
    known: dict[str, Value] = field(default_factory=dict)
    held: dict[str, float] = field(default_factory=dict)  # by name: until when its finger is on it


class Subscribers:
    """thread: one at a time (the owner locks). blocks: never."""

    def __init__(self, get: Get) -> None:
        """get: the value now of a control or reading, by name."""
        self._get = get
        self._all: dict[Client, _Subscriber] = {}  # by where they listen

    def __len__(self) -> int:
        return len(self._all)

    def subscribe(self, client: Client, to: Client, wish: Subscribe, now: float) -> None:
        """Tell `to` of changes from now on, beginning with how everything stands. Anew: in place of what was asked."""
        self._all.pop(to, None)
        self._all[to] = _Subscriber(client, wish.addresses, 1 / wish.rate, now + LEASE)
        while len(self._all) > MOST:
            del self._all[next(iter(self._all))]

    def unsubscribe(self, to: Client) -> None:
        self._all.pop(to, None)

    def heard(self, client: Client, now: float) -> None:
        """A packet came from there: its leases begin again."""
        for one in self._all.values():
            if one.owner == client:
                one.ends = now + LEASE

    def turned(self, client: Client, change: Set, now: float) -> None:
        """A control was set from there: its own feedback waits, and it need not be told what it said itself."""
        for one in self._all.values():
            if one.owner == client:
                one.held[change.name] = now + QUIET
                if not change.said:
                    one.known[change.address] = value_at(change.address, change.value)
                else:
                    one.known.pop(change.address, None)

    def due(self, now: float) -> list[tuple[Client, list[Row]]]:
        """What is to be sent now, and to whom."""
        for to in [to for to, one in self._all.items() if one.ends <= now]:
            del self._all[to]
        found = [(to, self._rows(one, now)) for to, one in self._all.items()]
        return [(to, rows) for to, rows in found if rows]

    def next(self, now: float) -> float:
        """When to look again though nothing is turned: a heartbeat, a finger lifted, a pause between changes over."""
        times = [now + BEAT]
        for one in self._all.values():
            times += [one.beat, *(max(one.due, until) for until in one.held.values())]
            times += [one.due] if one.due > now else []  # what was turned since it was told the last time
        return max(now + 0.001, min(times))

    def _rows(self, one: _Subscriber, now: float) -> list[Row]:
        rows: list[Row] = []
        if now >= one.due:
            one.held = {name: until for name, until in one.held.items() if until > now}
            for address in one.addresses:
                name = name_at(address)
                if name not in one.held:
                    value = value_at(address, self._get(name))
                    if address not in one.known or one.known[address] != value:
                        one.known[address] = value
                        rows.append((address, (value,)))
            if rows:
                one.due = now + one.every
        if now >= one.beat:
            one.beat = now + BEAT
            rows.append((STATUS, tuple(self._get(name) for name in HEARTBEAT)))
        return rows
