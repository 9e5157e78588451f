"""Novelty of a passage: the longest run of notes that it shares with the training tunes.

The index is a sorted table of 32-bit marks, one for each different run of eight notes in the training tunes (never
in the tunes held out), written beside the weights as NAME.runs.safetensors. It holds no music, only marks, so it says
whether a run occurs, not where. n marks known in a row are a run of n + 7 notes; as each may come from another
tune, that is at most too long, never too short. A mark that is known by chance: once in some 20,000.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from instrument.music.analysis.runs import RUN, runs
from instrument.music.note import Note
from instrument.networks.weight_files import refuse

Marks = NDArray[np.uint32]


def marks(notes: Sequence[Note]) -> Marks:
    """[notes - 7], a mark for each run of eight notes; empty where there are fewer. Pure."""
    packed = (struct.pack(f"<{3 * (RUN - 1)}i", *(n for step in run for n in step)) for run in runs(notes))
    return np.array([zlib.crc32(each) for each in packed], np.uint32)


class NoteIndex:
    """Index of runs of notes in the training tunes. known: sorted marks, [runs]. Immutable; any thread."""

    def __init__(self, known: Marks) -> None:
        self.known = known

    def __len__(self) -> int:
        return len(self.known)

    @staticmethod
    def of(tunes: Iterable[Sequence[Note]]) -> NoteIndex:
        """The index of these tunes."""
        return NoteIndex(np.unique(np.concatenate([np.empty(0, np.uint32), *map(marks, tunes)])))

    def longest(self, notes: Sequence[Note]) -> int:
        """Notes in the longest run that the training tunes have too; 0 where no eight notes are shared."""
        mine = marks(notes)
        if not len(mine) or not len(self.known):
            return 0
        places = np.minimum(np.searchsorted(self.known, mine), len(self.known) - 1)
        longest = streak = 0
        for known in (self.known[places] == mine).tolist():
            streak = streak + 1 if known else 0
            longest = max(longest, streak)
        return longest + RUN - 1 if longest else 0

    def save(self, stem: Path) -> None:
        """Write STEM.runs.safetensors. Raises OSError."""
        save_file({"runs": self.known}, _file(stem), {"notes": str(RUN)})
        _file(stem).chmod(0o644)

    @staticmethod
    def load(stem: Path) -> NoteIndex | None:
        """The index beside these weights; None where there is none. Raises ValueError for a broken one, one line."""
        try:
            refuse(_file(stem))
            known = load_file(_file(stem))["runs"]
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, KeyError) as error:
            raise ValueError(f"{_file(stem)}: not an index of runs ({error}); remove it, or train again") from None
        if known.dtype != np.uint32 or known.ndim != 1 or not bool((known[1:] > known[:-1]).all()):
            raise ValueError(f"{_file(stem)}: not a sorted index of runs; remove it, or train again")
        return NoteIndex(known)


def _file(stem: Path) -> Path:
    return stem.with_name(stem.name + ".runs.safetensors")
