"""Part of the player in an ensemble: bars of who leads that are to come, and which voices sound while another leads."""

from __future__ import annotations

from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.ticks import QUARTER
from instrument.playing.ensemble.bar_text import HEARD
from instrument.playing.ensemble.roles import EnsembleRole, HeardBar

MOST = 16  #: bars to come that are remembered


class EnsemblePart:
    """Part of this player in an ensemble. thread: the player's. blocks: never."""

    def __init__(self) -> None:
        self.waits = False  #: the music begins when it is settled who leads
        self._roles: list[EnsembleRole] = []  # in force one after the other, the newest last; none where we play alone
        self._coming: dict[int, HeardBar] = {}  # tick at which it begins: a bar of who leads
        self._heard = False  # whether any has been laid and announced since we follow

    def join(self) -> None:
        """We play in an ensemble, and rest until it is settled who leads."""
        self.waits, self._roles = True, [EnsembleRole("rests")]

    def take(self, role: EnsembleRole) -> None:
        """Our role is another."""
        self.waits = False
        self._heard = self._heard and role.role != "rests"
        self._roles = [*self._roles[-1:], role]

    def hear(self, bar: HeardBar, committed: int) -> bool:
        """A bar of who leads. committed: tick; what begins before is announced. Whether it can still be heard,
        and is new. One that lies over others, since their time was misjudged, stands in their place."""
        if bar.span.start < committed:
            return False
        if self._coming.get(bar.span.start) == bar:
            return False
        apart = [
            one for one in self._coming.values() if one.span.end <= bar.span.start or one.span.start >= bar.span.end
        ]
        coming = sorted((one for one in apart if one.span.start >= committed), key=lambda one: one.span.start)
        self._coming = {one.span.start: one for one in [*coming[-MOST:], bar]}
        return True

    def bars(self, start: int) -> tuple[HeardBar, ...]:
        """The bars of who leads that begin at or behind a tick."""
        return tuple(self._coming[tick] for tick in sorted(self._coming) if tick >= start)

    def ahead(self, snapshot: Snapshot, committed: int) -> int:
        """Ticks by which we announce earlier, so that the others have time to play to it: where we lead or are to,
        and, where another is about to, up to the bar with which it does. committed: tick, announced up to here."""
        leads = bool(self._roles) and "leads" in (self._roles[-1].role, self._role(committed))
        return int(snapshot.number("ensemble.ahead") * QUARTER) if leads else 0

    def left(self, span: Span, snapshot: Snapshot) -> Span:
        """What of a bar sounds: all of it where we lead; where we follow, our voices, with the melody if that plays
        along; nothing while nobody leads, and until a bar of the leader's is laid."""
        role = self._role(span.start) if self._roles else "leads"
        self._heard = self._heard or span.source == HEARD
        if role == "leads":
            return span
        if role == "rests" or not self._heard:
            return replace(span, notes=()) if span.notes else span
        if snapshot.values["ensemble.melody"] == "play along":
            return span
        return replace(span, notes=tuple(note for note in span.notes if note.voice != "melody"))

    def _role(self, tick: int) -> str:
        """The role in force for a bar that begins there."""
        return next((one.role for one in reversed(self._roles) if one.since <= tick), self._roles[0].role)
