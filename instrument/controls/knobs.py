"""All knobs of a rig: what comes from controllers becomes changes of controls, and new knobs are learned.

Where nothing was learned, each control answers its own controller number on any input. An absolute knob takes hold of
its control only when it passes the control's value, so that nothing jumps; it loses hold when the control is turned by
another hand. What a knob is, an encoder or a button, is told from its first messages after it was learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from instrument.controls.control import Value
from instrument.controls.knob import KEPT_OUT, Knob, Moved, clicks, pressed, turned
from instrument.controls.table import ACTIONS, CONTROLS

NEAR = 0.02  #: of a fader: as near as this is there
FIRST = 1.0  #: seconds in which a learned knob may still show what it is

Get = Callable[[str], Value]


@dataclass(slots=True)
class _State:
    """held: it has taken hold, or is pressed; last: where it was, 0..1; left: where it left its control
    high: its upper seven bits."""

    held: bool = False
    last: float | None = None
    left: float = -1.0
    high: int = 0


@dataclass(slots=True)
class Done:
    """What came of a message. changes: controls and values; fired: actions; said: a line for people; learned: the
    knobs are others now."""

    changes: list[tuple[str, Value]] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    said: str = ""
    learned: bool = False


class Knobs:
    """thread: one. Its cost does not grow with the time played."""

    def __init__(self, learned: Iterable[Knob] = ()) -> None:
        self.learned = list(learned)
        self.target = ""  #: the name whose knob the next message shows, or ""
        self._states: dict[Knob, _State] = {}
        self._fresh: tuple[Knob, int, float] | None = None  # learned just now: knob, its first value, when
        usual = [Knob(c.name, "cc", c.cc) for c in CONTROLS.values() if c.cc is not None]
        self._usual = {knob.number: knob for knob in usual}

    def hear(self, message: Moved, now: float, get: Get) -> Done:
        """A controller's message. now: seconds; get: a control's value as it is."""
        if self.target:
            return self._learn(message, now)
        self._look_again(message, now)
        done = Done()
        for knob in self._knobs(message):
            self._obey(knob, message, get, done)
        return done

    def forget(self, name: str) -> list[Knob]:
        """What had been learned for a control or action, forgotten."""
        gone = [knob for knob in self.learned if knob.turns == name]
        self.learned = [knob for knob in self.learned if knob.turns != name]
        return gone

    def switches(self) -> tuple[tuple[str, int, int], ...]:
        """The notes that are switches, not music: (port or "", channel or 0, note)."""
        return tuple((knob.port, knob.channel, knob.number) for knob in self.learned if knob.kind == "note")

    # learning

    def _learn(self, message: Moved, now: float) -> Done:
        name, control = self.target, CONTROLS.get(self.target)
        off = message.kind == "note" and not message.value
        if off or message.kind == "program" or (message.kind == "cc" and message.number in KEPT_OUT):
            return Done()
        if message.kind == "note" and control is not None and control.kind in ("int", "float", "key"):
            return Done(said=f"a note cannot turn {name}; move a knob")
        if control is not None and control.kind == "key":
            self.target = ""
            return Done(said=f"{name} is a key and has no knob")
        mode = "toggle" if message.kind == "note" or control is None else "absolute"
        knob = Knob(name, message.kind, message.number, message.port, message.channel, mode)
        said = f"{knob} turns {name}"
        said += "".join(f"; it turned {old.turns} before" for old in self._clashes(knob))
        self.learned = [old for old in self.learned if old.place != knob.place and old.turns != name] + [knob]
        self.target, self._fresh = "", (knob, message.value, now)
        return Done(said=said, learned=True)

    def _clashes(self, knob: Knob) -> list[Knob]:
        clashes = [old for old in self.learned if old.place == knob.place and old.turns != knob.turns]
        usual = self._usual.get(knob.number) if knob.kind == "cc" else None
        if not clashes and usual is not None and usual.turns != knob.turns:
            return [usual]
        return clashes

    def _look_again(self, message: Moved, now: float) -> None:
        """A knob learned just now shows what it is: an encoder, a button, or the upper half of fourteen bits."""
        if self._fresh is None:
            return
        knob, first, since = self._fresh
        if now - since > FIRST or knob.kind != "cc" or (message.port, message.channel) != (knob.port, knob.channel):
            self._fresh = None if now - since > FIRST else self._fresh
            return
        better = knob
        if message.kind == "cc" and message.number == knob.number + 32 and knob.number < 32:
            better = replace(knob, kind="cc14")
        elif message.kind == "cc" and message.number == knob.number and knob.mode == "absolute":
            better = replace(knob, mode=_mode(first, message.value))
        if better != knob:
            self.learned = [better if old == knob else old for old in self.learned]
            self._fresh = None

    # turning

    def _knobs(self, message: Moved) -> list[Knob]:
        """Those that a message is of: learned ones, else the control's usual controller."""
        number = message.number
        found = [knob for knob in self.learned if _is_of(knob, message)]
        if not found and message.kind == "cc" and number in self._usual:
            usual = self._usual[number]
            return [usual] if all(knob.turns != usual.turns for knob in self.learned) else []
        return found

    def _obey(self, knob: Knob, message: Moved, get: Get, done: Done) -> None:
        state = self._states.setdefault(knob, _State())
        high = 127 if message.kind != "bend" else 16383
        press = message.value > (0 if message.kind == "note" else high // 2)
        if knob.turns in ACTIONS:
            if press and not state.held:
                done.fired.append(knob.turns)
            state.held = press
            return
        control = CONTROLS[knob.turns]
        value = get(control.name)
        if knob.mode == "toggle":
            new = pressed(control, value) if press and not state.held else None
            state.held = press
        elif knob.mode == "absolute":
            new = self._absolute(knob, message, state, control.to_fader(value))
        else:
            new = turned(control, value, clicks(knob.mode, message.value))
        if new is not None and new != value:
            done.changes.append((control.name, new))

    def _absolute(self, knob: Knob, message: Moved, state: _State, now: float) -> Value | None:
        """The control's value, once the knob has hold of it. now: where the control stands, 0..1."""
        control = CONTROLS[knob.turns]
        if knob.kind == "cc14":
            if message.number == knob.number:
                state.high = message.value
                return None
            place = (state.high << 7 | message.value) / 16383
        else:
            place = message.value / (16383 if knob.kind == "bend" else 127)
        if state.held and abs(now - state.left) > NEAR:
            state.held = False  # another hand has turned it
        last, state.last = state.last, place
        crossed = last is not None and (last - now) * (place - now) <= 0
        state.held = state.held or crossed or abs(place - now) <= NEAR or control.kind in ("bool", "choice", "meter")
        if not state.held:
            return None
        new = control.from_fader(place)
        state.left = control.to_fader(new)
        return new


def _is_of(knob: Knob, message: Moved) -> bool:
    if knob.port not in ("", message.port) or knob.channel not in (0, message.channel):
        return False
    if knob.kind == "cc14":
        return message.kind == "cc" and message.number in (knob.number, knob.number + 32)
    return knob.kind == message.kind and (knob.kind == "bend" or knob.number == message.number)


def _mode(first: int, second: int) -> str:
    """What a knob is whose first two messages are these."""
    if (first, second) in ((127, 0), (0, 127)):
        return "toggle"
    if first == second or abs(first - second) in (1, 2, 126, 127):
        if {first, second} <= {1, 2, 3, 125, 126, 127}:
            return "relative"
        if {first, second} <= {62, 63, 65, 66}:
            return "offset"
    return "absolute"
