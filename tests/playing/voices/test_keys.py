"""Which of the keys that are down leads: chords, trills, pedals, and all of them let go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from instrument.playing.voices.keys import TOGETHER, Keys


def pressed(*keys: tuple[int, float], highest: bool = True) -> Keys:
    """Keys struck, each (pitch, seconds); a tick is a millisecond."""
    found = Keys()
    for pitch, at in keys:
        found.strike(pitch, 80, at, round(at * 1000), highest)
    return found


def leads(keys: Keys) -> int:
    assert keys.note is not None
    return keys.note.pitch


def test_of_a_chord_the_highest_leads_in_whatever_order_its_keys_come() -> None:
    for order in ((60, 64, 67), (67, 64, 60), (64, 67, 60)):
        assert leads(pressed(*((pitch, n * TOGETHER / 3) for n, pitch in enumerate(order)))) == 67
    assert leads(pressed((67, 0.0), (60, TOGETHER / 2), highest=False)) == 60


def test_a_later_key_leads_whatever_its_height() -> None:
    assert leads(pressed((72, 0.0), (60, 1.0))) == 60


def test_in_a_trill_the_key_that_is_held_takes_over_again() -> None:
    keys = pressed((72, 0.0), (74, 0.2))
    assert keys.release(74, 300) and leads(keys) == 72
    assert keys.note is not None and keys.note.tick == 300 and keys.note.ended is None


def test_when_a_chords_top_is_let_go_its_rest_does_not_lead() -> None:
    keys = pressed((60, 0.0), (67, 0.01))
    assert not keys.release(67, 500) and leads(keys) == 67
    assert not keys.release(60, 900)
    assert keys.note is not None and keys.note.ended == 900


@given(st.lists(st.tuples(st.integers(0, 127), st.booleans(), st.integers(1, 200)), max_size=80))
def test_numbers_rise_and_an_end_is_never_before_its_beginning(moves: list[tuple[int, bool, int]]) -> None:
    keys, now, number = Keys(), 0, 0
    for pitch, down, wait in moves:
        now += wait
        if down:
            keys.strike(pitch, 80, now / 1000, now)
            assert pitch in keys.down
        else:
            keys.release(pitch, now)
            assert pitch not in keys.down
        if keys.note is not None:
            assert keys.note.number >= number and (keys.note.ended is None or keys.note.ended >= keys.note.tick)
            assert (keys.note.ended is not None) == (not keys.down)
            number = keys.note.number
