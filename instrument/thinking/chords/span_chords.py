"""Chords of spans: each measure that is planned gets its chords, from the tune as it is played up to there and the
measures behind it.

What is chosen for a measure depends on the tune's tokens up to two measures behind it, on the controls and the seed,
and on nothing else: not on what happens to be composed already. So a tune that is thought again from any bar has the
same chords. No torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from instrument.controls.explanations import ChordReason
from instrument.controls.snapshot import Snapshot
from instrument.music.backing.bar import WITH_CHORDS
from instrument.music.chord import PlacedChord
from instrument.music.events import Span
from instrument.music.key import Key
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.tokens.bars import read_tune
from instrument.thinking.chords.bars_played import PlayedTune, played
from instrument.thinking.chords.choice import Choice
from instrument.thinking.chords.chords_ahead import ChordsAhead
from instrument.thinking.chords.experts.expert import Floats
from instrument.thinking.chords.half_bars import Bar, HalfBars, half_bars
from instrument.thinking.chords.numbers import load_numbers
from instrument.thinking.chords.product import Product
from instrument.thinking.chords.taste import Taste, taste

AHEAD = 2  #: measures behind the one that is given its chords, as far as they are written
WINDOW = 4  #: measures behind it as they are played
Measures = Callable[
    [int], Sequence[Measure]
]  #: those of the tune, written at least up to that one where it goes so far


@dataclass(slots=True)
class _Under:
    """The tune under way. asked: what its chords depend on besides its notes."""

    asked: tuple[object, ...]
    sounds: bytes
    choices: list[Choice]
    reached: Floats


class SpanChords:
    """Chords of planned spans.

    thread: the thinker's. A measure costs about two milliseconds; one in the middle of a tune that it has not
    followed, some tens."""

    def __init__(self, load: Callable[[], Product]) -> None:
        """load: the experts, asked for once and only when there are chords to choose."""
        self._load = load
        self._product: Product | None = None
        self._under: _Under | None = None

    def back(self, span: Span, measures: Measures, snapshot: Snapshot) -> tuple[Span, tuple[ChordReason, ...]]:
        """A span with its chords, and why they were chosen. One that has chords already, written in a known tune, is
        given back as it is; one without a note or outside the tune gets none."""
        if span.chords or not any(note.voice == "melody" for note in span.notes):
            return span, ()
        if self._product is None:
            self._product = self._load()
        meter, key = Meter.parse(span.meter), Key.parse(span.key)
        written = measures(span.place.measure + AHEAD)
        whole = played(written, meter.bar, span.of_set.top)
        if span.place not in whole.places:
            return span, ()  # it stands alone: a bar of another meter, which only led over
        number = whole.places.index(span.place)
        if span.of_set.time == 1:  # of a tune that is played once more all is known, else no more than this
            reached = max(place.measure for place in whole.places[: number + 1])
            written = written[: reached + AHEAD + 1]
            whole = played(written, meter.bar, span.of_set.top)
        whole = _cut(whole, number + 1 + WINDOW, written)
        half = half_bars(whole.bars, meter, 0, key.mode)
        choices = self._choices(span, half, whole, written, number, taste(snapshot))
        return _placed(span, half, choices, whole.starts[number], written[span.place.measure].length, key)

    def _choices(
        self, span: Span, half: HalfBars, whole: PlayedTune, written: Sequence[Measure], number: int, how: Taste
    ) -> list[Choice]:  # fmt: skip
        """Those of all half bars that begin before the measure ends."""
        assert self._product is not None
        ends = [start + written[place.measure].length for start, place in zip(whole.starts, whole.places, strict=True)]
        until = int((half.begins < ends[number]).sum())
        asked = (span.tune, span.of_set.time, span.of_set.top, span.meter, half.mode, how)
        ahead = ChordsAhead(self._product, half, how, _known(half, whole, ends))
        before = self._under
        if before is not None and before.asked == asked and len(before.choices) <= until:
            count = len(before.choices)
            if half.sounds[:count].tobytes() == before.sounds:
                ahead.decided, ahead.reached = [choice.state for choice in before.choices], before.reached
        kept = before.choices[:] if before and ahead.decided else []
        choices = kept + ahead.go_on(until)
        self._under = _Under(asked, half.sounds[: len(choices)].tobytes(), choices, ahead.reached)
        return choices


def wants_chords(snapshot: Snapshot, there: Iterable[str]) -> bool:
    """Whether chords are chosen for a composed tune: who plays them is there, of those voices, or they are shown."""
    values = snapshot.values
    plays = bool(values["backing.on"]) and any(voice in WITH_CHORDS for voice in there)
    return (plays or bool(values["chords.show"])) and not snapshot.led


def load_product() -> Product:
    """The shipped experts, for music that is known ahead. Raises WeightsError, one line."""
    return Product(load_numbers().ahead)


def with_chords(spans: Sequence[Span], snapshot: Snapshot) -> tuple[Span, ...]:
    """Spans of one tune that are all known, as an opening's, with their chords."""
    chords = SpanChords(load_product)
    texts = [text for text in spans[-1].written if text != "</s>"]
    measures = read_tune(texts, strict=False).measures
    return tuple(chords.back(span, lambda last: measures, snapshot)[0] for span in spans)


def _cut(whole: PlayedTune, count: int, written: Sequence[Measure]) -> PlayedTune:
    """Its first `count` measures as played."""
    if count >= len(whole.places):
        return whole
    ends = whole.starts[count]
    bars: list[Bar] = []
    for bar in whole.bars:
        if bar.begins < ends:
            notes = tuple(note for note in bar.notes if note.start < ends)
            bars.append(replace(bar, ends=min(bar.ends, ends), notes=notes))
    return PlayedTune(tuple(bars), whole.written[: len(bars)], whole.starts[:count], whole.places[:count])


def _known(half: HalfBars, whole: PlayedTune, ends: Sequence[int]) -> Callable[[int], int]:
    """Of each half bar, how many half bars are known when it is decided: with the last measure that it begins in."""
    highest, known, top = [], [], -1
    for place in whole.places:
        top = max(top, place.measure)
        highest.append(top)
    for number in range(len(whole.places)):
        last = number
        while (
            last + 1 < min(len(ends), number + 1 + WINDOW) and whole.places[last + 1].measure <= highest[number] + AHEAD
        ):
            last += 1
        known.append(int((half.begins < ends[last]).sum()))
    measure_of = [sum(1 for start in whole.starts if start <= begins) - 1 for begins in half.begins.tolist()]
    return lambda at: known[measure_of[at]]


def _placed(
    span: Span, half: HalfBars, choices: Sequence[Choice], starts: int, length: int, key: Key
) -> tuple[Span, tuple[ChordReason, ...]]:
    """The choices as chords of the span. starts, length: of its measure in the tune, ticks."""
    shift = span.end - length - starts
    placed: list[PlacedChord] = []
    why: list[ChordReason] = []
    for choice, begin, lasts in zip(choices, half.begins.tolist(), half.lengths.tolist(), strict=False):
        begins, ends = max(begin, starts), min(begin + lasts, starts + length)
        if begins >= ends:
            continue
        chord = choice.chord.moved(key.tonic)
        if placed and placed[-1].chord == chord:
            placed[-1] = replace(placed[-1], length=ends + shift - placed[-1].begins)
            continue
        placed.append(
            PlacedChord(
                begins + shift, ends - begins, chord, tuple((name, round(gain, 2)) for name, gain in choice.gains)
            )
        )
        if begin >= starts:
            chances = tuple((other.moved(key.tonic).name(key), share) for other, share in choice.chances)
            why.append(ChordReason(begins + shift, chord.name(key), choice.nats, chances))
    return replace(span, chords=tuple(placed)), tuple(why)
