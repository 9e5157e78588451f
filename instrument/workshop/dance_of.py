"""Which dance a patch plays: what its tunes are set beside."""

from __future__ import annotations

from instrument.controls.patch import Patch, find
from instrument.workshop.tune_rhythm import DANCES


def dance_of(patch: str | Patch) -> str:
    """The patch's own dance, else its name where that is one, else the first dance of its meter. Raises PatchError;
    ValueError for a meter that no dance has."""
    whole = find(patch) if isinstance(patch, str) else patch
    named = str(whole.values.get("tune.dance", "") or whole.name).replace("-", " ")
    if named in DANCES:
        return named
    meter = str(whole.snapshot().meter)
    found = next((dance for dance, (own, _) in DANCES.items() if own == meter), None)
    if found is None:
        raise ValueError(f"{whole.name}: no dance is in {meter}; name another patch")
    return found
