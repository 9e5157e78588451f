"""The echo guard: what we have just sent and what comes straight back, from a synth's thru or a DAW's, is not heard.

Each message sent excuses one like it at each input, for as long as the rig file says there. A note that the performer
strikes in those milliseconds on the same channel and key is taken for the echo; with echo_ms = 0 nothing is. A release
is an echo only where the stroke before it was, so that no key that was heard stays down.

Our clock, Start, Stop and positions come back likewise. An input that brings others than ours is a master, and is heard
whole as long as it goes on: its clocks fall near ours where we follow it and pass them on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from instrument.controls.devices.plugged import InputPort
from instrument.controls.midi_messages import NOTES, TRANSPORT, decode, encode
from instrument.playing.midi.midi_input import ReceivedMidi

Kind = tuple[str | int, ...]  #: what makes two messages of a channel alike
TWICE = 2.0  #: times the window: clock and transport may come back so late
MASTER = 2.0  #: seconds without a message after which an input is no master any more
CLOCK = bytes(encode("clock"))
FEW, SOON = 3, 1.0  #: clocks that may be late by chance, in so many seconds


class EchoGuard:
    """Echo guard for MIDI that comes straight back.

    thread: the player's. Remembers the newest of each kind of message: bounded by what MIDI has.
    """

    def __init__(self, inputs: Iterable[InputPort]) -> None:
        self._windows = {one.name: one.echo_ms / 1000 for one in inputs if one.echo_ms > 0}
        self._sent: dict[Kind, float] = {}
        self._echoing: dict[tuple[str, Kind], bool] = {}  # by input and release: whether the stroke was an echo
        self._excused: dict[tuple[str, Kind], float] = {}  # by input: the sending that was answered there
        self._system = {name: _System(TWICE * window) for name, window in self._windows.items()}

    @property
    def wanted(self) -> bool:
        """Whether any input asks for it."""
        return bool(self._windows)

    def sent(self, data: list[int], at: float) -> None:
        """A message has left. at: seconds."""
        if (kind := _kind(data)) is not None:
            self._sent[kind] = at
        elif data[0] in TRANSPORT:
            for system in self._system.values():
                system.sent(bytes(data), at)

    def echo(self, heard: ReceivedMidi) -> bool:
        """Whether that is what we sent, coming back."""
        if heard.data[0] in TRANSPORT:
            system = self._system.get(heard.port)
            return system is not None and system.echo(heard.data, heard.at)
        kind = _kind(heard.data)
        if kind is None:
            return False
        if kind[0] == "off":
            return self._echoing.pop((heard.port, kind), False)
        window, at = self._windows.get(heard.port, 0.0), self._sent.get(kind)
        back = at is not None and 0 <= heard.at - at <= window and self._excused.get((heard.port, kind)) != at
        if back and at is not None:
            self._excused[heard.port, kind] = at
        if kind[0] == "on":
            self._echoing[heard.port, ("off", *kind[1:])] = back
        return back


class _System:
    """Clock and transport at one input: ours coming back, or a master's."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._sent: dict[bytes, deque[float]] = {}  # what may still come back
        self._others: deque[float] = deque(maxlen=FEW)  # clocks that were not ours
        self._master = float("-inf")  # when a master was heard last

    def sent(self, data: bytes, at: float) -> None:
        self._sent.setdefault(data, deque(maxlen=64)).append(at)
        if len(self._sent) > 64:  # positions
            del self._sent[next(iter(self._sent))]

    def echo(self, data: bytes, at: float) -> bool:
        if at - self._master <= MASTER:
            self._master = at
            return False
        sent = self._sent.get(data, deque())
        while sent and at - sent[0] > self._window:
            sent.popleft()
        if sent and sent[0] <= at:
            sent.popleft()
            return True
        self._others.append(at)
        if data != CLOCK or (len(self._others) == FEW and at - self._others[0] <= SOON):
            self._master = at
        return False


def _kind(data: Sequence[int]) -> Kind | None:
    """What makes two channel messages alike: strokes are by channel and key, and so are releases. None for others."""
    said = decode(data)
    if said is None or not said.channel:
        return None
    value = () if said.kind in NOTES else (said.value,)
    return said.kind, said.channel, said.number, *value
