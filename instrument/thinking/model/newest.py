"""A bounded table of what is costly to make: what was asked for last is kept, the oldest makes room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Made = TypeVar("Made")


def newest(kept: dict[Key, Made], key: Key, make: Callable[[], Made], most: int) -> Made:
    """What `kept` has under `key`, made where it is missing, and the newest from now on; `most` are kept, >= 1."""
    found = kept.pop(key) if key in kept else make()
    kept[key] = found
    while len(kept) > most:
        del kept[next(iter(kept))]
    return found
