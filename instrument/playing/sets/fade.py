"""Fade: the music dies away over some bars, as expression on every channel, then stops. No time, no devices.

Taken back, it swells again within a beat. However the music stops, every channel is at full expression again before
anything else is struck, and a second after the end at the latest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from instrument.controls.midi_messages import EXPRESSION
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.route import Route

FULL = 127
TAIL = 1.0  #: seconds after the stop in which what still rings dies away
YOURS = "soprano"  #: what the performer plays does not fade


class Fade:
    """Fade-out of the music. thread: the player's. blocks: never."""

    def __init__(self, routes: Callable[[], Mapping[str, Route]]) -> None:
        """routes: of the voices, as they are now."""
        self._routes = routes
        self.fading = False
        self._level, self._rate = 1.0, 0.0  # 0..1; what of it goes with each tick, below 0 what comes back
        self._tick: int | None = None  # where it was looked at last; None: nothing moves
        self._rests: float | None = None  # seconds: when all is put to rest
        self._sent: dict[tuple[str, int], int] = {}

    def press(self, tick: int, ticks: int, beat: int) -> None:
        """Begin to fade, or take it back. tick: where the music is; ticks: how long a fade takes; beat: ticks."""
        self.fading = not self.fading
        self._rate = 1 / ticks if self.fading else -1 / beat
        self._tick = tick

    def advance(self, tick: int, now: float) -> tuple[list[Message], bool]:
        """What is due where the music is now (ticks; now in seconds), and whether it has died away."""
        if self._rests is not None and now >= self._rests:
            return self.rest(now), False
        if self._tick is None:
            return [], False
        moved, self._tick = max(0, tick - self._tick), tick
        self._level = min(1.0, max(0.0, self._level - self._rate * moved))
        if not self.fading and self._level == 1.0:
            return self.rest(now), False
        return self._send(round(FULL * self._level), now), self.fading and self._level == 0.0

    def end(self, now: float) -> None:
        """The music has stopped, having died away: what rings on does so in silence."""
        self._tick, self.fading, self._rests = None, False, now + TAIL

    def rest(self, now: float) -> list[Message]:
        """Every channel at full expression: the music was stopped, or begins."""
        self._level, self._tick, self.fading, self._rests = 1.0, None, False, None
        messages = self._send(FULL, now) if self._sent else []
        self._sent.clear()
        return messages

    def _send(self, value: int, now: float) -> list[Message]:
        """Expression on every channel where it was another. Where none was ever sent it is full."""
        found = []
        ours = [route for voice, route in self._routes().items() if voice != YOURS]
        places = {(port, route.channel) for route in ours for port in route.ports}
        for port, channel in sorted({*places, *self._sent}):
            if self._sent.get((port, channel), FULL) != value:
                found.append(Message(now, "control", channel, EXPRESSION, value, port))
                self._sent[port, channel] = value
        return found
