"""Messages between the members of an ensemble: each says all there is to know, so that any of them may be lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from instrument.controls.control import Value

#: controls of the tune that followers turn as the leader has them, so that they can go on with it
SHARED = ("tune.meter", "tune.key", "tune.dance", "tune.keys", "tune.key_list")


@dataclass(frozen=True, slots=True)
class Hello:
    """A member is there: said ten times a second.

    member: its number, drawn when it started; name: for people; tick: where its music is at this moment; playing:
    whether that runs
    called, losses, since: its claim to lead (`Claim`), since in its own ticks; called 0: it makes none
    to: the member that it hands the lead to, or ""; bye: it leaves
    """

    member: str
    name: str
    tick: int
    playing: bool
    called: int = 0
    losses: int = 0
    since: int = 0
    to: str = ""
    bye: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that a member has announced.

    number: counts its bars, so that one that comes twice is heard once; tick: where its music is at this moment
    text: see `bar_text`; controls: those of the tune, as they stand there
    """

    member: str
    number: int
    tick: int
    text: str
    controls: Mapping[str, Value] = field(default_factory=dict)


Packet = Hello | Bar
