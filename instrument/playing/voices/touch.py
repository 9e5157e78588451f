"""Expression of the performer's own voice: bend, pressure, modulation, breath and expression of the keys that sound it.

What an input has moved goes back to rest when the input goes, as thru has it; breath and expression rest at full.
"""

from __future__ import annotations

from instrument.controls.midi_messages import BREATH, EXPRESSION, MODULATION, RESET
from instrument.playing.midi.channel_controllers import Controllers
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.scheduler import Scheduler

LOUDNESS = (BREATH, EXPRESSION)  #: controllers
FULL = 127
KINDS = ("touch", "control", "pressure", "bend")


class Touch:
    """thread: the player's. blocks: never."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._controllers = Controllers()
        self._blown: set[str] = set()  # inputs that have moved breath or expression

    def hear(self, heard: ReceivedMidi) -> list[Message]:
        """What a message means to the voice that the keys sound; nothing where the patch has none."""
        message = heard.message
        if message is None or message.kind not in KINDS:
            return []
        kind, number = message.kind, message.number
        if kind == "control" and number == RESET:
            return self.release(heard.port, heard.at)
        if kind == "control" and number not in (MODULATION, *LOUDNESS):
            return []
        moved = self._everywhere(heard.at, kind, number, message.value)
        if kind == "control" and number in LOUDNESS:
            if moved:
                self._blown.add(heard.port)
            return moved
        return [message for one in moved for message in self._controllers.hear(heard.port, one)]

    def release(self, source: str, at: float) -> list[Message]:
        """An input lets go of what it has moved."""
        messages = self._controllers.release(source, at)
        if source not in self._blown:
            return messages
        self._blown.discard(source)
        return messages + ([] if self._blown else self._full(at))

    def rest(self, at: float, output: str | None = None) -> list[Message]:
        """The voice as nobody touched it (on one output, or all)."""
        messages = self._controllers.rest(at, output)
        if not self._blown or output is not None:
            return messages
        self._blown.clear()
        return messages + self._full(at)

    def _full(self, at: float) -> list[Message]:
        return [message for number in LOUDNESS for message in self._everywhere(at, "control", number, FULL)]

    def _everywhere(self, at: float, kind: str, number: int, value: int) -> list[Message]:
        """A message on every output of the voice."""
        route = self._scheduler.routes.get("soprano")
        if route is None:
            return []
        there = [port for port in route.ports if port not in self._scheduler.ledger.absent]
        return [Message(at, kind, route.channel, number, value, port) for port in there]
