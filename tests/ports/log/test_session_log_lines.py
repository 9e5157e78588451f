"""The session log's lines and files by themselves: what each line says, where one file ends, which names are free."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from instrument import __version__
from instrument.controls.devices.plugged import OutputPort, Plugged
from instrument.controls.snapshot import Snapshot
from instrument.playing.json_codec import plain
from instrument.playing.messages import Act, Change, PlayerSetup
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.time.clock import today
from instrument.ports.log import session_log
from instrument.ports.log.session_log import KEPT, NAMES, PART, PARTS, SessionLog, part, tidy, written
from tests.fakes.band import bar_of

ON, OFF = Message(1.25, "on", 3, 60, 80, "out"), Message(1.5, "off", 3, 60, 0, "far")


def stage(**values: Any) -> PlayerSetup:
    snapshot = Snapshot().with_values(list(values.items()))
    return PlayerSetup(
        snapshot,
        (bar_of(60),),
        {"melody": (1, 0)},
        {1: "sine"},
        midi=Plugged((OutputPort("out", "S"),)),
        soundfont=Path("x.sf2"),
        recordings=Path("y"),
    )  # type: ignore[dict-item]


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def log_of(tmp_path: Path, **bounds: int) -> SessionLog:
    return SessionLog(tmp_path / "a.jsonl", **bounds)


# lines


def test_the_first_line_is_what_the_player_was_given_without_its_devices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_log, "plain", lambda value: plain(value) if not isinstance(value, PlayerSetup) else {
        "is": "Stage", "title": "Lilt", "sounds": 1, "soundfont": 2, "recordings": 3, "bars": None, "dry": False,
    })  # fmt: skip
    log = log_of(tmp_path)
    log.begin(stage(), iter(["out", "far"]), 0.02, 7_000_000)
    assert lines(log.path) == [
        {"begin": {"is": "Stage", "title": "Lilt", "bars": None, "dry": False, "sounds": {"map": {}}}, "t": 7_000_000,
         "outputs": ["out", "far"], "lead": 0.02, "lilt": __version__, "date": today(), "n": 1}
    ]  # fmt: skip


def test_a_turn_says_what_there_was_and_nothing_else(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    log.turn(5, 10, [], [], [])
    log.turn(6, 11, [1, 2], [Act("panic"), ReceivedMidi(0.5, "keys", b"\x90")], [ON, OFF], ["it broke"])
    log.turn(7, 12, [], [], [], iter(["again"]))
    log.end(9, [OFF])
    assert lines(log.path) == [
        {"t": 5, "tick": 10, "n": 1},
        {"t": 6, "tick": 11, "idle": [1, 2], "in": [plain(Act("panic")), plain(ReceivedMidi(0.5, "keys", b"\x90"))],
         "out": [["out", 1.25, "923c50"], ["far", 1.5, "823c00"]], "faults": ["it broke"], "n": 2},
        {"t": 7, "tick": 12, "faults": ["again"], "n": 3},
        {"end": True, "t": 9, "out": [["far", 1.5, "823c00"]], "n": 4},
    ]  # fmt: skip


def test_of_the_controls_a_line_has_what_was_changed(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    first = Change(stage(**{"clock.bpm": 140.0}).snapshot)
    log.begin(stage(**{"tune.seed": 5}), [], 0.0, 0)
    second = Snapshot(7, 3, {**first.snapshot.values, "tune.key": "A minor"})
    for change in (first, Change(second), Change(second)):
        log.turn(1, 0, [], [change], [])
    turned = [line["in"][0] for line in lines(log.path)[1:]]
    assert [one["values"] for one in turned] == [
        {"clock.bpm": 140.0, "tune.seed": Snapshot().values["tune.seed"]}, {"tune.key": "A minor"}, {}
    ]  # fmt: skip
    assert [one["is"] for one in turned] == ["Turned"] * 3
    assert [(one["version"], one["tune"]) for one in turned[1:]] == [(7, 3)] * 2


def test_without_a_beginning_every_control_is_news(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    log.turn(1, 0, [], [Change(Snapshot())], [])
    assert lines(log.path)[0]["in"][0]["values"] == Snapshot().values


def test_what_goes_out_is_written_in_bytes_and_moments_to_the_microsecond() -> None:
    late = Message(1.23456789, "bend", 1, 1, 2, "out")
    assert list(written([late, Silence((OFF,), True), Silence(())])) == [
        ["out", 1.234568, "e00102"], [None, True, [["far", "823c00"]]], [None, False, []]
    ]  # fmt: skip


def test_a_line_is_compact_text_in_utf_8(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    log.write({"said": "Cú ☘", "x": [1, 2]})
    log.write({"port": "\udcff é"})
    assert log.path.read_bytes() == (
        '{"said":"Cú ☘","x":[1,2],"n":1}\n'.encode() + b'{"port":"\\udcff \\u00e9","n":2}\n'
    )


def test_every_line_is_with_the_system_at_once(tmp_path: Path) -> None:
    log = log_of(tmp_path, part=60)
    for number in range(1, 5):
        log.write({"said": "x" * 20})
        assert sum(len(lines(file)) for file in tmp_path.iterdir()) == number
    log.close()
    log.close()
    with pytest.raises(ValueError):
        log.write({})


# files


def test_a_file_is_as_long_as_its_share_and_no_longer(tmp_path: Path) -> None:
    size = len('{"said":"xxxx","n":1}\n')
    for share, counts in ((2 * size, [2, 2, 1]), (2 * size - 1, [1] * 5), (1, [1] * 5), (3 * size - 1, [2, 2, 1])):
        folder = tmp_path / str(share)
        log = SessionLog(folder / "a.jsonl", part=share)
        for _ in range(5):
            log.write({"said": "xxxx"})
        log.close()
        files = [part(log.path, n + 1) for n in range(len(counts))]
        assert [len(lines(file)) for file in files] == counts
        assert sorted(folder.iterdir()) == sorted(files)


def test_of_too_many_files_the_oldest_go(tmp_path: Path) -> None:
    log = log_of(tmp_path, part=1, parts=2)
    for count in range(1, 6):
        log.write({"said": "x"})
        there = {file.name for file in tmp_path.iterdir()}
        assert there == {part(log.path, n).name for n in range(max(1, count - 1), count + 1)}


def test_the_bounds_are_those_of_a_long_night() -> None:
    assert (PART, PARTS, NAMES, KEPT) == (16_000_000, 32, 1000, 1_000_000_000)
    assert part(Path("x/a.jsonl"), 1) == Path("x/a.jsonl") and part(Path("x/a.jsonl"), 2) == Path("x/a.2.jsonl")


def test_a_log_has_its_bounds_unless_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(tmp_path)
    assert (log._part, log._parts) == (PART, PARTS)
    log.close()


def test_its_folder_is_made_and_a_folder_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    log = SessionLog(tmp_path / "a" / "b" / "c.jsonl")
    assert log.path == tmp_path / "a" / "b" / "c.jsonl" and log.path.exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError):
        SessionLog(tmp_path / "file" / "a.jsonl")


def test_the_next_free_name_is_taken_and_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("somebody's")
    part(tmp_path / "a-2.jsonl", 2).write_text("a second part is theirs too")
    first, second = log_of(tmp_path), log_of(tmp_path)
    assert [log.path.name for log in (first, second)] == ["a-3.jsonl", "a-4.jsonl"]
    assert (tmp_path / "a.jsonl").read_text() == "somebody's"
    assert not (tmp_path / "a-2.jsonl").exists()


def test_after_so_many_names_it_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_log, "NAMES", 3)
    assert [log_of(tmp_path).path.name for _ in range(3)] == ["a.jsonl", "a-2.jsonl", "a-3.jsonl"]
    with pytest.raises(FileExistsError) as caught:
        log_of(tmp_path)
    assert caught.value.args == (17, "3 logs have this name already")
    assert caught.value.filename == str(tmp_path / "a.jsonl")


def test_a_part_whose_name_is_taken_is_not_overwritten(tmp_path: Path) -> None:
    log = log_of(tmp_path, part=1)
    log.write({"said": 1})
    part(log.path, 2).write_text("somebody's")
    with pytest.raises(FileExistsError):
        log.write({"said": 2})
    assert part(log.path, 2).read_text() == "somebody's"


# a folder of logs


def session(folder: Path, day: int, age: int, size: int, name: str = "reel.jsonl") -> str:
    file = folder / f"2026-11-{day:02}T21-04-05-{name}"
    file.write_bytes(b"x" * size)
    os.utime(file, (1_000_000 - age, 1_000_000 - age))
    return file.name


def test_the_newest_logs_stay_as_long_as_there_is_room(tmp_path: Path) -> None:
    """By when they were written, not by name; the log that fills the room exactly still fits."""
    old = session(tmp_path, 29, 300, 100)
    new = [session(tmp_path, 3, 10, 100), session(tmp_path, 2, 20, 50), session(tmp_path, 9, 30, 100)]
    tidy(tmp_path, kept=250)
    assert {file.name for file in tmp_path.iterdir()} == set(new)
    tidy(tmp_path, kept=249)
    assert {file.name for file in tmp_path.iterdir()} == set(new[:2])
    assert old not in new


def test_what_is_behind_a_log_that_does_not_fit_does_not_fit_either(tmp_path: Path) -> None:
    newest = session(tmp_path, 1, 10, 10)
    session(tmp_path, 2, 20, 500)
    session(tmp_path, 3, 30, 10)
    tidy(tmp_path, kept=100)
    assert [file.name for file in tmp_path.iterdir()] == [newest]


def test_what_is_named_otherwise_is_somebodys_own(tmp_path: Path) -> None:
    for name in ("mine.jsonl", "2026-11-2T21-04-05-x.jsonl", "x2026-11-29T21-04-05-x.jsonl"):
        (tmp_path / name).write_bytes(b"x" * 999)
    recording = session(tmp_path, 1, 5, 999, "reel.wav")
    ours = session(tmp_path, 1, 5, 100)
    tidy(tmp_path, kept=100)
    assert len(list(tmp_path.iterdir())) == 5
    tidy(tmp_path, kept=99)
    assert not (tmp_path / ours).exists() and (tmp_path / recording).exists() and len(list(tmp_path.iterdir())) == 4


def test_a_folder_that_cannot_be_tidied_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tidy(tmp_path / "nowhere")
    session(tmp_path, 1, 5, 100)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "not yours")

    monkeypatch.setattr(Path, "unlink", refuse)
    tidy(tmp_path, kept=10)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_turn_of_many_bars_takes_little_more_memory_than_its_line(tmp_path: Path) -> None:
    """As plain data all at once they took sixteen times as much."""
    bars = [bar_of(*range(40, 80)) for _ in range(20)]
    log = SessionLog(tmp_path / "a.jsonl")
    log.turn(1, 2, [3], bars, [])
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    log.turn(4, 5, [6], bars, [])
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    log.close()
    first, second = lines(log.path)
    assert first["in"] == second["in"] == [plain(bar) for bar in bars]
    assert peak < 6 * log.path.stat().st_size / 2
