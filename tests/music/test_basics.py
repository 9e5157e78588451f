"""Ticks, meters, keys: the numbers everything else stands on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.music.key import LETTER_SEMITONES, MODE_FIFTHS, Key, letter_steps, moved, transposition
from instrument.music.meter import Meter
from instrument.music.ticks import QUARTER, WHOLE, Timeline

KEYS = [Key(letter, accidental, mode) for letter in range(7) for accidental in (-1, 0, 1) for mode in MODE_FIFTHS]
bpms = st.floats(20, 300)
night = st.integers(0, 12 * 3600 * 300 // 60 * QUARTER)  # twelve hours at 300 beats a minute


@given(bpms, night, st.floats(0, 1e6))
def test_a_tick_to_seconds_and_back_is_the_same_tick(bpm: float, tick: int, origin: float) -> None:
    line = Timeline(bpm, 0, origin)
    assert line.tick(line.seconds(tick)) == tick


@given(bpms, bpms, night)
def test_a_new_tempo_agrees_with_the_old_at_the_moment_of_change(old: float, new: float, tick: int) -> None:
    line = Timeline(old)
    changed = line.at_tempo(new, line.seconds(tick))
    assert changed.bpm == new
    assert changed.seconds(tick) == line.seconds(tick)


def test_a_timeline_needs_a_tempo() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Timeline(0)


@pytest.mark.parametrize(
    ("text", "bar", "beat", "compound"),
    [
        ("4/4", WHOLE, QUARTER, False), ("C", WHOLE, QUARTER, False), ("C|", WHOLE, 2 * QUARTER, False),
        ("2/4", WHOLE // 2, QUARTER, False), ("3/4", 3 * QUARTER, QUARTER, False),
        ("6/8", 3 * QUARTER, 3 * QUARTER // 2, True), ("9/8", 9 * QUARTER // 2, 3 * QUARTER // 2, True),
        ("12/8", 6 * QUARTER, 3 * QUARTER // 2, True), ("3/8", 3 * QUARTER // 2, QUARTER // 2, False),
    ],
)  # fmt: skip
def test_a_meter_gives_bar_and_beat(text: str, bar: int, beat: int, compound: bool) -> None:
    meter = Meter.parse(text)
    assert (meter.bar, meter.beat, meter.compound) == (bar, beat, compound)


@pytest.mark.parametrize("text", ["", "4", "0/4", "4/3", "4/0", "six/8", "100/4"])
def test_what_is_no_meter_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=f'"{text}" is not a meter'):
        Meter.parse(text)


@pytest.mark.parametrize(
    ("text", "altered"),
    [
        ("C", {}), ("G", {"F": 1}), ("D mixolydian", {"F": 1}), ("Em", {"F": 1}), ("Edor", {"F": 1, "C": 1}),
        ("F", {"B": -1}), ("Bb", {"B": -1, "E": -1}), ("F# minor", {"F": 1, "C": 1, "G": 1}),
        ("C lydian", {"F": 1}), ("E phrygian", {}), ("B locrian", {}), ("G#", dict.fromkeys("CDEGAB", 1) | {"F": 2}),
    ],
)  # fmt: skip
def test_a_key_knows_its_signature(text: str, altered: dict[str, int]) -> None:
    assert Key.parse(text).signature == tuple(altered.get(letter, 0) for letter in "CDEFGAB")


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_a_key_reads_back_as_it_is_written(key: Key) -> None:
    assert Key.parse(str(key)) == key == Key.parse(key.abc)


@pytest.mark.parametrize("text", ["", "H", "D dorisch", "c", "Dmi nor", "B##"])
def test_what_is_no_key_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is not a key"):
        Key.parse(text)


def test_the_nearest_tonic_is_where_tunes_are_moved() -> None:
    keys = map(Key.parse, ["C", "C#", "Db", "D", "Eb", "E", "F", "F#", "Gb", "G", "Ab", "A", "Bb", "B"])
    assert list(map(transposition, keys)) == [0, 1, 1, 2, 3, 4, 5, 6, 6, -5, -4, -3, -2, -1]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_moving_letters_moves_every_sound_by_the_transposition(key: Key) -> None:
    on_c = Key(0, 0, key.mode)
    for letter in range(7):
        for alteration in (-1, 0, 1):
            there, octave, sounding = moved((letter, 0, alteration), letter_steps(key), on_c, key)
            pitch = 12 * octave + LETTER_SEMITONES[there] + sounding
            assert pitch == LETTER_SEMITONES[letter] + alteration + transposition(key)
            assert moved((there, octave, sounding), -letter_steps(key), key, on_c) == (letter, 0, alteration)
