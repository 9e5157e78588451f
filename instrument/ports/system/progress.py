"""A progress bar on the terminal while something takes more than a moment; none where standard error is a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def each(items: Sequence[Item], what: str, unit: str = "file") -> Iterable[Item]:
    """The items, and how many of them are done."""
    found: Iterable[Item] = tqdm(items, what, unit=f" {unit}s", disable=None, leave=False)
    return found


def bar(total: int, what: str, unit: str) -> Any:
    """A bar to be updated by hand, as a context; `update(n)` says that n more are done."""
    return tqdm(total=total, desc=what, unit=f" {unit}s", disable=None, leave=False)
