"""Holding: what is composed stays inside the keys that are down, from the next bar that is not announced."""

from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import METERS
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.player import Player
from tests.fakes.band import ROUTES, Thought, bar_of, planner, tiny_mind
from tests.fakes.thorough import share

MIND = tiny_mind()
HOLDING = Snapshot().with_value("play.way", "hold").with_value("tune.seed", 5)


def key(at: float, note: int, velocity: int = 100) -> ReceivedMidi:
    return ReceivedMidi(at, "keys", bytes((0x90, note, velocity)))


def composed(snapshot: Snapshot, bars: int = 12) -> list[int]:
    """The pitches of the next bars after one bar was played freely."""
    free = planner(HOLDING, MIND)
    free.rethink(Rethink(1, HOLDING, 0, None, HOLDING))
    first = free.next_span()
    free.rethink(Rethink(2, snapshot, first.end, first, HOLDING))
    return [note.pitch for _ in range(bars) for note in free.next_span().notes]


def triads(root: int) -> set[int]:
    """The classes of every triad on a note: major, minor, diminished, augmented."""
    return {(root + step) % 12 for step in (0, 3, 4, 6, 7, 8)}


@pytest.mark.parametrize(
    ("tonality", "held", "classes"),
    [
        ("C major", 62, {2, 5, 9}),
        ("D dorian", 62, {2, 5, 9}),
        ("G mixolydian", 67, {7, 11, 2}),
        ("A minor", 70, {10, 2, 5}),
    ],
)
def test_one_key_stands_for_its_triad_and_is_not_said_over_and_over(
    tonality: str, held: int, classes: set[int]
) -> None:
    pitches = composed(_held(HOLDING.with_value("tune.key", tonality), {held}), 24)
    assert {pitch % 12 for pitch in pitches} == classes
    longest = max(len(list(group)) for _, group in groupby(pitches))
    assert longest < 20, "not forty times the same"


def test_one_key_of_a_range_is_the_octave_above_it() -> None:
    snapshot = HOLDING.with_value("hold.limit", "range")
    pitches = composed(_held(snapshot, {64}), 24)
    assert min(pitches) >= 64 and max(pitches) <= 76 and len(set(pitches)) > 2


@settings(max_examples=share(7, 18))
@given(
    st.sets(st.integers(36, 96), min_size=1, max_size=6),
    st.sampled_from(("C major", "D dorian", "F# phrygian", "Eb lydian", "A minor", "G mixolydian")),
    st.sampled_from(METERS),
)
def test_every_note_is_of_the_classes_held(held: set[int], tonality: str, meter: str) -> None:
    snapshot = HOLDING.with_values([("tune.key", tonality), ("tune.meter", meter)])
    snapshot = _held(snapshot, held)
    pitches = composed(snapshot)
    assert pitches
    classes = {pitch % 12 for pitch in held}
    assert {pitch % 12 for pitch in pitches} <= (classes if len(classes) > 1 else triads(classes.pop()))


@settings(max_examples=share(7, 18))
@given(st.integers(50, 78), st.integers(7, 24), st.sampled_from(("C major", "D dorian", "F# phrygian", "Eb lydian")))
def test_or_within_the_range_held(low: int, width: int, tonality: str) -> None:
    snapshot = HOLDING.with_values([("tune.key", tonality), ("hold.limit", "range")])
    pitches = composed(_held(snapshot, {low, low + width}))
    assert pitches
    assert low <= min(pitches)
    assert max(pitches) <= low + width


def _held(snapshot: Snapshot, held: set[int]) -> Snapshot:
    from dataclasses import replace

    return replace(snapshot, held=tuple(sorted(held)))


def test_a_range_that_no_note_is_in_does_not_stop_the_music() -> None:
    assert composed(_held(HOLDING.with_value("hold.limit", "range"), {1, 2}))


def test_keys_bend_what_is_not_announced_and_nothing_else() -> None:
    player, thought = Player(ROUTES, HOLDING, [bar_of(60, 61)]), Thought(planner(HOLDING, MIND))
    thought.ask(list(player.thinker_ready()))
    player.play(0.0)
    for turn in range(200):
        thought.ask(list(player.advance(turn * 0.02).requests))
        thought.answer(player)
    announced = player.buffer.committed
    for note in (60, 64, 67):
        thought.ask(list(player.hear(key(4.0, note)).requests))
        thought.answer(player)
    ahead = player.buffer.ahead
    assert ahead
    assert ahead[0].start == announced
    newest = [span for span in ahead if span.plan == player.plan]
    assert newest
    assert {n.pitch % 12 for span in newest for n in span.notes if n.voice == "melody"} <= {0, 4, 7}
    for note in (60, 64, 67):
        thought.ask(list(player.hear(key(4.1, note, 0)).requests))
        thought.answer(player)
    assert player.snapshot.held == ()


@pytest.mark.parametrize("pedal", [False, True])
def test_the_pedal_holds(pedal: bool) -> None:
    player = Player(ROUTES, HOLDING, [bar_of(60, start=0)])
    player.play(0.0)
    if pedal:
        player.hear(ReceivedMidi(0.1, "keys", bytes((0xB0, 64, 127))))
    player.hear(key(0.2, 62))
    player.hear(key(0.3, 62, 0))
    assert player.snapshot.held == ((62,) if pedal else ())
    player.hear(ReceivedMidi(0.4, "keys", bytes((0xB0, 64, 0))))
    assert player.snapshot.held == ()


def test_leaving_lets_go() -> None:
    player = Player(ROUTES, HOLDING, [bar_of(60, start=0)])
    player.play(0.0)
    player.hear(key(0.2, 62))
    player.change(player.snapshot.with_value("play.way", "listen"), 0.3)
    player.advance(0.3)
    assert player.snapshot.held == ()
    player.change(player.snapshot.with_value("play.way", "hold"), 0.4)
    assert player.snapshot.held == ()
