"""MPE: zones and ranges as an input lays them, notes that bend each by itself, one bend where a voice has no more."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.control import Value
from instrument.controls.devices.plugged import InputPort, Plugged
from instrument.controls.midi_messages import decode
from instrument.controls.snapshot import Snapshot
from instrument.files.rig_file import load
from instrument.playing.messages import Act, Change, PlayerSetup, Plug
from instrument.playing.midi.input_channels import InputChannels
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import Performance

LOWER = ((0xB0, 101, 0), (0xB0, 100, 6), (0xB0, 6, 15))  #: channel 1 and fifteen members
UPPER = ((0xBF, 101, 0), (0xBF, 100, 6), (0xBF, 6, 4))
MPE = {"voice.soprano.channel": 16, "voice.soprano.bend": "mpe"}


class Stage:
    """A performance that stands still, with one output."""

    def __init__(self, values: dict[str, Value] | None = None) -> None:
        self.now, self.snapshot = 1.0, Snapshot().with_values({"voice.soprano.on": True, **(values or {})}.items())
        channel = int(self.snapshot.values["voice.soprano.channel"])
        voices = {"melody": (1, 0), "soprano": (channel, 0)}
        plugged = Plugged(inputs=(InputPort("keys", "keys"),))
        self.performance = Performance(PlayerSetup(self.snapshot, (), voices, {}, midi=plugged), ("out",), 0.02)
        self.stands: dict[tuple[int, str, int], int] = {}
        self.begun = self.take(Act("transport.play"), Act("transport.stop"))

    def take(self, *entries: object) -> list[Message]:
        self.now += 0.05
        exits = self.performance.turn(self.now, entries)  # type: ignore[arg-type]
        assert not exits.faults, exits.faults
        found: list[Message] = []
        for one in exits.out:
            found += one.offs if isinstance(one, Silence) else (one,)
        for m in found:
            if m.kind == "bend":
                self.stands[m.channel, "bend", 0] = m.number | m.value << 7
            elif m.kind in ("pressure", "control"):
                self.stands[m.channel, m.kind, m.number if m.kind == "control" else 0] = (
                    m.value if m.kind == "control" else m.number
                )
        return found

    def hear(self, *messages: tuple[int, ...]) -> list[tuple[str, int, int, int]]:
        found = []
        for data in messages:
            found += self.take(ReceivedMidi(self.now, "keys", bytes(data)))
        return [(m.kind, m.channel, m.number, m.value) for m in found]

    def semitones(self, channel: int, reach: float) -> float:
        return (self.stands.get((channel, "bend", 0), 8192) - 8192) / 8192 * reach

    def rest(self) -> bool:
        """Whether everything that was ever moved is where nobody has moved it."""
        usual = {"bend": 8192, "pressure": 0}
        slack = {74: 64, 11: 127, 2: 127, 7: None, 10: None, 101: None, 100: None, 6: None, 38: None}
        wanted = {place: usual.get(place[1], slack.get(place[2], 0)) for place in self.stands}
        return all(to is None or self.stands[place] == to for place, to in wanted.items())


def test_a_controller_that_says_nothing_of_its_zone_has_one_by_the_rig_file(tmp_path: Path) -> None:
    file = tmp_path / "rig.toml"
    file.write_text("[inputs.keys]\nmpe = true\n")
    setup = PlayerSetup(Snapshot(), (), {"soprano": (3, 0)}, {}, midi=load(file))
    channels = Performance(setup, ("out",), 0.02).player.inputs.touch.channels
    assert channels.reach("keys", 1) == tuple(range(1, 17))
    file.write_text('[inputs.keys]\nmpe = "yes"\n')
    with pytest.raises(ValueError, match=r"inputs\.keys\.mpe = 'yes' is neither true nor false"):
        load(file)


def test_a_zone_is_laid_by_its_managers_parameter_and_the_other_gives_way() -> None:
    one = InputChannels()
    for data in (*LOWER, *UPPER):
        message = decode(data)
        assert message is not None
        one.hear("keys", message)
    assert one.reach("keys", 1) == tuple(range(1, 12))
    assert one.reach("keys", 16) == (16, 15, 14, 13, 12)
    assert one.manager("keys", 11) == 1
    assert one.manager("keys", 12) == 16
    assert one.reach("pads", 1) == (1,), "another input has its own"


@given(st.lists(st.tuples(st.integers(0x80, 0xEF), st.integers(0, 127), st.integers(0, 127)), max_size=60))
def test_whatever_an_input_sends_its_channels_stand_somewhere(messages: list[tuple[int, int, int]]) -> None:
    one = InputChannels()
    for data in messages:
        message = decode(data[: 2 if data[0] & 0xF0 in (0xC0, 0xD0) else 3])
        assert message is not None
        one.hear("keys", message)
    managed = [one.manager("keys", channel) for channel in range(1, 17)]
    assert managed.count(1) + managed.count(16) <= 15
    for channel in range(1, 17):
        assert -192 <= one.bend("keys", channel) <= 192
        assert 0 <= one.pressure("keys", channel) <= 127
    one.release("keys")
    assert all(one.bend("keys", channel) == 0 for channel in range(1, 17))


def test_each_note_of_an_mpe_voice_has_its_own_channel_and_bend() -> None:
    stage = Stage(MPE)
    stage.hear(*LOWER)
    assert stage.hear((0xE2, 0, 96), (0x92, 60, 80)) == [("bend", 15, 0, 96), ("on", 15, 60, 80)]
    assert stage.hear((0x93, 67, 70)) == [("on", 14, 67, 70)]
    assert stage.hear((0xE3, 0, 32)) == [("bend", 14, 0, 32)]
    assert stage.hear((0xD2, 90), (0xB3, 74, 100)) == [("pressure", 15, 90, 0), ("control", 14, 74, 100)]
    assert stage.hear((0xE0, 0, 127)) == [("bend", 16, 0, 127)], "the manager's is the manager's"
    assert stage.hear((0xE9, 0, 1)) == [], "no note of that channel sounds"
    assert stage.hear((0x82, 60, 0)) == [("off", 15, 60, 0)], "what dies away stays bent"
    stage.take(Plug("keys", False, True))
    assert stage.rest()


def test_the_receiver_is_told_of_the_zone_and_of_a_range_that_is_not_usual() -> None:
    said = [(m.channel, m.number, m.value) for m in Stage(MPE).begun if m.kind == "control"]
    members = next(value for channel, number, value in said if (channel, number) == (16, 6))
    assert members == 5, "15 down to 11; 10 is the click's"
    assert said[-2:] == [(16, 101, 127), (16, 100, 127)]
    ranged = [m for m in Stage({"voice.soprano.bend_range": 12}).begun if m.kind == "control"]
    assert [(m.channel, m.number, m.value) for m in ranged][:3] == [(3, 101, 0), (3, 100, 0), (3, 6, 12)]
    assert not [m for m in Stage().begun if m.kind == "control" and m.number in (6, 100, 101)]


def test_a_voice_that_bends_as_a_whole_has_the_bend_of_its_newest_key() -> None:
    stage = Stage({"voice.soprano.bend_range": 24})
    stage.hear(*LOWER, (0x91, 60, 80), (0xE1, 0, 80))  # a quarter of 48
    assert stage.semitones(3, 24) == pytest.approx(12, abs=0.01)
    stage.hear((0x92, 64, 80))
    assert stage.semitones(3, 24) == 0
    stage.hear((0xE1, 0, 70))
    assert stage.semitones(3, 24) == 0, "the older key's"
    stage.hear((0xE2, 0, 72))
    assert stage.semitones(3, 24) == pytest.approx(6, abs=0.01)
    stage.hear((0xE0, 127, 127))
    assert stage.semitones(3, 24) == pytest.approx(8, abs=0.01), "and the manager's two semitones"
    stage.hear((0x82, 64, 0))
    assert stage.semitones(3, 24) == pytest.approx(48 * 6 / 64 + 2, abs=0.01), "the older key leads again"
    stage.hear((0x81, 60, 0))
    stage.take(Act("panic"))
    assert stage.rest()


def test_a_wheel_is_passed_on_as_it_is_and_a_range_that_was_said_is_kept() -> None:
    stage = Stage({"voice.soprano.bend_range": 12})
    stage.hear((0x90, 60, 80))
    assert stage.hear((0xE0, 5, 100)) == [("bend", 3, 5, 100)]
    stage.hear((0xB0, 101, 0), (0xB0, 100, 0), (0xB0, 6, 1), (0xE0, 0, 0))
    assert stage.semitones(3, 12) == pytest.approx(-1, abs=0.01)


def test_a_voice_that_asks_for_no_bend_has_none_but_its_other_wheels() -> None:
    stage = Stage({"voice.soprano.bend": "off"})
    stage.hear((0x90, 60, 80))
    assert stage.hear((0xE0, 5, 100), (0xB0, 1, 60)) == [("control", 3, 1, 60)]


@pytest.mark.parametrize("values", [None, MPE])
@pytest.mark.parametrize("end", ["unplug", "panic", "way", "zone", "off", "reset"])
def test_everything_that_keys_have_moved_comes_back(values: dict[str, Value] | None, end: str) -> None:
    stage = Stage(values)
    moves = ((0x91, 60, 80), (0xE1, 0, 90), (0xD1, 70), (0xB0, 1, 60), (0xB0, 11, 20), (0xB0, 2, 0), (0xB0, 64, 127),
             (0xB1, 74, 9), (0xE0, 0, 10), (0xE5, 0, 9), (0xD0, 9))  # fmt: skip
    stage.hear(*LOWER, *moves)
    assert not stage.rest()
    if end == "unplug":
        stage.take(Plug("keys", False, True))
    elif end == "panic":
        stage.take(Act("panic"))
    elif end == "zone":
        stage.hear(*UPPER)
    elif end == "reset":
        stage.hear((0xB0, 121, 0))
    else:
        changes = [("play.way", "tap")] if end == "way" else [("voice.soprano.on", False)]
        stage.take(Change(stage.snapshot.with_values(changes)))
        stage.take()
    assert stage.rest(), stage.stands


@pytest.mark.parametrize("pedal", [True, False])
def test_the_managers_pedal_holds_the_notes_of_all_members(pedal: bool) -> None:
    stage = Stage(MPE)
    stage.hear(*LOWER, *([(0xB0, 64, 127)] if pedal else []), (0x92, 60, 80), (0x93, 64, 80))
    ended = stage.hear((0x82, 60, 0), (0x83, 64, 0))
    assert [kind for kind, *_ in ended] == ([] if pedal else ["off", "off"])
    assert [one[0] for one in stage.hear((0xB0, 64, 0)) if one[0] == "off"] == (["off", "off"] if pedal else [])


def test_more_notes_than_members_share_them_and_each_is_ended() -> None:
    stage = Stage(MPE)
    stage.hear(*LOWER)
    keys: Iterable[int] = range(9)
    on = stage.hear(*((0x91 + n, 60 + n, 80) for n in keys))
    channels = [channel for kind, channel, *_ in on if kind == "on"]
    assert channels[:5] == [15, 14, 13, 12, 11]
    assert max(map(channels.count, channels)) == 2
    off = stage.hear(*((0x81 + n, 60 + n, 0) for n in keys))
    assert [(channel, note) for kind, channel, note, _ in off if kind == "off"] == [
        (channel, note) for kind, channel, note, _ in on if kind == "on"
    ]
