"""Practice in virtual time: the tempo that rises round by round, phrases left to the performer, the plain tune."""

import itertools

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.music.ticks import QUARTER
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.practice import Practice
from tests.fakes.known_evening import JIG, REEL, KnownEvening, melody, repertoire

BARS = 16  #: of the reel as played


def struck(evening: KnownEvening, port_channel: int = 0) -> list[tuple[float, int]]:
    """(seconds, pitch) of the melody's notes."""
    return [(m.due, m.number) for m in evening.messages if m.kind == "on" and m.channel == 1 + port_channel]


def test_at_sixty_percent_every_note_comes_as_much_later() -> None:
    plain, slow = (KnownEvening(repertoire(REEL), 0, ("practice.speed", speed)) for speed in (100.0, 60.0))
    for evening in (plain, slow):
        evening.bars(10)
    one, other = struck(plain)[:40], struck(slow)[:40]
    assert [pitch for _, pitch in one] == [pitch for _, pitch in other]
    for (a, _), (b, _) in zip(one, other, strict=True):
        assert b - other[0][0] == pytest.approx((a - one[0][0]) / 0.6, abs=1e-6)


def test_the_tempo_rises_with_the_first_bar_of_a_round_up_to_the_goal() -> None:
    evening = KnownEvening(
        repertoire(REEL), 0, ("practice.speed", 50.0), ("practice.step", 20.0), ("practice.rounds", 2),
        ("practice.goal", 80.0), ("clock.bpm", 300.0),
    )  # fmt: skip
    evening.bars(7 * BARS)
    assert [bpm for _, bpm in evening.tempos] == [150.0, 210.0, 240.0]
    round_of = 2 * BARS * 4 * QUARTER
    for number, (tick, _) in enumerate(evening.tempos[1:], start=1):
        assert 0 <= tick - number * round_of < QUARTER // 2
    assert evening.snapshot.values["practice.speed"] == 80.0


def test_the_notes_of_the_new_round_are_at_its_tempo_from_the_first_on() -> None:
    evening = KnownEvening(repertoire(REEL), 0, ("practice.speed", 50.0), ("practice.step", 50.0), ("clock.bpm", 240.0))
    evening.bars(BARS + 3)
    for _ in range(200):
        evening.turn()
    starts = [note.start for span in evening.spans for note in span.notes if note.voice == "melody"]
    dues = [due for due, _ in struck(evening)]
    line = BARS * 4 * QUARTER
    for (a, b), (x, y) in zip(itertools.pairwise(starts), itertools.pairwise(dues), strict=False):
        seconds = (b - a) / QUARTER * 60 / (120.0 if a < line else 240.0)
        assert y - x == pytest.approx(seconds, abs=2e-3)


def test_passes_of_a_loop_are_rounds() -> None:
    evening = KnownEvening(
        repertoire(REEL), 0, ("practice.speed", 60.0), ("practice.step", 10.0), ("loop.from", 1), ("loop.to", 2),
        ("loop.on", True), ("clock.bpm", 300.0),
    )  # fmt: skip
    evening.bars(14)
    assert [span.bar for span in evening.spans[:8]] == [0, 1] * 4
    assert evening.snapshot.values["practice.speed"] == 100.0


def test_a_hand_on_the_speed_is_heard_at_once_and_begins_to_count_anew() -> None:
    evening = KnownEvening(
        repertoire(REEL), 0, ("practice.speed", 50.0), ("practice.step", 10.0), ("practice.rounds", 2)
    )
    evening.bars(BARS + 2)
    assert evening.player.practice.round == 2
    evening.change(("practice.speed", 70.0))
    evening.turn()
    assert evening.player.scheduler.bpm == evening.tempo == 168.0 and evening.player.practice.round == 1
    evening.change(("clock.bpm", 100.0))
    evening.turn()
    assert evening.player.scheduler.bpm == 70.0


def test_a_clock_that_leads_keeps_its_tempo_and_nothing_rises() -> None:
    evening = KnownEvening(
        repertoire(REEL), 0, ("practice.speed", 50.0), ("practice.step", 10.0), ("clock.source", "midi")
    )
    player, now = evening.player, evening.now
    player.hear(ReceivedMidi(now, "in", bytes([0xFA])))
    for _ in range(24 * 4 * BARS + 200):
        now += 60 / 24 / 240
        player.hear(ReceivedMidi(now, "in", bytes([0xF8])))
        evening.now = now - 0.02
        evening.turn()
    assert player.time.led and player.scheduler.bpm == pytest.approx(240.0, rel=0.01)
    assert evening.snapshot.values["practice.speed"] == 50.0
    assert (
        player.practice.readings(True, None)["practice.state"]
        == "the clock that leads keeps the tempo; the speed waits"
    )


@pytest.mark.parametrize(
    ("turned", "state"),
    [
        ({}, ""),
        ({"practice.speed": 60.0}, "60 %"),
        ({"practice.speed": 60.0, "practice.step": 5.0, "practice.rounds": 3}, "60 %, round 1 of 3, then 65 %"),
        ({"practice.speed": 98.0, "practice.step": 5.0}, "98 %, round 1 of 1, then 100 %"),
        ({"practice.speed": 100.0, "practice.step": 5.0}, "100 %, the goal"),
    ],
)
def test_how_fast_it_is_practised_is_told(turned: dict[str, float], state: str) -> None:
    practice = Practice(Snapshot().with_values(turned.items()))
    assert practice.readings(False, None)["practice.state"] == state


# phrases


def test_so_many_bars_are_played_and_as_many_left_with_the_drone_alone() -> None:
    evening = KnownEvening(repertoire(REEL), 0, ("practice.phrase", 2))
    found = evening.bars(24)
    yours = [span.phrase.silent > 0 for span in found]
    assert yours == [False, False, True, True] * 6
    assert all(bool(melody(span)) != left for span, left in zip(found, yours, strict=True))
    assert all(any(note.voice == "drone" for note in span.notes) for span in found)
    assert [span.place.measure for span in found[:8]] == [0, 1, 0, 1, 2, 3, 2, 3]
    assert all(a.end == b.start for a, b in itertools.pairwise(found))


def test_a_phrase_begins_on_the_bar_and_its_pick_up_is_heard_before_it_only() -> None:
    evening = KnownEvening(repertoire(JIG), 0, ("practice.phrase", 4))
    found = evening.bars(17)
    assert [(span.phrase.played, span.phrase.silent) for span in found[:10]] == [
        (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (4, 1), (4, 2), (4, 3), (4, 4), (1, 0),
    ]  # fmt: skip
    assert [span.place.measure for span in found[5:9]] == [1, 2, 3, 4]
    for span in found:
        if span.phrase.played:
            assert (span.end + span.lacking) % 30240 == 0


def test_what_is_left_of_a_tune_is_a_shorter_phrase() -> None:
    evening = KnownEvening(repertoire(REEL), 0, ("practice.phrase", 6), ("tune.stay", True))
    found = evening.bars(40)
    turns = [(len(list(group)), left) for left, group in itertools.groupby(found, key=lambda s: s.phrase.silent > 0)]
    assert turns[:6] == [(6, False), (6, True), (6, False), (6, True), (4, False), (4, True)]
    assert found[32].bar == 0 and found[32].of_set.time == 2


def test_turned_off_the_tune_goes_on_behind_the_phrase_that_was_played() -> None:
    for cut in range(1, 9):
        evening = KnownEvening(repertoire(REEL), 0, ("practice.phrase", 4))
        evening.bars(cut)
        evening.change(("practice.phrase", 0))
        evening.bars(10)
        played = [span.place.measure for span in evening.spans if not span.phrase.silent]
        assert played[:8] == [0, 1, 2, 3, 0, 1, 2, 3]


def test_turned_on_in_mid_tune_a_phrase_begins_with_the_next_bar() -> None:
    evening = KnownEvening(repertoire(REEL))
    evening.bars(5)
    evening.change(("practice.phrase", 2))
    found = evening.bars(9)
    first = next(place for place, span in enumerate(found) if span.phrase.played == 1)
    assert [span.place.measure for span in found[first : first + 4]] == [
        found[first].place.measure,
        found[first + 1].place.measure,
    ] * 2


@pytest.mark.parametrize("turned", [("tune.key", "F dorian"), ("clock.bpm", 260.0), ("tune.vary", 0.5)])
def test_a_control_turned_in_mid_phrase_leaves_the_phrase_as_it_is(turned: tuple[str, object]) -> None:
    for cut in range(1, 12):
        evening = KnownEvening(repertoire(REEL), 0, ("practice.phrase", 4))
        evening.bars(cut)
        evening.change(turned)  # type: ignore[arg-type]
        evening.bars(16)
        assert [span.phrase.silent > 0 for span in evening.spans[:16]] == ([False] * 4 + [True] * 4) * 2
        assert [span.place.measure for span in evening.spans[:16]] == [0, 1, 2, 3] * 4


def test_a_loop_has_its_phrases_too() -> None:
    evening = KnownEvening(
        repertoire(REEL), 0, ("practice.phrase", 2), ("loop.from", 1), ("loop.to", 4), ("loop.on", True)
    )
    found = evening.bars(24)
    assert [span.bar for span in found[:8]] == [0, 1, 0, 1, 2, 3, 2, 3]
    assert [(span.bar, bool(melody(span))) for span in found[8:16]] == [(s.bar, bool(melody(s))) for s in found[:8]]


def test_undone_the_music_is_as_if_it_had_not_been_turned() -> None:
    plain, other = (KnownEvening(repertoire(REEL, JIG), 0, ("practice.phrase", 2)) for _ in range(2))
    for evening in (plain, other):
        evening.bars(5)
    other.change(("practice.phrase", 3))
    other.act("undo")
    for evening in (plain, other):
        evening.bars(20)
    assert [(s.start, s.notes) for s in plain.spans[:24]] == [(s.start, s.notes) for s in other.spans[:24]]


def test_the_tune_that_was_called_for_is_taken_back_by_undo() -> None:
    evening = KnownEvening(repertoire(REEL))
    evening.bars(3)
    evening.call(repertoire(JIG))
    evening.bars(4)
    assert evening.spans[-1].key == "D major"
    evening.act("undo")
    found = evening.bars(6)
    assert found[-1].key == "E dorian" and evening.snapshot.values["tune.key"] == "E dorian"
    evening.act("redo")
    assert evening.bars(6)[-1].key == "D major"


def test_the_tune_before_comes_back_note_for_note_and_goes_on_in_its_repertoire() -> None:
    evening = KnownEvening(repertoire(REEL, JIG))
    evening.bars(BARS + 4)
    before = [melody(span) for span in evening.spans[:BARS]]
    evening.act("tune.back")
    evening.bars(BARS + 6)
    again = next(place for place in range(BARS, len(evening.spans)) if evening.spans[place].key == "E dorian")
    assert [melody(span) for span in evening.spans[again : again + BARS]] == before
    assert evening.spans[again + BARS].key == "D major"


# the melody left out, the plain tune


def test_a_melody_left_to_the_performer_is_not_struck_and_the_rest_is() -> None:
    evening = KnownEvening(repertoire(REEL))
    evening.bars(4)
    evening.change(("practice.melody", False))
    found = evening.bars(8)
    assert not any(melody(span) for span in found) and all(span.notes for span in found)
    evening.change(("practice.melody", True))
    assert any(melody(span) for span in evening.bars(4))


def test_ornaments_are_left_out_where_the_plain_tune_is_wanted() -> None:
    full, plain = (
        KnownEvening(repertoire(JIG), 0, ("play.ornament", 1.0), ("practice.ornaments", on)) for on in (True, False)
    )
    for evening in (full, plain):
        evening.bars(18)
    count = [sum(len(melody(span)) for span in evening.spans[:18]) for evening in (full, plain)]
    assert count[0] > count[1] == sum(len(melody(span)) for span in KnownEvening(repertoire(JIG)).bars(18))


def test_every_control_of_practice_can_be_turned_by_a_fader() -> None:
    for name in (name for name in CONTROLS if name.startswith("practice.")):
        assert CONTROLS[name].check(CONTROLS[name].from_fader(0.7)) == CONTROLS[name].from_fader(0.7)
