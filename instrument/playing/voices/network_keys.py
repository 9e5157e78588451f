"""Sound of what has none of its own: keys of the page and notes over OSC, heard through a voice of the patch.

A MIDI keyboard sounds by itself or by thru; a page and an OSC message do not. Where the way of playing takes the keys,
or the patch has a voice for what you play, that is what is heard; else such a key sounds with the melody's voice. Notes
that name a voice sound with that voice, whatever the keys do.
"""

from __future__ import annotations

from instrument.playing.midi.held_inputs import Key
from instrument.playing.midi.midi_input import VoiceNote
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.scheduler import Scheduler
from instrument.playing.voices.voice_keys import VoiceKeys

LENT = "melody"  #: voice that keys without one of their own sound with
YOURS = "soprano"  #: the patch's voice for what is played


class NetworkKeys:
    """Keys of the page and notes over OSC, given a sound.

    thread: the player's. blocks: never. Cost of a release of all: what is down.
    """

    def __init__(self, scheduler: Scheduler, keys: VoiceKeys) -> None:
        """keys: that play a voice by hand, as those do that are lent one."""
        self._scheduler, self._keys = scheduler, keys
        self._voiced: set[tuple[str, str, int]] = set()  # notes that name their voice: input, voice, pitch

    def lend(self, key: Key, velocity: int, at: float) -> list[Message]:
        """A key goes down that may be lent a voice, where the patch has none for it. at: seconds."""
        routes = self._scheduler.routes
        return self._keys.strike(key, LENT, velocity, at) if YOURS not in routes and LENT in routes else []

    def sound(self, note: VoiceNote) -> list[Message]:
        """A note that names its voice begins, or ends (velocity 0)."""
        key = note.port, note.voice, note.pitch
        messages = self._scheduler.end(note.voice, note.pitch, note.at) if key in self._voiced else []
        self._voiced.discard(key)
        if note.velocity and note.voice in self._scheduler.routes:
            self._voiced.add(key)
            messages += self._scheduler.strike(note.voice, note.pitch, note.velocity, note.at)
        return messages

    def release(self, port: str, at: float) -> list[Message]:
        """An input lets go of the notes that name their voice."""
        gone = sorted(key for key in self._voiced if key[0] == port)
        return [m for _, voice, pitch in gone for m in self.sound(VoiceNote(at, port, voice, pitch, 0))]

    def lift_all(self, at: float) -> list[Message]:
        """An output has gone: nobody holds a note any more."""
        voiced = sorted(self._voiced)
        return [m for port, voice, pitch in voiced for m in self.sound(VoiceNote(at, port, voice, pitch, 0))]

    def forget(self) -> None:
        """The ledger has ended every note."""
        self._voiced.clear()
