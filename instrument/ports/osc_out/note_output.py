"""Notes over OSC as an output: each goes out a moment before it sounds, in a bundle with the time tag of that moment.

To a program of others (SuperCollider, Pure Data, Sonic Pi, SuperDirt) that the rig file names in an `[osc.NAME]` table.
What sounds there is counted as at a MIDI port, so that a panic, an end and the watchdogs can end it.
"""

from __future__ import annotations

import heapq
import socket
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from instrument.controls.devices.plugged import OscTarget
from instrument.music.events import Span
from instrument.playing.midi.channel_controllers import Part
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.route import Route
from instrument.playing.time.clock import Clock, wall
from instrument.playing.time.lateness import Lateness
from instrument.ports.network.note_moves import NoteMove, NoteMoves, voice_on
from instrument.ports.osc_out.note_packets import (
    ALL_OFF,
    DEFAULT_LENGTH,
    dirt_packet,
    move_message,
    note_message,
    packet,
    unbundled,
)

SCHEME = "osc.udp://"
PLAIN = "?plain"  #: behind the name in the system of a target that reads no bundles
AGAIN = 1.0  #: seconds between two measurements of the wall clock against ours
TRIES = 4  #: readings of both clocks, of which the closest pair counts
KEPT = 512  #: announced notes whose lengths are remembered
NEAR = 0.02  #: seconds by which a note may lie beside its place in the plan


def is_target(whole: str) -> bool:
    """Whether an output's name in the system is that of an OSC target."""
    return whole.startswith(SCHEME)


class WallClock:
    """Seconds since 1970 of a moment on our clock, measured now and then. thread: one."""

    def __init__(self, clock: Clock, wall: Callable[[], float] = wall) -> None:
        self._clock, self._wall = clock, wall
        self._offset, self._measured = 0.0, float("-inf")

    def at(self, due: float) -> float:
        """due: seconds on our clock."""
        now = self._clock.now()
        if now - self._measured > AGAIN:
            self._measured, self._offset = now, self._measure()
        return due + self._offset

    def _measure(self) -> float:
        """The difference of both, by the pair of readings that nothing came between."""
        pairs = [(self._clock.now(), self._wall(), self._clock.now()) for _ in range(TRIES)]
        before, there, after = min(pairs, key=lambda pair: pair[2] - pair[0])
        return there - (before + after) / 2


class OscEnd:
    """The far end, as a MIDI port's wire is: takes the bytes of channel messages, sends what they mean to notes.

    thread: one at a time. voices: of the channels 1..16, where no route says. Sending raises nothing and never blocks.
    """

    def __init__(self, host: str, port: int, voices: Mapping[int, str], plain: bool = False) -> None:
        """plain: bundles go as their message alone. Raises OSError where the host has no address."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]  # asked once, not with every packet
        family, self._to = found[0], found[4]
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.voices, self._plain = dict(voices), plain
        self.sounding: dict[tuple[int, int], tuple[str, float]] = {}  # channel, note: voice, and wall time of its start

    def play(self, data: bytes) -> None:
        with suppress(OSError):
            self._socket.sendto(unbundled(data) if self._plain else data, self._to)

    def send_message(self, data: list[int]) -> None:
        """A note's end now, or when it begins; "all notes off" likewise; nothing else means anything there."""
        channel = (data[0] & 15) + 1
        if data[0] & 0xF0 == 0x80 or (data[0] & 0xF0 == 0x90 and not data[2]):
            voice, begins = self.sounding.pop((channel, data[1]), (self.voices.get(channel, "other"), 0.0))
            self.play(packet(note_message(voice, data[1], 0), begins if begins > wall() else None))
        elif data[0] & 0xF0 == 0xB0 and data[1] == 123:
            self.play(packet((ALL_OFF, ()), None))

    def close_port(self) -> None:
        self._socket.close()


class OscNotes:
    """An output (`ports.outputs`). thread: the player's. blocks: never.

    routes: of the voices, as they are; seconds: from a tick of the music to our clock
    """

    def __init__(
        self, target: OscTarget, end: OscEnd, clock: Clock, lateness: Lateness, walled: Callable[[], float] = wall
    ) -> None:
        self.name, self.delay = target.name, target.offset_ms / 1000
        self._plain = target.format == "plain"
        self.end, self.there = end, True
        self.whole = f"{SCHEME}{target.host}:{target.port}" + (PLAIN if self._plain else "")
        #: of who reads no time tags: seconds on our clock, number, packet, whether it begins a note
        self._held: list[tuple[float, int, bytes, bool]] = []
        self.routes: Mapping[str, Route] = {}
        self.seconds: Callable[[int], float] = lambda tick: 0.0
        self._target, self._clock, self._lateness = target, clock, lateness
        self._wall = WallClock(clock, walled)
        self._moves = NoteMoves()
        self._planned: deque[tuple[int, int, int, str]] = deque(maxlen=KEPT)  # start, end, pitch, voice
        self.sent, self._count = 0, 0  #: notes, in all
        self.laid: list[Message] = []  #: no MPE zones, which are of MIDI

    @property
    def sounding(self) -> tuple[list[tuple[int, int]], list[tuple[int, Part]]]:
        """The keys that are down or about to be, each with its channel; nothing else is ever moved there."""
        return sorted(self.end.sounding), []

    def take(self, message: Message, now: float) -> None:
        key, due = (message.channel, message.number), message.due + self.delay
        at = self._wall.at(due)
        if message.kind not in ("on", "off"):
            self._move(self._moves.hear(message), due, at)
            return
        self._lateness.add(max(0.0, self._clock.now() - due))
        if message.kind == "on":
            voice = voice_on(self.routes, message)
            if self._target.format == "dirt":
                length = self._length(voice, message)
                pitch = message.number + self._moves.bend(message.channel)
                self._play(dirt_packet(self._target.sound, pitch, message.value, length, at), due)
            else:
                self.end.sounding[key] = voice, at
                self._play(packet(note_message(voice, message.number, message.value), at), due, True)
                self._move(self._moves.begin(key, voice), due, at)
            self.sent += 1
        elif key in self.end.sounding:
            voice, _ = self.end.sounding.pop(key)
            if self._moves.alone(key):
                self._play(packet(note_message(voice, message.number, 0), at), due)
            self._moves.end(key)

    def _move(self, moves: list[NoteMove], due: float, at: float) -> None:
        """Notes that sound are bent or pressed, but for SuperDirt's, which have gone out whole. due: seconds on our
        clock; at: wall time."""
        if self._target.format != "dirt":
            for move in moves:
                self._play(packet(move_message(*move), at), due)

    def _play(self, data: bytes, due: float, begins: bool = False) -> None:
        """A packet, now or, to who reads no time tag, when it is due. begins: it begins a note."""
        if self._plain:
            self._count += 1
            heapq.heappush(self._held, (due, self._count, data, begins))
        else:
            self.end.play(data)

    def flush(self, now: float) -> float:
        while self._held and self._held[0][0] <= now:
            self.end.play(heapq.heappop(self._held)[2])
        return min(self._held[0][0], now + 1.0) if self._held else now + 1.0

    def announced(self, span: Span) -> None:
        """A span that will be heard: how long its notes are."""
        self._planned.extend((note.start, note.end, note.pitch, note.voice) for note in span.notes)

    def silence(self, offs: list[Message], everything: bool) -> None:
        """What sounds ends, each for itself and all together."""
        self._moves.rest()
        held, self._held = sorted(self._held), []
        for _, _, data, begins in held:
            if not begins:
                self.end.play(data)
        if self._target.format == "dirt":
            return
        for channel, note in sorted(self.end.sounding):
            self.end.send_message([0x80 | (channel - 1), note, 0])
        self.end.send_message([0xB0, 123, 0])

    def close(self) -> None:
        self.silence([], False)
        self.end.close_port()

    def _length(self, voice: str, message: Message) -> float:
        """Seconds that a note will sound, as it is planned; of one that is not, a short time."""
        route = self.routes.get(voice)
        up = route.transpose if route else 0
        for start, end, pitch, whose in reversed(self._planned):
            if whose == voice and (pitch + up - message.number) % 12 == 0:
                begins = self.seconds(start)
                if abs(begins - message.due) < NEAR:
                    return max(0.02, self.seconds(end) - begins)
        return DEFAULT_LENGTH


def open_end(whole: str, voices: Mapping[int, str]) -> OscEnd:
    """The end of a target by its name in the system. Raises OSError or ValueError where there can be none."""
    host, _, port = whole.removeprefix(SCHEME).removesuffix(PLAIN).rpartition(":")
    return OscEnd(host.strip("[]"), int(port), voices, whole.endswith(PLAIN))
