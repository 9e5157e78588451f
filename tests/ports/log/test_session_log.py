"""The session log: what came in and went out, whole, bounded, and playable again to the byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from instrument.commands.main import main
from instrument.playing.json_codec import revive
from instrument.playing.midi.output_message import Message
from instrument.ports.log import watchdog
from instrument.ports.log.replay import read, replay
from instrument.ports.log.session_log import SessionLog, part, tidy
from tests.fakes.logged import everything, lines_of, stage, write_lines
from tests.fakes.paths import DATA
from tests.fakes.sessions import Session


def test_a_session_played_again_gives_the_same_bytes(tmp_path: Path) -> None:
    session = Session(tmp_path / "all.jsonl", stage())
    everything(session)
    found = replay(session.close())
    assert found.same, found.difference
    assert found.whole
    assert found.messages == sum(isinstance(one, Message) for one in session.out) > 20


def test_what_is_different_is_found(tmp_path: Path) -> None:
    session = Session(tmp_path / "all.jsonl", stage())
    session.run(2.0)
    path = session.close()
    text = path.read_text()
    assert '"903c50"' in text
    path.write_text(text.replace('"903c50"', '"903d50"', 1))
    found = replay(path)
    assert not found.same and found.difference.startswith("line 2, 100.00")
    assert "903c50" in found.difference and "903d50" in found.difference


def test_a_log_cut_by_a_crash_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    session = Session(tmp_path / "cut.jsonl", stage())
    session.run(2.0)
    path = session.close()
    path.write_bytes(path.read_bytes()[:-300])
    found = replay(path)
    assert found.same and not found.whole and found.messages > 2


def test_what_is_no_log_is_one_line(tmp_path: Path) -> None:
    strange = '{"begin":{"is":"Act","name":"x"},"t":1}\n'
    for text, said in (("", "begin"), ("hello\n", "no log"), ('{"t":1}\n', "begin"), (strange, "begin")):
        (tmp_path / "x.jsonl").write_text(text)
        with pytest.raises(ValueError, match=said) as error:
            replay(tmp_path / "x.jsonl")
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="no session log"):
        replay(tmp_path / "none.jsonl")


@pytest.mark.parametrize("path", sorted(DATA.glob("*.jsonl")), ids=lambda path: path.stem)
def test_recorded_sessions_give_the_same_bytes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Played on stage once; whatever changes in the player must leave them alone, or be meant."""
    assert main(["replay", str(path)]) == 0, capsys.readouterr().out
    assert "the same bytes" in capsys.readouterr().out


def test_there_is_a_recorded_session_of_each_way_of_playing() -> None:
    there = {path.stem for path in DATA.glob("*.jsonl")}
    assert {"session-steered", "session-accompanied", "session-answer", "session-tap", "session-hold"} <= there
    for way in ("answer", "tap", "hold"):
        begin = next(read(DATA / f"session-{way}.jsonl"))[1]["begin"]
        assert revive(begin).snapshot.values["play.way"] == way


def test_a_log_is_bounded_and_its_parts_are_read_in_order(tmp_path: Path) -> None:
    log = SessionLog(tmp_path / "long.jsonl", part=500, parts=3)
    log.begin(stage(), ["out"], 0.02, 0)
    for number in range(200):
        log.write({"said": f"{number}"})
    log.close()
    files = list(tmp_path.iterdir())
    assert len(files) == 3
    assert all(file.stat().st_size <= 500 for file in files)
    kept = SessionLog(tmp_path / "two.jsonl", part=2000)
    for number in range(300):
        kept.write({"said": f"{number}"})
    kept.close()
    assert part(kept.path, 2).exists()
    assert [line["said"] for _, line in read(kept.path)] == [str(number) for number in range(300)]


def test_a_folder_of_logs_is_bounded_and_holds_the_newest(tmp_path: Path) -> None:
    for number in range(6):
        file = tmp_path / f"2026-11-2{number}T21-04-05-reel.jsonl"
        file.write_bytes(b"x" * 100)
        os.utime(file, (number, number))
    for mine in ("mine.wav", "mine.jsonl"):
        (tmp_path / mine).write_bytes(b"x" * 1000)
    tidy(tmp_path, kept=250)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "2026-11-24T21-04-05-reel.jsonl", "2026-11-25T21-04-05-reel.jsonl", "mine.jsonl", "mine.wav",
    ]  # fmt: skip


def test_a_name_that_is_taken_stays_whose_it_is(tmp_path: Path) -> None:
    names = []
    for said in ("the whole first set", "an hour later", "and again"):
        log = SessionLog(tmp_path / "a.jsonl", part=100)
        log.write({"said": said})
        log.write({"said": "x" * 100})
        log.close()
        names.append(log.path.name)
    assert names == ["a.jsonl", "a-2.jsonl", "a-3.jsonl"]
    first = [next(read(tmp_path / name))[1]["said"] for name in names]
    assert first == ["the whole first set", "an hour later", "and again"]
    part(tmp_path / "b.jsonl", 2).write_bytes(b"somebody's second part")
    assert SessionLog(tmp_path / "b.jsonl").path.name == "b-2.jsonl"


def test_a_name_that_is_no_text_is_written_and_read_back(tmp_path: Path) -> None:
    log = SessionLog(tmp_path / "a.jsonl")
    log.write({"ports": {"keys": "\udcff \u2618"}})
    log.close()
    assert next(read(log.path))[1]["ports"]["keys"] == "\udcff \u2618"


@pytest.mark.parametrize("what", ["due", "t", "tick", "idle"])
def test_what_was_sent_at_another_time_is_found(tmp_path: Path, what: str) -> None:
    """A message a millisecond later, a turn a millisecond later, the music a tick further on."""
    path, lines = lines_of(tmp_path)
    struck = [n for n, line in enumerate(lines) if any(o[0] and o[2].startswith("9") for o in line.get("out", ()))]
    line = next(n for n in struck if n > 3)
    if what == "due":
        lines[line]["out"][0][1] += 0.001
    elif what == "t":
        lines[line]["t"] += 40_000
    elif what == "tick":
        lines[line]["tick"] += 1
    else:
        before = next(n for n in range(line, len(lines)) if "t" in lines[n])
        lines[before]["idle"] = [30_000_000]
    write_lines(path, lines)
    try:
        assert not replay(path).same
    except ValueError as error:
        assert what == "idle" and "time goes from" in str(error)


def test_a_due_time_rounded_otherwise_is_the_same(tmp_path: Path) -> None:
    path, lines = lines_of(tmp_path)
    for line in lines:
        for one in line.get("out", ()):
            if one[0]:
                one[1] = round(one[1] + 5e-7, 7)
    write_lines(path, lines)
    assert replay(path).same


@pytest.mark.parametrize("lost", ["told", "missing"])
def test_records_that_were_lost_are_noticed(tmp_path: Path, lost: str) -> None:
    path, lines = lines_of(tmp_path)
    if lost == "told":
        lines.insert(5, {"lost": 3})  # as its writer numbers them
        for number, line in enumerate(lines, 1):
            line["n"] = number
        said = "line 6: the log lost 3 records here"
    else:
        del lines[5:7]
        said = "line 6: 2 lines before it are missing"
    write_lines(path, lines)
    found = replay(path)
    assert not found.same and found.difference.startswith(said)


def test_what_was_lost_of_osc_and_talk_is_no_matter(tmp_path: Path) -> None:
    one = watchdog.Watchdog(tmp_path / "a.jsonl")
    one.take(3, ("event", {"said": "x"}))
    one.take(2, ("idle", [1000]))
    one.close()
    assert [{k: v for k, v in line.items() if k != "n"} for _, line in read(tmp_path / "a.jsonl")] == [
        {"lost": 3, "of": "events"}, {"said": "x"}, {"lost": 2}, {"idle": [1000]},
    ]  # fmt: skip
    path, lines = lines_of(tmp_path)
    lines.insert(5, {"lost": 3, "of": "events"})
    write_lines(path, [{k: v for k, v in line.items() if k != "n"} for line in lines])
    assert replay(path).same, "and logs of before lines had numbers are played"
