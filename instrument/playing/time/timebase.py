"""Position of a JACK transport: bars and beats from its timebase master, as long as they go with the frames.

A master says bar, beat, tick and tempo of every cycle; not every program fills them in rightly. Hydrogen 1.2 stays in
beat 1, and in bar 0 while it loops a pattern. Where beats do not move as the tempo says, frames are counted at that
tempo instead, until they do again. A jump, another tempo and another meter are no reason to doubt. No devices here.
"""

from __future__ import annotations

WINDOW = 0.25  #: seconds over which beats are compared with frames
OFF = 0.25  #: share of what should have passed that may be missing or too much
WINDOWS = 2  #: that are wrong in a row before the master is doubted


class Timebase:
    """Timebase of a JACK transport: its bars and beats. thread: whoever reads the transport. blocks: never."""

    def __init__(self) -> None:
        self._newest = 0
        self._from: tuple[int, float, float, float] | None = None  # where the window began: frame, beat, tempo, bar
        self._wrong = 0

    def beat(self, frame: int, rate: float, rolling: bool, beat: float, bpm: float, bar: float) -> float:
        """Quarter notes from the top at this cycle's first frame.

        frame: of the transport; rate: frames a second; beat: quarter notes by the master; bpm: of them, a minute;
        bar: of them, in a bar, with whose change beats may step
        """
        jumped = not 0 <= frame - self._newest < WINDOW * rate
        self._newest = frame
        if not rolling or jumped or self._from is None or self._from[2:] != (bpm, bar):
            self._from = frame, beat, bpm, bar
        elif frame - self._from[0] >= WINDOW * rate:
            due = (frame - self._from[0]) / rate * bpm / 60
            self._wrong = self._wrong + 1 if abs(beat - self._from[1] - due) > OFF * due else 0
            self._from = frame, beat, bpm, bar
        return frame / rate * bpm / 60 if beat < 0 or self._wrong >= WINDOWS else beat
