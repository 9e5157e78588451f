"""Notes told as they sound, as an output: to pages that sound them in the browser, and to OSC subscribers.

The notes themselves go to the main process, which knows who listens; nothing is struck here while nobody does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from instrument.playing.messages import Sounding
from instrument.playing.midi.output_message import Message
from instrument.playing.performance import LISTENERS
from instrument.playing.schedule.route import Route


class Listeners:
    """An output (`ports.outputs`). thread: the player's. blocks: never.

    routes: of the voices, as they are; say: is given what sounds, once a turn
    """

    name = LISTENERS
    delay = 0.0

    def __init__(self, say: Callable[[Sounding], object]) -> None:
        self.routes: Mapping[str, Route] = {}
        self._say = say
        self._down: dict[tuple[int, int], tuple[str, float]] = {}  # channel, note: its voice, and since when
        self._notes: list[tuple[float, str, int, int]] = []
        self._number = 0

    def take(self, message: Message, now: float) -> None:
        """A message, due soon or already."""
        key = message.channel, message.number
        if message.kind == "on":
            voice = voice_on(self.routes, message)
            self._down[key] = voice, message.due
            self._notes.append((message.due, voice, message.number, message.value))
        elif message.kind == "off" and key in self._down:
            voice, _ = self._down.pop(key)
            self._notes.append((message.due, voice, message.number, 0))

    def flush(self, now: float) -> float:
        """Tell what has been struck and ended since the last time."""
        if self._notes:
            self._number += 1
            notes, self._notes = tuple(self._notes), []
            self._say(Sounding(self._number, notes))
        return now + 1.0

    def silence(self, offs: list[Message], everything: bool) -> None:
        """All of it ends: now, or when it begins."""
        due = min((off.due for off in offs), default=0.0)
        for (_, note), (voice, since) in sorted(self._down.items()):
            self._notes.append((max(due, since), voice, note, 0))
        self._down.clear()

    def close(self) -> None:
        self.silence([], True)
        self.flush(0.0)


def voice_on(routes: Mapping[str, Route], message: Message) -> str:
    """The voice that a message is of, by its channel on its output; "click" or "other" for what is no voice's. Pure."""
    for voice, route in routes.items():
        if route.channel == message.channel and message.port in route.ports:
            return voice
    return "click" if message.channel == 10 else "other"
