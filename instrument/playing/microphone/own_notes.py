"""Our own notes as a microphone hears them from the loudspeaker: told from the performer's by what we know we play.

While notes of ours sound, what is heard at the pitch of one of them, an octave or a twelfth away, is ours, unless it is
clearly louder than ours has been; other pitches are the performer's. How loud ours arrives is learned as it sounds, low
in what is heard, so that a performer in unison does not count as us. Pure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from math import log2

from instrument.playing.microphone.pitch_frame import PitchFrame

TRAVELS = 0.02  #: seconds before its moment that a note of ours may be heard already: clocks and cards differ
RINGS = 0.3  #: seconds that it is heard after its end: the room, the synth's release, the cards' latency
ALIKE = 0.4  #: semitones
AWAY = (0, 12, -12)  #: semitones from a note of ours at which a tracker may hear it
LOUDER = 8.0  #: decibels above the softest of ours from which it is the performer, in unison with us
SETTLED = 0.06  #: seconds from the beginning of a note of ours until its level counts
RISES, FALLS = 0.01, 0.3  #: decibels that the softest rises in a frame; share of the way that it falls
MOST = 512  #: notes that are remembered


class OwnNotes:
    """thread: one. blocks: never. level: decibels at which ours arrives; None before any was heard."""

    def __init__(self) -> None:
        self.level: float | None = None
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

    def without(self, frame: PitchFrame) -> PitchFrame:
        """A frame, with no pitch where what it heard is ours."""
        ours = self.sounding(frame.at)
        if not ours:
            return frame
        if any(begins + SETTLED <= frame.at <= ends for _, begins, ends in self._all()):
            self._follow(frame.level)
        if frame.hertz <= 0 or (self.level is not None and frame.level > self.level + LOUDER):
            return frame
        pitch = 69 + 12 * log2(frame.hertz / 440)
        if any(abs(pitch - own - away) <= ALIKE for own in ours for away in AWAY):
            return replace(frame, clarity=0.0)
        return frame

    def _follow(self, level: float) -> None:
        """The softest that is heard while we play is ours, or softer."""
        if self.level is None:
            self.level = level
        off = level - self.level
        self.level += RISES if off > 0 else FALLS * off

    def _all(self) -> Iterable[tuple[int, float, float]]:
        yield from ((pitch, *when) for pitch, when in self._down.items())
        yield from self._past
