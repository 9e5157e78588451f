"""Stress of recordings: what is on disk after `kill -9` at any moment, opened by others' readers.

A process records in real time, a note about every 50 ms, and says what it struck; it is killed at a random moment. Both
files must open, with all the sound and all the notes but those of the last second.
"""

from __future__ import annotations

import multiprocessing
import random
import tempfile
import wave
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.route import Route
from instrument.playing.sound.synth import Synth
from instrument.playing.time.clock import SystemClock
from instrument.playing.time.lateness import Lateness

TRIES = 200
AT_ONCE = 4
SHORTEST, LONGEST = 0.05, 4.0  #: seconds after the first sound until the kill
LAST = 1.0  #: seconds that may be lost
RATE = 48_000


def bench_recordings(seconds: int, say: Callable[[str], None], tries: int = TRIES) -> dict[str, float]:
    """recordings.killed; recordings.broken: files that do not open; recordings.short: those that lack more than a
    second; recordings.lost_s: the most that was lost of the sound. seconds: not used."""
    rng = random.Random(1)
    broken, short, most, done = 0, 0, 0.0, 0
    while done < tries:
        with tempfile.TemporaryDirectory() as folder:
            shows = [_Killed(Path(folder) / str(n)) for n in range(min(AT_ONCE, tries - done))]
            for show in shows:
                show.wait_and_kill(rng.uniform(SHORTEST, LONGEST))
            for show in shows:
                done += 1
                try:
                    lost, missing = show.lost()
                except Exception as error:  # whatever a reader may raise
                    broken += 1
                    say(f"try {done}: does not open: {type(error).__name__}: {error}")
                    continue
                most = max(most, lost)
                short += lost > LAST or missing > 0
        say(f"{done} of {tries}: {broken} broken, {short} too short, at most {most:.2f} s of sound lost")
    return {"recordings.killed": float(done), "recordings.broken": float(broken), "recordings.short": float(short),
            "recordings.lost_s": most}  # fmt: skip


class _Killed:
    """A recording in a process of its own, until it is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._struck = folder, []  # type: ignore[var-annotated]
        self._clock, self._dead = SystemClock(), 0.0
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=record, args=(theirs, folder), daemon=True)
        self._process.start()
        theirs.close()

    def wait_and_kill(self, seconds: float) -> None:
        """Let it record so long, and end it."""
        self._origin = self._line.recv()
        self._clock.sleep_until(self._clock.now() + seconds)
        self._process.kill()
        self._dead = self._clock.now()
        self._process.join()
        try:
            while True:
                self._struck.append(self._line.recv())
        except (EOFError, OSError):
            return

    def lost(self) -> tuple[float, int]:
        """Seconds of sound, and notes struck more than a second before the end, that are not in the files."""
        import mido

        with wave.open(str(self.folder / "a.wav")) as sound:
            there = len(sound.readframes(sound.getnframes())) / 4 / RATE
        now, found = 0.0, []
        for message in mido.MidiFile(str(self.folder / "a.mid")):
            now += message.time
            if message.type == "note_on" and message.velocity:
                found.append((round(now, 1), message.note))
        due = [note for at, note in self._struck if self._origin + at < self._dead - LAST]
        missing = len(due) - len([1 for note, (_, other) in zip(due, found, strict=False) if note == other])
        return self._dead - self._origin - there, missing


def record(line: Connection, folder: Path) -> None:
    """The process: records until it is killed, and says what it has struck: (seconds of the recording, note)."""
    from instrument.ports.recording.recorder import Recorder
    from instrument.ports.recording_output import Recording
    from instrument.ports.system.priority import raise_priority

    raise_priority()  # as the player's process
    clock = SystemClock()
    recorder = Recorder(folder / "a", RATE, {"melody": Route(("recording",), 1)})
    one = Recording(Synth(RATE), recorder, clock.now(), Lateness(), clock)
    line.send(one.origin)
    number = 0
    while True:
        now = clock.now()
        one.flush(now)
        due = one.origin + number * 0.05
        if due <= now:
            one.take(Message(due, "on", 1, 40 + number % 48, 90, "recording"), now)
            one.take(Message(due + 0.04, "off", 1, 40 + number % 48, 0, "recording"), now)
            line.send((clock.now() - one.origin, 40 + number % 48))  # a busy machine may be late
            number += 1
        clock.sleep_until(now + 0.005)
