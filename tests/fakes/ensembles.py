"""An ensemble in virtual time: members with a player, a stand-in composer and a network that loses, doubles, delays and
reorders what they say, in the very bytes that they say it in.

    band = Band(seed=3, loses=0.3, doubles=0.2, late=0.3)
    first = band.join("first")
    band.pass_time(10)
"""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass, field
from itertools import count
from random import Random

from instrument.controls.control import Value
from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.playing.ensemble.ensemble import Ensemble, Outcome
from instrument.playing.ensemble.packets import SHARED, Hello
from instrument.playing.ensemble.roles import EnsembleRole, HeardBar, MusicPlace
from instrument.playing.json_codec import plain, revive
from instrument.playing.messages import (
    Act,
    Announced,
    Change,
    PlayerSetup,
    ThinkerState,
)
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import Performance
from instrument.playing.turn import Entry
from instrument.ports.ensemble.packet_text import packed, unpacked
from instrument.thinking.heard.heard_planner import HeardPlanner
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.voices.spans_with_voices import SpansWithVoices
from tests.fakes.link_session import Session
from tests.fakes.stand_in_writer import StandInWriter

TURN, THINKS = 0.01, 0.04  #: seconds of a turn, and of composing a bar
VOICES = {"melody": (1, 0), "drone": (2, 0)}
LEAD = 0.02


class Member:
    """One Lilt: its player, its thinker, its part in the ensemble, and everything that it did."""

    def __init__(self, name: str, number: str, band: Band, controls: dict[str, Value]) -> None:
        self.name, self.band, self.alive = name, band, True
        values = {"clock.source": "link", "clock.bpm": band.link.bpm, "set.ritard": 0.0, **controls}
        self.snapshot = Snapshot().with_values([("tune.seed", 1 + int(number, 16) % 999), *values.items()])
        how = Arrangement({"melody": 0, "drone": 0}, drone="tonic")
        planner = HeardPlanner(StandInWriter, how, self.snapshot)
        self.thinker = SpansWithVoices(planner, lambda: None, how)  # type: ignore[arg-type, return-value]
        self.setup = PlayerSetup(self.snapshot, (), VOICES, {}, ensemble=True)
        self.performance = Performance(self.setup, ["out"], LEAD)
        self.player = self.performance.player
        self.ensemble = Ensemble(number, name, band.now)
        self.entries: list[Entry] = [ThinkerState(True)]
        self.turns: list[tuple[float, list[Entry]]] = []  #: all that came in, as a log has it
        self.messages: list[Message] = []
        self.announced: list[tuple[float, float, Span]] = []  #: (from, to in seconds of the band, as it sounds)
        self.heard: list[HeardBar] = []
        self.roles: list[tuple[float, EnsembleRole]] = []
        self.lines: list[str] = []
        self._until = self._tick = 0
        self._ready = self._told = band.now

    def do(self, out: Outcome) -> None:
        """As the service does."""
        for packet in out.packets:
            self.band.send(self, packed(packet, "test"), isinstance(packet, Hello))
        for entry in out.player:
            self.entries.append(entry)
            if isinstance(entry, HeardBar):
                self.heard.append(entry)
            else:
                self.roles.append((self.band.now, entry))
        if out.begin:
            self.entries.append(Act("transport.play"))
        if out.turn:
            self.snapshot = self.snapshot.with_values(out.turn)
            self.entries.append(Change(self.snapshot))
        self.lines += out.lines

    def receive(self, data: bytes) -> None:
        try:
            packet = unpacked(data, "test")
            if packet is not None:
                self.do(self.ensemble.hear(packet, self.band.now))
        except ValueError as error:
            self.lines.append(f"left out: {error}")

    def turn(self) -> None:
        now, scheduler = self.band.now, self.player.scheduler
        self.entries.append(self.band.link.at(now)) if not self.turns else None
        entries, self.entries = self.entries, []
        self.turns.append((now, entries))
        exits = self.performance.turn(now, entries)
        assert not exits.faults, exits.faults[0]
        for one in exits.out:
            self.messages += one.offs if isinstance(one, Silence) else (one,)
        for told in exits.told:
            self._told_by_player(told, now)
        self._think(now)
        if now - self._told >= 0.1:
            self._told = now
            moving = self.player.playing
            self.ensemble.stands(MusicPlace(scheduler.tick(now), now, scheduler.bpm, moving))
        self.do(self.ensemble.advance(now))

    def _told_by_player(self, told: object, now: float) -> None:
        if isinstance(told, Rethink):
            self.thinker.rethink(told)
            self._ready = now + THINKS
        elif isinstance(told, Extend):
            self._until = told.until
        elif isinstance(told, Announced):
            scheduler = self.player.scheduler
            span = told.span
            self.announced.append((scheduler.seconds(span.start), scheduler.seconds(span.end), span))
            self.do(self.ensemble.announced(span, {name: self.snapshot.values[name] for name in SHARED}, now))

    def _think(self, now: float) -> None:
        if self.thinker.plan and self.thinker.tick < self._until and now >= self._ready:
            span = self.thinker.next_span()
            self.ensemble.planned(span)
            self.entries.append(span)
            self._ready = now + THINKS

    # what was heard of it

    def sounds(self, voice: str, since: float, until: float) -> list[tuple[float, int]]:
        """(seconds, pitch) of what a voice struck."""
        channel = VOICES[voice][0]
        ons = [m for m in self.messages if m.kind == "on" and m.channel == channel]
        return [(m.due, m.number) for m in ons if since <= m.due < until]

    def again(self) -> list[Message]:
        """All that it sent, from what came in, as a replayed log gives it."""
        performance, found = Performance(self.setup, ["out"], LEAD), list[Message]()
        for now, entries in self.turns:
            read = [revive(json.loads(json.dumps(plain(entry)))) for entry in entries]
            for one in performance.turn(now, read).out:
                found += one.offs if isinstance(one, Silence) else (one,)
        return found


@dataclass
class Band:
    """The members, their clock, and the network between them. loses, doubles: shares of packets; late: seconds that one
    is under way at most."""

    seed: int = 1
    loses: float = 0.0
    doubles: float = 0.0
    late: float = 0.0
    now: float = 0.0
    members: list[Member] = field(default_factory=list)
    link: Session = field(default_factory=lambda: Session(bpm=150.0))
    _way: list[tuple[float, int, int, bytes]] = field(default_factory=list)
    _count: count[int] = field(default_factory=count)
    sent: int = 0
    cut: frozenset[str] = frozenset()  #: names of members that nobody hears, and who hear nobody

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)

    def join(self, name: str, number: str | None = None, **controls: Value) -> Member:
        number = number or f"{self._chance.randrange(2**32):08x}"
        turned = {key.replace("__", "."): value for key, value in controls.items()}
        member = Member(name, number, self, turned)
        self.members.append(member)
        return member

    def send(self, sender: Member, data: bytes, to_all: bool) -> None:
        self.sent += 1
        for place, member in enumerate(self.members):
            if member is sender or {member.name, sender.name} & self.cut:
                continue
            copies = 0 if self._chance.random() < self.loses else 1 + (self._chance.random() < self.doubles)
            for _ in range(copies):
                at = self.now + 0.001 + self._chance.random() * self.late
                heapq.heappush(self._way, (at, next(self._count), place, data))

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now = round(self.now + TURN, 6)
            while self._way and self._way[0][0] <= self.now:
                _, _, place, data = heapq.heappop(self._way)
                if self.members[place].alive:
                    self.members[place].receive(data)
            for member in self.members:
                if member.alive:
                    member.turn()

    def kill(self, member: Member) -> None:
        """It is gone between two turns, and says nothing more."""
        member.alive = False

    @property
    def leaders(self) -> list[str]:
        """Names of those that lead, as each sees itself."""
        return [m.name for m in self.members if m.alive and m.roles and m.roles[-1][1].role == "leads"]

    def bar(self) -> float:
        """Seconds of a bar."""
        return 4 * 60 / self.link.bpm
