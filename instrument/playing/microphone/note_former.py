"""Note former: pitch and level of a melody, a few milliseconds at a time, become notes that begin and end.

A note begins where a pitch holds: after silence, behind a step, or behind a slide that has come to rest, so that what
is on its way between two notes stays the note it came from. The same pitch begins anew where the level dips and rises.
A jump by an octave is believed only after a while, because trackers err by octaves; what lies outside the compass is
moved into it, or passed over. One note sounds at a time.

Pure: time comes in with the frames. After Mauch and others, "Computer-aided melody note transcription" (2015), who
find notes by pitches that hold, too, and Bello and others, "A tutorial on onset detection" (2005), for the level.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from math import isfinite, log2

from instrument.music.sounds.compass import Compass
from instrument.playing.microphone.pitch_frame import HeardNote, PitchFrame

OPENS, CLOSES = 9.0, 5.0  #: decibels above the noise at which sound may begin a note, and under which it ends one
QUIETEST = -62.0  #: decibels: what is under it is silence whatever the noise
CLEAR, CLEARER = 0.55, 0.75  #: clarity with which a note goes on, and with which one begins
LESS, FOGS = 0.08, 0.06  #: clarity below its usual with which a note is disturbed; how the usual follows
#: frames for which a pitch is a note; semitones that it moves within, and lies off by
HOLDS, SPREAD, OFF = 6, 0.3, 0.35
SURE = (3, 0.3, 0.32, 0.8)  #: fewer frames where the pitch hardly moves and lies on a note, this clear at least
#: frames that all go one way, and semitones in all: a slide, which has not come to rest, fast or slow
SLIDES = ((5, 0.2), (11, 0.15))
LEAP, LEAP_HOLDS = 9, 8  #: semitones from the note before from which it must hold so many frames at least
OCTAVE_HOLDS = 13  #: frames, where it is octaves away from the note before
HOME, AWAY = 0.3, 0.6  #: semitones from the note within which it is that note; at which another may begin
UNCLEAR = 8  #: frames without a clear pitch after which a note ends
FALL, RISE, RECENT = 3.0, 2.0, 0.12  #: decibels of a dip that strikes anew, down and up; seconds within which
BREAK = (1.0, 0.4)  #: the same where the pitch was unclear meanwhile, as when a bow turns
WAVERS = 25.0  #: decibels more of a dip, where something else sounds too, for all that the usual clarity lacks
AGAIN, SHORTEST, ATTACK = (
    3,
    0.085,
    0.06,
)  #: frames for which that must hold; seconds from a note to the same struck again; to the dip
FAR_BACK = 0.08  #: seconds before it is known that a note may have begun
FALLS, CREEPS = 0.3, 0.015  #: of the way to it that the noise goes down, and up, in a frame
TUNING, BENT = 0.015, 0.3  #: of the way that the tuning follows a note that holds; semitones that it may be off
USUAL, LOUDER, FOLLOWS = 84.0, 3.0, 0.08  #: velocity of the usual level; a decibel more; how the usual level follows
SILENT = -120.0


class NoteFormer:
    """Former of notes from pitch and level. thread: one. blocks: never.

    compass: lowest and highest note, or None for any; window: seconds of sound that the tracker tells a pitch by
    """

    def __init__(self, compass: Compass | None, window: float) -> None:
        self.compass, self.window = compass, window
        self.note: int | None = None  #: the one that sounds
        self.floor = QUIETEST  #: decibels of what sounds while nobody plays
        self.tuning = 0.0  #: semitones by which the performer is above 440 Hz
        #: moment and pitch of the newest that are clear
        self._recent: deque[tuple[float, float]] = deque(maxlen=SLIDES[-1][0])
        self._past: deque[tuple[float, float, float]] = deque(maxlen=64)  # moment, level, clarity
        self._open = self._began = float("-inf")  # when the sound began, when the note did
        self._left: float | None = None  # when the sound was the note no more
        self._before: tuple[float, int] = (float("-inf"), 0)  # when the last note was heard, and which it was
        self._sounds = False
        self._unclear = self._away = self._struck = 0  # frames in a row
        self._usual: float | None = None
        self._clarity = 0.95  # the usual one

    def hear(self, frame: PitchFrame) -> list[HeardNote]:
        """The next frame. Returns what ends and begins with it, in order."""
        level = frame.level if isfinite(frame.level) else SILENT
        clear = isfinite(frame.hertz) and isfinite(frame.clarity) and frame.hertz > 0
        pitch = self._in_compass(69 + 12 * log2(frame.hertz / 440) - self.tuning) if clear else None
        clarity = frame.clarity if pitch is not None else 0.0
        self._past.append((frame.at, level, clarity))
        self._follow_noise(level, clarity)
        if not self._heard(frame.at, level):
            return self.end(frame.at)
        at_home = pitch is not None and self.note is not None and abs(pitch - self.note) <= HOME
        if at_home:
            self._clarity += FOGS * (clarity - self._clarity)
        if at_home and clarity >= max(self._clarity - LESS, CLEAR):
            self._left = None
        elif self._left is None:
            self._left = frame.at - self.window / 2
        if pitch is None or clarity < CLEAR:
            self._unclear += 1
            self._recent.clear()
            return self.end(frame.at if self._left is None else self._left) if self._unclear >= UNCLEAR else []
        self._unclear = 0
        self._recent.append((frame.at, pitch))
        return self._settle(frame.at, level, clarity)

    def end(self, at: float) -> list[HeardNote]:
        """The note that sounds ends, if one does."""
        note, self.note = self.note, None
        self._recent.clear()
        self._away = self._struck = 0
        if note is None:
            return []
        self._before = at, note
        return [HeardNote(max(at, self._began), note, 0)]

    def _settle(self, at: float, level: float, clarity: float) -> list[HeardNote]:
        """A clear pitch: is it the note that sounds, that note struck again, or another?"""
        lately = [pitch for _, pitch in self._recent]
        pitches = sorted(lately[-HOLDS:])
        holds = len(pitches) == HOLDS and pitches[-1] - pitches[0] <= SPREAD
        middle = pitches[len(pitches) // 2]
        newest = lately[-SURE[0] :]
        steady = len(newest) == SURE[0] and max(newest) - min(newest) <= SURE[1] and clarity >= SURE[3]
        if steady and abs(newest[-1] - round(newest[-1])) <= SURE[2]:
            holds, middle = True, newest[-1]
        near = round(middle)
        if self.note is not None and abs(middle - self.note) <= AWAY:
            self._away = 0
            if holds and not _slides(lately):
                self.tuning = min(max(self.tuning + TUNING * (middle - self.note), -BENT), BENT)
            return self._again(at, level)
        self._away, self._struck = self._away + 1, 0
        if not holds or clarity < CLEARER or abs(middle - near) > OFF or _slides(lately):
            return []
        before = self.note if self.note is not None else self._before[1]
        soon = self.note is not None or at - self._before[0] < FAR_BACK
        octave = (near - before) % 12 == 0
        if soon and abs(near - before) >= LEAP and self._away < (OCTAVE_HOLDS if octave else LEAP_HOLDS):
            return []
        begins = max(self._open, self._left if self._left is not None else self._open)
        if at - begins > FAR_BACK:
            begins = self._recent[-min(len(lately), HOLDS)][0] - self.window / 2
        return self._begin(begins, near, level)

    def _again(self, at: float, level: float) -> list[HeardNote]:
        """The same pitch: struck again where the level has dipped and rises, or the pitch was unclear for a moment."""
        note = self.note
        lately = [each for each in self._past if each[0] > max(at - RECENT, self._began + ATTACK)]
        if note is None or at - self._began < SHORTEST or not lately or self._left is not None:
            self._struck = 0
            return []
        least = min(lately, key=lambda each: each[1])
        before = max(each[1] for each in lately if each[0] <= least[0])
        unclear = min(each[2] for each in lately) < self._clarity - LESS - 0.04
        fall, rise = BREAK if unclear else (FALL, RISE)
        wavers = WAVERS * (1 - self._clarity)
        fall, rise = fall + wavers, rise + wavers * RISE / FALL
        self._struck = self._struck + 1 if before - least[1] >= fall and level - least[1] >= rise else 0
        return self._begin(least[0], note, level) if self._struck >= AGAIN else []

    def _begin(self, at: float, note: int, level: float) -> list[HeardNote]:
        at = max(at, self._began)
        ended = self.end(at)
        self.note, self._began, self._left = note, at, None
        usual = level if self._usual is None else self._usual
        self._usual = usual + FOLLOWS * (level - usual)
        velocity = round(min(max(USUAL + LOUDER * (level - usual), 1), 127))
        return [*ended, HeardNote(at, note, velocity)]

    def _heard(self, at: float, level: float) -> bool:
        """Whether somebody plays: the level has opened the gate, and has not closed it since."""
        threshold = max(self.floor, QUIETEST)
        if not self._sounds and level > threshold + OPENS:
            self._sounds, self._open = True, at
        elif self._sounds and level < threshold + CLOSES:
            self._sounds = False
        return self._sounds

    def _follow_noise(self, level: float, clarity: float) -> None:
        """The noise is what sounds without a clear pitch."""
        if level < self.floor:
            self.floor += FALLS * (level - self.floor)
        elif clarity < CLEAR and self.note is None:
            self.floor += CREEPS * (level - self.floor)
        self.floor = max(self.floor, SILENT)

    def _in_compass(self, pitch: float) -> float | None:
        """A pitch, moved by octaves into the compass; None where no octave of it is within."""
        if self.compass is None:
            return pitch if 24 <= pitch <= 108 else None
        low, high = self.compass[0] - AWAY, self.compass[1] + AWAY
        while pitch < low:
            pitch += 12
        while pitch > high:
            pitch -= 12
        return pitch if low <= pitch <= high else None


def _slides(pitches: list[float]) -> bool:
    """Whether the newest all go one way."""
    for count, least in SLIDES:
        steps = [later - former for former, later in pairwise(pitches[-count:])]
        one_way = all(step > 0 for step in steps) or all(step < 0 for step in steps)
        if len(steps) == count - 1 and one_way and abs(sum(steps)) >= least:
            return True
    return False
