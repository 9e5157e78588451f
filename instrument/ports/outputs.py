"""Outputs of messages: the synth on a sound card, a MIDI port, or a recording. Each ends its own notes.

Messages arrive a little before they are due (`LEAD`). The synth is told the frame; a MIDI port holds them
back until the moment; a recording renders as far as time has gone.
"""

from __future__ import annotations

import heapq
import threading
from typing import Protocol

from instrument.controls import midi_messages
from instrument.playing.midi.channel_controllers import Part
from instrument.playing.midi.output_message import MIXING, Message
from instrument.playing.schedule.route import ZONE, parameter
from instrument.playing.sound.synth import Renderer
from instrument.playing.time.clock import Clock
from instrument.playing.time.lateness import Lateness
from instrument.ports.audio.sound_card import AudioOutput
from instrument.ports.jack.midi_ports import JackOut
from instrument.ports.midi.output import WHOLE, MidiOutput, Wire

LOOK = 0.5  #: seconds between looks whether the sound card is there
LEAD = 0.02  #: seconds that messages are made ahead of their time
SENSING = 0.25  #: seconds between two messages of active sensing; the standard asks for 0.3 at most
RINGING = 3.0  #: seconds that it goes on after the last note
EARLIEST = 0.009  #: of these, seconds that a sound card's latency may use up


class Output(Protocol):
    """Output for messages. thread: the player's."""

    name: str
    delay: float  #: seconds from a message's due time until it sounds or leaves

    def take(self, message: Message, now: float) -> None:
        """A message, due soon or already."""
        ...

    def flush(self, now: float) -> float:
        """Send what is due; returns when to be called again at the latest (seconds)."""
        ...

    def silence(self, offs: list[Message], everything: bool) -> None:
        """Forget what is held back, end these notes now and put these controllers to rest; everything: all 128 notes on
        all channels too."""
        ...

    def close(self) -> None: ...


class Sound:
    """The synth on the sound card."""

    name = "sound"

    def __init__(self, synth: Renderer, audio: AudioOutput, lateness: Lateness) -> None:
        self.synth, self.audio, self.lateness = synth, audio, lateness
        self._early = self.delay = 0.0
        self._allow()
        self.news: list[str] = []  #: lines for people, to be taken
        self._lost, self._look = False, 0.0

    def take(self, message: Message, now: float) -> None:
        if self._lost and message.kind not in MIXING:  # how it is mixed is not forgotten with the card
            return
        frame = self.audio.frame_at(message.due - self._early)
        self.lateness.add(max(0.0, (self.synth.frame - frame) / self.synth.rate))
        self.synth.schedule(frame, message)

    def flush(self, now: float) -> float:
        if now >= self._look:
            self._look = now + LOOK
            self._watch()
        return now + 1.0

    def _allow(self) -> None:
        """What the card adds is taken off in advance, as far as a turn and a block of the synth leave room."""
        self._early = min(self.audio.latency, EARLIEST)
        self.delay = self.audio.latency - self._early

    def _watch(self) -> None:
        """Say when the card has gone, and when it is back; what was missed meanwhile is not made up for."""
        lost, before = self.audio.look(), self._lost
        self._lost = lost
        self._allow()
        if lost:
            self.audio.seek()
        if lost and not before:
            self.synth.silence()
            self.news.append(f"sound: {self.audio.name} has gone; {self.audio.hope}. The music goes on")
        elif before and not lost:
            self.news.append(f"sound: {self.audio.name} is back")

    def silence(self, offs: list[Message], everything: bool) -> None:
        end_all(self.synth, offs)

    def close(self) -> None:
        self.synth.silence()
        self.audio.close()


class Midi:
    """A MIDI port. name: the rig's; delay: its offset, seconds that everything is sent later (or, below 0, earlier)
    sensing: active sensing goes out while notes sound, and a little longer, so that what rings on is not cut.

    A wire that knows moments (JACK's) is asked nothing here: its own thread takes what is due, each on its frame.
    """

    def __init__(
        self, name: str, port: MidiOutput, clock: Clock, lateness: Lateness, offset: float = 0.0, sensing: bool = False
    ) -> None:
        self.name, self.delay = name, offset
        self.port, self.clock, self.lateness = port, clock, lateness
        self._held: list[tuple[float, int, Message]] = []
        self._count = 0
        self._sensing, self._sensed, self._sounded = sensing, float("-inf"), float("-inf")
        self._lock = threading.Lock()  # of what is held, and of the port
        self._exact = self._join(port.wire)

    @property
    def whole(self) -> str:
        """The system's name."""
        return self.port.name

    @whole.setter
    def whole(self, name: str) -> None:
        self.port.name = name

    @property
    def there(self) -> bool:
        """Whether it leads anywhere."""
        return self.port.lost is None

    @property
    def wire(self) -> Wire | None:
        """The system's client."""
        return self.port.wire

    @property
    def soonest(self) -> float:
        """Seconds at which the next message is due here; infinity for none, or where the wire itself takes it."""
        return self._held[0][0] if not self._exact and self._held else float("inf")

    @property
    def sounding(self) -> tuple[list[tuple[int, int]], list[tuple[int, Part]]]:
        """The keys that are down or about to be, what is not at rest or about to be moved, each with its channel."""
        with self._lock:
            held = [message for _, _, message in self._held]
            keys = self.port.down | {(message.channel, message.number) for message in held if message.kind == "on"}
            parts = {(m.channel, part) for m in held if (part := self.port.part(m)) is not None}
            return sorted(keys), sorted(self.port.moved | parts)

    @property
    def laid(self) -> list[Message]:
        """What tells of the MPE zones that the other side knows."""
        with self._lock:
            zones = self.port.zones.items()
        return [m for channel, members in zones for m in parameter(0.0, self.name, channel, ZONE, members)]

    @property
    def moment(self) -> float:
        """Seconds at which the message leaves that is being sent."""
        return self.port.wire.writing if isinstance(self.port.wire, JackOut) else self.clock.now()

    def lose(self) -> None:
        """It has gone: nothing is sent until it is back."""
        with self._lock:
            self.port.lost = self.port.lost or "unplugged"
            self._held.clear()

    def take_up(self, wire: Wire, whole: str) -> None:
        """It is there again, by this client; what it was left sounding is ended."""
        with self._lock:
            self.port.take_up(wire, whole)
        self._exact = self._join(wire)

    def take(self, message: Message, now: float) -> None:
        if not self.there:
            return
        with self._lock:
            self._count += 1
            heapq.heappush(self._held, (message.due + self.delay, self._count, message))

    def flush(self, now: float) -> float:
        while not self._exact and self._held and self._held[0][0] <= now:
            due, _, message = heapq.heappop(self._held)
            self.port.send(message)
            self.lateness.add(max(0.0, self.clock.now() - due))
        soonest = self._held[0][0] if self._held and not self._exact else now + 1.0
        return min(soonest, self._sense(now)) if self._sensing else soonest

    def _sense(self, now: float) -> float:
        """Active sensing, where it is due; returns when it is due again."""
        with self._lock:
            if self.port.down or self.port.moved:
                self._sounded = now
            if now - self._sounded > RINGING:
                return now + 1.0
            if now - self._sensed >= SENSING:
                self._sensed = now
                self.port.raw(midi_messages.encode("sensing"))
        return self._sensed + SENSING

    def silence(self, offs: list[Message], everything: bool) -> None:
        with self._lock:
            held = [message for _, _, message in self._held if message.kind == "off"]
            self._held = [entry for entry in self._held if entry[2].kind in WHOLE]  # whoever follows still counts
            heapq.heapify(self._held)
            for message in (*held, *offs):  # controllers are put to rest by the port itself
                down = (message.channel, message.number) in self.port.down  # what was held back has never sounded
                if message.kind == "off" and down:
                    self.port.send(message)
            self.port.panic(everything)

    def close(self) -> None:
        self.flush(self.clock.now())
        self.silence([], False)
        self.port.close()

    def _join(self, wire: Wire | None) -> bool:
        """Whether the wire takes what is due by itself; it is told from where."""
        if not isinstance(wire, JackOut):
            return False
        wire.source = lambda until: self._give(wire, until)
        return True

    def _give(self, wire: JackOut, until: float) -> None:
        """Write what is due before a moment. thread: JACK's."""
        with self._lock:
            while self.there and self.port.wire is wire and self._held and self._held[0][0] < until:
                due, _, message = heapq.heappop(self._held)
                with wire.at(due) as late:
                    self.port.send(message)
                self.lateness.add(late)


def end_all(synth: Renderer, offs: list[Message]) -> None:
    """End every note; pedals, bend and the like go to rest at once."""
    synth.silence()
    for message in offs:
        if message.kind != "off":
            synth.schedule(synth.frame, message)
