"""Close of a tune for good: its last bar comes to rest on a long tonic, and a chord may follow. Pure, in tokens.

A player who ends a tune keeps the way into its last bar, drops what would lead back to the top, and rests on the
tonic. Each way of doing so is a candidate; whoever knows how likely they are chooses
(`instrument.thinking.tune.endings`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.plan import Plan, PlannedBar
from instrument.music.play_order import Place
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.decode import placed, read_tune
from instrument.music.tokens.tokens import STOP, Kind, duration_text, parse, pitch_text

#: eighths of the last bar that are kept, before the tonic; for other meters, half of the bar
KEPT = {"3/4": (0, 2), "9/8": (3, 6), "3/2": (4,)}
CHORD = (0, 2, 4)  #: degrees of the last chord, from the tonic up

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EndedTune:
    """A tune with its ending. texts: `M:` and `K:` first, `</s>` last; plan: a bar for each measure, () where there was
    none; place: of the ending's first bar."""

    texts: Tokens
    plan: Plan
    place: Place


def ways_to_rest(bars: Iterable[Tokens], before: str, meter: Meter) -> list[Tokens]:
    """Last bars that begin as `bars` do (tokens without bar signs) and rest on the tonic, in their order, each once.

    before: the pitch token that sounds before, or ""; where no bar has a note that begins where the tonic must, the
    tonic alone.
    """
    length = meter.bar // EIGHTH
    found: list[Tokens] = []
    for bar in bars:
        for kept in KEPT.get(str(meter), (length // 2,)):
            opening = first_part(bar, kept, meter) if kept else ()
            if opening is not None:
                found.append(_resting(opening, before, length - kept, length))
    found.append(_resting((), before, length, length))
    return list(dict.fromkeys(found))


def first_part(bar: Tokens, eighths: int, meter: Meter) -> Tokens | None:
    """What of a bar sounds before its note that begins so many eighths in; None where none begins there."""
    body = tuple(text for text in bar if parse(text).kind is not Kind.BAR)
    where = placed((f"M:{meter}", "K:Cmaj", *body))
    if len(where) != len(body):
        return None
    begins = (Kind.PITCH, Kind.REST, Kind.CHORD_OPEN, Kind.TUPLET)
    index = next((i for i, (t, at) in enumerate(where) if at == eighths and t.kind in begins), None)
    if index is None or not any(token.kind is Kind.PITCH for token, _ in where[:index]):
        return None
    return body[:index]


def _resting(opening: Tokens, before: str, rest: int, length: int) -> Tokens:
    """An opening, then the tonic for the rest of the bar; as one note where the opening is that tonic alone."""
    pitches = [text for text in opening if parse(text).kind is Kind.PITCH]
    last = pitches[-1] if pitches else before
    tonic = nearest_tonic(last)
    if pitches == [tonic] and all(parse(text).kind in (Kind.PITCH, Kind.DURATION) for text in opening):
        return _note(tonic, length)
    altered = any(parse(text).letter == 0 and parse(text).accidental for text in pitches)  # to the end of the bar
    return (*opening, *_note(f"={tonic}" if altered else tonic, rest))


def nearest_tonic(pitch: str) -> str:
    """The tonic nearest to a pitch token; of equals the lower; "C" where there is none."""
    if not pitch:
        return "C"
    token = parse(pitch)
    height = 7 * token.octave + token.letter
    octave = min(range(token.octave - 1, token.octave + 3), key=lambda o: (abs(7 * o - height), o))
    return pitch_text(0, octave, None)


def _note(pitch: str, eighths: int) -> Tokens:
    length = duration_text(Fraction(eighths))
    return (pitch, length) if length else (pitch,)


def last_chord(tonic: str, meter: Meter, alone: bool) -> Tokens:
    """The chord behind the ending, a bar long: the tonic's triad under it. alone: only the tonic, the other voices
    having the rest."""
    eighths = meter.bar // EIGHTH
    if alone:
        return _note(tonic, eighths)
    octave, tonic = parse(tonic).octave, tonic.lstrip("=")
    low = octave - (octave > 0)
    notes = [*(pitch_text(degree, low, None) for degree in CHORD), pitch_text(0, low + 1, None)]
    return ("[", *notes, "]", str(eighths))


def ended(texts: Sequence[str], plan: Plan, place: Place, close: Tokens, chord: Tokens) -> EndedTune:
    """The tune with `close` as its last bar, in place of the measure at `place`, and `chord` behind it, if any.

    Where that measure closes a repeat it becomes the first ending, and the close the second, as players write it.
    """
    body = [text for text in texts if text != STOP]
    measures = read_tune(body, strict=False).measures
    here = measures[place.measure]
    bars = [close, *([chord] if chord else [])]
    tail = [text for bar in bars for text in (*bar, "|")]
    if tuple(text for text in body[here.first : here.last] if not _sign(text)) == close:  # it is its own ending
        behind = PlannedBar(part=plan[-1].part, bar=plan[-1].bar + 1) if plan else PlannedBar()
        longer = (*plan[: place.measure + 1], *([behind] if chord else [])) if place.measure < len(plan) else ()
        return EndedTune((*body[: here.last], *tail[len(close) + 1 :], STOP), longer, place)
    if _repeats(body, measures, place.measure):
        body[measures[place.measure - 1].last - 1] = "|1"
        body = [*body[: here.last], "|2", *tail]
        second = Place(place.measure + 1, 2, place.section)
        return EndedTune((*body, STOP), _planned(plan, place.measure, len(bars), True), second)
    first = here.first + next((i for i, t in enumerate(body[here.first : here.last]) if not _sign(t)), 0)
    body = [*body[:first], *tail]
    return EndedTune((*body, STOP), _planned(plan, place.measure, len(bars), False), place)


def _repeats(body: Sequence[str], measures: Sequence[Measure], index: int) -> bool:
    """Whether a measure closes a repeat, with another before it in its section, and has no ending of its own."""
    here = measures[index]
    if not here.closes or here.ending or here.opens or index == 0 or body[here.last - 1] != ":|":
        return False
    return body[measures[index - 1].last - 1] == "|"


def _planned(plan: Plan, index: int, bars: int, second: bool) -> Plan:
    if index >= len(plan):
        return ()
    here = plan[index]
    kept = list(plan[:index])
    if second:
        kept[-1] = replace(kept[-1], sign="|1")
        kept.append(replace(here, sign=":|", ending=1))
    close = replace(here, sign="|", ending=2 if second else here.ending, lacks=0, source=-1, cells=0, step=0)
    chord = PlannedBar(part=here.part, bar=here.bar + 1)
    return (*kept, close, *([chord] if bars > 1 else []))


def _sign(text: str) -> bool:
    return parse(text).kind is Kind.BAR
