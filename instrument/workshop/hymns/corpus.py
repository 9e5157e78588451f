"""Hymns in a folder of ABC, all of them on the grid, and what was left out.

The files are not ours to pass on: the command is told where they are. A split is fixed, but a folder may hold fewer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from instrument.ports.system import progress
from instrument.workshop.chorale.corpus import Chorale, Chorales
from instrument.workshop.hymns.read import read_hymn


def load_hymns(folder: Path) -> Chorales:
    """Every hymn of a folder and the folders in it, in the order of their names; of copies the first.

    Raises ValueError, one line, for what is no folder and for one without a hymn that reads. blocks: seconds.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder}: is no folder; give the one that holds the Open Hymnal's .abc files")
    files = sorted(folder.rglob("*.abc"), key=lambda path: path.name)
    if not files:
        raise ValueError(f"{folder}: no .abc file in it; give the folder that holds the Open Hymnal's")
    hymns: list[Chorale] = []
    refused: list[tuple[str, str]] = []
    seen: dict[object, str] = {}
    for path in progress.each(files, "reading hymns", "file"):
        try:
            hymn = read_hymn(path)
            if any(hymn.name == other.name for other in hymns):
                raise ValueError("a name that was there before")
            if (before := seen.setdefault(hymn.voices, hymn.name)) != hymn.name:
                raise ValueError(f"a copy of {before}")
        except (ValueError, OSError) as error:
            refused.append((path.name, " ".join(str(error).split())[:160] or type(error).__name__))
            continue
        hymns.append(hymn)
    if not hymns:
        why = Counter(reason for _, reason in refused).most_common(1)[0][0]
        raise ValueError(f"{folder}: none of its {len(files)} .abc files is a hymn in four voices (mostly: {why})")
    return Chorales(tuple(hymns), tuple(refused))


def as_written(hymns: Sequence[Chorale]) -> int:
    """Steps in all."""
    return sum(hymn.steps for hymn in hymns)
