"""OSC address patterns: which addresses a pattern means. Pure; never slow, whatever the pattern.

As OSC 1.0 has them: `?` one sign, `*` any within a level, `[a-f]` and `[!a-f]` one of those, `{beam,tuple}` one of
these words; and `//` from OSC 1.1, any number of levels. So `/lilt/harmony/expert/*` is every expert's weight and
`/lilt//norm` every fader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

SIGNS = frozenset("?*[{")
LONGEST = 200  #: characters of a pattern
MOST = 4  #: stars and double slashes in one pattern, so that matching stays quick


def is_pattern(address: str) -> bool:
    """Whether it means more than itself."""
    return not SIGNS.isdisjoint(address) or "//" in address


def matching(pattern: str, addresses: Iterable[str]) -> list[str]:
    """Those that the pattern means, in their order. Raises ValueError, one line, for a pattern that is none."""
    if not is_pattern(pattern):
        return [address for address in addresses if address == pattern]
    law = _law(pattern)
    return [address for address in addresses if law.fullmatch(address)]


@lru_cache(maxsize=256)
def _law(pattern: str) -> re.Pattern[str]:
    if len(pattern) > LONGEST or pattern.count("*") + pattern.count("//") > MOST:
        raise ValueError(f"a pattern of more than {LONGEST} signs, or of more than {MOST} stars and double slashes")
    text, at = "", 0
    while at < len(pattern):
        piece, at = _piece(pattern, at)
        text += piece
    return re.compile(text)


def _piece(pattern: str, at: int) -> tuple[str, int]:
    """(what the sign at `at` means as a regular expression, where the next one stands)."""
    sign = pattern[at]
    if pattern.startswith("//", at):
        return "/(?:[^/]+/)*", at + 2
    if sign == "?":
        return "[^/]", at + 1
    if sign == "*":
        return "[^/]*", at + 1
    if sign in "[{":
        end = pattern.find("]" if sign == "[" else "}", at)
        if end < 0:
            raise ValueError(f"the pattern's {sign} is not closed")
        inside = pattern[at + 1 : end]
        return (_one_of(inside) if sign == "[" else f"(?:{'|'.join(map(re.escape, inside.split(',')))})"), end + 1
    return re.escape(sign), at + 1


def _one_of(inside: str) -> str:
    negated = inside.startswith("!")
    signs: set[str] = set()
    at = int(negated)
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            first, last = ord(inside[at]), ord(inside[at + 2])
            signs |= {chr(n) for n in range(first, min(last, 127) + 1)}
            at += 3
        else:
            signs.add(inside[at])
            at += 1
    if not signs:
        return "[^/]" if negated else "(?!)"
    return f"(?!/)[{'^' * negated}{''.join(map(re.escape, sorted(signs)))}]"
