"""Known tunes on the command line: `lilt play TUNE.abc [X]`, a folder or a tunebook, and the patch that plays them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from instrument.files.patch import Patch, find, with_tunes
from instrument.files.repertoire import open_repertoire, said
from instrument.files.shipped import patch_names

TIMES = 3  #: through each tune of a repertoire, as sessions have it, where the patch says once


def names_tunes(word: str) -> bool:
    """Whether what was typed in a patch's place names a file or a folder of tunes."""
    path = Path(word)
    return path.suffix.lower() == ".abc" or (path.is_dir() and word not in patch_names())


def patch_for(word: str, number: str | None, name: str | None) -> Patch:
    """What plays: a patch of that name or file, or one with the tunes of a file or folder.

    number: the `X:` of the tune that comes first; name: the patch that plays them, None for the one of its dance.
    Raises ValueError, one line.
    """
    if not names_tunes(word):
        if number is not None:
            raise ValueError(f'"{number}" behind {word}: a number names a tune of an ABC file; give the file instead')
        return find(name or word)
    repertoire = open_repertoire(Path(word))
    place = repertoire.place(number) if number is not None else repertoire.from_first(1).at
    tune = repertoire.tunes[place].known()
    dance = tune.dance.replace(" ", "-")
    patch = find(name or (dance if dance in patch_names() else "first"))
    patch = with_tunes(patch, repertoire, place)
    if patch.values["set.times"] == 1:
        patch = replace(patch, values={**patch.values, "set.times": TIMES})
    return patch


def line_of(patch: Patch) -> str:
    """One line for people: the tune that comes first, where one is known."""
    if patch.known is None:
        return ""
    tune, count = patch.known.tune(patch.known.at), patch.known.count
    return (f"tune {patch.known.at + 1} of {count}: " if count > 1 else "") + said(tune)
