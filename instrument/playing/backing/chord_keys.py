"""Keys that name the chord: those of the performer's that have that role, whose held keys are the chord, at once.

A key that went down here goes up here, wherever its zone is by then, and nobody else hears of it. When the last key
goes up the chord stands a moment longer, so that a hand may change. The sustain pedal holds the chord of keys that are
let go under it until it comes up, or until the next chord is struck: that one takes its place and is not mixed with it,
as a pianist changes the pedal just behind the new chord. Only a chord of fewer than three notes grows under the pedal,
so that a broken one is whole in the end. What the sostenuto pedal has caught stands wherever no other key is held.
"""

from __future__ import annotations

from instrument.music.backing.held_chord import named
from instrument.music.chord import Chord
from instrument.playing.midi.held_inputs import Key, Pedal

GRACE = 0.3  #: seconds that a chord stands behind its last key
LANDING = 0.05  #: seconds within which the fingers of one hand come down
BROKEN = 1.0  #: seconds from one note of a broken chord to the next, under the pedal
WHOLE = 3  #: pitch classes that make a chord: one that is struck next is another


class ChordKeys:
    """Keys that name the chord. thread: the player's. blocks: never. Cost: the keys that are held."""

    def __init__(self) -> None:
        self.chord: Chord | None = None  #: that is held, or stands a moment longer
        self.keys = 0  #: that are down, or that a pedal holds
        self._down: set[Key] = set()
        self._under: dict[Key, float] = {}  # let go under the sustain pedal, and when (seconds)
        self._caught: set[Key] = set()  # by the sostenuto pedal, down or not
        self._pedals: set[Pedal] = set()
        self._struck = float("-inf")  # seconds, the last key
        self._until: float | None = None  # seconds: where the chord ends behind its last key

    def strike(self, key: Key, at: float) -> None:
        """A key goes down. at: seconds."""
        if at - self._struck > LANDING and key[2] not in self._notes():
            if len({note % 12 for note in self._notes()}) >= WHOLE:
                self._under.clear()
            self._under = {one: let_go for one, let_go in self._under.items() if at - let_go <= BROKEN}
        self._struck = at
        self._under.pop(key, None)
        self._down.add(key)
        found = named(self._notes())
        if found is None:  # fingers alone, and what the pedal holds is over
            self._under.clear()
            found = named(self._notes())
        self.chord, self._until = found or self.chord, None
        self._count()

    def lift(self, key: Key, at: float) -> bool:
        """A key goes up: whether it was one of these."""
        if key not in self._down:
            return False
        self._down.discard(key)
        if key[:2] in self._pedals:
            self._under[key] = at
        self._left(at)
        return True

    def tread(self, pedal: Pedal, down: bool, at: float) -> None:
        """The sustain pedal of an input on a channel goes down or up."""
        (self._pedals.add if down else self._pedals.discard)(pedal)
        if not down:
            self._under = {key: let_go for key, let_go in self._under.items() if key[:2] != pedal}
            self._left(at)

    def catch(self, pedal: Pedal, down: bool, at: float) -> None:
        """The sostenuto pedal of an input on a channel goes down, on the keys that are held there, or up."""
        self._caught = {key for key in self._caught if key[:2] != pedal}
        if down:
            self._caught |= {key for key in (*self._down, *self._under) if key[:2] == pedal}
        self._left(at)

    def release(self, port: str, channel: int | None, at: float, pedals: bool = True) -> None:
        """An input lets go of its keys, on one channel or all; pedals: of those too."""
        for pedal in sorted({*self._pedals, *(key[:2] for key in self._caught)}) if pedals else ():
            if pedal[0] == port and channel in (None, pedal[1]):
                self.tread(pedal, False, at)
                self.catch(pedal, False, at)
        for key in sorted(self._down):
            if key[0] == port and channel in (None, key[1]):
                self.lift(key, at)

    def forget(self) -> None:
        """Every note has been ended: nobody holds a key or a pedal."""
        for held in (self._down, self._under, self._caught, self._pedals):
            held.clear()
        self.chord, self.keys, self._until = None, 0, None

    def advance(self, now: float) -> None:
        """The chord ends, once it has stood behind its last key; what the sostenuto pedal has caught comes back."""
        if self._until is not None and now >= self._until:
            self.chord, self._until = named(key[2] for key in self._caught), None

    def _notes(self) -> list[int]:
        return [key[2] for key in (*self._down, *self._under)]

    def _count(self) -> None:
        self.keys = len(self._down) + len(self._under) or len(self._caught)

    def _left(self, at: float) -> None:
        """Keys are no longer held. Fingers that leave one after the other name no chords."""
        self._count()
        if not self._down and not self._under and self.chord is not None and self._until is None:
            self._until = at + GRACE
