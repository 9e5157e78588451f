"""Backing: chords and patterns as notes; laws that hold for every dance, chord, manner and seed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.music.backing.bar import BACKERS, BackedBar, Manner
from instrument.music.backing.pattern import DancePatterns, Pattern, chosen, plain, read_bars
from instrument.music.backing.realise import realised
from instrument.music.backing.strings import TUNINGS, capo, fretted, pitches
from instrument.music.backing.voicing import close_voicing
from instrument.music.chord import NO_CHORD, Chord, PlacedChord, Quality
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.note import Note

REEL = Meter.parse("4/4")
D = Key.parse("D major")
CHORDS = st.builds(Chord, st.integers(0, 11), st.sampled_from(Quality), st.one_of(st.none(), st.integers(0, 11)))
MANNERS = st.builds(
    Manner, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from(sorted(TUNINGS)), st.integers(1, 99),
    st.floats(40, 300),
)  # fmt: skip


def of(instrument: str, text: str, meter: Meter = REEL, hand: str = "") -> DancePatterns:
    """One pattern of one instrument."""
    return DancePatterns(
        "reel", (str(meter),), {instrument: (Pattern(read_bars(text, instrument, "1/8", meter.bar, hand)),)}
    )


def bar(*chords: str, meter: Meter = REEL, number: int = 0, **more: object) -> BackedBar:
    """A bar with its chords, equally long."""
    start, each = number * meter.bar, meter.bar // max(1, len(chords))
    placed = tuple(PlacedChord(start + n * each, each, Chord.parse(text)) for n, text in enumerate(chords))
    whole = BackedBar(start, start + meter.bar, start + meter.bar, meter, D, placed, number=number, place=number)
    return replace(whole, **more)  # type: ignore[arg-type]


def starts(notes: tuple[Note, ...], voice: str) -> list[int]:
    return sorted({note.start for note in notes if note.voice == voice})


@settings(max_examples=150, deadline=None)
@given(st.lists(CHORDS, max_size=4), MANNERS, st.sampled_from(["4/4", "6/8", "9/8", "3/4", "12/8", "3/2"]), st.data())
def test_every_note_is_in_its_bar_in_range_and_of_its_chord(
    chords: list[Chord], manner: Manner, text: str, data: st.DataObject
) -> None:
    meter = Meter.parse(text)
    each = meter.bar // max(1, len(chords))
    placed = tuple(PlacedChord(n * each, each, chord) for n, chord in enumerate(chords))
    rest = data.draw(st.one_of(st.none(), st.integers(0, meter.bar - 1)))
    one = BackedBar(0, meter.bar, meter.bar, meter, D, placed, place=data.draw(st.integers(-1, 16)), rest=rest,
                    left=data.draw(st.integers(-1, 3)), calm=data.draw(st.floats(0, 1)))  # fmt: skip
    notes = realised(one, plain(meter), manner, BACKERS)
    assert notes == realised(one, plain(meter), manner, BACKERS)
    for note in notes:
        assert 0 <= note.start < note.end <= meter.bar and 0 <= note.pitch <= 127 and 1 <= note.velocity <= 127
        if note.voice in ("piano", "pads"):
            assert note.pitch % 12 in one.chord(note.start).classes | {one.chord(note.start).lowest}
    for voice in ("guitar", "double_bass", "bodhran", "pads"):
        sounding: dict[int, int] = {}
        for note in sorted((n for n in notes if n.voice == voice), key=lambda n: n.start):
            assert sounding.get(note.pitch, 0) <= note.start, "a string is let go before it is struck again"
            sounding[note.pitch] = note.end


def test_a_stroke_falls_on_the_grid_and_its_strings_within_35_ms() -> None:
    manner = Manner(bpm=200)
    notes = realised(bar("D"), of("guitar", "D-duD-du"), manner, ["guitar"])
    eighth, most = REEL.bar // 8, manner.ticks(0.035)
    for place in (0, 2, 3, 4, 6, 7):
        near = [note.start - place * eighth for note in notes if 0 <= note.start - place * eighth < eighth]
        assert near and min(near) == 0 and max(near) <= most
    down = [note.pitch for note in notes if note.start < eighth]
    up = [note.pitch for note in sorted(notes, key=lambda n: n.start) if 3 * eighth <= note.start < 4 * eighth]
    assert down == sorted(down) and up == sorted(up, reverse=True) and len(down) > len(up)


def test_an_accent_is_louder_and_more_drive_sets_it_further_off() -> None:
    def gap(drive: float) -> int:
        notes = realised(bar("D"), of("bodhran", "D-duD-du"), Manner(drive=drive), ["bodhran"])
        loud = {note.start // (REEL.bar // 8): note.velocity for note in notes}
        assert loud[0] > loud[2] > loud[3]
        return loud[0] - loud[3]

    assert gap(0) < gap(0.5) < gap(1)


def test_density_is_heard() -> None:
    def strokes(density: float) -> int:
        from instrument.files.patterns import patterns

        own, _ = chosen(patterns(), REEL, "reel")
        manner = Manner(density=density, variety=0)
        return sum(
            len(starts(realised(bar("D", number=n), own, manner, [voice]), voice)) for n in range(8)
            for voice in ("guitar", "double_bass", "bodhran")
        )  # fmt: skip

    assert strokes(0) < strokes(0.3) < strokes(0.6) < strokes(1)


def test_at_variety_0_the_pattern_is_the_same_in_every_bar_and_with_more_it_changes() -> None:
    from instrument.files.patterns import patterns

    own, _ = chosen(patterns(), REEL, "reel")

    def shapes(variety: float, seed: int) -> list[tuple[int, ...]]:
        found = []
        for n in range(32):
            one = bar("D", number=n, place=n % 8, left=7 - n % 8)
            notes = realised(one, own, Manner(variety=variety, seed=seed), ["bodhran"])
            found.append(tuple(start - one.start for start in starts(notes, "bodhran")))
        return found

    assert len(set(shapes(0, 1))) == 1
    assert len(set(shapes(0.6, 1))) >= 3
    assert shapes(0.6, 1) == shapes(0.6, 1) and shapes(0.6, 1) != shapes(0.6, 2)
    ends = [shapes(1.0, seed)[7] != shapes(1.0, seed)[6] for seed in range(1, 21)]
    assert sum(ends) >= 12, "parts end with a fill"


def test_a_chord_that_changes_between_strokes_is_struck_when_it_changes() -> None:
    one = bar("D", "A", "G", "A")
    for instrument, voice, text in (
        ("guitar", "guitar", "D-------"),
        ("piano", "piano", "C-------"),
        ("bass", "double_bass", "R-------"),
    ):
        notes = realised(one, of(instrument, text), Manner(), [voice])
        assert set(starts(notes, voice)) >= {0, REEL.bar // 4, REEL.bar // 2, 3 * REEL.bar // 4}
        assert all(note.end <= (note.start // (REEL.bar // 4) + 1) * (REEL.bar // 4) for note in notes)


def test_silence_is_silent_for_all_but_the_drum() -> None:
    one = bar("N.C.")
    notes = realised(one, plain(REEL), Manner(), BACKERS)
    assert {note.voice for note in notes} == {"bodhran"}


def test_the_last_chord_rings_to_the_end_and_nothing_is_struck_behind_it() -> None:
    rest = REEL.bar // 2
    notes = realised(bar("D", rest=rest), plain(REEL), Manner(bpm=180), BACKERS[:4])
    last = [note for note in notes if note.start >= rest]
    assert {note.voice for note in last} == {"guitar", "piano", "double_bass", "bodhran"}
    for note in last:
        assert note.start < rest + Manner(bpm=180).ticks(0.15)
        assert note.voice == "bodhran" or note.end > REEL.bar * 0.95
    assert all(note.end <= rest for note in notes if note.start < rest)


def test_the_first_time_through_is_lighter() -> None:
    from instrument.files.patterns import patterns

    own, _ = chosen(patterns(), REEL, "reel")
    manner = Manner(density=0.7, variety=0)
    light, full = (
        [note for n in range(8) for note in realised(bar("D", number=n, calm=calm), own, manner, BACKERS)]
        for calm in (1.0, 0.0)
    )
    assert len(light) < len(full)
    assert max(note.velocity for note in light if note.voice == "guitar") < max(
        note.velocity for note in full if note.voice == "guitar"
    )


def test_a_pick_up_at_the_beginning_is_the_melodys_alone_and_one_in_the_middle_goes_on() -> None:
    eighth = REEL.bar // 8
    first = replace(bar("D"), start=0, end=eighth, line=eighth, place=-1)
    assert realised(first, of("bass", "R---f-w-"), Manner(), ["double_bass"]) == ()
    later = replace(first, number=8)
    notes = realised(later, of("guitar", "D-duD-du"), Manner(), ["guitar"])
    assert {note.start for note in notes} and min(note.start for note in notes) == 0, (
        "the up-stroke of the bar's last quaver"
    )


def test_a_walking_bass_steps_into_the_next_chord() -> None:
    one = replace(bar("D"), after=Chord.parse("G"))
    walk = realised(one, of("bass", "R-----w-"), Manner(), ["double_bass"])[-1]
    there = realised(bar("G"), of("bass", "R-------"), Manner(), ["double_bass"])[0]
    assert abs(walk.pitch - there.pitch) in (1, 2) and walk.pitch % 12 in D.classes


@pytest.mark.parametrize("tuning", sorted(TUNINGS))
@pytest.mark.parametrize("key", ["D major", "E dorian", "A mixolydian", "Bb major", "F# minor", "C major"])
def test_every_chord_lies_under_a_hand(tuning: str, key: str) -> None:
    at = capo(tuning, Key.parse(key).tonic)
    assert 0 <= at <= 6
    for root in range(12):
        for quality in (Quality.MAJOR, Quality.MINOR, Quality.OPEN, Quality.SEVENTH):
            chord = Chord(root, quality)
            way = fretted(chord, tuning, at)
            held = [fret for fret in way if fret > 0]
            assert not held or max(held) - min(held) <= 3
            sounding = pitches(tuning, at, way)
            assert len(sounding) >= 2
            if chord.classes <= Key.parse(key).classes and tuning != "GDAD":  # which leaves the root to the bass
                assert sounding[0] % 12 == root, f"the root of {chord} is lowest"
            strange = [pitch for pitch in sounding if pitch % 12 not in chord.classes]
            assert not any((pitch - own) % 12 in (1, 11) for pitch in strange for own in chord.classes)


def test_a_drone_string_stays_under_several_chords() -> None:
    shapes = [set(pitches("DADGAD", 0, fretted(Chord.parse(text)))) for text in ("D", "G", "C", "D5")]
    assert set.intersection(*shapes), "an open string that all of them share"


def test_a_piano_hand_moves_little_between_chords() -> None:
    before = close_voicing(Chord.parse("D"))
    for text in ("G", "A", "D", "Bm", "Em", "A7", "D"):
        now = close_voicing(Chord.parse(text))
        assert max(min(abs(pitch - old) for old in before) for pitch in now) <= 4
        before = now
    assert close_voicing(NO_CHORD) == ()


def test_pads_hold_every_chord_with_its_bass_lowest_or_not_at_all() -> None:
    notes = realised(bar("D", "G/B"), plain(REEL), Manner(), ["pads"])
    half = REEL.bar // 2
    for begins, text in ((0, "D"), (half, "G/B")):
        held = [note for note in notes if note.start == begins]
        chord = Chord.parse(text)
        assert {note.pitch % 12 for note in held} == chord.classes
        assert min(held, key=lambda note: note.pitch).pitch % 12 == chord.lowest
        assert all(note.duration > 0.9 * half for note in held)
    assert realised(bar("D"), plain(REEL), Manner(pads=False), ["pads"]) == ()
