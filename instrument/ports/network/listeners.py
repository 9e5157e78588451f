"""Notes told as they sound, with their bends and pressure, as an output: to pages that sound them, to OSC subscribers.

The notes themselves go to the main process, which knows who listens; nothing is struck here while nobody does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from instrument.playing.messages import Sounding
from instrument.playing.midi.output_message import Message
from instrument.playing.performance import LISTENERS
from instrument.playing.schedule.route import Route
from instrument.ports.network.note_moves import NoteMove, NoteMoves, voice_on


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
        self._moves = NoteMoves()
        self._moved: dict[tuple[str, int, str], tuple[float, str, int, str, float]] = {}  # the newest of each in a turn
        self._number = 0

    def take(self, message: Message, now: float) -> None:
        """A message, due soon or already."""
        key = message.channel, message.number
        if message.kind == "on":
            voice = voice_on(self.routes, message)
            self._down[key] = voice, message.due
            self._notes.append((message.due, voice, message.number, message.value))
            self._move(message.due, self._moves.begin(key, voice))
        elif message.kind == "off" and key in self._down:
            voice, _ = self._down.pop(key)
            if self._moves.alone(key):
                self._notes.append((message.due, voice, message.number, 0))
            self._moves.end(key)
        else:
            self._move(message.due, self._moves.hear(message))

    def flush(self, now: float) -> float:
        """Tell what has been struck and ended since the last time."""
        if self._notes or self._moved:
            self._number += 1
            notes, self._notes = tuple(self._notes), []
            moved, self._moved = tuple(self._moved.values()), {}
            self._say(Sounding(self._number, notes, moved))
        return now + 1.0

    def _move(self, due: float, moves: list[NoteMove]) -> None:
        for move in moves:
            self._moved[move[:3]] = (due, *move)

    def silence(self, offs: list[Message], everything: bool) -> None:
        """All of it ends: now, or when it begins."""
        due = min((off.due for off in offs), default=0.0)
        for (_, note), (voice, since) in sorted(self._down.items()):
            self._notes.append((max(due, since), voice, note, 0))
        self._down.clear()
        self._moves.rest()
        self._moved.clear()

    def close(self) -> None:
        self.silence([], True)
        self.flush(0.0)
