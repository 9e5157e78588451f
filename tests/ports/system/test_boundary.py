"""Boundaries: a listener that fails is said once, and everybody else hears on."""

from __future__ import annotations

from pathlib import Path

from instrument.files.patch import find
from instrument.playing.messages import Act, Change, FirstNote
from instrument.ports.system.boundary import MOST, Boundary
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig


def test_a_fault_of_one_who_listens_is_said_once_and_the_others_hear(tmp_path: Path) -> None:
    said: list[str] = []
    heard: list[object] = []
    conductor = Conductor(find("first"), Rig(silent=True, recordings=tmp_path, osc_port=0), said.append, seed=1)

    def broken(message: object) -> None:
        raise KeyError("the page\nhas a hole")

    for kind in (Change, Act):
        conductor.listen(kind, broken)
        conductor.listen(kind, heard.append)
    for _ in range(3):
        conductor.change([("tune.temperature", 0.5)])
        conductor.act("panic")
    assert len(heard) == 6
    assert said == ["what hears of Change: KeyError: 'the page\\nhas a hole'; the music goes on"]

    class Dead:
        def receive(self) -> list[object]:
            return [FirstNote(1.0), FirstNote(2.0)]

    conductor.hears[Dead()] = {FirstNote: broken}  # type: ignore[index]
    conductor.listen(FirstNote, heard.append)
    conductor._hear(next(child for child in conductor.hears if isinstance(child, Dead)))  # type: ignore[arg-type]
    assert heard[-1] == FirstNote(2.0)


def test_a_boundary_never_raises_and_a_storm_of_faults_is_bounded() -> None:
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        raise OSError("nobody reads what is printed")

    boundary = Boundary("the page", say)
    for number in range(3 * MOST):
        assert not boundary.run(lambda number=number: [][number])  # type: ignore[misc]
        assert not boundary.run(lambda number=number: {}[number])  # type: ignore[misc]
    assert len(said) == MOST
