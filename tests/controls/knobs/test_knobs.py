"""Knobs, pads and encoders: what they turn, how they are learned, and that nothing jumps."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.knobs.knob import KEPT_OUT, Knob, clicks, moved
from instrument.controls.table import CONTROLS
from instrument.files.rig_file import load
from instrument.files.rig_writer import save, with_knobs, with_latency
from instrument.playing.midi.midi_input import ReceivedMidi, is_switch
from tests.fakes.knob_panel import KnobPanel


def test_every_control_answers_its_own_controller_on_any_input() -> None:
    panel = KnobPanel()
    panel.send(0xB3, 20, 60, port="whatever")
    panel.send(0xB3, 20, 127)
    assert panel.value("tune.temperature") == 2.0


def test_a_knob_takes_hold_where_it_meets_its_control_and_nothing_jumps() -> None:
    panel = KnobPanel()  # temperature stands at 1.0: controller 60
    for place in (10, 30, 50):
        panel.send(0xB0, 20, place)
        assert panel.value("tune.temperature") == 1.0
    panel.send(0xB0, 20, 70)
    assert panel.value("tune.temperature") == pytest.approx(0.1 + 1.9 * 70 / 127)
    panel.send(0xB0, 20, 10)
    assert panel.value("tune.temperature") == pytest.approx(0.1 + 1.9 * 10 / 127), "a fast turn, once it has hold"


def test_it_loses_hold_when_another_hand_turns_the_control() -> None:
    panel = KnobPanel()
    panel.send(0xB0, 20, 60)
    panel.snapshot = panel.snapshot.with_value("tune.temperature", 1.9)
    panel.send(0xB0, 20, 64)
    assert panel.value("tune.temperature") == 1.9
    panel.send(0xB0, 20, 127)
    assert panel.value("tune.temperature") == 2.0


@given(st.lists(st.integers(0, 127), min_size=1, max_size=40), st.sampled_from(sorted(CONTROLS)))
def test_a_knob_moves_its_control_only_when_it_has_met_it(places: list[int], name: str) -> None:
    control = CONTROLS[name]
    if control.cc is None or control.kind not in ("int", "float"):
        return
    panel = KnobPanel()
    start, met, last = control.to_fader(control.default), False, None
    for place in places:
        position = place / 127
        met = met or abs(position - start) <= 0.02 or (last is not None and (last - start) * (position - start) <= 0)
        panel.send(0xB0, control.cc, place)
        if not met:
            assert panel.value(name) == control.default
        else:
            assert panel.value(name) == control.from_fader(position)
        last = position


@pytest.mark.parametrize(
    ("mode", "right", "left"), [("relative", 1, 127), ("offset", 65, 63), ("sign", 1, 65), ("relative", 1, 65)]
)
def test_encoders(mode: str, right: int, left: int) -> None:
    assert clicks(mode, right) == 1
    assert clicks(mode, left) == -1
    panel = KnobPanel(Knob("search.lookahead", "cc", 40, mode=mode), Knob("tune.meter", "cc", 41, mode=mode))
    for _ in range(3):
        panel.send(0xB0, 40, right)
    assert panel.value("search.lookahead") == 7
    for _ in range(100):
        panel.send(0xB0, 40, left)
    assert panel.value("search.lookahead") == 1, "it stops at its end"
    panel.send(0xB0, 41, right)
    assert panel.value("tune.meter") == "2/4"


@given(st.sampled_from(("relative", "offset", "sign")), st.integers(1, 20))
def test_right_and_left_are_alike(mode: str, far: int) -> None:
    left = {"relative": 128 - far, "offset": 64 - far, "sign": 64 + far}[mode]
    right = far if mode != "offset" else 64 + far
    assert clicks(mode, right) == far == -clicks(mode, left)


def test_fourteen_bits() -> None:
    panel = KnobPanel(Knob("tune.temperature", "cc14", 16))
    panel.snapshot = panel.snapshot.with_value("tune.temperature", 0.1)
    panel.send(0xB0, 16, 0)
    panel.send(0xB0, 48, 0)
    panel.send(0xB0, 16, 64)
    panel.send(0xB0, 48, 1)
    assert panel.value("tune.temperature") == pytest.approx(0.1 + 1.9 * (64 * 128 + 1) / 16383)


def test_pads_are_switches() -> None:
    panel = KnobPanel(Knob("tune.guard", "note", 36, mode="toggle"), Knob("tune.new", "note", 37, mode="toggle"),
                Knob("play.way", "note", 38, mode="toggle"))  # fmt: skip
    for data in ((0x90, 36, 90), (0x80, 36, 0)):
        panel.send(*data)
    assert panel.value("tune.guard") is False
    panel.send(0x90, 36, 90)
    assert panel.value("tune.guard") is True
    panel.send(0x90, 37, 90)
    panel.send(0x90, 37, 0)
    assert panel.fired == ["tune.new"]
    panel.send(0x90, 38, 1)
    assert panel.value("play.way") == "answer", "the next choice"


def learn(panel: KnobPanel, name: str, *messages: tuple[int, ...]) -> str:
    panel.knobs.target = name
    said = ""
    for data in messages:
        said = panel.send(*data, after=0.05).said or said
    return said


def test_learning_is_moving_it() -> None:
    panel = KnobPanel()
    said = learn(panel, "tune.temperature", (0xB4, 74, 10), (0xB4, 74, 17))
    assert said == "CC 74 of keys turns tune.temperature"
    assert panel.knobs.learned == [Knob("tune.temperature", "cc", 74, "keys", 5, "absolute")]
    assert panel.knobs.target == ""
    assert not panel.send(0xB0, 20, 60).changes, "its usual controller gives way"


@pytest.mark.parametrize(
    ("messages", "kind", "mode"),
    [
        (((0xB0, 74, 1), (0xB0, 74, 1)), "cc", "relative"),
        (((0xB0, 74, 127), (0xB0, 74, 127)), "cc", "relative"),
        (((0xB0, 74, 65), (0xB0, 74, 65)), "cc", "offset"),
        (((0xB0, 74, 63), (0xB0, 74, 62)), "cc", "offset"),
        (((0xB0, 74, 127), (0xB0, 74, 0)), "cc", "toggle"),
        (((0xB0, 74, 40), (0xB0, 74, 41)), "cc", "absolute"),
        (((0xB0, 14, 40), (0xB0, 46, 3)), "cc14", "absolute"),
        (((0xE0, 3, 64), (0xE0, 9, 65)), "bend", "absolute"),
        (((0x90, 36, 90), (0x80, 36, 0)), "note", "toggle"),
    ],
)
def test_what_it_is_is_told_from_its_first_messages(
    messages: tuple[tuple[int, ...], ...], kind: str, mode: str
) -> None:
    panel = KnobPanel()
    learn(panel, "tune.guard", *messages)
    assert [(knob.kind, knob.mode) for knob in panel.knobs.learned] == [(kind, mode)]


def test_a_clash_is_said_and_the_newest_keeps_it() -> None:
    panel = KnobPanel()
    assert (
        learn(panel, "wish.cadence", (0xB0, 21, 5)) == "CC 21 of keys turns wish.cadence; it turned tune.guard before"
    )
    said = learn(panel, "tune.square", (0xB0, 21, 5))
    assert said == "CC 21 of keys turns tune.square; it turned wish.cadence before"
    assert [knob.turns for knob in panel.knobs.learned] == ["tune.square"]
    assert [str(knob) for knob in panel.knobs.forget("tune.square")] == ["CC 21 of keys"]
    assert panel.send(0xB0, 21, 5).changes == [("tune.guard", False)], "as it was before"


def test_what_may_not_be_learned() -> None:
    panel = KnobPanel()
    for number in sorted(KEPT_OUT):
        learn(panel, "tune.guard", (0xB0, number, 64))
    learn(panel, "tune.guard", (0x80, 60, 0), (0xC0, 5))
    assert not panel.knobs.learned
    assert learn(panel, "tune.temperature", (0x90, 60, 90)) == "a note cannot turn tune.temperature; move a knob"
    assert learn(panel, "tune.key", (0xB0, 70, 90)) == "tune.key is a key and has no knob"


KNOBS = st.builds(
    Knob, st.sampled_from(sorted(CONTROLS)), st.sampled_from(("cc", "cc14", "note", "bend")), st.integers(0, 127),
    st.text(max_size=8), st.integers(0, 16), st.sampled_from(("absolute", "relative", "offset", "sign", "toggle")),
)  # fmt: skip
OWNERS = '# mine\n[outputs.synth]\nport = "Fluid"\n\n[inputs.keys]\nport = "Launchkey" # the small one\n'


@given(st.lists(KNOBS, max_size=4), st.lists(KNOBS, max_size=4))
def test_what_was_learned_is_read_back_and_the_rest_is_left_alone(first: list[Knob], second: list[Knob]) -> None:
    import tempfile

    text = with_knobs(with_knobs(OWNERS, first) + "[outputs.late]\n", second)
    assert text.startswith(OWNERS.rstrip("\n"))
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder) / "rig.toml", text)
        plugged = load(Path(folder) / "rig.toml")
    assert sorted(map(repr, plugged.knobs)) == sorted(map(repr, second))
    assert [port.name for port in plugged.outputs] == ["synth", "late"]


def test_a_latency_is_written_once(tmp_path: Path) -> None:
    text = OWNERS
    for latency in (3.0, 1.25):
        text = with_latency(text, "synth", "Fluid", latency)
        text = with_latency(text, "new one", "Other", latency)
    save(tmp_path / "rig.toml", text)
    plugged = load(tmp_path / "rig.toml")
    assert [(o.name, o.port, o.latency_ms, o.delay_ms) for o in plugged.outputs] == [
        ("synth", "Fluid", 1.25, -1.25), ("new one", "Other", 1.25, -1.25)
    ]  # fmt: skip
    assert plugged.inputs[0].port == "Launchkey"
    assert "# the small one" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("knobs = 3", r"write \[\[knobs\]\]"),
        ('[[knobs]]\nturns = "tune.temprature"', 'did you mean "tune.temperature"'),
        ('[[knobs]]\nturns = "tune.new"\nkind = "c"', 'kind = "c" is not one of cc'),
        ('[[knobs]]\nturns = "tune.new"\nnumber = 128', "number = 128 is outside 0..127"),
        ("programs = 3", "programs is not a list of names"),
    ],
)
def test_a_mistake_in_the_rig_file_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text(text)
    with pytest.raises(ValueError, match=said):
        load(tmp_path / "rig.toml")


def test_a_switch_is_told_from_music() -> None:
    switches = frozenset((("pads", 10, 36), ("", 0, 37)))
    assert is_switch(ReceivedMidi(0.0, "pads", b"\x99\x24\x40"), switches)
    assert is_switch(ReceivedMidi(0.0, "pads", b"\x89\x24\x00"), switches)
    assert is_switch(ReceivedMidi(0.0, "keys", b"\x90\x25\x40"), switches)
    assert not is_switch(ReceivedMidi(0.0, "keys", b"\x99\x24\x40"), switches)
    assert not is_switch(ReceivedMidi(0.0, "pads", b"\xb9\x24\x40"), switches)


@given(st.binary(min_size=1, max_size=4), st.sampled_from(("", "tune.guard", "tune.temperature", "panic")))
def test_no_bytes_whatever_break_it(data: bytes, target: str) -> None:
    panel = KnobPanel()
    panel.knobs.target = target
    if moved("keys", data) is not None:
        panel.send(*data)
        panel.send(*data)
