"""Overlap of two tunes: the longest run of notes that one shares with any other, and that tune's name.

`instrument.networks.folk.novelty` knows only whether runs occur and travels with the weights; this holds the tunes
themselves, names them, and is exact. Two passages are the same whatever their key and note values (`music.runs`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from instrument.music.analysis.runs import RUN, Step, runs
from instrument.music.note import Note


@dataclass(frozen=True, slots=True)
class Shared:
    """Shared run of notes of two tunes.

    notes: how many, 0 where no eight are shared; at: the first of them in the tune asked about; source: name of
    the other tune, "" for none; source_at: the first of them there."""

    notes: int = 0
    at: int = 0
    source: str = ""
    source_at: int = 0


class Sources:
    """Every run of eight notes of some tunes, and where it stands. Immutable once built; any thread."""

    def __init__(self, tunes: Iterable[tuple[str, Sequence[Note]]]) -> None:
        """tunes: (name, notes)."""
        self.names: list[str] = []
        self._numbers: dict[tuple[Step, ...], int] = {}
        self._holders: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for index, (name, notes) in enumerate(tunes):
            self.names.append(name)
            for at, run in enumerate(runs(notes)):
                self._holders[self._numbers.setdefault(run, len(self._numbers))].append((index, at))

    def longest(self, notes: Sequence[Note], but: str = "") -> Shared:
        """The longest run of these notes in any one tune not named `but`; of equals the first. Pure."""
        best = Shared()
        open_: dict[tuple[int, int], int] = {}  # (tune, place of the last run): how many runs in a row end there
        for at, run in enumerate(runs(notes)):
            number = self._numbers.get(run)
            places = self._holders[number] if number is not None else []
            open_ = {(tune, place): open_.get((tune, place - 1), 0) + 1 for tune, place in places}
            for (tune, place), streak in open_.items():
                length = streak + RUN - 1
                if length > best.notes and self.names[tune] != but:
                    best = Shared(length, at - streak + 1, self.names[tune], place - streak + 1)
        return best
