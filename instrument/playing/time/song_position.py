"""Song position under Start, Stop, Continue and Song Position, in whatever order a sequencer sends them.

Positions are counted in clocks, 24 to the quarter note. The clock after Start, Continue or a position is the one that
has it. Where sequencers differ from each other:

- Live sends a position, then Start: a Start right after a position keeps it, unless told that Start is the top.
- Cubase, moved while it plays, sends Continue, some clocks, Stop, a position, and clocks: it has not stopped.
- Tracktion, when it loops, sends two positions: the last one counts. It never sends Stop: see what is done on loss.
- Ardour sends Start at the top only, Continue elsewhere.
- Some send clocks while they stand, which tell the tempo; some only while they play.
"""

from __future__ import annotations

from dataclasses import dataclass

SIXTEENTH = 6  #: clocks
RIGHT_AFTER = 1.0  #: seconds within which a Start belongs to the position before it
MOVING = 0.5  #: seconds within which Continue, Stop and a position are one movement


@dataclass(slots=True)
class SongPosition:
    """running: clocks move the music; start_is_top: a Start is always the top of the piece.

    thread: the player's. blocks: never. Moments are seconds on the player clock.
    """

    running: bool = False
    start_is_top: bool = False
    position: int = 0  #: clocks from the top: of the next clock while something is `due`, else of the last one
    due: bool = True  #: the next clock takes `position`, and the music with it
    _located: float = float("-inf")
    _continued: float = float("-inf")
    _moving: float = float("-inf")

    def start(self, at: float) -> None:
        """FA."""
        located = at - self._located <= RIGHT_AFTER and not self.start_is_top
        self.position = self.position if located else 0
        self.running = self.due = True

    def resume(self, at: float) -> None:
        """FB, Continue. While the music runs it changes nothing by itself."""
        if self.running:
            self._continued = at
        else:
            self.running = self.due = True

    def stop(self, at: float) -> None:
        """FC. The clock after the last one heard is where Continue goes on."""
        if self.running and at - self._continued <= MOVING:
            self._moving = at
        if not self.due:
            self.position += 1
        self.running, self.due = False, True
        self._continued = float("-inf")

    def locate(self, sixteenths: int, at: float) -> None:
        """F2. While the music runs the next clock is there."""
        self.position, self.due, self._located = sixteenths * SIXTEENTH, True, at
        if at - self._moving <= MOVING:
            self.running = True

    def clock(self, ahead: int = 1) -> bool:
        """F8. ahead: by how many the count goes on, other than 1 where clocks were lost or came twice.

        True where the music moves to `position`, other than by going on.
        """
        if not self.running:
            return False
        jumped, self.due = self.due, False
        if not jumped:
            self.position += ahead
        return jumped
