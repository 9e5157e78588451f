"""Pitch tracker: the pitch of a melody every few milliseconds, by YIN, with windows as short as its compass allows.

After de Cheveigné and Kawahara, "YIN, a fundamental frequency estimator for speech and music" (2002): the lag at which
a sound differs least from itself, each difference set against the mean of those at shorter lags. What is known of the
instrument makes it quick: a window of two periods and a half of its lowest note, 4 ms for a whistle where a tracker for
anything takes 40; and lags beyond its compass are not asked, which are the octave errors. Measured beside others'
trackers in docs/microphone.md. Pure: blocks of sound in, frames out.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from instrument.music.sounds.compass import Compass
from instrument.playing.microphone.pitch_frame import PitchFrame

HOP = 120 / 48_000  #: seconds between frames, about
LEVELS = 4  #: frames that a level is taken over
ANY = (43, 96)  #: notes that are looked for where no instrument is named
PERIODS = 2.4  #: of the lowest note, that a window has
LEAST = 0.008  #: seconds that are compared, at least
DEEP, DEEPER = 0.12, 0.15  #: the shortest lag is taken that differs so little, or by so much more than the best
QUIET = 1e-12
Block = NDArray[np.float32]


class PitchTracker:
    """Pitch tracker (YIN). thread: one. blocks: never.

    rate: frames a second; window: seconds of sound that a pitch is told by
    """

    def __init__(self, rate: int, compass: Compass | None) -> None:
        low, high = compass or ANY
        self.rate, self.hop = rate, max(1, round(HOP * rate))
        self._longest = int(rate / _hertz(low - 1)) + 2  # lags, frames
        self._shortest = max(2, int(rate / _hertz(high + 1)) - 2)
        self._compared = max(int((PERIODS - 1) * self._longest), int(LEAST * rate))
        self._length = self._compared + self._longest
        self._size = 1 << (self._length + self._compared - 1).bit_length()
        self._lags = np.arange(1, self._longest + 1)
        self._sound = np.zeros(self._length, np.float64)
        self._rest = np.zeros(0, np.float32)  # less than a hop
        self._powers: deque[float] = deque([0.0] * LEVELS, maxlen=LEVELS)  # of the newest hops
        self.window = self._length / rate

    def hear(self, block: Block, ends: float) -> list[PitchFrame]:
        """The frames that are full with a block of sound, [frames] of full scale 1. ends: seconds, its last moment.
        What is no number counts as silence."""
        sound = np.concatenate([self._rest, np.clip(np.nan_to_num(block, posinf=0.0, neginf=0.0), -4.0, 4.0)])
        count = len(sound) // self.hop
        self._rest = sound[count * self.hop :]
        found = []
        for number in range(count):
            hop = sound[number * self.hop : (number + 1) * self.hop].astype(np.float64)
            self._sound = np.concatenate([self._sound[self.hop :], hop])[-self._length :]
            self._powers.append(float(np.mean(hop**2)))
            level = 10 * float(np.log10(sum(self._powers) / LEVELS + QUIET))
            at = ends - (len(sound) - (number + 1) * self.hop) / self.rate
            found.append(PitchFrame(at, *self._pitch(), level))
        return found

    def _pitch(self) -> tuple[float, float]:
        """Hertz and clarity of the window."""
        newest_first = self._sound[::-1]
        compared = np.fft.rfft(newest_first[: self._compared], self._size)
        alike = np.fft.irfft(compared.conj() * np.fft.rfft(newest_first, self._size), self._size)[: self._longest + 1]
        sums = np.concatenate([[0.0], np.cumsum(newest_first**2)])
        power = sums[self._compared : self._compared + self._longest + 1] - sums[: self._longest + 1]
        differs = np.maximum(power[0] + power - 2 * alike, 0.0)[1:]
        if power[0] < QUIET or float(np.sum(differs)) < QUIET:
            return 0.0, 0.0
        against = differs * self._lags / np.maximum(np.cumsum(differs), QUIET)  # at lag 1, 2, ...
        asked = against[self._shortest - 1 : self._longest - 1]
        deep = max(DEEP, float(asked.min()) + DEEPER)
        at = int(np.argmax(asked < deep))
        while at + 1 < len(asked) and asked[at + 1] < asked[at]:
            at += 1
        at += self._shortest - 1
        before, least, after = against[at - 1 : at + 2]
        bend = before - 2 * least + after
        off = 0.5 * (before - after) / bend if bend > QUIET else 0.0
        return self.rate / (at + 1 + min(max(float(off), -0.5), 0.5)), min(max(1 - float(least), 0.0), 1.0)


def _hertz(pitch: float) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))
