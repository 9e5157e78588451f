"""All knobs of a rig: what comes from controllers becomes changes of controls, and new knobs are learned.

Where nothing was learned, each control answers its own controller number on any input. An absolute knob takes hold of
its control only when it meets the control's value, so that nothing jumps; it loses hold when the control is turned by
another hand. What a knob is, a fader, an encoder or a button, is judged from what it sends while it is learned
(`lesson`); until that is sure it turns nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from instrument.controls.control import Control, Value
from instrument.controls.knobs.knob import (
    CONTROLLER,
    KEPT_OUT,
    MOST_CLICKS,
    PEDALS,
    Knob,
    Moved,
    clicks,
    pressed,
    turned,
)
from instrument.controls.knobs.lesson import Lesson
from instrument.controls.knobs.nrpn import NrpnReader
from instrument.controls.table import ACTIONS, CONTROLS

NEAR = 0.02  #: of a fader: as near as this is there

Get = Callable[[str], Value]
_KINDS = {
    "relative": "an encoder", "offset": "an encoder around 64", "sign": "an encoder with a sign", "toggle": "a button",
}  # fmt: skip
_KEPT = {
    0: "banks", 32: "banks", 6: "parameters", 38: "parameters", 96: "parameters", 97: "parameters",
    120: "all sound off", 123: "all notes off",
}  # fmt: skip


@dataclass(slots=True)
class _State:
    """held: it has taken hold, or is pressed; last: where it was, 0..1; left: where it left its control
    high: its upper seven bits, -1 before the first; waits: they came last, and the lower have not yet
    newest: its last value; port: where it is held down, of a control that is on only so long."""

    held: bool = False
    last: float | None = None
    left: float = -1.0
    high: int = -1
    waits: bool = False
    newest: int = -1
    port: str = ""


@dataclass(slots=True)
class Done:
    """What came of a message. changes: controls and values; fired: actions; said: a line for people; learned: the
    knobs are others now."""

    changes: list[tuple[str, Value]] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    said: str = ""
    learned: bool = False


class Knobs:
    """Knobs of a rig and what each turns. thread: one. Its cost does not grow with the time played."""

    def __init__(self, learned: Iterable[Knob] = ()) -> None:
        self.learned = list(learned)
        self.target = ""  #: the name whose knob the next message shows, or ""
        self._states: dict[Knob, _State] = {}
        self._lesson: Lesson | None = None
        self._nrpn = NrpnReader()
        usual = [Knob(c.name, "cc", c.cc) for c in CONTROLS.values() if c.cc is not None]
        self._usual = {knob.number: knob for knob in usual}

    def hear(self, message: Moved, now: float, get: Get) -> Done:
        """A controller's message. now: seconds; get: a control's value as it is."""
        whole = self._nrpn.read(message)
        if whole is None:
            return Done(said=self._refused(message))
        message = whole
        if self.target:
            return self._learn(message, now)
        done = Done()
        if self._lesson is not None:
            self._hear_lesson(self._lesson, message, now, done)
        for knob in self._knobs(message):
            self._obey(knob, message, get, done)
        return done

    def forget(self, name: str) -> list[Knob]:
        """What had been learned for a control or action, forgotten."""
        gone = [knob for knob in self.learned if knob.turns == name]
        if self._lesson is not None and self._lesson.name == name:
            self._lesson = None
        self.learned = [knob for knob in self.learned if knob.turns != name]
        return gone

    def switches(self) -> tuple[tuple[str, int, int], ...]:
        """What is a switch, not music: (port or "", channel or 0, note, or CONTROLLER + number of a pedal)."""
        found = [(k, k.number) for k in self.learned if k.kind == "note"]
        found += [(k, CONTROLLER + k.number) for k in self.learned if k.kind == "cc" and k.number in PEDALS]
        return tuple((knob.port, knob.channel, number) for knob, number in found)

    def let_go(self, port: str) -> list[tuple[str, Value]]:
        """An input has gone, or lets go of all that it holds: the controls that were on only while a pad, a pedal or a
        button of it was held are off."""
        gone = [(knob, state) for knob, state in self._states.items() if state.port == port]
        found: list[tuple[str, Value]] = []
        for knob, state in gone:
            state.port, state.held = "", False
            if knob.turns in CONTROLS and CONTROLS[knob.turns].momentary:
                found.append((knob.turns, False))
        return found

    # learning

    def _learn(self, message: Moved, now: float) -> Done:
        name, control = self.target, CONTROLS.get(self.target)
        if message.kind == "program" or (message.kind == "note" and not message.value):
            return Done()
        if message.kind == "cc" and message.number in KEPT_OUT:
            return Done(said=self._refused(message))
        if control is not None and control.kind == "key":
            self.target = ""
            return Done(said=f"{name} is a key and has no knob")
        if message.kind == "note" and control is not None and control.numeric:
            return Done(said=f"a note cannot turn {name}; move a knob")
        self._lesson = lesson = Lesson(name, control, message, now)
        self.target = ""
        done = Done(said=f"{lesson.knob} turns {name}")
        done.said += "".join(f"; it turned {old.turns} before" for old in self._clashes(lesson.knob))
        self._keep(lesson.knob, done)
        if lesson.over:
            self._lesson = None
        self._note(self._states.setdefault(lesson.knob, _State()), message)
        return done

    def _keep(self, knob: Knob, done: Done) -> None:
        """It is what turns its control now, and that is all that it turns."""
        self.learned = [old for old in self.learned if old.place != knob.place and old.turns != knob.turns] + [knob]
        self._states = {one: state for one, state in self._states.items() if one.place != knob.place}
        done.learned = True

    def _hear_lesson(self, lesson: Lesson, message: Moved, now: float, done: Done) -> None:
        """More evidence: the knob may be another, or of another kind, than it looked."""
        was_sure = lesson.sure
        if lesson.hear(message, now):
            state = next((s for knob, s in self._states.items() if knob.place == lesson.knob.place), _State())
            state.high = lesson.high
            self._keep(lesson.knob, done)
            self._states[lesson.knob] = state
        if lesson.sure and (done.learned or not was_sure):
            self._say_kind(lesson.knob, done)
        if lesson.over:
            self._lesson = None

    def _say_kind(self, knob: Knob, done: Done) -> None:
        """Say what a knob is where it is something else than a fader."""
        control = CONTROLS.get(knob.turns)
        if knob.mode == "toggle" and control is not None and control.numeric:
            self.target = knob.turns
            done.said = f"{knob} is a button, which cannot turn {knob.turns}; move a knob"
        elif knob.kind == "cc14" or knob.mode != "absolute":
            done.said = f"{knob} is {_KINDS.get(knob.mode, 'one of fourteen bits')}"

    def _refused(self, message: Moved) -> str:
        """Why this message teaches nothing, while a knob is waited for."""
        if not self.target or message.kind != "cc":
            return ""
        if message.number in (98, 99, 100, 101):
            return ""  # a parameter is being chosen: what sets it is still to come
        return f"CC {message.number} of {message.port} is kept for {_KEPT.get(message.number, 'modes')}; move another"

    def _clashes(self, knob: Knob) -> list[Knob]:
        clashes = [old for old in self.learned if old.place == knob.place and old.turns != knob.turns]
        usual = self._usual.get(knob.number) if knob.kind == "cc" else None
        if not clashes and usual is not None and usual.turns != knob.turns:
            return [usual]
        return clashes

    def _note(self, state: _State, message: Moved) -> None:
        """Remember where a knob is that turns nothing yet."""
        state.last, state.newest = message.value / message.highest, message.value
        state.held = message.value > message.highest // 2

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
        if self._lesson is not None and not self._lesson.sure and knob == self._lesson.knob:
            self._note(state, message)  # what it is, is not sure yet
            state.held = state.held and knob.mode == "toggle"
            return
        if knob.turns in ACTIONS:
            if self._press(state, message):
                done.fired.append(knob.turns)
            return
        control = CONTROLS[knob.turns]
        value = get(control.name)
        new: Value | None
        if control.momentary:
            new = _held(state, message)
        elif knob.mode == "toggle":
            new = pressed(control, value) if self._press(state, message) else None
        elif knob.mode == "absolute":
            new = self._absolute(knob, message, state, value)
        else:
            by = clicks(knob.mode, message.value)
            new = turned(control, value, by) if abs(by) <= MOST_CLICKS else None
        if new is not None and new != value:
            done.changes.append((control.name, new))

    def _press(self, state: _State, message: Moved) -> bool:
        """Whether a pad, button or pedal goes down with this message. A fader that passes the middle does too; it is up
        again a little lower, so that a pedal that trembles presses once. Some buttons say only that they go down."""
        middle = 0 if message.kind == "note" else message.highest // 2
        press = message.value > middle and (not state.held or message.kind == "note" or message.value == state.newest)
        state.held = message.value > (middle * 3 // 4 if state.held else middle)
        state.newest = message.value
        return press

    def _absolute(self, knob: Knob, message: Moved, state: _State, value: Value) -> Value | None:
        """The control's value, once the knob has hold of it. value: what it is."""
        control = CONTROLS[knob.turns]
        now = control.to_fader(value)
        place = _place(knob, message, state)
        if place is None:
            return None
        if state.held and abs(now - state.left) > NEAR:
            state.held = False  # another hand has turned it
        last, state.last = state.last, place
        crossed = last is not None and (last - now) * (place - now) <= 0
        state.held = state.held or crossed or _meets(knob, control, place, value)
        if not state.held:
            return None
        new = control.from_fader(place)
        state.left = control.to_fader(new)
        return new


def _held(state: _State, message: Moved) -> bool:
    """Whether a pad, button or pedal that counts only while it is held is down after this message."""
    state.newest, state.held = message.value, message.value > (0 if message.kind == "note" else message.highest // 2)
    state.port = message.port if state.held else ""
    return state.held


def _place(knob: Knob, message: Moved, state: _State) -> float | None:
    """Where a knob stands, 0..1; None where half of a value of fourteen bits is still to come."""
    if knob.kind != "cc14":
        return message.value / message.highest
    if message.number == knob.number:
        alone, state.waits = state.waits, True  # the lower half of the one before never came: there is none
        state.high = message.value
        return message.value / 127 if alone else None
    state.waits = False
    return None if state.high < 0 else (state.high << 7 | message.value) / 16383


def _meets(knob: Knob, control: Control, place: float, value: Value) -> bool:
    """Whether a knob stands where its control does. What was never learned may be a button, which meets a switch."""
    if control.kind == "bool" and not knob.port:
        return True
    if control.kind == "bool" or control.stepped:
        return control.from_fader(place) == control.from_fader(control.to_fader(value))
    return abs(place - control.to_fader(value)) <= NEAR


def _is_of(knob: Knob, message: Moved) -> bool:
    if knob.port not in ("", message.port) or knob.channel not in (0, message.channel):
        return False
    if knob.kind == "cc14":
        return message.kind == "cc" and message.number in (knob.number, knob.number + 32)
    return knob.kind == message.kind and (knob.kind == "bend" or knob.number == message.number)
