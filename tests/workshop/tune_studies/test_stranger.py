"""The stranger's test judges music: it tells rhythms and forms apart, and not the paper that they are written on."""

import random
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from instrument.workshop.evaluate.folk_form import Real
from instrument.workshop.form.rows import form
from instrument.workshop.form.tune_files import tunes_of
from instrument.workshop.tune_studies.stranger import matched, named, study_stranger
from instrument.workshop.tune_studies.stranger_features import HEARD, PAPER, features
from instrument.workshop.tune_studies.stranger_test import HeardTune, grouped, heard, judge, matrix

SCALE = [*"CDEFGABcdefga"]


def made(seed: int, bars: int = 16, rhythm: str = "1 1 1 1 1 1 1 1", mode: str = "maj", form: str = "") -> list[str]:
    """A tune of notes that wander by step; form: a letter a bar, for bars that come again."""
    chance = random.Random(seed)
    place, written = 6, dict[str, list[str]]()
    body: list[str] = []
    for at in range(bars):
        bar = []
        for length in rhythm.split():
            place = max(0, min(len(SCALE) - 1, place + chance.choice((-2, -1, -1, 1, 1, 2))))
            bar += [SCALE[place], *([] if length == "1" else [length])]
        body += [*written.setdefault(form[at % len(form)] if form else str(at), bar), "|"]
    return ["M:4/4", f"K:C{mode}", *body]


def listened(tunes: list[list[str]]) -> list[HeardTune]:
    return [each for each in map(heard, tunes) if each]


@pytest.mark.long
def test_what_is_made_alike_is_not_told_apart() -> None:
    verdict = judge(listened([made(seed) for seed in range(40)]), listened([made(seed) for seed in range(100, 150)]), 1)
    assert 0.3 < verdict.auc < 0.7 and verdict.ours == 40 and verdict.real == 50 and verdict.spread > 0


@pytest.mark.long  # 3 seconds of CPU
def test_another_rhythm_is_told_and_named() -> None:
    ours = listened([made(seed, rhythm="2 1 1 2 1 1" if seed % 3 else "1 1 1 1 1 1 1 1") for seed in range(40)])
    verdict = judge(ours, listened([made(seed) for seed in range(100, 140)]), 1)
    assert verdict.auc > 0.75 and verdict.bars > 0.75
    assert any("2 1 1 2 1 1" in tell.name and tell.ours > tell.real for tell in verdict.tells)
    assert "more in ours" in str(verdict.tells[0]) or "less in ours" in str(verdict.tells[0])


def test_bars_that_never_come_back_are_told_by_form_alone() -> None:
    verdict = judge(
        listened([made(seed) for seed in range(40)]),
        listened([made(seed, form="abcdabefghijghkf") for seed in range(100, 140)]),
        1,
    )  # fmt: skip
    assert verdict.form > 0.95 and any("bar 5 the same" in tell.name for tell in verdict.tells)


def test_paper_is_no_tell() -> None:
    """The same music in other clothes: spelt with needless accidentals, three times as long, cut at the cap."""
    plain = made(7)
    spelt = [f"={token}" if token in SCALE and token.upper() in "CDEG" else token for token in plain]
    ours, theirs = heard(plain), heard(spelt)
    assert ours and theirs and ours.row == theirs.row
    long = heard([*plain, *plain[2:], *plain[2:]])
    bars = {name for name in ours.row if not name.startswith("form:")}
    assert long and {name: long.row[name] for name in bars} == {name: ours.row[name] for name in bars}
    assert not any(name in " ".join(ours.row) for name in PAPER)


def test_only_the_first_sixteen_bars_are_heard_and_fewer_than_eight_are_no_tune() -> None:
    assert heard(made(1, bars=7)) is None
    counted = form(made(1, bars=40))
    assert len(counted.said) == 40
    told = features(counted, 40320)
    assert sum(value**2 for name, value in told.items() if name.startswith("bar rhythm")) == pytest.approx(1)
    assert HEARD == 16


def test_tunes_of_one_family_or_one_opening_stay_together() -> None:
    first, other = made(1), made(2)
    opening = [*first[: first.index("|", first.index("|") + 1) + 1], *made(3)[2:]]
    numbers = grouped(listened([first, other, first[:-8], opening, made(4)]))
    assert numbers[0] == numbers[2] == numbers[3] and len({numbers[0], numbers[1], numbers[4]}) == 3


@pytest.mark.long
def test_a_copied_tune_is_not_learnt_by_heart() -> None:
    """Every tune of ours stands three times: only rote could tell them, and rote is not on both sides of a split."""
    ours = listened([made(seed % 15) for seed in range(45)])
    assert judge(ours, listened([made(seed) for seed in range(100, 145)]), 1).auc < 0.75


def test_features_that_few_tunes_have_are_left_out() -> None:
    names, table = matrix([{"a": 1.0, "b": 0.5}, {"a": 0.5}, {"a": 0.25}, {"c": 1.0}])
    assert names == ["a"] and table[:, 0].tolist() == [1.0, 0.5, 0.25, 0.0]


def test_real_tunes_are_taken_in_the_modes_of_ours() -> None:
    real = [tuple(made(seed, mode=mode)) for seed in range(60) for mode in ("maj", "dor")]
    assert {tokens[1] for tokens in matched(real, ["K:Cdor"] * 5)} == {"K:Cdor"}
    found = matched(real, ["K:Cdor"] * 3 + ["K:Cmaj"])
    modes = [tokens[1] for tokens in found]
    assert modes.count("K:Cdor") == 3 * modes.count("K:Cmaj") == 60
    assert len(matched(real, ["K:Cmix"])) == 120, "too few in the mode: all of them"
    assert matched(real, ["K:Cdor"]) == matched(real, ["K:Cdor"])


def test_it_says_in_one_line_what_it_cannot_do(monkeypatch: pytest.MonkeyPatch) -> None:
    few = listened([made(seed) for seed in range(5)])
    with pytest.raises(ValueError, match="5 and 5 tunes are too few"):
        judge(few, few)
    with pytest.raises(ValueError, match="--of FILE"):
        study_stranger([], {}, Real(), lambda _: None)
    with pytest.raises(ValueError, match="NAME=FILE"):
        named(["tunes.txt"])
    assert named(["plain=a/b.txt"]) == {"plain": Path("a/b.txt")}
    monkeypatch.setitem(sys.modules, "sklearn", None)
    enough = listened([made(seed) for seed in range(20)])
    with pytest.raises(RuntimeError, match=r"pip install -e \.\[study\]"):
        judge(enough, enough)


@pytest.mark.long
def test_the_command_judges_ours_and_a_rival_against_a_file(tmp_path: Path) -> None:
    def file(name: str, tunes: list[list[str]]) -> Path:
        path = tmp_path / name
        path.write_text("\n\n".join(" ".join(tune) for tune in tunes))
        return path

    real = file("real.txt", [made(seed, form="abcdabefghijghkf") for seed in range(200, 225)])
    ours = file("ours.txt", [made(seed, form="abcdabefghijghkf") for seed in range(25)])
    plain = file("plain.txt", [made(seed) for seed in range(50, 75)])
    said: list[str] = []
    told = study_stranger([ours], {"plain": plain}, Real(beside={"reel": tunes_of(real)}), said.append)
    assert told["stranger.reel.plain.beside.auc"] > 0.9 > told["stranger.reel.ours.beside.auc"]  # type: ignore[operator]
    assert told["stranger.reel.ours.beside.tunes"] == 25 and told["stranger.reel.plain.beside.tells"]
    assert any(line.startswith("stranger.reel.plain.beside: AUC") for line in said)


@pytest.mark.long
def test_a_network_by_itself_is_judged_in_the_meters_and_modes_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "ours.txt"
    path.write_text("\n\n".join(" ".join(made(seed, mode=mode)) for seed, mode in enumerate(["maj", "dor"] * 10)))
    asked: list[tuple[str, str]] = []

    def plain(headers: Sequence[tuple[str, str]]) -> list[list[str]]:
        asked.extend(headers)
        return [made(seed + 50, mode=mode, rhythm="2 2 2 2") for seed, (_, mode) in enumerate(headers)]

    told = study_stranger([path], {}, Real(beside={"reel": tunes_of(path)}), lambda _: None, plain)
    assert asked == [("4/4", "maj"), ("4/4", "dor")] * 10
    assert told["stranger.reel.network.beside.tunes"] == 20 and told["stranger.reel.network.beside.auc"] == 1
