"""Writing into a rig file: whichever way its owner spells it, what was learned is added and nothing of his is lost."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.knobs.knob import Knob
from instrument.files.rig_file import load
from instrument.files.rig_writer import save, with_knobs, with_latency
from tests.fakes.paths import DATA

DATA = DATA / "rig"
OWN = Knob("clock.bpm", "cc", 20)
NEW = Knob("tune.temperature", "cc", 21, "keys", 3)

#: the same rig, an output and a knob, in every spelling that TOML allows
SPELLINGS = {
    **{file.stem: file.read_text() for file in sorted(DATA.glob("*.toml"))},
    "tables": '[outputs.synth] # mine\nport = "Fluid"\n\n[[knobs]] # big\nturns = "clock.bpm" # left\nnumber = 20\n',
    "quoted tables": '["outputs"."synth"]\n"port" = "Fluid" # mine\n[["knobs"]]\n"turns" = "clock.bpm"\nnumber = 20\n',
    "single quotes": "['outputs'.synth]\nport = 'Fluid'\n[['knobs']]\nturns = 'clock.bpm' # mine\nnumber = 0x14\n",
    "spaced": '[ outputs . synth ]\nport = "Fluid"\n[[ knobs ]] # mine\nturns="clock.bpm"\nnumber=20\n',
    "table of outputs": '[outputs]\nsynth = {port = "Fluid"} # mine\n[[knobs]]\nturns = "clock.bpm"\nnumber = 20\n',
    "dotted in a table": '[outputs]\nsynth.port = "Fluid" # mine\n[[knobs]]\nturns = "clock.bpm"\nnumber = 20\n',
    "dotted at the top": 'outputs.synth.port = "Fluid" # mine\nknobs = [{turns = "clock.bpm", number = 20}] # here\n',
    "in one line": 'outputs = {synth = {port = "Fluid"}} # mine\n[[knobs]]\nturns = "clock.bpm"\nnumber = 20\n',
    "an array of many lines": 'knobs = [ # all\n  {turns = "clock.bpm", number = 20}, # big\n]\n'
    '[outputs.synth]\nport="Fluid"\n',
    "indented": '[outputs]\n  [outputs.synth]\n  port = "Fluid" # mine\n'
    '  [[knobs]]\n  turns = "clock.bpm"\n  number = 20\n',
    "windows": '# mine\r\n[outputs.synth]\r\nport = "Fluid"\r\n[[knobs]]\r\nturns = "clock.bpm"\r\nnumber = 20\r\n',
    "a text like a table": '[outputs.synth]\nport = """Fluid"""\n[[knobs]]\nturns = "clock.bpm"\nnumber = 20\n'
    '[inputs.keys]\nport = """\n[[knobs]]\n# no comment\n"""\n',
    "tables apart": '[[knobs]]\nturns = "clock.bpm"\nnumber = 20\n# the synth\n[outputs.synth]\nport = "Fluid"\n'
    '# a pad\n'
    '[[knobs]]\nturns = "panic"\nkind = "note"\nnumber = 36\n# the end\n',
    "no end of line": '[outputs.synth]\nport = "Fluid"\n[[knobs]]\nturns = "clock.bpm"\nnumber = 20',
    "comments": '# one\n\n# two\n[[knobs]]\n# three\nturns = "clock.bpm" # four\nnumber = 20\n# five\n\n# six\n'
    '[outputs.synth]\n'
    'port = "Fluid"\n# seven\n',
}  # fmt: skip


def comments(text: str) -> set[str]:
    return {line.strip() for line in re.findall(r"#[^\n]*", text)}


def knobs_of(text: str, folder: Path) -> set[Knob]:
    (folder / "rig.toml").write_text(text, newline="")
    return set(load(folder / "rig.toml").knobs)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_knob_is_added_and_taken_away_in_every_spelling(tmp_path: Path, spelling: str) -> None:
    text = SPELLINGS[spelling]
    own = knobs_of(text, tmp_path)
    more = with_knobs(text, [*own, NEW])
    assert knobs_of(more, tmp_path) == {*own, NEW}
    assert comments(more) == comments(text)
    less = with_knobs(more, own)
    assert knobs_of(less, tmp_path) == own and comments(less) == comments(text)
    rest = {name: value for name, value in tomllib.loads(text).items() if name != "knobs"}
    for changed in (more, less, with_knobs(text, [])):
        assert {name: value for name, value in tomllib.loads(changed).items() if name != "knobs"} == rest
    assert not knobs_of(with_knobs(text, []), tmp_path)
    assert with_knobs(text, own) == text, "nothing to change changes nothing"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_stands_above_the_next_table_stays_when_the_knob_goes(spelling: str) -> None:
    kept = comments(with_knobs(SPELLINGS[spelling], []))
    outside = {"# the synth in the rack", "# mine", "# the synth", "# a pad", "# the end", "# one", "# two", "# five",
               "# six", "# seven"}  # fmt: skip
    told = comments(re.sub(r"(?m)^.*(knobs|turns).*$", "", SPELLINGS[spelling]))
    assert (told & outside) <= kept


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_control_that_learns_another_knob_keeps_its_place_and_comments(tmp_path: Path, spelling: str) -> None:
    text = SPELLINGS[spelling]
    own = knobs_of(text, tmp_path)
    other = Knob("clock.bpm", "cc", 99, "keys")
    wanted = {other if knob.turns == "clock.bpm" else knob for knob in own} | {other}
    changed = with_knobs(text, wanted)
    assert knobs_of(changed, tmp_path) == wanted and comments(changed) == comments(text)
    assert changed.find("clock.bpm") == text.find("clock.bpm") or not own or spelling == "tables apart"


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("output", ["synth", "the new one"])
def test_a_latency_is_written_in_every_spelling(tmp_path: Path, spelling: str, output: str) -> None:
    text = SPELLINGS[spelling]
    for latency in (3.0, 1.254):
        text = with_latency(text, output, "Fluid", latency)
    data, before = tomllib.loads(text), tomllib.loads(SPELLINGS[spelling])
    assert data["outputs"][output] == {"port": "Fluid", "latency_ms": 1.25}
    before["outputs"].setdefault(output, {"port": "Fluid"})["latency_ms"] = 1.25
    assert data == before and comments(text) == comments(SPELLINGS[spelling])
    assert text.count("latency_ms") == 1


KNOBS = st.lists(
    st.builds(Knob, st.sampled_from(["clock.bpm", "tune.seed", "panic"]), st.sampled_from(["cc", "note"]),
              st.integers(0, 127), st.text(max_size=8), st.integers(0, 16)), max_size=4, unique_by=lambda k: k.turns,
)  # fmt: skip


@given(st.sampled_from(sorted(SPELLINGS)), st.lists(KNOBS, min_size=1, max_size=4), st.text(max_size=10))
def test_whatever_is_learned_is_read_back(spelling: str, learned: list[list[Knob]], name: str) -> None:
    text = SPELLINGS[spelling]
    rest = {key: value for key, value in tomllib.loads(text).items() if key != "knobs"}
    for knobs in learned:
        text = with_knobs(text, knobs)
        data = tomllib.loads(text)
        found = data.pop("knobs", [])
        plain = [asdict(knob) for knob in knobs]
        assert sorted(map(str, ({**asdict(Knob("", "cc", 0)), **one} for one in found))) == sorted(map(str, plain))
        assert data == rest
    assert tomllib.loads(with_latency(text, name, None, 2.0))["outputs"][name]["latency_ms"] == 2.0


def test_a_file_that_is_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("# mine\n")
    (tmp_path / "rig.toml").symlink_to(tmp_path / "real.toml")
    save(tmp_path / "rig.toml", with_knobs("# mine\n", [OWN]))
    assert (tmp_path / "rig.toml").is_symlink()
    assert load(tmp_path / "real.toml").knobs == (OWN,)
