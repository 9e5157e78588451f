"""Ensemble in a performance: a thread that hears the others and tells them what is announced, between conductor and
player.

What the player is to know of them reaches it as entries, as everything does, so that its log holds all that was heard.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Any, Protocol

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.playing.ensemble.ensemble import Ensemble, Outcome
from instrument.playing.ensemble.packets import SHARED, Hello
from instrument.playing.ensemble.roles import MusicPlace
from instrument.playing.messages import Act, Announced, Status
from instrument.ports.ensemble.packet_text import packed, unpacked
from instrument.ports.ensemble.sockets import EnsembleSockets
from instrument.ports.network.allowed import Allowed
from instrument.ports.system.boundary import Boundary
from instrument.ports.system.ration import Ration
from instrument.rig.ensemble.ensemble_setup import EnsembleSetup

ACTIONS = ("ensemble.lead", "ensemble.next")
TURN = 0.05  #: seconds between two looks
RATE, BURST = 400.0, 800.0  #: packets a second that are read, of all hosts together
LINES = 0.2  #: lines a second about what is no message


class Performing(Protocol):
    """A conductor, as far as it is needed here. thread: any."""

    snapshot: Snapshot

    def change(self, changes: list[tuple[str, Value]]) -> None: ...

    def say(self, line: str) -> None: ...

    def publish(self, readings: dict[str, Value]) -> None: ...


def alone(name: str) -> str:
    """What is said where there is no ensemble to do one of `ACTIONS` in. Pure."""
    return f"{name}: there is no ensemble; start every Lilt with --ensemble"


class EnsembleService:
    """Ensemble service of a performance. thread: as each method says."""

    def __init__(
        self, setup: EnsembleSetup, name: str, allowed: Allowed, conductor: Performing,
        player: Callable[[object], None], now: Callable[[], float],
    ) -> None:  # fmt: skip
        """name: of this member, for people; player: sends to the player; now: seconds that never go back. Raises
        OSError where the port cannot be listened on."""
        self._setup, self._conductor, self._player, self._now = setup, conductor, player, now
        self._ensemble = Ensemble(secrets.token_hex(4), name[:40], now())
        self._sockets = EnsembleSockets(setup.named, allowed, setup.port)
        self._lock = threading.RLock()  # of the ensemble, its sockets, and the order in which the player is told
        self._over = threading.Event()
        self._safely = Boundary("the ensemble", conductor.say)
        self._room, self._lines = Ration(RATE, BURST), Ration(LINES, 2.0)
        self._thread = threading.Thread(target=self._run, name="lilt ensemble", daemon=True)

    def join(self, listen: Callable[[type, Callable[[Any], object]], None]) -> None:
        """Hang on a conductor's tables."""
        listen(Announced, self._announced)
        listen(Status, self._status)
        listen(Span, self._planned)

    def start(self) -> None:
        """Begin to listen. thread: the conductor's."""
        self._thread.start()

    def close(self) -> None:
        """Say goodbye. thread: the conductor's. blocks: for a turn."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(10 * TURN)
        with self._lock:
            for _ in range(2):
                self._do(self._ensemble.close(self._now()))
            self._sockets.close()

    def act(self, name: str) -> None:
        """One of `ACTIONS`. thread: any."""
        with self._lock:
            act = self._ensemble.lead if name == "ensemble.lead" else self._ensemble.hand_on
            out = act(self._now())
            self._do(out)
        self._tell(out)

    def _announced(self, announced: Announced) -> None:
        values = self._conductor.snapshot.values
        with self._lock:
            out = self._ensemble.announced(announced.span, {name: values[name] for name in SHARED}, self._now())
            self._do(out)
        self._tell(out)

    def _planned(self, span: Span) -> None:
        with self._lock:
            self._ensemble.planned(span)

    def _status(self, status: Status) -> None:
        with self._lock:
            self._ensemble.stands(MusicPlace(status.tick, status.at, status.bpm, status.playing))

    def _run(self) -> None:
        while not self._over.is_set():
            self._sockets.wait(TURN)
            self._safely.run(self._turn)

    def _turn(self) -> None:
        now = self._now()
        for data, address in self._sockets.read(now):
            if self._room.take(now):
                self._safely.run(lambda data=data, address=address: self._hear(data, address, now))  # type: ignore[misc]
        with self._lock:
            out = self._ensemble.advance(now)
            self._do(out)
        self._tell(out)

    def _hear(self, data: bytes, address: tuple[str, int], now: float) -> None:
        """A packet; what is no message of ours is one line, and nothing else."""
        try:
            packet = unpacked(data, self._setup.name)
            if packet is None or packet.member == self._ensemble.number:
                return
            with self._lock:
                out = self._ensemble.hear(packet, now)
                self._sockets.know(address, now)
                self._do(out)
            self._tell(out)
        except ValueError as error:
            if self._lines.take(now):
                self._conductor.say(f"the ensemble: {address[0]}: {error}; it is left out")

    def _do(self, out: Outcome) -> None:
        """What must be done in order. blocks: never."""
        for packet in out.packets:
            self._sockets.send(packed(packet, self._setup.name), isinstance(packet, Hello))
        for entry in out.player:
            self._player(entry)
        if out.begin:
            self._player(Act("transport.play"))

    def _tell(self, out: Outcome) -> None:
        """What others of this process are told, without the lock."""
        if out.turn:
            values = self._conductor.snapshot.values
            changes = [(name, value) for name, value in out.turn if values[name] != value]
            if changes:
                self._conductor.change(changes)
        for line in out.lines:
            self._conductor.say(line)
        if out.lines or out.player or out.begin:
            readings = self._ensemble.readings
            leader = str(readings["ensemble.leader"])
            own = leader == self._ensemble.number
            name = self._ensemble.name if own else self._ensemble.members.name(leader)
            self._conductor.publish({**readings, "ensemble.leader": name})
