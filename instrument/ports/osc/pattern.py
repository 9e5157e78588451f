"""OSC address patterns: which addresses a pattern means. Pure, and never slow, whatever the pattern.

As OSC 1.0 has them: `?` one sign, `*` any within a level, `[a-f]` and `[!a-f]` one of those, `{beam,tuple}` one of
these words; and `//` from OSC 1.1, any number of levels. So `/lilt/harmony/expert/*` is every expert's weight and
`/lilt/norm//*` every fader.

Matching goes through the pattern once and never back: it carries the set of all places in the address where the
pattern so far may end, as the bits of one number. So the cost is the pattern's length times the number of addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

SIGNS = frozenset("?*[{")
LONGEST = 200  #: characters of a pattern
MOST = 4  #: stars and double slashes in one pattern

Step = Callable[["_Address", int], int]  #: places before a piece of the pattern -> places after it


def is_pattern(address: str) -> bool:
    """Whether it means more than itself."""
    return not SIGNS.isdisjoint(address) or "//" in address


def matching(pattern: str, addresses: Iterable[str]) -> list[str]:
    """Those that the pattern means, in their order. Raises ValueError, one line, for a pattern that is none."""
    if not is_pattern(pattern):
        return [address for address in addresses if address == pattern]
    return list(_meant(pattern, tuple(addresses)))


@lru_cache(maxsize=64)
def _meant(pattern: str, addresses: tuple[str, ...]) -> tuple[str, ...]:
    steps = _steps(pattern)
    return tuple(address for address in addresses if _is_meant(steps, _laid_out(address)))


def _is_meant(steps: list[Step], address: _Address) -> bool:
    places = 1
    for step in steps:
        places = step(address, places)
        if not places:
            return False
    return bool(places >> address.length & 1)


class _Address:
    """An address as sets of places: for each sign where it stands, and the levels between slashes."""

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self.at: dict[str, int] = {}
        for place, sign in enumerate(text):
            self.at[sign] = self.at.get(sign, 0) | 1 << place
        self.slashes = self.at.get("/", 0)
        self.signs = (1 << self.length) - 1 & ~self.slashes
        ends = [place for place, sign in enumerate(text) if sign == "/"] + [self.length]
        #: the places of each level, its end (a slash, or the address's end) included
        self.levels = [(2 << end) - (1 << begin) for begin, end in zip([0, *(e + 1 for e in ends)], ends, strict=False)]


@lru_cache(maxsize=2048)
def _laid_out(address: str) -> _Address:
    return _Address(address)


def _steps(pattern: str) -> list[Step]:
    if len(pattern) > LONGEST or pattern.count("*") + pattern.count("//") > MOST:
        raise ValueError(f"a pattern of more than {LONGEST} signs, or of more than {MOST} stars and double slashes")
    steps: list[Step] = []
    at = 0
    while at < len(pattern):
        step, at = _step(pattern, at)
        steps.append(step)
    return steps


def _step(pattern: str, at: int) -> tuple[Step, int]:
    """(what the sign at `at` does, where the next one stands)."""
    sign = pattern[at]
    if pattern.startswith("//", at):
        return _levels, at + 2
    if sign == "?":
        return (lambda address, places: (places & address.signs) << 1), at + 1
    if sign == "*":
        return _star, at + 1
    if sign in "[{":
        end = pattern.find("]" if sign == "[" else "}", at)
        if end < 0:
            raise ValueError(f"the pattern's {sign} is not closed")
        inside = pattern[at + 1 : end]
        return (_one_of(inside) if sign == "[" else _words(inside.split(","))), end + 1
    return _words([sign]), at + 1


def _star(address: _Address, places: int) -> int:
    """Any signs within a level: from the first place in it on, to its end."""
    found = 0
    for level in address.levels:
        if inside := places & level:
            found |= level & -(inside & -inside)
    return found


def _levels(address: _Address, places: int) -> int:
    """A slash, then any number of whole levels: behind every slash from the first on."""
    inside = places & address.slashes
    return (address.slashes & -(inside & -inside)) << 1 if inside else 0


def _words(words: list[str]) -> Step:
    """One of these words."""

    def step(address: _Address, places: int) -> int:
        found = 0
        for word in words:
            here = places
            for sign in word:
                here = (here & address.at.get(sign, 0)) << 1
            found |= here
        return found

    return step


def _one_of(inside: str) -> Step:
    """One of these signs, or, after `!`, one of all others; never a slash."""
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

    def step(address: _Address, places: int) -> int:
        named = 0
        for sign in signs:
            named |= address.at.get(sign, 0)
        return (places & address.signs & (~named if negated else named)) << 1

    return step
