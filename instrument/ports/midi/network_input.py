"""Network inputs in the player's process: keys of pages and notes over OSC, which come on a line from the main process.

A thread waits on the line, as a MIDI driver's does, so that a key wakes the player at once. What is to sound later (a
bundle's time tag, the end of a note that has a length) waits here until a moment before. A page gives signs of life;
one that gives none while its keys are down has them let go, as an input has whose active sensing stops.

Records on the line: ("midi", input, at, bytes, seconds until it ends or 0), ("voice", input, at, voice, pitch,
velocity, seconds), ("sign", input), ("gone", input). at: seconds on the machine's clock.
"""

from __future__ import annotations

import heapq
import pickle
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from instrument.controls.devices.microphone import MICROPHONE
from instrument.controls.midi_messages import NOTES, decode, encode
from instrument.playing.messages import Act, Released
from instrument.playing.midi.midi_input import ReceivedMidi, VoiceNote
from instrument.playing.time.clock import Bell, Clock, whole

#: seconds without a sign of life after which an input's keys are let go
PATIENCE = {"page": 2.5, "osc": 60.0, MICROPHONE: 2.5}
PAST, AHEAD = 0.5, 10.0  #: seconds that a note may be placed before now, and after it
PEDALS = (64, 66, 67)
FULLEST = 4096  #: notes that wait for their moment; beyond it none begins

Entry = ReceivedMidi | VoiceNote | Released


class NetworkInputs:
    """Network inputs: keys of pages, notes over OSC. thread: the player's, but for the reader's own."""

    def __init__(self, clock: Clock, bell: Bell, lead: float, say: Callable[[str], object]) -> None:
        """lead: seconds before its moment that a note is handed over; say: shows one line to people."""
        self._clock, self._bell, self._lead, self._say = clock, bell, lead, say
        self._lock = threading.Lock()
        self._arrived: list[tuple[int, tuple[Any, ...]]] = []
        self._waiting: list[tuple[float, int, ReceivedMidi | VoiceNote]] = []  # the earliest first
        self._count = 0
        self._signs: dict[str, float] = {}  # by input: when it was last heard
        self._newest: dict[str, float] = {}  # by input: the moment of its newest note
        self._down: defaultdict[str, set[object]] = defaultdict(set)  # keys of an input

    def join(self, line: Connection, port: str = "") -> None:
        """Read a line until it closes; then the input that it is of lets go of its keys. thread: the reader's. blocks:
        as long."""
        while True:
            try:
                record = pickle.loads(line.recv_bytes())
            except (EOFError, OSError, TypeError):  # TypeError: closed from our side while it waits
                break
            self._arrive(record)
        if port:
            self._arrive((0, ("gone", port)))

    def _arrive(self, record: tuple[int, tuple[Any, ...]]) -> None:
        with self._lock:
            first = not self._arrived
            self._arrived.append(record)
        if first:
            self._bell.ring()

    def take(self) -> list[Entry]:
        """What is due, in order. blocks: never."""
        now = self._clock.now()
        with self._lock:
            arrived, self._arrived = self._arrived, []
        found: list[Entry] = []
        for lost, record in arrived:
            if lost:  # of whom is not known
                found += [self._let_go(port) for port in sorted(self._signs)]
            self._sort(record, now, found)
        while self._waiting and self._waiting[0][0] <= now + self._lead:
            found.append(self._hand_over(heapq.heappop(self._waiting)[2]))
        for port in sorted(self._down):
            if self._down[port] and now - self._signs[port] > PATIENCE[port.split()[0]]:
                self._say(f'"{port}" has fallen silent; its keys are let go')
                found.append(self._let_go(port))
        return found

    def heed(self, entries: Iterable[object]) -> None:
        """After a panic nothing begins that waited."""
        if any(isinstance(entry, Act) and entry.name == "panic" for entry in entries):
            self._waiting = [entry for entry in self._waiting if not _begins(entry[2])]
            heapq.heapify(self._waiting)

    def wake(self) -> float:
        """Seconds: when something is due; infinity for nothing."""
        return self._waiting[0][0] - self._lead if self._waiting else float("inf")

    def _sort(self, record: tuple[Any, ...], now: float, found: list[Entry]) -> None:
        kind, port, *rest = record
        self._signs[port] = now
        if kind == "gone":
            found.append(self._let_go(port))
        elif kind == "midi":
            at, data, seconds = rest
            at = min(max(at, now - PAST), now + AHEAD)
            self._wait(at, ReceivedMidi(whole(at), port, data))
            struck = decode(data)
            if seconds and struck is not None and struck.kind == "on":
                ends = bytes(encode("off", struck.channel, struck.number))
                self._wait(at + seconds, ReceivedMidi(whole(at + seconds), port, ends))
        elif kind == "voice":
            at, voice, pitch, velocity, seconds = rest
            at = min(max(at, now - PAST), now + AHEAD)
            self._wait(at, VoiceNote(whole(at), port, voice, pitch, velocity))
            if seconds:
                self._wait(at + seconds, VoiceNote(whole(at + seconds), port, voice, pitch, 0))

    def _wait(self, at: float, one: ReceivedMidi | VoiceNote) -> None:
        if len(self._waiting) < FULLEST or not _begins(one):
            self._count += 1
            heapq.heappush(self._waiting, (at, self._count, one))

    def _hand_over(self, one: ReceivedMidi | VoiceNote) -> Entry:
        """One whose moment has come, never before what its input did last; which keys are down is noted."""
        key, down = _key(one), self._down[one.port]
        if key is not None:
            (down.add if _begins(one) else down.discard)(key)
        at = self._newest[one.port] = max(one.at, self._newest.get(one.port, one.at))
        return one if at == one.at else replace(one, at=at)

    def _let_go(self, port: str) -> Released:
        """An input lets go of all that it holds, and of what was to come."""
        self._waiting = [entry for entry in self._waiting if entry[2].port != port]
        heapq.heapify(self._waiting)
        self._down.pop(port, None)
        self._newest.pop(port, None)
        return Released(port)


def _key(one: ReceivedMidi | VoiceNote) -> object:
    """What of its input goes down or up: a note, or a pedal; None for anything else."""
    if isinstance(one, VoiceNote):
        return one.voice, one.pitch
    said = one.message
    if said is not None and (said.kind in NOTES or (said.kind == "control" and said.number in PEDALS)):
        return said.channel, said.kind == "control", said.number
    return None


def _begins(one: ReceivedMidi | VoiceNote) -> bool:
    """Whether a note begins with it, or a pedal goes down."""
    if isinstance(one, VoiceNote):
        return one.velocity > 0
    said = one.message
    if said is None:
        return False
    return said.kind == "on" or (said.kind == "control" and said.number in PEDALS and said.value >= 64)
