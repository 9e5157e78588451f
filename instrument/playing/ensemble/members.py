"""Members of an ensemble as one of them knows them: who is there, how their time lies on ours, what each claims."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from instrument.controls.control import Value
from instrument.music.events import Span
from instrument.playing.ensemble.bar_text import span_of
from instrument.playing.ensemble.claims import Claim
from instrument.playing.ensemble.packets import Bar, Hello
from instrument.playing.ensemble.shared_time import SharedTime

GONE = 0.7  #: seconds without a word, after which a member has gone
MOST = 32  #: members; more are not listened to
KEPT = 8  #: bars of a member that are remembered


@dataclass(slots=True)
class BarSent:
    """A bar of a member's, at its own ticks. heard: whether it has been handed to the player."""

    span: Span
    sounds: bool
    controls: tuple[tuple[str, Value], ...]
    heard: bool = False


@dataclass(slots=True)
class Member:
    """Another member. hello: what it said last, None where only bars of it have come; at: seconds, when that was."""

    at: float
    hello: Hello | None = None
    time: SharedTime = field(default_factory=SharedTime)
    bars: OrderedDict[int, BarSent] = field(default_factory=OrderedDict)

    def claim(self) -> Claim | None:
        """Its claim to lead, in our ticks; None where it makes none."""
        hello = self.hello
        if hello is None or not hello.called:
            return None
        return Claim(-hello.called, hello.losses, hello.member, hello.since + (self.time.ahead or 0))


class Members:
    """The others. thread: one at a time. blocks: never."""

    def __init__(self, own: str) -> None:
        """own: our number, whose messages come back to us and are not heard."""
        self._own = own
        self.others: dict[str, Member] = {}

    def hear(self, packet: Hello | Bar, here: float | None, now: float) -> tuple[Member | None, bool]:
        """A message has come. here: our tick at this moment, None while our music stands. Returns its member, None
        where it is not listened to, and whether it was not there before. Raises ValueError, one line, for a bar that
        is none."""
        if packet.member == self._own:
            return None, False
        member, new = self.others.get(packet.member), False
        if member is None:
            if len(self.others) == MOST:
                raise ValueError(f"more than {MOST} members; {packet.member} is not listened to")
            member, new = Member(now), True
        if isinstance(packet, Hello):
            member.hello = packet
        elif packet.number not in member.bars:
            span, sounds = span_of(packet.text)
            member.bars[packet.number] = BarSent(span, sounds, tuple(packet.controls.items()))
            while len(member.bars) > KEPT:
                member.bars.pop(min(member.bars))
        self.others[packet.member] = member
        member.at = now
        if here is None or (isinstance(packet, Hello) and not packet.playing):
            member.time.forget()
        elif member.time.hear(here, packet.tick):
            for bar in member.bars.values():
                bar.heard = False  # it lies elsewhere now
        return member, new

    def silent(self, now: float) -> list[str]:
        """The numbers of those that have said nothing for too long."""
        return [number for number, member in self.others.items() if now - member.at > GONE]

    def claims(self) -> list[Claim]:
        """Of all that are there."""
        return [claim for member in self.others.values() if (claim := member.claim()) is not None]

    def name(self, number: str) -> str:
        """What a member is called, for people."""
        member = self.others.get(number)
        return member.hello.name if member is not None and member.hello is not None else number
