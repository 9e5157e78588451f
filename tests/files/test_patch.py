"""Patches: every shipped one loads, and every mistake is one line that says how to mend it."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.controls.table import CONTROLS
from instrument.controls.voice import Voice
from instrument.files.patch import Patch, PatchError, find, load
from instrument.files.shipped import PATCHES
from instrument.music.key import Key
from instrument.music.sounds.compass import semitones_up
from instrument.music.tokens.bars import read_tune
from instrument.networks.folk.vocabulary import Vocabulary

SHIPPED = sorted(file.stem for file in PATCHES.glob("*.toml"))
GOOD_BARS = "C D E F G A B c | " * 3 + "c B A G F E D C |"


def write(folder: Path, text: str, name: str = "dusk") -> Path:
    (folder / "patches").mkdir(exist_ok=True)
    path = folder / "patches" / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def complaint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """What is said of a patch with this text."""
    monkeypatch.chdir(tmp_path)

    def say(text: str) -> str:
        with pytest.raises(PatchError) as caught:
            load(write(tmp_path, text))
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return say


def test_the_families_of_dance_are_there() -> None:
    assert {"first", "reel", "jig", "waltz", "air"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_patch_loads_and_its_openings_are_playable(name: str) -> None:
    patch = find(name)
    assert patch.name == name
    assert set(patch.values) == set(CONTROLS)
    starts_by_itself = patch.source == "tune" and patch.values["play.way"] != "answer"
    assert len(patch.openings) >= 100 if starts_by_itself else not patch.openings
    vocabulary = Vocabulary.shipped()
    controls = patch.snapshot()
    for opening in patch.openings:
        tune = read_tune([f"M:{controls.meter}", f"K:C{controls.key.mode}", *opening])
        vocabulary.encode(opening)  # the model knows every token
        assert tune.measures[0].notes[0].start == 0  # sounds at once
        voice = patch.voices["melody"]
        up = semitones_up(controls.key, voice.octave, voice.range)
        low, high = voice.range or (55, 88)
        assert all(low <= note.pitch + up <= high for m in tune.measures for note in m.notes), opening
        assert opening[0] == "|:", "its place in the part is known"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_patch_fits_one_screen_under_a_header(name: str) -> None:
    lines = (PATCHES / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {name}: ")
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 120


def test_a_patch_sets_what_it_names_and_leaves_the_rest(tmp_path: Path) -> None:
    patch = load(
        write(
            tmp_path,
            f"""
            tempo = 96
            key = "Dmix"
            guard = false
            drone = "fifth"
            openings = ["{GOOD_BARS}"]
            [voices.melody]
            timbre = "reed"
            pan = -0.5
            [controls]
            search.lookahead = 8
            "search.commit" = 2
            """,
        )
    )
    changed = {name: value for name, value in patch.values.items() if value != CONTROLS[name].default}
    assert changed == {
        "clock.bpm": 96.0, "tune.key": "D mixolydian", "tune.guard": False,
        "search.lookahead": 8, "search.commit": 2.0, "voice.drone.on": True, "voice.melody.pan": -0.5,
        "voice.melody.program": 21, "voice.melody.timbre": "reed",
    }  # fmt: skip
    assert patch.voices["melody"] == Voice("melody", "reed", 1, 21, 0.8, -0.5, 0)
    assert patch.voices["drone"] == Voice("drone", "drone", 2, 109, 0.4, 0.0, 0)
    assert patch.openings == (tuple(GOOD_BARS.split()),)
    assert (patch.name, patch.drone) == ("dusk", "fifth")
    assert patch.snapshot().key == Key.parse("D mixolydian")
    assert pickle.loads(pickle.dumps(patch)) == patch


def test_an_empty_patch_is_all_defaults(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    assert load(path) == Patch(
        "dusk", str(path), {n: c.default for n, c in CONTROLS.items()}, {"melody": Voice("melody", "whistle", 1, 74)}
    )


def test_a_patch_is_found_by_name_and_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "tempo = 77")
    monkeypatch.chdir(tmp_path)
    assert find("patches/dusk.toml").values["clock.bpm"] == 77
    assert find(str(path)).values["clock.bpm"] == 77
    assert find("reel").path == str(PATCHES / "reel.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tempo = 960", "tempo = 960 is outside 20..300 (quarter notes per minute)"),
        ("temop = 96", 'unknown key "temop"; did you mean "tempo"?'),
        (
            "zzz = 1",
            'unknown key "zzz"; it may be tempo, meter, key, dance, seed, temperature, aabb, square, guard, lookahead, '
            "commit, level, way, ornament, lilt, phrasing, rubato, human, swing, lean, count_in, click, drone, source, "
            "keys, openings, tunes, voices, controls",
        ),
        ('tempo = "fast"', 'tempo = "fast" is not a number; it may be 20..300 (quarter notes per minute)'),
        ("tempo = true", "tempo = true is not a number; it may be 20..300 (quarter notes per minute)"),
        ('key = "D mixolidian"', 'key = "D mixolidian" is not a key; write it like "D mixolydian" or "Am"'),
        ('meter = "7/8"', 'meter = "7/8" is not one of 4/4, 2/4, 6/8, 9/8, 12/8, 3/4, 3/2'),
        ('drone = "both"', 'drone = "both" is not one of none, tonic, fifth'),
        (
            'source = "played"\nopenings = ["C 8 | D 8 | E 8 | F 8 |"]',
            'source = "played" has no openings; remove them, or source',
        ),
        ("seed = 1.5", "seed = 1.5 is not a whole number; it may be 0..2147483647"),
        ("tempo 96", "is not TOML: Expected '=' after a key in a key/value pair (at line 1, column 7)"),
        ("[voices.melodi]", 'unknown key "voices.melodi"; did you mean "melody"?'),
        ("[voices.melody]\npam = 1", 'unknown key "voices.melody.pam"; did you mean "pan"?'),
        ("[voices.melody]\nchannel = 17", "voices.melody.channel = 17 is outside 1..16"),
        (
            '[voices.melody]\ntimbre = "flute"',
            'voices.melody.timbre = "flute" is not one of whistle, pluck, reed, drone, guitar, bouzouki, double bass, '
            "piano, frame drum",
        ),
        (
            'drone = "tonic"\n[voices.melody]\nchannel = 2',
            "voices.drone.channel = 2 is also the channel of voices.melody; give each voice its own",
        ),
        ("voices = 3", "voices is not a table; write [voices] above its keys"),
        ("[voices]\nmelody = 3", "voices.melody is not a table; write [voices.melody] above its keys"),
        ("[controls]\ntune.sede = 3", 'unknown key "controls.tune.sede"; did you mean "tune.seed"?'),
        ("seed = 3\n[controls]\ntune.seed = 4", 'controls.tune.seed is already set by "seed"; remove one'),
        ("[controls]\nclock.bpm = 4", "controls.clock.bpm = 4 is outside 20..300 (quarter notes per minute)"),
        ('openings = "c"', 'openings is not a list of texts; write openings = ["E G c G ... |"]'),
        ('openings = [""]', 'opening 1: must end in a bar line, "|"'),
        ('openings = ["C 8 | D 8 | E 8 | F 8"]', 'opening 1: must end in a bar line, "|"'),
        ('openings = ["C 8 | D 8 | E 8 |"]', "opening 1: has 3 bars; it needs at least 4"),
        (
            'openings = ["C 8 | D 8 | E 7 | F 8 |"]',
            "opening 1: bar 3 has 7 eighth notes; a bar of 4/4 has 8",
        ),
        (
            'openings = ["G 5 | C 8 | D 8 | E 8 | F 8 |"]',
            "opening 1: bar 1 has 5 eighth notes; a bar of 4/4 has 8",
        ),
        (
            'openings = ["C 8 | D 8 | E 3 | F 5 | G 8 |"]',
            "opening 1: bar 3 has 3 eighth notes; a bar of 4/4 has 8",
        ),
        (
            'openings = ["C 8 | D 8 | E 8 | F 8 :| C 8 |"]',
            'opening 1: ":|" has no place in an opening; separate its bars with "|"',
        ),
        (
            'openings = ["C 8 | H 8 |"]',
            'opening 1: "H" makes no sense at token 6 (M: and K: are the first two)',
        ),
    ],
)
def test_a_mistake_is_one_exact_line(complaint, text: str, said: str) -> None:  # type: ignore[no-untyped-def]
    assert complaint(text) == f"patches/dusk.toml: {said}"


def test_the_opening_may_start_a_repeat(tmp_path: Path) -> None:
    assert load(write(tmp_path, f'openings = ["|: {GOOD_BARS}"]')).openings[0][0] == "|:"


def test_a_missing_patch_suggests_the_nearest() -> None:
    with pytest.raises(PatchError) as caught:
        find("rell")
    assert str(caught.value) == 'patches/rell.toml: no such patch; did you mean "reel"?'


def test_what_is_not_text_is_said_so(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    path.write_bytes(b"tempo = \xff")
    with pytest.raises(PatchError, match=r"is not UTF-8 text \(byte 9\)$"):
        load(path)
    with pytest.raises(PatchError, match="is a folder, not a file"):
        load(tmp_path)


@settings(max_examples=100)
@given(text=st.text() | st.sampled_from(["[", "= 1\n", "tempo", '"', "openings=['"]).map(lambda s: s * 2000))
def test_any_text_is_a_patch_or_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, encoding="utf-8", newline="")
    try:
        load(path)
    except PatchError as error:
        assert len(str(error).splitlines()) == 1
        assert len(str(error)) <= 300


def test_a_patch_whose_tree_cannot_be_held_is_refused_with_the_arithmetic(tmp_path: Path) -> None:
    from instrument.thinking.model.model_choice import ModelChoice, refuse_too_large

    def patch(**search: object) -> Patch:
        lines = [f"search.{name} = {value!r}".replace("'", '"') for name, value in search.items()]
        file = tmp_path / "large.toml"
        file.write_text('[voices.melody]\ntimbre = "pluck"\nchannel = 1\n[controls]\n' + "\n".join(lines) + "\n")
        return load(file)

    with pytest.raises(ValueError, match=r"137 \+ 137\^2 \+ 137\^3 = 2,590,259 states of 20 kB, 51\.8 GB.*2,048"):
        refuse_too_large(patch(tuple=4, beam=0, joint=0.9))
    with pytest.raises(ValueError, match=r"137 \+ 18769 \+ 2571353 = .*Lower search\.beam"):
        refuse_too_large(patch(tuple=4, beam=0, mode="beam"))
    refuse_too_large(patch(tuple=4, beam=0))  # drawn from without being grown
    refuse_too_large(patch(tuple=4, beam=12, joint=0.9))
    for wrong in ({"device": "gpu"}, {"precision": "half"}, {"device": "cuda", "precision": "int8"}):
        with pytest.raises(ValueError, match=r"device|precision"):
            ModelChoice(**wrong)


@pytest.mark.parametrize("path", sorted(PATCHES.glob("*.toml")), ids=lambda path: path.stem)
def test_without_its_openings_a_patch_is_the_same_otherwise(path: Path) -> None:
    whole, rest = load(path), load(path, openings=False)
    assert rest == dataclasses.replace(whole, openings=(), openings_file="")
