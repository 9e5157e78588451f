"""Fuzzing: a million broken, mutated and random OSC packets and MIDI messages, under which nothing crashes, hangs or
grows.

OSC goes the whole way through the server, but for the socket; MIDI through the inbox and the player's turn, in virtual
time, while a tune plays and controls are turned. What comes in is made from good messages as a storm would: bits
flipped, bytes lost and doubled, pieces swapped; and from nothing at all.
"""

from __future__ import annotations

import gc
import os
import random
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from pythonosc.osc_message_builder import build_msg

from instrument.controls.control import Value
from instrument.controls.readings import READINGS
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.files.patch import find
from instrument.files.rig_file import asked_for
from instrument.playing.messages import Act, Change
from instrument.playing.midi.output_message import Silence
from instrument.playing.performance import Performance
from instrument.playing.time.clock import Bell, ManualClock, SystemClock, worked
from instrument.playing.turn import Exits
from instrument.ports.midi.input import Inbox
from instrument.ports.osc.addresses import ADDRESSES
from instrument.ports.osc.server import OscServer
from instrument.rig.setup import Rig, stage, with_seed

Say = Callable[[str], None]
STATUSES = (0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xD0, 0xE0)
SYSTEM = (0xF1, 0xF2, 0xF3, 0xF6, 0xF8, 0xFA, 0xFB, 0xFC, 0xFE, 0xFF)


class Target(Protocol):
    """What it rains on."""

    def take(self, data: bytes) -> None: ...

    def finish(self) -> None:
        """Raises where something is left that may not be."""


def bench_fuzz(seconds: int, say: Say, count: int = 1_000_000, seed: int = 1) -> dict[str, float]:
    """Figures `fuzz.*`: half of `count` are OSC packets, half MIDI messages. Raises what they make us raise."""
    osc = _weather(OscTarget(), osc_packets(seed), count // 2, "OSC packets", say)
    midi = _weather(MidiTarget(), midi_messages(seed), count - count // 2, "MIDI messages", say)
    figures = {f"fuzz.osc_{name}": value for name, value in osc.items()}
    return figures | {f"fuzz.midi_{name}": value for name, value in midi.items()}


def _weather(target: Target, storm: Iterator[bytes], count: int, what: str, say: Say) -> dict[str, float]:
    """Let it rain; a tenth of it is to warm up, before memory is measured."""
    clock, slowest = SystemClock(), 0.0
    began = clock.now()
    for data in islice(storm, count // 10):
        target.take(data)
    gc.collect()
    before = _resident()
    for data in islice(storm, count - count // 10):
        start = worked()
        target.take(data)
        slowest = max(slowest, worked() - start)
    gc.collect()
    grown = _resident() - before
    target.finish()
    say(f"{count} {what} in {clock.now() - began:.0f} s; slowest {slowest * 1000:.1f} ms; memory {grown:+.1f} MB")
    return {"count": float(count), "slowest_ms": slowest * 1000, "grown_mb": grown}


def _resident() -> float:
    """Megabytes that this process has in memory; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError):
        return 0.0


# OSC


class OscTarget:
    """A server with a snapshot behind it, and a socket that hears every answer."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self.readings = {name: reading.start for name, reading in READINGS.items()}
        self.server = OscServer("127.0.0.1", 0, self._change, lambda name: None, self._get)
        self.ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ear.bind(("127.0.0.1", 0))
        self.ear.setblocking(False)
        self.count = 0

    def take(self, data: bytes) -> None:
        self.count += 1
        self.server.take(data, self.ear.getsockname())
        if self.count % 100 == 0:
            self.server.tell()
        self._hear(data)

    def finish(self) -> None:
        wrong = [name for name, value in self.snapshot.values.items() if CONTROLS[name].check(value) != value]
        self.server.close()
        self.ear.close()
        if wrong:
            raise AssertionError(f"controls hold what they may not: {wrong}")

    def _hear(self, data: bytes) -> None:
        with suppress(BlockingIOError):
            while answer := self.ear.recv(65535):
                if b"internal fault" in answer:
                    raise AssertionError(f"{data.hex(' ')}: {answer!r}")

    def _change(self, changes: list[tuple[str, Value]]) -> None:
        self.snapshot = self.snapshot.with_values(changes)

    def _get(self, name: str) -> Value:
        return self.readings[name] if name in self.readings else self.snapshot.values[name]


def osc_packets(seed: int) -> Iterator[bytes]:
    """For ever."""
    chance = random.Random(seed)
    while True:
        kind = chance.random()
        if kind < 0.25:
            yield chance.randbytes(chance.randrange(80))
        elif kind < 0.4:
            yield b"#bundle\0" + chance.randbytes(chance.randrange(60))
        elif kind < 0.55:
            yield _bundle(chance, 0)
        else:
            yield mutated(chance, _message(chance))


def _message(chance: random.Random) -> bytes:
    address = chance.choice(ADDRESSES)
    if chance.random() < 0.1:
        address = address.replace(chance.choice(address), chance.choice("*?[{/"))
    arguments = [_argument(chance) for _ in range(chance.choice((0, 1, 1, 1, 2, 3)))]
    return build_msg(address, arguments).dgram


def _argument(chance: random.Random) -> int | float | str | bool:
    return chance.choice(
        (
            chance.randrange(-(2**31), 2**31), chance.randrange(200), chance.random(), chance.uniform(-1e6, 1e6),
            float("nan"), float("inf"), True, False, chance.choice(ADDRESSES),
            "D dorian", "6/8", "é" * chance.randrange(9),
        )
    )  # fmt: skip


def _bundle(chance: random.Random, depth: int) -> bytes:
    inside = b""
    for _ in range(chance.randrange(4)):
        one = _bundle(chance, depth + 1) if depth < 10 and chance.random() < 0.3 else _message(chance)
        size = len(one) if chance.random() < 0.95 else chance.randrange(-(2**31), 2**31)
        inside += struct.pack(">i", size) + one
    whole = b"#bundle\0" + chance.randbytes(8) + inside
    return whole if depth else mutated(chance, whole)


def mutated(chance: random.Random, data: bytes) -> bytes:
    """Good three times in ten; else with a few bits flipped, bytes cut, doubled or moved."""
    out = bytearray(data)
    for _ in range(chance.choice((0, 0, 0, 1, 1, 1, 2, 3, 5, 8))):
        if not out:
            break
        at, to = sorted((chance.randrange(len(out)), chance.randrange(len(out))))
        match chance.randrange(5):
            case 0:
                out[at] ^= 1 << chance.randrange(8)
            case 1:
                out[at] = chance.randrange(256)
            case 2:
                del out[at:to]
            case 3:
                out[at:at] = out[at:to]
            case 4:
                out[at:to] = chance.randbytes(to - at)
    return bytes(out[:4000])


# MIDI


class MidiTarget:
    """A performance in virtual time that goes on for ever, controls turned all the while, and what sounds of it."""

    def __init__(self) -> None:
        patch = find("first")
        rig = Rig(asked_for(["a"], ["b"], thru=True), silent=True)
        self.snapshot = with_seed(patch.snapshot())
        self.clock, self.chance, self.count = ManualClock(), random.Random(1), 0
        self.performance = Performance(stage(patch, rig, self.snapshot), ["a"], 0.005)
        self.inbox = Inbox(self.clock, Bell())
        self.sounding: set[tuple[int, int]] = set()
        self._turn([Act("transport.play")])

    def take(self, data: bytes) -> None:
        self.count += 1
        self.inbox.put("b", data)
        entries: list[Change | Act] = []
        if self.count % 500 == 0:
            name = self.chance.choice(list(CONTROLS))
            self.snapshot = self.snapshot.with_value(name, CONTROLS[name].from_fader(self.chance.random()))
            entries = [Change(self.snapshot)]
        if self.count % 5000 == 0:
            entries += [Act("transport.stop"), Act("transport.play")]
        if self.chance.random() < 0.5:
            self.clock.advance(self.chance.random() * 0.01)
        self._turn([*entries, *self.inbox.take()], data)

    def finish(self) -> None:
        self._out(self.performance.close(self.clock.now()))
        if self.sounding:
            raise AssertionError(f"notes hang: {sorted(self.sounding)}")

    def _turn(self, entries: list[Any], data: bytes = b"") -> None:
        exits = self.performance.turn(self.clock.now(), entries)
        if exits.faults:
            raise AssertionError(f"{data.hex(' ')}: {exits.faults[0]}")
        self._out(exits)

    def _out(self, exits: Exits) -> None:
        for one in exits.out:
            if isinstance(one, Silence) and one.everything:
                self.sounding.clear()
            for message in one.offs if isinstance(one, Silence) else (one,):
                key = (message.channel, message.number)
                if message.kind == "on":
                    self.sounding.add(key)
                elif message.kind == "off":
                    self.sounding.discard(key)


def midi_messages(seed: int) -> Iterator[bytes]:
    """For ever: chords and controllers, clocks and song positions, and what no instrument would send."""
    chance = random.Random(seed)
    while True:
        kind = chance.random()
        if kind < 0.5:
            status = chance.choice(STATUSES) | chance.choice((0, 0, 0, chance.randrange(16)))
            good = bytes((status, chance.randrange(128), chance.randrange(128)))[: 2 if status & 0xE0 == 0xC0 else 3]
        elif kind < 0.8:
            good = bytes((chance.choice(SYSTEM), *chance.randbytes(chance.randrange(3))))
        else:
            good = chance.randbytes(chance.randrange(1, 12))
        yield mutated(chance, good) if chance.random() < 0.5 else good
