"""Keys that play a voice of the patch by hand: a bass under the left hand, an input of its own for the guitar.

Each sounds as long as it is held, and on under the pedal of its input and channel. Where several keys mean one note of
a voice, the note ends with the last of them. What is composed for such a voice is not played meanwhile.
"""

from __future__ import annotations

from instrument.playing.midi.held_inputs import Held, Key
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.scheduler import Scheduler


class VoiceKeys:
    """Keys that play a voice of the patch by hand.

    thread: the player's. blocks: never. Cost of a release of all: what is down.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._held: dict[str, Held] = {}  # by voice
        self._pedals: set[tuple[str, int]] = set()
        self._sounding: set[tuple[str, int]] = set()  # voice and pitch

    def strike(self, key: Key, voice: str, velocity: int, at: float) -> list[Message]:
        """A key of the voice's goes down; nothing sounds where the patch has no such voice. at: seconds."""
        held = self._held.get(voice)
        if held is None:
            held = self._held[voice] = Held()
            for pedal in sorted(self._pedals):
                held.tread(pedal, True)
        messages = self.lift(key, at)  # struck again without a release
        held.strike(key, voice in self._scheduler.routes)
        if voice not in self._scheduler.routes:
            return messages
        messages += self._hush(voice, key[2], at)
        self._sounding.add((voice, key[2]))
        return messages + self._scheduler.strike(voice, key[2], velocity, at)

    def holds(self, key: Key) -> bool:
        """Whether a key is down that was struck for a voice."""
        return any(held.holds(key) for held in self._held.values())

    def lift(self, key: Key, at: float) -> list[Message]:
        """A key goes up; its note ends with it, unless a pedal holds it or another key means the same."""
        return [m for voice, held in self._held.items() if held.lift(key) for m in self._hush(voice, key[2], at)]

    def tread(self, pedal: tuple[str, int], down: bool, at: float) -> list[Message]:
        """The sustain pedal of an input on a channel goes down or up."""
        (self._pedals.add if down else self._pedals.discard)(pedal)
        ended = [(voice, note) for voice, held in self._held.items() for note in held.tread(pedal, down)]
        return [message for voice, note in ended for message in self._hush(voice, note, at)]

    def release(self, port: str, at: float, channel: int | None = None, pedals: bool = True) -> list[Message]:
        """An input lets go of all that it holds, on one channel (1..16) or all; pedals: of those too."""
        if pedals:
            self._pedals = {one for one in self._pedals if one[0] != port or channel not in (None, one[1])}
        ended = [(v, note) for v, held in self._held.items() for note in held.release(port, channel, pedals)]
        return [message for voice, note in ended for message in self._hush(voice, note, at)]

    def lift_all(self, at: float) -> list[Message]:
        """An output has gone: nobody holds a key any more."""
        messages = [message for voice, note in sorted(self._sounding) for message in self._hush(voice, note, at)]
        self.forget()
        return messages

    def forget(self) -> None:
        """The ledger has ended every note."""
        for held in self._held.values():
            held.forget()
        self._pedals.clear()
        self._sounding.clear()

    def _hush(self, voice: str, pitch: int, at: float) -> list[Message]:
        if (voice, pitch) not in self._sounding:
            return []
        self._sounding.discard((voice, pitch))
        return self._scheduler.end(voice, pitch, at)
