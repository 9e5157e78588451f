"""Answers to what is asked over OSC: values, lists, subscriptions, pairing. Sends replies; waits for nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from instrument import __version__
from instrument.controls.control import Value
from instrument.playing.time.clock import Clock
from instrument.ports.network.pairing import Pairing
from instrument.ports.osc.addresses import CLIPPED, ERROR, listing, suggestion
from instrument.ports.osc.note_service import NoteService
from instrument.ports.osc.packet import Argument
from instrument.ports.osc.pattern import matching
from instrument.ports.osc.replies import Replies, encoded
from instrument.ports.osc.request import Ask, Get, Load, Subscribe, Suggest, name_at, value_at
from instrument.ports.osc.socket import Client
from instrument.ports.osc.subscribers import Subscribers
from instrument.ports.osc.time_tags import TimeTagged
from instrument.ports.system.ration import Ration

Answered = Get | Subscribe | Load | Ask  #: requests that are answered, not obeyed
Named = Callable[[str, Callable[[str, str], None]], None]
LOADS = LISTS = 5.0  #: a second
BURST, BREATH = 64, 0.001  #: rows of a list that are sent at once; seconds until the next
NAMING = ("/lilt/patch/save", "/lilt/setlist/load", "/lilt/repertoire/load", "/lilt/repertoire/abc")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. client: its address; send: sends it a packet, False where it has had its share; udp: not the web's."""

    client: Client
    send: Callable[[bytes], bool]
    udp: bool = True


def suggesting(ration: Ration, clock: Clock) -> Suggest:
    """The nearest address to one that is not there, so many times a second only."""

    def suggest(word: str, words: Iterable[str]) -> str:
        return suggestion(word, words) if ration.take(clock.now()) else ""

    return suggest


class Answers:
    """Answers to OSC queries. thread: any; what it shares with the server is used under the lock."""

    def __init__(
        self, get: Callable[[str], Value], load: Callable[[str], None] | None, pairing: Pairing,
        subscribers: Subscribers, replies: Replies, later: TimeTagged[Caller], lock: threading.Lock, clock: Clock,
    ) -> None:  # fmt: skip
        self._get, self._load, self._pairing, self._clock = get, load, pairing, clock
        self._subscribers, self._replies, self._later, self._lock = subscribers, replies, later, lock
        self.notes: NoteService | None = None  #: of who hears notes; None: nobody can
        self._loads, self._lists = Ration(LOADS, LOADS), Ration(LISTS, LISTS)
        #: by address, what takes a name, or raises ValueError; it tells later why it was not done, or what came of it
        self.named: dict[str, tuple[Named, str]] = {}
        self._wanted: dict[str, tuple[Client, Subscribe]] = {}  # by host that is still to confirm

    def answer(self, asked: Sequence[Answered], caller: Caller) -> None:
        """Answer in order. Once a host has had its share of replies, values and lists are not looked up for it."""
        room = True
        for request in asked:
            match request:
                case Get(address):
                    room = room and self._say(caller, address, self._value(address))
                case Subscribe():
                    self._subscribe(request, caller)
                case Load():
                    self._play(request, caller, last=request is [r for r in asked if isinstance(r, Load)][-1])
                case Ask(address="/lilt/list", text=text):
                    room = room and self._list(text, caller)
                case Ask():
                    self._answer(request, caller)
                case other:
                    assert_never(other)

    def _value(self, address: str) -> Value:
        return value_at(address, self._get(name_at(address)))

    def _play(self, request: Load, caller: Caller, last: bool) -> None:
        if not last:
            return
        try:
            if self._load is None:
                raise ValueError("no patch can be played here")
            if not self._loads.take(self._clock.now()):
                raise ValueError("too many patches at once; send it again in a second")
            self._load(request.name)
        except ValueError as error:
            self._fault(caller, "/lilt/patch/load", error)

    def _list(self, pattern: str, caller: Caller) -> bool:
        """Every address that is meant, in bursts that a socket of the usual size takes. blocks: some 20 ms."""
        if not self._lists.take(self._clock.now()):
            self._fault(caller, "/lilt/list", ValueError("too many lists at once; send it again in a second"))
            return True
        rows = listing()
        if pattern:
            meant = set(matching(pattern, [row[0] for row in rows]))
            rows = [row for row in rows if row[0] in meant]
        for number, row in enumerate(rows, 1):
            if not self._say(caller, "/lilt/list", *row):
                return False
            if number % BURST == 0:
                self._clock.sleep_until(self._clock.now() + BREATH)
        return self._say(caller, "/lilt/listed", len(rows))

    def _answer(self, request: Ask, caller: Caller) -> None:
        address, number = request.address, request.number
        if address == "/lilt/ping":
            self._say(caller, "/lilt/pong")
        elif address == "/lilt/version":
            self._say(caller, address, __version__)
        elif address == "/lilt/sync":
            self._say(caller, "/lilt/synced", number)
        elif address == "/lilt/time_tags":
            with self._lock:
                self._later.on = bool(number)
            if self.notes is not None:
                self.notes.tags = bool(number)
        elif address in NAMING:
            self._name(request, caller)
        elif address == "/lilt/pair":
            self._pair(request.text, caller)
        elif not caller.udp:
            self._fault(caller, address, ValueError("is for UDP; over a WebSocket, LISTEN and IGNORE"))
        else:
            self._about_replies(address, number, caller)

    def _name(self, request: Ask, caller: Caller) -> None:
        """Something that is done with a name, and answered when it is done."""
        address = request.address
        take, reply = self.named.get(address, (None, ""))

        def done(why: str, name: str) -> None:
            if why:
                self._fault(caller, address, ValueError(why))
            else:
                self._say(caller, reply, name)

        try:
            if take is None:
                raise ValueError("cannot be done here")
            if not self._loads.take(self._clock.now()):
                raise ValueError("too many at once; send it again in a second")
            take(request.text, done)
        except ValueError as error:
            self._fault(caller, address, error)

    def _about_replies(self, address: str, number: int, caller: Caller) -> None:
        try:
            with self._lock:
                if address == "/lilt/reply_port":
                    self._replies.remember(caller.client, number)
                elif address == "/lilt/unsubscribe":
                    self._subscribers.unsubscribe(to := self._listener(caller.client, number))
            if address == "/lilt/unsubscribe" and self.notes is not None:
                self.notes.unsubscribe(to)
        except ValueError as error:
            self._fault(caller, address, error)
        if address == "/lilt/confirm":
            self._confirm(number, caller)

    # who may hear

    def _subscribe(self, request: Subscribe, caller: Caller) -> None:
        if not caller.udp:
            self._fault(caller, "/lilt/subscribe", ValueError("is for UDP; over a WebSocket, LISTEN and IGNORE"))
            return
        host = caller.client[0]
        if not self._pairing.proven(host):
            self._wanted[host] = (caller.client, request)
            while len(self._wanted) > 64:
                del self._wanted[next(iter(self._wanted))]
            with self._lock:
                to = self._listener(caller.client, request.port)
                self._replies.tell(to, encoded("/lilt/confirm", (self._pairing.question(host),)))
            return
        try:
            with self._lock:
                to = self._listener(caller.client, request.port)
                if request.addresses:
                    self._subscribers.subscribe(caller.client, to, request, self._clock.now())
            if request.notes and self.notes is not None:
                self.notes.subscribe(caller.client, to, request.notes, request.plain)
        except ValueError as error:
            self._fault(caller, "/lilt/subscribe", error)
            return
        if request.said:
            self._say(caller, CLIPPED, "/lilt/subscribe", request.rate, request.said)
        self._say(caller, "/lilt/subscribed", len(request.addresses) + len(request.notes))

    def _confirm(self, number: int, caller: Caller) -> None:
        host = caller.client[0]
        if not self._pairing.confirm(host, number):
            self._fault(caller, "/lilt/confirm", ValueError("is not the number that you were sent"))
        elif host in self._wanted:
            client, request = self._wanted.pop(host)
            self._subscribe(request, Caller(client, caller.send))

    def _pair(self, code: str, caller: Caller) -> None:
        host, pairing = caller.client[0], self._pairing
        if pairing.code is None or not caller.udp or pairing.proven(host) or pairing.pair(host, code):
            self._say(caller, "/lilt/paired")
        else:
            self._fault(caller, "/lilt/pair", ValueError("not the code, or too many tries; it is shown at the start"))

    def _listener(self, client: Client, port: int) -> Client:
        """Where a client hears: on that port, or where its replies go."""
        return (client[0], port or self._replies.port(client), *client[2:])

    def _fault(self, caller: Caller, address: str, error: ValueError) -> None:
        self._say(caller, ERROR, address, " ".join(str(error).split())[:300])

    def _say(self, caller: Caller, address: str, *arguments: Argument) -> bool:
        return caller.send(encoded(address, arguments))
