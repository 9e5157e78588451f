"""Dance of a patch: what its tunes are set beside."""

from __future__ import annotations

from instrument.files.patch import Patch, find
from instrument.music.dances.dance import DANCES
from instrument.music.dances.dance_meters import dance_in


def dance_of(patch: str | Patch) -> str:
    """The dance that a patch sets, else its name where that is one, else its meter's usual one. Raises PatchError."""
    whole = find(patch) if isinstance(patch, str) else patch
    snapshot = whole.snapshot()
    wanted = str(snapshot.values["tune.dance"])
    named = whole.name.replace("-", " ")
    return dance_in(snapshot.meter, named if wanted == "auto" and named in DANCES else wanted)
