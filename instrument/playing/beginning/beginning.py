"""Beginning: how the music comes in, at once, counted in with a click, after an opening chord, or armed for who leads.

Nothing is begun here: the player and whoever leads it lay the music under the clock, and say from which tick on. What
then sounds before the first note, and the click that goes on, come from here, and so does what stands for a beginning
that is still to come: armed, or waiting to know whether the tune has a pick-up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.music.cues import CHAIN, of_those
from instrument.music.events import Note, Span
from instrument.music.lead_in import LeadIn
from instrument.playing.beginning.metronome import JUST, Metronome
from instrument.playing.beginning.opening_chord import opening_chord
from instrument.playing.beginning.strokes import Strokes
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.in_order import ON, Moment, Source
from instrument.playing.schedule.lead_in import again, lead_in
from instrument.playing.schedule.scheduler import Scheduler

BARS = 32  #: that tell an opening chord what comes, at most
PATIENCE = 5.0  #: seconds that a first bar waits for a second, before the count-in begins without it


class Beginning:
    """Beginning of the music.

    thread: the player's. blocks: never. armed: the tune begins on the next bar of who leads; waiting: the performer
    has started the music, and it is counted in once its first bars are there."""

    def __init__(self, scheduler: Scheduler, ports: Sequence[str], snapshot: Snapshot) -> None:
        """ports: names of the outputs that the click goes to."""
        self.scheduler, self.snapshot = scheduler, snapshot
        self.metronome = Metronome(scheduler, ports, snapshot)
        self.armed = self.waiting = False
        self._chord: deque[Note] = deque()
        self._strokes = Strokes(scheduler)
        self._known: tuple[Span | None, int] | None = None  # what the lead-in goes by: what is planned, the controls
        self._thin_since: float | None = None  # seconds: since when there is one bar and no second

    def keep(self) -> list[Note]:
        """The notes that will have been struck here from now on, a list that grows; voice "click" is the metronome."""
        kept: list[Note] = []
        self._strokes.struck = self.metronome.strokes.struck = kept
        return kept

    @property
    def wanted(self) -> bool:
        """Whether anything comes before the music."""
        values = self.snapshot.values
        return int(self.snapshot.number("transport.count_in")) > 0 or values["transport.opening_chord"] != "none"

    def change(self, snapshot: Snapshot) -> None:
        """The controls have been turned."""
        self.snapshot = self.metronome.snapshot = snapshot

    def lead(self, tick: int) -> LeadIn:
        """What comes before the bar at `tick`."""
        return lead_in(self.snapshot, self.scheduler.buffer, tick)

    def ready(self, now: float) -> bool:
        """Whether it is known what comes: whether the tune has a pick-up, and a bar behind it."""
        buffer = self.scheduler.buffer
        if buffer.announced or buffer.fill is not None:
            return True
        if not buffer.ahead:
            self._thin_since = None
            return False
        if len(buffer.ahead) > 1 or not buffer.ahead[0].plan:
            return True
        self._thin_since = now if self._thin_since is None else self._thin_since
        return now - self._thin_since >= PATIENCE

    def count(self, lead: LeadIn, tick: int, now: float | None = None) -> None:
        """The music that has just been begun has this lead-in, and stands at `tick`, before its first note.

        now: seconds, by our own clock; None: somebody else's says when that is."""
        self.scheduler.count_in(lead, tick, now)
        self._known = None
        self._fill(lead, tick - JUST)

    def stop(self) -> None:
        """Nothing is about to begin any more."""
        self.armed = self.waiting = False
        self._chord.clear()

    def forget(self) -> None:
        """The ledger has ended every note."""
        self._strokes.forget()
        self.metronome.strokes.forget()

    def refresh(self, now: float) -> int:
        """What is planned may begin otherwise by now, with a pick-up for one. Returns by how many ticks the music moves
        under the clock, so that its first bar line stays where it has been counted to."""
        lead, buffer = self.scheduler.lead, self.scheduler.buffer
        if lead is None or not self.scheduler.counting(now) or buffer.committed > lead.stands:
            return 0
        span, known = buffer.at(lead.stands), self._known
        self._known = (span, self.snapshot.version)
        if known is not None and known[0] is span and known[1] == self.snapshot.version:
            return 0
        new = again(lead, self.snapshot, buffer)
        if new == lead:
            return 0
        moved = new.line - lead.line
        self.scheduler.shift(new, moved)
        self._fill(new, self.scheduler.tick(now) + 1)
        return moved

    def announced(self, spans: Iterable[Span]) -> None:
        """Spans that the scheduler has announced in this turn, before anything of the turn is struck."""
        self.metronome.announced(spans)
        if self.scheduler.lead is None:
            self._chord.clear()  # the music was moved past it

    @property
    def sources(self) -> tuple[Source, ...]:
        """What there is to come: the chord, the click, and the ends of both."""
        return self._strokes, self, self.metronome.strokes, self.metronome

    def head(self) -> Moment | None:
        """When the next stroke of the chord comes. See `Source`."""
        return (self._chord[0].start, ON) if self._chord and self.scheduler.playing else None

    def take(self, now: float) -> list[Message]:
        """That stroke. See `Source`."""
        note = self._chord.popleft()
        route = self.scheduler.routes.get(note.voice)
        return self._strokes.strike(note, route, now) if route is not None else []

    def readings(self, now: float) -> Mapping[str, Value]:
        """By the names in the table of readings."""
        counting, lead = self.scheduler.counting(now), self.scheduler.lead
        left = -(-(lead.line - self.scheduler.tick(now)) // lead.meter.beat) if counting and lead else 0
        state = "armed" if self.armed else "counting in" if counting or self.waiting else ""
        return {
            "transport.state": state or ("playing" if self.scheduler.playing else "stopped"), "transport.left": left,
        }  # fmt: skip

    def _fill(self, lead: LeadIn, tick: int) -> None:
        """What sounds before the first note, from `tick` on."""
        values, buffer, routes = self.snapshot.values, self.scheduler.buffer, self.scheduler.routes
        harmony = of_those(int(values["harmony.voices"]), routes) if values["harmony.on"] else ()
        voices = [voice for voice in routes if voice not in CHAIN or voice in harmony]
        spans = [*buffer.since(lead.entry), *buffer.ahead][:BARS]
        notes = opening_chord(str(values["transport.opening_chord"]), lead, voices, spans)
        self._chord = deque(sorted((note for note in notes if note.start >= tick), key=lambda note: note.start))
        self.metronome.count(lead, tick)
