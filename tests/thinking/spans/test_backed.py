"""Composed spans with their backing: chords chosen and played, the same whichever way the plan was come by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.files.patterns import patterns
from instrument.music.chord import Chord, PlacedChord
from instrument.music.events import Span
from instrument.music.set_place import SetPlace
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.backed import backed
from instrument.thinking.spans.planner import Given, Planner
from instrument.thinking.voices.spans_with_voices import SpansWithVoices
from tests.fakes.band import BAR, bar_of

VOICES = ("melody", "guitar", "double_bass", "bodhran")
TUNE = (
    "M:4/4",
    "K:Cmaj",
    *("|:", *(("C", "E", "G", "E", "c", "G", "E", "C", "|") * 7), "C", "E", "G", "E", "C", "4", ":|"),
)
SNAPSHOT = Snapshot().with_values([("tune.seed", 5), ("tune.key", "D major"), ("harmony.on", False)])


def ensemble(snapshot: Snapshot = SNAPSHOT, voices: tuple[str, ...] = VOICES) -> SpansWithVoices:
    how = Arrangement(dict.fromkeys(voices, 0))
    return SpansWithVoices(
        Planner(lambda _: Given(TUNE), how, snapshot), lambda: pytest.fail("no choir is needed"), how
    )


def spans(one: SpansWithVoices, count: int) -> list[Span]:
    return [one.next_span() for _ in range(count)]


def test_every_bar_has_chords_and_each_voice_plays_them() -> None:
    for span in spans(ensemble(), 12):
        assert span.chords and {note.voice for note in span.notes} == set(VOICES)
        for note in span.notes:
            assert span.start <= note.start < note.end <= span.end or note.voice == "melody"
        for note in (n for n in span.notes if n.voice == "double_bass" and n.start == span.start):
            assert note.pitch % 12 == span.chords[0].chord.lowest, "the bass begins a bar with its chord's bass"


def test_the_same_seed_gives_the_same_backing_and_a_tune_thought_again_from_a_bar_too() -> None:
    whole, one = spans(ensemble(), 12), ensemble()
    assert spans(one, 12) == whole
    one.rethink(Rethink(1, SNAPSHOT, whole[5].start, whole[4], SNAPSHOT))
    again = [replace(span, plan=0) for span in spans(one, 4)]
    assert [span.notes for span in again] == [span.notes for span in whole[5:9]]
    assert [span.notes for span in spans(ensemble(SNAPSHOT.with_value("tune.seed", 6)), 12)] != [s.notes for s in whole]


def test_with_the_backing_off_or_nobody_who_backs_the_tune_stands_alone() -> None:
    off = ensemble(SNAPSHOT.with_value("backing.on", False))
    assert {note.voice for span in spans(off, 3) for note in span.notes} == {"melody"}
    alone = ensemble(voices=("melody",))
    assert {note.voice for span in spans(alone, 3) for note in span.notes} == {"melody"}


def test_a_pattern_that_does_not_fit_is_told_once_and_the_dances_own_is_played() -> None:
    one = ensemble(SNAPSHOT.with_value("backing.pattern", "jig"))
    first = one.next_span()
    assert one.said == "no pattern of a jig fits 4/4; the backing plays that of the reel"
    one.said = ""
    spans(one, 4)
    assert one.said == ""
    assert first.notes == ensemble().next_span().notes


def test_an_ending_rests_on_its_last_chord() -> None:
    whole = replace(bar_of(62, 66, 69, 62), chords=(PlacedChord(0, BAR, Chord.parse("D")),), key="D major",
                    of_set=SetPlace(ending=True, over=True))  # fmt: skip
    played, _ = backed(whole, None, SNAPSHOT, dict.fromkeys(VOICES, 0), patterns())
    rest = 3 * BAR // 4
    struck = {note.start for note in played.notes if note.voice == "double_bass" and note.start >= rest}
    assert struck == {rest}
    assert all(n.end > 0.95 * BAR for n in played.notes if n.voice == "guitar" and n.start >= rest)


def test_a_chord_that_nobody_knows_is_silence_and_the_drum_goes_on() -> None:
    strange = PlacedChord(0, BAR, Chord.parse("N.C."), text="Xyz", source="written")
    played, _ = backed(replace(bar_of(62), chords=(strange,)), None, SNAPSHOT, dict.fromkeys(VOICES, 0), patterns())
    assert {note.voice for note in played.notes} == {"melody", "bodhran"}


def test_an_octave_of_a_voice_is_heard() -> None:
    bare = replace(bar_of(62), chords=(PlacedChord(0, BAR, Chord.parse("D")),))
    low, high = (
        backed(bare, None, SNAPSHOT, {"melody": 0, "double_bass": octave}, patterns())[0].notes for octave in (0, 1)
    )
    assert [note.pitch + 12 for note in low if note.voice == "double_bass"] == [
        note.pitch for note in high if note.voice == "double_bass"
    ]
