"""Notes over OSC, in virtual time: what is played, what is refused, who hears what sounds and when."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from pythonosc.osc_message_builder import build_msg

from instrument.controls.devices.plugged import OscTarget
from instrument.controls.readings import READINGS
from instrument.controls.snapshot import Snapshot
from instrument.files.rig_file import load
from instrument.music.events import Note, Place, Span
from instrument.playing.messages import Sounding
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.route import Route
from instrument.playing.time.clock import ManualClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.osc.note_service import pitch_of, velocity_of
from instrument.ports.osc.packet import OscCall, read_packet
from instrument.ports.osc_out.note_output import OscEnd, OscNotes
from instrument.ports.osc_out.note_packets import ADDRESSES, tag_of, wall_of
from tests.fakes.osc_client import bundle
from tests.fakes.osc_show import SENDER, WALL, Show

HERE = f"osc {SENDER[0]}"


@pytest.fixture
def played(show: Show) -> list[tuple[Any, ...]]:
    """What went to the player."""
    found: list[tuple[Any, ...]] = []
    show.server.notes.play = found.append
    show.remote.snapshot = Snapshot().with_value("voice.drone.on", True)
    show.remote.readings = {name: reading.start for name, reading in READINGS.items()}
    return found


def send(show: Show, address: str, *arguments: Any, tag: bytes | None = None) -> None:
    data = build_msg(address, list(arguments)).dgram
    show.take(data if tag is None else bundle(data, tag=tag))


def said(show: Show) -> list[tuple[str, tuple[Any, ...]]]:
    """What was sent, bundles laid flat."""
    calls = [call for data in show.sent for call in read_packet(data)]
    return [(call.address, call.arguments) for call in calls if isinstance(call, OscCall)]


@pytest.mark.parametrize(
    ("address", "arguments", "record"),
    [
        ("/lilt/note", (60,), ("midi", HERE, 100.0, bytes((0x90, 60, 80)), 0.5)),
        ("/lilt/note", ("f#5", 0.5, 2.0), ("midi", HERE, 100.0, bytes((0x90, 78, 64)), 2.0)),
        ("/lilt/note", (60.0, 127), ("midi", HERE, 100.0, bytes((0x90, 60, 127)), 0.5)),
        ("/lilt/note", ("C4", 1.0, 0.25, "melody"), ("voice", HERE, 100.0, "melody", 60, 127, 0.25)),
        ("/lilt/note/on", ("Eb3", 90), ("midi", HERE, 100.0, bytes((0x90, 51, 90)), 0.0)),
        ("/lilt/note/on", (40, "drone"), ("voice", HERE, 100.0, "drone", 40, 80, 0.0)),
        ("/lilt/note/on", (40, 0), ("midi", HERE, 100.0, bytes((0x80, 40, 0)), 0.0)),
        ("/lilt/note/off", ("bb4",), ("midi", HERE, 100.0, bytes((0x80, 70, 0)), 0.0)),
        ("/lilt/note/off", (40, "drone"), ("voice", HERE, 100.0, "drone", 40, 0, 0.0)),
        ("/lilt/note/off", (), ("gone", HERE)),
    ],
)
def test_a_note_is_played(
    show: Show, played: list[Any], address: str, arguments: tuple[Any, ...], record: tuple[Any, ...]
) -> None:
    send(show, address, *arguments)
    assert played == [record]
    assert not said(show)


@pytest.mark.parametrize(
    ("address", "arguments", "line"),
    [
        ("/lilt/note", (), "takes a note's name or number"),
        ("/lilt/note", ("H4",), '"H4" is no note'),
        ("/lilt/note", (128,), "outside the notes"),
        ("/lilt/note", (-1,), "outside the notes"),
        ("/lilt/note", (1e30,), "outside the notes"),
        ("/lilt/note", (float("nan"),), "outside the notes"),
        ("/lilt/note", (60, 300), "a velocity is"),
        ("/lilt/note", (60, -0.1), "a velocity is"),
        ("/lilt/note", (60, 0.5, 0), "a note lasts above 0"),
        ("/lilt/note", (60, 0.5, 1e9), "a note lasts above 0"),
        ("/lilt/note", (60, 0.5, 1.0, "tuba"), 'no voice "tuba"'),
        ("/lilt/note", (60, 0.5, 1.0, "alto"), 'no voice "alto" now'),
        ("/lilt/note/on", (60, 0.5, 1.0), "takes a note's name or number"),
        ("/lilt/note/off", (60, "drone", "alto"), "takes"),
    ],
)
def test_what_is_no_note_is_said_and_nothing_is_played(
    show: Show, played: list[Any], address: str, arguments: tuple[Any, ...], line: str
) -> None:
    send(show, address, *arguments)
    assert played == []
    ((error, (about, why)),) = said(show)
    assert (error, about) == ("/lilt/error", address)
    assert line in str(why) and "\n" not in str(why)


@pytest.mark.parametrize(("ahead", "at"), [(0.25, 100.25), (9.0, 109.0), (-0.2, 99.8), (60.0, 100.0)])
def test_a_bundles_time_is_the_notes(show: Show, played: list[Any], ahead: float, at: float) -> None:
    send(show, "/lilt/note", 60, tag=tag_of(WALL + ahead))
    assert played[0][2] == pytest.approx(at, abs=1e-6), "handed over at once: the player waits for its moment"


def test_time_tags_can_be_passed_over(show: Show, played: list[Any]) -> None:
    send(show, "/lilt/time_tags", 0)
    send(show, "/lilt/note", 60, tag=tag_of(WALL + 1))
    assert played[0][2] == 100.0


def test_names_and_velocities() -> None:
    names = ["C4", "c4", "C", "Cb4", "B#3", "fs4", "ef4"[:1] + "b4", "A0", "G9", ":e4", "C-1", "bb3", "b3"]
    assert [pitch_of(name) for name in names] == [60, 60, 60, 59, 60, 66, 63, 21, 127, 64, 0, 58, 59]
    assert [velocity_of(one) for one in (0, 1, 127, 0.0, 0.001, 1.0, 64.0)] == [0, 1, 127, 0, 1, 127, 64]


def test_a_flood_is_bounded_and_ends_are_heard(show: Show, played: list[Any]) -> None:
    for n in range(5000):
        send(show, "/lilt/note/on", n % 128)
    assert 900 <= len(played) <= 1100
    send(show, "/lilt/note/off", 5)
    assert played[-1][3] == bytes((0x80, 5, 0))


# out


def test_a_subscriber_hears_each_note_with_the_moment_of_its_sound(show: Show, played: list[Any]) -> None:
    refreshed: list[bool] = []
    show.server.notes.refresh = lambda: refreshed.append(show.server.notes.subscribed)
    send(show, "/lilt/subscribe", "/lilt/note/melody/*")
    assert said(show) == [("/lilt/subscribed", (4,))] and refreshed == [True]
    show.sent.clear()
    notes = ((100.02, "melody", 62, 90), (100.02, "drone", 50, 60), (100.27, "melody", 62, 0))
    show.server.notes.publish(Sounding(1, notes))
    calls = [call for data in show.sent for call in read_packet(data)]
    assert [(c.address, c.arguments) for c in calls] == [  # type: ignore[union-attr]
        ("/lilt/note/melody/on", (62, 90)), ("/lilt/note/melody/off", (62,)),
    ]  # fmt: skip
    assert [wall_of(c.tag) - WALL for c in calls] == pytest.approx([0.02, 0.27], abs=1e-6)  # type: ignore[union-attr]


def test_what_was_lost_on_the_way_ends_everything_there(show: Show, played: list[Any]) -> None:
    send(show, "/lilt/subscribe", "/lilt/note/*/*")
    show.server.notes.publish(Sounding(1, ((100.0, "melody", 62, 90),)))
    show.sent.clear()
    show.server.notes.publish(Sounding(3, ((100.0, "melody", 64, 90),)))
    assert [address for address, _ in said(show)] == ["/lilt/note/off", "/lilt/note/melody/on"]


def test_a_subscription_to_notes_leaves_the_other_alone_and_ends_with_its_lease(show: Show, played: list[Any]) -> None:
    send(show, "/lilt/subscribe", "/lilt/clock/bpm")
    send(show, "/lilt/subscribe", "/lilt/note/melody/on")
    show.remote.on_changes([("clock.bpm", 99.0)])
    show.sent.clear()
    show.after(0.5)
    assert ("/lilt/clock/bpm", (99.0,)) in said(show)
    assert show.server.notes.subscribed
    show.clock.advance(61.0)
    assert not show.server.notes.subscribed
    send(show, "/lilt/subscribe", "/lilt/note/melody/on")
    send(show, "/lilt/unsubscribe")
    assert not show.server.notes.subscribed


class Ear:
    """An OSC target in virtual time."""

    def __init__(self, format: str = "lilt", **more: Any) -> None:
        self.clock, self.sent = ManualClock(100.0), list[bytes]()
        self.end = OscEnd("127.0.0.1", 9, {1: "melody"})
        self.end.play = self.sent.append  # type: ignore[method-assign]
        target = OscTarget("ear", "127.0.0.1", 9, format, **more)
        self.output = OscNotes(target, self.end, self.clock, Lateness(), lambda: WALL + self.clock.now() - 100.0)
        self.output.routes = {"melody": Route(("ear",), 1), "drone": Route(("ear",), 2)}

    def take(self, kind: str, due: float, channel: int, note: int, value: int = 0) -> None:
        self.output.take(Message(due, kind, channel, note, value, "ear"), self.clock.now())

    def heard(self) -> list[tuple[str, tuple[Any, ...], float]]:
        calls = [call for data in self.sent for call in read_packet(data) if isinstance(call, OscCall)]
        return [(c.address, c.arguments, wall_of(c.tag) - WALL if c.tag > 1 else 0.0) for c in calls]


def test_a_target_is_sent_a_note_ahead_with_its_time() -> None:
    ear = Ear(offset_ms=5.0)
    ear.take("on", 100.02, 1, 62, 90)
    ear.take("off", 100.3, 1, 62)
    ear.take("on", 100.02, 2, 38, 60)
    ear.take("control", 100.0, 1, 7, 90)
    assert ear.heard() == [
        ("/lilt/note/melody/on", (62, 90), pytest.approx(0.025, abs=1e-6)),
        ("/lilt/note/melody/off", (62,), pytest.approx(0.305, abs=1e-6)),
        ("/lilt/note/drone/on", (38, 60), pytest.approx(0.025, abs=1e-6)),
    ]


def test_a_panic_ends_what_sounds_at_a_target_and_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Ear()
    monkeypatch.setattr("instrument.ports.osc_out.note_output.wall", lambda: WALL)
    ear.take("on", 99.9, 1, 62, 90)
    ear.take("on", 100.02, 1, 64, 90)
    ear.sent.clear()
    ear.output.silence([], False)
    (first, _, at), (second, _, later), (last, nothing, _) = ear.heard()
    assert (first, second, last, nothing) == ("/lilt/note/melody/off",) * 2 + ("/lilt/note/off", ())
    assert at == 0.0 and later == pytest.approx(0.02, abs=1e-6), "one that is under way ends when it begins"
    assert ear.output.sounding == ([], [])


def test_superdirt_is_told_how_long_each_note_is() -> None:
    ear = Ear("dirt", sound="gtr")
    span = Span(
        0, 40320, (Note(0, 5040, 62, 80, "melody"),), 1, 0, 0, ("M:4/4", "K:Cmaj"), Place(), 0, "4/4", "C major"
    )
    ear.output.seconds = lambda tick: 100.02 + tick / 20160
    ear.output.announced(span)
    ear.take("on", 100.02, 1, 62, 100)
    ear.take("off", 100.27, 1, 62)
    ear.output.silence([], True)
    ((address, arguments, at),) = ear.heard()
    said = dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert address == "/dirt/play" and at == pytest.approx(0.02, abs=1e-6)
    assert (said["s"], said["note"], said["gain"]) == ("gtr", 2.0, 1.0)
    assert said["sustain"] == pytest.approx(0.25, abs=1e-6)


def test_addresses_of_notes_are_no_controls() -> None:
    assert len(ADDRESSES) == len(set(ADDRESSES)) and all(address.startswith("/lilt/note/") for address in ADDRESSES)


def test_a_time_tag_is_what_ntp_says() -> None:
    assert struct.unpack(">II", tag_of(0.5)) == (2_208_988_800, 1 << 31)
    assert wall_of(struct.unpack(">Q", tag_of(1_800_000_000.25))[0]) == 1_800_000_000.25


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[osc.x]\n", "port is missing"),
        ("[osc.x]\nport = 70000\n", "osc.x.port"),
        ('[osc.x]\nport = 57120\nformat = "midi"\n', "osc.x.format"),
        ('[osc.x]\nport = 57120\nvoices = ["tuba"]\n', "tuba"),
        ("[osc.x]\nprt = 57120\n", "did you mean"),
        ("[osc.sound]\nport = 57120\n", "choose another name"),
        ('[outputs.x]\nport = "A"\n[osc.x]\nport = 57120\n', "choose another name"),
        ("[osc.x]\nport = 57120\nhost = 3\n", "texts in quotes"),
    ],
)
def test_a_target_is_read_strictly(tmp_path: Any, text: str, line: str) -> None:
    (tmp_path / "rig.toml").write_text(text)
    with pytest.raises(ValueError, match=line):
        load(tmp_path / "rig.toml")


def test_the_rig_file_of_the_documents_is_read() -> None:
    from tests.fakes.paths import ROOT

    (target,) = load(ROOT / "docs" / "osc" / "superdirt.toml").osc
    assert (target.name, target.port, target.format, target.voices) == ("dirt", 57120, "dirt", ("melody",))
