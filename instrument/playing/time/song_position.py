"""Song position under a MIDI clock: a table of states and events, after the order in which sequencers send them.

Positions are counted in clocks, 24 to the quarter note. The clock after Start, Continue or a position is the one that
has it. `docs/sync-states.md` is drawn from the table. Where sequencers differ from each other:

- Live sends a position, then Start: a Start right after a position keeps it, unless told that Start is the top.
- Cubase, moved while it plays, sends Continue, some clocks, Stop, a position, and clocks: it has not stopped.
- Tracktion, when it loops, sends two positions: the last one counts. It never sends Stop: see what is done on loss.
- Ardour sends Start at the top only, Continue elsewhere.
- Some send clocks while they stand, which tell the tempo; some only while they play.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

SIXTEENTH = 6  #: clocks
RIGHT_AFTER = 1.0  #: seconds within which a Start belongs to the position before it
MOVING = 0.5  #: seconds within which Continue, Stop and a position are one movement


class State(Enum):
    """Where the music stands to the clock that comes in."""

    OWN = "own clock"
    STANDING = "standing"
    STARTING = "starting"
    RUNNING = "running"
    LOST = "lost"


class Event(Enum):
    """What comes in, told apart by what came shortly before; or time that passes."""

    START = "Start"
    START_HERE = "Start right after a position"
    CONTINUE = "Continue"
    STOP = "Stop"
    POSITION = "position"
    MOVED = "position after Continue and Stop"
    CLOCK = "clock"
    SILENCE = "half a second without a clock"
    SILENCE_STOPS = "the same, where loss stops the music"
    OTHERS = "another source is chosen"


class Action(Enum):
    """What becomes of the position, and of the music."""

    NOTHING = "nothing"
    TO_TOP = "position 0; stop, and begin with the next clock"
    TAKE_OVER = "stop, and begin at the position with the next clock"
    GO_ON = "begin at the position with the next clock"
    KEEP_ON = "it may be part of a movement"
    STOP = "stop"
    STOP_BEHIND = "stop; position of the clock after the last"
    PLACE = "the next clock is there"
    PLACE_MUSIC = "go there, standing"
    SET_TEMPO = "take the tempo"
    JUMP = "play from the position"
    FOLLOW = "play on, a clock further"


_S, _E, _A = State, Event, Action
#: what each event makes of each state, and what is done; what does not stand here changes nothing
TABLE: dict[tuple[State, Event], tuple[State, Action]] = {
    (_S.OWN, _E.START): (_S.STARTING, _A.TO_TOP),
    (_S.OWN, _E.START_HERE): (_S.STARTING, _A.TAKE_OVER),
    (_S.OWN, _E.CONTINUE): (_S.STARTING, _A.TAKE_OVER),
    (_S.OWN, _E.POSITION): (_S.OWN, _A.PLACE),
    (_S.OWN, _E.MOVED): (_S.OWN, _A.PLACE),
    (_S.STANDING, _E.START): (_S.STARTING, _A.TO_TOP),
    (_S.STANDING, _E.START_HERE): (_S.STARTING, _A.TAKE_OVER),
    (_S.STANDING, _E.CONTINUE): (_S.STARTING, _A.GO_ON),
    (_S.STANDING, _E.POSITION): (_S.STANDING, _A.PLACE_MUSIC),
    (_S.STANDING, _E.MOVED): (_S.STARTING, _A.PLACE),
    (_S.STANDING, _E.CLOCK): (_S.STANDING, _A.SET_TEMPO),
    (_S.STANDING, _E.OTHERS): (_S.OWN, _A.NOTHING),
    (_S.STARTING, _E.START): (_S.STARTING, _A.TO_TOP),
    (_S.STARTING, _E.START_HERE): (_S.STARTING, _A.TAKE_OVER),
    (_S.STARTING, _E.CONTINUE): (_S.STARTING, _A.KEEP_ON),
    (_S.STARTING, _E.STOP): (_S.STANDING, _A.STOP),
    (_S.STARTING, _E.POSITION): (_S.STARTING, _A.PLACE),
    (_S.STARTING, _E.MOVED): (_S.STARTING, _A.PLACE),
    (_S.STARTING, _E.CLOCK): (_S.RUNNING, _A.JUMP),
    (_S.STARTING, _E.OTHERS): (_S.OWN, _A.NOTHING),
    (_S.RUNNING, _E.START): (_S.STARTING, _A.TO_TOP),
    (_S.RUNNING, _E.START_HERE): (_S.STARTING, _A.TAKE_OVER),
    (_S.RUNNING, _E.CONTINUE): (_S.RUNNING, _A.KEEP_ON),
    (_S.RUNNING, _E.STOP): (_S.STANDING, _A.STOP_BEHIND),
    (_S.RUNNING, _E.POSITION): (_S.STARTING, _A.PLACE),
    (_S.RUNNING, _E.MOVED): (_S.STARTING, _A.PLACE),
    (_S.RUNNING, _E.CLOCK): (_S.RUNNING, _A.FOLLOW),
    (_S.RUNNING, _E.SILENCE): (_S.LOST, _A.NOTHING),
    (_S.RUNNING, _E.SILENCE_STOPS): (_S.STANDING, _A.STOP_BEHIND),
    (_S.RUNNING, _E.OTHERS): (_S.OWN, _A.NOTHING),
    (_S.LOST, _E.START): (_S.STARTING, _A.TO_TOP),
    (_S.LOST, _E.START_HERE): (_S.STARTING, _A.TAKE_OVER),
    (_S.LOST, _E.CONTINUE): (_S.RUNNING, _A.KEEP_ON),
    (_S.LOST, _E.STOP): (_S.STANDING, _A.STOP_BEHIND),
    (_S.LOST, _E.POSITION): (_S.STARTING, _A.PLACE),
    (_S.LOST, _E.MOVED): (_S.STARTING, _A.PLACE),
    (_S.LOST, _E.CLOCK): (_S.RUNNING, _A.FOLLOW),
    (_S.LOST, _E.OTHERS): (_S.OWN, _A.NOTHING),
}


@dataclass(slots=True)
class SongPosition:
    """Song position under a MIDI clock.

    state: of the music under the clock; start_is_top: a Start is always the top of the piece.

    thread: the player's. blocks: never. Moments are seconds on the player clock.
    """

    state: State = State.OWN
    start_is_top: bool = False
    position: int = 0  #: clocks from the top: of the last clock in RUNNING and LOST, else of the next one
    _located: float = float("-inf")
    _continued: float = float("-inf")
    _moving: float = float("-inf")

    @property
    def running(self) -> bool:
        """Whether clocks move the music."""
        return self.state in (State.STARTING, State.RUNNING, State.LOST)

    @property
    def due(self) -> bool:
        """Whether the next clock takes `position`, and the music with it, if it runs."""
        return self.state not in (State.RUNNING, State.LOST)

    def start(self, at: float) -> Action:
        """FA."""
        located = at - self._located <= RIGHT_AFTER and not self.start_is_top
        return self._turn(Event.START_HERE if located else Event.START)

    def resume(self, at: float) -> Action:
        """FB, Continue. While the music runs it changes nothing by itself."""
        if self.running:
            self._continued = at
        return self._turn(Event.CONTINUE)

    def stop(self, at: float) -> Action:
        """FC. The clock after the last one heard is where Continue goes on."""
        self._ended(at)
        return self._turn(Event.STOP)

    def locate(self, sixteenths: int, at: float) -> Action:
        """F2. While the music runs the next clock is there."""
        self._located = at
        action = self._turn(Event.MOVED if at - self._moving <= MOVING else Event.POSITION)
        self.position = sixteenths * SIXTEENTH
        return action

    def clock(self, ahead: int = 1) -> Action:
        """F8. ahead: by how many the count goes on, other than 1 where clocks were lost or came twice."""
        action = self._turn(Event.CLOCK)
        if action is Action.FOLLOW:
            self.position += ahead
        return action

    def lose(self, at: float, stops: bool) -> Action:
        """The clock has been silent for long. stops: the music stops with it."""
        if stops and self.state is State.RUNNING:
            self._ended(at)
        return self._turn(Event.SILENCE_STOPS if stops else Event.SILENCE)

    def leave(self) -> Action:
        """Another source than a MIDI clock is chosen."""
        return self._turn(Event.OTHERS)

    def _ended(self, at: float) -> None:
        """It stops; right after a Continue that is part of a movement, if a position follows."""
        if self.running and at - self._continued <= MOVING:
            self._moving = at
        self._continued = float("-inf")

    def _turn(self, event: Event) -> Action:
        """The next state, with what an action makes of the position; what it makes of the music is the caller's."""
        self.state, action = TABLE.get((self.state, event), (self.state, Action.NOTHING))
        if action is Action.TO_TOP:
            self.position = 0
        elif action is Action.STOP_BEHIND:
            self.position += 1
        return action
