"""Bar lines under the hands: whoever begins with a pick-up is understood, and whoever does not is not taken for it."""

from __future__ import annotations

import random

import pytest

from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.music.tokens.bars import read_tune
from instrument.playing.time.bar_line import pickup
from instrument.playing.time.pulse import Pulse
from instrument.workshop.bench.answer import Played, beginnings, found

#: tunes that everybody knows, in folk-rnn's tokens, on C
TUNES = {
    "soldier's joy": "M:4/4 K:Cmaj G E | C E G E C E G E | C E G c e 2 d c | B d d c B d d B | G A B c d c B A |",
    "the irish washerwoman": "M:6/8 K:Cmaj g f | e c c G c c | e c e g f e | f d d A d d | f d f a g f |",
    "speed the plough": "M:4/4 K:Cmaj G | c 2 e d c 2 e g | a g e g a g e c | f 2 a g f e d c | B d c A G 2 A B |",
}


def phrases(name: str, bars: int) -> list[Played]:
    return list(beginnings(read_tune(TUNES[name].split()), bars))


@pytest.mark.parametrize("name", TUNES)
def test_known_tunes_are_understood_with_and_without_their_pick_ups(name: str) -> None:
    both = phrases(name, 2)
    assert [phrase.pickup for phrase in both] == [False, True]
    for phrase in both:
        loud = [100 if place % phrase.meter.bar == 0 else 84 for place in phrase.places]
        assert pickup(phrase.meter, phrase.places, phrase.pitches, loud) == -phrase.places[0]
        assert sum(found(phrase, bpm, True, seed) for bpm in (100, 132) for seed in range(3)) >= 4


def test_accents_tell_the_bar_line_where_notes_do_not() -> None:
    """Even eighths on one note; the hand leans on every eighth of them, from the third on."""
    places = [n * EIGHTH for n in range(34)]
    loud = [110 if n % 8 == 2 else 80 for n in range(34)]
    assert pickup(Meter(4, 4), places, [60] * 34, loud) == QUARTER
    assert pickup(Meter(4, 4), places, [60] * 34, [80] * 34) == 0, "and nothing is made of an even hand"


def test_a_hand_that_is_uneven_in_loudness_has_no_accents() -> None:
    rng = random.Random(2)
    places = [n * EIGHTH for n in range(16)]
    assert pickup(Meter(4, 4), places, [60] * 16, [80 + rng.randint(-3, 3) for _ in places]) == 0


@pytest.mark.parametrize("meter", [Meter(4, 4), Meter(6, 8), Meter(9, 8), Meter(3, 4), Meter(2, 4), Meter(12, 8)])
def test_no_phrase_is_too_short_and_a_pick_up_is_less_than_a_bar(meter: Meter) -> None:
    rng = random.Random(1)
    for count in range(1, 120):
        places = sorted(rng.sample(range(0, 200 * EIGHTH, EIGHTH // 2), count))
        places = [place - places[0] for place in places]
        got = pickup(meter, places, [rng.randint(0, 127) for _ in places], [rng.randint(1, 127) for _ in places])
        assert 0 <= got < meter.bar and got % EIGHTH == 0


def test_a_chord_counts_by_its_highest_note() -> None:
    one, other = Pulse(112, Meter(6, 8)), Pulse(112, Meter(6, 8))
    for n, pitch in enumerate((79, 77, 76, 72, 72, 67, 72, 72, 76, 72, 76, 79)):
        one.strike(5 + n * 0.2, pitch, 90)
        other.strike(5 + n * 0.2, 40, 60)
        other.strike(5 + n * 0.2 + 0.01, pitch, 90)
    assert one.places() == other.places()
