"""What of a patch comes only when Lilt starts with it: its voices, its drone, where its melody comes from. Pure.

While another patch plays, recalling this one turns every control as it has it, and nothing else.
"""

from __future__ import annotations

from instrument.files.patch import Patch

SOURCES = {
    "tune": "its tune that is composed",
    "chorale": "its chorale from nothing",
    "played": "its melody, which is yours to play",
}


def left_out(started: Patch, patch: Patch) -> str:
    """What `patch` has that does not come while Lilt goes on as it was started; "" if all of it comes."""
    missing = [] if patch.source == started.source else [SOURCES[patch.source]]
    others = [name for name, voice in patch.voices.items() if started.voices.get(name) != voice]
    if others:
        missing.append(f"the sound of its {_and(others)}")
    if patch.drone != started.drone:
        missing.append("its drone" if patch.drone != "none" else "no drone")
    return _and(missing)


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
