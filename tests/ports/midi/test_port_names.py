"""Which port is meant by part of a name: kinds, numbers, letters in two forms, two devices that are alike."""

from __future__ import annotations

import sys
from typing import Any
from weakref import WeakSet

import pytest

from instrument.playing.time.clock import Bell, ManualClock
from instrument.ports.midi import system as midi_system
from instrument.ports.midi.input import Inbox, open_input
from instrument.ports.midi.output import NoMidi, open_output
from instrument.ports.midi.port_names import matching, told_apart
from tests.fakes.wire import Rtmidi

TWO = ["Midi Through:Midi Through Port-0 14:0", "nanoPAD2:nanoPAD2 MIDI 1 28:0", "nanoPAD2:nanoPAD2 MIDI 1 36:0"]
ARDOUR = ["ardour:MMC in", "ardour:MTC in", "ardour:MIDI control in", "ardour:lead/midi_in 1"]


@pytest.mark.parametrize(
    ("part", "names", "best"),
    [
        ("nanoPAD2:nanoPAD2 MIDI 1 36:0", TWO, TWO[2]), ("36:0", TWO, TWO[2]), ("nanoPAD2 MIDI 1 28:0", TWO, TWO[1]),
        ("nanoPAD2 MIDI 1 99:0", TWO, TWO[1]), ("NANOPAD", TWO, TWO[1]), ("through", TWO, TWO[0]),
        ("zyn", ["zynaddsubfx:osc", "zynaddsubfx:midi_input"], "zynaddsubfx:midi_input"),
        ("ardour", ARDOUR, ARDOUR[3]), ("MMC", ARDOUR, ARDOUR[0]), ("ardour:MMC", ARDOUR, ARDOUR[0]),
        ("Flügel", ["Flu\u0308gel"], "Flu\u0308gel"), ("Flu\u0308gel", ["Flügel"], "Flügel"),
        ("loopMIDI Port", ["loopMIDI Port 1 2", "loopMIDI Port 1"], "loopMIDI Port 1"),
        ("Keys", ["Minikeys", "Keys"], "Keys"), ("Piano", ["Digital Piano", "Piano 2:out"], "Piano 2:out"),
    ],
)  # fmt: skip
def test_the_best_is_chosen_by_kind(part: str, names: list[str], best: str) -> None:
    assert matching(part, names)[0] == best


def test_nothing_matches_nothing() -> None:
    assert not matching("x", TWO) and not matching("x", ["", "IAC"])


def test_same_names_are_told_apart_and_missing_ones_are_none() -> None:
    assert told_apart(["a", None, "a", "b", None]) == ["a", "", "a #2", "b", " #2"]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(midi_system, "_ends", {midi_system.OUT: WeakSet(), midi_system.IN: WeakSet()})

    def use(*names: str | None) -> Rtmidi:
        monkeypatch.setitem(sys.modules, "rtmidi", one := Rtmidi(list(names)))
        return one

    return use


def numbers(library: Rtmidi) -> list[int]:
    """Of the ports that were opened."""
    return [number for _, number, _ in library.opened]


BOX = Inbox(ManualClock(), Bell())


@pytest.mark.parametrize("names", [TWO[1:], ["nanoPAD2", "nanoPAD2"]])
@pytest.mark.parametrize("parts", [("nanoPAD2", "nanoPAD2"), ("nanopad2", "NANO")])
def test_two_devices_that_are_alike_are_two(names: list[str], parts: tuple[str, str], opened: Any) -> None:
    system = opened(*names)
    ends = [open_input(name, part, BOX) for name, part in zip(("left", "right"), parts, strict=True)]
    assert numbers(system) == [0, 1]
    assert ends[0].whole != ends[1].whole
    with pytest.raises(NoMidi):
        open_input("third", "nanoPAD2", BOX)
    ends[0].close()
    again = open_input("third", "nanoPAD2", BOX)
    assert numbers(system) == [0, 1, 0] and again.whole == ends[0].whole


def test_by_their_numbers_the_order_does_not_matter(opened: Any) -> None:
    system = opened(*TWO)
    ends = [open_input("right", TWO[2], BOX), open_input("left", TWO[1], BOX)]
    assert numbers(system) == [2, 1] and all(end.there for end in ends)


def test_two_outputs_may_share_one_synth_but_prefer_two(opened: Any) -> None:
    system = opened("Fluid 128:0", "Fluid 129:0")
    kept = [open_output("fluid") for _ in range(3)]
    assert numbers(system)[:2] == [0, 1] and len(kept) == 3


def test_what_else_might_be_meant_is_known(opened: Any) -> None:
    opened("zynaddsubfx:osc", "zynaddsubfx:midi_input")
    assert open_input("zyn", "zyn", BOX).also == ("zynaddsubfx:osc",)


def test_a_port_without_a_name_breaks_nothing(opened: Any) -> None:
    opened("IAC", None, "Keys")
    assert open_input("keys", "Keys", BOX).whole == "Keys"
    assert [name for _, name in midi_system.ports(midi_system.IN)] == ["IAC", "", "Keys"]
