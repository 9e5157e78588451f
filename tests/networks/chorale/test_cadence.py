"""The cadence expert: classes of chords, distributions over pitches, leading home, files that are not its own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.networks.chorale.cadence import ARRAYS, SHIPPED, heard, load, save, sounding_class
from instrument.networks.chorale.chord_classes import CLASSES, DIMINISHED, MAJOR, MINOR, OTHER, SILENT, chord_class
from instrument.networks.chorale.history import NONE, Moment, VoiceHistory
from instrument.networks.chorale.tokens import ALTO, BASS, LOWEST, PITCHES, SOPRANO, TENOR, token
from instrument.networks.weight_files import WeightsError

TONIC, DOMINANT = 0 * 3 + MAJOR, 7 * 3 + MAJOR


@pytest.mark.parametrize(
    ("classes", "bass", "expected"),
    [
        ((0, 4, 7), 0, TONIC), ((4, 7, 0), 4, TONIC), ((7, 11, 2, 5), 7, DOMINANT), ((5, 11, 2, 7), 5, DOMINANT),
        ((9, 0, 4), 9, 27 + MINOR),
        ((11, 2, 5), 11, 33 + DIMINISHED), ((0, 4), 0, TONIC), ((2, 5, 9, 0), 2, 6 + MINOR), ((0, 1, 2), 0, OTHER),
        ((0,), 0, OTHER), ((0, 7), 0, OTHER),
    ],
)  # fmt: skip
def test_a_chord_is_named_by_its_pitch_classes(classes: tuple[int, ...], bass: int, expected: int) -> None:
    assert chord_class(classes, bass, tonic=0) == expected


@given(st.sets(st.integers(0, 11), min_size=1, max_size=4), st.integers(0, 11), st.integers(0, 11), st.data())
def test_names_do_not_depend_on_the_key(classes: set[int], tonic: int, up: int, data: st.DataObject) -> None:
    bass = data.draw(st.sampled_from(sorted(classes)))
    moved = {(c + up) % 12 for c in classes}
    assert chord_class(classes, bass, tonic) == chord_class(moved, bass + up, tonic + up)


def after(*chords: tuple[int, int, int, int]) -> VoiceHistory:
    """Chords of a beat each, soprano to bass in MIDI."""
    history = VoiceHistory.start()
    for chord in chords:
        history = history.advance(np.array([[token(p) for p in chord]], np.int16))
        for _ in range(3):
            history = history.advance(np.ones((1, 4), np.int16))
    return history


C, G = (72, 67, 64, 48), (74, 67, 59, 55)


def test_under_the_tonic_after_the_dominant_the_tonic_chord_comes() -> None:
    expert, history = load(), after(C, G)
    moment = Moment.at(0, 4, False).with_key(0, False)
    chances = expert.chords(heard(history, moment, token(72), 0, 0))
    assert chances.shape == (CLASSES,) and float(chances.sum()) == pytest.approx(1.0, abs=1e-5)
    assert int(chances.argmax()) == TONIC and chances[TONIC] > 0.5
    bass = expert.pitches(BASS, chances, {}, 0)
    assert (int(bass.argmax()) + LOWEST) % 12 == 0


@given(st.integers(0, 11))
def test_what_it_says_moves_with_the_key(up: int) -> None:
    expert, soprano = load(), 67
    told = []
    for shift in (0, up - 12 * (up > 6)):
        history = after(tuple(p + shift for p in C), tuple(p + shift for p in G))  # type: ignore[arg-type]
        tonic = shift % 12
        moment = Moment.at(8, 4, False).with_key(tonic, False)
        told.append(expert.chords(heard(history, moment, token(soprano + shift), tonic, 0)))
    assert np.allclose(*told, atol=1e-6)


@pytest.mark.parametrize("voice", [BASS, TENOR, ALTO])
@pytest.mark.parametrize("tonic", [0, 5, 11])
def test_pitches_are_a_distribution_whatever_was_decided(voice: int, tonic: int) -> None:
    expert = load()
    chances = np.full(CLASSES, 1 / CLASSES, np.float32)
    for decided in ({}, {BASS: 10}, {BASS: NONE}, {BASS: 3, TENOR: 30}, {SOPRANO: 40}):
        said = expert.pitches(voice, chances, decided, tonic)
        assert said.shape == (PITCHES,)
        by_class = np.array([np.exp(said[c : c + 12]).sum() for c in range(0, 36, 12)])
        assert np.allclose(by_class, 12 / PITCHES, atol=1e-3)


def test_the_voices_above_complete_the_chord_of_the_bass() -> None:
    """Under a melody on D with G in the bass, B and D and G are likely, C sharp is not."""
    expert, history = load(), after(C)
    moment = Moment.at(4, 4, False).with_key(0, False)
    chances = expert.chords(heard(history, moment, token(74), 0, 0))
    tenor = np.exp(expert.pitches(TENOR, chances, {BASS: 55 - LOWEST}, 0))[59 - LOWEST :][:12]  # from B upwards
    assert tenor[[0, 3, 8]].sum() > 0.75 * tenor.sum() and tenor[2] < 0.01 * tenor.sum()


def test_a_voice_that_is_silent_makes_no_chord() -> None:
    assert sounding_class([40, 30, 20, NONE], 0) == SILENT


def test_a_round_trip_and_files_that_are_not_its_own(tmp_path: Path) -> None:
    expert, path = load(), tmp_path / "cadence.json"
    save(expert, path, {"about": "x"})
    again = load(path)
    assert all(np.allclose(getattr(again, name), getattr(expert, name), atol=1e-4) for name in ARRAYS)
    good = json.loads(path.read_text())
    spoilt = {
        "empty": "", "other": "[]", "short": json.dumps({**good, "bias": good["bias"][1:]}),
        "version": json.dumps({**good, "format": 9}), "fields": json.dumps({**good, "fields": []}),
        "lacks": json.dumps({k: v for k, v in good.items() if k != "places"}),
        "infinite": json.dumps({**good, "bias": [float("inf")] * len(good["bias"])}),
    }  # fmt: skip
    for name, text in spoilt.items():
        bad = tmp_path / f"{name}.json"
        bad.write_text(text)
        with pytest.raises(WeightsError) as error:
            load(bad)
        assert str(bad) in str(error.value) and "\n" not in str(error.value)
    with pytest.raises(WeightsError, match="lilt train cadence"):
        load(tmp_path / "missing.json")


def test_the_shipped_expert_says_its_command() -> None:
    card = json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert card["command"] == "python run.py train cadence" and "nats a chord" in card["about"]
