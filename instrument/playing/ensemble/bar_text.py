"""Text of an announced bar, as members of an ensemble send it: the written tune and the bar's place in it, no notes.

Whoever hears it reads the notes off the tokens and lays them out for its own voices. What comes over a network may be
anything, so reading is strict: whole numbers in their ranges, tokens that are music, a measure that there is and that
fits its bar. Pure.
"""

from __future__ import annotations

import json
from typing import Any

from instrument.music.chord import Chord, PlacedChord
from instrument.music.events import Place, Span
from instrument.music.key import Key
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.plan import Plan, PlannedBar
from instrument.music.set_place import AGAIN, END, NEXT, SetPlace
from instrument.music.ticks import WHOLE
from instrument.music.tokens.bars import read_tune

LONGEST = 24_000  #: characters of a bar's text
MOST_TOKENS = 4_000  #: of a tune
MOST_CHORDS = 32  #: in a bar
HIGHEST = 2**40  #: ticks: a thousand days of reels
SIGNS = ("|", ":|", "|1", "|2", "|:", "::", "|]", "||")
HEARD = "heard"  #: source of a span whose bar somebody else has announced


def text_of(span: Span) -> str:
    """A span as text, one line."""
    of, place = span.of_set, span.place
    return json.dumps(
        {
            "at": [span.start, span.end],
            "tune": [span.tune, span.bar],
            "written": " ".join(span.written),
            "place": [place.measure, place.time, place.section],
            "lacking": span.lacking,
            "meter": span.meter,
            "key": span.key,
            "form": [_planned(bar) for bar in span.form],
            "octave": span.octave,
            "set": [of.first, of.time, of.top, int(of.ending), int(of.over), of.tunes, of.times, of.left],
            "then": [of.then, of.key],
            "base": " ".join(of.base) if of.base != span.written else "",
            "primed": list(span.primed),
            "chords": [[c.begins, c.length, c.chord.root, str(c.chord.quality), c.chord.lowest] for c in span.chords],
            "sounds": int(any(note.voice == "melody" for note in span.notes)),
        },
        separators=(",", ":"),
    )


def span_of(text: str) -> tuple[Span, bool]:
    """A span without notes from its text, and whether its melody sounds. Raises ValueError, one line, for what is
    none."""
    if len(text) > LONGEST:
        raise ValueError(f"a bar of {len(text)} characters; {LONGEST} are the most")
    data = json_object(text, "a bar that is")
    try:
        return _span(data)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"a bar without what a bar has ({type(error).__name__}: {str(error)[:60]})") from None


def json_object(text: str, what: str) -> dict[str, Any]:
    """The JSON object in a text. Raises ValueError, one line that begins with `what`, where there is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"{what} no JSON") from None
    if not isinstance(data, dict):
        raise ValueError(f"{what} no JSON object")
    return data


def _span(data: dict[str, Any]) -> tuple[Span, bool]:
    start, end = _numbers(data, "at", 2, -HIGHEST, HIGHEST)
    tune, bar = _numbers(data, "tune", 2, 0, 2**31)
    place = Place(*_numbers(data, "place", 3, 0, MOST_TOKENS))
    lacking, octave = _number(data, "lacking", 0, 4 * WHOLE), _number(data, "octave", -5, 5)
    meter, key = Meter.parse(_text(data, "meter")), Key.parse(_text(data, "key"))
    written, primed = _tokens(data, "written"), _numbers(data, "primed", 2, 0, HIGHEST)
    if not 0 < end - start <= 4 * meter.bar:
        raise ValueError(f"a bar of {end - start} ticks in {meter}")
    measures = _measures(written)
    if not max(place.measure, place.section) < len(measures) or place.time not in (1, 2):
        raise ValueError(f"a bar at measure {place.measure} of {len(measures)}")
    if not 0 < measures[place.measure].length <= end - start:
        raise ValueError("a bar that is shorter than its notes")
    first, time, top, ending, over, tunes, times, left = _numbers(data, "set", 8, -1, 2**31)
    then, coming = (str(each) for each in data["then"])
    if min(first, top, tunes) < 0 or min(time, times) < 1 or top > place.measure or then not in (AGAIN, NEXT, END):
        raise ValueError("a bar whose place in its set is none")
    if coming:
        Key.parse(coming)
    base = _tokens(data, "base") if data["base"] else written if time > 1 else ()
    if base:
        _measures(base)
    of = SetPlace(first, time, top, base, bool(ending), bool(over), tunes, times, left, then, coming)
    span = Span(
        start, end, (), 0, tune, bar, written, place, lacking, str(meter), str(key), HEARD, form=_plan(data, measures),
        octave=octave, of_set=of, primed=(primed[0], primed[1]), chords=_chords(data, start, end),
    )  # fmt: skip
    return span, bool(_number(data, "sounds", 0, 1))


def _measures(tokens: tuple[str, ...]) -> tuple[Measure, ...]:
    """What the tokens of a tune say, whose first two are its meter and its key."""
    if len(tokens) < 3 or not tokens[0].startswith("M:") or not tokens[1].startswith("K:"):
        raise ValueError("a bar whose tune has no meter and key")
    Meter.parse(tokens[0][2:])
    return read_tune([token for token in tokens if token != "</s>"], strict=False).measures


def _tokens(data: dict[str, Any], name: str) -> tuple[str, ...]:
    found = tuple(_text(data, name, LONGEST).split())
    if not found or len(found) > MOST_TOKENS:
        raise ValueError(f"a bar whose tune has {len(found)} tokens")
    return found


def _planned(bar: PlannedBar) -> list[Any]:
    return [
        bar.sign,
        int(bar.opens),
        bar.ending,
        bar.lacks,
        bar.source,
        bar.cells,
        bar.step,
        bar.part,
        bar.bar,
        bar.left,
    ]


def _plan(data: dict[str, Any], measures: tuple[Measure, ...]) -> Plan:
    """The form of the tune: a bar for each measure, and for those to come."""
    rows = data["form"]
    if not isinstance(rows, list) or len(rows) > MOST_TOKENS:
        raise ValueError("a bar whose form is no list")
    found = []
    for number, row in enumerate(rows):
        sign, opens, *rest = row
        if sign not in SIGNS or len(rest) != 8 or not all(_whole(each) for each in (opens, *rest)):
            raise ValueError("a bar whose form is none")
        ending, lacks, source, cells, step, part, bar, left = rest
        right = 0 <= ending <= 2 and 0 <= lacks < 4 * WHOLE and -1 <= source < number and 0 <= cells < 2**64
        if not (right and abs(step) < 64 and 0 <= part < 64 and 0 <= bar < 256 and 0 <= left < 256):
            raise ValueError("a bar whose form is none")
        found.append(PlannedBar(sign, bool(opens), *rest))
    if found and len(found) < len(measures):
        raise ValueError("a bar whose form is shorter than its tune")
    return tuple(found)


def _chords(data: dict[str, Any], start: int, end: int) -> tuple[PlacedChord, ...]:
    rows, found, before = data["chords"], list[PlacedChord](), start
    if not isinstance(rows, list) or len(rows) > MOST_CHORDS:
        raise ValueError("a bar with too many chords")
    for begins, length, root, quality, lowest in rows:
        if not (_whole(begins) and _whole(length) and before <= begins < end and length > 0):
            raise ValueError("a bar whose chords are out of place")
        found.append(
            PlacedChord(begins, min(length, end - begins), Chord(root, quality, None if lowest == root else lowest))
        )
        before = found[-1].ends
    return tuple(found)


def _text(data: dict[str, Any], name: str, most: int = 40) -> str:
    value = data[name]
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"a bar whose {name} is no text")
    return value


def _number(data: dict[str, Any], name: str, least: int, most: int) -> int:
    value = data[name]
    if not _whole(value) or not least <= value <= most:
        raise ValueError(f"a bar whose {name} is not whole, {least}..{most}")
    return int(value)


def _numbers(data: dict[str, Any], name: str, count: int, least: int, most: int) -> tuple[int, ...]:
    values = data[name]
    if (
        not isinstance(values, list)
        or len(values) != count
        or not all(_whole(v) and least <= v <= most for v in values)
    ):
        raise ValueError(f"a bar whose {name} is not {count} whole numbers, {least}..{most}")
    return tuple(values)


def _whole(value: object) -> bool:
    return type(value) is int
