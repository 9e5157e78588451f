"""Learning in a performance: touch a control, move a knob, done; by any hand that turns controls."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.files.rig_file import asked_for, load
from instrument.playing.messages import Act, Change, Status, Switches
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.player import Player
from instrument.playing.time.clock import ManualClock
from instrument.rig.midi_learn import PATIENCE, REMIND, MidiLearn, Touched
from tests.fakes.band import ROUTES, bar_of


class Performance:
    """A conductor in small."""

    def __init__(self, folder: Path) -> None:
        self.snapshot, self.readings = Snapshot(), dict[str, Value]()
        self.said: list[str] = []
        self.acted: list[str] = []
        self.recalled: list[int] = []
        self.sent: list[object] = []
        self._listeners: list[tuple[type, Callable[[Any], object]]] = []
        self.clock = ManualClock()
        plugged = asked_for(inputs=["keys"])
        self.learning = MidiLearn(plugged, folder / "rig.toml", self, self.sent.append, self.clock)

    def change(self, changes: list[tuple[str, Value]]) -> None:
        self.snapshot = self.snapshot.with_values(changes)
        self.tell(Change(self.snapshot))
        self.tell(Touched(tuple(name for name, _ in changes)))

    def act(self, name: str) -> None:
        if self.learning.teaches(name):
            return
        self.acted.append(name)
        self.tell(Act(name))

    def get(self, name: str) -> Value:
        return self.snapshot.values[name]

    def say(self, line: str) -> None:
        self.said.append(line)

    def recall(self, program: int) -> None:
        self.recalled.append(program)

    def listen(self, kind: type, receiver: Callable[[Any], object]) -> None:
        self._listeners.append((kind, receiver))

    def tell(self, message: object) -> None:
        for kind, receiver in self._listeners:
            if isinstance(message, kind):
                receiver(message)

    def hear(self, *data: int, at: float = 0.0) -> None:
        self.tell(ReceivedMidi(at, "keys", bytes(data)))

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.clock.advance(1.0)
            self.tell(Status(False, 0, 112.0, 0.0, 0, 0.0))


def test_touch_a_control_move_a_knob_done(tmp_path: Path) -> None:
    performance = Performance(tmp_path)
    performance.act("midi.learn")
    performance.change([("tune.temperature", 1.2)])
    assert performance.readings["midi.learning"] == "tune.temperature"
    performance.hear(0xB0, 74, 64)
    assert performance.said[-1] == "CC 74 of keys turns tune.temperature"
    assert performance.readings["midi.last"] == "keys: CC 74 = 64, channel 1"
    assert performance.readings["midi.learning"] == ""
    assert [knob.turns for knob in load(tmp_path / "rig.toml").knobs] == ["tune.temperature"]
    performance.hear(0xB0, 74, 100, at=5.0)
    performance.hear(0xB0, 74, 20, at=5.1)
    assert performance.get("tune.temperature") != 1.2
    performance.change([("tune.guard", False)])
    performance.hear(0xB0, 75, 20, at=5.2)
    assert len(performance.learning.knobs.learned) == 1, "learning is over"


def test_a_pad_for_an_action_and_it_is_no_music_any_more(tmp_path: Path) -> None:
    performance = Performance(tmp_path)
    performance.act("midi.learn")
    performance.act("tune.new")
    performance.hear(0x99, 36, 90)
    assert performance.sent == [Switches((("keys", 10, 36),))]
    performance.hear(0x99, 36, 90, at=9.0)
    assert performance.acted[-1] == "tune.new"
    player = Player(ROUTES, Snapshot(), [bar_of(60)], thru={"keys": ("out",)})
    player.inputs.switches = frozenset((("keys", 10, 36),))
    assert not player.hear(ReceivedMidi(0.0, "keys", b"\x99\x24\x50")).messages
    assert player.hear(ReceivedMidi(0.0, "keys", b"\x99\x25\x50")).messages


def test_a_pad_learns_for_you_when_it_is_held(tmp_path: Path) -> None:
    """The pad fires midi.learn; then a control is touched on the tablet and a knob is moved."""
    performance = Performance(tmp_path)
    performance.act("midi.learn")
    performance.act("midi.learn")
    assert performance.said[-1] == "not learning any more"
    performance.learning.knobs.target = "midi.learn"
    performance.hear(0x99, 40, 90)
    performance.hear(0x99, 40, 90, at=5.0)
    performance.change([("clock.bpm", 130.0)])
    performance.hear(0xB0, 75, 3, at=6.0)
    assert sorted(knob.turns for knob in performance.learning.knobs.learned) == ["clock.bpm", "midi.learn"]


def test_forgetting(tmp_path: Path) -> None:
    performance = Performance(tmp_path)
    performance.act("midi.learn")
    performance.change([("tune.temperature", 1.2)])
    performance.hear(0xB0, 74, 64)
    performance.act("midi.forget")
    assert performance.said[-1] == "tune.temperature: CC 74 of keys forgotten"
    assert not load(tmp_path / "rig.toml").knobs


def test_a_program_change_recalls_a_patch(tmp_path: Path) -> None:
    performance = Performance(tmp_path)
    performance.hear(0xC0, 3)
    assert performance.recalled == [3]
    assert performance.readings["midi.last"] == "keys: program = 3, channel 1"


def test_what_cannot_be_written_is_said_and_works_all_the_same(tmp_path: Path) -> None:
    performance = Performance(tmp_path / "nowhere")
    performance.act("midi.learn")
    performance.change([("tune.temperature", 1.2)])
    performance.hear(0xB0, 74, 64)
    assert any("lasts till the end" in line for line in performance.said)
    assert performance.learning.knobs.learned


def test_a_touch_that_sends_the_present_value_counts(tmp_path: Path) -> None:
    performance = Performance(tmp_path)
    performance.act("midi.learn")
    performance.change([("tune.temperature", performance.get("tune.temperature"))])
    assert performance.readings["midi.learning"] == "tune.temperature"


def test_an_action_that_is_taught_is_not_done_but_panic_is(tmp_path: Path) -> None:
    performance = Performance(tmp_path)
    performance.act("midi.learn")
    performance.act("tune.new")
    assert performance.acted == ["midi.learn"]
    assert performance.said[-1] == "learning tune.new: move a knob or press a pad"
    performance.act("panic")
    assert performance.acted[-1] == "panic"
    performance.hear(0x99, 36, 90)
    performance.act("tune.new")
    assert performance.acted[-1] == "tune.new", "learning is over"


def test_a_pad_that_is_mapped_already_does_what_it_does_while_another_is_learned(tmp_path: Path) -> None:
    performance = Performance(tmp_path)
    performance.learning.knobs.target = "tune.new"
    performance.hear(0x99, 36, 90)
    performance.act("midi.learn")
    performance.hear(0x89, 36, 0)
    performance.hear(0x99, 36, 90, at=3.0)
    assert performance.acted[-1] == "tune.new"
    assert performance.readings["midi.learning"] == ""


def test_learning_says_what_it_waits_for_and_gives_up(tmp_path: Path) -> None:
    performance = Performance(tmp_path)
    performance.act("midi.learn")
    performance.change([("tune.temperature", 1.2)])
    performance.wait(REMIND)
    assert performance.said[-1] == ("learning tune.temperature: no knob has moved yet (inputs: keys; last: nothing)")
    performance.wait(PATIENCE - REMIND)
    assert performance.said[-1] == "learning tune.temperature: no knob has moved; not learning any more"
    assert len(performance.said) == 4, "each once"
    performance.hear(0xB0, 74, 64)
    assert not performance.learning.knobs.learned


def test_notes_that_cannot_turn_it_are_refused_once(tmp_path: Path) -> None:
    performance = Performance(tmp_path)
    performance.act("midi.learn")
    performance.change([("tune.temperature", 1.2)])
    for at in range(5):
        performance.hear(0x90, 60, 90, at=float(at))
        performance.hear(0x80, 60, 0, at=at + 0.5)
    assert performance.said.count("a note cannot turn tune.temperature; move a knob") == 1


def test_the_rig_file_says_what_the_knob_does(tmp_path: Path) -> None:
    for values, mode in (([1, 1, 1, 127], "relative"), ([65, 65, 63], "offset"), ([*range(1, 40)], "absolute")):
        performance = Performance(tmp_path)
        performance.learning.knobs.target = "tune.temperature"
        for n, value in enumerate(values):
            performance.hear(0xB0, 74, value, at=n * 0.02)
        assert [knob.mode for knob in load(tmp_path / "rig.toml").knobs] == [mode]
        assert performance.learning.knobs.learned == list(load(tmp_path / "rig.toml").knobs)


def test_a_learned_pedal_is_no_music_any_more(tmp_path: Path) -> None:
    performance = Performance(tmp_path)
    performance.act("midi.learn")
    performance.act("tune.new")
    performance.hear(0xB0, 64, 127)
    assert performance.sent == [Switches((("keys", 1, 128 + 64),))]
    performance.hear(0xB0, 64, 0, at=0.5)
    performance.hear(0xB0, 64, 127, at=2.0)
    assert performance.acted == ["midi.learn", "tune.new"]
    player = Player(ROUTES, Snapshot(), [bar_of(60)], thru={"keys": ("out",)})
    player.inputs.switches = frozenset((("keys", 1, 128 + 64),))
    assert not player.hear(ReceivedMidi(0.0, "keys", b"\xb0\x40\x7f")).messages
    assert player.hear(ReceivedMidi(0.0, "keys", b"\xb1\x40\x7f")).messages
