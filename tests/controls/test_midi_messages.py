"""The table of MIDI messages: what is encoded is decoded, and bytes that are no message are none."""

from __future__ import annotations

import re
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.midi_messages import TYPES, MidiMessage, decode, encode

#: the name that mido, which was written from the same specification, has for each of ours
MIDO = {
    "off": "note_off", "on": "note_on", "touch": "polytouch", "control": "control_change",
    "program": "program_change", "pressure": "aftertouch", "bend": "pitchwheel", "time code": "quarter_frame",
    "position": "songpos", "song": "song_select", "tune request": "tune_request", "sensing": "active_sensing",
}  # fmt: skip
sevens = st.integers(0, 127)


@given(kind=st.sampled_from(sorted(TYPES)), channel=st.integers(1, 16), number=sevens, value=sevens)
def test_what_is_encoded_is_decoded(kind: str, channel: int, number: int, value: int) -> None:
    row = TYPES[kind]
    data = encode(kind, channel, number, value)
    assert len(data) == row.length
    found = decode(bytes(data))
    assert found is not None and found.channel == (channel if row.of_channel else 0)
    assert found.kind == ("off" if kind == "on" and not value else kind)
    assert found.number == (number if row.number and not row.wide else 0)
    assert found.value == (value if row.value else 0)


@given(kind=st.sampled_from(sorted(TYPES)), channel=st.integers(1, 16), number=sevens, value=sevens)
def test_another_reader_of_midi_reads_the_same_message(kind: str, channel: int, number: int, value: int) -> None:
    theirs = mido.Message.from_bytes(encode(kind, channel, number, value))
    assert theirs.type == MIDO.get(kind, kind)
    if TYPES[kind].of_channel:
        assert theirs.channel == channel - 1


@given(st.binary(max_size=5))
def test_whatever_bytes_come_in_a_message_is_read_or_none(data: bytes) -> None:
    found = decode(data)
    if found is not None and found.kind != "off":
        assert bytes(encode(found.kind, found.channel, found.number, found.value)) == data


@pytest.mark.parametrize("place", [0, 1, 127, 128, 5000, 16383])
def test_a_song_position_is_one_number_of_fourteen_bits(place: int) -> None:
    assert decode(encode("position", value=place)) == MidiMessage("position", 0, 0, place)


@pytest.mark.parametrize(
    "data", [b"", b"\x40\x40", b"\x90\x40", b"\x90\x40\x80", b"\xc0\x01\x02", b"\xf0\x7e\xf7", b"\xf4"]
)
def test_what_is_cut_short_or_no_message_is_none(data: bytes) -> None:
    assert decode(data) is None


def test_status_bytes_stand_in_the_table_alone() -> None:
    """Everywhere else messages have names. What tests the wire, and the format of files, may write bytes."""
    root = Path(__file__).parents[2] / "instrument"
    spared = {"controls/midi_messages.py", "ports/recording/midi_take.py"}  # 0xFF begins a meta event of a file
    for path in sorted(root.rglob("*.py")):
        own = str(path.relative_to(root))
        if own in spared or own.startswith(("workshop/stress", "networks", "ports/osc", "ports/web")):
            continue
        assert not re.findall(r"0x[89A-Fa-f][0-9A-Fa-f]\b(?![0-9A-Fa-f])|\[0\] & (?:15|0x0F)\b", path.read_text()), own
