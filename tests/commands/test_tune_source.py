"""Which tune is meant, what is said of it, and one line for whatever cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image

from instrument.commands.tunebook import explain as explaining
from instrument.commands.tunebook.bar_fixes import mends, wrong
from instrument.commands.tunebook.explain import explain
from instrument.commands.tunebook.tune_source import Asked, asked_for, nearest, read_file
from instrument.files.tunebook import Kept, add
from instrument.music.key import Key
from instrument.music.scores.set_score import abc_of_tune
from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.model.model_memory import ModelMemory
from instrument.workshop.evaluate.loss_by_class import surprise, surprises
from instrument.workshop.form.overlap import Sources
from instrument.workshop.study import activations
from instrument.workshop.study.pictures import POWDER_BLUE, SANGUINE, Panel, by_distance, by_magnitude, draw, save
from instrument.workshop.study.plot_activations import bar_places, bar_steps, plot_activations

VOCABULARY = Vocabulary.shipped()
BARS = "|: c 2 d 2 e 2 f 2 | g 2 f 2 e 2 d 2 | c 2 d 2 e 2 f 2 | c 8 :|"
REEL = ["M:4/4", "K:Cmaj", *BARS.split()]


@pytest.fixture(scope="module")
def memory() -> Iterator[ModelMemory]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    yield ModelMemory(FolkRNN(len(VOCABULARY), 8, 3).eval(), VOCABULARY, nodes=64)
    torch.set_num_threads(threads)


def test_a_tune_in_abc_in_tokens_in_a_tunebook_or_in_a_log_is_the_same_tune(
    tmp_path: Path, memory: ModelMemory
) -> None:
    (tmp_path / "a.abc").write_text(abc_of_tune(REEL, "a reel", Key.parse("D major"), 120, False))
    (tmp_path / "a.txt").write_text("M:3/4 K:Cmin C 6 |\n\n" + " ".join(REEL))
    span = {"in": [{"is": "Span", "tune": 0, "written": REEL[:7]}, {"is": "Span", "tune": 0, "written": REEL}]}
    other = {"in": [{"is": "Span", "tune": 1, "written": ["M:3/4", "K:Cmin", "C", "6", "|"]}]}
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, ({"begin": {}}, span, other))) + "\n")
    add(tmp_path / "book.abc", Kept(abc_of_tune(REEL, "kept", Key.parse("G major"), 120, False), tokens=tuple(REEL)))
    for name, number in (("a.abc", 1), ("a.txt", 2), ("a.jsonl", 1), ("book.abc", 1)):
        found = asked_for(tmp_path / name, None, memory, number)
        read = [text for text in found.texts if text != "</s>"]
        assert read == REEL or (name == "a.abc" and [t.lower() for t in read] == [t.lower() for t in REEL]), name
    assert [a.texts[0] for a in read_file(tmp_path / "a.jsonl")] == ["M:4/4", "M:3/4"]


def test_a_seed_makes_the_same_tune_again_in_the_meter_of_its_patch(memory: ModelMemory) -> None:
    found = asked_for(None, 5, memory, patch="jig")
    assert found == asked_for(None, 5, memory, patch="jig") and found.texts[0] == "M:6/8" and found.texts[-1] == "</s>"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"), ("   \n", "is empty"), ("hello", "neither ABC"), ('{"a": 1}\n{"b": ', "line 2 is not JSON"),
        ('{"a": 1}', "no tune that a model wrote"), ("M:4/4 K:Dmaj c |", "opens with its meter and mode"),
        ("M:4/4 K:Cmaj c 37 |", r'token 4, "37", is not in the vocabulary; the nearest is "1\d"'),
        ("M:4/4 K:Cmaj c''' 2 |", r"""token 3, "c'''", is not in the vocabulary; the nearest is "\S+'"""),
        ("M:4/4 K:Cmaj hugo |", r'token 3, "hugo", is not in the vocabulary'), ("X:1\nT:x\nM:4/4\nK:C\n", "no notes"),
        ("X:1\nM:4/4\nK:C\nV:1\nCDEF|\nV:2\nEFGA|\n", "tune 1: several voices"), ("{" * 200_000, "line 1 is not JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line_with_the_file(
    tmp_path: Path, memory: ModelMemory, content: str, said: str
) -> None:
    path = tmp_path / "asked"
    path.write_text(content)
    with pytest.raises(ValueError, match=said) as caught:
        asked_for(path, None, memory)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_other_wrong_requests(tmp_path: Path, memory: ModelMemory) -> None:
    (tmp_path / "one.txt").write_text(" ".join(REEL))
    huge = tmp_path / "huge.abc"
    with huge.open("wb") as file:
        file.truncate(65_000_000)
    for path, seed, number, said in (
        (None, None, 1, "name a tune"), (tmp_path / "one.txt", 3, 1, "name a tune"), (None, -1, 1, "below 0"),
        (tmp_path / "one.txt", None, 2, "no tune 2; it holds 1"), (tmp_path, None, 1, "is a folder"),
        (huge, None, 1, "larger than 64 MB"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            asked_for(path, seed, memory, number)
    with pytest.raises(FileNotFoundError, match="no such file"):
        asked_for(tmp_path / "none", None, memory)


def test_the_nearest_is_of_the_same_kind_and_a_token_is_nearest_to_itself() -> None:
    assert all(nearest(text, VOCABULARY) == text for text in VOCABULARY.texts if text[0] != "<")
    assert nearest("M:5/4", VOCABULARY).startswith("M:") and nearest("^^c", VOCABULARY) in ("^c", "c")


def test_every_error_of_counting_has_the_mend_that_undoes_it(memory: ModelMemory) -> None:
    for broken in ([*REEL[:4], "3", *REEL[5:]], [*REEL[:14], *REEL[16:]]):
        assert len(wrong(broken)) == 1
        (mend,) = mends(broken, memory.model, VOCABULARY)
        assert mend.change and not wrong(mend.texts) and mend.eighths != mend.due == 8
    assert mends(REEL, memory.model, VOCABULARY) == []


def test_the_surprises_of_many_tunes_are_those_of_each(memory: ModelMemory) -> None:
    tunes = [[0, 5, 9, 20, 1], [0, 7, 9]]
    for tune, found in zip(tunes, surprises(memory.model, tunes), strict=True):
        assert surprise(memory.model, tune) == pytest.approx(found, abs=1e-4) and len(found) == len(tune) - 1


def test_a_tune_is_explained(memory: ModelMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "gather", lambda *_: None)
    monkeypatch.setattr(explaining, "numbered", lambda *_, **__: None)
    monkeypatch.setattr(explaining, "training_sources", lambda _: Sources([]))
    said: list[str] = []
    broken = [*REEL[:4], "3", *REEL[5:]]
    told = explain(Asked("a reel", (*broken, "</s>")), memory, said.append)
    assert told["tune.miscounted"] == 1 and told["tune.bars"] == 4 and told["tune.closes_on_tonic"]
    assert any(line.startswith("bar 1 holds 9 eighths, a bar is 8: ") for line in said)
    assert any("no run of eight notes" in line for line in said) and not any("\n" in line for line in said)


def test_colours_are_those_of_part_9() -> None:
    import numpy as np

    shades = by_distance(np.array([[0.0, 0.02, 0.021], [1.0, 1.97, 1.98], [2.0, 1.0, 0.5]]))
    assert tuple(shades[0, 0]) == tuple(shades[0, 1]) == SANGUINE
    assert tuple(shades[1, 2]) == tuple(shades[2, 0]) == POWDER_BLUE
    assert shades[0, 2, 0] < shades[2, 2, 0] < shades[1, 0, 0] < shades[1, 1, 0]
    angles = by_magnitude(np.array([[1.0, 0.0], [0.5, 0.9]]))
    assert tuple(angles[0, 0]) == SANGUINE and tuple(angles[0, 1]) == POWDER_BLUE and angles[1, 1, 0] < angles[1, 0, 0]


def test_the_first_step_is_at_the_lower_left(tmp_path: Path) -> None:
    import numpy as np

    shades = np.full((20, 20, 3), 200, np.uint8)
    shades[0, 0] = SANGUINE  # the first step with itself
    picture = draw([Panel("x", shades, ["c"] * 20, [])])
    save(picture, tmp_path / "x.png")
    found = np.argwhere((np.array(Image.open(tmp_path / "x.png").convert("RGB")) == SANGUINE).all(-1))
    row, column = found.mean(0)
    assert row > picture.height * 0.8 and column < picture.width * 0.2 and len(found) >= 100


def test_the_figures_of_many_tunes_are_means_of_those_of_each(
    memory: ModelMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    tunes = [REEL * 3, [*REEL, *REEL[2:], *REEL[2:]], REEL]
    monkeypatch.setattr(activations, "generate", lambda *_: iter(tunes))
    monkeypatch.setattr(activations, "load_memory", lambda _: memory)
    told = activations.study_inside(3, None, lambda line: None)
    each = [activations.look(memory, text) for text in tunes[:2]]
    assert told["inside.tunes"] == 2
    assert told["inside.cell_late_3"] == pytest.approx((each[0]["cell_late_3"] + each[1]["cell_late_3"]) / 2)
    assert sum(told[f"inside.hidden_most_like_{k}"] for k in (1, 2, 3)) == pytest.approx(1)


def test_bars_are_counted_from_their_lines() -> None:
    assert bar_steps(REEL)[:3] == [2, 11, 20]
    assert bar_places(6, [2, 4]).tolist() == [0, 1, 2, 0, 1, 0]


def test_all_pictures_of_a_tune_are_drawn(tmp_path: Path, memory: ModelMemory) -> None:
    said: list[str] = []
    told = plot_activations(memory.model, VOCABULARY, REEL, tmp_path, said.append)
    steps = len(REEL)
    assert told["pairs"] == steps * (steps - 1) / 2 and 0 <= told["far"] <= told["pairs"]
    assert len(said) == 15 and all(Path(line).stat().st_size > 1000 for line in said)
    gif = Image.open(tmp_path / "layers.gif")
    assert getattr(gif, "n_frames", 1) == 3
    assert {f"hidden_like_tokens_{k}" for k in (1, 2, 3)} <= set(told)
