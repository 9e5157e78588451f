"""Our own notes as a microphone hears them from the loudspeaker: told from the performer's by what we know we play.

What is heard at the pitch of a note of ours, or an octave away, is ours, unless it is louder than ours has been, or as
loud as the performer is at pitches that are not ours: so unison with us is heard, too. Other pitches are the
performer's. How loud ours arrives is learned while the performer rests. Pure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from math import log2

from instrument.playing.microphone.pitch_frame import PitchFrame

TRAVELS = 0.02  #: seconds before its moment that a note of ours may be heard already: clocks and cards differ
RINGS = 0.3  #: seconds that it is heard after its end: the room, the synth's release, the cards' latency
ALIKE = 0.6  #: semitones
AWAY = (0, 12, -12)  #: semitones from a note of ours at which a tracker may hear it
LOUDER, SOFTER = 9.0, 7.0  #: decibels above ours, and below the performer's usual, from which a pitch of ours is theirs
STEP, LEAP = 0.3, 0.04  #: decibels that the level of ours follows in a frame; that has so far counted as the performer
FIRST = 2  #: frames of ours, the first there are, of which the loudest counts: a note's attack is softer than it is
GROWS, FADES = 0.4, 0.04  #: of the way that the performer's usual level follows a note that is louder, softer
CLEAR = 0.6  #: clarity from which a frame tells how loud ours is
MOST = 512  #: notes that are remembered


class OwnNotes:
    """Own notes that the microphone picks up from the loudspeaker.

    thread: one. blocks: never. level: decibels at which ours arrives; None before any was heard; performer: at which
    the performer does, likewise."""

    def __init__(self) -> None:
        self.level: float | None = None
        self.performer: float | None = None
        self._first = 0  # frames of ours that have been heard, FIRST at the most
        self._down: dict[int, tuple[float, float]] = {}  # pitch: seconds from, to (infinite while it is held)
        self._past: deque[tuple[int, float, float]] = deque(maxlen=MOST)

    def hear(self, notes: Iterable[tuple[float, str, int, int]]) -> None:
        """What we play: (seconds, voice, pitch, velocity or 0 for its end), as `Sounding` has it."""
        for at, _, pitch, velocity in notes:
            if (down := self._down.pop(pitch, None)) is not None:
                self._past.append((pitch, down[0], at))
            if velocity:
                self._down[pitch] = at, float("inf")

    def sounding(self, at: float) -> set[int]:
        """Pitches of ours that may be heard at a moment, seconds."""
        while self._past and self._past[0][2] + RINGS < at - 1.0:
            self._past.popleft()
        held = {pitch for pitch, (begins, _) in self._down.items() if begins - TRAVELS <= at}
        return held | {p for p, begins, ends in self._past if begins - TRAVELS <= at <= ends + RINGS}

    def without(self, frame: PitchFrame, busy: bool) -> PitchFrame:
        """A frame, with no pitch where what it heard is ours. busy: a note of the performer's sounds."""
        if not self.ours(frame):
            return frame
        if not busy and frame.clarity >= CLEAR:
            level = frame.level if self.level is None else self.level
            most = STEP if frame.level <= level + LOUDER else LEAP
            if self._first < FIRST:
                self._first += 1
                most = abs(frame.level - level)
            self.level = level + min(max(frame.level - level, -STEP), most)
        louder = None if self.level is None else self.level + LOUDER
        usual = None if self.performer is None else self.performer - SOFTER
        least = min((each for each in (louder, usual) if each is not None), default=float("inf"))
        return frame if frame.level > least else replace(frame, clarity=0.0)

    def performed(self, frame: PitchFrame) -> None:
        """A note of the performer's has begun with a frame; at a pitch of ours it tells nothing of their level."""
        if not self.ours(frame):
            usual = frame.level if self.performer is None else self.performer
            off = frame.level - usual
            self.performer = usual + (GROWS if off > 0 else FADES) * off

    def ours(self, frame: PitchFrame) -> bool:
        """Whether it heard a pitch of ours, or an octave away, while that may be heard."""
        if frame.hertz <= 0 or not (sounding := self.sounding(frame.at)):
            return False
        pitch = 69 + 12 * log2(frame.hertz / 440)
        return any(abs(pitch - own - away) <= ALIKE for own in sounding for away in AWAY)
