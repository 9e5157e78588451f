"""ABC score of a set that was played: each tune as it is written, with its repeats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.play_order import two_parts
from instrument.music.scores.chord_names import Names, names_by_measure
from instrument.music.scores.ornament_text import Ornaments, ornaments_by_measure
from instrument.music.scores.score import abc_text
from instrument.music.tokens.bars import read_tune


def abc_of(
    spans: Sequence[Span], title: str, tempo: float, aabb: bool, named: Callable[[Span], str] = lambda span: ""
) -> str:
    """An ABC file of the tunes in `spans`, as far as they were played. Pure.

    title: of the set, each tune's number behind it; tempo: quarter notes a minute
    aabb: a tune of two halves without repeat signs gets them, since so it was played
    named: what the tune of a span is called; "" for the set's title and its number
    A time through that varies the tune, or ends it, is written too.
    """
    last: dict[tuple[int, str, str, int], tuple[Span, int]] = {}
    backed: dict[tuple[int, str, str, int], list[Span]] = {}
    for span in spans:
        of = span.of_set
        as_before = of.time > 1 and not of.base  # nothing is varied: it is written once
        key = (span.tune, span.written[0], span.key, 1 if as_before else of.time)
        reached = max(span.place.measure, last[key][1] if key in last else 0)
        last[key] = (span, reached)
        backed.setdefault(key, []).append(span)
    texts = []
    for number, (which, (span, reached)) in enumerate(last.items(), 1):
        tokens = _as_written(span.written, reached, aabb and not span.known[0])
        name = named(span) or f"{title}, tune {span.tune + 1}"
        name += f", time {span.of_set.time}" if span.of_set.base and span.of_set.base != span.written else ""
        above = names_by_measure(backed[which])
        over = ornaments_by_measure(backed[which])
        texts.append(abc_text(tokens, name, Key.parse(span.key), number, tempo, span.octave, above, over))
    return "\n".join(texts)


def abc_of_tune(
    tokens: Sequence[str], title: str, key: Key, tempo: float, aabb: bool, octave: int = 0,
    chords: Mapping[int, Names] = MappingProxyType({}), ornaments: Mapping[int, Ornaments] = MappingProxyType({}),
) -> str:  # fmt: skip
    """One tune in ABC, all that is written of it, as in `abc_of`. Pure.

    tokens: `M:` and `K:` first, with or without `</s>`; octave: up from where these have it
    chords, ornaments: by measure
    """
    count = len(read_tune([token for token in tokens if token != "</s>"], strict=False).measures)
    return abc_text(_as_written(tokens, count, aabb), title, key, 1, tempo, octave, chords, ornaments)


def _as_written(written: Sequence[str], reached: int, aabb: bool) -> list[str]:
    """The tune's tokens up to the furthest measure played; AABB written out as repeat signs."""
    whole = written[-1] == "</s>"
    tokens = list(written[:-1] if whole else written)
    measures = read_tune(tokens, strict=False).measures
    if reached < len(measures) - 1:
        tokens = tokens[: measures[reached].last]
        whole = False
    parts = two_parts(measures) if aabb and whole else None
    if parts:
        for half in reversed(parts[1:]):
            tokens[measures[half[-1]].last - 1] = ":|"
            tokens.insert(measures[half[0]].first, "|:")
    return _opened(_closed(tokens))


def _closed(tokens: list[str]) -> list[str]:
    """A tune broken off: a repeat that was opened and not closed, or a first ending, becomes a plain bar line."""
    done = len(tokens) - tokens[::-1].index(":|") if ":|" in tokens else 2
    out = tokens[:done]
    for token in tokens[done:]:
        if token not in ("|:", "|1"):
            out.append(token)
        elif out[-1] not in ("|", ":|") and len(out) > 2:
            out.append("|")
    return out


def _opened(tokens: list[str]) -> list[str]:
    """A repeat that goes back to the end of another gets the `|:` that readers of ABC expect there."""
    out: list[str] = []
    begins: int | None = None  # where a later part would be opened; None in the first, or once it is
    for token in tokens:
        if token in ("|:", "|2"):
            begins = None
        elif token == ":|" and begins is not None:
            out.insert(begins, "|:")
        out.append(token)
        if token == ":|":
            begins = len(out)
    return out
