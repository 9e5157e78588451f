"""Pipe from the player to whoever keeps its log: it never blocks, and what was lost is said."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from instrument.ports.log.log_pipe import LogPipe, RecordPipe
from tests.fakes.logged import stage
from tests.fakes.sessions import Session

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
    tape = RecordPipe(ours)
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
