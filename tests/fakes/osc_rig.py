"""A running instrument that programs reach over OSC, and the notes that have been down on its wire."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from instrument.files.patch import find
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes.waiting import until
from tests.fakes.wire_watch import newest, watched


class Played:
    def __init__(self, conductor: Conductor, said: list[str]) -> None:
        self.conductor, self.said = conductor, said
        self.ever: set[tuple[int, int]] = set()
        self._since = 0  # lines said before that are of no interest

    def begin(self) -> None:
        """What has been down until now is forgotten."""
        self._since, self.ever = len(self.said), set()

    @property
    def port(self) -> int:
        return self.conductor.osc_address[1]

    def saw(self, *notes: tuple[int, int]) -> bool:
        """Whether all of these, channel 1..16 and note, have been down."""
        self.ever |= {key for line in self.said[self._since :] if line.startswith("wire") for key in newest([line])[0]}
        return set(notes) <= self.ever


@contextmanager
def playing(folder: Path, **rig: object) -> Iterator[Played]:
    said: list[str] = []
    given = Rig(silent=True, dry=True, recordings=folder, osc_port=0, log=False, **rig)  # type: ignore[arg-type]
    conductor = Conductor(find("first"), given, said.append, seed=7, body=watched)
    thread = threading.Thread(target=conductor.run)
    thread.start()
    try:
        assert until(lambda: any(span.source == "composed" for span in conductor.announced), 60), said
        yield Played(conductor, said)
    finally:
        conductor.stop()
        thread.join(20)
    assert not thread.is_alive() and not conductor.failed
    assert not any("fault" in line for line in said), said
