"""The session log: what came in and went out, whole, bounded, and playable again to the byte."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.commands.main import main
from instrument.controls.snapshot import Snapshot
from instrument.files.rig_file import InputPort, OutputPort, Plugged
from instrument.music.cues import Voiced, Voicing
from instrument.music.events import Note, Place, Span
from instrument.playing.json_codec import plain, revive
from instrument.playing.messages import AccompanistState, Act, Change, PlayerSetup, Plug, Said, ThinkerState
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.performance import Silence
from instrument.playing.time.clock import ManualClock
from instrument.ports.log import watchdog
from instrument.ports.log.log_pipe import LogPipe, Tape
from instrument.ports.log.replay import read, replay
from instrument.ports.log.session_log import SessionLog, part, tidy
from instrument.ports.midi.output import MidiOutput
from tests.fakes.band import BAR, bar_of
from tests.fakes.paths import DATA
from tests.fakes.sessions import Session
from tests.fakes.wire import Wire

MIDI = Plugged((OutputPort("out", "Synth"),), (InputPort("keys", "Keys", ("out",)),))


def stage(bars: int | None = None) -> PlayerSetup:
    opening = tuple(bar_of(60, 64, 67, start=n * BAR) for n in range(3))
    return PlayerSetup(Snapshot(), opening, {"melody": (1, 0), "soprano": (3, 0)}, {}, midi=MIDI, bars=bars)


def everything(session: Session) -> None:
    """Something of every kind comes in."""
    session.take(ThinkerState(True), AccompanistState(True))
    session.run(0.3)
    snapshot = Snapshot().with_value("clock.bpm", 140)
    session.take(Change(snapshot))
    session.run(0.4)
    session.hear(0x92, 70, 90)
    session.take(bar_of(72, 74, start=3 * BAR, plan=1))
    session.run(0.5)
    session.take(Change(snapshot.with_value("tune.key", "A minor").with_value("harmony.follow", "played")))
    session.take(Voicing(1, 0, (Voiced("bass", 48, 0),)))
    session.take(Plug("out", False))
    session.run(0.5)
    session.take(Plug("out", True), Plug("keys", False, True))
    session.run(1.0)
    session.take(Act("panic"))
    session.take(Act("panic"))
    session.take(Act("transport.stop"))
    session.run(0.1)
    session.take(Act("transport.play"), ThinkerState(False))
    session.run(3.0)


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


def lines_of(tmp_path: Path) -> tuple[Path, list[dict[str, Any]]]:
    session = Session(tmp_path / "all.jsonl", stage())
    everything(session)
    path = session.close()
    return path, [line for _, line in read(path)]


def write_lines(path: Path, lines: list[Any]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


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


@pytest.mark.parametrize("seed", range(60))
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


# the tape


def taken(line: multiprocessing.connection.Connection) -> list[tuple[int, tuple[object, ...]]]:
    import pickle

    found = []
    while line.poll(0):
        found.append(pickle.loads(line.recv_bytes()))
    return found


def test_a_tape_never_blocks_and_says_what_it_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instrument.ports.log.log_pipe.MOST", 100_000)
    theirs, ours = multiprocessing.Pipe(duplex=False)
    tape = Tape(ours)
    for number in range(1000):  # nobody reads: half a megabyte
        tape.put(("event", {"said": f"{number} " + "x" * 500}))
    assert tape.lost > 500
    first = taken(theirs)
    tape.put(("event", {"said": "now"}))
    second = taken(theirs)
    while more := (tape.put(("event", {"said": "again"})), taken(theirs))[1]:
        second += more
        if any(lost for lost, _ in more):
            break
    whole = [*first, *second]
    numbers = [int(str(record[1]["said"]).split()[0]) for _, record in whole if "x" in str(record)]
    assert numbers == list(range(len(numbers))), "in order, without a hole before what is said to be lost"
    assert sum(lost for lost, _ in whole) == tape.lost == 1000 - len(numbers)
    assert len(numbers) * 500 < 100_000 + (1 << 21), "what waits is bounded by MOST, and by what the pipe holds"
    theirs.close()
    tape.put(("event", {}))
    assert not tape.on
    tape.put(("event", {}))


def test_turns_in_which_nothing_happens_are_told_together_and_once_a_second(tmp_path: Path) -> None:
    theirs, ours = multiprocessing.Pipe(duplex=False)
    tape = LogPipe(ours)
    tape.begin(stage(), ["out"], 0.02, 5.0)
    session = Session(tmp_path / "x.jsonl", stage(bars=0))
    for number in range(1, 30):
        tape.turn(5.0 + number * 0.1, 0, [], session.take())
    records = [record for _, record in taken(theirs)]
    assert [record[0] for record in records] == ["begin", "idle", "idle"]
    assert records[1][1] == [100_000] * 11


# the witness


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[watchdog.Watchdog, Wire, Path]:
    far = Wire()
    monkeypatch.setattr(watchdog.output, "open_output", lambda name: MidiOutput(far, name))
    one = watchdog.Watchdog(tmp_path / "kept.jsonl", clock=ManualClock())
    one.take(0, ("begin", stage(), ["out"], 0.02, 1_000_000))
    one.take(0, ("ports_there", {"out": "Synth 20:0"}))
    ons = [Message(1.0, "on", 1, note, 80, "out") for note in (60, 64)] + [Message(1.0, "on", 2, 50, 80, "elsewhere")]
    one.take(0, ("turn", [5000], 5000, 0, [], ons, []))
    one.take(0, ("turn", [], 5000, 0, [], [Message(1.1, "off", 1, 60, 0, "out")], []))
    assert not far.sent
    return one, far, tmp_path / "kept.jsonl"


def test_the_notes_of_a_player_that_dies_are_ended_by_the_witness(
    watched: tuple[watchdog.Watchdog, Wire, Path],
) -> None:
    one, far, path = watched
    one.gone()
    assert far.sent[:6] == [(0x80, 64, 0), *((0xB0, number, 0) for number in (64, 66, 67, 123, 120))]
    again = [(0x80, 64, 0), (0x80, 60, 0)] * watchdog.TIMES  # the second had been told, and may not have left
    assert far.sent[6:] == again, "a server may lose what it is given while it buries the player"
    one.close()
    lines = [line for _, line in read(path)]
    assert lines[-1] == {"said": "the player has died; 1 notes were ended for it", "n": len(lines)}
    assert lines[2]["t"] == 1_010_000 and lines[2]["idle"] == [5000]


def test_the_notes_of_a_player_that_hangs_are_ended_once_and_it_may_go_on(
    watched: tuple[watchdog.Watchdog, Wire, Path],
) -> None:
    one, far, _ = watched
    one.silent()
    sent = len(far.sent)
    assert far.sent[0] == (0x80, 64, 0)
    one.silent()
    assert len(far.sent) == sent
    one.take(0, ("turn", [], 5000, 0, [], [Message(9.0, "on", 1, 70, 80, "out")], []))
    one.gone()
    assert (0x80, 70, 0) in far.sent


def test_a_player_that_says_goodbye_is_left_alone(watched: tuple[watchdog.Watchdog, Wire, Path]) -> None:
    one, far, path = watched
    one.take(0, ("end", [], 5000, [Silence((Message(1.2, "off", 1, 64, 0, "out"),))]))
    one.gone()
    one.silent()
    one.close()
    assert not far.sent
    assert list(read(path))[-1][1]["end"]


def test_a_port_that_has_gone_is_not_touched(watched: tuple[watchdog.Watchdog, Wire, Path]) -> None:
    one, far, _ = watched
    one.take(0, ("ports_there", {}))
    one.gone()
    one.close()
    assert not far.sent


def test_a_full_disk_ends_the_log_and_not_the_watch(
    watched: tuple[watchdog.Watchdog, Wire, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, far, _ = watched
    ours, theirs = multiprocessing.Pipe()
    one._conductor = theirs
    monkeypatch.setattr(one._log, "write", lambda line: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    one.take(0, ("idle", [5000]))
    assert ours.recv() == Said("there is no session log: No space left on device")
    one.take(3, ("idle", [5000]))
    one.gone()
    assert far.sent
