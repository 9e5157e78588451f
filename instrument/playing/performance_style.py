"""Performance style: ornaments, lilt and phrasing of a dance, put on announced bars as its players would.

No time, no devices.

A span is dressed when it is announced, so that a turn of these controls is heard from the next bar on and costs no
thought; the plan and the harmony know the plain tune. The same seed, tune, bar and controls give the same notes. What
is dressed begins within its span, in the order in which it is written.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.music.dances.dance_meters import dance_in
from instrument.music.dances.hand_timing import by_hand
from instrument.music.dances.lilt import lilting
from instrument.music.dances.ornament import ornamented
from instrument.music.dances.phrasing import BARS, SLOWING, bar_of_part, loudness, ritardando, stretches
from instrument.music.dances.swing import leaning, with_swing
from instrument.music.dances.written_ornament import adorned
from instrument.music.events import Note, Span
from instrument.music.key import Key
from instrument.music.measure import Measure, Misspelt
from instrument.music.meter import Meter
from instrument.music.set_place import END
from instrument.music.ticks import QUARTER
from instrument.music.tokens.decode import GrowingTune
from instrument.playing.practice import left
from instrument.playing.time.tempo_curve import Beat

STILL = ("drone", "pads")  #: voices that stand still
STRUM = {"guitar": 0.06, "piano": 0.06}  #: seconds within which what a voice strikes string by string is one moment
LIFT, LIFTED = 14, 3  #: velocity that a tune gains, at full amount, and in how many times through
REMEMBERED = 64  #: spans whose last pitch is known to what follows, also after the music was moved back


class PerformanceStyle:
    """Performance style of the announced bars.

    thread: the player's. blocks: never. Some 0.8 ms a bar where everything is on; docs/LOG.md.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._last: dict[int, int] = {}  # where a span ended: its last pitch
        self._reading = GrowingTune()

    def dress(self, span: Span, bpm: float) -> Span:
        """The span as it is played. bpm: quarter notes a minute."""
        span = left(span, self.snapshot)
        amount, lean, phrasing = self._of("ornament"), self._of("lean", 1.0), self._of("phrasing")
        written = _written(span)
        if not self.snapshot.values.get("practice.ornaments", True):
            amount, written = 0.0, {}
        melody = sorted((note for note in span.notes if note.voice == "melody"), key=lambda note: note.start)
        before = self._last.get(span.start)
        if melody:
            self._remember(span.end, melody[-1].pitch)
        lift = self._lift(span)
        timed = self._of("lilt") or self._of("human") or self._of("swing", 0.5) != 0.5
        if not span.notes or not (amount or timed or phrasing or lift or lean != 1.0 or written):
            return span
        single = len({note.start for note in melody}) == len(melody)
        chance, key = _chance(self.snapshot.seed, span), Key.parse(span.key)
        if single:
            played = list(ornamented(melody, before, key, bpm, amount, chance, written))
        else:  # of notes struck together the highest is adorned
            top = {note.start: note for note in sorted(melody, key=lambda note: note.pitch)}
            played = [
                each
                for note in melody
                for each in (
                    adorned(note, written.get(note.start, ()), key, bpm) if top[note.start] is note else (note,)
                )
            ]
        played = [replace(note, velocity=leaning(note.velocity, lean)) for note in played]
        others = [note for note in span.notes if note.voice != "melody"]
        notes = self._phrased([*played, *others], span, phrasing)
        notes = [_louder(note, lift) for note in notes] if lift else notes
        notes = self._timed(notes, melody, span, bpm)
        return replace(span, notes=tuple(notes))

    def breathe(self, span: Span) -> list[Beat]:
        """The beats of a span that last longer or shorter than the clock's; none where its time is straight."""
        if slower := self.slow(span):
            return slower
        amount = self._of("rubato")
        place = self._place(span) if amount else None
        if place is None or (span.bar == 0 and place[0] < 0):  # a tune's first pick-up waits for its bar
            return []
        meter = Meter.parse(span.meter)
        each = meter.bar // meter.beat
        rates = stretches(BARS * each, amount)
        into = place[0] % BARS * meter.bar + place[1]
        beats, at = list[Beat](), span.start
        while at < span.end:
            number = (into + at - span.start) // meter.beat
            until = min(span.end, at + meter.beat - (into + at - span.start) % meter.beat)
            beats.append(Beat(at, until, rates[number % len(rates)]))
            at = until
        return beats

    def slow(self, span: Span) -> list[Beat]:
        """The beats of a set's last bars, each longer than the one before; none elsewhere."""
        of, amount = span.of_set, self._in_set("ritard")
        bars = SLOWING + bool(self.snapshot.values.get("set.chord"))
        if not amount or of.then != END or not 0 <= of.left < bars:
            return []
        meter = Meter.parse(span.meter)
        each = meter.bar // meter.beat
        slower = ritardando(SLOWING * each, amount)
        found, at = list[Beat](), span.start
        while at < span.end:
            until = min(span.end, at + meter.beat - (at - span.end - span.lacking) % meter.beat)
            number = (bars - 1 - of.left) * each + (meter.bar - (span.end + span.lacking - at)) // meter.beat
            found.append(Beat(at, until, slower[min(max(0, number), len(slower) - 1)]))
            at = until
        return found

    def _lift(self, span: Span) -> int:
        """Velocity that this time through has more than the first."""
        return round(LIFT * self._in_set("lift") * min(span.of_set.time - 1, LIFTED) / LIFTED)

    def _in_set(self, name: str) -> float:
        value = self.snapshot.values.get(f"set.{name}", 0.0)
        return 0.0 if isinstance(value, str) else float(value)

    def _phrased(self, notes: list[Note], span: Span, amount: float) -> list[Note]:
        """Louder towards the middle of the phrase, easing at its close."""
        place = self._place(span) if amount else None
        if place is None:
            return notes
        phrase = BARS * Meter.parse(span.meter).bar
        into = place[0] % BARS * (phrase // BARS) + place[1]

        def shaped(note: Note) -> Note:
            more = amount * loudness((into + note.start - span.start) % phrase / phrase)
            return replace(note, velocity=max(1, min(127, round(note.velocity + more))))

        return [note if note.voice in STILL else shaped(note) for note in notes]

    def _timed(self, notes: list[Note], melody: list[Note], span: Span, bpm: float) -> list[Note]:
        """Where notes fall: the lilt of the dance, the swing asked for besides, and the hand. Not the drone's."""
        barline, meter, swing = span.end + span.lacking, Meter.parse(span.meter), self._of("swing", 0.5)
        warp = lilting(self._dance(meter), meter, melody, span.start, span.end, barline, self._of("lilt"))
        by_voice: dict[str, list[Note]] = {}
        for note in notes:
            lilted = warp.note(note) if note.voice not in STILL else note
            swung = with_swing(lilted, barline, meter, swing) if swing != 0.5 else lilted
            by_voice.setdefault(note.voice, []).append(_within(swung, span))
        human, second = self._of("human"), bpm / 60 * QUARTER
        found: list[Note] = []
        for voice, own in by_voice.items():
            chance = _chance(self.snapshot.seed, span, voice)
            loose = human and voice not in STILL
            strum = STRUM.get(voice, 0.0) * second
            found += by_hand(own, span.start, span.end, meter.beat, second, human, chance, strum) if loose else own
        return found

    def _dance(self, meter: Meter) -> str:
        """The dance that is asked for; where nobody says which, or its meter cannot have it, the meter's."""
        return dance_in(meter, str(self.snapshot.values.get("tune.dance", "auto")))

    def _place(self, span: Span) -> tuple[int, int] | None:
        """(bar of its part, ticks into it); None where what is written cannot be read."""
        measures = self._measures(span)
        return bar_of_part(measures, span.place, Meter.parse(span.meter).bar) if measures else None

    def _measures(self, span: Span) -> Sequence[Measure]:
        texts = span.written
        try:
            return self._reading.read(texts[:-1] if texts[-1:] == ("</s>",) else texts).measures
        except Misspelt:
            return ()

    def _of(self, name: str, usual: float = 0.0) -> float:
        """A control of playing; as if it were not there, where an older log does not know it."""
        value = self.snapshot.values.get(f"play.{name}", usual)
        return usual if isinstance(value, str) else float(value)

    def _remember(self, end: int, pitch: int) -> None:
        self._last[end] = pitch
        while len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]


def _written(span: Span) -> dict[int, list[str]]:
    """By the tick of a note, what somebody wrote over it."""
    found: dict[int, list[str]] = {}
    for tick, ornament in span.ornaments:
        found.setdefault(tick, []).append(ornament)
    return found


def _louder(note: Note, by: int) -> Note:
    return note if note.voice in STILL else replace(note, velocity=max(1, min(127, note.velocity + by)))


def _within(note: Note, span: Span) -> Note:
    """A note that begins in its span."""
    start = min(max(note.start, span.start), span.end - 1)
    return note if start == note.start else replace(note, start=start, duration=max(1, note.end - start))


def _chance(seed: int, span: Span, of: str = "") -> Iterator[float]:
    """Numbers for one bar as played: the second time through, a part has other ornaments. of: what they are for."""
    time = "" if span.of_set.time == 1 else f" time {span.of_set.time}"
    numbers = random.Random(f"{seed} {span.tune} {span.bar} {of}".rstrip() + time)
    while True:
        yield numbers.random()
