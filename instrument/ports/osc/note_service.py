"""Notes over OSC, in and out: what programs play on Lilt, and what they hear of it.

    /lilt/note s|i [f] [f] [s]   a note by name ("C4", "f#5", "Eb3") or number: velocity (0..1, or 1..127 as a whole
                                 number), seconds that it lasts, a voice of the patch that sounds it
    /lilt/note/on s|i [f] [s]    the same until its end: /lilt/note/off s|i [s]; without an argument, of all

A note that names no voice is a key of yours: it does what `play.way` says, is held as a MIDI key is, and sounds where
nothing else sounds it. A bundle's time tag is when it sounds, ten seconds ahead at most. Who has sent nothing for a
minute has what it holds let go. Subscribers to `/lilt/note/VOICE/on` and `off` get a bundle with each note's time tag;
to `bend` and `pressure`, one with each move of a note that sounds.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

from instrument.controls.control import Value
from instrument.controls.voice import PARTS
from instrument.playing.messages import Sounding
from instrument.playing.time.clock import Clock
from instrument.ports.osc.addresses import LEASE, NOTES, WAIT
from instrument.ports.osc.packet import AT_ONCE, Argument, Fault, OscCall
from instrument.ports.osc.socket import Client
from instrument.ports.osc_out.note_output import WallClock
from instrument.ports.osc_out.note_packets import (
    ALL_OFF,
    move_message,
    note_message,
    packet,
    unbundled,
    wall_of,
)
from instrument.ports.system.ration import Ration

VELOCITY, SECONDS = 80, 0.5  #: of a note that says nothing of it
LONGEST = 60.0  #: seconds of a note
RATE, BURST = 1000.0, 1000.0  #: notes a second of all senders, and at once
MOST = 64  #: subscribers
_NAME = re.compile(r"([A-Ga-g])(##?|ss?|bb?|[♯♭])?(-?\d)?")
_STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_SIGNS = {"": 0, "#": 1, "s": 1, "♯": 1, "b": -1, "♭": -1, "##": 2, "ss": 2, "bb": -2}


class NoteService:
    """Notes over OSC, in and out. thread: any. blocks: never."""

    def __init__(
        self, get: Callable[[str], Value], clock: Clock, wall: Callable[[], float],
        send: Callable[[bytes, Client], object],
    ) -> None:  # fmt: skip
        """get: a control's value; wall: seconds since 1970; send: a packet to somebody."""
        self.play: Callable[[tuple[Any, ...]], object] | None = None  #: to the player; None: nobody plays
        self.refresh: Callable[[], object] = lambda: None  #: is called when somebody subscribes, or has gone
        self.tags = True  #: whether time tags are heeded
        self._get, self._clock, self._wall, self._send = get, clock, wall, send
        self._walled = WallClock(clock, wall)
        self._ration, self._lock = Ration(RATE, BURST), threading.Lock()
        self._subscribers: dict[Client, tuple[Client, frozenset[str], float]] = {}  # by where: owner, addresses, end
        self._plain: set[Client] = set()  # those who read no bundles
        self._number = 0  # of what sounds, that came last

    # in

    def take(self, messages: Iterable[OscCall | Fault], client: Client) -> list[OscCall | Fault]:
        """Play the notes among these messages; returns the others, and a Fault for each that cannot be played."""
        left: list[OscCall | Fault] = []
        for message in messages:
            if isinstance(message, Fault) or message.address not in NOTES:
                left.append(message)
                continue
            try:
                self._note(message, f"osc {client[0]}")
            except ValueError as error:
                left.append(Fault(message.address, " ".join(str(error).split())))
        return left

    def _note(self, message: OscCall, port: str) -> None:
        if self.play is None:
            raise ValueError("nobody plays here")
        now = self._clock.now()
        what = message.address.removeprefix("/lilt/note").lstrip("/")
        if what == "off" and not message.arguments:
            self.play(("gone", port))
            return
        if not message.arguments:
            raise ValueError(f"takes {NOTES[message.address][0]}")
        pitch, *rest = message.arguments
        number, (velocity, seconds, voice) = pitch_of(pitch), self._how(what, rest)
        if velocity and not self._ration.take(now):
            raise ValueError("too many notes at once; the ends of those that sound are heard")
        at = self._moment(message.tag, now)
        if voice:
            self.play(("voice", port, at, voice, number, velocity, seconds))
        else:
            self.play(("midi", port, at, bytes((0x90 if velocity else 0x80, number, velocity)), seconds))

    def _how(self, what: str, rest: list[Argument]) -> tuple[int, float, str]:
        """(velocity, 0 for an end; seconds, 0 until its end is sent; voice or "")."""
        numbers = [one for one in rest if not isinstance(one, str)]
        voices = [one for one in rest if isinstance(one, str)]
        most = {"": 2, "on": 1, "off": 1}[what]
        if len(numbers) > most or len(voices) > 1:
            raise ValueError(f"takes {NOTES['/lilt/note/' + what if what else '/lilt/note'][0]}")
        if voices:
            self._refuse(voices[0])
        velocity = 0 if what == "off" else velocity_of(numbers[0]) if numbers else VELOCITY
        seconds = 0.0
        if not what and velocity:
            seconds = float(numbers[1]) if len(numbers) > 1 else SECONDS
            if not 0 < seconds <= LONGEST:
                raise ValueError(f"a note lasts above 0, up to {LONGEST:g} seconds; not {seconds:g}")
        return velocity, seconds, voices[0] if voices else ""

    def _refuse(self, voice: str) -> None:
        there = [part for part in PARTS if self._get(f"voice.{part}.on")]
        if voice not in there:
            raise ValueError(f'there is no voice "{voice[:40]}" now; there is {", ".join(there) or "none"}')

    def _moment(self, tag: int, now: float) -> float:
        """Seconds on our clock at which it is to sound."""
        if tag <= AT_ONCE or not self.tags:
            return now
        ahead = wall_of(tag) - self._wall()
        return now + ahead if ahead <= WAIT else now

    # out

    @property
    def subscribed(self) -> bool:
        """Whether anybody is."""
        now = self._clock.now()
        with self._lock:
            self._subscribers = {to: one for to, one in self._subscribers.items() if one[2] > now}
            return bool(self._subscribers)

    def subscribe(self, client: Client, to: Client, addresses: Iterable[str], plain: bool = False) -> None:
        """`to` hears of these notes from now on. plain: as messages without bundles. Raises ValueError, one line, where
        there are too many."""
        if not self.subscribed:
            self._number = 0
        with self._lock:
            if to not in self._subscribers and len(self._subscribers) >= MOST:
                raise ValueError(f"there are {MOST} subscribers already; try again in a minute")
            self._subscribers[to] = client, frozenset(addresses), self._clock.now() + LEASE
            (self._plain.add if plain else self._plain.discard)(to)
            self._plain &= set(self._subscribers)
        self.refresh()

    def unsubscribe(self, to: Client) -> None:
        with self._lock:
            self._subscribers.pop(to, None)
        self.refresh()

    def heard(self, client: Client) -> None:
        """A packet came from there: its lease begins again."""
        with self._lock:
            for to, (owner, addresses, _) in list(self._subscribers.items()):
                if client in (owner, to):
                    self._subscribers[to] = owner, addresses, self._clock.now() + LEASE

    def publish(self, sounding: Sounding) -> None:
        """What sounds, to who subscribed. A part that was lost on the way ends everything there first."""
        with self._lock:
            subscribers = [(to, addresses) for to, (_, addresses, _) in self._subscribers.items()]
            plain = set(self._plain)
        lost = self._number and sounding.number != self._number + 1
        self._number = sounding.number
        messages = [(at, note_message(voice, pitch, velocity)) for at, voice, pitch, velocity in sounding.notes]
        messages += [(at, move_message(voice, pitch, what, by)) for at, voice, pitch, what, by in sounding.moves]
        for to, addresses in subscribers:
            packets = [packet((ALL_OFF, ()), None)] if lost else []
            packets += [packet(said, self._walled.at(at)) for at, said in messages if said[0] in addresses]
            for data in packets:
                self._send(unbundled(data) if to in plain else data, to)


def pitch_of(given: Argument) -> int:
    """A MIDI note, by number or by name; C4 is 60. Raises ValueError, one line. Pure."""
    if isinstance(given, str):
        found = _NAME.fullmatch(given.strip().lstrip(":"))
        if not found:
            raise ValueError(f'"{given[:40]}" is no note; write C4, f#5 or Eb3, or a number')
        letter, sign, octave = found.groups()
        number = _STEPS[letter.lower()] + _SIGNS[sign or ""] + 12 * (int(octave or 4) + 1)
    else:
        number = round(given) if abs(given) < 1e6 else -1
    if not 0 <= number <= 127:
        raise ValueError(f"{given} is outside the notes 0..127")
    return number


def velocity_of(given: Argument) -> int:
    """0..127, of a share up to 1.0 or a whole number. Raises ValueError, one line. Pure."""
    if isinstance(given, str) or not 0 <= given <= 127:
        raise ValueError(f"a velocity is 0..1, or a whole number up to 127; not {given}")
    if isinstance(given, bool):
        return VELOCITY if given else 0
    if isinstance(given, float) and given <= 1:
        return max(1, round(given * 127)) if given > 0 else 0
    return max(1, round(given)) if given else 0
