"""Ensemble as one member has it: who leads which bar, what is said to the others, and what of theirs the player hears.

No time, no sockets: what has come in, what is to go out. Every member says hello ten times a second; who leads says
each bar that it announces, three times within a third of a second. Nobody answers anything, so that any message may be
lost, come twice, late or out of order. When the leader falls silent for 0.7 s the smallest member number claims the
lead; everybody's thinker has gone on from the last bar that was heard meanwhile, so that the music never waits.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from instrument.controls.control import Value
from instrument.music.events import Span
from instrument.music.meter import Meter
from instrument.music.ticks import QUARTER
from instrument.playing.ensemble.bar_text import text_of
from instrument.playing.ensemble.claims import Claim, holder
from instrument.playing.ensemble.members import Members
from instrument.playing.ensemble.packets import Bar, Hello, Packet
from instrument.playing.ensemble.roles import EnsembleRole, HeardBar, MusicPlace
from instrument.playing.schedule.packed_bar import moved

EVERY = 0.1  #: seconds between two hellos
AGAIN = (0.1, 0.3)  #: seconds after which a bar is said again
LISTENS = 1.0  #: seconds that a member listens before it claims a lead that nobody has
TURN = 0.5  #: seconds that each further member waits longer
OFFERS = 3.0  #: seconds that a lead which is handed on stands open
MOVED = 8  #: bars between what sounds and what is announced, from which on the music has been moved
TOLD = 4  #: bars that who leads remembers, for those who come late


@dataclass(slots=True)
class Outcome:
    """What is to be done. packets: to all others; player: to the player, in order; turn: controls, as they stand where
    the tune comes from; lines: for people; begin: the music may begin."""

    packets: list[Packet] = field(default_factory=list)
    player: list[HeardBar | EnsembleRole] = field(default_factory=list)
    turn: list[tuple[str, Value]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    begin: bool = False


class Ensemble:
    """One member. thread: one at a time. blocks: never."""

    def __init__(self, number: str, name: str, now: float) -> None:
        """number: drawn at its start, unlike any other's; name: for people; now: seconds that never go back."""
        self.number, self.name = number, name
        self.members = Members(number)
        self._claim: Claim | None = None  # our own
        self._last: Claim | None = None  # that held last
        self._music: MusicPlace | None = None
        self._planned: Span | None = None  # the newest
        self._numbers = count(1)
        self._told: dict[int, Bar] = {}  # bars that we have announced, the newest
        self._again: list[tuple[float, int]] = []  # when which of them is said again
        self._role = EnsembleRole("rests")
        self._leader = ""  # as it was told last
        self._adopted: dict[str, Value] = {}
        self._ends = 0  # tick, ours: what has been announced by whoever leads, or by us, reaches to here
        self._own = 0  # tick: what we have announced reaches to here
        self._bar = 4 * QUARTER
        self._since = now  # nobody has led since
        self._greets, self._begun = now, False
        self._offer: tuple[str, float] = "", 0.0  # to whom the lead is handed on, and until when

    # what has come in

    def stands(self, place: MusicPlace) -> None:
        """The player says where the music is."""
        self._music = place
        if abs(self._ends - place.tick) > MOVED * self._bar:
            self._ends = place.tick  # the music has been moved

    def planned(self, span: Span) -> None:
        """The thinker has planned a span: its tune is written further than those that are announced say."""
        self._planned = span

    def announced(self, span: Span, controls: Mapping[str, Value], now: float) -> Outcome:
        """The player has announced a span. controls: those of the tune."""
        out = Outcome()
        self._ends, self._bar, self._own = max(self._ends, span.end), Meter.parse(span.meter).bar, span.end
        leads = holder(self._claims(), span.start)
        if leads is not None and leads.member == self.number:
            bar = Bar(
                self.number, next(self._numbers), self._tick(now), text_of(self._written_on(span)), dict(controls)
            )
            self._told = {n: b for n, b in self._told.items() if n > bar.number - TOLD} | {bar.number: bar}
            for seconds in AGAIN:
                heapq.heappush(self._again, (now + seconds, bar.number))
            out.packets.append(bar)
        return out

    def lead(self, now: float) -> Outcome:
        """The performer takes the lead, a bar behind what is announced, so that all hear of it before."""
        if self._holds(self.number):
            return Outcome(lines=["you lead the ensemble already"])
        others = self.members.claims()
        called = max((-claim.called for claim in others), default=0) + 1
        margin = self._bar if any(m.hello and m.hello.playing for m in self.members.others.values()) else 0
        self._claim = Claim(-called, 0, self.number, max(self._ends, self._tick(now)) + margin)
        return self._settle(now)

    def hand_on(self, now: float) -> Outcome:
        """The performer hands the lead to the member whose number comes next."""
        if not self._holds(self.number):
            return Outcome(lines=["somebody else leads; ensemble.lead takes the lead"])
        numbers = sorted(self.members.others)
        if not numbers:
            return Outcome(lines=["there is nobody in the ensemble to hand the lead to"])
        to = next((number for number in numbers if number > self.number), numbers[0])
        self._offer = to, now + OFFERS
        return Outcome([self._hello(now)])

    def hear(self, packet: Packet, now: float) -> Outcome:
        """A message of another member's. Raises ValueError, one line, for a bar that is none."""
        out = Outcome()
        if isinstance(packet, Hello) and packet.bye:
            if packet.member in self.members.others:
                out.lines.append(f"{packet.name} has left the ensemble")
                self._lost(now, packet.member)
            return self._settle(now, out)
        member, new = self.members.hear(packet, self._place(now), now)
        if member is None:
            return out
        if new and isinstance(packet, Hello):
            out.lines.append(f"{packet.name} plays in the ensemble")
        if new:
            out.packets += [self._hello(now), *(replace(bar, tick=self._tick(now)) for bar in self._told.values())]
        if isinstance(packet, Hello) and packet.to == self.number and self._holds(packet.member):
            return self._settle(now, self._merged(out, self.lead(now)))
        return self._settle(now, out)

    def advance(self, now: float) -> Outcome:
        """Time has passed."""
        out = Outcome()
        if now >= self._greets:
            self._greets = now + EVERY
            out.packets.append(self._hello(now))
        while self._again and self._again[0][0] <= now:
            _, number = heapq.heappop(self._again)
            if number in self._told:
                out.packets.append(replace(self._told[number], tick=self._tick(now)))
        for member in self.members.silent(now):
            out.lines.append(f"{self.members.name(member)} has gone from the ensemble")
            self._lost(now, member)
        return self._settle(now, out)

    def close(self, now: float) -> Outcome:
        """We leave."""
        return Outcome([replace(self._hello(now), bye=True)])

    @property
    def readings(self) -> dict[str, Value]:
        """By the names in the table of readings."""
        return {
            "ensemble.role": self._role.role if self._begun else "listens",
            "ensemble.leader": self._leader, "ensemble.members": 1 + len(self.members.others),
        }  # fmt: skip

    def _written_on(self, span: Span) -> Span:
        """An announced span with its tune as far as it is written, so that who loses the next bars can play them."""
        on, length = self._planned, len(span.written)
        if on is None or (on.tune, on.of_set.time) != (span.tune, span.of_set.time):
            return span
        further = on.written[:length] == span.written and on.form == span.form
        return replace(span, written=on.written) if further else span

    # who leads

    def _claims(self) -> list[Claim]:
        return [*self.members.claims(), *([self._claim] if self._claim else [])]

    def _holds(self, number: str) -> bool:
        found = holder(self._claims())
        return found is not None and found.member == number

    def _lost(self, now: float, number: str) -> None:
        """A member has gone. Where it led, the smallest number of those that are left claims the lead at once."""
        held = holder(self._claims())
        self.members.others.pop(number, None)
        if held is not None and held.member == number:
            self._since = now - LISTENS
            self._succeed(now)

    def _succeed(self, now: float) -> None:
        """Claim the lead that nobody has, if it is our turn."""
        rank = sorted([*self.members.others, self.number]).index(self.number)
        if holder(self._claims()) is None and now - self._since >= LISTENS + rank * TURN:
            called, losses = (self._last.called, self._last.losses + 1) if self._last else (-1, 0)
            self._claim = Claim(called, losses, self.number, self._own)

    def _settle(self, now: float, out: Outcome | None = None) -> Outcome:
        """What follows from what is known: our role, and the bars that the player is to hear."""
        out = out or Outcome()
        if (held := holder(self._claims())) is not None:
            self._since = now
        else:
            self._succeed(now)
            held = holder(self._claims())
        self._last = held or self._last
        role = self._role_by(held)
        if role.role != self._role.role or (held is not None and held.member != self._leader):
            self._role = role
            self._adopted = {} if role.role == "leads" else self._adopted
            self._tell(held, out)
            out.player.append(role)
            out.packets.append(self._hello(now))
        if held is not None and not self._begun:
            self._begun = out.begin = True
        if self._offer[0] and (now > self._offer[1] or not self._holds(self.number)):
            self._offer = "", 0.0
        self._hand_over(now, out)
        return out

    def _role_by(self, held: Claim | None) -> EnsembleRole:
        if held is None:  # who leads has gone, and its successor is about to say so
            return self._role
        if held.member == self.number:
            return EnsembleRole("leads", held.since)
        hello = self.members.others[held.member].hello
        if hello is None or not hello.playing:
            return EnsembleRole("rests", self._ends if self._role.role == "leads" else 0)
        own = self._claim.since if self._claim else 0
        return EnsembleRole("follows", max(held.since, self._ends if held.since < own else 0))

    def _tell(self, held: Claim | None, out: Outcome) -> None:
        leader = held.member if held else ""
        if leader != self._leader:
            self._leader = leader
            if leader:
                who = "you lead" if leader == self.number else f"{self.members.name(leader)} leads"
                out.lines.append(f"{who} the ensemble")

    # bars of others

    def _hand_over(self, now: float, out: Outcome) -> None:
        """Bars of who leads there, at our ticks, once each."""
        if self._place(now) is None:
            return
        claims = self._claims()
        for number, member in self.members.others.items():
            ahead = member.time.ahead
            for bar in member.bars.values() if ahead is not None else ():
                start = bar.span.start + (ahead or 0)
                held = holder(claims, start)
                if bar.heard or held is None or held.member != number:
                    continue
                bar.heard = True
                span = moved(bar.span, ahead or 0)
                self._ends, self._bar = max(self._ends, span.end), Meter.parse(span.meter).bar
                out.player.append(HeardBar(span, bar.sounds))
                out.turn += [pair for pair in bar.controls if self._adopted.get(pair[0]) != pair[1]]
                self._adopted |= dict(bar.controls)

    # what we say

    def _hello(self, now: float) -> Hello:
        claim = self._claim
        playing = self._music is not None and self._music.playing
        own = (-claim.called, claim.losses, claim.since) if claim else (0, 0, 0)
        return Hello(self.number, self.name, self._tick(now), playing, *own, to=self._offer[0])

    def _place(self, now: float) -> float | None:
        """Where our music is at this moment, in ticks; None while it stands."""
        return float(self._tick(now)) if self._music is not None and self._music.playing else None

    def _tick(self, now: float) -> int:
        if self._music is None:
            return 0
        since = now - self._music.at if self._music.playing else 0.0
        return self._music.tick + round(since * self._music.bpm / 60 * QUARTER)

    @staticmethod
    def _merged(one: Outcome, other: Outcome) -> Outcome:
        for name in ("packets", "player", "turn", "lines"):
            getattr(one, name).extend(getattr(other, name))
        one.begin = one.begin or other.begin
        return one
