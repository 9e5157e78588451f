"""The OSC server: every control and action of the tables over UDP, answered, and changes told to those who ask.

The addresses are in `instrument.ports.osc.addresses`. Nothing that arrives stops the server or the music: what cannot
be obeyed changes nothing and is answered with `/lilt/error address reason`. The messages of a bundle are applied
together: controls in one call, then actions, then answers. One whose time tag lies ahead waits, ten seconds at most.

However much comes in, panic and stop are done first, and what is costly (patterns, suggestions, lists) is rationed.
Replies go to the sending port; `/lilt/reply_port 9000` sends them to port 9000 of that host, and, for senders that have
not asked themselves, to both: for clients that cannot listen where they send from (Max, oscsend).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from instrument.controls.control import Value
from instrument.controls.table import LOOPING
from instrument.playing.time.clock import Bell, Clock, SystemClock, wall
from instrument.ports.network.allowed import Allowed
from instrument.ports.network.pairing import Pairing
from instrument.ports.osc.addresses import CLIPPED, ERROR
from instrument.ports.osc.answers import Answers, Caller, suggesting
from instrument.ports.osc.intake import Intake
from instrument.ports.osc.note_service import NoteService
from instrument.ports.osc.packet import Argument, Fault, OscCall, read_packet
from instrument.ports.osc.pattern import is_pattern
from instrument.ports.osc.replies import Replies, encoded, packets
from instrument.ports.osc.request import Do, Request, Set, possible, understand, value_at
from instrument.ports.osc.socket import Client, open_door
from instrument.ports.osc.subscribers import Subscribers
from instrument.ports.osc.time_tags import TimeTagged
from instrument.ports.system.ration import Ration

LONGEST = 300  #: characters of an address or reason in an error
APART = 0.004  #: seconds between two changes that are handed on; what comes between is one change
SPELL = 0.005  #: seconds of obeying after which we look again whether something urgent has come in
READ = 1024  #: packets that are read in one go
MOST_REQUESTS = 1024  #: of one packet, patterns laid out
PANICS = 20.0  #: a second; more are one
LOGGED = 4096  #: bytes of a packet that the session log gets
UNPAIRED = "pair first: send /lilt/pair and the code"


class OscServer:
    """Listens from construction on, answers from `start()` on, until `close()`.

    on_changes: takes [(dotted name, checked value)], all to be applied as one change before it returns
    on_action: takes an action's dotted name; get: the value now of a control or reading
    All three are called in the server's threads, one change at a time.
    """

    def __init__(
        self, host: str, port: int, on_changes: Callable[[list[tuple[str, Value]]], None],
        on_action: Callable[[str], None], get: Callable[[str], Value], allowed: Allowed | None = None,
        clock: Clock | None = None, load: Callable[[str], None] | None = None, pairing: Pairing | None = None,
        wall: Callable[[], float] = wall, say: Callable[[str], None] = lambda line: None,
    ) -> None:  # fmt: skip
        """port: 0..65535, 0 for any free one. Raises OscPortError if it cannot be had.

        load: plays the patch of that name, or raises ValueError, one line; pairing: which hosts may steer
        wall: seconds since 1970, for time tags; say: shows a line to people
        """
        self._on_changes, self._on_action, self._wall, self._say = on_changes, on_action, wall, say
        self._clock, self._bell, self._lock = clock or SystemClock(), Bell(), threading.Lock()
        allowed = allowed or Allowed()
        self.pairing = pairing or Pairing(allowed)
        self._server = open_door(host, port, allowed)
        self._replies = Replies(lambda data, to: self._server.send(data, to), self.pairing.proven)
        self._subscribers = Subscribers(get)
        self.later: TimeTagged[Caller] = TimeTagged()  #: under the lock, as the replies and the subscribers are
        self._answers = Answers(
            get, load, self.pairing, self._subscribers, self._replies, self.later, self._lock, self._clock
        )
        self.notes = self._answers.notes = NoteService(get, self._clock, wall, lambda *to: self._server.send(*to))
        self.named = self._answers.named  #: what is done with a name, by address
        self._open = True
        self.overheard: Callable[[bytes, Client], None] | None = None  #: is told of datagrams before they are read
        #: by name, what of some changes cannot be had here, and why
        self.refused: Callable[[list[tuple[str, Value]]], dict[str, str]] = lambda changes: {}
        self._waiting: list[tuple[str, Value]] = []  # changes to be handed on, under the second lock
        self._handed, self._handing = float("-inf"), threading.Lock()
        self._intake, self._stopped, self._complained = Intake(), 0, 0
        self._guesses, self._matching = Ration(10, 10), Ration(0.2, 0.2)  # suggestions; seconds of matching patterns
        self._panics, self._logging = Ration(PANICS, PANICS), Ration(64_000, 1_000_000)
        self._complaints = Ration(0.1, 1)
        self._thread = threading.Thread(target=self._serve, name="osc", daemon=True)
        self._teller = threading.Thread(target=self._tell_on, name="osc feedback", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """(host, port) listened on."""
        host, port = self._server.address[:2]
        return str(host), int(port)

    def start(self) -> None:
        """Begin to answer, in daemon threads. Once only."""
        self._thread.start()
        self._teller.start()

    def turned(self, event: str = "", *arguments: Value) -> None:
        """Something has been turned or read anew, by any hand, or an event (of EVENTS) has come: subscribers hear of
        it. Any thread; never blocks."""
        if event:
            with self._lock:
                self._subscribers.happened(event, arguments)
        self._bell.ring()

    def close(self) -> None:
        """Stop listening. thread: any but the server's. blocks: a second at most, even if a callback hangs."""
        self._open = False
        self._bell.ring()
        if self._thread.is_alive():
            self._thread.join(timeout=0.9)
        self._server.close()

    # to the subscribers

    def tell(self) -> float:
        """Send the subscribers what is due; returns when to look again (seconds), though nothing is turned."""
        now = self._clock.now()
        if self._waiting and now >= self._handed + APART:
            self._hand_on()
        with self._lock:
            due = self._subscribers.due(now)
            following = self._subscribers.next(now)
        following = min(following, self._handed + APART) if self._waiting else following
        for data, to in ((data, one.to) for one in due for data in packets(one.rows, one.bundled)):
            self._server.send(data, to)
        return following

    def _tell_on(self) -> None:
        while self._open:
            following = self._clock.now() + 1.0
            with suppress(Exception):  # a bug of ours must not end the thread
                following = self.tell()
            self._clock.sleep_until(following, self._bell)

    # what comes in, in the server's thread

    def _serve(self) -> None:
        while self._open:
            with suppress(Exception):  # a bug of ours must not end the thread
                self._server.wait(self.turn())

    def turn(self) -> float:
        """Obey what is due and what has come in, for a moment; returns how long nothing will be due (seconds)."""
        now = self._clock.now()
        with self._lock:
            due = self.later.due(now)
        for messages, caller in due:
            self._try(caller, partial(self._obey, list(messages), caller, 0))
        for data, client in self._server.read(READ):
            if (urgent := self._intake.put(data, client)) is not None:
                self.take(urgent.data, urgent.client, urgent.number)
        while (packet := self._intake.next()) is not None:
            self.take(packet.data, packet.client, packet.number)
            if self._clock.now() > now + SPELL:
                break
        self._complain()
        if len(self._intake):
            return 0.0
        with self._lock:
            return max(0.0, min(0.05, self.later.next() - self._clock.now()))

    def _complain(self) -> None:
        lost = self._intake.lost - self._complained
        if lost and self._complaints.take(self._clock.now()):
            self._complained += lost
            self._say(f"OSC: {lost} packets were let go; more come in than can be obeyed")

    def take(self, data: bytes, client: Client, number: int = 0) -> None:
        """Obey a datagram. number: counts those that came in."""

        def send(reply: bytes) -> bool:
            with self._lock:
                return self._replies.reply(client, reply)

        caller = Caller(client, send)
        self._try(caller, partial(self._take, data, caller, number))

    def take_frame(self, data: bytes, client: Client, send: Callable[[bytes], bool]) -> list[Set]:
        """Obey OSC that came over a WebSocket; returns what it turned at once. send: back over it. thread: any."""
        caller, turned = Caller(client, send, udp=False), list[Set]()
        self._try(caller, lambda: turned.extend(self._wait_or_obey(read_packet(data), caller, 0)))
        return turned

    def _try(self, caller: Caller, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # a bug of ours must not end the thread: say it and go on
            self._reply(caller, ERROR, "", f"internal fault: {type(error).__name__}: {error}"[:LONGEST])

    def _take(self, data: bytes, caller: Caller, number: int) -> None:
        now = self._clock.now()
        if self.overheard is not None and self._logging.take(now, min(len(data), LOGGED)):
            self.overheard(data[:LOGGED], caller.client)
        with self._lock:
            self._replies.heard(caller.client, len(data), now)
            self._subscribers.heard(caller.client, now)
        self.notes.heard(caller.client)
        self._wait_or_obey(read_packet(data), caller, number)

    def _wait_or_obey(self, messages: list[OscCall | Fault], caller: Caller, number: int) -> list[Set]:
        if caller.udp and not self.pairing.welcome(caller.client[0]):
            self._unpaired(messages, caller)
            return []
        messages = self.notes.take(messages, caller.client)
        timed = [message for message in messages if isinstance(message, OscCall)]
        if any(message.tag != timed[0].tag for message in timed) or (timed and timed[0].tag > 1):
            with self._lock:
                kept = set(map(id, self.later.put(timed, caller, self._clock.now(), self._wall())))
            messages = [message for message in messages if isinstance(message, Fault) or id(message) in kept]
        return self._obey(messages, caller, number)

    def _unpaired(self, messages: list[OscCall | Fault], caller: Caller) -> None:
        """Somebody whom we do not know: the code is heard, and nothing else."""
        for message in messages[:1]:
            if message.address == "/lilt/pair":
                self._obey([message], caller, 0)
            else:
                self._reply(caller, ERROR, message.address[:LONGEST], UNPAIRED)

    def _obey(self, messages: list[OscCall | Fault], caller: Caller, number: int) -> list[Set]:
        """Returns the controls that it turned."""
        asked = self._understood(messages)
        if any(isinstance(request, Set) and request.name in LOOPING for request in asked):
            self._hand_on()  # what waits may be the loop's other end
        changes, bad = possible([request for request in asked if isinstance(request, Set)], self.refused)
        for request in (*asked, *bad):
            if isinstance(request, Fault) and not self._reply(
                caller, ERROR, request.address[:LONGEST], request.reason[:LONGEST]
            ):
                break
        self._set(changes, caller)
        if any(not isinstance(request, Set | Fault) for request in asked):
            self._hand_on()  # what is done and answered comes after what was turned
        for request in asked:
            if isinstance(request, Do):
                self._do(request.name, number)
        self._answers.answer([r for r in asked if not isinstance(r, Set | Do | Fault)], caller)
        self.turned()
        return changes

    def _understood(self, messages: list[OscCall | Fault]) -> list[Request | Fault]:
        asked: list[Request | Fault] = []
        for message in messages:
            if isinstance(message, Fault):
                asked.append(message)
            elif len(asked) < MOST_REQUESTS:
                asked += self._meaning(message)
            else:
                asked.append(Fault("", f"more than {MOST_REQUESTS} things asked for in one packet; the rest is let go"))
                break
        return asked

    def _meaning(self, message: OscCall) -> list[Request | Fault]:
        suggest = suggesting(self._guesses, self._clock)
        if not any(is_pattern(text) for text in (message.address, *message.arguments[:3]) if isinstance(text, str)):
            return understand(message, suggest)
        if self._matching.left(began := self._clock.now()) <= 0:
            return [Fault(message.address, "too many patterns at once; send it again in a second")]
        found = understand(message, suggest)
        self._matching.spend(now := self._clock.now(), now - began)
        return found

    def _do(self, name: str, number: int) -> None:
        """Fire an action, unless it is a start that a later stop has overtaken, or one panic too many."""
        if name == "transport.stop":
            self._stopped = max(self._stopped, number)
        overtaken = name == "transport.play" and 0 < number < self._stopped
        if not overtaken and (name != "panic" or self._panics.take(self._clock.now())):
            self._on_action(name)

    def _set(self, changes: list[Set], caller: Caller) -> None:
        if not changes:
            return
        with self._lock:  # before anybody hears of it: the sender's own finger is on these
            for change in changes:
                self._subscribers.turned(caller.client, change, self._clock.now())
        with self._handing:
            self._waiting += [(change.name, change.value) for change in changes]
        if self._clock.now() >= self._handed + APART:
            self._hand_on()
        for change in changes:
            if change.said:
                self._reply(caller, CLIPPED, change.address, value_at(change.address, change.value), change.said)

    def _hand_on(self) -> None:
        """What was turned, as one change: a single move at once, a flood every few milliseconds. In any thread."""
        with self._handing:
            changes, self._waiting = self._waiting, []
            if changes:
                self._handed = self._clock.now()
                self._on_changes(changes)

    def _reply(self, caller: Caller, address: str, *arguments: Argument) -> bool:
        return caller.send(encoded(address, arguments))
