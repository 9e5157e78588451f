"""Bends and pressure of sounding notes, note by note, for those who hear of notes and know no channels.

What bends a channel, or a whole MPE zone, bends each of its notes that sounds, in semitones, by the ranges that the
output has been told of. A note begins unbent and unpressed; what it begins with otherwise is told behind its beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from instrument.controls.midi_messages import RESET, MidiMessage
from instrument.playing.midi.input_channels import InputChannels
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.route import Route

Key = tuple[int, int]  #: channel 1..16, note 0..127
What = Literal["bend", "pressure"]


class NoteMove(NamedTuple):
    """Move of a sounding note.

    voice, pitch: of the note; what: how it is moved; value: semitones from its pitch, or pressure 0..127.
    """

    voice: str
    pitch: int
    what: What
    value: float


class NoteMoves:
    """Moves of the sounding notes. thread: the player's. blocks: never. Cost of a bend: the notes that sound."""

    def __init__(self) -> None:
        self._channels = InputChannels()
        self._voices: dict[Key, str] = {}  # of the notes that sound

    def begin(self, key: Key, voice: str) -> list[NoteMove]:
        """A note of a voice begins. Returns what it begins with."""
        self._voices[key] = voice
        return [move for move in self._moves(key) if move.value]

    def end(self, key: Key) -> None:
        """It has ended."""
        self._voices.pop(key, None)

    def alone(self, key: Key) -> bool:
        """Whether no other channel sounds that note for the same voice."""
        voice = self._voices.get(key)
        return not any(other != key and other[1] == key[1] and self._voices[other] == voice for other in self._voices)

    def hear(self, message: Message) -> list[NoteMove]:
        """What a message that is no note does to those that sound."""
        kind, channel = message.kind, message.channel
        if kind == "touch":
            voice = self._voices.get((channel, message.number))
            return [] if voice is None else [NoteMove(voice, message.number, "pressure", message.value)]
        if kind not in ("bend", "pressure", "control"):
            return []
        self._channels.hear("", MidiMessage(kind, channel, message.number, message.value))
        reset = kind == "control" and message.number == RESET
        if reset:
            self._channels.release("", channel)
        elif kind == "control":
            return []
        reached = self._channels.reach("", channel)
        moves = [move for key in sorted(self._voices) if key[0] in reached for move in self._moves(key)]
        return [move for move in moves if reset or move.what == kind]

    def bend(self, channel: int) -> float:
        """Semitones that notes of a channel are bent now."""
        return self._channels.bend("", channel)

    def rest(self) -> None:
        """Every note has ended, and everything is at rest."""
        self._channels.rest()
        self._voices.clear()

    def _moves(self, key: Key) -> list[NoteMove]:
        voice, (channel, pitch) = self._voices[key], key
        return [
            NoteMove(voice, pitch, "bend", round(self.bend(channel), 4)),
            NoteMove(voice, pitch, "pressure", self._channels.pressure("", channel)),
        ]


def voice_on(routes: Mapping[str, Route], message: Message) -> str:
    """The voice that a message is of, by its channel on its output; "click" or "other" for what is no voice's. Pure."""
    for voice, route in routes.items():
        if message.channel in (route.channel, *route.members) and message.port in route.ports:
            return voice
    return "click" if message.channel == 10 else "other"
