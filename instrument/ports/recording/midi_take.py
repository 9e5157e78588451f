"""MIDI file of what was struck: each message at the moment it sounded, in a file that opens while it grows.

Moments are seconds of the recording, so that the file runs beside the sound; the tempo that was played in stands in it,
and where it can be had bar lines fall on the file's. While it grows the file has one track (type 0), and its end is
written before its length, so that a program that is killed leaves a whole file. `finish` puts in its place one with a
track for each channel (type 1).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from pathlib import Path

from instrument.controls.midi_messages import channel_of
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.ticks import QUARTER
from instrument.ports.recording.midi_file import TICKS_PER_BEAT
from instrument.ports.recording.wav_file import same_file, write_at

BPM = 120.0  #: until a tempo is known
STRETCH = (10.0, 999.0)  #: quarter notes a minute that a lead-in may have, so that a bar begins on a bar line
_END = b"\x00\xff\x2f\x00"
_NOTHING = b"\x00\xff\x01\x00"  # an empty text, as long as the end of a track, in whose place it comes
_LENGTH_AT, _TRACK_AT = 18, 22  # of the only track: its length, its first event


class TakeTempo:
    """Seconds to the file's ticks, exactly as a reader of the file turns them back. Its tempo is whole microseconds."""

    def __init__(self) -> None:
        self.quarter = round(60e6 / BPM)  #: microseconds
        self._at, self._tick = 0.0, 0

    def tick(self, seconds: float) -> int:
        """The nearest tick to a moment of the recording."""
        return max(self._tick, self._tick + round((seconds - self._at) * 1e6 * TICKS_PER_BEAT / self.quarter))

    def turn(self, tick: int, quarter: int) -> None:
        """Another tempo from a tick on."""
        self._at += (tick - self._tick) * self.quarter / 1e6 / TICKS_PER_BEAT
        self._tick, self.quarter = tick, quarter

    def fit(self, tick: int, later: int, seconds: float) -> int:
        """The tempo, microseconds, that makes `later` fall on `seconds` when taken up at `tick`."""
        here = self._at + (tick - self._tick) * self.quarter / 1e6 / TICKS_PER_BEAT
        return round((seconds - here) * 1e6 * TICKS_PER_BEAT / max(1, later - tick))


class MidiTake:
    """MIDI file that is being recorded.

    thread: one. A name that is taken raises FileExistsError. Raises OSError as files do.
    """

    def __init__(self, path: Path, title: str, voices: Mapping[int, str]) -> None:
        """voices: by channel 1..16, the names of the tracks."""
        self.path, self._title, self._voices = path, title, dict(voices)
        self._pace = TakeTempo()
        self._tracks: dict[int, _Track] = {}  # by channel 1..16, or 0 for all
        self._last = self._flushed = 0  # ticks: of the newest event; that the file tells of
        self._waiting = bytearray()
        self._bar, self._grid = 4 * TICKS_PER_BEAT, 0  # ticks: of a bar; where the first of that length begins
        self._meter, self._key = "", ""
        self._file = path.open("xb", buffering=0)
        self._size = _TRACK_AT
        self._closed = False
        head = struct.pack(">4sIHHH4sI", b"MThd", 6, 0, 1, TICKS_PER_BEAT, b"MTrk", len(_END))
        write_at(self._file.fileno(), head + _END, 0)
        self._add(0, 0, _meta(0x03, _latin(title)))

    @property
    def there(self) -> bool:
        """Whether the file is still where it was made."""
        return same_file(self._file.fileno(), self.path)

    def message(self, at: float, data: bytes) -> None:
        """A message on a channel, at so many seconds of the recording; none is earlier than the one before."""
        self._add(self._pace.tick(at), channel_of(data), data)

    def tempo(self, at: float, bpm: float) -> None:
        """Quarter notes a minute from now on. What differs by less than the eye sees is passed over."""
        quarter = _quarter(bpm)
        if abs(quarter - self._pace.quarter) * 2000 > self._pace.quarter:
            self._turn(max(self._last, self._pace.tick(at)), quarter)

    def bar(self, at: float, into: int, meter: Meter, key: Key, bpm: float) -> None:
        """The music stands `into` ticks of ours behind a bar line. The time since the newest event is stretched so
        that the file's bar lines are there too, if that asks for no tempo that others do not read."""
        bar = max(1, meter.bar * TICKS_PER_BEAT // QUARTER)
        inside = into * TICKS_PER_BEAT // QUARTER
        natural = self._pace.tick(at)
        passed = self._last if natural > self._last else self._last - 1
        first = (passed - self._grid - inside) // self._bar + 1  # the first such place that is still to come
        bars = max(first, round((natural - inside - self._grid) / self._bar))
        wanted = self._grid + bars * self._bar + inside
        quarter = self._pace.fit(self._last, wanted, at)
        if wanted > self._last and wanted != natural and 60e6 / STRETCH[1] <= quarter <= 60e6 / STRETCH[0]:
            self._turn(self._last, quarter)
            natural = wanted
        self._turn(max(self._last, natural), _quarter(bpm))
        if str(meter) != self._meter:
            self._meter, self._bar, self._grid = str(meter), bar, self._last - inside
            clocks = min(255, meter.beat * 24 // QUARTER)
            self._add(self._last, 0, _meta(0x58, bytes((meter.upper, meter.lower.bit_length() - 1, clocks, 8))))
        if str(key) != self._key and abs(sum(key.signature)) <= 7:
            self._key = str(key)
            self._add(self._last, 0, _meta(0x59, struct.pack("bB", sum(key.signature), 0)))

    def text(self, at: float, text: str) -> None:
        """A word at a moment, as the name of a chord."""
        self._add(self._pace.tick(at), 0, _meta(0x01, _latin(text)))

    def flush(self) -> None:
        """Bring the file up to date: what is there now can be opened."""
        if not self._waiting:
            return
        data = memoryview(_NOTHING + bytes(self._waiting) + _END)
        done = 0
        while done < len(data):
            done += write_at(self._file.fileno(), data[done:], self._size + done)
        self._size += len(data) - len(_END)
        write_at(self._file.fileno(), struct.pack(">I", self._size + len(_END) - _TRACK_AT), _LENGTH_AT)
        self._waiting.clear()

    def finish(self) -> None:
        """Put a file with a track for each channel in its place; where that fails, what has grown stays. Safe to call
        twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self.flush()
            if not self.there:
                raise FileNotFoundError(2, "it has gone", str(self.path))
            beside = self.path.with_name(self.path.name + ".new")
            try:
                with beside.open("wb") as file:
                    file.write(self._whole())
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(self.path)
            except OSError:
                beside.unlink(missing_ok=True)
                raise
        finally:
            self._file.close()

    def leave(self) -> None:
        """Let the file go as it is."""
        self._closed = True
        self._file.close()

    def _turn(self, tick: int, quarter: int) -> None:
        if quarter != self._pace.quarter or not self._last:
            self._pace.turn(tick, quarter)
            self._add(tick, 0, _meta(0x51, struct.pack(">I", quarter)[1:]))

    def _add(self, tick: int, channel: int, data: bytes) -> None:
        tick = max(tick, self._last)
        self._waiting += _number(tick - self._last) + data
        self._last = tick
        if channel not in self._tracks:
            self._tracks[channel] = _Track()
            if channel:
                self._tracks[channel].add(0, _meta(0x03, _latin(self._voices.get(channel, f"channel {channel}"))))
        self._tracks[channel].add(tick, data)

    def _whole(self) -> bytes:
        head = struct.pack(">4sIHHH", b"MThd", 6, 1, len(self._tracks), TICKS_PER_BEAT)
        return head + b"".join(self._tracks[channel].whole() for channel in sorted(self._tracks))


class _Track:
    """Track of a file, as its bytes: some five a message, so that an evening takes a megabyte or two."""

    def __init__(self) -> None:
        self._body, self._last = bytearray(), 0

    def add(self, tick: int, data: bytes) -> None:
        self._body += _number(tick - self._last) + data
        self._last = tick

    def whole(self) -> bytes:
        return struct.pack(">4sI", b"MTrk", len(self._body) + len(_END)) + bytes(self._body) + _END


def _meta(kind: int, data: bytes) -> bytes:
    return bytes((0xFF, kind)) + _number(len(data)) + data


def _number(value: int) -> bytes:
    """In the format's seven bits a byte."""
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(value & 0x7F | 0x80)
    return bytes(reversed(found))


def _quarter(bpm: float) -> int:
    """Microseconds to the quarter note, as the format can hold them."""
    return min(max(round(60e6 / bpm), 1), 0xFFFFFF)


def _latin(text: str) -> bytes:
    return text.encode("latin-1", "replace")[:1000]
