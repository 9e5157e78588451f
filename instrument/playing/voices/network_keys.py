"""Sound of keys that have none of their own: those of the page, and notes over OSC, heard through a voice of the patch.

A MIDI keyboard sounds by itself or by thru; a page and an OSC message do not. Where the way of playing takes the keys,
or the patch has a voice for what you play, that is what is heard; else such a key sounds with the melody's voice. Notes
that name a voice sound with that voice, whatever the keys do.
"""

from __future__ import annotations

from instrument.playing.midi.held_inputs import Held, Key
from instrument.playing.midi.midi_input import VoiceNote
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.scheduler import Scheduler

LENT = "melody"  #: voice that keys without one of their own sound with
YOURS = "soprano"  #: the patch's voice for what is played


class NetworkKeys:
    """thread: the player's. blocks: never. Cost of a release of all: what is down."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._held = Held()
        self._sounding: set[int] = set()  # pitches lent a voice
        self._voiced: set[tuple[str, str, int]] = set()  # notes that name theirs: input, voice, pitch

    # keys

    def strike(self, key: Key, velocity: int, at: float, heard: bool) -> list[Message]:
        """A key goes down. heard: it may be lent a voice, where the patch has none for it. at: seconds."""
        lent = heard and YOURS not in self._scheduler.routes and LENT in self._scheduler.routes
        messages = self.lift(key, at)  # struck again without a release
        self._held.strike(key, lent)
        if not lent:
            return messages
        messages += self._hush(key[2], at)
        self._sounding.add(key[2])
        return messages + self._scheduler.strike(LENT, key[2], velocity, at)

    def lift(self, key: Key, at: float) -> list[Message]:
        """A key goes up; its note ends with it, unless a pedal holds it or another key means the same."""
        return self._hush(key[2], at) if self._held.lift(key) else []

    def tread(self, input_channel: tuple[str, int], down: bool, at: float) -> list[Message]:
        """The sustain pedal of an input on a channel goes down or up."""
        return [message for note in self._held.tread(input_channel, down) for message in self._hush(note, at)]

    # notes that name their voice

    def sound(self, note: VoiceNote) -> list[Message]:
        """Such a note begins, or ends (velocity 0)."""
        key = note.port, note.voice, note.pitch
        messages = self._scheduler.end(note.voice, note.pitch, note.at) if key in self._voiced else []
        self._voiced.discard(key)
        if note.velocity and note.voice in self._scheduler.routes:
            self._voiced.add(key)
            messages += self._scheduler.strike(note.voice, note.pitch, note.velocity, note.at)
        return messages

    # all of them

    def release(self, port: str, at: float, channel: int | None = None, pedals: bool = True) -> list[Message]:
        """An input lets go of all that it holds, on one channel (1..16) or all."""
        ended = [message for note in self._held.release(port, channel, pedals) for message in self._hush(note, at)]
        gone = sorted(key for key in self._voiced if key[0] == port and channel is None)
        return ended + [m for _, voice, pitch in gone for m in self.sound(VoiceNote(at, port, voice, pitch, 0))]

    def lift_all(self, at: float) -> list[Message]:
        """An output has gone: nobody holds a key any more."""
        messages = [message for note in sorted(self._sounding) for message in self._hush(note, at)]
        voiced = sorted(self._voiced)
        messages += [m for port, voice, pitch in voiced for m in self.sound(VoiceNote(at, port, voice, pitch, 0))]
        self.forget()
        return messages

    def forget(self) -> None:
        """The ledger has ended every note."""
        self._held.forget()
        self._sounding.clear()
        self._voiced.clear()

    def _hush(self, pitch: int, at: float) -> list[Message]:
        if pitch not in self._sounding:
            return []
        self._sounding.discard(pitch)
        return self._scheduler.end(LENT, pitch, at)
