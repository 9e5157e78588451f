"""The beginning in virtual time: count-in, pick-up, click, opening chord, and armed for whoever leads."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.files.patch import PatchError, load
from instrument.files.rig_file import OutputPort, Plugged
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.lead_in import LeadIn
from instrument.music.meter import Meter
from instrument.music.ticks import QUARTER
from instrument.playing.beginning.metronome import CHANNEL, HIGH, LOW
from instrument.playing.beginning.opening_chord import opening_chord
from instrument.playing.messages import Act, Change, PlayerSetup, ThinkerState
from instrument.playing.midi.output_message import Message
from instrument.playing.performance import Performance
from instrument.playing.time.jack_state import JackState
from instrument.ports.midi.output import encode
from instrument.ports.osc.packet import Fault
from instrument.ports.osc.packet import OscCall as Packet
from instrument.ports.osc.request import Set, understand
from tests.fakes.balance import balance
from tests.fakes.band import BAR, bar_of
from tests.fakes.counted import BEAT, Counted, at, bars, planned
from tests.fakes.link_session import Session
from tests.fakes.sequencer import CONTINUE, LEAD, START, STOP, Stand, Tape, bar


def own(pickup: int = 1, **controls: Value) -> Counted:
    return Counted(pickup, clock__source="internal", clock__bpm=120.0, **controls)


def led(pickup: int = 1, **controls: Value) -> Counted:
    return Counted(pickup, **controls)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("pickup", [0, 1, 3])
def test_so_many_bars_are_counted_and_the_pick_up_falls_in_the_last(count: int, pickup: int) -> None:
    stand = own(pickup, transport__count_in=count).wait(1.0).enter(Act("transport.play"))
    began = stand.now + LEAD
    stand.wait((count + 2) * 2.0)
    assert [key for _, key in stand.clicks] == bars(count)
    assert [when for when, _ in stand.clicks] == at(began, range(4 * count))
    tune = stand.tune[1:] if pickup else stand.tune
    assert [number for _, number in tune[:6]] == [1, 1, 1, 1, 2, 2]
    assert [when for when, _ in tune[:6]] == at(began, range(4 * count, 4 * count + 6))
    if pickup:
        assert stand.tune[0] == (pytest.approx(began + (4 * count - pickup) * BEAT, abs=0.002), 60)
    assert not balance(stand.messages[: stand.messages.index(next(m for m in stand.messages if m.number == 31))])


def test_without_a_count_in_nothing_is_otherwise_than_it_was() -> None:
    stand = own().enter(Act("transport.play")).wait(3.0)
    assert not stand.clicks
    assert stand.tune[0] == (pytest.approx(LEAD), 60)


def test_the_click_goes_on_where_it_is_asked_for_and_follows_the_pick_up() -> None:
    stand = own(1, click__on=True, transport__count_in=1).enter(Act("transport.play")).wait(8.0)
    assert [key for _, key in stand.clicks][:12] == bars(3)
    assert [when for when, _ in stand.clicks][:12] == at(LEAD, range(12))
    plain = own(1, click__on=True).enter(Act("transport.play")).wait(4.0)
    assert [key for _, key in plain.clicks][:6] == [LOW, *bars(1), HIGH], "a pick-up is the last beat of its bar"
    assert [when for when, _ in plain.clicks][:6] == at(LEAD, range(6))


def test_the_click_is_turned_on_and_off_while_it_plays_and_is_as_loud_as_asked() -> None:
    stand = own(0).enter(Act("transport.play")).wait(1.1)
    assert not stand.clicks
    turned = stand.player.snapshot.with_values([("click.on", True), ("click.level", 0.5), ("click.accent", 1.0)])
    stand.enter(Change(turned)).wait(2.0)
    assert [when for when, _ in stand.clicks] == at(LEAD, [3, 4, 5, 6])
    loud = [m.value for m in stand.messages if m.kind == "on" and m.channel == CHANNEL]
    assert loud == [29, 64, 29, 29]
    stand.enter(Change(turned.with_value("click.accent", 0.0))).wait(2.0)
    assert {(m.number, m.value) for m in stand.messages[-40:] if m.kind == "on" and m.channel == CHANNEL} >= {(LOW, 64)}
    stand.enter(Change(turned.with_value("click.level", 0.0)))
    since = stand.now + 0.1
    assert not [when for when, _ in stand.wait(3.0).clicks if when > since], "level 0 is silence"
    stand.enter(Act("transport.stop")).wait(0.1)
    assert not balance(stand.messages)


def test_in_jig_time_two_beats_are_counted_to_a_bar() -> None:
    stand = own(0, transport__count_in=2, tune__meter="6/8")
    jig = replace(bar_of(31, 31), end=6 * QUARTER // 2, meter="6/8")
    performance = Performance(PlayerSetup(stand.player.snapshot, (jig,), {"melody": (1, 0)}, {}), ["out"], LEAD)
    stand.performance, stand.player = performance, performance.player
    stand.enter(Act("transport.play")).wait(3.5)
    assert stand.clicks == [(pytest.approx(LEAD + n * 0.75, abs=1e-3), (HIGH, LOW)[n % 2]) for n in range(4)]
    assert stand.tune[0][0] == pytest.approx(LEAD + 3.0, abs=0.001)


def test_stopped_while_it_is_counted_in_it_is_silent_and_counts_again_from_the_top() -> None:
    stand = own(1, transport__count_in=2).enter(Act("transport.play")).wait(2.3).enter(Act("transport.stop")).wait(3.0)
    assert not stand.tune and not balance(stand.messages) and len(stand.clicks) == 5
    since = stand.now
    stand.enter(Act("transport.play")).wait(5.0)
    assert [when for when, _ in stand.clicks if when > since] == at(since + LEAD, range(8))
    assert stand.tune[0][0] == pytest.approx(since + LEAD + 7 * BEAT, abs=0.002)


def test_it_goes_on_from_the_top_of_the_bar_that_it_stopped_in() -> None:
    stand = own(1, transport__count_in=1).enter(Act("transport.play")).wait(2 + 2 * 2 + 1.3)
    stand.enter(Act("transport.stop")).wait(1.0)
    since = stand.now
    stand.enter(Act("transport.play")).wait(4.0)
    tune = [(when, number) for when, number in stand.tune if when > since]
    assert tune[0] == (pytest.approx(since + LEAD + 4 * BEAT, abs=0.002), 3)
    assert [number for _, number in tune[:4]] == [3] * 4


def test_panic_ends_the_click_and_the_count_goes_on() -> None:
    stand = own(0, transport__count_in=1).enter(Act("transport.play")).wait(0.6).enter(Act("panic")).wait(0.1)
    assert not balance(stand.messages)
    assert len(stand.wait(3.0).clicks) == 4


def test_another_tempo_while_it_is_counted_moves_no_beat_of_it() -> None:
    stand = own(1, transport__count_in=2).enter(Act("transport.play")).wait(1.9)
    stand.enter(Change(stand.player.snapshot.with_value("clock.bpm", 60.0))).wait(8.0)
    clicks = [when for when, _ in stand.clicks]
    assert len(clicks) == 8
    assert [b - a for a, b in itertools.pairwise(clicks[4:])] == pytest.approx([1.0] * 3, abs=0.002)
    assert stand.tune[1][0] == pytest.approx(clicks[-1] + 1.0, abs=0.002)


def test_readings_say_how_many_beats_are_left() -> None:
    stand = own(1, transport__count_in=2)
    reading = lambda: [stand.player.led.place(stand.now)[f"transport.{name}"] for name in ("state", "left")]  # noqa: E731
    assert reading() == ["stopped", 0]
    stand.enter(Act("transport.play")).wait(0.1)
    assert reading() == ["counting in", 8]
    assert reading() == ["counting in", 8] and stand.player.led.place(stand.now)["tune.bar"] == 0
    stand.wait(3.0)
    assert reading() == ["counting in", 2]
    stand.wait(2.0)
    assert reading() == ["playing", 0]
    place = stand.player.led.place(stand.now)
    assert (place["song.bar"], place["song.beat"]) == (1, 3), "the song begins with its first bar line"


# what is known late


def test_the_count_begins_when_it_is_known_what_comes() -> None:
    stand = own(1, transport__count_in=1)
    opening = [*stand.player.buffer.ahead]
    stage = PlayerSetup(stand.player.snapshot, (), {"melody": (1, 0)}, {})
    stand.performance = Performance(stage, ["out"], LEAD)
    stand.player = stand.performance.player
    stand.enter(ThinkerState(True), Act("transport.play")).wait(3.0)
    assert not stand.clicks and stand.player.playing
    plan = stand.player.plan
    for span in opening[:4]:
        stand.enter(replace(span, plan=plan))
        stand.wait(0.2)
    began = stand.clicks[0][0]
    stand.wait(3.0)
    assert began == pytest.approx(3.2 + LEAD, abs=0.01), "with the second bar"
    assert stand.tune[0] == (pytest.approx(began + 3 * BEAT, abs=0.002), 60)
    assert stand.tune[1] == (pytest.approx(began + 4 * BEAT, abs=0.002), 1)


def test_a_pick_up_that_is_known_only_while_a_clock_counts_falls_before_its_bar_line_all_the_same() -> None:
    stand = led(1, transport__count_in=2)
    opening = [*stand.player.buffer.ahead]
    stand.performance = Performance(PlayerSetup(stand.player.snapshot, (), {"melody": (1, 0)}, {}), ["out"], LEAD)
    stand.player = stand.performance.player
    stand.enter(ThinkerState(True))
    tape = Tape().beats(4).send(START)
    began = tape.at
    stand.listen(tape.beats(3))
    for span in opening[:8]:
        stand.enter(replace(span, plan=stand.player.plan))
    stand.listen(tape.beats(9))
    assert [key for _, key in stand.clicks] == bars(2)
    assert [when for when, _ in stand.clicks] == at(began, range(8))
    assert stand.tune[0] == (pytest.approx(began + 7 * BEAT, abs=0.003), 60)
    assert [when for when, _ in stand.tune[1:4]] == at(began, [8, 9, 10], 0.003)
    assert stand.player.led.place(stand.now)["song.bar"] == 4


# with a clock that leads


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("pickup", [0, 1])
def test_a_midi_clock_is_counted_in_by_its_own_bars(count: int, pickup: int) -> None:
    tape = Tape(jitter=0.001).beats(8).send(START)
    began = tape.at
    stand = led(pickup, transport__count_in=count).listen(tape.beats(4 * count + 6))
    assert [key for _, key in stand.clicks] == bars(count)
    assert [when for when, _ in stand.clicks] == at(began, range(4 * count), 0.004)
    tune = stand.tune[bool(pickup) :]
    assert tune[0] == (pytest.approx(began + 4 * count * BEAT, abs=0.004), 1)
    assert (stand.tune[0][1] == 60) == bool(pickup)
    assert stand.player.led.place(stand.now)["song.bar"] == count + 2, "the leader's bar, which is the song's"
    stand.listen(tape.send(STOP), 0.5)
    assert not balance(stand.messages)


def test_a_position_is_the_leaders_the_count_included() -> None:
    tape = Tape().beats(4).send(START).beats(12).send(STOP).wait(0.5).send(bar(7), CONTINUE)
    moved = tape.at
    stand = led(1, transport__count_in=2).listen(tape.beats(4))
    assert next(one for one in stand.tune if one[0] >= moved) == (pytest.approx(moved, abs=0.003), 5)
    tape.send(bar(2))
    back = tape.at
    stand.listen(tape.beats(6))
    assert [when for when, _ in stand.clicks if when >= back] == at(back, range(4), 0.003), "its second bar is counted"
    assert next(one for one in stand.tune if one[0] > back + LEAD) == (pytest.approx(back + 3 * BEAT, abs=0.003), 60)


def test_a_start_that_comes_again_counts_again() -> None:
    tape = Tape().beats(4).send(START).beats(12).send(STOP).wait(0.5).send(START)
    again = tape.at
    stand = led(1, transport__count_in=1).listen(tape.beats(6))
    assert [when for when, _ in stand.clicks if when >= again] == at(again, range(4), 0.004)
    assert [one for one in stand.tune if one[0] >= again][1] == (pytest.approx(again + 4 * BEAT, abs=0.004), 1)


def test_jacks_transport_is_counted_in_by_its_bars() -> None:
    stand = Counted(1, clock__source="jack", clock__bpm=120.0, transport__count_in=2).wait(1.0)
    stand.enter(JackState(stand.now, 0.0, 120.0, False)).wait(0.5)
    began = stand.now
    stand.wait(0.004).enter(JackState(stand.now, 0.008, 120.0, True)).wait(6.0)
    assert [when for when, _ in stand.clicks] == at(began, range(8), 0.005)
    assert stand.tune[1] == (pytest.approx(began + 8 * BEAT, abs=0.002), 1)
    assert stand.bar - 1 - QUARTER / BAR == pytest.approx((stand.now - began) / 2 - 2, abs=0.01)


def test_a_link_session_is_counted_in_by_its_bars() -> None:
    session, stand = Session(), Counted(1, clock__source="link", clock__bpm=90.0, transport__count_in=1)
    stand.wait(0.9).enter(session.at(stand.now)).enter(Act("transport.play")).wait(6.0)
    began = session.seconds(0)
    assert [when for when, _ in stand.clicks] == at(began, range(4))
    assert stand.tune[0] == (pytest.approx(began + 3 * BEAT, abs=1e-3), 60)
    assert stand.tune[1] == (pytest.approx(began + 4 * BEAT, abs=1e-3), 1)


# our clock that goes out


@pytest.mark.parametrize("send", ["while playing", "always"])
def test_start_goes_out_where_bar_one_begins(send: str) -> None:
    stand = own(1, transport__count_in=2, clock__send=send).wait(1.0).enter(Act("transport.play"))
    began = stand.now + LEAD
    stand.wait(8.0)
    start = next(m.due for m in stand.messages if m.kind == "start")
    clocks = [m.due for m in stand.messages if m.kind == "clock"]
    assert start == pytest.approx(began + 8 * BEAT, abs=0.004)
    after = [due for due in clocks if due > start]
    assert after[0] == pytest.approx(began + 8 * BEAT, abs=1e-4) and after[1] - after[0] == pytest.approx(BEAT / 24)
    counted = [due for due in clocks if began + 0.05 < due < start]
    assert (len(counted) > 180) == (send == "always")
    assert not [m for m in stand.messages if m.kind in ("position", "continue")]
    follower = Stand()
    tape = Tape(at=0.0)
    whole = sorted((m for m in stand.messages if m.kind in ("clock", "start")), key=lambda m: m.due)
    tape.sent, tape.at = [(m.due, bytes(encode(m))) for m in whole], stand.now
    follower.listen(tape)
    assert follower.bar == pytest.approx(stand.bar - QUARTER / BAR, abs=0.005)


def test_stopped_before_bar_one_no_start_has_gone_out() -> None:
    stand = own(1, transport__count_in=2, clock__send="while playing").enter(Act("transport.play")).wait(2.0)
    stand.enter(Act("transport.stop")).wait(3.0)
    assert not [m for m in stand.messages if m.kind in ("start", "stop", "clock")]


def test_a_clock_that_we_follow_and_pass_on_starts_with_its_own_start() -> None:
    tape = Tape().beats(4).send(START)
    began = tape.at
    stand = led(1, transport__count_in=2, clock__send="while playing").listen(tape.beats(16))
    whole = [m for m in stand.messages if m.kind in ("start", "position", "continue", "stop")]
    assert [(m.kind, pytest.approx(m.due, abs=0.005)) for m in whole] == [("start", began)]
    assert len([m for m in stand.messages if m.kind == "clock"]) == pytest.approx(16 * 24, abs=3)


# armed


@pytest.mark.parametrize("pressed", [4.0, 5.3, 7.9])
@pytest.mark.parametrize("count", [0, 1])
def test_armed_it_begins_on_the_next_bar_of_a_clock_that_runs(pressed: float, count: int) -> None:
    tape = Tape().send(START).beats(pressed)
    stand = led(1, transport__count_in=0).listen(tape)
    stand.enter(Change(stand.player.snapshot.with_value("transport.count_in", count)), Act("transport.arm"))
    since = stand.now
    stand.listen(tape.beats(14))
    tune = [one for one in stand.tune if one[0] > since]
    counts = [when for when, _ in stand.clicks]
    line = 10 + BEAT * (4 * -(-(pressed + (0 if count else 1) - 0.04) // 4) + 4 * count)
    assert tune[0] == (pytest.approx(line - BEAT, abs=0.003), 60)
    assert tune[1] == (pytest.approx(line, abs=0.003), 1)
    assert counts == at(line, range(-4 * count, 0), 0.003)
    assert stand.player.led.place(stand.now)["transport.state"] == "playing"
    song = stand.player.led.place(stand.now)["song.bar"]
    assert song == int((stand.now - 10) / 2) + 1, "the song's bars are the leader's still"
    stand.listen(tape.send(STOP), 0.5)
    assert not balance(stand.messages)


def test_armed_before_anybody_starts_it_waits_and_comes_in_wherever_they_do() -> None:
    stand = led(1).enter(Act("transport.arm")).wait(2.0)
    assert stand.player.led.place(stand.now)["transport.state"] == "armed" and not stand.player.playing
    tape = Tape(at=stand.now + 1.0).send(bar(17)).send(CONTINUE)
    began = tape.at
    stand.listen(tape.beats(12))
    assert stand.tune[0] == (pytest.approx(began + 3 * BEAT, abs=0.003), 60), "a pick-up is before the bar line"
    assert stand.tune[1] == (pytest.approx(began + 4 * BEAT, abs=0.003), 1)


def test_armed_in_a_link_session_it_begins_on_its_next_bar_line() -> None:
    session, stand = Session(), Counted(1, clock__source="link", clock__bpm=90.0)
    stand.wait(0.9).enter(session.at(stand.now)).enter(Act("transport.arm")).wait(6.0)
    assert stand.tune[0] == (pytest.approx(session.seconds(3), abs=1e-3), 60), "no time is left before beat 0"
    assert stand.tune[1] == (pytest.approx(session.seconds(4), abs=1e-3), 1)


def test_armed_with_jacks_transport_rolling_it_begins_on_its_next_bar() -> None:
    stand = Counted(0, clock__source="jack", clock__bpm=120.0).wait(1.0)
    stand.enter(JackState(stand.now, 0.0, 120.0, True)).wait(3.1)
    stand.enter(Act("transport.arm"))
    since = stand.now
    stand.wait(4.0)
    assert next(one for one in stand.tune if one[0] > since + 0.05) == (pytest.approx(5.0, abs=0.003), 1)


@pytest.mark.parametrize("over", ["transport.stop", "transport.play", "transport.rewind"])
def test_armed_it_is_taken_back_by_whatever_else_is_asked(over: str) -> None:
    stand = own(0).enter(Act("transport.arm")).wait(0.5).enter(Act(over)).wait(0.2)
    state = "playing" if over == "transport.play" else "stopped"
    assert stand.player.led.place(stand.now)["transport.state"] == state


# an opening chord


def chord(stand: Counted, beats: float) -> dict[tuple[float, float], set[int]]:
    """The notes that sound before bar 1, `beats` from the beginning, by when they begin and end, in beats too."""
    first = LEAD + beats * BEAT
    found: dict[tuple[float, float], set[int]] = {}
    for m in stand.messages:
        if m.kind == "on" and m.channel != CHANNEL and m.due < first - 0.01 and m.number != 90:
            off = next(o for o in stand.messages if o.kind == "off" and o.number == m.number and o.due > m.due)
            found.setdefault((round((m.due - LEAD) / BEAT, 3), round((off.due - LEAD) / BEAT, 3)), set()).add(m.number)
    return found


def test_a_chord_of_the_key_is_held_over_the_last_bar_and_ends_before_the_pick_up() -> None:
    stand = own(1, transport__count_in=2, transport__opening_chord="chord").enter(Act("transport.play")).wait(6.0)
    assert chord(stand, 8) == {(4.0, 6.75): {84, 88, 91}}, "C major, at the pick-up's height"
    assert [key for _, key in stand.clicks] == bars(2)


def test_a_chord_without_a_count_in_has_its_bar_and_no_click() -> None:
    stand = own(0, transport__opening_chord="chord").enter(Act("transport.play")).wait(4.0)
    assert list(chord(stand, 4)) == [(0.0, 3.75)] and not stand.clicks
    assert stand.tune[-1][1] >= 1


def test_four_potatoes_are_four_strokes_of_tonic_and_fifth() -> None:
    stand = own(0, transport__opening_chord="potatoes").enter(Act("transport.play")).wait(6.0)
    strokes = chord(stand, 8)
    assert [when for when, _ in strokes] == [n * 2 + beat for n in range(4) for beat in (0.0, 1.0, 1.5)]
    assert set(map(frozenset, strokes.values())) == {frozenset({36, 43})}
    begins = next(when for when, number in stand.tune if number == 1 and when > 3.9)
    assert begins == pytest.approx(LEAD + 4.0, abs=0.01)


@pytest.mark.parametrize(("key", "third"), [("E dorian", 3), ("G major", 4), ("A minor", 3), ("D mixolydian", 4)])
def test_the_voices_share_the_chord_of_the_key_and_the_melody_stays_where_it_plays(key: str, third: int) -> None:
    tonic = Key.parse(key).tonic
    spans = [replace(bar_of(78, 74, 86, 81), key=key)]
    lead = LeadIn(0, 0, 0, 1, 1, Meter(4, 4), Key.parse(key))
    notes = opening_chord("chord", lead, ("melody", "bass", "tenor", "alto"), spans)
    found = {note.voice: note.pitch for note in notes}
    assert len(notes) == 4 and found["melody"] % 12 == found["bass"] % 12 == tonic
    assert (found["tenor"] - tonic) % 12 == 7 and (found["alto"] - tonic) % 12 == third
    assert found["bass"] < found["tenor"] < found["alto"] < found["melody"]
    assert 74 <= found["melody"] <= 86, "a whistle has nothing below its lowest note"
    assert all(note.end < lead.line and note.start == -BAR for note in notes)


# where it is asked for, and where it goes


def test_a_patch_asks_for_it_and_what_cannot_be_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "ceili.toml"
    file.write_text('count_in = 2\nclick = true\n[controls]\ntransport.opening_chord = "chord"\nclick.level = 0.4\n')
    values = load(file).values
    asked = ("transport.count_in", "click.on", "transport.opening_chord", "click.level")
    assert [values[name] for name in asked] == [2, True, "chord", 0.4]
    for text, says in (
        ("count_in = 5", "ceili.toml: count_in = 5 is outside 0..4 (bars)"),
        ('[controls]\ntransport.opening_chord = "bow"', "none, chord, potatoes"),
        ("[controls]\nclick.lvel = 1", 'did you mean "click.level"'),
    ):
        file.write_text(text)
        with pytest.raises(PatchError) as refused:
            load(file)
        assert says in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "good", "clipped", "wrong"),
    [
        ("/lilt/transport/count_in", 2, 9, "two"), ("/lilt/click/level", 0.3, -1.0, "loud"),
        ("/lilt/click/accent", 1.0, 2.0, "much"), ("/lilt/transport/opening_chord", "potatoes", None, "bow"),
        ("/lilt/click/on", 1, None, "maybe"),
    ],
)  # fmt: skip
def test_over_osc_it_is_set_clipped_or_refused_in_one_line(address: str, good: Any, clipped: Any, wrong: Any) -> None:
    (right,) = understand(Packet(address, (good,)))
    assert isinstance(right, Set) and right.value == good and not right.said
    if clipped is not None:
        (moved,) = understand(Packet(address, (clipped,)))
        assert isinstance(moved, Set) and moved.said
    (fault,) = understand(Packet(address, (wrong,)))
    assert isinstance(fault, Fault) and len(fault.reason.splitlines()) == 1


def test_the_click_goes_where_the_rig_sends_it() -> None:
    midi = Plugged((OutputPort("band", "Band", voices=("melody",)), OutputPort("ears", "Ears", voices=("click",))))
    snapshot = Snapshot().with_values([("clock.source", "internal"), ("transport.count_in", 1)])
    stage = PlayerSetup(snapshot, (bar_of(60, 60, 60, 60),), {"melody": (1, 0)}, {}, midi=midi)
    performance = Performance(stage, ["band", "ears", "sound"], LEAD)
    out: list[object] = [*performance.turn(0.0, [Act("transport.play")]).out]
    for n in range(1, 60):
        out += performance.turn(n * 0.05, []).out
    struck = {(m.port, m.channel) for m in out if isinstance(m, Message) and m.kind == "on"}
    assert struck == {("band", 1), ("ears", CHANNEL), ("sound", 1), ("sound", CHANNEL)}
    assert not [m for m in out if isinstance(m, Message) and m.kind == "program" and m.channel == CHANNEL]


def test_a_bar_with_a_pick_up_behind_it_has_its_beats_once() -> None:
    """A part that ends three beats into a bar and the next one's pick-up are one bar to who counts."""
    first = replace(bar_of(31, 31, 31, start=0), end=3 * QUARTER, lacking=QUARTER)
    second = replace(bar_of(32, start=3 * QUARTER), end=BAR, bar=1)
    spans: tuple[Span, ...] = (first, second, replace(bar_of(33, 33, 33, 33, start=BAR), bar=2))
    stage = PlayerSetup(own(0, click__on=True).player.snapshot, spans, {"melody": (1, 0)}, {})
    stand = own(0)
    stand.performance = Performance(stage, ["out"], LEAD)
    stand.player = stand.performance.player
    stand.enter(Act("transport.play")).wait(3.9)
    assert [key for _, key in stand.clicks] == bars(2)


# a pick-up as it is planned: a bar of its own, silent before it


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("by", ["ourselves", "midi", "link"])
def test_the_bar_that_a_pick_up_is_planned_in_is_one_of_the_count(count: int, quarters: int, by: str) -> None:
    source = {"ourselves": "internal", "midi": "midi", "link": "link"}[by]
    stand = planned(quarters, clock__source=source, clock__bpm=120.0, transport__count_in=count)
    session = Session()
    if by == "midi":
        tape = Tape().beats(4).send(START)
        began = tape.at
        stand.listen(tape.beats(4 * count + 6))
    elif by == "link":
        began = session.seconds(0)
        stand.enter(session.at(stand.now)).enter(Act("transport.play")).wait(8.0)
    else:
        began = stand.now + LEAD
        stand.enter(Act("transport.play")).wait(8.0)
    assert [key for _, key in stand.clicks] == bars(count)
    assert [when for when, _ in stand.clicks] == at(began, range(4 * count), 0.003)
    assert stand.tune[0] == (pytest.approx(began + (4 * count - quarters) * BEAT, abs=0.003), 60)
    assert stand.tune[1] == (pytest.approx(began + 4 * count * BEAT, abs=0.003), 1)
    song = stand.player.led.place(stand.now)["song.bar"]
    assert song == int((stand.now + LEAD / 2 - began) / 2) + 1 - (0 if by == "midi" else count)


@pytest.mark.parametrize("quarters", [1, 3])
def test_stopped_in_the_count_such_a_tune_is_counted_in_again(quarters: int) -> None:
    stand = planned(quarters, clock__source="internal", clock__bpm=120.0, transport__count_in=1)
    stand.enter(Act("transport.play")).wait(0.3).enter(Act("transport.stop")).wait(1.0)
    began = stand.now + LEAD
    stand.enter(Act("transport.play")).wait(4.0)
    assert [when for when, _ in stand.clicks if when >= began - 0.01] == at(began, range(4))
    assert stand.tune[:2] == [
        (pytest.approx(began + (4 - quarters) * BEAT, abs=0.003), 60), (pytest.approx(began + 4 * BEAT, abs=0.003), 1),
    ]  # fmt: skip


def test_armed_such_a_pick_up_comes_before_the_next_bar_line() -> None:
    stand, tape = planned(1), Tape().send(START).beats(4)
    stand.listen(tape).enter(Act("transport.arm"))
    since = stand.now
    stand.listen(tape.beats(12))
    tune = [one for one in stand.tune if one[0] > since]
    assert tune[:2] == [(pytest.approx(10 + 7 * BEAT, abs=0.003), 60), (pytest.approx(10 + 8 * BEAT, abs=0.003), 1)]


@pytest.mark.parametrize("play", [{"play__human": 1.0}, {"play__rubato": 1.0}])
@pytest.mark.parametrize("seed", range(1, 9))
def test_a_hand_that_is_early_or_takes_its_time_loses_neither_the_pick_up_nor_bar_one(play: dict, seed: int) -> None:
    stand = planned(1, clock__source="internal", clock__bpm=120.0, transport__count_in=1, tune__seed=seed, **play)
    stand.enter(Act("transport.play")).wait(6.0)
    tune = [(when, number) for when, number in stand.tune if number != 60 or when < 2.1]
    assert tune[0] == (pytest.approx(LEAD + 3 * BEAT, abs=0.035), 60)
    assert tune[1] == (pytest.approx(LEAD + 4 * BEAT, abs=0.035), 1)
    assert [when for when, _ in stand.clicks] == at(LEAD, range(4))


def test_uncounted_such_a_tune_begins_with_its_silent_beats_as_it_did() -> None:
    stand = planned(1, clock__source="internal", clock__bpm=120.0).enter(Act("transport.play")).wait(3.0)
    assert stand.tune[0] == (pytest.approx(LEAD + 3 * BEAT, abs=0.003), 60)
