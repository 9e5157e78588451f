"""The OSC server: every control and action of the tables over UDP, answered, and changes told to those who ask.

The addresses are in `instrument.ports.osc_addresses`. Nothing that arrives stops the server or the music: what
cannot be obeyed changes nothing and is answered with `/lilt/error address reason`. The messages of a bundle are
applied together: first all controls in one call, then actions, then answers; the broken ones among them are left
out. Time tags are ignored, so a laptop with a wrong clock cannot hold us up.

Replies go to the sending port. `/lilt/reply_port 9000` sends them to port 9000 of that host instead, for clients that
cannot listen where they send from (Max, oscsend): to a sender that has not asked itself, they then go to both.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg

from instrument import __version__
from instrument.controls.control import Value
from instrument.playing.clock import Bell, Clock, SystemClock
from instrument.ports.osc_addresses import CLIPPED, ERROR, listing
from instrument.ports.osc_door import DEFAULT_HOST, DEFAULT_PORT, Allowed, Client, OscPortError, open_door
from instrument.ports.osc_packet import Argument, Fault, Message, read_packet
from instrument.ports.osc_request import Ask, Do, Get, Load, Request, Set, Subscribe, name_at, understand, value_at
from instrument.ports.osc_subscribers import Row, Subscribers

__all__ = ["DEFAULT_HOST", "DEFAULT_PORT", "OscPortError", "OscServer"]

MOST_CLIENTS = 64  #: whose reply ports we remember
LONGEST = 300  #: characters of an address or reason in an error
APART = 0.004  #: seconds between two changes that are handed on; what comes between is one change
FULL = 1200  #: bytes of a bundle; more go into another, so that each fits a packet of a wireless network


class OscServer:
    """Listens from construction on, answers from `start()` on, until `close()`.

    on_changes: takes [(dotted name, checked value)], all to be applied as one change before it returns
    on_action: takes an action's dotted name; get: the value now of a control or reading
    All three are called in the server's threads, one change at a time.
    """

    def __init__(
        self,
        host: str,
        port: int,
        on_changes: Callable[[list[tuple[str, Value]]], None],
        on_action: Callable[[str], None],
        get: Callable[[str], Value],
        allowed: Allowed | None = None,
        clock: Clock | None = None,
        load: Callable[[str], None] | None = None,
    ) -> None:
        """port: 0..65535, 0 for any free one. Raises OscPortError if it cannot be had.

        load: plays the patch of that name, or raises ValueError, one line
        """
        self._on_changes, self._on_action, self._get = on_changes, on_action, get
        self._reply_ports: dict[Client, int] = {}  # by sender (host, port), and by host (host,)
        self._clock, self._bell, self._lock = clock or SystemClock(), Bell(), threading.Lock()
        self._subscribers = Subscribers(get)  # under the lock
        self._open, self._load = True, load
        self.overheard: Callable[[bytes, Client], None] | None = None  #: is told of every datagram, before it is read
        self._waiting: list[tuple[str, Value]] = []  # changes to be handed on, under the second lock
        self._handed, self._handing = float("-inf"), threading.Lock()
        self._server = open_door(host, port, self.take, allowed or Allowed())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="osc", daemon=True)
        self._teller = threading.Thread(target=self._tell_on, name="osc feedback", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """(host, port) listened on."""
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def start(self) -> None:
        """Begin to answer, in daemon threads. Once only."""
        self._thread.start()
        self._teller.start()

    def turned(self) -> None:
        """Something has been turned or read anew, by any hand: subscribers hear of it. Any thread; never blocks."""
        self._bell.ring()

    def close(self) -> None:
        """Stop listening. thread: any but the server's. blocks: a second at most, even if a callback hangs."""
        self._open = False
        self._bell.ring()
        if self._thread.is_alive():
            threading.Thread(target=self._server.shutdown, daemon=True).start()
            self._thread.join(timeout=0.9)
        self._server.server_close()

    # to the subscribers

    def tell(self) -> float:
        """Send the subscribers what is due; returns when to look again (seconds), though nothing is turned."""
        now = self._clock.now()
        if self._waiting and now >= self._handed + APART:
            self._hand_on()
        with self._lock:
            due = self._subscribers.due(now)
            following = self._subscribers.next(now)
        if self._waiting:
            following = min(following, self._handed + APART)
        for to, rows in due:
            for data in _bundles(rows):
                with suppress(OSError):
                    self._server.socket.sendto(data, to)
        return following

    def _tell_on(self) -> None:
        while self._open:
            following = self._clock.now() + 1.0
            with suppress(Exception):  # a bug of ours must not end the thread
                following = self.tell()
            self._clock.sleep_until(following, self._bell)

    # one packet, in the server's thread

    def take(self, data: bytes, client: Client) -> None:
        try:
            if self.overheard is not None:
                self.overheard(data, client)
            self._obey(read_packet(data), client)
        except Exception as error:  # a bug of ours must not end the thread: say it and go on
            self._reply(client, ERROR, "", f"internal fault: {type(error).__name__}: {error}"[:LONGEST])

    def _obey(self, messages: list[Message | Fault], client: Client) -> None:
        with self._lock:
            self._subscribers.heard(client, self._clock.now())
        asked: list[Request | Fault] = []
        for message in messages:
            asked += [message] if isinstance(message, Fault) else understand(message)
        for request in asked:
            if isinstance(request, Fault):
                self._reply(client, ERROR, request.address[:LONGEST], request.reason[:LONGEST])
        self._set([request for request in asked if isinstance(request, Set)], client)
        if any(not isinstance(request, Set | Fault) for request in asked):
            self._hand_on()  # what is done and answered comes after what was turned
        for request in asked:
            if isinstance(request, Do):
                self._on_action(request.name)
        for request in asked:
            if isinstance(request, Get):
                self._reply(client, request.address, value_at(request.address, self._get(name_at(request.address))))
            elif isinstance(request, Subscribe):
                self._subscribe(request, client)
            elif isinstance(request, Load):
                self._play(request, client)
            elif isinstance(request, Ask):
                self._answer(request, client)

    def _play(self, request: Load, client: Client) -> None:
        try:
            if self._load is None:
                raise ValueError("no patch can be played here")
            self._load(request.name)
        except ValueError as error:
            self._reply(client, ERROR, "/lilt/patch/load", " ".join(str(error).split())[:LONGEST])

    def _set(self, changes: list[Set], client: Client) -> None:
        if not changes:
            return
        with self._handing:
            self._waiting += [(change.name, change.value) for change in changes]
        if self._clock.now() >= self._handed + APART:
            self._hand_on()
        with self._lock:
            for change in changes:
                self._subscribers.turned(client, change, self._clock.now())
        self.turned()
        for change in changes:
            if change.said:
                self._reply(client, CLIPPED, change.address, value_at(change.address, change.value), change.said)

    def _hand_on(self) -> None:
        """What was turned, as one change: a single move at once, a flood every few milliseconds. In either thread."""
        with self._handing:
            changes, self._waiting = self._waiting, []
            if changes:
                self._handed = self._clock.now()
                self._on_changes(changes)

    def _subscribe(self, wish: Subscribe, client: Client) -> None:
        with self._lock:
            self._subscribers.subscribe(client, self._listener(client, wish.port), wish, self._clock.now())
        self._reply(client, "/lilt/subscribed", len(wish.addresses))
        self.turned()

    def _answer(self, request: Ask, client: Client) -> None:
        if request.address == "/lilt/ping":
            self._reply(client, "/lilt/pong")
        elif request.address == "/lilt/version":
            self._reply(client, request.address, __version__)
        elif request.address == "/lilt/sync":
            self._reply(client, "/lilt/synced", request.number)
        elif request.address == "/lilt/reply_port":
            self._remember(client, request.number)
        elif request.address == "/lilt/unsubscribe":
            with self._lock:
                self._subscribers.unsubscribe(self._listener(client, request.number))
        elif request.address == "/lilt/list":
            rows = listing()
            for row in rows:
                self._reply(client, request.address, *row)
            self._reply(client, "/lilt/listed", len(rows))

    def _listener(self, client: Client, port: int) -> Client:
        """Where a client hears: on that port, or where its replies go."""
        return (client[0], port or self._reply_ports.get(client[:2], client[1]), *client[2:])

    def _remember(self, client: Client, port: int) -> None:
        for sender in (client[:2], client[:1]):
            self._reply_ports.pop(sender, None)
            if port:
                self._reply_ports[sender] = port
        while len(self._reply_ports) > 2 * MOST_CLIENTS:
            del self._reply_ports[next(iter(self._reply_ports))]  # the one not heard from the longest

    def _reply(self, client: Client, address: str, *arguments: Argument) -> None:
        """Send to the sender's reply ports; one that cannot be reached is no matter of ours."""
        data = _message(address, arguments).dgram
        asked = self._reply_ports.get(client[:2])
        ports = {asked} if asked else {client[1], self._reply_ports.get(client[:1], client[1])}
        for port in ports:
            with suppress(OSError):
                self._server.socket.sendto(data, (client[0], port, *client[2:]))


def _message(address: str, arguments: tuple[Argument, ...]) -> OscMessage:
    """Truth as 1 and 0, which every surface reads."""
    return build_msg(address, [int(value) if isinstance(value, bool) else value for value in arguments])


def _bundles(rows: list[Row]) -> Iterator[bytes]:
    """Rows as bundles of moderate size."""
    builder, size = OscBundleBuilder(IMMEDIATELY), 0
    for address, arguments in rows:
        message = _message(address, arguments)
        if size and size + message.size > FULL:
            yield builder.build().dgram
            builder, size = OscBundleBuilder(IMMEDIATELY), 0
        builder.add_content(message)
        size += message.size + 4
    if size:
        yield builder.build().dgram
