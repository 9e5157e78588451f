"""The part of a patch that comes only when Lilt starts with it: where its melody comes from. Pure.

While another patch plays, recalling this one turns every control as it has it, those of its voices among them.
"""

from __future__ import annotations

from instrument.files.patch import Patch

SOURCES = {
    "tune": "its tune that is composed",
    "chorale": "its chorale from nothing",
    "played": "its melody, which is yours to play",
}


def left_out(started: Patch, source: str) -> str:
    """What a patch has that does not come while Lilt goes on as it was started; "" if all of it comes.

    source: where its melody comes from
    """
    return "" if source == started.source else SOURCES[source]
