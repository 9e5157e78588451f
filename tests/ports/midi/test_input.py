"""MIDI in, from the wire to the outputs: stamped, passed on where it should go, and every key let go once."""

from __future__ import annotations

from collections import Counter

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.devices.plugged import InputPort
from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Released
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player
from instrument.playing.schedule.ledger import Ledger
from instrument.playing.schedule.thru import Thru
from instrument.playing.time.clock import Bell, ManualClock, SystemClock, whole
from instrument.ports.midi.echo_guard import EchoGuard
from instrument.ports.midi.input import FULLEST, Inbox, MidiInput
from instrument.ports.midi.output import encode
from tests.fakes.band import BAR, ROUTES, bar_of
from tests.fakes.wire import Wire


def test_what_comes_straight_back_is_not_heard() -> None:
    guard = EchoGuard([InputPort("keys", "x", echo_ms=30.0), InputPort("all", "y", echo_ms=0.0)])
    assert guard.wanted and not EchoGuard([InputPort("all", "y", echo_ms=0.0)]).wanted

    def echo(at: float, *data: int, port: str = "keys") -> bool:
        return guard.echo(ReceivedMidi(at, port, bytes(data)))

    guard.sent([0x91, 60, 80], 1.0)
    assert not echo(1.01, 0x90, 60, 80) and not echo(1.01, 0x91, 61, 80) and not echo(1.01, 0x81, 60, 0)
    assert not echo(1.01, 0x91, 60, 80, port="all")
    assert echo(1.01, 0x91, 60, 75), "some devices change the velocity"
    assert not echo(1.02, 0x91, 60, 80), "one sending excuses one"
    guard.sent([0x91, 60, 80], 2.0)
    assert not echo(2.05, 0x91, 60, 80), "that is too late for an echo"
    guard.sent([0x81, 60, 0], 2.1)
    assert not echo(2.11, 0x81, 60, 0), "its stroke was heard, so its release is"
    guard.sent([0x91, 60, 80], 3.0)
    assert echo(3.0, 0x91, 60, 80)
    assert echo(9.0, 0x91, 60, 0), "the release of an echo, however late; a note-on without velocity is one"
    assert not echo(9.0, 0x81, 60, 0)
    guard.sent([0xB0, 7, 100], 4.0)
    assert not echo(4.0, 0xB0, 7, 99) and echo(4.0, 0xB0, 7, 100)
    guard.sent([0xF8], 5.0)
    assert echo(5.0, 0xF8) and not echo(5.0, 0xF8), "our own clock, once"


def test_what_arrives_is_stamped_with_our_clock_and_kept_in_order() -> None:
    clock, wire = ManualClock(10.0), Wire()
    inbox = Inbox(clock, Bell())
    port = MidiInput(wire, "keys", "Launchkey 20:0", inbox)
    wire.arrive(0x90, 60, 80)
    clock.advance(0.25)
    wire.arrive(0xF8)
    wire.arrive()
    assert inbox.take() == [ReceivedMidi(10.0, "keys", b"\x90\x3c\x50"), ReceivedMidi(10.25, "keys", b"\xf8")]
    assert inbox.take() == []
    port.close()
    port.close()
    assert wire.calls == ["cancel", "close", "delete"], "a callback in flight must not meet a closed port"


def test_a_flood_is_counted_and_bounded() -> None:
    inbox = Inbox(ManualClock(), Bell())
    for _ in range(FULLEST + 7):
        inbox.put("keys", b"\x90\x3c\x50")
    assert len(inbox.take()) == FULLEST
    assert inbox.dropped == 7


def test_a_bell_wakes_the_sleeper_and_is_not_lost() -> None:
    clock, bell = SystemClock(), Bell()
    bell.ring()
    bell.ring()
    clock.sleep_until(clock.now() + 3600, bell)  # returns at once, or this test never ends
    assert not bell.wait(0.001), "two rings before one sleep are one"


@given(st.floats(0, 1e7))
def test_whole_microseconds_are_never_early_and_stay_as_they_are(seconds: float) -> None:
    moment = whole(seconds)
    assert 0 <= moment - seconds < 2e-6
    assert moment == round(moment * 1e6) / 1e6 == float(f"{moment:.6f}")


CHANNEL = st.one_of(
    st.tuples(st.sampled_from((0x80, 0x90, 0xA0, 0xB0, 0xE0)), st.integers(0, 15), st.integers(0, 127),
              st.integers(0, 127)).map(lambda m: bytes((m[0] | m[1], m[2], m[3]))),
    st.tuples(st.sampled_from((0xC0, 0xD0)), st.integers(0, 15), st.integers(0, 127)).map(
        lambda m: bytes((m[0] | m[1], m[2]))),
)  # fmt: skip


@given(CHANNEL)
def test_what_is_no_note_goes_on_as_it_came(data: bytes) -> None:
    messages = Thru({"keys": ("a", "b")}, Ledger()).pass_on(ReceivedMidi(1.0, "keys", data))
    if data[0] & 0xE0 == 0x80:
        return
    assert [bytes(encode(m)) for m in messages] == [data, data]
    assert [m.port for m in messages] == ["a", "b"]


@given(st.binary(min_size=1, max_size=4))
def test_no_bytes_whatever_break_it(data: bytes) -> None:
    player = Player(ROUTES, Snapshot(), [], thru={"keys": ("out",)})
    for message in player.hear(ReceivedMidi(0.0, "keys", data)).messages:
        mido.Message.from_bytes(encode(message))


NOTES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(("on", "off")), st.sampled_from(("keys", "pads")), st.integers(60, 62)),
        st.tuples(st.sampled_from(("panic", "lost")), st.just("a"), st.just(0)),
    ),
    max_size=40,
)


@given(NOTES)
def test_every_key_is_let_go_once_whatever_comes_between(played: list[tuple[str, str, int]]) -> None:
    ledger = Ledger()
    thru = Thru({"keys": ("a", "b"), "pads": ("a",)}, ledger)
    down: Counter[tuple[str, int]] = Counter()

    def take(messages: list[Message]) -> None:
        for message in messages:
            down[message.port, message.number] += 1 if message.kind == "on" else -1
            assert down[message.port, message.number] in (0, 1)

    for at, (what, port, note) in enumerate(played):
        if what == "panic":
            take(ledger.release(at))
            thru.forget()
            assert not +down
        elif what == "lost":
            take(ledger.release(at, port))
            thru.forget(port)
        else:
            take(thru.pass_on(ReceivedMidi(float(at), port, bytes((0x90, note, 80 if what == "on" else 0)))))
    for port in ("keys", "pads"):
        for note in (60, 61, 62):
            take(thru.pass_on(ReceivedMidi(1e3, port, bytes((0x80, note, 0)))))
    assert not +down
    assert len(ledger) == 0


def test_a_release_after_panic_does_not_end_a_note_that_the_music_struck_meanwhile() -> None:
    player = Player(ROUTES, Snapshot(), [bar_of(60, 62)], bars=1, thru={"keys": ("out",)})
    player.hear(ReceivedMidi(0.0, "keys", b"\x90\x3c\x50"))
    assert [m.kind for m in player.panic(0.1)] == ["off"]
    player.play(0.2)
    assert [(m.kind, m.number) for m in player.advance(0.2).messages] == [("on", 60)]
    assert player.hear(ReceivedMidi(0.3, "keys", b"\x80\x3c\x00")).messages == []


def test_messages_of_one_key_never_overtake_each_other() -> None:
    """The music has struck a key 20 ms ahead; the performer strikes it now."""
    player = Player(ROUTES, Snapshot(), [bar_of(60, 62)], bars=1, thru={"keys": ("out",)})
    player.play(1.02)
    player.advance(1.02)
    assert [(m.due, m.kind) for m in player.hear(ReceivedMidi(1.0, "keys", b"\x90\x3c\x50")).messages] == [
        (1.02, "off"), (1.02, "on")
    ]  # fmt: skip
    assert [(m.due, m.kind) for m in player.hear(ReceivedMidi(1.001, "keys", b"\x90\x40\x50")).messages] == [
        (1.001, "on")
    ]


@pytest.mark.parametrize("number", [120, 123, 124, 125, 126, 127])
def test_all_notes_off_of_a_keyboard_ends_what_it_holds_on_that_channel(number: int) -> None:
    thru = {"keys": ("out",), "pads": ("out",)}
    player = Player(ROUTES, Snapshot(), [bar_of(60, 62), bar_of(64, 65, start=BAR)], thru=thru)
    player.play(0.0)
    player.advance(0.1)
    for port, data in (("keys", b"\x91\x30\x50"), ("keys", b"\x92\x31\x50"), ("pads", b"\x91\x32\x50")):
        player.hear(ReceivedMidi(0.1, port, data))
    assert player.hear(ReceivedMidi(0.2, "keys", bytes((0xB0, number, 0)))).messages == [], "the tune's note sounds on"
    offs = player.hear(ReceivedMidi(0.2, "keys", bytes((0xB1, number, 0)))).messages
    assert [(m.kind, m.channel, m.number) for m in offs] == [("off", 2, 48)]
    assert player.hear(ReceivedMidi(0.3, "keys", b"\x81\x30\x00")).messages == []
    assert [m.kind for m in player.hear(ReceivedMidi(0.3, "pads", b"\x81\x32\x00")).messages] == ["off"]


def test_all_sound_off_lifts_the_pedal_that_holds_what_was_let_go() -> None:
    player = Player(ROUTES, Snapshot(), [], thru={"keys": ("out",)})
    player.hear(ReceivedMidi(0.0, "keys", b"\xb0\x40\x7f"))
    assert player.hear(ReceivedMidi(0.1, "keys", b"\xb0\x7b\x00")).messages == []
    (up,) = player.hear(ReceivedMidi(0.2, "keys", b"\xb0\x78\x00")).messages
    assert (up.kind, up.channel, up.number, up.value) == ("control", 1, 64, 0)


def test_a_full_inbox_keeps_what_ends_things_and_the_newest_of_each_knob() -> None:
    inbox = Inbox(ManualClock(), Bell())
    for n in range(3 * FULLEST):
        inbox.put("keys", bytes((0x90, n % 128, 80)))
        inbox.put("keys", bytes((0xB0, 64, n % 2 * 127)))
    for note in range(128):
        inbox.put("keys", bytes((0x80, note, 0)))
    took = inbox.take()
    assert len(took) <= 2 * FULLEST
    heard = [one for one in took if isinstance(one, ReceivedMidi)]
    assert {one.data[1] for one in heard if one.data[0] == 0x80} == set(range(128)), "no release is lost"
    assert [one.data[2] for one in heard if one.data[0] == 0xB0] == [127], "a pedal is where it was last"
    assert inbox.dropped > FULLEST
    assert not inbox.take()


def test_an_input_that_floods_with_releases_is_let_go_of() -> None:
    inbox = Inbox(ManualClock(), Bell())
    for n in range(3 * FULLEST):
        inbox.put("keys", b"\x80\x3c\x00" if n % 2 else b"\xfa")
    took = inbox.take()
    assert len(took) == 2 * FULLEST + 1
    assert took[-1] == Released("keys")


def test_a_crowd_of_knob_messages_is_folded_and_a_few_are_not() -> None:
    inbox = Inbox(ManualClock(), Bell())
    for value in range(20):
        inbox.put("keys", bytes((0xB0, 20, value)))
    assert len(inbox.take()) == 20
    for value in range(100):
        inbox.put("keys", bytes((0xB0, 20, value)))
        inbox.put("keys", bytes((0x90, 60, value)))
    took = [one.data for one in inbox.take() if isinstance(one, ReceivedMidi)]
    assert [data for data in took if data[0] == 0xB0] == [bytes((0xB0, 20, 99))]
    assert len(took) == 101


def test_active_sensing_that_stops_lets_go_of_what_the_input_holds() -> None:
    clock, wire = ManualClock(5.0), Wire()
    inbox = Inbox(clock, Bell())
    port = MidiInput(wire, "keys", "Keys", inbox)
    wire.arrive(0x90, 60, 80)
    clock.advance(10.0)
    assert not port.silent(clock.now()), "most instruments send none"
    wire.arrive(0xFE)
    for _ in range(10):
        clock.advance(0.3)
        assert not port.silent(clock.now())
        wire.arrive(0xFE)
    clock.advance(0.3)
    wire.arrive(0xB0, 1, 5)
    clock.advance(0.4)
    assert not port.silent(clock.now()), "any message says that it is there"
    clock.advance(0.2)
    assert port.silent(clock.now())
    assert not port.silent(clock.now()), "once"
    assert [one for one in inbox.take() if isinstance(one, ReceivedMidi) and one.data[0] == 0xFE] == []
