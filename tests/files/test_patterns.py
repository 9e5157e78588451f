"""Files of patterns: Lilt's own can all be played, one's own come before them, and a mistake is one line."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from instrument.controls.table import METERS
from instrument.files.patterns import FOLDER, PatternError, load, patterns, playable
from instrument.files.shipped import PATCHES
from instrument.music.backing.pattern import SIGNS, chosen
from instrument.music.dances.dance_meters import DANCES_IN
from instrument.music.meter import Meter

GOOD = """
dance = "reel"
meters = ["4/4"]
[[guitar]]
bars = "D-duD-du"
"""


def written(folder: Path, text: str, name: str = "reel") -> Path:
    (folder / FOLDER).mkdir(exist_ok=True)
    path = folder / FOLDER / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("file", sorted((PATCHES / FOLDER).glob("*.toml")), ids=lambda file: file.stem)
def test_every_pattern_of_ours_is_for_all_instruments_and_fills_its_bars(file: Path) -> None:
    found = load(file)
    assert set(found.of) == set(SIGNS)
    bar = Meter.parse(found.meters[0]).bar
    for instrument in SIGNS:
        for pattern in found.of[instrument]:
            for signs in pattern.bars:
                assert signs, f"{instrument} is silent in a bar of {pattern.text}"
                assert all(0 <= sign.at < sign.at + sign.length <= bar for sign in signs)
                assert all(one.at < two.at for one, two in pairwise(signs))


@pytest.mark.parametrize("meter", METERS)
def test_every_meter_that_tunes_may_have_is_backed_in_every_dance_it_may_be(meter: str) -> None:
    for dance in (*DANCES_IN[meter], "auto"):
        own, line = chosen(patterns(), Meter.parse(meter), dance)
        assert own.fits(Meter.parse(meter)) and not line
        if dance in ("reel", "jig", "slip jig", "slide", "hornpipe", "polka", "waltz"):
            assert own.dance == dance or (meter, dance) in (("4/4", "polka"), ("12/8", "jig"), ("6/8", "slide"))


def test_a_pattern_that_does_not_fit_is_said_in_one_line_and_the_dance_of_the_meter_is_played() -> None:
    own, line = chosen(patterns(), Meter.parse("6/8"), "jig", "reel")
    assert own.dance == "jig" and line == "no pattern of a reel fits 6/8; the backing plays that of the jig"
    assert chosen(patterns(), Meter.parse("4/4"), "reel", "hornpipe") == (
        chosen(patterns(), Meter.parse("4/4"), "hornpipe")[0],
        "",
    )


def test_a_file_of_ones_own_comes_before_lilts(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    own, _ = chosen(patterns(tmp_path), Meter.parse("4/4"), "reel")
    assert [pattern.text for pattern in own.of["guitar"]] == ["D-duD-du"]
    assert chosen(patterns(tmp_path), Meter.parse("6/8"), "jig")[0].dance == "jig"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("D-duD-du", "D-duD-d"), "guitar 1: bar 1 has 7 signs of 1/8, and a bar has 8"),
        (
            GOOD.replace("D-duD-du", "D-duD-du|D-q-----"),
            'guitar 1: bar 2: "q" is no sign of the guitar; it has DdUuBbx-.',
        ),
        (GOOD.replace("D-duD-du", ""), "guitar 1: bars is not a text of signs"),
        (GOOD.replace("[[guitar]]", "[[gitar]]"), 'unknown key "gitar"; did you mean "guitar"?'),
        (GOOD.replace("[[guitar]]", "[guitar]"), "guitar is not a list of tables; write [[guitar]]"),
        (GOOD.replace('["4/4"]', '["4/4", "6/8"]'), "meters = 4/4, 6/8 have bars that differ"),
        (GOOD.replace('["4/4"]', '"4/4"'), "meters is not a list"),
        (GOOD.replace('["4/4"]', '["4/5"]'), '"4/5" is not a meter'),
        (GOOD.replace('"reel"', '"reggae"'), 'dance = "reggae" is not one of reel, jig'),
        (GOOD + "density = 2\n", "guitar 1: density = 2 is outside 0..1"),
        (GOOD + "density = true\n", "guitar 1: density = true is outside 0..1"),
        (GOOD + "often = 0\n", "guitar 1: often = 0 is outside 0.01..100"),
        (GOOD + 'role = "solo"\n', 'guitar 1: role = "solo" is not one of usual, fill'),
        (GOOD + 'role = "fill"\n', 'guitar has no pattern of role "usual"'),
        (GOOD + 'unit = "1/7"\n', 'guitar 1: unit = "1/7" is not one of 1/4'),
        (GOOD + 'unit = "1/16"\n', "guitar 1: bar 1 has 8 signs of 1/16, and a bar has 16"),
        (GOOD + 'hand = "012"\n', 'guitar 1: hand = "012" is not a digit for each of the 8 signs'),
        (GOOD + 'colour = "red"\n', 'guitar 1: unknown key "colour"'),
        ('dance = "reel"\nmeters = ["4/4"]\n', "no instrument has a pattern"),
        ("dance = [", "is not TOML"),
    ],
)
def test_a_mistake_is_one_line_that_names_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(PatternError) as refusal:
        load(path)
    assert says in str(refusal.value) and "\n" not in str(refusal.value)
    assert str(refusal.value).startswith("patterns/reel.toml: ")


def test_what_breaks_while_it_plays_leaves_lilts_own(tmp_path: Path) -> None:
    written(tmp_path, "dance = [")
    with pytest.raises(PatternError):
        patterns(tmp_path)
    assert chosen(playable(tmp_path), Meter.parse("4/4"), "reel")[0].dance == "reel"
