"""Plan of a written tune, read off its notes: parts, signs, pick-ups, and which bar says which again. Pure.

What comes again is found an eighth note at a time: a cell agrees where the same notes begin, last and sound in it. A
bar says an earlier one again where at least half of its cells agree; of equals the bar that players would name: the
same bar of the part before, then four, two, eight or one bar before, then the nearest. Where no bar agrees, a bar that
stands some scale steps above or below an earlier one says that again, moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instrument.music.key import LETTER_SEMITONES, Key
from instrument.music.measure import Measure, Tune
from instrument.music.plan import Plan, PlannedBar
from instrument.music.play_order import ends_second
from instrument.music.ticks import EIGHTH

FEWEST = 0.5  #: share of a bar's cells that agree, at least
FEWEST_MOVED = 0.7  #: the same of a bar that stands on another step
STEPS = (-1, 1, -2, 2, -3, 3)
DISTANCES = (4, 2, 8, 1)  #: bars before, in the order in which players would name them

Event = tuple[int, int, int]  #: start, duration, pitch


def plan_of(tune: Tune) -> Plan:
    """The plan of a tune as written. Parts without signs are cut every eight bars where they come out even."""
    bars = _places(tune)
    for index, bar in enumerate(bars):
        if not bar.pickup:
            bars[index] = _with_source(tune, bars, index)
    return tuple(bars)


def _places(tune: Tune) -> list[PlannedBar]:
    """Signs, lengths and places in the part; no sources yet."""
    measures, whole = tune.measures, tune.meter.bar
    bars: list[PlannedBar] = []
    for stretch in _stretches(measures):
        own = [m for m in stretch if not _leads(tune, m, stretch)]
        first_endings = [m for m in own if measures[m].ending == 1]
        second = next((m for m in own if measures[m].ending == 2), None)
        length = len(own) - (len(own) - own.index(second) if second is not None else 0)
        cut = 8 if second is None and not first_endings and length > 8 and length % 8 == 0 else length
        repeated = measures[stretch[-1]].closes or measures[stretch[0]].opens or second is not None
        cut = length if repeated else cut
        place = 0
        part = bars[-1].part + 1 if bars else 0
        for m in stretch:
            if m not in own:
                bars.append(PlannedBar(lacks=whole - measures[m].length, part=part, bar=0, left=cut))
                continue
            if second is not None and m == second:
                place = own.index(first_endings[0]) if first_endings else place
            if place and place % cut == 0:
                part, place = part + 1, 0
            place += 1
            bars.append(
                PlannedBar(lacks=max(0, whole - measures[m].length), part=part, bar=place, left=max(0, cut - place))
            )
    return [
        replace(bar, sign=_sign(measures, index), opens=measures[index].opens, ending=measures[index].ending)
        for index, bar in enumerate(bars)
    ]


def _stretches(measures: Sequence[Measure]) -> list[list[int]]:
    """Measures between signs of repetition: what is played as one, first and second endings included."""
    found: list[list[int]] = [[]]
    for index, measure in enumerate(measures):
        before = measures[index - 1] if index else None
        begins = measure.opens or (before is not None and before.closes and measure.ending != 2)
        begins = begins or (index > 0 and ends_second(measures, index - 1) and not measures[index - 1].closes)
        if begins and found[-1]:
            pickup_alone = len(found[-1]) == 1 and found[-1][0] == 0 and index == 1 and measure.opens
            if not pickup_alone:
                found.append([])
        found[-1].append(index)
    return found


def _leads(tune: Tune, index: int, stretch: Sequence[int]) -> bool:
    """Whether a measure is a pick-up: the stretch's first, and short."""
    return index == stretch[0] and tune.measures[index].length < tune.meter.bar and len(stretch) > 1


def _sign(measures: Sequence[Measure], index: int) -> str:
    if measures[index].closes:
        return ":|"
    after = measures[index + 1] if index + 1 < len(measures) else None
    if after is not None and after.ending == 1:
        return "|1"
    return "|:" if after is not None and after.opens else "|"


def _with_source(tune: Tune, bars: Sequence[PlannedBar], index: int) -> PlannedBar:
    here, ticks = tune.measures[index], tune.measures[index].length
    best, found = (FEWEST - 1e-9, -9), (-1, 0, 0)
    for other in range(index):
        if bars[other].pickup:
            continue
        cells = agreeing(here, tune.measures[other])
        worth = (_share(cells, ticks), -_rank(bars, index, other))
        if worth > best:
            best, found = worth, (other, cells, 0)
    if found[0] < 0 and len(here.notes) >= 4:
        for other in range(max(0, index - 4), index):
            for step in STEPS:
                cells = 0 if bars[other].pickup else agreeing(here, _moved(tune, tune.measures[other], step))
                worth = (_share(cells, ticks), -_rank(bars, index, other))
                if worth[0] >= FEWEST_MOVED and worth > best:
                    best, found = worth, (other, cells, step)
    return replace(bars[index], source=found[0], cells=found[1], step=found[2])


def agreeing(one: Measure, other: Measure) -> int:
    """A bit for each eighth note of `one` in which the same notes begin, for as long, as in `other`. Pure."""
    cells, count = 0, -(-one.length // EIGHTH)
    mine, theirs = _by_cell(one), _by_cell(other)
    for cell in range(count):
        agrees = (cell + 1) * EIGHTH <= max(other.length, one.length) and mine.get(cell) == theirs.get(cell)
        cells |= agrees << cell
    return cells


def _by_cell(measure: Measure) -> dict[int, tuple[Event, ...]]:
    """The notes that begin in each cell; in a cell where none begins, the one that goes on sounding."""
    found: dict[int, list[Event]] = {}
    for note in measure.notes:
        event = (note.start, note.duration, note.pitch)
        for cell in range(note.start // EIGHTH, max(note.start + 1, note.end - 1) // EIGHTH + 1):
            found.setdefault(cell, []).append(event)
    return {cell: tuple(events) for cell, events in found.items()}


def _share(cells: int, ticks: int) -> float:
    return cells.bit_count() / max(1, -(-ticks // EIGHTH))


def _rank(bars: Sequence[PlannedBar], index: int, other: int) -> int:
    """Small for a source that players would name first."""
    if bars[other].part == bars[index].part - 1 and bars[other].bar == bars[index].bar:
        return 0
    distance = sum(not bar.pickup for bar in bars[other:index])
    return 1 + DISTANCES.index(distance) if distance in DISTANCES else 10 + distance


def _moved(tune: Tune, measure: Measure, step: int) -> Measure:
    """The measure so many scale steps higher, in the tune's mode; notes outside the scale keep their distance."""
    scale = _scale(tune.mode)
    notes = []
    for note in measure.notes:
        octave, pitch_class = divmod(note.pitch, 12)
        if pitch_class not in scale:
            return replace(measure, notes=())
        place = scale.index(pitch_class) + step
        notes.append(replace(note, pitch=12 * (octave + place // 7) + scale[place % 7]))
    return replace(measure, notes=tuple(notes))


def _scale(mode: Key) -> list[int]:
    """Pitch classes of a mode on C, from C up."""
    return [(LETTER_SEMITONES[letter] + mode.signature[letter]) % 12 for letter in range(7)]
