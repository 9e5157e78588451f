"""MIDI port names: which of those that are there is meant by part of one. Pure.

ALSA puts numbers behind a name that change with every plugging in, Windows a number of its own, macOS at times no name
at all. Two devices of one kind may have the very same name; they are told apart by their order.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Sequence

_ALSA = re.compile(r" \d+:\d+$")
_WINDOWS = re.compile(r" \d+$")
#: words of ports that carry something else than what is played
_ASIDE = ("osc", "mmc", "mtc", "through", "control", "scene", "monitor", "timecode", "announce")


def plain(name: str) -> str:
    """A port's name without the number that ALSA gave it this time."""
    return _ALSA.sub("", name)


def told_apart(names: Iterable[str | None]) -> list[str]:
    """The names as they are, each once: the second of the same name has " #2" behind it."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        text = name or ""
        seen[text] += 1
        found.append(text if seen[text] == 1 else f"{text} #{seen[text]}")
    return found


def matching(part: str, names: Sequence[str], taken: Container[str] = ()) -> list[str]:
    """Those with that part in them, in either case, the best first; ALSA's numbers count only where they are right.

    taken: names of ports that we have opened already: they come after the others.
    """
    numbered = [name for name in names if _folded(name) == _folded(part) or _folded(part) in _client_forms(name)]
    if _ALSA.search(part) and numbered:
        return numbered
    wanted = _folded(plain(part))
    found = [name for name in names if name and wanted in _folded(name)]
    return sorted(found, key=lambda name: (name in taken, *_rank(wanted, name)))  # sorting keeps the order of equals


def _rank(wanted: str, name: str) -> tuple[int, int]:
    """What kind of a match: lower is better. First the whole name, then ports for playing, then the beginning."""
    folded = _folded(plain(name))
    whole = folded == wanted or _WINDOWS.sub("", folded) == wanted or wanted in folded.split(":")
    words = re.split(r"[^a-z]+", folded)
    aside = any(word in words and word not in wanted for word in _ASIDE)
    begins = folded.startswith(wanted) or any(piece.strip().startswith(wanted) for piece in folded.split(":"))
    return (0 if whole and not aside else 2 if aside else 1), 0 if begins else 1


def _client_forms(name: str) -> tuple[str, ...]:
    """A numbered name with and without the client's before the colon, as ALSA and others write it."""
    folded = _folded(name)
    return (folded, folded.split(":", 1)[1]) if ":" in plain(folded) else (folded,)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()
