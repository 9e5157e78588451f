"""Subscribers over OSC: who is told of which changes. Fed with the time; sends nothing, waits for nobody.

A subscriber hears of an address only when its value is another than it knows, at most so often, and not while its own
finger is on that fader: from its own change on, QUIET seconds. After that it hears what is in force, if that differs
from what it set. It is forgotten LEASE seconds after its last packet, and never to make room for others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from instrument.controls.control import Value
from instrument.ports.osc.addresses import EVENTS, HEARTBEAT, LEASE, STATUS
from instrument.ports.osc.request import Set, Subscribe, name_at, value_at

Client = tuple[Any, ...]  #: (host, port), and two more in IPv6
Get = Callable[[str], Value]
Row = tuple[str, tuple[Value, ...]]  #: an address and its arguments

QUIET = 0.3  #: seconds
BEAT = 1.0  #: seconds between heartbeats
MOST = 64  #: subscribers
NEWS = 64  #: events that wait for one subscriber
MOST_OF_ONE = 8  #: of one sender: its oldest makes room


@dataclass(frozen=True, slots=True)
class Due:
    """What one subscriber is to be sent. bundled: several in a packet."""

    to: Client
    rows: list[Row]
    bundled: bool


@dataclass(slots=True)
class _Subscriber:
    owner: Client
    to: Client
    addresses: tuple[str, ...]
    every: float
    bundled: bool
    ends: float
    due: float = 0.0
    beat: float = 0.0
    events: tuple[str, ...] = ()
    news: list[Row] = field(default_factory=list)  # events that it is still to be told
    known: dict[str, Value] = field(default_factory=dict)
    held: dict[str, float] = field(default_factory=dict)  # by name: until when its finger is on it

    def belongs_to(self, client: Client) -> bool:
        """Whether that sender asked for it, or is where it goes."""
        return client in (self.owner, self.to)


class Subscribers:
    """Subscribers over OSC. thread: one at a time (the owner locks). blocks: never."""

    def __init__(self, get: Get) -> None:
        """get: the value now of a control or reading, by name."""
        self._get = get
        self._all: dict[Client, _Subscriber] = {}  # by where they listen

    def __len__(self) -> int:
        return len(self._all)

    def subscribe(self, client: Client, to: Client, request: Subscribe, now: float) -> None:
        """Tell `to` of changes from now on, beginning with how everything stands. Anew: in place of what was asked.

        Raises ValueError, one line, where there are MOST others.
        """
        self._forget(now)
        own = [at for at, one in self._all.items() if one.owner == client and at != to]
        for at in own[: max(0, len(own) + 1 - MOST_OF_ONE)]:
            del self._all[at]
        if to not in self._all and len(self._all) >= MOST:
            raise ValueError(f"there are {MOST} subscribers already; try again in a minute")
        self._all.pop(to, None)
        values = tuple(address for address in request.addresses if address not in EVENTS)
        events = tuple(address for address in request.addresses if address in EVENTS)
        self._all[to] = _Subscriber(client, to, values, 1 / request.rate, request.bundled, now + LEASE, events=events)

    def unsubscribe(self, to: Client) -> None:
        self._all.pop(to, None)

    def heard(self, client: Client, now: float) -> None:
        """A packet came from there: its leases begin again."""
        for one in self._all.values():
            if one.belongs_to(client):
                one.ends = now + LEASE

    def turned(self, client: Client, change: Set, now: float) -> None:
        """A control was set from there: its own feedback waits, and it need not be told what it said itself."""
        for one in self._all.values():
            if one.belongs_to(client):
                one.held[change.name] = now + QUIET
                if not change.said:
                    one.known[change.address] = value_at(change.address, change.value)
                else:
                    one.known.pop(change.address, None)

    def happened(self, address: str, arguments: tuple[Value, ...]) -> None:
        """Something that comes once, not a value: told with what is due next, the newest NEWS of it."""
        for one in self._all.values():
            if address in one.events:
                one.news = [*one.news[1 - NEWS :], (address, arguments)]

    def due(self, now: float) -> list[Due]:
        """What is to be sent now, and to whom."""
        self._forget(now)
        values: dict[str, Value] = {}
        found = [Due(one.to, self._rows(one, now, values), one.bundled) for one in self._all.values()]
        return [due for due in found if due.rows]

    def _forget(self, now: float) -> None:
        for to in [to for to, one in self._all.items() if one.ends <= now]:
            del self._all[to]

    def next(self, now: float) -> float:
        """When to look again though nothing is turned: a heartbeat, a finger lifted, a pause between changes over."""
        times = [now + BEAT]
        for one in self._all.values():
            times += [one.beat, *(max(one.due, until) for until in one.held.values())]
            times += [one.due] if one.due > now else []  # what was turned since it was told the last time
        return max(now + 0.001, min(times))

    def _rows(self, one: _Subscriber, now: float, values: dict[str, Value]) -> list[Row]:
        """values: by address, what has been looked up for the others."""
        rows, one.news = one.news, []
        told = len(rows)
        if now >= one.due:
            one.held = {name: until for name, until in one.held.items() if until > now}
            for address in one.addresses:
                name = name_at(address)
                if name not in one.held:
                    if address not in values:
                        values[address] = value_at(address, self._get(name))
                    value = values[address]
                    if address not in one.known or one.known[address] != value:
                        one.known[address] = value
                        rows.append((address, (value,)))
            if len(rows) > told:
                one.due = now + one.every
        if now >= one.beat:
            one.beat = now + BEAT
            rows.append((STATUS, tuple(self._get(name) for name in HEARTBEAT)))
        return rows
