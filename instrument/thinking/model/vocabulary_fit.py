"""Meters, modes and tokens that a model's vocabulary lacks: refused before the music, mapped to the nearest in it.

folk-rnn v2's own vocabulary has four modes and seven meters, and other checkpoints may have others; what the
performer asks for must never be a token without a number. Requests pass through here on their way to the planner, so
that neither it nor the network ever meets one. What has them all costs a look at two tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import log

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.key import LETTER_SEMITONES, MODE_FIFTHS, MODE_NAMES, Key
from instrument.music.measure import Measure
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.decode import read_tune
from instrument.music.tokens.tokens import Kind, duration_text, parse
from instrument.networks.folk.vocabulary import Vocabulary

_MAJOR_THIRD = ("maj", "mix", "lyd")
#: tokens without which no tune can be closed
_SIGNS = ("|", "|:", ":|", "|1", "|2")


def unplayable(vocabulary: Vocabulary) -> str:
    """Why no tune can be made with this vocabulary; "" where one can. Pure."""
    lacking = [sign for sign in _SIGNS if sign not in vocabulary.index]
    if lacking:
        return f'its vocabulary lacks "{lacking[0]}", without which no tune can be closed'
    kinds = {token.kind for token in vocabulary.tokens}
    wanted = {Kind.METER: "a meter (M:)", Kind.MODE: "a mode on C (K:)", Kind.PITCH: "a pitch"}
    none = [what for kind, what in wanted.items() if kind not in kinds]
    return f"its vocabulary lacks {none[0]}" if none else ""


class VocabularyFit:
    """Immutable; any thread."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Raises ValueError, one line, for a vocabulary that no tune can be made with."""
        if why := unplayable(vocabulary):
            raise ValueError(f"these weights cannot play: {why}")
        self.vocabulary = vocabulary
        tokens = vocabulary.tokens
        self.modes = tuple(t.text[3:] for t in tokens if t.kind is Kind.MODE)
        self.meters = tuple(Meter.parse(t.text[2:]) for t in tokens if t.kind is Kind.METER)
        self._pitches = [t for t in tokens if t.kind is Kind.PITCH]
        plain = (t.length for t in tokens if t.kind is Kind.DURATION and not t.broken)
        self._lengths = sorted({Fraction(1), *plain}, reverse=True)

    def mode(self, mode: str) -> str:
        """The mode of these whose signature is nearest; with the same third where two are as near."""
        major = mode in _MAJOR_THIRD
        return min(
            self.modes,
            key=lambda m: (abs(MODE_FIFTHS[m] - MODE_FIFTHS[mode]), (m in _MAJOR_THIRD) != major, m),
        )

    def meter(self, meter: Meter) -> Meter:
        """The meter itself; else, of those that divide the beat as it does, the one with bars as long, or with as many
        beats, or else nearest in length."""
        return min(
            self.meters,
            key=lambda m: (
                m != meter, m.compound != meter.compound, m.bar != meter.bar,
                m.bar // m.beat != meter.bar // meter.beat, abs(log(m.bar / meter.bar)), str(m),
            ),
        )  # fmt: skip

    def lacking(self, snapshot: Snapshot) -> str:
        """What of a snapshot's meter and key the model has no token for, and what plays instead; "" for nothing."""
        if snapshot.playing_known:
            return ""  # what is played is as somebody wrote it
        fitted = self.snapshot(snapshot)
        told = []
        if fitted.meter != snapshot.meter:
            told.append(f"no meter {snapshot.meter}; {fitted.meter} is nearest")
        if fitted.key != snapshot.key:
            told.append(f"no {MODE_NAMES[snapshot.key.mode]} mode; {fitted.key} is nearest to {snapshot.key}")
        return "these weights know " + ", and ".join(told) if told else ""

    def refuse(self, snapshot: Snapshot, name: str) -> None:
        """Before the music starts what is lacking is refused. name: of the patch. Raises ValueError, one line."""
        if lacking := self.lacking(snapshot):
            raise ValueError(f"{name}: {lacking}. Change the patch, or leave --weights out for the shipped ones")

    def snapshot(self, snapshot: Snapshot) -> Snapshot:
        """The controls, with a meter and a mode that there are, and what was played to be answered in these."""
        key, meter = snapshot.key, self.meter(snapshot.meter)
        mode = self.mode(key.mode)
        values, phrase = snapshot.values, snapshot.phrase
        if (meter, mode) != (snapshot.meter, key.mode):
            values = {**values, "tune.meter": str(meter), "tune.key": str(replace(key, mode=mode))}
        if phrase is not None:
            header = (f"M:{snapshot.meter}", f"K:C{key.mode}")
            phrase = replace(phrase, tokens=self.written((*header, *phrase.tokens))[2:])
        return replace(snapshot, values=values, phrase=phrase)

    def request(self, request: Rethink) -> Rethink:
        """The request as the model can be asked it."""
        snapshot, before, after = self.snapshot(request.snapshot), self.snapshot(request.before), request.after
        if request.snapshot.phrase == request.before.phrase:  # it is answered already, in whichever mode
            before = replace(before, phrase=snapshot.phrase)
        if after is not None and not (
            after.known[0] and after.source != "composed"
        ):  # else it is nobody's to be fitted
            written = self.written(after.written)
            primed = after.primed if len(written) == len(after.written) else (0, 0)
            base = self.written(after.of_set.base) if after.of_set.base else ()
            after = replace(after, written=written, primed=primed, of_set=replace(after.of_set, base=base))
        return replace(request, snapshot=snapshot, before=before, after=after)

    def written(self, texts: Sequence[str]) -> tuple[str, ...]:
        """A tune in tokens that there are: as it is where it can be, with as many measures as long as they were.

        texts: `M:` and `K:` first. A pitch that has no token is spelt otherwise, or is the nearest there is; a
        measure with another sign that is lacking is written as its highest notes one after another.
        """
        own = texts[1][3:]
        mode = self.mode(own)
        if mode == own and all(text in self.vocabulary.index for text in texts):
            return tuple(texts)
        meter = self.meter(Meter.parse(texts[0][2:]))
        source, target = Key(0, 0, own), Key(0, 0, mode)
        body = [text for text in texts if text != "</s>"]
        found, at = [f"M:{meter}", f"K:C{mode}"], 2
        for measure in read_tune(body, strict=False).measures:
            found += [self._sign(text) for text in body[at : measure.first]]
            inside, at = body[measure.first : measure.last], measure.last
            parsed = [parse(text) for text in inside]
            if all(t.kind is Kind.PITCH or t.text in self.vocabulary.index or t.kind is Kind.BAR for t in parsed):
                found += self._respelt(inside, source, target)
            else:
                found += self._rewritten(measure, target)
                found += [self._sign(inside[-1])] if parsed[-1].kind is Kind.BAR else []
        found += [self._sign(text) for text in body[at:] if parse(text).kind is Kind.BAR]
        return (*found, *(("</s>",) if texts[-1] == "</s>" else ()))

    def _sign(self, text: str) -> str:
        return text if text in self.vocabulary.index else "|"

    def _respelt(self, texts: Sequence[str], source: Key, target: Key) -> Iterator[str]:
        """One measure with other pitch tokens; what is no pitch stays."""
        read: dict[int, int] = {}
        spelt: dict[int, int] = {}
        for text in texts:
            token = parse(text)
            if token.kind is not Kind.PITCH:
                yield self._sign(text) if token.kind is Kind.BAR else text
                continue
            if token.accidental is not None:
                read[token.letter] = token.accidental
            alteration = read.setdefault(token.letter, source.signature[token.letter])
            pitch = 60 + 12 * token.octave + LETTER_SEMITONES[token.letter] + alteration
            yield self._pitch(pitch, spelt, target, text)

    def _rewritten(self, measure: Measure, target: Key) -> Iterator[str]:
        """Its highest notes, one after another, in lengths that there are."""
        highest = {note.start: note.pitch for note in sorted(measure.notes, key=lambda note: (note.start, note.pitch))}
        starts = sorted(highest)
        spelt: dict[int, int] = {}
        at = Fraction(0)
        for start, following in zip(starts, [*starts[1:], measure.length], strict=True):
            while at < Fraction(following, EIGHTH):  # the first begins where the measure does
                left = Fraction(following, EIGHTH) - at
                length = next((length for length in self._lengths if length <= left), None)
                if length is None:
                    break  # the next note begins so much earlier
                yield self._pitch(highest[start], spelt, target, "")
                if length != 1:
                    yield duration_text(length)
                at += length
        if not starts:
            yield from ("z",) if "z" in self.vocabulary.index else ()

    def _pitch(self, pitch: int, spelt: dict[int, int], key: Key, text: str) -> str:
        """The token that sounds so, `text` where that does; else in the nearest octave, or the nearest note."""
        best, altered = None, 0
        for token in self._pitches:
            alteration = token.accidental
            if alteration is None:
                alteration = spelt.get(token.letter, key.signature[token.letter])
            off = abs(60 + 12 * token.octave + LETTER_SEMITONES[token.letter] + alteration - pitch)
            rank = (off % 12 != 0, off, token.text != text, token.accidental is not None, token.text)
            if best is None or rank < best[0]:
                best, altered = (rank, token), alteration
        assert best is not None
        spelt[best[1].letter] = altered
        return best[1].text
