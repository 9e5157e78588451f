"""Roles of keys: curve, split, zone and inputs of their own, up to the cable, and whoever took a key ends it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from instrument.controls.control import Value
from instrument.controls.devices.plugged import InputPort, Plugged
from instrument.controls.input_controls import ROLES
from instrument.controls.snapshot import Snapshot
from instrument.files.rig_file import asked_for, load
from instrument.music.sounds.velocity_curve import curved, parse
from instrument.playing.json_codec import plain, revive
from instrument.playing.messages import Change, PlayerSetup, Plug
from instrument.playing.midi.midi_input import ReceivedMidi, VoiceNote
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import Performance
from instrument.playing.turn import Exits

VOICES = {"melody": (1, 0), "soprano": (3, 0), "bass": (6, 0), "alto": (4, 0)}


class Stage:
    """A performance that stands still, with one output; what leaves is kept."""

    def __init__(self, inputs: tuple[InputPort, ...] = (InputPort("keys", "keys"),), **values: Value) -> None:
        self.now = 1.0
        self.snapshot = Snapshot().with_values([(name.replace("__", "."), value) for name, value in values.items()])
        setup = PlayerSetup(self.snapshot, (), VOICES, {}, midi=Plugged(inputs=inputs))
        self.performance = Performance(setup, ("out",), 0.02)
        self.sent: list[Message] = []
        self.take()

    def take(self, *entries: object) -> list[Message]:
        """A turn: what it sends."""
        self.now += 0.05
        exits: Exits = self.performance.turn(self.now, entries)  # type: ignore[arg-type]
        assert not exits.faults, exits.faults
        found: list[Message] = []
        for one in exits.out:
            found += one.offs if isinstance(one, Silence) else (one,)
        self.sent += found
        return found

    def hear(self, *data: int, port: str = "keys") -> list[Message]:
        return self.take(ReceivedMidi(self.now, port, bytes(data)))

    def turn(self, **values: Value) -> list[Message]:
        changes = [(name.replace("__", "."), value) for name, value in values.items()]
        self.snapshot = self.snapshot.with_values(changes)
        return self.take(Change(self.snapshot))

    def sounding(self) -> set[tuple[int, int]]:
        """Channel and note of what is down at the output."""
        down: set[tuple[int, int]] = set()
        for one in self.sent:
            if one.kind in ("on", "off"):
                (down.add if one.kind == "on" else down.discard)((one.channel, one.number))
        return down


def notes(messages: list[Message]) -> list[tuple[str, int, int, int]]:
    return [(m.kind, m.channel, m.number, m.value) for m in messages if m.kind in ("on", "off")]


# the curve


@pytest.mark.parametrize("velocity", range(1, 128))
def test_a_curve_keeps_its_order_and_its_ends(velocity: int) -> None:
    assert curved(velocity, parse("linear")) == velocity
    assert curved(velocity, parse("soft")) >= velocity >= curved(velocity, parse("hard")) >= 1
    assert curved(velocity, parse("fixed"), 1, 100) == 100
    assert 30 <= curved(velocity, parse("0.25"), 30, 90) <= 90
    assert curved(velocity, parse("2"), 90, 30) == 30, "the ceiling is the ceiling"
    if velocity > 1:
        assert curved(velocity, 1.7) >= curved(velocity - 1, 1.7)


def test_a_key_that_goes_up_is_never_made_to_sound() -> None:
    assert [curved(0, power, 50, 100) for power in (0.0, 0.25, 1.0, 4.0)] == [0, 0, 0, 0]


@pytest.mark.parametrize(("port", "data"), [("keys", (0x90, 60, 10)), ("page 1", (0x90, 60, 10)),
                                            ("osc there", (0x90, 60, 10))])  # fmt: skip
def test_every_way_in_obeys_the_curve(port: str, data: tuple[int, ...]) -> None:
    stage = Stage(input__curve="fixed", input__ceiling=99)
    assert notes(stage.hear(*data, port=port)) == [("on", 3, 60, 99)]
    assert notes(stage.hear(0x90, 60, 0, port=port)) == [("off", 3, 60, 0)]
    assert notes(stage.take(VoiceNote(stage.now, "osc there", "bass", 40, 10))) == [("on", 6, 40, 99)]


def test_thru_and_tapping_obey_it_as_well() -> None:
    stage = Stage((InputPort("keys", "keys", ("out",)),), input__curve="fixed", input__ceiling=70)
    assert ("on", 5, 60, 70) in notes(stage.hear(0x94, 60, 3))


def test_a_curve_that_is_none_is_one_line_and_a_number_is_one() -> None:
    snapshot = Snapshot().with_value("input.curve", 0.7)
    assert snapshot.values["input.curve"] == "0.7"
    for wrong in ("loud", "9", 9, -1, "nan", True, "0"):
        with pytest.raises(ValueError, match=r"^input\.curve = ") as caught:
            snapshot.with_value("input.curve", wrong)
        assert "\n" not in str(caught.value)


# the split, the zone, and inputs of their own


def test_a_split_gives_the_left_hand_a_voice_and_the_right_the_melody() -> None:
    stage = Stage(input__split="C4", input__below="bass")
    assert notes(stage.hear(0x90, 59, 80)) == [("on", 6, 59, 80)]
    assert notes(stage.hear(0x90, 60, 80)) == [("on", 3, 60, 80)]
    assert notes(stage.hear(0x80, 59, 0)) == [("off", 6, 59, 0)]
    assert notes(stage.hear(0x80, 60, 0)) == [("off", 3, 60, 0)]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("after", [{"input__split": "none"}, {"input__split": "C5"}, {"input__below": "alto"},
                                   {"backing__zone": "B4"}, {"play__way": "tap"}])  # fmt: skip
def test_a_key_ends_what_it_began_wherever_the_split_has_gone(role: str, after: dict[str, Value]) -> None:
    stage = Stage(input__split="C4", input__below=role, input__above=role)
    for key in (50, 70):
        stage.hear(0x90, key, 80)
    before = stage.sounding()
    stage.turn(**after)
    stage.hear(0x90, 50, 80)  # struck again, without a release
    for key in (50, 70):
        stage.hear(0x80, key, 0)
    stage.turn(play__way="listen")
    assert not stage.sounding(), before
    assert stage.performance.player.backing.keys.keys == 0


def test_the_zone_and_a_split_below_name_the_chord_alike() -> None:
    for values in ({"backing__zone": "B3"}, {"input__split": "C4"}):
        stage = Stage(**values)  # type: ignore[arg-type]
        for key in (48, 52, 55):
            stage.hear(0x90, key, 80)
        chord = stage.performance.player.backing.keys.chord
        assert str(chord) == "C"
        assert notes(stage.hear(0x90, 72, 80)) == [("on", 3, 72, 80)]


def test_inputs_have_roles_of_their_own() -> None:
    inputs = tuple(InputPort(role, role, role=role) for role in ("melody", "chords", "bass", "control"))
    stage = Stage(inputs)
    assert notes(stage.hear(0x90, 40, 80, port="bass")) == [("on", 6, 40, 80)]
    assert notes(stage.hear(0x90, 40, 80, port="control")) == []
    for key in (60, 64, 67):
        assert notes(stage.hear(0x90, key, 80, port="chords")) == []
    assert str(stage.performance.player.backing.keys.chord) == "C"
    assert notes(stage.hear(0x90, 40, 80, port="melody")) == [("on", 3, 40, 80)]
    assert notes(stage.take(Plug("bass", False, True))) == [("off", 6, 40, 0)]


def test_a_voice_that_is_played_by_hand_is_played_by_itself_again_when_its_input_goes() -> None:
    stage = Stage((InputPort("left", "left", role="bass"),))
    scheduler = stage.performance.player.scheduler
    assert scheduler.played == {"bass"}
    stage.take(Plug("left", False, True))
    assert not scheduler.played
    stage.take(Plug("left", True, True))
    assert scheduler.played == {"bass"}


def test_a_pedal_holds_the_keys_of_a_voice() -> None:
    stage = Stage((InputPort("left", "left", role="bass"),))
    stage.hear(0xB0, 64, 127, port="left")
    stage.hear(0x90, 40, 80, port="left")
    assert notes(stage.hear(0x80, 40, 0, port="left")) == []
    assert notes(stage.hear(0xB0, 64, 0, port="left")) == [("off", 6, 40, 0)]


def test_roles_on_the_command_line_and_in_the_rig_file(tmp_path: Path) -> None:
    asked = asked_for(inputs=["Left=chords", "Right", "Feet=bass", "Pads=control", "Box=listen"], thru=True)
    assert [(one.name, one.role, one.listen, bool(one.thru)) for one in asked.inputs] == [
        ("Left", "chords", False, False), ("Right", "melody", False, True), ("Feet", "bass", False, False),
        ("Pads", "control", False, False), ("Box", "melody", True, False),
    ]  # fmt: skip
    for wrong, said in (
        (["Left=chrods"], '--input Left=chrods: "chrods" is no role; did you mean "chords"?'),
        (["A=bass", "A=alto"], "--input A=alto: A is bass already; an input has one role"),
        (["=bass"], '--input =bass: "bass" is no role'),
    ):
        with pytest.raises(ValueError, match="--input") as caught:
            asked_for(inputs=wrong)
        assert str(caught.value).startswith(said)
    file = tmp_path / "rig.toml"
    file.write_text('[inputs.left]\nrole = "chords"\n[inputs.box]\nrole = "listen"\n')
    assert [(one.role, one.listen) for one in load(file).inputs] == [("chords", False), ("melody", True)]
    for text in ('role = "tuba"', "role = 3", 'role = "bass"\nlisten = true', 'role = "control"\nthru = ["sound"]'):
        file.write_text(f"[inputs.left]\n{text}\n")
        with pytest.raises(ValueError, match=r"inputs\.left\.") as caught:
            load(file)
        assert "\n" not in str(caught.value)


def test_a_log_of_a_release_that_knew_no_roles_plays_on() -> None:
    snapshot = Snapshot()
    older = {name: value for name, value in snapshot.values.items() if not name.startswith("input.")}
    performance = Performance(PlayerSetup(replace(snapshot, values=older), (), VOICES, {}), ("out",), 0.02)
    exits = performance.turn(1.0, [ReceivedMidi(1.0, "keys", bytes((0x90, 60, 80)))])
    assert not exits.faults


def test_a_log_of_roles_curves_and_zones_plays_again_to_the_message() -> None:
    inputs = (InputPort("keys", "keys", role="bass", mpe=True), InputPort("right", "right", ("out",)))
    values: dict[str, Value] = {"input__curve": "0.5", "input__split": "C4", "input__below": "chords"}
    played = Stage(inputs, **values)
    data = ((0xE1, 0, 80), (0x91, 60, 40), (0xD1, 30), (0x81, 60, 0), (0x90, 50, 3), (0x90, 70, 3), (0xB0, 11, 5))
    entries = [ReceivedMidi(1.0 + n, port, bytes(one)) for n, one in enumerate(data) for port in ("keys", "right")]
    changes = [Change(played.snapshot.with_value("input.split", "none"))]
    setup = PlayerSetup(played.snapshot, (), VOICES, {}, midi=Plugged(inputs=inputs))
    logged = json.loads(json.dumps(plain((setup, *entries, *changes))))
    assert revive(logged) == (setup, *entries, *changes)
    outs = []
    for one, *heard in ((setup, *entries, *changes), revive(logged)):
        performance = Performance(one, ("out",), 0.02)
        outs.append([performance.turn(2.0 + n, [entry]).out for n, entry in enumerate(heard)])
    assert outs[0] == outs[1]
    assert any(outs[0])
