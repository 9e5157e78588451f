"""Chords under what is played by hand: decided from what has been, never from what comes."""

from __future__ import annotations

import numpy as np
import pytest

from instrument.controls.snapshot import Snapshot
from instrument.music.chord import PlacedChord
from instrument.music.cues import Cue, Sung
from instrument.music.grid import Grid
from instrument.music.ticks import EIGHTH
from instrument.thinking.chords.chord_filter import ChordFilter, filtered_states
from instrument.thinking.chords.chords_live import ChordsLive
from instrument.thinking.chords.half_bars import SOUNDS, HalfBars, place
from instrument.thinking.chords.numbers import load_numbers
from instrument.thinking.chords.product import Product
from instrument.thinking.chords.taste import Taste

PRODUCT = Product(load_numbers().live)
DMIX = Snapshot().with_values([("tune.key", "D mixolydian"), ("tune.meter", "4/4")])
BAR_OF_D = ((69, 2), (69, 1), (66, 1), (62, 1), (64, 1), (66, 1), (62, 1))
TUNE = (*BAR_OF_D, (64, 2), (60, 1), (64, 1), (60, 1), (64, 1), (60, 1), (64, 1))  # and a bar of C
GRID = Grid(DMIX.meter.beat, 4, 0)


class Hand:
    """Plays notes into the chords, a cue a note and a cue a step, as the player sends them."""

    def __init__(self, snapshot: Snapshot = DMIX) -> None:
        self.live, self.number, self.tick = ChordsLive(PRODUCT, snapshot), 0, 0
        self.heard: list[PlacedChord | None] = []

    def play(self, notes: tuple[tuple[int, int], ...], late: int = 0, others: tuple[int, ...] = ()) -> None:
        for pitch, eighths in notes:
            self.number += 1
            sung = Sung(self.number, pitch, 90, self.tick + late)
            self.heard.append(self.live.hear(Cue(self.number, self.tick + late, GRID, sung, None, others))[0])
            for step in range(self.tick // EIGHTH, self.tick // EIGHTH + eighths):
                self.live.hear(Cue(self.number, max(step * EIGHTH, self.tick + late), GRID, sung, 2 * step, others))
            self.tick += eighths * EIGHTH


def random_bars(seed: int, count: int = 24) -> HalfBars:
    rng, at = np.random.default_rng(seed), np.arange(count)
    sounds = rng.random((count, SOUNDS, 12)) * (rng.random((count, SOUNDS, 12)) > 0.8)
    places = np.array([place(int(n) // 2, int(n) % 2) for n in at])
    return HalfBars(at * 20160, np.full(count, 20160), at // 2, at % 2, places, sounds, False, 0, "maj")


def test_nothing_to_come_is_heard() -> None:
    one, other = random_bars(1), random_bars(2)
    mixed = one.sounds.copy()
    mixed[13:] = other.sounds[13:]
    changed = HalfBars(one.begins, one.lengths, one.bar, one.within, one.place, mixed, False, 0, "maj")
    before, after = filtered_states(PRODUCT, one, Taste()), filtered_states(PRODUCT, changed, Taste())
    assert (before[:13] == after[:13]).all()
    assert (before[13:] != after[13:]).any(), "and what has been is"


def test_of_a_half_bar_that_begins_only_what_is_struck_with_it_counts() -> None:
    bars = random_bars(3)
    sounds = bars.sounds.copy()
    sounds[-1, 2:] = np.random.default_rng(4).random((2, 12))
    later = HalfBars(bars.begins, bars.lengths, bars.bar, bars.within, bars.place, sounds, False, 0, "maj")
    one, other = ChordFilter(PRODUCT).begin(bars, Taste()), ChordFilter(PRODUCT).begin(later, Taste())
    assert (one.state, one.nats, one.chances) == (other.state, other.nats, other.chances)


def test_a_mixolydian_tune_is_followed() -> None:
    hand = Hand()
    hand.play(TUNE * 4)
    names = [placed.chord.name() for placed in hand.heard if placed is not None]
    assert len(names) == len(hand.heard), "from the first note on there is a chord"
    half = len(TUNE) * 2
    assert {name[0] for name in names[half : half + 7]} <= {"D", "G", "A"} and "C" in {name[0] for name in names[half:]}


def test_a_hand_that_is_a_little_early_or_late_is_heard_as_it_means() -> None:
    exact, early, late = Hand(), Hand(), Hand()
    exact.play(TUNE * 2)
    early.tick = late.tick = 0
    early.play(TUNE[:1])
    early.play((*TUNE[1:], *TUNE), late=-EIGHTH // 8)
    late.play(TUNE * 2, late=EIGHTH // 8)
    roots = [[placed.chord.root for placed in hand.heard if placed] for hand in (exact, early, late)]
    assert roots[0] == roots[1] == roots[2]


def test_a_chord_stands_until_the_next_half_bar_unless_the_music_says_otherwise() -> None:
    hand = Hand()
    hand.play(((62, 1),) * 8)
    assert len({placed for placed in hand.heard if placed is not None}) <= 2


def test_silence_begins_anew_and_another_meter_does() -> None:
    hand = Hand()
    hand.play(TUNE)
    ended = Sung(hand.number, 64, 90, hand.tick - EIGHTH, hand.tick)
    for bar in range(6):
        last = hand.live.hear(Cue(999, hand.tick + bar * DMIX.meter.bar, GRID, ended, 16 * bar))[0]
    assert last is None
    hand.tick += 7 * DMIX.meter.bar
    hand.play(TUNE[:3])
    assert hand.heard[-1] is not None
    hand.live.change(DMIX.with_value("tune.meter", "6/8"))
    assert hand.live.hear(Cue(2000, 0, Grid(3 * EIGHTH, 2, 0)))[0] is None


def test_what_others_play_is_evidence() -> None:
    def chances(others: tuple[int, ...]) -> list[int]:
        hand = Hand()
        hand.play(((69, 4), (69, 4)) * 6, others=others)
        return [placed.chord.root for placed in hand.heard if placed is not None]

    assert chances((43, 47, 50)) != chances((45, 48, 52)), "a G under it, or an A minor"


@pytest.mark.long  # 4 seconds of CPU
def test_an_hour_is_played_in_bounded_memory() -> None:
    hand = Hand()
    for _ in range(60):
        hand.play(TUNE * 3)
    assert len(hand.live._filter.decided) <= 256 and len(hand.live._notes) <= 64
    assert hand.heard[-1] is not None
