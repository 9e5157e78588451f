"""Sounding notes of the synth as rows of arrays: a block of them all is some forty NumPy calls, however many there are.

Everything about a note is a function of absolute frames (when it began, ended, was cut), so notes begin and end at
their exact frame within a block. The rows in use are always the first `count`; when a note has died away the last row
moves into its place. A note always ends on a ramp: its timbre's release, or 5 ms when it is cut.

Axes: notes, layers (3), frames (BLOCK).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from instrument.music.sounds.timbres import TIMBRES
from instrument.playing.sound import BLOCK
from instrument.playing.sound.bends import Bends
from instrument.playing.sound.glide import Glide, sides_of
from instrument.playing.sound.percussion import PERCUSSION, sounding
from instrument.playing.sound.ring_wave import LAST
from instrument.playing.sound.wavetables import frequency, wavetables

NOTES = 32  #: notes that sound at once; one more cuts the quietest
ROWS = NOTES + 16  #: the rest are notes on their last 5 ms
LAYERS = 3
CUT_SECONDS = 0.005
_NEVER = 1 << 60
_TURN = 2.0**32

Floats = NDArray[np.float32]


class Voices:
    """Sounding notes of the synth, polyphony. thread: one. blocks: never. Measured: see `synth.py`."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._tables = wavetables(rate)
        self._cut_frames = round(CUT_SECONDS * rate)
        self.count = 0
        self.bends = Bends(rate, self._tables)
        self._glides: dict[int, Glide] = {}  # of channels whose level or place is moving
        self._begun = 0
        self._attacking_until = 0  # frame; no layer is in its attack from here on
        self._next_end = _NEVER  # frame; no note ends or is cut, or has died away, before this
        self._next_read = _NEVER  # nor has a ring been read through before this
        self._make_rows()
        self._make_scratch()

    def _make_rows(self) -> None:
        def whole() -> NDArray[np.int64]:
            return np.zeros(ROWS, dtype=np.int64)

        def layered() -> Floats:
            return np.zeros((ROWS, LAYERS), dtype=np.float32)

        self._channel, self._pitch, self._heard = whole(), whole(), whole()
        self._start, self._off, self._cut = whole(), whole(), whole()  # frames
        self._release, self._life = whole(), whole()  # frames
        self._sides = np.zeros((ROWS, 2), dtype=np.float32)  # gain left, right
        self._vibrato = np.zeros((ROWS, 3))  # depth (ratio), turns a frame, half-grown after (frames)
        self._swing, self._floor = layered(), layered()  # gain that decays, gain that stays
        self._attack, self._decay = layered(), layered()  # 1 / frames
        self._pace = np.zeros((ROWS, LAYERS))  # turns of the phase counter a frame, without vibrato
        self._phase = np.zeros((ROWS, LAYERS), dtype=np.uint32)  # at the block's first frame
        self._bits, self._shift = (np.zeros((ROWS, LAYERS), dtype=np.uint32) for _ in range(2))
        # read: till that frame; family: of waves, see `Wavetables.family`
        self._base, self._read, self._family = (np.zeros((ROWS, LAYERS), dtype=np.int64) for _ in range(3))
        self._columns: tuple[NDArray[np.generic], ...] = (
            self._channel, self._pitch, self._start, self._off, self._cut, self._release, self._life, self._sides,
            self._vibrato, self._swing, self._floor, self._attack, self._decay, self._pace, self._phase, self._bits,
            self._shift, self._base, self._read, self._heard, self._family,
        )  # fmt: skip

    def _make_scratch(self) -> None:
        shape = (ROWS, LAYERS, BLOCK)
        self._steps = np.arange(BLOCK, dtype=np.uint32)
        self._times = np.arange(BLOCK, dtype=np.float32)
        self._ramp = np.arange(1, BLOCK + 1, dtype=np.float32) / BLOCK
        self._age, self._gate, self._mono = (np.zeros((ROWS, BLOCK), dtype=np.float32) for _ in range(3))
        self._gain, self._slope, self._wave, self._next = (np.zeros(shape, dtype=np.float32) for _ in range(4))
        self._turns = np.zeros(shape, dtype=np.uint32)
        self._at = np.zeros(shape, dtype=np.int64)
        self._moved = np.zeros((2, BLOCK), dtype=np.float32)

    def start(self, frame: int, channel: int, pitch: int, velocity: int, timbre: str, level: float, pan: float) -> None:
        """Begin a note at a frame of the block that is rendered next. level: gain; pan: -1 left .. 1 right."""
        row = self._free_row(frame)
        made = TIMBRES.get(timbre) or PERCUSSION[timbre]
        self._channel[row], self._pitch[row] = channel, pitch
        self._heard[row] = pitch = sounding(timbre, channel, pitch)
        self._start[row], self._off[row], self._cut[row] = frame, _NEVER, _NEVER
        self._release[row] = round(made.release * self._rate)
        self._sides[row] = sides_of(level, pan)
        if channel in self._glides:
            self._sides[row] = self._glides[channel].now
        depth, delay = made.vibrato * np.log(2) / 1200, made.vibrato_delay * self._rate
        self._vibrato[row] = (depth, made.vibrato_rate / self._rate, delay)
        self._begun += 1
        stretch = (440.0 / frequency(pitch)) ** 0.5  # low strings ring longer
        for n, layer in enumerate(made.layers):
            wave = self._tables.wave(layer, pitch)
            pace = self._tables.pace(layer, pitch) * _TURN
            self._read[row, n] = _NEVER if layer.ring is None else frame + int(LAST * _TURN / pace)
            began = (self._begun * 2654435761) if layer.breath else 0  # each breath is another one
            gain = layer.gain * (velocity / 127) ** layer.touch
            self._swing[row, n], self._floor[row, n] = gain * (1 - layer.sustain), gain * layer.sustain
            self._attack[row, n] = 1 / (layer.attack * self._rate)
            self._decay[row, n] = 1 / (layer.decay * stretch * self._rate)
            self._pace[row, n] = pace
            self._phase[row, n] = int(began - pace * (frame % BLOCK)) & 0xFFFFFFFF
            self._family[row, n] = self._tables.family(layer)
            self._bits[row, n], self._shift[row, n], self._base[row, n] = wave.bits, 32 - wave.bits, wave.base
        ringing = max((1 / d for d, f in zip(self._decay[row], self._floor[row], strict=True) if f == 0), default=0.0)
        self._life[row] = _NEVER if self._floor[row].any() else int(9.5 * ringing)  # then 82 dB down
        self._life[row] = min(self._life[row], self._read[row].max() - frame)
        self._attacking_until = max(self._attacking_until, frame + int(1 / self._attack[row].min()) + 1)
        self._next_end = min(self._next_end, frame + int(self._life[row]))
        self._next_read = min(self._next_read, int(self._read[row].min()))

    def release(self, frame: int, channel: int, pitch: int | None = None) -> None:
        """End a note (all of the channel with no pitch) at `frame`, as its timbre ends."""
        held = self._of(channel, pitch) & (self._off[: self.count] == _NEVER)
        self._off[: self.count][held] = frame
        self._next_end = min(self._next_end, frame)

    def cut(self, frame: int, channel: int | None = None) -> None:
        """End all notes (of one channel) within 5 ms of `frame`."""
        found = self._of(channel, None)
        self._cut[: self.count][found] = np.minimum(self._cut[: self.count][found], frame)
        self._next_end = min(self._next_end, frame)

    def mix(self, channel: int, before: tuple[float, float], after: tuple[float, float]) -> None:
        """Move a channel's level and place to others; at once where none of its notes sounds. Each: (level, pan)."""
        sounds = bool(self._of(channel, None).any())
        glide = self._glides.pop(channel, None)
        if sounds:
            now = sides_of(*before) if glide is None else glide.now
            self._glides[channel] = Glide(now, sides_of(*after))

    def _glide(self, k: int) -> None:
        """A block further with the channels that are moving."""
        for channel, glide in list(self._glides.items()):
            rows = self._channel[:k] == channel
            self._sides[:k][rows] += (glide.to - self._sides[:k][rows]) / glide.left
            glide.step()
            if not glide.left or not rows.any():
                del self._glides[channel]

    def render(self, frame: int, before: Floats, gains: Floats, out: Floats) -> None:
        """One block from `frame` into `out` [2, BLOCK].

        before, gains: of each channel at the block's beginning and end, index 1..16; the same array if none moves
        """
        k, moving, gliding = self.count, gains is not before, bool(self._glides)
        if k == 0:
            out.fill(0)
            self.bends.settle()
            return
        if frame >= self._next_read:
            self._hush_rings(frame, k)
        self._shape(frame, k)
        self._read_waves(frame, k)
        self.bends.settle()
        wave, mono = self._wave[:k], self._mono[:k]
        wave *= self._gain[:k]
        np.add(wave[:, 0], wave[:, 1], out=mono)
        mono += wave[:, 2]
        ending = self._next_end < frame + BLOCK
        if ending:
            self._end(frame, k)
        channel = self._channel[:k]
        sides = (self._sides[:k] * before[channel, None]).T
        np.dot(sides, mono, out=out)
        if moving or gliding:
            mono *= self._ramp
            change = (self._sides[:k] * (gains - before)[channel, None]).T
            if gliding:
                self._glide(k)
                change = (self._sides[:k] * gains[channel, None]).T - sides
            np.dot(change, mono, out=self._moved)
            out += self._moved
        if ending:
            self._bury(frame + BLOCK)

    def _hush_rings(self, frame: int, k: int) -> None:
        """Read through, not read again."""
        over = self._read[:k] <= frame
        self._swing[:k][over], self._read[:k][over] = 0, _NEVER
        self._next_read = int(self._read[:k].min())

    def _shape(self, frame: int, k: int) -> None:
        """Attack and decay of every layer into `_gain`. Zero before a note's first frame."""
        age, gain, slope = self._age[:k], self._gain[:k], self._slope[:k]
        since = frame - self._start[:k]
        np.add(since[:, None].astype(np.float32), self._times, out=age)
        np.multiply(age[:, None, :], -self._decay[:k, :, None], out=gain)
        np.exp(gain, out=gain)
        gain *= self._swing[:k, :, None]
        gain += self._floor[:k, :, None]
        if frame < self._attacking_until:
            np.multiply(age[:, None, :], self._attack[:k, :, None], out=slope)
            np.clip(slope, 0, 1, out=slope)
            gain *= slope
            np.subtract(2, slope, out=slope)  # x (2 - x): steep at first, then easing in
            gain *= slope

    def _read_waves(self, frame: int, k: int) -> None:
        """Every layer's wave into `_wave`, between samples by straight lines."""
        turns, at, wave, following = self._turns[:k], self._at[:k], self._wave[:k], self._next[:k]
        pace, change = self._pace_now(frame, k)
        np.multiply(self._steps, pace[:, :, None], out=turns)
        turns += self._phase[:k, :, None]
        self._phase[:k] += pace * np.uint32(BLOCK)
        if change is not None:
            more, at_end = self.bends.slide(change)
            turns += more
            self._phase[:k] += at_end
        switched = None
        if self.bends.far:
            columns = self._channel, self._heard, self._family, self._base, self._read
            switched = self.bends.follow(*(column[:k] for column in columns))
            self._next_read = int(self._read[:k].min())
        np.right_shift(turns, self._shift[:k, :, None], out=at, casting="unsafe")
        at += self._base[:k, :, None]
        self._tables.samples.take(at, out=wave, mode="clip")
        at += 1
        self._tables.samples.take(at, out=following, mode="clip")
        following -= wave
        np.left_shift(turns, self._bits[:k, :, None], out=turns)
        between = self._slope[:k]
        np.copyto(between, turns, casting="unsafe")
        between *= np.float32(1 / _TURN)
        following *= between
        wave += following
        if switched is not None:
            self.bends.blend(switched, at, between, wave)

    def _pace_now(self, frame: int, k: int) -> tuple[NDArray[np.uint32], NDArray[np.float64] | None]:
        """Turns a frame with this block's vibrato, which grows in with the note's age, and bend: see `Bends.pace`."""
        depth, rate, delay = self._vibrato[:k].T
        if not self.bends.any and not depth.any():
            return self._pace[:k].astype(np.uint32), None
        age = np.maximum(frame - self._start[:k], 0)
        grown = age**2 / np.maximum(age**2 + delay**2, 1)
        vibrato = 1 + depth * grown * np.sin(2 * np.pi * rate * age)
        return self.bends.pace(self._pace[:k], vibrato, self._channel[:k], frame, self._start[:k] >= frame)

    def _end(self, frame: int, k: int) -> None:
        """Multiply `_mono` by the release of the notes that have ended and the ramp of those that were cut."""
        mono, gate = self._mono[:k], self._gate[:k]
        for ends, length in ((self._off[:k], self._release[:k]), (self._cut[:k], np.int64(self._cut_frames))):
            if (ends < frame + BLOCK).any():
                left = ((ends + length - frame) / length).astype(np.float32)
                np.multiply(self._times, (-1.0 / np.broadcast_to(length, k)).astype(np.float32)[:, None], out=gate)
                gate += left[:, None]
                np.clip(gate, 0, 1, out=gate)
                mono *= gate
                mono *= gate

    def _bury(self, frame: int) -> None:
        k = self.count
        gone = (self._off[:k] + self._release[:k] <= frame) | (self._cut[:k] + self._cut_frames <= frame)
        gone |= self._start[:k] + self._life[:k] <= frame
        for row in np.flatnonzero(gone)[::-1]:
            self._remove(int(row))
        k = self.count
        ends = (self._off[:k], self._cut[:k], self._start[:k] + self._life[:k])
        self._next_end = min((int(e.min()) for e in ends), default=_NEVER) if k else _NEVER

    def _remove(self, row: int) -> None:
        self.count -= 1
        for column in self._columns:
            column[row] = column[self.count]

    def _free_row(self, frame: int) -> int:
        uncut = np.flatnonzero(self._cut[: self.count] == _NEVER)
        if len(uncut) >= NOTES:
            self._cut[uncut[np.argmin(self._loudness(frame)[uncut])]] = frame
            self._next_end = min(self._next_end, frame)
        if self.count == ROWS:  # more than 16 stolen within 5 ms: the first of them stops at once
            self._remove(int(np.argmin(self._cut)))
        self.count += 1
        return self.count - 1

    def _loudness(self, frame: int) -> NDArray[np.float64]:
        """How loud each note is about now; among equals the oldest counts as the quietest."""
        k = self.count
        age = np.maximum(frame - self._start[:k], 0)
        gain = (self._floor[:k] + self._swing[:k] * np.exp(-age[:, None] * self._decay[:k])).sum(axis=1)
        left = np.clip((self._off[:k] + self._release[:k] - frame) / self._release[:k], 0, 1)
        return np.asarray(gain * self._sides[:k].sum(axis=1) * left**2 - 1e-12 * np.minimum(age, 1 << 24))

    def _of(self, channel: int | None, pitch: int | None) -> NDArray[np.bool_]:
        found = np.ones(self.count, dtype=np.bool_)
        if channel is not None:
            found &= self._channel[: self.count] == channel
        if pitch is not None:
            found &= self._pitch[: self.count] == pitch
        return found
