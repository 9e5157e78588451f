"""Four parts from nothing: the first voice adds up, keeps to its phrases, and the others come in under it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.controls.explanations import Why
from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import METERS
from instrument.files.patch import find
from instrument.music.cues import CHAIN
from instrument.music.events import Span
from instrument.music.key import Key, transposition
from instrument.music.tokens.bars import miscounted, read_tune
from instrument.music.tokens.tokens import STOP
from instrument.networks.chorale.first_voice import SHIPPED, load
from instrument.networks.weight_files import WeightsError
from instrument.rig.setup import arrangement, opening
from instrument.thinking.modelless_thinker import ModellessThinker
from instrument.thinking.spans.planner import WriteRequest, header
from instrument.thinking.voices.soprano import BARS, CLOSED, HIGHEST, LOWEST, OPEN, PHRASE, Song

KEYS = ("C major", "G major", "A minor", "D dorian", "F# minor", "Bb mixolydian")


def asked(**values: object) -> Snapshot:
    return Snapshot().with_values([(name.replace("_", "."), value) for name, value in values.items()])


def song(snapshot: Snapshot, tune: int = 0) -> Song:
    return Song(WriteRequest(snapshot, tune, header(snapshot)), load())


@settings(max_examples=60)
@given(st.integers(1, 2**31 - 1), st.sampled_from(METERS), st.sampled_from(KEYS), st.floats(0.1, 2.0))
def test_every_bar_adds_up_and_every_note_is_in_the_key_and_in_range(
    seed: int, meter: str, key: str, temperature: float
) -> None:
    now = asked(tune_seed=seed, tune_meter=meter, tune_key=key, harmony_temperature=temperature)
    tokens = [token for token in song(now).texts if token != STOP]
    tune = read_tune(tokens)  # strict: every token makes sense
    assert len(tune.measures) == BARS and not miscounted(tune, range(BARS))
    mode = Key(0, 0, now.key.mode)
    scale = {(0, 2, 4, 5, 7, 9, 11)[i] + mode.signature[i] for i in range(7)}
    shift = transposition(now.key)
    for number, measure in enumerate(tune.measures):
        assert measure.notes[0].start == 0
        for note in measure.notes:
            assert (note.pitch % 12) in {pitch % 12 for pitch in scale}
            assert LOWEST <= note.pitch + shift <= HIGHEST
        if number % PHRASE == PHRASE - 1:
            last = measure.notes[-1]
            degree = sorted(pitch % 12 for pitch in scale).index(last.pitch % 12)
            goal = (0,) if number == BARS - 1 else CLOSED if number // PHRASE % 2 else OPEN
            assert degree in goal
            assert last.duration >= measure.length / 3


def test_the_same_seed_and_tune_give_the_same_song_and_others_give_others() -> None:
    one = asked(tune_seed=5)
    assert song(one).texts == song(one).texts
    assert len({song(one).texts, song(one, 1).texts, song(asked(tune_seed=6)).texts}) == 3


def test_what_stands_stays_when_it_is_written_on() -> None:
    cold, hot = asked(tune_seed=5), asked(tune_seed=5, harmony_expert_contour=-1.0)
    whole = song(cold)
    again = Song(WriteRequest(hot, 0, whole.texts), load())
    assert again.texts == whole.texts
    cut = whole.measures()[6].first
    again.cut(cut)
    assert again.texts[:cut] == whole.texts[:cut] and again.texts != whole.texts
    assert len(again.measures()) == BARS
    other = asked(tune_seed=5, tune_meter="3/4")
    primed = Song(WriteRequest(other, 0, (*header(other), "G", "2", "A", "2", "B", "2", "|"), context=9), load())
    assert len(primed.measures()) == BARS + 1


def test_the_first_bars_are_there_at_once_and_the_thinker_goes_on_from_them() -> None:
    patch = find("four")
    now = patch.snapshot().with_value("tune.seed", 9)
    begun = opening(patch, now)
    assert begun and begun[0].start == 0 and {note.voice for note in begun[0].notes} == {"melody", *CHAIN}
    whole, rest = ModellessThinker(arrangement(patch)), ModellessThinker(arrangement(patch))
    for thinker, after in ((whole, None), (rest, begun[-1])):
        thinker.hear(Rethink(1, now, after.end if after else 0, after, now))
        thinker.hear(Extend(6 * 40320))
    notes = [[one.notes for _ in range(12) for one in t.work() if isinstance(one, Span)] for t in (whole, rest)]
    assert notes[0] == [span.notes for span in begun] + notes[1]


def test_contour_and_beat_and_key_each_change_what_is_sung() -> None:
    plain = song(asked(tune_seed=5)).texts
    for name in ("contour", "beat", "key", "absolute"):
        assert song(asked(tune_seed=5, **{f"harmony_expert_{name}": -1.0})).texts != plain
    leaps = []
    for weight in (1.0, 0.0):
        found = song(asked(tune_seed=5, harmony_expert_contour=weight))
        pitches = [note.pitch for measure in found.measures() for note in measure.notes]
        leaps.append(np.mean(np.abs(np.diff(pitches))))
    assert leaps[0] < leaps[1]  # contour is what keeps a voice from leaping


def test_four_parts_come_of_it_and_why() -> None:
    patch = find("four")
    thinker, snapshot = ModellessThinker(arrangement(patch)), patch.snapshot().with_value("tune.seed", 9)
    thinker.hear(Rethink(1, snapshot, 0, None, snapshot))
    thinker.hear(Extend(4 * 10080 * 3))
    told: list[object] = []
    while thinker.behind:
        told += thinker.work()
    spans = [one for one in told if isinstance(one, Span)]
    assert [span.start for span in spans] == [0, 40320, 80640]
    assert all({note.voice for note in span.notes} == {"melody", *CHAIN} for span in spans)
    assert sum(isinstance(one, Why) for one in told) == 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda card: {**card, "format": 99}, "format version 99"),
        (lambda card: {**card, "beat": card["beat"][:2]}, "beat is [2, 16], not [4, 16]"),
        (lambda card: {name: value for name, value in card.items() if name != "key"}, "not the tables"),
        (lambda card: {**card, "exponents": {}}, "not the tables"),
    ],
)
def test_tables_that_are_not_whole_are_refused(fault, said: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "first.json"
    path.write_text(json.dumps(fault(json.loads(SHIPPED.read_text()))))
    with pytest.raises(WeightsError, match="first") as refused:
        load(path)
    assert said in str(refused.value)
    with pytest.raises(WeightsError, match="train first"):
        load(tmp_path / "nowhere.json")
