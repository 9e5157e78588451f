"""Clock out: whoever follows is where we are, at every moment, through tempo changes, stops, loops and panics."""

from __future__ import annotations

import pytest

from instrument.playing.messages import Act, Change
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.ports.midi.output import encode
from tests.fakes.sequencer import CONTINUE, START, STOP, Stand, Tape, bar

TICK = 60 / 120 / 24
KINDS = ("clock", "start", "stop", "continue", "position")


def master(**controls) -> Stand:
    return Stand(clock__send="while playing", clock__source="internal", clock__bpm=120.0, **controls)


def sent(stand: Stand, since: float = 0.0) -> list[Message]:
    return [m for m in stand.messages if m.kind in KINDS and m.due >= since]


def follower_of(stand: Stand) -> Stand:
    """Another of us, at the far end of the cable."""
    other = Stand()
    tape = Tape(at=0.0)
    tape.sent = [(m.due, bytes(encode(m))) for m in sorted(sent(stand), key=lambda m: m.due)]
    tape.at = stand.now
    return other.listen(tape)


def test_start_then_a_clock_for_every_tick_of_the_line() -> None:
    stand = master().enter(Act("transport.play")).wait(4.0)
    kinds = [m.kind for m in sent(stand)]
    assert kinds[0] == "start"
    assert set(kinds[1:]) == {"clock"}
    began = stand.notes()[0][0]
    clocks = [m.due for m in sent(stand) if m.kind == "clock"]
    assert clocks == pytest.approx([began + i * TICK for i in range(len(clocks))], abs=1e-6)
    assert len(clocks) == pytest.approx(4.0 / TICK, abs=3)


def test_through_changes_of_tempo_no_clock_is_lost_and_none_comes_twice() -> None:
    stand = master().enter(Act("transport.play"))
    for bpm in (90.0, 240.0, 61.0, 133.0):
        stand.wait(1.3).enter(Change(stand.player.snapshot.with_value("clock.bpm", bpm)))
    stand.wait(1.3)
    clocks = [m.due for m in sent(stand) if m.kind == "clock"]
    tick = stand.player.scheduler.tick(stand.now)
    assert len(clocks) == tick // 420 + 1
    assert clocks == sorted(clocks)


@pytest.mark.parametrize("moves", ["play", "stop and go", "tempo", "panic"])
def test_whoever_follows_is_where_we_are(moves: str) -> None:
    stand = master().enter(Act("transport.play")).wait(5.03)
    if moves == "stop and go":
        stand.enter(Act("transport.stop")).wait(1.07).enter(Act("transport.play")).wait(4.0)
    elif moves == "tempo":
        stand.enter(Change(stand.player.snapshot.with_value("clock.bpm", 151.0))).wait(4.0)
    elif moves == "panic":
        stand.enter(Act("panic")).wait(4.0)
    other = follower_of(stand)
    assert other.player.scheduler.playing
    assert other.bar == pytest.approx(stand.bar, abs=0.005)  # 10 ms


def test_stop_stops_whoever_follows_and_so_does_the_end() -> None:
    stand = master().enter(Act("transport.play")).wait(3.0).enter(Act("transport.stop")).wait(1.0)
    assert sent(stand)[-1].kind == "stop"
    assert not follower_of(stand).player.scheduler.playing
    stand.enter(Act("transport.play")).wait(1.0)
    stand.close()
    assert sent(stand)[-1].kind == "stop"


def test_always_tells_the_tempo_while_the_music_stands() -> None:
    stand = Stand(clock__send="always", clock__source="internal", clock__bpm=120.0).wait(2.0)
    assert {m.kind for m in sent(stand)} == {"clock"}
    assert len(sent(stand)) == pytest.approx(2.0 / TICK, abs=3)


def test_turned_on_while_it_plays_it_says_where_we_are() -> None:
    stand = Stand(clock__source="internal", clock__bpm=120.0).enter(Act("transport.play")).wait(3.1)
    assert not sent(stand)
    stand.enter(Change(stand.player.snapshot.with_value("clock.send", "while playing"))).wait(3.0)
    assert [m.kind for m in sent(stand) if m.kind != "clock"] == ["position", "continue"]
    assert follower_of(stand).bar == pytest.approx(stand.bar, abs=0.005)


def test_what_we_follow_goes_on_cleaned_of_its_jitter() -> None:
    tape = Tape(jitter=0.003).beats(4).send(START).beats(16).send(bar(3)).beats(8).send(STOP).wait(0.2)
    tape.send(CONTINUE).beats(8)
    stand = Stand(clock__send="while playing").listen(tape)
    assert follower_of(stand).bar == pytest.approx(stand.bar, abs=0.01)
    kinds = [m.kind for m in sent(stand) if m.kind != "clock"]
    assert kinds == ["start", "stop", "position", "continue", "stop", "position", "continue"]


def test_heard_is_only_what_came_in() -> None:
    """Our own clock is not followed: the master's transport is its own."""
    stand = master().enter(Act("transport.play")).wait(1.0)
    stand.enter(ReceivedMidi(stand.now, "band", STOP)).wait(0.1)
    assert stand.player.scheduler.playing
