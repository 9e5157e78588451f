"""Sets tapped by hand, led by a clock, and logged sessions of sets replayed to the byte."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from instrument.controls.requests import Extend, Rethink, TurnBack
from instrument.playing.messages import Act, Change, PlayerSetup
from instrument.playing.messages import ThinkerState as Up
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Silence
from instrument.playing.schedule.ledger import Ledger
from instrument.playing.sets.calling import calling
from instrument.ports.log.replay import replay
from tests.fakes.band import BAR, Thought, planner
from tests.fakes.sessions import Session
from tests.fakes.set_evening import MIND, Evening, controls, hanging, joined

# with hands and clocks


def test_a_set_is_tapped_to_its_end_and_the_next_tap_begins_another() -> None:
    evening = Evening(controls(set_tunes=1, play_way="tap"))
    evening.run(0.2)
    struck = 0
    for tap in range(3000):
        turn = evening.player.hear(ReceivedMidi(evening.now, "keys", bytes((0x90, 60 + tap % 5, 90))))
        evening.messages += turn.messages
        evening.announced += turn.announced
        evening.thought.ask(turn.requests)
        evening.step()
        evening.messages += evening.player.hear(
            ReceivedMidi(evening.now, "keys", bytes((0x80, 60 + tap % 5, 0)))
        ).messages
        struck += bool(turn.messages)
        if any(span.of_set.first > 0 for span in evening.announced):
            break
    assert any(span.of_set.over for span in evening.announced) and joined(evening.announced)
    assert any(span.tune == 1 for span in evening.announced), "the next tap goes on with the next set"
    evening.messages += evening.player.stop(evening.now)
    assert not hanging(evening.messages)


def clock(evening: Evening, seconds: float, bpm: float = 300.0) -> None:
    """A MIDI clock comes in for so long."""
    period = 60 / bpm / 24
    ends = evening.now + seconds
    while evening.now < ends:
        turn = evening.player.hear(ReceivedMidi(evening.now, "daw", bytes([0xF8])))
        evening.messages += [*(turn.silence or ()), *turn.messages]
        evening.announced += turn.announced
        evening.thought.ask(turn.requests)
        evening.turn = period
        evening.step()


def test_with_a_clock_that_goes_on_the_next_set_begins_on_its_bar() -> None:
    evening = Evening(controls(set_tunes=1, form_bars="8", form_parts=1, form_repeats="no", clock_source="midi"))
    evening.messages += evening.player.stop(0.0)
    evening.player.hear(ReceivedMidi(evening.now, "daw", bytes([0xFA])))
    clock(evening, 12.0)
    assert evening.announced[-1].of_set.over and not evening.player.scheduler.playing
    end = evening.announced[-1].end
    clock(evening, 3.3)
    evening.play()
    clock(evening, 4.0)
    rest = [span for span in evening.announced if span.start >= end]
    silent, first = [s for s in rest if s.source == "silent"], next(s for s in rest if s.source != "silent")
    assert joined(evening.announced) and len(silent) == 1 and first.start % BAR == 0
    assert first.bar == 0 and first.tune == 1, "from its top"
    assert first.start - end >= 3 * BAR, "where the clock is by then"


# logged and played again


@pytest.mark.parametrize("seed", range(2))
def test_a_session_with_sets_is_played_again_to_the_byte(seed: int, tmp_path: Path) -> None:
    snapshot = controls(seed + 5, set_times=2, set_tunes=2, set_vary=0.4, set_fade=2)
    thought = Thought(planner(snapshot, MIND, "tonic"))
    stage = PlayerSetup(snapshot, (), {"melody": (1, 0), "drone": (2, 0)}, {})
    session = Session(tmp_path / "set.jsonl", stage)

    def answer(told: list[object]) -> None:
        """What the thinker and the conductor do with what was told."""
        nonlocal snapshot
        waiting: list[Any] = list(told)
        while waiting:
            one = waiting.pop(0)
            if isinstance(one, Rethink | Extend):
                thought.ask([one])
            elif isinstance(one, TurnBack) and snapshot.values[one.name] == one.was:
                snapshot = snapshot.with_value(one.name, one.value)
                waiting += session.take(Change(snapshot)).told
            while thought.planner.plan and thought.planner.tick < thought.until:
                waiting += session.take(thought.planner.next_span()).told

    answer(session.take(Up(True)).told)
    dice = random.Random(seed)
    overs = 0
    for turn in range(90):
        for _ in range(20):
            session.clock.advance(0.02)
            exits = session.take()
            answer(exits.told)
        playing = session.performance.player.scheduler.playing
        overs += not playing
        if not playing:
            session.take(Act("transport.play"))
        elif turn % 9 == 4:
            called = calling(snapshot, dice.choice(("set.last", "set.next")))
            assert called is not None
            snapshot = called
            answer(session.take(Change(snapshot)).told)
        elif turn % 30 == 20:
            answer(session.take(Act("transport.fade")).told)
    found = replay(session.close())
    assert found.same and found.whole, found.difference
    assert overs, "it has come to an end at least once"
    assert not any(isinstance(one, Silence) and one.everything for one in session.out)


def test_no_ledger_entry_outlives_an_evening() -> None:
    evening = Evening(controls(set_times=2, set_tunes=1))
    evening.until(10_000)
    assert isinstance(evening.player.scheduler.ledger, Ledger)
    assert not evening.player.scheduler.ledger.release(evening.now)
