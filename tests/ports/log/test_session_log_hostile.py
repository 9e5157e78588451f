"""Session logs that a stranger wrote, followed or refused in one line; and values that come back as they were."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.commands.main import main
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Place, Span
from instrument.playing.json_codec import plain, revive
from instrument.playing.messages import Plug
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.ports.log.replay import replay
from tests.fakes.logged import lines_of, stage, write_lines
from tests.fakes.paths import DATA
from tests.fakes.thorough import share

HOSTILE: list[Any] = [
    None, True, 0, -1, 2**31, 2**63, 10**30, 1.5, 1e308, float("inf"), float("nan"), "", "x", "\0", "x" * 1000,
    [], [[]], {}, {"is": "Act"}, {"is": "Stage"}, {"is": "Meet", "line": 1}, {"hex": "zz"}, {"map": 1},
    {"pairs": [[[], 1]]},
]  # fmt: skip


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value within one."""
    yield way
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield from places(each, (*way, key))


@pytest.mark.parametrize("seed", range(share(30, 60)))
def test_a_log_by_a_stranger_is_followed_or_one_line(
    tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Values anywhere in a log are replaced, lines taken away, doubled, changed about."""
    rng = random.Random(seed)
    path, lines = lines_of(tmp_path)
    for _ in range(rng.choice((1, 1, 1, 3, 10))):
        way = rng.choice(list(places(lines[: rng.choice((1, 5, len(lines)))]))[1:] or [(0,)])
        here: Any = lines
        for key in way[:-1]:
            here = here[key]
        how = rng.random()
        if how < 0.7:
            here[way[-1]] = rng.choice(HOSTILE)
        elif how < 0.85 and isinstance(here, list):
            here.insert(rng.randrange(len(here) + 1), rng.choice(HOSTILE))
        else:
            del here[way[-1]]
        if not lines:
            break
    write_lines(path, lines)
    status = main(["replay", str(path)])
    said = capsys.readouterr()
    assert status in (0, 1, 2) and len((said.out + said.err).splitlines()) == 1


def test_a_line_that_is_a_list_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(DATA / "hostile" / "log-line-is-a-list.jsonl")]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert said.err.endswith("no log: line 2 is a list, not an object\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"[" * 100_000, "no log: line 2"),
        (b'{"t": ' + b"9" * 5000 + b"}", "no log: line 2"),
        (b"\xff\xfe", "no log: line 2"),
        (b'"' + b"x" * 5_000_000 + b'"', "longer than 4 MB"),
        (b'{"t": 1e400}', "no moment"),
        (b'{"idle": 5}', "no line of a session"),
        (b'{"idle": ["x"]}', "no line of a session"),
        (b'{"t": -5}', "time goes from"),
        (b'{"t": 99999999999999}', "time goes from"),
        (b'{"t": 100000001, "in": [5]}', "no line of a session"),
        (b'{"t": 100000001, "in": [{"is": "Said", "line": "x"}]}', "does not come in"),
        (b'{"t": 100000001, "in": [{"is": "Span", "start": 5, "end": 5, "notes": []}]}', "not a Span"),
        (b'{"t": 100000001, "in": [{"is": "Turned", "version": 1, "tune": 0, "values": {"clock.bpm": 0}}]}', "clock"),
    ],
    ids=range(13),
)  # fmt: skip
def test_a_hostile_line_is_one_line(tmp_path: Path, line: bytes, said: str) -> None:
    path, lines = lines_of(tmp_path)
    path.write_bytes(json.dumps(lines[0]).encode() + b"\n" + line + b"\n")
    with pytest.raises(ValueError, match=said) as error:
        replay(path)
    assert len(str(error.value).splitlines()) == 1 and len(str(error.value)) < 400


VALUES = st.one_of(
    st.builds(ReceivedMidi, st.floats(0, 1e6), st.text(), st.binary(min_size=1, max_size=3)),
    st.builds(Plug, st.text(), st.booleans(), st.booleans()),
    st.builds(
        Span, st.integers(0), st.integers(0),
        st.lists(st.builds(Note, st.integers(0), st.integers(1), st.integers(0, 127))).map(tuple), st.integers(),
        st.integers(), st.integers(), st.lists(st.text()).map(tuple), st.builds(Place), st.integers(),
        st.text(), st.text(),
    ),
    st.builds(Snapshot, st.integers(), st.integers()),
)  # fmt: skip


@given(VALUES)
def test_a_value_comes_back_from_json_as_it_was(value: object) -> None:
    assert revive(json.loads(json.dumps(plain(value)))) == value


def test_what_is_not_ours_is_neither_written_nor_made(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="no place in a log"):
        plain(object())
    for data in ({"is": "Popen", "args": "x"}, {"is": "Heard", "x": 1}, {"what": 1}):
        with pytest.raises(ValueError, match=r"called|not a|looks like"):
            revive(data)
    setup = stage()
    assert revive(plain(setup)) == setup
