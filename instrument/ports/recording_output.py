"""A recording as an output: the synth rendered as far as time has gone, and every message written down as it sounds.

What is written into the MIDI file is what the synth is given, at the frame that it is given for, so the two files run
side by side whatever the clock does: a song that starts thrice is heard thrice, a pause is a pause.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.lead_in import LeadIn
from instrument.music.meter import Meter
from instrument.playing.midi.output_message import Message
from instrument.playing.sound.synth import Renderer
from instrument.playing.time.clock import Clock
from instrument.playing.time.lateness import Lateness
from instrument.ports.outputs import end_all
from instrument.ports.recording.recorder import Recorder

MARKS = 256  #: spans that are remembered, without their notes, to know where bars and chords begin


class RecordedMusic(Protocol):
    """Where the music is, as the scheduler says it. begun: how often it was begun or moved."""

    begun: int
    bpm: float
    playing: bool
    begun_at: int
    lead: LeadIn | None

    def tick(self, now: float) -> int: ...

    def seconds(self, tick: int) -> float: ...


class Recording:
    """Recording output, WAV and MIDI. thread: the player's. music: None until there is any."""

    name = "recording"
    delay = 0.0

    def __init__(self, synth: Renderer, recorder: Recorder, now: float, lateness: Lateness, clock: Clock) -> None:
        self.synth, self.recorder, self.origin = synth, recorder, now
        self.lateness, self.clock = lateness, clock
        self.music: RecordedMusic | None = None
        self._held: list[tuple[float, int, Message]] = []  # (seconds of the recording, order, message)
        self._early: list[Message] | None = []  # before the first note: they go with it
        self._count = 0
        self._down: set[tuple[int, int]] = set()
        self._spans: deque[Span] = deque(maxlen=MARKS)
        self._begun = -1  # of the music, when a bar line was written last
        self._measure = ("", "")  # its meter and key
        self._chord = ("", 0)  # named last, and the tick at which it began

    @property
    def stem(self) -> Path:
        return self.recorder.stem

    @property
    def ended(self) -> str:
        """Why it has ended, or "" while it goes on."""
        return self.recorder.ended

    def take(self, message: Message, now: float) -> None:
        frame = round((message.due - self.origin) * self.synth.rate)
        self.lateness.add(max(0.0, (self.synth.frame - frame) / self.synth.rate))
        self.synth.schedule(frame, message)
        self._count += 1
        heapq.heappush(self._held, (max(frame, self.synth.frame) / self.synth.rate, self._count, message))

    def flush(self, now: float) -> float:
        frames = round((now - self.origin) * self.synth.rate) - self.synth.frame
        if frames >= self.synth.rate // 100:
            self.recorder.write(self.synth.render(frames))
        while self._held and self._held[0][0] <= self.synth.frame / self.synth.rate:
            at, _, message = heapq.heappop(self._held)
            self._write(at, message)
        return now + 0.01

    def announced(self, span: Span) -> None:
        """A span will be heard: where its bar begins, in which meter and key."""
        self._spans.append(replace(span, notes=(), branches=(), written=(), form=()))

    def silence(self, offs: list[Message], everything: bool) -> None:
        end_all(self.synth, offs)
        self._held.clear()
        for channel, note in sorted(self._down):
            self.recorder.message(self.synth.frame / self.synth.rate, Message(0.0, "off", channel, note))
        self._down.clear()
        for message in offs:
            if message.kind != "off":  # pedals, bend and the like go to rest
                self.recorder.message(self.synth.frame / self.synth.rate, message)

    def close(self) -> None:
        self.flush(self.clock.now())
        self.silence([], False)
        self.recorder.close()

    def _write(self, at: float, message: Message) -> None:
        if message.kind == "on":
            self._place(at, message.due)
            for early in self._early or ():
                self.recorder.message(at, early)
            self._early = None
        if self._early is not None:
            self._early.append(message)
            return
        key = message.channel, message.number
        if message.kind == "on":
            if key in self._down:
                self.recorder.message(at, Message(0.0, "off", *key))
            self._down.add(key)
        elif message.kind == "off":
            self._down.discard(key)
        self.recorder.message(at, message)

    def _place(self, at: float, due: float) -> None:
        """A note is struck: the bar line before it, if the music has been moved or has another meter, or the tempo."""
        music = self.music
        if music is None or not music.playing:
            if self._early is not None:
                self.recorder.bar(at, 0, Meter(4, 4), Key(), music.bpm if music else 120.0)
            return
        tick = music.tick(due)
        span = next((span for span in reversed(self._spans) if span.start <= tick), None)
        measure, begins = (span.meter, span.key) if span else ("4/4", "C major"), span.start if span else tick
        if music.lead is not None and tick < music.begun_at:
            measure = (str(music.lead.meter), str(music.lead.key))
            begins = tick - (tick - music.lead.line) % music.lead.meter.bar
        if music.begun != self._begun or measure != self._measure:
            into = tick - begins
            self.recorder.bar(at, into, Meter.parse(measure[0]), Key.parse(measure[1]), music.bpm)
            self._begun, self._measure = music.begun, measure
        else:
            self.recorder.tempo(at, music.bpm)
        self._name_chord(at, span, tick)

    def _name_chord(self, at: float, span: Span | None, tick: int) -> None:
        """The name of the chord that a note is struck over, once a chord."""
        placed = next((each for each in reversed(span.chords) if each.begins <= tick), None) if span else None
        if span is None or placed is None:
            return
        named = placed.name(Key.parse(span.key)), placed.begins
        if named[0] != self._chord[0] or (named[1] != self._chord[1] and placed.begins != span.start):
            self.recorder.text(at, named[0])
        self._chord = named
