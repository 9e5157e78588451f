"""An answer in the pulse and tempo of the performer's hands: nobody gives a beat, it comes on the player's own line."""

import random
from itertools import accumulate

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.playing.modes.phrase_heard import PhraseHeard
from instrument.playing.time.pulse import Pulse
from tests.fakes.answering import Evening
from tests.fakes.thorough import every

BY_HAND = Snapshot().with_values(
    [("play.way", "answer"), ("clock.bpm", 112.0), ("tune.seed", 4), ("answer.wait", 1.0), ("answer.time", "hands")]
)
JITTER = 0.012  #: seconds, deviation of a hand
BEGINS = 2.3  #: seconds: on no beat of the clock's

Keys = dict[float, tuple[int, int]]

#: rhythms in quarters (below 0: a rest), and their meters
RHYTHMS = {
    "quarters": ("4/4", (1,) * 8), "eighths": ("4/4", (0.5,) * 12 + (2,)),
    "mixed": ("4/4", (0.5, 0.5, 0.5, 0.5, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 1.5)),
    "dotted": ("4/4", (0.75, 0.25, 0.75, 0.25, 0.5, 0.5, 1) * 2), "a rest within": ("4/4", (1, 1, 1, -1, 1, 1, 2)),
    "jig": ("6/8", (0.5,) * 6 + (1, 0.5, 1, 0.5) + (0.5,) * 6 + (1, 0.5, 1.5)),
    "waltz": ("3/4", (1, 1, 1, 2, 1, 1, 0.5, 0.5, 1, 3)),
}  # fmt: skip


def played(rhythm: tuple[float, ...], bpm: float, seed: int = 1, held: float = 0.75) -> tuple[Keys, float]:
    """Keys as a hand strikes them, and the second at which the last note is written to end."""
    rng, keys = random.Random(seed), Keys()
    starts = [0.0, *accumulate(abs(length) for length in rhythm)]
    for start, length in zip(starts, rhythm, strict=False):
        if length > 0:
            at, note = BEGINS + start * 60 / bpm + rng.gauss(0, JITTER), 62 + rng.choice((0, 2, 4, 5, 7, 9))
            keys[at], keys[at + held * length * 60 / bpm] = (note, 90), (note, 0)
    return keys, BEGINS + starts[-1] * 60 / bpm


def answered(evening: Evening) -> tuple[float, int, float]:
    """When the answer begins (seconds), its ticks, and the last note struck (seconds)."""
    spans = [span for span in evening.announced if span.source == "composed"]
    assert spans, "it is answered"
    last = max(m.due for m in evening.messages if m.kind == "on" and m.channel == 1)
    return evening.player.scheduler.seconds(spans[0].start), sum(s.end - s.start for s in spans), last


@pytest.mark.parametrize("bpm", every(2, [90, 120, 160]))
@pytest.mark.parametrize("rhythm", ["quarters", "eighths", "mixed", "dotted", "a rest within", "jig", "waltz"])
def test_the_answer_comes_on_the_players_line_in_the_players_tempo_for_as_long(rhythm: str, bpm: int) -> None:
    if (rhythm, bpm) == ("a rest within", 160):
        bpm = 140  # at 160 plain quarters may as well be eighths of 80
    meter, lengths = RHYTHMS[rhythm]
    keys, end = played(lengths, bpm)
    bar, quarters = Meter.parse(meter).bar, sum(abs(length) for length in lengths)
    evening = Evening(BY_HAND.with_value("tune.meter", meter))
    evening.until(end + (quarters + bar / QUARTER + 2) * 60 / bpm, keys)
    begins, ticks, last = answered(evening)
    line = bar // QUARTER / 2 if meter == "4/4" else bar / QUARTER  # a half bar, or a bar
    silent = (begins - end) * bpm / 60
    assert evening.player.scheduler.bpm == pytest.approx(bpm, rel=0.025)
    assert silent == pytest.approx(line, abs=0.1), "quarters from the phrase's end, on the next line of its own"
    assert ticks == quarters * QUARTER
    assert last > begins
    struck = [m.due for m in evening.messages if m.kind == "on" and m.channel == 1]
    assert min(struck) > end, "nothing sounds into the phrase"


@pytest.mark.parametrize("meter", ["4/4", "6/8"])
def test_who_plays_by_a_clock_is_answered_by_the_clock(meter: str) -> None:
    snapshot = BY_HAND.with_values([("tune.meter", meter), ("clock.send", "always")])
    evening = Evening(snapshot)
    keys, end = played((1.5,) * 4, 100)
    evening.until(end + 8, keys)
    begins, _, _ = answered(evening)
    assert evening.player.scheduler.bpm == 112
    bars = begins / (Meter.parse(meter).bar / QUARTER * 60 / 112)
    assert bars == pytest.approx(round(bars), abs=0.001), "others go by our clock"


def test_counted_bars_are_the_players_bars_and_the_answer_is_on_the_very_next_line() -> None:
    evening = Evening(BY_HAND.with_value("answer.bars", 2))
    keys, end = played((1, 0.5, 0.5, 1, 1, 1, 0.5, 0.5, 2), 132)
    evening.until(end + 4, keys)
    begins, ticks, _ = answered(evening)
    assert begins == pytest.approx(end, abs=0.05)
    assert ticks == 8 * QUARTER


def test_who_plays_on_before_the_answer_is_waited_for() -> None:
    """The first half ends as a phrase might; the second comes before the line on which it would be answered."""
    evening = Evening(BY_HAND)
    keys, end = played((0.5, 0.5, 0.5, 0.5, 2, -1.5, 0.5, 0.5, 0.5, 0.5, 0.5, 2.5), 120)
    evening.until(end + 8, keys)
    begins, ticks, _ = answered(evening)
    assert begins > end
    assert ticks == 2 * 4 * QUARTER, "the long note on the third bar line is the close of the two before"
    assert all(m.due > end for m in evening.messages if m.kind == "on" and m.channel == 1)


def test_who_plays_half_notes_however_short_is_not_taken_to_have_stopped() -> None:
    evening = Evening(BY_HAND)
    keys, end = played((2, 2, 2, 2, 2, 2, 2, 2), 100, held=0.2)
    evening.until(end + 1.0, keys)
    assert all(m.due > end - 1.2 for m in evening.messages if m.kind == "on" and m.channel == 1)


def test_after_the_answer_the_next_phrase_may_have_another_tempo() -> None:
    evening = Evening(BY_HAND)
    first, end = played(RHYTHMS["mixed"][1], 100)
    second, _ = played(RHYTHMS["mixed"][1], 138, seed=2)
    evening.until(40.0, first | {at + end + 10: key for at, key in second.items()})
    assert evening.player.scheduler.bpm == pytest.approx(138, rel=0.03)
    spans = [span for span in evening.announced if span.source == "composed"]
    assert len(spans) == 4
    assert [s.start for s in evening.announced] == sorted(s.start for s in evening.announced)
    assert len({request.snapshot.phrase.number for request in evening.asked if request.snapshot.phrase}) >= 2


def test_a_phrase_that_a_stop_cut_off_is_not_answered_when_the_music_goes_on() -> None:
    evening = Evening(BY_HAND)
    keys, end = played(RHYTHMS["eighths"][1], 120)
    evening.until(end - 1.5, keys)
    evening.messages += evening.player.stop(end - 1.5)
    evening.until(end + 3)
    evening.messages += evening.player.play(end + 3)
    evening.until(end + 8)
    assert not evening.asked
    assert {span.source for span in evening.announced} == {"silent"}


@pytest.mark.parametrize("into", [0.3, 1.0, 2.5, 3.8])
def test_who_comes_in_has_the_answer_end_there_whatever_the_moment(into: float) -> None:
    """into: quarters of the answer. Nothing more is struck, nothing hangs, and the phrase is answered in its turn."""
    evening = Evening(BY_HAND)
    keys, end = played(RHYTHMS["eighths"][1], 120)
    at = end + 1.0 + into * 0.5
    evening.until(at + 0.2, keys | {at: (74, 90), at + 0.15: (74, 0)})
    struck = [m.due for m in evening.messages if m.kind == "on" and m.channel == 1]
    assert all(due <= at + 0.01 for due in struck)
    assert sum(m.kind == "on" for m in evening.messages) == sum(m.kind == "off" for m in evening.messages)
    evening.until(at + 9)
    again = [m.due for m in evening.messages if m.kind == "on" and m.channel == 1 and m.due > at + 0.01]
    assert again and min(again) > at + 1.0


def test_leaving_the_music_goes_on_in_the_tempo_that_is_set() -> None:
    evening = Evening(BY_HAND)
    keys, end = played(RHYTHMS["eighths"][1], 150)
    evening.until(end + 5, keys)
    assert evening.player.scheduler.bpm == pytest.approx(150, rel=0.02)
    evening.change("play.way", "listen")
    evening.until(end + 6)
    assert evening.player.scheduler.bpm == 112


def test_the_place_of_every_note_is_found_under_the_hands() -> None:
    """A tempo that nobody gave, chords, an ornament, and a player who speeds up by a tenth."""
    pulse, at, places = Pulse(112, Meter(4, 4)), 5.0, []
    rng = random.Random(5)
    for n, length in enumerate((2, 1, 1, 2, 2, 1, 1, 1, 1, 2, 2, 1, 1, 2, 4)):
        struck = at + rng.gauss(0, 0.01)
        pulse.strike(struck)
        pulse.strike(struck + 0.025)  # the same chord
        places.append(sum((2, 1, 1, 2, 2, 1, 1, 1, 1, 2, 2, 1, 1, 2)[:n]) * EIGHTH)
        at += length * 30 / (96 * (1 + 0.1 * n / 15))
    assert len(pulse.onsets) == 15
    assert pulse.places() == places
    assert 96 < pulse.bpm < 108


def test_a_key_that_is_held_like_a_drone_does_not_hold_the_phrase_open() -> None:
    phrase = PhraseHeard(Meter(4, 4), 120)
    phrase.strike(("keys", 0, 36), 36, 1.0)
    for n in range(16):
        phrase.strike(("keys", 0, 60 + n % 5), 60 + n % 5, 1.5 + n * 0.5)
        phrase.lift(("keys", 0, 60 + n % 5), 1.9 + n * 0.5)
    assert phrase.seconds(phrase.ended(1.0)) == pytest.approx(9.5 + 0.5 + 0.125, abs=0.06)


def test_a_very_long_phrase_costs_no_memory_and_its_end_is_answered() -> None:
    evening = Evening(BY_HAND)
    keys, end = played((0.5,) * 300, 160)
    evening.until(end + 3, keys)
    request = evening.asked[-1].snapshot.phrase
    assert request is not None and request.bars <= 16
