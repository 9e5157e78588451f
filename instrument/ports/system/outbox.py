"""Queue of messages between two processes, bounded: of what is alike, only the newest waits.

A control that is turned faster than the other end reads is told by where it stands now. What cannot be folded is lost
beyond a limit, and counted, where that does no harm: never a request, a panic or the end.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from instrument.controls.midi_messages import (
    BANK,
    BANK_FINE,
    DATA,
    DATA_FINE,
    ENDING,
    LESS,
    MORE,
    NRPN,
    NRPN_FINE,
    RESET,
    RPN,
    RPN_FINE,
    MidiMessage,
)
from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Act, Announced, Change, Present, Said, Status
from instrument.playing.midi.midi_input import ReceivedMidi

MOST = 2000  #: messages that wait at most, of those that may be lost
CROWDED = 8  #: messages waiting, from which on a knob is told by its newest value only
WHOLE = (Change, Snapshot, Status, Rethink, Extend, Present)  #: each says all there is to know
#: controllers that mean what they do only in the order in which they came: banks, parameters, resets and endings
IN_ORDER = frozenset((BANK, BANK_FINE, DATA, DATA_FINE, MORE, LESS, NRPN_FINE, NRPN, RPN_FINE, RPN, RESET, *ENDING))
LOSABLE = (ReceivedMidi, Announced, Said)  #: the ones before the others, but for what is folded


class Outbox:
    """Outbox: a bounded queue of messages between processes. thread: one at a time. blocks: never."""

    def __init__(self, most: int = MOST) -> None:
        self.lost = 0  #: messages, in all
        self._most = most
        self._waiting: OrderedDict[int, object] = OrderedDict()
        self._places: dict[Hashable, int] = {}
        self._losable: dict[type, OrderedDict[int, None]] = {kind: OrderedDict() for kind in LOSABLE}
        self._count = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: object) -> None:
        """It goes last, in place of one like it."""
        key = alike(message)
        place = self._places.get(key) if key is not None else None
        if place is not None and (len(self._waiting) >= CROWDED or not isinstance(message, ReceivedMidi)):
            message = _merged(self._waiting.pop(place), message)
        elif len(self._waiting) >= self._most and not self._make_room(message):
            return
        self._count += 1
        self._waiting[self._count] = message
        if key is not None:
            self._places[key] = self._count
        elif isinstance(message, LOSABLE):
            self._losable[type(message)][self._count] = None

    def pop(self) -> object:
        """The first. KeyError where nothing waits."""
        place, message = self._waiting.popitem(last=False)
        key = alike(message)
        if key is None:
            if isinstance(message, LOSABLE):
                del self._losable[type(message)][place]
        elif self._places.get(key) == place:
            del self._places[key]
        return message

    def _make_room(self, message: object) -> bool:
        """Whether there is room for it, made by losing the oldest of those that may be lost."""
        for kind in LOSABLE:
            if self._losable[kind]:
                self.lost += 1
                del self._waiting[self._losable[kind].popitem(last=False)[0]]
                return True
            if type(message) is kind and alike(message) is None:
                self.lost += 1
                return False
        return True


def folded(messages: Sequence[object]) -> list[object]:
    """These messages as an outbox with room for all would pass them on. Pure."""
    outbox = Outbox(len(messages))
    for message in messages:
        outbox.put(message)
    return [outbox.pop() for _ in range(len(outbox))]


def newest(messages: Sequence[ReceivedMidi]) -> list[ReceivedMidi]:
    """Of each knob only its newest message, in its place. Pure."""
    seen: set[Hashable] = set()
    kept: list[ReceivedMidi] = []
    for heard in reversed(messages):
        key = alike(heard)
        if key is None or key not in seen:
            kept.append(heard)
            seen.add(key)
    return kept[::-1]


def newest_changes(entries: Sequence[Any]) -> list[Any]:
    """Of several changes of the controls only the last: each says how all of them stand. What brings earlier music back
    stays too. Pure."""
    changes = [i for i, e in enumerate(entries) if isinstance(e, Change) and e.undone is None and e.top is None]
    return [entry for i, entry in enumerate(entries) if i not in changes[:-1]] if len(changes) > 1 else list(entries)


def alike(message: object) -> Hashable:
    """What makes two messages alike, so that the newer stands for both; None for one that stands alone. Pure."""
    match message:
        case ReceivedMidi(message=MidiMessage("control", _, number)) if number in IN_ORDER:
            return None
        case ReceivedMidi(port=port, message=MidiMessage("touch" | "control" as kind, channel, number)):
            return port, kind, channel, number
        case ReceivedMidi(port=port, message=MidiMessage("program" | "pressure" | "bend" as kind, channel)):
            return port, kind, channel
        case Act():
            return message
        case Change() if (message.undone, message.top) != (None, None):
            return None  # it brings music back, besides how the controls stand
    return type(message).__name__ if isinstance(message, WHOLE) else None


def _merged(old: object, new: object) -> object:
    """The newer of two that are alike. A request to write anew stays one until it is made."""
    if isinstance(old, Rethink) and isinstance(new, Rethink) and old.rewrite:
        return replace(new, rewrite=True)
    return new
