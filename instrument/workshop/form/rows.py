"""Form of tunes in numbers: every row of the table in docs/tunes.md, its definition and the range that is asked.

A row counts one thing over many tunes of one dance: a share (0..1) of eights, parts, tunes, bars or notes, or a
median or mean. `form` counts a tune, `table` sums tunes up. Pure, no torch. Real and composed tunes go the same way in:
as tokens, `M:` and `K:` first, `</s>` at the end or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median

from instrument.music.measure import Tune
from instrument.music.note import Note
from instrument.music.play_order import order
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.bars import miscounted
from instrument.music.tokens.decode import read_tune
from instrument.workshop.form.bars import EIGHT, Bar, Strain, eights, nearly, plan, strains, units_nearly
from instrument.workshop.form.cadences import HALF_CLOSE, TONIC, long_at_end, resting, rests_on_tonic
from instrument.workshop.form.overlap import Sources
from instrument.workshop.form.rhythms import Rhythm, common, even, rhythms
from instrument.workshop.form.tune_metrics import apart

CAP = 64  #: measures at which a tune is brought to its end, and
CAP_TOKENS = 1200  #: tokens at which it is cut off (`instrument.thinking.tune.tune_writer`)
TWO_OCTAVES = 24  #: semitones

Count = tuple[float, float]  #: how many of how many


@dataclass(frozen=True, slots=True)
class Row:
    """Row of the table of form. name: of the figure; text: for people; asked: the range it should be in, None for none;
    imposed: a plan drawn before the notes sets this row, so that it shows the plan and not the network."""

    name: str
    text: str
    asked: tuple[float, float] | None = None
    imposed: bool = False


ROWS = (
    Row("bar5_is_bar1", "bar 5 the same as bar 1", (0.45, 0.65), True),
    Row("bars56_nearly_bars12", "bars 5-6 nearly bars 1-2", None, True),
    Row("plan_abac", "plan a b a c, in two-bar units", (0.40, 0.60), True),
    Row("through_composed", "through-composed, a b c d", None, True),
    Row("no_bar_again", "eights in which no bar comes again, even nearly", (0.0, 0.20), True),
    Row("second_closes_as_first", "second part closes as the first does", (0.30, 0.55), True),
    Row("last_bar_nearly_first_parts", "last bar of the second part nearly the first's", None, True),
    Row("parts_of_8_or_16", "parts of 8 or 16 bars", (0.95, 1.0), True),
    Row("two_parts_of_eight", "two parts of eight", None, True),
    Row("aabb_with_signs", "two parts of as many bars, each with its repeat sign", (0.40, 0.60), True),
    Row("bars_written", "whole bars written, without second endings, median", (16, 16), True),
    Row("stopped_by_cap", f"stopped at {CAP} bars or {CAP_TOKENS} tokens", (0.0, 0.0), True),
    Row("endings", "first and second endings", None, True),
    Row("pickup", "pick-up", None, True),
    Row("part_ends_on_tonic", "part ends on the tonic", (0.65, 0.85)),
    Row("tonic_rests_in_bar8", "bars resting on the tonic that are a bar 8 (by chance 0.125)", (0.60, 1.0)),
    Row("half_close_in_bar4", "half close in bar 4", (0.50, 0.70)),
    Row("long_note_ends_bar8", "long note at the end of bar 8", None),
    Row("rhythms_apart", "bar rhythms, total variation from real", (0.0, 0.25)),
    Row("rhythms_outside", "bar rhythms outside the commonest 95 % of real", None),
    Row("even_quavers", "tunes in even quavers (asked of reels)", (0.95, 1.0)),
    Row("semiquavers", "semiquavers and shorter, of all notes", None),
    Row("wide_range", "range over two octaves", None),
    Row("longest_shared", "longest run shared with a training tune, notes, mean", None),
    Row("another_seeds", "tunes that are another's in over half their bars", (0.0, 0.0)),
    Row("miscounted_bars", "bars that do not add up", (0.0, 0.0)),
)  # fmt: skip
BY_NAME = {row.name: row for row in ROWS}


@dataclass(frozen=True, slots=True)
class FormCounts:
    """One tune counted. counts: by the name of a row that is a share; bars: whole ones, without second endings;
    said: those bars, each part once; rhythms: of those; notes: as written."""

    counts: dict[str, Count]
    bars: int
    said: tuple[Bar, ...]
    rhythms: Counter[Rhythm]
    notes: tuple[Note, ...]


def read(tokens: Sequence[str]) -> Tune:
    """A tune as anybody may have written it. Raises ValueError for a head that is none."""
    return read_tune([token for token in tokens if token not in ("<s>", "</s>")], strict=False)


def form(tokens: Sequence[str]) -> FormCounts:
    """Count one tune. tokens: `M:` and `K:` first. Raises ValueError for a head that is none."""
    tune = read(tokens)
    parts, bar = strains(tune), tune.meter.bar
    notes = [note for measure in tune.measures for note in measure.notes]
    counts = {
        **_of_eights(eights(tune), bar), **_of_parts(parts, bar), **_of_notes(notes),
        "stopped_by_cap": (float(len(tune.measures) >= CAP or len(tokens) >= CAP_TOKENS), 1),
        "endings": (float(any(measure.ending for measure in tune.measures)), 1),
        "pickup": (float(bool(tune.measures) and tune.measures[0].length < bar), 1),
        "even_quavers": (float(even(tune)), 1),
        "miscounted_bars": (float(len(miscounted(tune, order(tune.measures)))), float(len(tune.measures))),
    }  # fmt: skip
    said = tuple(own for part in parts for own in part.bars)
    return FormCounts(counts, len(said), said, rhythms(tune), tuple(notes))


def _of_eights(found: Sequence[tuple[Bar, ...]], bar: int) -> dict[str, Count]:
    """Shares of eights. A bar is the same with the same notes, nearly so with 70 % of its semiquavers; a plan's
    letters are `tune_bars.plan`; rests are `tune_cadences`."""
    plans = [plan(eight, bar) for eight in found]
    rests = [sum(rests_on_tonic(own, bar) for own in eight) for eight in found]
    return {
        "bar5_is_bar1": _share(eight[4] == eight[0] for eight in found),
        "bars56_nearly_bars12": _share(
            nearly(eight[4], eight[0], bar) and nearly(eight[5], eight[1], bar) for eight in found
        ),
        "plan_abac": _share(letters == "abac" for letters in plans),
        "through_composed": _share(letters == "abcd" for letters in plans),
        "no_bar_again": _share(
            not any(nearly(eight[i], eight[k], bar) for i in range(EIGHT) for k in range(i)) for eight in found
        ),
        "half_close_in_bar4": _share(resting(eight[3], bar) in HALF_CLOSE for eight in found),
        "long_note_ends_bar8": _share(long_at_end(eight[7], bar) for eight in found),
        "tonic_rests_in_bar8": (sum(rests_on_tonic(eight[7], bar) for eight in found), sum(rests)),
    }  # fmt: skip


def _of_parts(parts: Sequence[Strain], bar: int) -> dict[str, Count]:
    """Shares of parts and of tunes with two of them. Parts close alike where their last two bars are nearly the same,
    taken together. A part ends on the tonic where the last bar of one of its
    playings rests there; a tune of one part of sixteen or more counts its eights as parts where parts are compared."""
    lengths = [len(part.bars) for part in parts]
    ends = [part.bars for part in parts if len(part.bars) >= EIGHT]
    if len(parts) == 1:
        ends = [parts[0].bars[k : k + EIGHT] for k in range(0, len(parts[0].bars) - EIGHT + 1, EIGHT)]
    two = list(pairwise(ends[:2]))
    signed = len(parts) == 2 and all(part.repeated for part in parts) and lengths[0] == lengths[1]
    return {
        "second_closes_as_first": _share(units_nearly(one[-2:], other[-2:], bar) for one, other in two),
        "last_bar_nearly_first_parts": _share(nearly(one[-1], other[-1], bar) for one, other in two),
        "parts_of_8_or_16": _share(length in (EIGHT, 2 * EIGHT) for length in lengths),
        "two_parts_of_eight": (float(lengths == [EIGHT, EIGHT]), 1),
        "aabb_with_signs": (float(signed), 1),
        "part_ends_on_tonic": _share(any(resting(last, bar) == TONIC for last in part.closing) for part in parts),
    }  # fmt: skip


def _of_notes(notes: Sequence[Note]) -> dict[str, Count]:
    pitches = [note.pitch for note in notes]
    return {
        "semiquavers": _share(2 * note.duration <= EIGHTH for note in notes),
        "wide_range": (float(max(pitches, default=0) - min(pitches, default=0) > TWO_OCTAVES), 1),
    }


def _share(cases: Iterable[bool]) -> Count:
    every = list(cases)
    return sum(every), len(every)


@dataclass(frozen=True, slots=True)
class Beside:
    """What tunes are set beside. rhythms: of real bars of the dance; sources: the training tunes; None: not at hand."""

    rhythms: Counter[Rhythm] | None = None
    sources: Sources | None = None


def table(tunes: Sequence[FormCounts], beside: Beside = Beside()) -> dict[str, float]:
    """Every row that can be counted, by name. Shares are of all eights, parts, tunes or bars together, 0..1; a row
    with nothing to count is left out. Raises ValueError for no tune."""
    if not tunes:
        raise ValueError("no tune to count")
    found: dict[str, float] = {"bars_written": float(median(tune.bars for tune in tunes))}
    for name in BY_NAME:
        pairs = [tune.counts[name] for tune in tunes if name in tune.counts]
        if whole := sum(of for _, of in pairs):
            found[name] = sum(count for count, _ in pairs) / whole
    own = sum((tune.rhythms for tune in tunes), Counter[Rhythm]())
    if beside.rhythms and own:
        usual = common(beside.rhythms)
        found["rhythms_apart"] = apart(Counter(own), Counter(beside.rhythms))
        found["rhythms_outside"] = sum(count for one, count in own.items() if one not in usual) / own.total()
    if beside.sources:
        found["longest_shared"] = mean(beside.sources.longest(tune.notes).notes for tune in tunes)
    found["another_seeds"] = mean(others(tunes))
    return {row.name: found[row.name] for row in ROWS if row.name in found}


def others(tunes: Sequence[FormCounts]) -> list[bool]:
    """For each tune: does any one other say over half of its bars, note for note?"""
    holders: dict[Bar, set[int]] = {}
    for number, tune in enumerate(tunes):
        for bar in set(tune.said):
            holders.setdefault(bar, set()).add(number)
    told = []
    for number, tune in enumerate(tunes):
        shared = Counter(other for bar in tune.said for other in holders[bar] if other != number)
        told.append(2 * max(shared.values(), default=0) > max(1, len(tune.said)))
    return told


def within(name: str, value: float) -> bool | None:
    """Is a figure in the range that is asked of it? None where nothing is asked."""
    asked = BY_NAME[name].asked
    return None if asked is None else asked[0] <= value <= asked[1]
