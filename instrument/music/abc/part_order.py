"""Parts of a tune in the order that its `P:` field asks for: AABB, A2B2, (AB)2C. Pure."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from instrument.music.abc.written_tune import Refused, WrittenTune


def in_order(
    body: list[WrittenTune], starts: list[tuple[str, int]], order: str | None, dropped: Counter[str]
) -> list[WrittenTune]:
    """The body as it is played. starts: each part's letter and its first sign; order: "AABB", None for as written.

    A part without repeat signs that is played twice running gets them; otherwise it is written out again. What stands
    before the first part is played first. Raises Refused for a part that is written twice.
    """
    if order is None or not starts:
        if order is not None and len(set(order)) < len(order):
            dropped["order of parts that are not marked"] += 1
        return body
    if len({letter for letter, _ in starts}) < len(starts):
        raise Refused("a part that is written twice")
    ends = [first for _, first in starts[1:]] + [len(body)]
    parts = {letter: body[first:end] for (letter, first), end in zip(starts, ends, strict=True)}
    out = body[: starts[0][1]]
    for letter, group in groupby(order):
        times = len(list(group))
        if letter not in parts:
            dropped["part that is not written"] += 1
            continue
        for copy in _times(parts[letter], times):
            if out and out[-1].kind != "bar" and copy and copy[0].kind != "bar":
                out.append(WrittenTune("bar", text="|"))
            out += copy
    return out


def _times(part: list[WrittenTune], times: int) -> list[list[WrittenTune]]:
    if times % 2 or any(w.kind == "bar" and w.text != "|" for w in part):
        return [part] * times
    first = next((i for i, w in enumerate(part) if w.kind != "bar"), len(part))
    last = next((i for i, w in enumerate(reversed(part)) if w.kind != "bar"), 0)
    inner = part[first : len(part) - last]
    return [[WrittenTune("bar", text="|:"), *inner, WrittenTune("bar", text=":|")]] * (times // 2)
