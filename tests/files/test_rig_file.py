"""The rig file: what is plugged in, read strictly; every mistake is one line with its mend."""

from pathlib import Path

import pytest

from instrument.controls.devices.plugged import NOTHING, InputPort, OutputPort, Plugged
from instrument.files.rig_file import asked_for, load

GOOD = """
[outputs.synth]
port = "Fluid"
offset_ms = -6
voices = ["melody"]
[outputs.daw]
virtual = true
[inputs.keys]
port = "Launchkey"
thru = ["synth", "sound"]
echo_ms = 0
[inputs.pads]
"""


def test_everything_it_can_say(tmp_path: Path) -> None:
    file = tmp_path / "stage.toml"
    file.write_text(GOOD)
    assert load(file) == Plugged(
        (OutputPort("synth", "Fluid", -6.0, ("melody",)), OutputPort("daw", None)),
        (InputPort("keys", "Launchkey", ("synth", "sound"), 0.0), InputPort("pads", "pads")),
    )


def test_program_changes_recall_all_patches_or_those_named_or_none(tmp_path: Path) -> None:
    found = []
    for text in ("", 'programs = ["reel", "jig"]', "programs = []"):
        (tmp_path / "stage.toml").write_text(text)
        found.append((load(tmp_path / "stage.toml") + asked_for(own=True)).programs)
    assert found == [None, ("reel", "jig"), ()]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[output.x]", 'unknown key "output"; did you mean "outputs"?'),
        ("outputs = 3", r"write \[outputs.NAME\]"),
        ("[outputs]\nx = 3", r"write \[outputs.NAME\]"),
        ("[outputs.x]\nofset_ms = 3", 'unknown key "outputs.x.ofset_ms"; did you mean "offset_ms"?'),
        ("[outputs.x]\noffset_ms = 900", "outputs.x.offset_ms = 900 is outside -200..200"),
        ("[outputs.x]\nport = 3", "outputs.x.port = 3 is not part of a port's name"),
        ("[outputs.x]\nvirtual = 1", "neither true nor false"),
        ("[outputs.x]\nvirtual = true\nport = 'y'", "exclude each other"),
        ("[outputs.x]\nvoices = ['melodi']", 'did you mean "melody"?'),
        ("[outputs.x]\nvoices = 'melody'", "is not a list of names"),
        ("[outputs.sound]", "always there"),
        ("[inputs.k]\nthru = ['snth']\n[outputs.synth]", 'inputs.k.thru names "snth"; did you mean "synth"?'),
        ("[inputs.k", "Expected"),
    ],
)
def test_a_mistake_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "stage.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=said) as error:
        load(file)
    assert str(error.value).startswith(f"{file}: ")
    assert "\n" not in str(error.value)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        load(tmp_path / "none.toml")


def test_the_command_line_says_the_same_and_what_the_file_says_of_a_name_stands() -> None:
    asked = asked_for(["Fluid", "Launch", "Fluid"], ["keys"], own=True, thru=True)
    assert [(port.name, port.port) for port in asked.outputs] == [
        ("Fluid", "Fluid"), ("Launch", "Launch"), ("Lilt", None)
    ]  # fmt: skip
    assert asked.inputs[0] == InputPort("keys", "keys", ("Fluid", "Launch", "Lilt", "sound"))
    assert asked_for() == NOTHING
    both = Plugged((OutputPort("Fluid", "x", 9.0),)) + asked
    assert [port.offset_ms for port in both.outputs if port.name == "Fluid"] == [9.0]


def test_an_input_where_others_play_is_listened_to_and_goes_nowhere(tmp_path: Path) -> None:
    asked = asked_for(inputs=["Keys"], listen=["Bass"], midi=["Synth"], thru=True)
    assert [(one.name, one.listen, one.thru) for one in asked.inputs] == [
        ("Keys", False, ("Synth", "sound")), ("Bass", True, ()),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="--listen Keys: it is an --input as well; name it once"):
        asked_for(inputs=["Keys"], listen=["Keys"])
    file = tmp_path / "rig.toml"
    file.write_text('[inputs.bass]\nport = "Bass"\nlisten = true\n', encoding="utf-8")
    assert load(file).inputs[0].listen
    file.write_text('[inputs.bass]\nlisten = true\nthru = ["sound"]\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"inputs\.bass\.listen is for what others play"):
        load(file)
    file.write_text("[inputs.bass]\nlisten = 2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="listen = 2 is neither true nor false"):
        load(file)
