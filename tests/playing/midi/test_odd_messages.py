"""Odd MIDI from controllers and cables: each in an evening of its own, after which hands that are lifted leave nothing
sounding, every receiver is at rest, and the music plays."""

from __future__ import annotations

import pytest

from instrument.controls.midi_messages import decode
from instrument.playing.messages import Act, ThinkerState
from tests.fakes.evening import Evening
from tests.fakes.thorough import every

Heard = tuple[str, str]  #: input, and a message as hexadecimal digits
KEYS, PADS = "keys", "pads"


def keys(*messages: str) -> list[Heard]:
    return [(KEYS, message) for message in messages]


CHORD = ("90 3C 50", "90 40 50", "90 43 50")
MPE, NO_MPE = ("B0 65 00", "B0 64 06", "B0 06 0F"), ("B0 65 00", "B0 64 06", "B0 06 00")
CASES: dict[str, list[Heard]] = {
    "note-on without velocity": keys("90 3C 50", "90 3C 00", "90 3C 00"),
    "a key struck twice and let go once": keys("90 3C 50", "90 3C 60", "80 3C 40"),
    "a release that nobody struck": keys("80 3C 40", "80 00 00", "8F 7F 7F"),
    "velocity of a release": keys("90 3C 50", "80 3C 7F"),
    "the lowest and the highest key": keys("90 00 01", "90 7F 7F"),
    "all keys at once": keys(*(f"90 {note:02X} 40" for note in range(128))),
    "a chord on sixteen channels": keys(*(f"9{channel:X} 3C 50" for channel in range(16))),
    "one key from two inputs": [(KEYS, "90 3C 50"), (PADS, "90 3C 50"), (KEYS, "80 3C 00"), (PADS, "80 3C 00")],
    "one pedal from two inputs": [(KEYS, "B0 40 7F"), (PADS, "B0 40 7F"), (KEYS, "90 3C 50"), (KEYS, "B0 40 00")],
    "truncated note": keys("90", "90 3C", "80 3C", "90 3C 50"),
    "too long a note": keys("90 3C 50 00", "90 3C 50"),
    "data bytes with the high bit": keys("90 BC 50", "90 3C D0", "B0 40 FF"),
    "running status, as nobody may hand it over": keys("90 3C 50", "3E 50", "40"),
    "two messages at once": keys("90 3C 50 80 3C 00", "90 3E 50"),
    "undefined system messages": keys("90 3C 50", "F4", "F5", "F9", "FD", "F4 00", "F7"),
    "tune request, song select, reset": keys("90 3C 50", "F6", "F3 05", "F3", "FF"),
    "quarter frames of time code": keys("90 3C 50", *(f"F1 {piece << 4:02X}" for piece in range(8)), "F1"),
    "full frame of time code": keys("F0 7F 7F 01 01 20 00 00 00 F7"),
    "exclusive message cut short": keys("F0", "F0 7F", "F0 7F 7F 06", "F0 7F 7F 06 02"),
    "exclusive end by itself": keys("F7", "F7 F7"),
    "clock in the middle of an exclusive message": keys("F0 7F 7F F8 06 F8 02 F7"),
    "machine control cut short": keys("F0 7F 7F 06 F7", "F0 7F 7F 06 44 06 01 F7", "F0 7F 7F 06 44 F7"),
    "machine control of other kinds": keys("F0 7F 10 06 06 F7", "F0 7F 7F 06 04 F7", "F0 7F 7F 07 4D F7"),
    "machine control to the end of the day": keys("F0 7F 7F 06 44 06 01 77 3B 3B 1E 00 F7"),
    "identity request": keys("F0 7E 7F 06 01 F7"),
    "tuning standard": keys("F0 7F 7F 08 02 00 01 3C 3D 00 00 F7"),
    "all notes off": keys(*CHORD, "B0 7B 00"),
    "all notes off with a value, on another channel too": keys(*CHORD, "B1 7B 7F", "B0 7B 7F"),
    "all notes off under a pedal": keys("B0 40 7F", *CHORD, "B0 7B 00"),
    "all sound off under a pedal": keys("B0 40 7F", *CHORD, "B0 78 00"),
    "omni off, omni on, mono, poly": keys(*CHORD, "B0 7C 00", *CHORD, "B0 7D 00", *CHORD, "B0 7E 04", "B0 7F 00"),
    "local control": keys(*CHORD, "B0 7A 00", "B0 7A 7F"),
    "reset of all controllers with nothing moved": keys(*CHORD, "B0 79 00"),
    "reset of all controllers under a pedal": keys("B0 40 7F", "90 3C 50", "80 3C 00", "B0 79 00"),
    "reset of another channel": keys("B0 40 7F", "E0 00 70", "90 3C 50", "B1 79 00"),
    "reset and the pedal up behind it": keys("B0 40 7F", "90 3C 50", "80 3C 00", "B0 79 00", "B0 40 00"),
    "reset under the pedal, the key still down": keys("B0 40 7F", "90 3C 50", "B0 79 00"),
    "reset of a zone's manager": keys(*MPE, "B0 40 7F", "91 3C 50", "E1 00 70", "81 3C 00", "B0 79 00"),
    "reset of a zone's member": keys(*MPE, "B0 40 7F", "91 3C 50", "E1 00 70", "B1 79 00"),
    "half a pedal": keys("B0 40 1E", "90 3C 50", "80 3C 00", "B0 40 3F", "B0 40 40", "B0 40 3F", "B0 40 01"),
    "a pedal that trembles about the middle": keys(*("B0 40 3F", "B0 40 40") * 20, "90 3C 50"),
    "a pedal down twice, up once": keys("B0 40 7F", "B0 40 7F", "90 3C 50", "80 3C 00", "B0 40 00"),
    "a pedal on another channel than the key": keys("B3 40 7F", "90 3C 50", "80 3C 00"),
    "sostenuto, soft, portamento, legato, hold 2": keys(
        "90 3C 50", "B0 42 7F", "B0 43 7F", "B0 41 7F", "B0 44 7F", "B0 45 7F", "80 3C 00"
    ),
    "sostenuto before the key": keys("B0 42 7F", "90 3C 50", "80 3C 00", "B0 42 00"),
    "bank and program while a key is held": keys("90 3C 50", "B0 00 01", "B0 20 02", "C0 28"),
    "program alone, of every number": keys("90 3C 50", *(f"C0 {program:02X}" for program in range(0, 128, 9))),
    "bend range by a parameter, and a bend": keys("B0 65 00", "B0 64 00", "B0 06 0C", "90 3C 50", "E0 7F 7F"),
    "bend range changed under a bend": keys("90 3C 50", "E0 7F 7F", "B0 65 00", "B0 64 00", "B0 06 18", "E0 00 50"),
    "bend range beyond all": keys("B0 65 00", "B0 64 00", "B0 06 7F", "B0 26 7F", "90 3C 50", "E0 7F 7F", "E0 00 00"),
    "data with no parameter": keys("B0 06 40", "B0 26 40", "B0 60 00", "B0 61 00", "90 3C 50", "E0 00 50"),
    "the parameter that is none": keys("B0 65 7F", "B0 64 7F", "B0 06 40", "B0 60 00"),
    "half a parameter": keys("B0 64 00", "B0 06 0C", "B0 65 00", "B0 06 0C", "90 3C 50", "E0 00 50"),
    "a parameter of somebody's own": keys("B0 63 00", "B0 62 06", "B0 06 0F", "90 3C 50"),
    "increments without end": keys("B0 65 00", "B0 64 00", *("B0 60 00",) * 200, *("B0 61 00",) * 300, "E0 00 50"),
    "low half first, and alone": keys("B0 21 40", "B0 01 40", "B0 21 7F", "90 3C 50", "B0 01 00"),
    "a bend of one half": keys("90 3C 50", "E0 7F", "E0", "E0 01 40"),
    "pressure of a key that is not down": keys("A0 3C 50", "A0 7F 50", "A0 00 50", "90 40 50", "A0 40 7F"),
    "pressure after the release": keys("90 3C 50", "80 3C 00", "A0 3C 50", "D0 50"),
    "breath and expression shut": keys("B0 02 00", "B0 0B 00", "90 3C 50", "80 3C 00"),
    "zones laid while keys are held": keys("90 3C 50", "E0 00 70", *MPE, "91 3C 50", "E1 00 70", *NO_MPE, "92 3C 50"),
    "zones laid again and again": keys(*(MPE + NO_MPE) * 10, "90 3C 50"),
    "an upper zone over a lower": keys(*MPE, "91 3C 50", "BF 65 00", "BF 64 06", "BF 06 0F", "9E 3C 50", "EE 00 70"),
    "a zone of more members than there are": keys("B0 65 00", "B0 64 06", "B0 06 7F", "91 3C 50", "E1 00 70"),
    "a zone laid from a member": keys("B4 65 00", "B4 64 06", "B4 06 0F", "94 3C 50"),
    "Start twice, without a clock": keys("FA", "FA", "90 3C 50"),
    "Continue without a Start": keys("FB", "90 3C 50"),
    "Stop twice": keys("FC", "FC", "90 3C 50"),
    "Start with data behind it": keys("FA 00", "FC 7F", "F8 F8", "F2", "F2 00", "90 3C 50"),
    "positions as fast as they come": keys(*(f"F2 {n & 127:02X} {n >> 7:02X}" for n in range(0, 16384, 97))),
    "the last position there is": keys("F2 7F 7F", "FB", "90 3C 50"),
}  # fmt: skip


def lifted(script: list[Heard]) -> list[Heard]:
    """What hands and feet send that let go of all that they had struck, trodden, bent and pressed."""
    found: list[Heard] = []
    for port, text in script:
        said = decode(bytes.fromhex(text))
        if said is None or not said.channel:
            continue
        status = said.channel - 1
        if (said.kind, said.number) == ("control", 121):  # pedals and bends of that channel have been let go
            found = [one for one in found if one[0] != port or one[1][1] != f"{status:X}" or one[1][0] in "89A"]
        if said.kind == "on":
            found.append((port, f"8{status:X} {said.number:02X} 00"))
        elif said.kind == "touch":
            found.append((port, f"A{status:X} {said.number:02X} 00"))
        elif said.kind == "bend":
            found.append((port, f"E{status:X} 00 40"))
        elif said.kind == "pressure":
            found.append((port, f"D{status:X} 00"))
        elif said.kind == "control" and (64 <= said.number < 70 or said.number == 1):
            found.append((port, f"B{status:X} {said.number:02X} 00"))
        elif said.kind == "control" and said.number in (2, 11):
            found.append((port, f"B{status:X} {said.number:02X} 7F"))
    return list(dict.fromkeys(found))


MOVES = ("FA", "FB", "F2", "F0 7F 7F 06", "F0 7F 7F F8")  #: what may begin the music, or move it


@pytest.mark.parametrize(
    "stands", every(2, [False, True]), ids=lambda stands: "the music stands" if stands else "the music plays"
)
@pytest.mark.parametrize("way", every(2, ("listen", "answer", "hold", "tap", "accompany")))
@pytest.mark.parametrize("case", CASES)
def test_whatever_comes_in_hands_that_are_lifted_leave_nothing(case: str, way: str, stands: bool) -> None:
    evening = Evening()
    evening.take(ThinkerState(True))
    evening.turn(("play.way", way))
    if stands:
        evening.take(Act("transport.stop"))
    evening.pass_time(0.2)
    for port, text in CASES[case]:
        evening.hear(port, tuple(bytes.fromhex(text)))
    evening.pass_time(0.2)
    for port, text in lifted(CASES[case]):
        evening.hear(port, tuple(bytes.fromhex(text)))
    if stands and way not in ("answer", "tap") and not any(text.startswith(MOVES) for _, text in CASES[case]):
        evening.pass_time(0.2)
        quiet(evening, "by the hands themselves")
    evening.turn(("clock.source", "internal"), ("play.way", "listen"))
    evening.take(Act("transport.stop"))
    evening.pass_time(0.2)
    quiet(evening, "when the music is stopped")
    evening.take(Act("transport.rewind"), Act("transport.play"))
    for shape in range(1, 4):
        evening.answer(shape)
    evening.pass_time(0.5)
    assert any(wire.down for wire in evening.wires.values()), "and the music plays"
    evening.settle()
    evening.end()


def quiet(evening: Evening, when: str) -> None:
    left = [(wire.down, wire.held, wire.moved) for wire in evening.wires.values()]
    assert all(wire.quiet for wire in evening.wires.values()), (when, left)
