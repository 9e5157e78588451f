"""Place in the bar, token by token: how far into its bar a path of tokens stands, whatever the tokens are.

Counts as `instrument.music.tokens.decode` reads, but from one token to the next and never looking on: a note is taken
for an eighth until a length says otherwise. Tokens that make no sense where they stand change nothing. Pure but for a
memory: a place keeps the places behind it, so that a step along a known way is one look-up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.bars import tuplet_ratio
from instrument.music.tokens.tokens import Kind, Token

MOST_BARS = 2  #: a place is counted no further than that, should nobody keep the bars
MOST_ALIKE = 7  #: tokens of one kind on one tick that are told apart
KEPT = 8_192  #: places, some 6 MB; then all are forgotten, and found again as they are needed
_FACTORS = {0: (2, 2), 1: (3, 1), -1: (1, 3)}  # halves that broken rhythm multiplies this note and the next by


@dataclass(frozen=True, slots=True)
class Stand:
    """Place in a bar, as exact as tuplets need.

    at: ticks into the bar, the last note's length included; unit: ticks of an eighth under the last note's tuplet
    and dots; last: its ticks; stretch, bend: may a length, may broken rhythm, follow; dot: halves of the next note;
    tuplet: notes still to come in it; inner: ticks of an eighth in it; chord: ticks of the open chord's first note, -1
    before it, 0 for none; kind: of the last token; alike: how many of it came before on this tick."""

    meter: Meter | None = None
    at: int = 0
    unit: int = EIGHTH
    last: int = 0
    stretch: bool = False
    bend: bool = False
    dot: int = 2
    tuplet: int = 0
    inner: int = EIGHTH
    chord: int = 0
    kind: Kind = Kind.START
    alike: int = 0

    @property
    def bar(self) -> int:
        """Ticks in a bar; 0 before the meter is known."""
        return self.meter.bar if self.meter else 0


class BarPlace:
    """Immutable. key: what two places have in common that stand alike: the tick, the kind of token before, and how
    many such there were; tick: the same for the tick alone, below zero."""

    __slots__ = ("after", "at", "chord", "key", "stand", "tick")

    def __init__(self, stand: Stand) -> None:
        self.stand, self.at, self.chord = stand, stand.at, stand.chord != 0
        self.key = (stand.at * 16 + int(stand.kind)) * 8 + stand.alike
        self.tick = -1 - stand.at
        self.after: dict[int, BarPlace] = {}


class BarPlaces:
    """Places in the bar, worked out token by token. tokens: of a vocabulary, parsed. Not shared between threads."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._known: dict[Stand, BarPlace] = {}
        self.first = self._place(Stand())

    def after(self, place: BarPlace, token: int) -> BarPlace:
        """The place behind a token, by its number."""
        found = place.after.get(token)
        if found is None:
            found = place.after[token] = self._place(_stepped(place.stand, self._tokens[token]))
        return found

    def _place(self, stand: Stand) -> BarPlace:
        known = self._known.get(stand)
        if known is None:
            if len(self._known) >= KEPT:
                self._forget()
            known = self._known[stand] = BarPlace(stand)
        return known

    def _forget(self) -> None:
        """Places that are still in use stay what they are, and lead to new ones."""
        for place in self._known.values():
            place.after.clear()
        self._known.clear()


def _stepped(stand: Stand, token: Token) -> Stand:
    kind = token.kind
    after = _moved(stand, token, kind)
    if kind is Kind.BAR:
        return after
    alike = stand.alike + 1 if stand.kind is kind and stand.at == after.at else 0
    return replace(after, kind=kind, alike=min(alike, MOST_ALIKE))


def _moved(stand: Stand, token: Token, kind: Kind) -> Stand:
    if kind is Kind.METER:
        return replace(stand, meter=Meter.parse(token.text[2:]))
    if kind is Kind.BAR:  # broken rhythm and tuplets go on over a bar line, as they are read
        if stand.chord:
            stand = _closed(stand)
        return Stand(stand.meter, dot=stand.dot, tuplet=stand.tuplet, inner=stand.inner, kind=Kind.BAR)
    if kind in (Kind.PITCH, Kind.REST):
        if stand.chord:
            return replace(stand, chord=EIGHTH if stand.chord < 0 else stand.chord, stretch=stand.chord < 0, bend=True)
        return _sounded(stand, EIGHTH)
    if kind is Kind.DURATION:
        return _stretched(stand, token)
    if kind is Kind.BROKEN:
        return _bent(stand, token.broken) if stand.bend else stand
    if kind is Kind.CHORD_OPEN and not stand.chord:
        return replace(stand, chord=-1, stretch=False, bend=False)
    if kind is Kind.CHORD_CLOSE and stand.chord:
        return _closed(stand)
    if kind is Kind.TUPLET and not stand.chord:
        inner = int(EIGHTH * tuplet_ratio(token.tuplet, stand.meter or Meter(4, 4)))
        return replace(stand, tuplet=token.tuplet, inner=inner, stretch=False, bend=False)
    return stand


def _sounded(stand: Stand, length: int) -> Stand:
    """A note of so many ticks, were it not for tuplets and broken rhythm."""
    unit = stand.inner if stand.tuplet else EIGHTH
    unit = unit * stand.dot // 2
    ticks = unit * length // EIGHTH
    at = min(stand.at + ticks, MOST_BARS * max(stand.bar, EIGHTH))
    return replace(
        stand, at=at, unit=unit, last=at - stand.at, stretch=True, bend=True, dot=2, tuplet=max(0, stand.tuplet - 1),
        chord=0,
    )  # fmt: skip


def _closed(stand: Stand) -> Stand:
    if stand.chord < 0:
        return replace(stand, chord=0)
    return _sounded(stand, stand.chord)


def _stretched(stand: Stand, token: Token) -> Stand:
    if not stand.stretch:
        return stand
    upper, lower = token.length.numerator, token.length.denominator
    if stand.chord:  # inside a chord: of its first note
        return replace(stand, chord=max(1, EIGHTH * upper // lower), stretch=False)
    longer = _lasting(stand, stand.last * upper // lower)
    return _bent(longer, token.broken) if token.broken else longer


def _bent(stand: Stand, broken: int) -> Stand:
    if stand.chord:
        return replace(stand, bend=False)
    here, following = _FACTORS[broken]
    return replace(_lasting(stand, stand.last * here // 2), bend=False, dot=following)


def _lasting(stand: Stand, ticks: int) -> Stand:
    """The last note lasts so long instead; no length may follow."""
    at = min(stand.at - stand.last + ticks, MOST_BARS * max(stand.bar, EIGHTH))
    return replace(stand, at=at, last=at - (stand.at - stand.last), stretch=False)
