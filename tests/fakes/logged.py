"""A short session in which something of every kind comes in, and the lines of its log."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from instrument.controls.devices.plugged import InputPort, OutputPort, Plugged
from instrument.controls.snapshot import Snapshot
from instrument.music.cues import Voiced, Voicing
from instrument.playing.messages import AccompanistState, Act, Change, PlayerSetup, Plug, ThinkerState
from instrument.ports.log.replay import read
from tests.fakes.band import BAR, bar_of
from tests.fakes.sessions import Session

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


@cache
def _logged() -> bytes:
    """The log of `everything`: the same whenever it is played, so it is played once."""
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Path(folder) / "all.jsonl", stage())
        everything(session)
        return session.close().read_bytes()


def lines_of(tmp_path: Path) -> tuple[Path, list[dict[str, Any]]]:
    """A log of its own of `everything`, and its lines, to be changed."""
    path = tmp_path / "all.jsonl"
    path.write_bytes(_logged())
    return path, [line for _, line in read(path)]


def write_lines(path: Path, lines: list[Any]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
