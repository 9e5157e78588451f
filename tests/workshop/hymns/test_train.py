"""Training on from Bach's weights to hymns, small: it learns, it begins where it says, it is measured and told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.styles import beside, load_styles
from instrument.networks.chorale.tokens import BASS
from instrument.networks.chorale.weights import load, save
from instrument.workshop.chorale.corpus import Chorales
from instrument.workshop.chorale.split import listed as bach_listed
from instrument.workshop.chorale.trainer import ChoraleRecipe
from instrument.workshop.hymns.command import evaluate_hymns, train_hymns
from instrument.workshop.hymns.split import listed
from instrument.workshop.hymns.train import MixedFeed, Sides, Tuning, tune
from tests.fakes import hymns as written
from tests.fakes.styles import PLAN, arrays

SMALL = ChoraleRecipe(epochs=3, minutes=0, batch=4, rate=1e-2, drop=0.0, drop_in=0.0, soft=0.0)


def names(side: str, many: int, of: dict[str, str]) -> list[str]:
    return sorted(name for name, where in of.items() if where == side)[:many]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hymns of our own under names that the split lists."""
    wanted = [*names("train", 8, listed()), *names("valid", 2, listed()), *names("test", 2, listed())]
    return written.folder(tmp_path_factory.mktemp("hymns"), wanted)


@pytest.fixture(scope="module")
def bach(folder: Path) -> Chorales:
    """Chorales under names of Bach's split: the same music will do."""
    from instrument.workshop.hymns.corpus import load_hymns

    pieces = load_hymns(folder).chorales
    wanted = [*names("train", 6, bach_listed()), *names("valid", 2, bach_listed()), *names("test", 2, bach_listed())]
    return Chorales(tuple(replace(c, name=n) for c, n in zip(pieces, wanted, strict=False)), ())


def sides_of(folder: Path, bach: Chorales) -> Sides:
    from instrument.workshop.hymns.command import both_sides

    return both_sides(folder, bach, lambda line: None)[1]


def test_an_epoch_holds_every_hymn_and_as_much_of_bach_as_is_asked(folder: Path, bach: Chorales) -> None:
    sides = sides_of(folder, bach)
    for share, pieces in ((0.0, 8), (0.5, 12), (9.0, 14)):
        feed = MixedFeed(Tuning(BASS, PLAN, arrays(1), SMALL, share), sides)
        epoch = feed.epoch(1)
        assert sum(targets.shape[1] for _, targets in epoch) == pieces and len(feed) == len(epoch)


def test_tuning_begins_where_the_weights_stand_and_learns_the_hymns(folder: Path, bach: Chorales) -> None:
    sides = sides_of(folder, bach)
    begin = {name: a for name, a in arrays(1).items() if name.startswith("bass")}
    still = tune(Tuning(BASS, PLAN, begin, replace(SMALL, epochs=1, rate=0.0), 0.0), sides)
    unchanged = [n for n, a in begin.items() if n != "bass.gate_place"]
    assert all(np.array_equal(still.arrays[n], begin[n]) for n in unchanged)
    learned = tune(Tuning(BASS, PLAN, begin, replace(SMALL, epochs=8), 0.5), sides)
    assert learned.losses["valid"][0] < still.losses["valid"][0] - 0.1
    assert min(row["valid"] for row in learned.history) < learned.history[0]["valid"]


@pytest.mark.long  # 14 seconds of CPU
def test_the_command_writes_a_second_set_beside_the_first_that_can_be_mixed_and_told(
    folder: Path, bach: Chorales, tmp_path: Path
) -> None:
    stem, lines = tmp_path / "own", list[str]()
    save(PLAN, arrays(1), stem, {})
    before = stem.with_suffix(".safetensors").read_bytes()
    card = train_hymns(folder, None, tmp_path / "work", lines.append, replace(SMALL, epochs=1), at_once=1, given=bach,
                       weights=stem)  # fmt: skip
    assert stem.with_suffix(".safetensors").read_bytes() == before, "Bach's stay as they are"
    styles = load_styles(stem)
    assert styles is not None and styles.plan == Plan(hidden=12)
    assert any(not np.array_equal(styles.mixed(1)[n], a) for n, a in arrays(1).items())
    assert card["split"]["train"] == {"tunes": 8, "tokens": 8 * 64} and "public domain" in str(card["corpora"])
    told = load(beside(stem)).card["tables"][0]
    assert [row[0] for row in told["rows"]][:4] == ["hymns, alto", "hymns, tenor", "hymns, bass", "hymns, all"]
    assert (tmp_path / "work" / "hymns_left_out.txt").exists() and any("style 0.5" in line for line in lines)
    figures = evaluate_hymns(folder, stem, lines.append, bach, at=(0.0, 1.0))
    said = told["rows"][3]
    assert figures["hymns.nats.hymns.test.all.1"] == pytest.approx(float(said[-1]), abs=1e-4)
    assert 0 <= float(str(figures["hymns.written.bach.1.named_percent"])) <= 100


def test_a_folder_with_half_the_hymns_is_refused_in_one_line(tmp_path: Path, bach: Chorales) -> None:
    few = written.folder(tmp_path / "few", names("train", 3, listed()))
    with pytest.raises(ValueError, match="the valid side has none") as refused:
        train_hymns(few, None, tmp_path / "work", lambda line: None, given=bach)
    assert "\n" not in str(refused.value)
