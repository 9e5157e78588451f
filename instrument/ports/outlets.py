"""All outputs of a performance together, each behind a boundary of its own: one that fails never takes another with it,
and a recording that has ended is said once and left out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

from instrument.music.events import Span
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.schedule.route import Route
from instrument.playing.time.clock import Clock, whole
from instrument.ports.network.listeners import Listeners
from instrument.ports.osc_out.note_output import OscNotes
from instrument.ports.outputs import Midi, Output, Sound
from instrument.ports.recording_output import RecordedMusic, Recording
from instrument.ports.system.boundary import Boundary

NEAR = 0.0006  #: seconds that a piece of a turn's work takes: what is due within them goes first


class PlayedMusic(RecordedMusic, Protocol):
    """The music as the scheduler has it. routes: of the voices; changed in place while it plays."""

    routes: dict[str, Route]


class Outlets:
    """Outputs of a performance, all together. thread: the player's. raises: never."""

    def __init__(self, outputs: list[Output], music: PlayedMusic, say: Callable[[str], object]) -> None:
        self.outputs, self._say = outputs, say
        self._ports = [output for output in outputs if isinstance(output, Midi)]
        self._safely = {output.name: Boundary(f'output "{output.name}"', say) for output in outputs}
        for output in outputs:
            if isinstance(output, Recording):
                output.music = music
            elif isinstance(output, Listeners | OscNotes):
                output.routes = music.routes
            if isinstance(output, OscNotes):
                output.seconds = music.seconds

    @property
    def recordings(self) -> list[Recording]:
        return [output for output in self.outputs if isinstance(output, Recording)]

    def due_first(self, clock: Clock) -> float:
        """Before a piece of work: send what is due at the ports, and what is due within `NEAR` as soon as it is, so
        that no message waits for our work. Returns the moment (seconds, whole microseconds). blocks: `NEAR` at most."""
        now = whole(clock.now())
        soonest = min((port.soonest for port in self._ports), default=float("inf"))
        if soonest - now > NEAR:
            return now
        clock.sleep_until(soonest)
        now = whole(clock.now())
        for port in self._ports:
            self._flush(port, now, NEAR)
        return now

    def flush(self, now: float, turn: float) -> float:
        """Send what is due; returns when to be called again at the latest. turn: seconds from now, where one fails."""
        wake = min((self._flush(output, now, turn) for output in self.outputs), default=now + turn)
        for output in self.outputs:
            if isinstance(output, Sound) and output.news:
                lines, output.news = output.news, []
                for line in lines:
                    with suppress(Exception):
                        self._say(line)
        for recording in self.recordings:
            if recording.ended:
                self._ended(recording)
        return wake

    def send(self, message: Message, now: float) -> None:
        """To the output it names."""
        for output in self.outputs:
            if output.name == message.port:
                self._safely[output.name].run(partial(output.take, message, now))

    def silence(self, one: Silence) -> None:
        """End these notes, everywhere."""
        for output in self.outputs:
            offs = [message for message in one.offs if message.port == output.name]
            self._safely[output.name].run(partial(output.silence, offs, one.everything))

    def announced(self, span: Span) -> None:
        """A span will be heard."""
        for output in self.outputs:
            if isinstance(output, Recording | OscNotes):
                output.announced(span)

    def close(self) -> None:
        """Close everything, the recordings first: a driver that hangs must not cost them. Notes were ended before."""
        for output in sorted(self.outputs, key=lambda output: not isinstance(output, Recording)):
            self._safely[output.name].run(output.close)
            if isinstance(output, Recording) and output.ended:
                self._ended(output)

    def _flush(self, output: Output, now: float, turn: float) -> float:
        return self._safely[output.name](lambda: output.flush(now), now + turn)

    def _ended(self, recording: Recording) -> None:
        self.outputs.remove(recording)
        kept = " and ".join(path.name for path in recording.recorder.files)
        where = f"up to here it is in {kept}" if kept else "nothing is left of it"
        with suppress(Exception):
            self._say(f"the recording has ended: {recording.ended}; {where}. The music goes on")
