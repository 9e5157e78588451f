"""Microphone in a performance: its process, joined to the player by a line of its own, replaced when it dies."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from instrument.controls.devices.microphone import MICROPHONE, Microphone
from instrument.playing.messages import NotesLine, Said, Sounding
from instrument.rig.child_processes import Child

Receiver = Callable[[Any], object]


def listen(conductor: Connection, notes: Connection, microphone: Microphone) -> None:
    """What runs in the process."""
    from instrument.ports.microphone.microphone_process import run

    run(conductor, notes, microphone)


class MicrophoneService:
    """Microphone service of a performance. thread: the conductor's."""

    def __init__(
        self, microphone: Microphone, player: Callable[[object], None], say: Callable[[str], None]
    ) -> None:  # fmt: skip
        """player: sends to the player's process; say: shows one line to people."""
        self.child = Child("microphone", listen, self._given)
        self.child.begun = self._begun
        self._microphone, self._player, self._say = microphone, player, say
        self._ends: tuple[Connection, ...] = ()  # of the line from it to the player, until they are handed over

    def join(
        self, hears: dict[Child, dict[type, Receiver]], gone: dict[Child, Callable[[], object]],
        hear: Callable[[type, Receiver], None],
    ) -> None:  # fmt: skip
        """Hang on a conductor's tables."""
        hears[self.child], gone[self.child] = {Said: self._said}, self._gone
        hear(Sounding, self.child.send)

    def _said(self, said: Said) -> None:
        self.child.alive()
        self._say(said.line)

    def _gone(self) -> None:
        """It has died. The player knows, its line has closed: what the microphone held is let go."""
        self._close()
        if self.child.replace():
            self._say("the microphone's process has died; its notes are ended and a new one is starting")
        else:
            self._say("the microphone's process keeps failing; the music goes on, another is tried. Run: lilt doctor")

    def _given(self) -> tuple[Any, ...]:
        self._close()
        self._ends = get_context("spawn").Pipe(duplex=False)
        return self._ends[1], self._microphone

    def _begun(self) -> None:
        self._player(NotesLine(bytes(ForkingPickler.dumps(self._ends[0])), MICROPHONE))
        self._close()

    def _close(self) -> None:
        for end in self._ends:
            end.close()
        self._ends = ()
