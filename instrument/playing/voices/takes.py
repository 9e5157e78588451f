"""What was played by hand and by the accompanist, as notes in ticks, for a recording: each once it has ended."""

from __future__ import annotations

from instrument.music.note import Note

MOST = 1000  #: notes that wait to be taken; older ones are forgotten


class Takes:
    """thread: the player's. blocks: never."""

    def __init__(self) -> None:
        self._begun: dict[tuple[str, int], tuple[int, int]] = {}  # (voice, pitch) -> (tick, velocity)
        self._done: list[Note] = []

    def on(self, voice: str, pitch: int, velocity: int, tick: int) -> None:
        """A note begins; one that sounds already ends here."""
        self.off(voice, pitch, tick)
        self._begun[voice, pitch] = tick, velocity

    def off(self, voice: str, pitch: int, tick: int) -> None:
        """It ends. What the music has not moved on under leaves no note."""
        start, velocity = self._begun.pop((voice, pitch), (tick, 0))
        if tick > start:
            self._done = [*self._done[-MOST:], Note(start, tick - start, pitch, velocity, voice)]

    def all_off(self, tick: int) -> None:
        """Every note ends."""
        for voice, pitch in list(self._begun):
            self.off(voice, pitch, tick)

    def take(self) -> list[Note]:
        """What has ended since the last asking."""
        if not self._done:
            return []
        done, self._done = self._done, []
        return done
