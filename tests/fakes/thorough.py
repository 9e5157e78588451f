"""Shares of large tests: a part of their seeds and cases each time, all of them with LILT_THOROUGH=1.

`make test` and CI take the part, `make test-long` all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

One = TypeVar("One")
THOROUGH = os.environ.get("LILT_THOROUGH", "") not in ("", "0")


def share(part: int, whole: int) -> int:
    """How many are tried: `part` of them, or the whole."""
    return whole if THOROUGH else part


def every(step: int, cases: Sequence[One]) -> Sequence[One]:
    """Each `step`th case, the first included, or all."""
    return cases if THOROUGH else cases[::step]
