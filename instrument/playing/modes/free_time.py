"""Free time: silence to play over, in which the clock runs, the drone holds and nothing is composed.

This is the way of one who leads the accompanying voices (`play.way` = "accompany"), and what an answer is set in. The
bars are cut in beats and never announced ahead of the moment, so that whatever is to follow may begin on the very next
bar line.
"""

from __future__ import annotations

from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Place, Span
from instrument.music.ticks import EIGHTH
from instrument.playing.midi.output_message import Message
from instrument.playing.modes.play_mode import ModeResult, PlayMode
from instrument.playing.schedule.lookahead import LEAP
from instrument.playing.schedule.scheduler import Scheduler

LATE = EIGHTH // 4  #: ticks


class Silent(PlayMode):
    """Silence to play over in free time. thread: the player's. blocks: never."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(scheduler)
        self.controls = Snapshot()
        self.tick = 0  #: where the music is
        self._drone: tuple[Note, ...] = ()
        self._owed = False  # the bar's drone has not begun yet

    def begin(self, now: float) -> list[Message]:
        buffer = self.scheduler.buffer
        self.listen_for_drone(buffer.last_committed or next(iter(buffer.ahead), None))
        buffer.drop()
        buffer.fill = self.fill
        return []

    def end(self, now: float) -> list[Message]:
        """What is composed again begins on a bar line; until there it is silent."""
        buffer = self.scheduler.buffer
        buffer.fill, last = None, buffer.last_committed
        if last is not None and last.lacking:
            line = last.end + last.lacking
            silence = replace(last, start=last.end, end=line, notes=(), lacking=0, source="silent", branches=())
            buffer.put(replace(silence, chords=()))
        return []

    def advance(self, now: float) -> ModeResult:
        self.tick = self.scheduler.tick(now)
        return ModeResult()

    def receive(self, span: Span) -> bool:
        return True  # nobody asked for it any more

    def reach(self) -> int | None:
        return 0

    def over(self, snapshot: Snapshot) -> Snapshot:
        self.controls = super().over(snapshot)
        return self.controls

    def fill(self, start: int, last: Span | None) -> Span | None:
        """What comes at `start`, behind `last`: a beat of silence, or what is left to the bar line; nothing yet where
        that is ahead of the moment."""
        if start > self.tick:
            return None
        meter, key = self.controls.meter, self.controls.key
        left = last.lacking if last and last.lacking else meter.bar
        end = start + (left % meter.beat or min(left, meter.beat))
        far = self.tick - start > 2 * LEAP
        leapt = (self.tick - start - left) // meter.bar if far else 0  # whole bars: one silence
        if leapt:
            end = start + left + leapt * meter.bar
        fresh = left == meter.bar or last is None or last.source != "silent"
        self._owed = fresh or (self._owed and left < meter.bar)
        drone: tuple[Note, ...] = ()
        if self._owed and end > self.tick:  # where the music has leapt on it begins with the moment
            self._owed, late = False, self.tick - start
            begins = start if late < LATE else self.tick
            drone = tuple(replace(note, start=begins, duration=start + left - begins) for note in self._drone)
        if last is None:
            written = (f"M:{meter}", f"K:C{key.mode}")
            last = Span(start, end, (), 0, 0, -1, written, Place(), 0, str(meter), str(key))
        bar, lacking = last.bar if last.lacking else last.bar + 1, max(start + left - end, 0)
        bar += leapt
        return replace(
            last, start=start, end=end, notes=drone, bar=bar, lacking=lacking, source="silent", branches=(), parts=()
        )

    def listen_for_drone(self, span: Span | None) -> None:
        """The drone that goes on through the silence is that of a span."""
        self._drone = tuple(note for note in span.notes if note.voice == "drone") if span else ()
