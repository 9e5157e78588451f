"""Play mode: what the performer's keys do, and where the music gets its bars from.

This is the plainest of them, listening: the keys do nothing here, the clock moves the music, the plan fills it.
The others change what they need to. Plain objects: no time, no devices; everything they have to say they return.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from instrument.controls.midi_messages import NOTES
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.scheduler import Scheduler


@dataclass(slots=True)
class ModeResult:
    """What came of it. ask: the plan must be thought again from where `PlayMode.where` says; rewrite: and what stands
    written beyond is void."""

    messages: list[Message] = field(default_factory=list)
    announced: list[Span] = field(default_factory=list)
    ask: bool = False
    rewrite: bool = False


class PlayMode:
    """Play mode: what the performer's keys do. thread: the player's. blocks: never."""

    takes_notes = False  #: the keys sound only as this way has it
    on_clock = True  #: the clock moves the music

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler

    def begin(self, now: float) -> list[Message]:
        """This way is chosen."""
        return []

    def end(self, now: float) -> list[Message]:
        """Another is."""
        return []

    def hear(self, heard: ReceivedMidi) -> ModeResult:
        """A channel message of the performer's."""
        return ModeResult()

    def advance(self, now: float) -> ModeResult:
        """Each turn, before the scheduler's."""
        return ModeResult()

    def receive(self, span: Span) -> bool:
        """A span of the newest plan; False where it came too late."""
        return self.scheduler.buffer.put(span)

    def where(self) -> tuple[int, Span | None]:
        """From where to think again: tick, and the span before. Silence to the next bar line stands."""
        buffer = self.scheduler.buffer
        if buffer.ahead and buffer.ahead[0].source == "silent":
            return buffer.ahead[0].end, buffer.ahead[0]
        return buffer.committed, buffer.last_committed

    def reach(self) -> int | None:
        """Ticks that the plan must reach and no further; None: as far as the look-ahead says."""
        return None

    def plans(self) -> set[int]:
        """Numbers of the requests whose bars wait here for their moment, besides those in the buffer."""
        return set()

    def over(self, snapshot: Snapshot) -> Snapshot:
        """The controls with what the keys ask for."""
        return replace(snapshot, held=(), phrase=None)

    def unhear(self, port: str, now: float, channel: int | None = None, pedals: bool = True) -> ModeResult:
        """An input lets go of its keys (channel: on that one, 1..16), and of its pedals, where they are meant too."""
        return ModeResult()

    def forget(self) -> None:
        """The ledger has ended every note."""


def note_of(heard: ReceivedMidi) -> tuple[int, int] | None:
    """(pitch, velocity) of a note message, velocity 0 for its end; None for anything else. Pure."""
    message = heard.message
    if message is None or message.kind not in NOTES:
        return None
    return message.number, message.value if message.kind == "on" else 0
