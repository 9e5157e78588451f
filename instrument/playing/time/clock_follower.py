"""Following pulses: from the moments at which they arrive to a straight line through them, tempo and phase together.

The line is fitted by least squares over the longest stretch that every shorter one agrees with, so that a steady clock
is averaged over sixteen beats and a jump of tempo over what came after it. Pulses are counted; those that arrive where
none was expected are set aside until they show what happened (`surprises`); those that fall on audio blocks are
averaged over (`blocks`). Between pulses, and without them, the line goes on.

Of jitter that is white, with deviation s, a fit over n pulses leaves 2 s / sqrt(n) of phase and
s sqrt(12 / n^3) of period: for 3 ms and 192 pulses 0.43 ms and 0.02 %.
"""

from __future__ import annotations

from bisect import bisect_left
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from instrument.playing.time.audio_blocks import Blocks
from instrument.playing.time.clock_outliers import PulseVerdict, Surprises

LONGEST = 384  #: pulses fitted at most: sixteen beats of MIDI clock
BEAT = 24  #: pulses; before there are so many, little is known
WINDOWS = (6, 12, 24, 48, 96, 192, LONGEST)
AGREE = 5.0  #: deviations that a shorter fit may differ by
EXPECTED = 4.5  #: deviations that a pulse may be off by
NEW = 3  #: pulses; before there are so many, nothing is known but a guess
YOUNG = 3.0  #: pulses that one may be off by in the first beat, when little is known
FREE = 0.3  #: relative deviation of the period that is assumed before anything is heard
KEPT = 0.002  #: likewise, of a tempo that was locked to before the music began anew
KEPT_FOR = 2 * BEAT  #: pulses; from then on they tell the tempo better than what was kept
DOUBT = 3.0  #: deviations by which they may contradict it before it is forgotten
JITTER = 0.003  #: seconds, likewise
LEAST = 0.0003  #: seconds; no clock is trusted beyond this
LOCK = 0.003  #: seconds within which two deviations of the phase lie when locked


class Line(NamedTuple):
    """Straight line through pulses, by least squares, counted from the newest.

    at: seconds; slope: seconds a pulse; at_var, slope_var, cross: their variances and covariance
    """

    at: float
    slope: float
    at_var: float
    slope_var: float
    cross: float


class ClockFollower:
    """Clock follower: tempo and phase of pulses, by least squares.

    period: seconds a pulse, as far as is known; count: number of the newest pulse, from 0; -1 before the first.

    thread: the player's. blocks: never. Cost: of a pulse some 0.1 ms, of the rest nothing.
    """

    def __init__(self, period: float, shortest: float = 0.0, longest: float = float("inf")) -> None:
        """period: a guess; shortest, longest: seconds, of periods that are believed."""
        self.period, self.count, self.newest = period, -1, float("-inf")
        self.error = 0.0  #: seconds that the newest pulse was later than expected
        self.jitter = JITTER  #: seconds, deviation of one pulse
        self.uncertainty = float("inf")  #: seconds, deviation of the phase
        self._range = (shortest, longest)
        self._guess, self._belief = period, FREE
        self._beginning = False
        self._at = 0.0  # the line: when pulse `count` is
        self._slope_var = self._cross = 0.0
        self._x, self._t = np.zeros(4 * LONGEST), np.zeros(4 * LONGEST)
        self._first = self._end = 0  # of what is kept in the two
        self._surprises = Surprises()
        self._blocks = Blocks(LONGEST)

    @property
    def locked(self) -> bool:
        return 2 * self.uncertainty <= LOCK and not self._surprises.many

    def seconds(self, pulse: float) -> float:
        """When a pulse is, past or to come, on the line."""
        return self._at + (pulse - self.count) * self.period

    def pulse(self, at: float) -> None:
        """One more pulse has arrived. at: seconds, never before the last one's."""
        expected = self.seconds(self.count + 1)
        self.count += 1
        self.newest = at
        if self._blocks.pulse(at):
            self._count_again()
            return
        if self._end == self._first or (self._beginning and not abs(at - expected) <= EXPECTED * self.jitter):
            self._begin(at)
            expected = at
        self._beginning = False
        self._at, self.error = expected, at - expected
        if abs(self.error) <= self._gate():
            self._surprises.expected(self.error)
            self._keep(self.count, at)
            self._fit()
            return
        drift = sqrt(self._slope_var)
        verdict = self._surprises.unexpected(self.count, at, self.error, self.period, self.jitter, drift)
        if verdict is not None:
            self._believe(verdict)

    def restart(self) -> None:
        """The next pulse begins something: unless it comes when it should, phase is forgotten. Tempo is kept."""
        self._beginning = True

    def _count_again(self) -> None:
        """The pulses fall on blocks: each counts as one, and the line goes through all of them."""
        times = list(self._blocks.times)
        self.count -= self._blocks.adjusted
        self._first = self._end
        for count, at in enumerate(times, self.count - len(times) + 1):
            self._keep(count, at)
        self._surprises.forget()
        self._beginning, self.error = False, 0.0
        self._fit()

    def _begin(self, at: float) -> None:
        """What is kept is forgotten, but for the tempo."""
        if self._beginning and self.locked:
            self._belief = KEPT
        self._guess, self._first = self.period, self._end
        self._surprises.forget()
        self._blocks.forget()
        self._blocks.pulse(at)
        self._at = at

    def _gate(self) -> float:
        """Seconds that the next pulse may be off by."""
        var = self.jitter**2 + self.uncertainty**2 + 2 * self._cross + self._slope_var
        kept = self._end - self._first
        young = kept < BEAT
        if kept < NEW and self._belief == FREE and self._range[1] < float("inf"):
            return 1.2 * self._range[1]  # nothing is known: the slowest that is believed may be what begins
        least = max(self.period * (YOUNG if young else 0.25), 1.25 * self._blocks.size)
        return max(EXPECTED * sqrt(max(var, self.jitter**2)), least)

    def _believe(self, verdict: PulseVerdict) -> None:
        """Go on from what the unexpected pulses tell."""
        if verdict.slope is not None:
            if not self._range[0] <= verdict.slope <= self._range[1]:
                return
            self._first = self._end
            self._guess, self._belief = verdict.slope, FREE
            if abs(verdict.slope - self.period) > 0.01 * self.period:
                self._blocks.forget()
        self.count += verdict.lost
        self._blocks.adjusted += verdict.lost
        for count, at in zip(verdict.counts + verdict.lost, verdict.times, strict=True):
            self._keep(count, at)
        self._surprises.forget()
        self._fit()

    def _keep(self, count: float, at: float) -> None:
        if self._end == len(self._x):
            self._first = max(self._first, self._end - LONGEST)
            kept = self._end - self._first
            self._x[:kept], self._t[:kept] = self._x[self._first :].copy(), self._t[self._first :].copy()
            self._first, self._end = 0, kept
        self._x[self._end], self._t[self._end] = count, at
        self._end += 1

    def _fit(self) -> None:
        """The line through the longest stretch with which every shorter one agrees."""
        begin = max(self._first, self._end - LONGEST)
        x, t = self._x[begin : self._end][::-1] - self.count, self._t[begin : self._end][::-1].copy()
        block = self._blocks.size
        self.jitter = max(_jitter(x, t), block / sqrt(12))
        if self._belief < FREE and _contradicted(x, t, self._guess, self._belief * self._guess, self.jitter):
            self._belief = FREE
        t -= (newest := float(t[0]))
        lines = _fits(x, t, self._guess, (self.jitter / (self._belief * self._guess)) ** 2)
        line = _within(lines, x, t, 0.75 * block + LEAST) if block else _longest(lines, self.jitter)
        scale = self.jitter**2
        self._at, self.period = newest + line.at, line.slope
        self.uncertainty = sqrt(line.at_var * scale)
        self._slope_var, self._cross = line.slope_var * scale, line.cross * scale


def _jitter(x: NDArray[np.float64], t: NDArray[np.float64]) -> float:
    """Deviation of single pulses, from second differences, which no tempo and no steady change of it moves."""
    x, t = x[:96], t[:96]
    if len(t) < 3:
        return JITTER
    steps, counts = t[1:] - t[:-1], x[1:] - x[:-1]
    bends = (steps[1:] - steps[:-1])[counts[1:] == counts[:-1]]
    return max(LEAST, sqrt((4 * JITTER**2 + float((bends * bends).sum()) / 6) / (4 + len(bends))))


def _contradicted(x: NDArray[np.float64], t: NDArray[np.float64], guess: float, sure: float, jitter: float) -> bool:
    """Whether the pulses since the beginning are of another tempo than the one that was kept, or are enough by
    themselves. guess, sure: seconds a pulse, and its deviation."""
    if len(x) >= KEPT_FOR:
        return True
    far = x - x.mean()
    square = float(far @ far)
    slope = float(far @ t) / square if square else guess
    return abs(slope - guess) > DOUBT * sqrt(sure**2 + (jitter**2 / square if square else 0.0))


def _lengths(pulses: int) -> list[int]:
    """How many of the newest pulses each line goes through."""
    return [*WINDOWS[: bisect_left(WINDOWS, pulses)], pulses]


def _fits(x: NDArray[np.float64], t: NDArray[np.float64], guess: float, weight: float) -> list[Line]:
    """Lines through the newest 6, 12, 24 ... pulses, newest first, and through all.

    Variances are in units of a pulse's. The guessed slope counts as much as `weight` says.
    """
    sums = np.empty((4, len(x)))
    sums[0], sums[1], sums[2], sums[3] = x, x * x, t, x * t
    lengths = _lengths(len(x))
    lines = []
    # as plain numbers: a dozen operations on arrays of eight take several times as long
    for n, (sx, sxx, st, sxt) in zip(lengths, sums.cumsum(axis=1)[:, [n - 1 for n in lengths]].T.tolist(), strict=True):
        sxx += weight
        sxt += weight * guess
        det = n * sxx - sx * sx
        lines.append(Line((sxx * st - sx * sxt) / det, (n * sxt - sx * st) / det, sxx / det, n / det, -sx / det))
    return lines


def _longest(lines: list[Line], jitter: float) -> Line:
    """Of lines, the shorter first: the last before one that disagrees with a shorter one by more than their noise."""
    for number, (at, slope, at_var, slope_var, _) in enumerate(lines):
        for before, slant, before_var, slant_var, _ in lines[:number]:
            more, slanted = before_var - at_var, slant_var - slope_var
            if (
                abs(before - at) > (sqrt(more) * jitter * AGREE if more > 0 else 0.0) + 1e-9
                or abs(slant - slope) > (sqrt(slanted) * jitter * AGREE if slanted > 0 else 0.0) + 1e-9
            ):
                return lines[number - 1]
    return lines[-1]


def _within(lines: list[Line], x: NDArray[np.float64], t: NDArray[np.float64], most: float) -> Line:
    """Of lines through pulses: the longest of whose pulses none is farther off than `most` seconds."""
    for n, line in reversed(list(zip(_lengths(len(x)), lines, strict=True))):
        if float(np.max(np.abs(t[:n] - line.at - line.slope * x[:n]))) <= most:
            return line
    return lines[0]
