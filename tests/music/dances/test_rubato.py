"""Rubato: phrases that end with the clock, the tempo curve and back, and what keeps it off."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.snapshot import Snapshot
from instrument.files.patch import find
from instrument.music.dances.phrasing import BARS, stretches
from instrument.music.dances.warp import Warp
from instrument.music.events import Place, Span
from instrument.music.meter import Meter
from instrument.music.ticks import QUARTER, Timeline
from instrument.playing.player import Player
from instrument.playing.time.link_state import LinkState
from instrument.playing.time.song_position import State
from instrument.playing.time.tempo_curve import Beat, TempoCurve
from tests.fakes.band import BAR, ROUTES, bar_of

# rubato


@given(st.integers(2, 24), st.floats(0, 1))
def test_a_phrase_ends_with_the_clock(beats: int, amount: float) -> None:
    found = stretches(beats, amount)
    assert sum(found) == pytest.approx(beats)
    assert all(0.7 < each < 1.4 for each in found)


def test_an_air_begins_broadly_goes_on_and_broadens_to_its_close() -> None:
    found = stretches(16, 1.0)
    assert found[0] > 1.02 and min(found[5:10]) < 0.93 and found[-1] > 1.1 > found[0]


BEATS = st.lists(st.tuples(st.integers(1, 3 * QUARTER), st.floats(0.5, 2.0)), min_size=1, max_size=40)


@given(BEATS, st.integers(0, 5 * BAR), st.integers(0, 100))
def test_a_curve_and_back_gives_the_same_tick(beats: list[tuple[int, float]], start: int, where: int) -> None:
    curve, at = TempoCurve(), start
    laid = []
    for length, stretch in beats:
        laid.append(Beat(at, at + length, stretch))
        at += length
    curve.add(start, laid)
    tick = where * (at + BAR) // 100
    assert curve.tick(curve.clock(tick)) == tick
    assert curve.clock(tick) < curve.clock(tick + 1)
    assert curve.clock(min(start, tick)) == min(start, tick), "before them it is straight"
    before = [curve.clock(t) for t in range(start, at, QUARTER)]
    again = laid[len(laid) // 2 :]
    curve.add(again[0].start, again)  # moved back: the same beats again
    assert [curve.clock(t) for t in range(start, at, QUARTER)] == pytest.approx(before)
    curve.add(start, [])  # moved back, and the performer wants none of it any more
    assert curve.clock(tick) == tick


def air(**more: object) -> Snapshot:
    asked = {"play.rubato": 1.0, "clock.bpm": 60.0, "tune.seed": 3, **more}
    return Snapshot().with_values(list(asked.items()))  # type: ignore[arg-type]


def eight_bars(player: Player, until: float = 33.0) -> dict[int, float]:
    """When the first note of each bar sounds. 60 bpm: a bar lasts four seconds by the clock."""
    player.play(0.0)
    found: dict[int, float] = {}
    for turn in range(int(until * 50)):
        for message in player.advance(turn * 0.02).messages:
            if message.kind == "on":
                found.setdefault(message.number, message.due)
    return found


def spans_of_a_part() -> list[Span]:
    """Eight bars, each of its own pitch."""
    written = ("M:4/4", "K:Cmaj", "|:", *(["c", "8", "|"] * 8))
    return [replace(bar_of(60 + n, start=n * BAR), written=written, place=Place(n), bar=n) for n in range(8)]


def test_bar_lines_bend_within_a_phrase_and_meet_the_clock_at_its_end() -> None:
    times = eight_bars(Player(ROUTES, air(), spans_of_a_part(), bars=8))
    off = [times[60 + n] - 4.0 * n for n in range(8)]
    assert off[0] == pytest.approx(0, abs=1e-6) and off[4] == pytest.approx(0, abs=1e-6)
    assert max(map(abs, off)) > 0.1, "it is heard"
    assert off[:4] == pytest.approx(off[4:], abs=1e-6)
    strict = eight_bars(Player(ROUTES, air(**{"play.rubato": 0.0}), spans_of_a_part(), bars=8))
    assert [strict[60 + n] for n in range(8)] == pytest.approx([4.0 * n for n in range(8)])


def test_rubato_does_not_depend_on_when_it_is_asked() -> None:
    """The same notes at the same moments, whether turns are short or long."""
    coarse = Player(ROUTES, air(), spans_of_a_part(), bars=8)
    coarse.play(0.0)
    found = {m.number: m.due for t in range(450) for m in coarse.advance(t * 0.09).messages if m.kind == "on"}
    assert found == pytest.approx(eight_bars(Player(ROUTES, air(), spans_of_a_part(), bars=8), 40.0), abs=1e-6)


def test_where_the_music_is_and_when_a_tick_sounds_agree() -> None:
    player = Player(ROUTES, air(), spans_of_a_part(), bars=8)
    player.play(0.0)
    for turn in range(400):
        now = turn * 0.07
        player.advance(now)
        assert abs(player.scheduler.seconds(player.scheduler.tick(now)) - now) < 2e-4


def test_a_stop_in_mid_phrase_and_on_again_keeps_place() -> None:
    player = Player(ROUTES, air(), spans_of_a_part(), bars=8)
    player.play(0.0)
    player.advance(0.0)
    for turn in range(300):
        player.advance(turn * 0.02)
    here = player.scheduler.tick(5.98)
    player.stop(5.98)
    player.play(9.0)
    assert abs(player.scheduler.tick(9.0) - here) <= 1
    player.scheduler.set_bpm(90, 9.0)
    assert abs(player.scheduler.tick(9.0) - here) <= 1


@pytest.mark.parametrize("why", ["follows", "sends", "link"])
def test_never_while_somebody_else_keeps_the_time_or_goes_by_ours(why: str) -> None:
    more = {"sends": {"clock.send": "while playing"}, "link": {"clock.source": "link"}}.get(why, {})
    player = Player(ROUTES, air(**more), spans_of_a_part(), bars=8)
    if why == "follows":
        player.time.transport.state = State.STANDING
        player.scheduler.follow(Timeline(60))
    if why == "link":
        player.led.linked(LinkState(0.0, 0.0, 60.0, 4.0, 1, False))
        if player.time.link.newest is None:
            pytest.fail("the session was not heard")
    times = eight_bars(player)
    gaps = [b - a for a, b in pairwise(times[60 + n] for n in range(6))]
    assert gaps == pytest.approx([4.0] * 5, abs=1e-6)


def test_the_tempos_of_a_recording_put_its_notes_where_they_sounded() -> None:
    player = Player(ROUTES, air(), spans_of_a_part(), bars=8)
    tempos: list[tuple[int, float]] = []
    player.play(0.0)
    sounded: dict[int, float] = {}
    for turn in range(1700):
        done = player.advance(turn * 0.02)
        sounded |= {m.number: m.due for m in done.messages if m.kind == "on"}
        tempos += [tempo for span in done.announced for tempo in player.scheduler.tempos(span)]
    for n in range(8):
        second, at, bpm = 0.0, 0, 60.0
        for tick, tempo in [t for t in tempos if t[0] < n * BAR]:
            second += (tick - at) / QUARTER * 60 / bpm
            at, bpm = tick, tempo
        second += (n * BAR - at) / QUARTER * 60 / bpm
        assert second == pytest.approx(sounded[60 + n], abs=1e-6)


@pytest.mark.long  # 3 seconds of CPU
def test_rendered_an_airs_midi_and_what_was_heard_agree(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Its tempos move with the phrase; the last tick is where the clock would have it."""
    from instrument.rig.render import render

    render(find("air"), 8, 3, tmp_path)
    file = mido.MidiFile(tmp_path / "tune.mid")
    tempos = [60e6 / m.tempo for m in file if m.type == "set_tempo"]
    assert len(tempos) > 8 and min(tempos) < 57 and max(tempos) > 61


def test_a_warp_leaves_out_knots_that_go_back() -> None:
    warp = Warp.of([(0, 0), (10, 20), (20, 15), (30, 30)])
    assert warp.knots == ((0, 0), (10, 20), (30, 30))
    assert [warp.at(t) for t in (-5, 0, 5, 10, 20, 30, 40)] == [-5, 0, 10, 20, 25, 30, 40]
    assert BARS == 4 and Meter.parse("4/4").bar == BAR
