"""The OSC server: every control and action of the tables over UDP, answered to the sender.

The addresses are in `instrument.ports.osc_request`. Nothing that arrives stops the server or the music: what cannot be
obeyed changes nothing and is answered with `/lilt/error address reason`. The messages of a bundle are applied together:
first all controls in one call, then actions, then answers; the broken ones among them are left out. Time tags
are ignored, so a laptop with a wrong clock cannot hold us up.

Replies go to the sending port. `/lilt/reply_port 9000` sends them to port 9000 of that host instead, for clients that
cannot listen where they send from (Max, oscsend): to a sender that has not asked itself, they then go to both.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_message_builder import build_msg
from pythonosc.osc_server import BlockingOSCUDPServer

from instrument import __version__
from instrument.controls.control import Value
from instrument.ports.osc_packet import Argument, Fault, Message, read_packet
from instrument.ports.osc_request import ERROR, Ask, Do, Get, Read, Set, listing, understand

DEFAULT_HOST = "127.0.0.1"  #: this machine only; 0.0.0.0 lets tablets in
DEFAULT_PORT = 9127
MOST_CLIENTS = 64  #: whose reply ports we remember
LONGEST = 300  #: characters of an address or reason in an error

Client = tuple[Any, ...]  #: (host, port), and two more in IPv6


class OscPortError(OSError):
    """The address cannot be listened on. Its text is one line with the likely fix."""


class OscServer:
    """Listens from construction on, answers from `start()` on, until `close()`.

    on_changes: takes [(dotted name, checked value)], all to be applied as one change before it returns
    on_action: takes an action's dotted name; get: the value now of a control or reading
    All three are called in the server's thread.
    """

    def __init__(
        self,
        host: str,
        port: int,
        on_changes: Callable[[list[tuple[str, Value]]], None],
        on_action: Callable[[str], None],
        get: Callable[[str], Value],
    ) -> None:
        """port: 0..65535, 0 for any free one. Raises OscPortError if it cannot be had."""
        self._on_changes, self._on_action, self._get = on_changes, on_action, get
        self._reply_ports: dict[Client, int] = {}  # by sender (host, port), and by host (host,)
        self._server = _listen(host, port, self._take)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="osc", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """(host, port) listened on."""
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def start(self) -> None:
        """Begin to answer, in a daemon thread. Once only."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening. thread: any but the server's. blocks: a second at most, even if a callback hangs."""
        if self._thread.is_alive():
            threading.Thread(target=self._server.shutdown, daemon=True).start()
            self._thread.join(timeout=0.9)
        self._server.server_close()

    # one packet, in the server's thread

    def _take(self, data: bytes, client: Client) -> None:
        try:
            self._obey(read_packet(data), client)
        except Exception as error:  # a bug of ours must not end the thread: say it and go on
            self._reply(client, ERROR, "", f"internal fault: {type(error).__name__}: {error}"[:LONGEST])

    def _obey(self, messages: list[Message | Fault], client: Client) -> None:
        asked = [message if isinstance(message, Fault) else understand(message) for message in messages]
        for request in asked:
            if isinstance(request, Fault):
                self._reply(client, ERROR, request.address[:LONGEST], request.reason[:LONGEST])
        if changes := [(request.name, request.value) for request in asked if isinstance(request, Set)]:
            self._on_changes(changes)
        for request in asked:
            if isinstance(request, Do):
                self._on_action(request.name)
        for request in asked:
            if isinstance(request, Get):
                self._answer_get(request, client)
            elif isinstance(request, Read):
                self._tell(client, request.address, self._get(request.name))
            elif isinstance(request, Ask):
                self._answer(request, client)

    def _answer_get(self, request: Get, client: Client) -> None:
        value = self._get(request.control.name)
        if request.fader:
            value = request.control.to_fader(value)
        self._tell(client, request.address, value)

    def _tell(self, client: Client, address: str, value: Value) -> None:
        self._reply(client, address, int(value) if isinstance(value, bool) else value)

    def _answer(self, request: Ask, client: Client) -> None:
        if request.address == "/lilt/ping":
            self._reply(client, "/lilt/pong")
        elif request.address == "/lilt/version":
            self._reply(client, request.address, __version__)
        elif request.address == "/lilt/sync":
            self._reply(client, "/lilt/synced", request.number)
        elif request.address == "/lilt/reply_port":
            self._remember(client, request.number)
        elif request.address == "/lilt/list":
            rows = listing()
            for row in rows:
                self._reply(client, request.address, *row)
            self._reply(client, "/lilt/listed", len(rows))

    def _remember(self, client: Client, port: int) -> None:
        for sender in (client[:2], client[:1]):
            self._reply_ports.pop(sender, None)
            if port:
                self._reply_ports[sender] = port
        while len(self._reply_ports) > 2 * MOST_CLIENTS:
            del self._reply_ports[next(iter(self._reply_ports))]  # the one not heard from the longest

    def _reply(self, client: Client, address: str, *arguments: Argument) -> None:
        """Send to the sender's reply ports; one that cannot be reached is no matter of ours."""
        data = build_msg(address, list(arguments)).dgram
        asked = self._reply_ports.get(client[:2])
        ports = {asked} if asked else {client[1], self._reply_ports.get(client[:1], client[1])}
        for port in ports:
            with suppress(OSError):
                self._server.socket.sendto(data, (client[0], port, *client[2:]))


class _Door(Dispatcher):
    """Hands whole packets on, undispatched: python-osc's own way drops broken ones unsaid and sleeps on time tags."""

    def __init__(self, take: Callable[[bytes, Client], None]) -> None:
        super().__init__()
        self._take = take

    def call_handlers_for_packet(self, data: bytes, client_address: Client) -> list[Any]:
        self._take(data, client_address)
        return []


class _Server(BlockingOSCUDPServer):
    max_packet_size = 65535

    def verify_request(self, request: object, client_address: object) -> bool:
        return True  # what is not OSC gets an answer too

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing is printed; `_take` has answered."""


def _listen(host: str, port: int, take: Callable[[bytes, Client], None]) -> _Server:
    try:
        return _Server((host, port), _Door(take))
    except OverflowError:
        raise OscPortError(f"OSC port {port} is outside 0..65535; choose another with --osc-port") from None
    except UnicodeError:
        raise OscPortError(f"OSC cannot listen on {host}: not a host name; choose another with --osc-host") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fix = f"choose another with --osc-port {port + 1 if port < 65535 else DEFAULT_PORT}"
            raise OscPortError(f"OSC port {port} on {host} is taken, perhaps by another Lilt; {fix}") from None
        fix = "choose another with " + ("--osc-port" if error.errno == errno.EACCES else "--osc-host")
        raise OscPortError(f"OSC cannot listen on {host} port {port}: {error.strerror}; {fix}") from None
