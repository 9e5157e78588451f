"""A microphone as it is asked for: in the rig file and on the command line, strictly, and the one over the other."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from instrument.commands.microphone.play_options import add, microphone
from instrument.controls.devices.microphone import Microphone
from instrument.controls.devices.plugged import NOTHING, Plugged
from instrument.files.rig_file import load


def written(tmp_path: Path, text: str) -> Plugged:
    (tmp_path / "rig.toml").write_text(text)
    return load(tmp_path / "rig.toml")


def asked(line: str, rig: Microphone | None = None) -> Microphone | None:
    parser = argparse.ArgumentParser()
    add(parser)
    return microphone(parser.parse_args(line.split("|") if line else []), rig)


def test_a_rig_file_says_which_and_what_is_played_before_it(tmp_path: Path) -> None:
    text = '[outputs.synth]\nport = "Fluid"\n[microphone]\ndevice = "USB"\ninstrument = "fiddle"\nthru = ["synth"]\n'
    found = written(tmp_path, text).microphone
    assert found == Microphone("USB", "fiddle", ("synth",))
    assert found.compass == (55, 83)
    assert written(tmp_path, "[microphone]\n").microphone == Microphone()
    assert written(tmp_path, "").microphone is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[microphone]\ninstrument = "kazoo"', 'microphone.instrument: "kazoo" is no compass'),
        ("[microphone]\ndevice = 3", "microphone.device and microphone.instrument are texts"),
        ('[microphone]\nlisten = "yes"', "microphone.listen = 'yes' is neither true nor false"),
        ('[microphone]\nthru = ["synth"]', 'microphone.thru names "synth"'),
        ('[microphone]\nthru = ["sound"]\nlisten = true', "remove thru, or listen"),
        ('[microphone]\ndevise = "USB"', 'unknown key "microphone.devise"; did you mean "device"?'),
        ("microphone = 3", "microphone holds tables"),
        ('[inputs.microphone]\nport = "x"', "that name is the microphone's"),
    ],
)
def test_what_is_wrong_in_it_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"^.+$") as found:
        written(tmp_path, text)
    assert told in str(found.value) and "\n" not in str(found.value)


def test_the_command_line_stands_over_the_rig_file() -> None:
    rig = Microphone("USB", "fiddle", ("synth",))
    assert asked("") is None
    assert asked("", rig) == rig
    assert asked("--mic") == Microphone()
    assert asked("--mic|Scarlett|--mic-instrument|D whistle") == Microphone("Scarlett", "D whistle")
    assert asked("--mic", rig) == rig
    assert asked("--mic|Scarlett", rig) == Microphone("Scarlett", "fiddle", ("synth",))
    assert asked("--mic-listen", rig) == Microphone("USB", "fiddle", (), True)


@pytest.mark.parametrize("line", ["--mic-instrument|fiddle", "--mic-listen", "--mic|--mic-instrument|kazoo"])
def test_what_says_nothing_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="--mic"):
        asked(line)


def test_two_rigs_together_have_the_first_ones_microphone() -> None:
    one, other = Plugged(microphone=Microphone("a")), Plugged(microphone=Microphone("b"))
    assert (one + other).microphone == Microphone("a")
    assert (NOTHING + other).microphone == Microphone("b")
