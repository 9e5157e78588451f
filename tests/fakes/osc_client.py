"""OSC client on a socket, and an instrument that remembers what the OSC server did to it."""

from __future__ import annotations

import queue
import random
import socket
import struct
from typing import Any

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder, build_msg

from instrument.controls.snapshot import Snapshot

NOW = bytes(7) + b"\1"  #: the time tag "immediately"
Reply = tuple[str, tuple[Any, ...]]


LIMIT = 5.0  #: seconds after which a missing packet is a failure


class OscRemote:
    """A small real receiver: it keeps a snapshot, and notes what it was told in order."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self.readings: dict[str, Any] = {}
        self.told: queue.Queue[Any] = queue.Queue()

    def on_changes(self, changes: list[tuple[str, Any]]) -> None:
        self.snapshot = self.snapshot.with_values(changes)
        self.told.put(changes)

    def on_action(self, name: str) -> None:
        self.told.put(name)

    def get(self, name: str) -> Any:
        return self.readings[name] if name in self.readings else self.snapshot.values[name]

    def all_told(self) -> list[Any]:
        return [self.told.get_nowait() for _ in range(self.told.qsize())]

    def all_changes(self) -> list[Any]:
        """However many were handed on together."""
        return [change for told in self.all_told() for change in told]


class Client:
    """A UDP socket that speaks OSC and waits for answers, never for time to pass."""

    def __init__(self, to: tuple[str, int]) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)  # we sleep while a server of ours sends
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(LIMIT)
        self.to = to

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def send(self, address: str, *arguments: Any) -> None:
        self.raw(build_msg(address, list(arguments)).dgram)

    def raw(self, data: bytes) -> None:
        self.socket.sendto(data, self.to)

    def receive(self) -> Reply:
        message = OscMessage(self.socket.recv(65535))
        return message.address, tuple(message.params)

    def until_sync(self) -> list[Reply]:
        """Every reply to what was sent so far."""
        number = random.randrange(2**31)
        self.send("/lilt/sync", number)
        replies = []
        while (reply := self.receive()) != ("/lilt/synced", (number,)):
            replies.append(reply)
        return replies

    def ask(self, address: str, *arguments: Any) -> list[Reply]:
        self.send(address, *arguments)
        return self.until_sync()


def bundle(*contents: bytes, tag: bytes = NOW) -> bytes:
    return b"#bundle\0" + tag + b"".join(struct.pack(">i", len(content)) + content for content in contents)


def typed(address: str, *pairs: tuple[str, Any]) -> bytes:
    """A message with the argument types as given."""
    builder = OscMessageBuilder(address)
    for kind, value in pairs:
        builder.add_arg(value, kind)
    return builder.build().dgram


IN_A_CENTURY = b"\xff" * 8  #: a time tag
