"""Reconnection of a rig's MIDI ports: who has gone is waited for by part of its name, and opened again.

It acts on what the looking process reports. What it does itself takes a few milliseconds, and only when a cable is
plugged in; the clients of a JACK server that has died are left alone, because touching them may block for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from instrument.controls.devices.plugged import Plugged
from instrument.playing.messages import Plug, Present
from instrument.ports.midi import system
from instrument.ports.midi.input import MidiInput
from instrument.ports.midi.system import IN, OUT, NoMidi
from instrument.ports.outputs import Midi

SOON, SELDOM, OFTEN = 0.5, 5.0, 20  #: seconds between tries to open what is there; so many are soon, then seldom


class CableEnd(Protocol):
    """Our end of a cable. name: the rig's; whole: the system's; there: whether it leads anywhere; wire: its client."""

    name: str
    whole: str

    @property
    def there(self) -> bool: ...

    @property
    def wire(self) -> Any: ...

    def lose(self) -> None:
        """It leads nowhere now. Must not touch the client."""
        ...

    def take_up(self, wire: Any, whole: str) -> None:
        """It leads somewhere again, by this client."""
        ...


@dataclass(slots=True)
class Cable:
    """One end, what it is waited for by (None: it is a port of our own), and the JACK server its client lives in."""

    end: CableEnd
    kind: str
    part: str | None
    run: int = 0
    alone: bool = False  #: it has had a device that no other end of ours had

    @property
    def dead(self) -> bool | None:
        """Whether the port of our own JACK client behind it is no more; None: there is none of its."""
        alive = getattr(self.end.wire, "alive", None)
        return None if alive is None or callable(alive) else not alive

    def stale(self, present: Present) -> bool:
        """Whether its client belongs to a server that has died."""
        if self.dead is not None:
            return self.dead
        if self.end.wire is None or not system.is_jack(self.end.wire):
            return False
        self.run = self.run or present.jack
        return self.run != present.jack


class Reconnector:
    """Reconnection of MIDI ports. thread: the player's."""

    def __init__(self, wanted: Plugged, outputs: Iterable[object], inputs: Iterable[MidiInput]) -> None:
        """A port that nobody named, but that was opened, is waited for by its whole name."""
        sent = {one.name: one.port for one in wanted.outputs}
        heard = {one.name: one.port for one in wanted.inputs}
        self._cables = [Cable(o, OUT, sent.get(o.name, o.whole)) for o in outputs if isinstance(o, Midi)]
        self._cables += [Cable(i, IN, heard.get(i.name, i.whole)) for i in inputs]
        self._present: Present | None = None  # what was seen last
        self._tries, self._next_try, self._next_open = 0, 0.0, 0.0
        wholes = [(c.kind, c.end.whole) for c in self._cables if c.end.there]
        for cable in self._cables:
            cable.alone = cable.end.there and wholes.count((cable.kind, cable.end.whole)) == 1

    def outputs(self) -> dict[str, str]:
        """The outputs that lead somewhere: the rig's names, the system's names. Ports of our own are left out."""
        return {c.end.name: c.end.whole for c in self._cables if c.kind == OUT and c.part is not None and c.end.there}

    def absent(self) -> list[Plug]:
        """The ends that lead nowhere."""
        return [Plug(c.end.name, False, c.kind == IN) for c in self._cables if not c.end.there]

    def found(self, present: Present) -> list[Plug]:
        """What there is now. Returns which ends have gone, and which are back."""
        for cable in self._cables:
            self._follow(cable, present)
        self._present, self._tries = present, 0
        return [plug for cable in self._cables for plug in self._look(cable, present)]

    def retry(self, now: float) -> list[Plug]:
        """Try again where a port is there and did not open: some are seen before they can be connected to."""
        plugs = self._own_jack(now)
        if self._present is None or now < self._next_try:
            return plugs
        waits = [c for c in self._cables if not c.end.there and c.part is not None and self._seen(c)]
        if not waits:
            return plugs
        self._tries += 1
        self._next_try = now + (SOON if self._tries <= OFTEN else SELDOM)
        return plugs + [plug for cable in waits for plug in self._look(cable, self._present)]

    def _own_jack(self, now: float) -> list[Plug]:
        """A server that has gone is told by our own client at once, and one that comes back is tried for: whoever looks
        from outside may not see a quick restart."""
        dead = [cable for cable in self._cables if cable.dead]
        plugs = [Plug(c.end.name, False, c.kind == IN) for c in dead if c.end.there]
        for cable in dead:
            if cable.end.there:
                cable.end.lose()
        own = system.own_jack
        if not dead or own is None or now < self._next_open:
            return plugs
        self._next_open = now + SOON
        if own.open():
            for cable in dead:
                names = [(system.jack_api(), name) for name in own.targets(cable.kind)]
                with suppress(NoMidi):
                    wire, whole = system.again(
                        cable.kind, cable.part, names, None, self._label(cable), cable.end.name, self._busy(cable)
                    )
                    cable.end.take_up(wire, whole)
                    plugs.append(Plug(cable.end.name, True, cable.kind == IN))
        return plugs

    def _follow(self, cable: Cable, present: Present) -> None:
        """A JACK port that somebody has renamed is still connected, and is known by its new name."""
        connected = getattr(cable.end.wire, "connected", None)
        if connected is None or not cable.end.there or self._present is None:
            return
        before, now = (
            {name for _, name in (one.outputs if cable.kind == OUT else one.inputs)} for one in (self._present, present)
        )
        if cable.end.whole not in now:
            renamed = [name for name in connected() if name in now - before]
            cable.end.whole = renamed[0] if renamed else cable.end.whole

    def _seen(self, cable: Cable) -> bool:
        """Whether the port that a cable waits for has been seen."""
        if self._present is None:
            return False
        names = [name for _, name in (self._present.outputs if cable.kind == OUT else self._present.inputs)]
        return system.pick(cable.part or "", [name for name in names if name not in self._busy(cable)]) is not None

    def _label(self, cable: Cable) -> str:
        return system.CLIENT if cable.kind == OUT else f"{system.CLIENT} in"

    def _busy(self, cable: Cable) -> list[str]:
        """Ports that other ends of ours have: an input is not heard twice, and an output that had a device of its own
        does not take another's while it waits for it."""
        others = [c.end.whole for c in self._cables if c is not cable and c.kind == cable.kind and c.end.there]
        return others if cable.kind == IN or cable.alone else []

    def _look(self, cable: Cable, present: Present) -> list[Plug]:
        end, stale, plugs = cable.end, cable.stale(present), []
        names = present.outputs if cable.kind == OUT else present.inputs
        still = cable.part is None or any(name == end.whole for _, name in names)
        if end.there and (stale or not still):
            end.lose()
            plugs.append(Plug(end.name, False, cable.kind == IN))
        if not end.there and not (stale and present.jack < 0):
            try:
                old = None if stale else end.wire
                wire, whole = system.again(
                    cable.kind, cable.part, names, old, self._label(cable), end.name, self._busy(cable)
                )
            except NoMidi:
                return plugs
            cable.run = present.jack
            end.take_up(wire, whole)
            plugs.append(Plug(end.name, True, cable.kind == IN))
        return plugs
