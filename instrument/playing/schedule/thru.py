"""Thru: what comes in at an input goes on to outputs, its notes counted by the ledger with all the others.

A key that is held is remembered by the input it came from, so that its release ends exactly what it struck, even where
panic, a lost port or the music itself has been there in between. What an input has moved goes back to rest with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from instrument.controls.midi_messages import NOTES
from instrument.playing.midi.channel_controllers import Controllers
from instrument.playing.midi.input_channels import InputChannels
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.ledger import Ledger

Key = tuple[str, int, int]  #: input, channel 1..16, note


class Thru:
    """MIDI thru. thread: the player's. blocks: never."""

    def __init__(self, onward: Mapping[str, tuple[str, ...]], ledger: Ledger) -> None:
        """onward: for each input, the outputs that it goes on to."""
        self.onward = dict(onward)
        self.controllers = Controllers()  #: of every output, where inputs have moved them, by thru or through a voice
        self.channels = InputChannels()  #: of the inputs
        self._ledger = ledger
        self._held: dict[Key, list[str]] = {}  # the outputs each held key was struck on

    def pass_on(self, heard: ReceivedMidi) -> list[Message]:
        """The messages that `heard` becomes, due when it arrived. What is cut short or not of a channel: none."""
        said = heard.message
        if said is None or not said.channel:
            return []
        if said.kind in NOTES:
            velocity = said.value if said.kind == "on" else 0
            return self._note(heard.at, (heard.port, said.channel, said.number), velocity)
        member = self.channels.manager(heard.port, said.channel) is not None
        return [
            message
            for output in self.onward.get(heard.port, ())
            if output not in self._ledger.absent
            for message in self.controllers.hear(
                heard.port, Message(heard.at, said.kind, said.channel, said.number, said.value, output), member
            )
        ]

    def forget(self, output: str | None = None, at: float = 0.0) -> list[Message]:
        """The ledger has been released (on one output, or all): the keys that are down hold nothing there any more.
        Returns what puts pedals, bend and the like back to rest."""
        for key, struck in list(self._held.items()):
            self._held[key] = [name for name in struck if output is not None and name != output]
        return self.controllers.rest(at, output)

    def release(self, port: str, at: float, channel: int | None = None, controllers: bool = True) -> list[Message]:
        """An input lets go of all its keys, on one channel or all; controllers: of pedals, bend and the like too."""
        keys = sorted(key for key in self._held if key[0] == port and channel in (None, key[1]))
        messages = [message for key in keys for message in self._note(at, key, 0)]
        return messages + (self.controllers.release(port, at, channel) if controllers else [])

    def _note(self, at: float, key: Key, velocity: int) -> list[Message]:
        port, channel, note = key
        messages: list[Message] = []
        for output in self._held.pop(key, ()):  # released, or struck again without a release
            messages += self._ledger.off(at, output, channel, note, key)
        if velocity:
            self._held[key] = list(self.onward.get(port, ()))
            for output in self._held[key]:
                messages += self._ledger.on(at, output, channel, note, velocity, key)
        return messages
