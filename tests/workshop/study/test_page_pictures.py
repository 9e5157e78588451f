"""Pictures of the page: the command that takes the README's from a session that plays, and what it says without one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from instrument.workshop.study.page_pictures import ALL, MISSING, SHOWN, page_pictures
from tests.fakes.paths import ROOT

PICTURES = ROOT / "docs" / "pictures"


def test_without_a_browser_it_says_what_to_install_and_no_music_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("instrument.workshop.study.page_pictures.shutil.which", lambda name: None)
    with pytest.raises(ValueError, match="chromium-driver") as caught:
        page_pictures(tmp_path / "out", 14, SHOWN, lambda line: None)
    assert str(caught.value) == MISSING and not (tmp_path / "out").exists()


@pytest.mark.realtime
@pytest.mark.long  # half a minute of CPU
@pytest.mark.peers
def test_a_session_that_plays_is_seen_on_a_phone(tmp_path: Path) -> None:
    said: list[str] = []
    (view,) = (view for view in ALL if view.name == "phone-light")
    (path,) = page_pictures(tmp_path, 14, (view,), said.append)
    picture = np.asarray(Image.open(path).convert("L"))
    assert picture.shape == (2 * view.height, 2 * view.width)
    assert picture.mean() > 180, "it is the light scheme"
    assert said == [f"{path}: 390 x 844, light"]


def test_the_pictures_of_the_readme_are_those_of_the_command() -> None:
    for view in SHOWN:
        with Image.open(PICTURES / f"{view.name}.png") as picture:
            assert picture.size == (view.width * view.ratio, view.height * view.ratio)
