"""Known tunes in the plan: note for note as written, in any key, through sets and changes of controls."""

import itertools

import pytest

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.files.repertoire import Repertoire
from instrument.music.events import Span
from instrument.music.play_order import order
from instrument.music.tokens.bars import read_tune
from instrument.thinking.known.as_written import beginning, spliced
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.phrase_by_phrase import PhrasePlanner
from instrument.thinking.tune.known_variation import alike
from instrument.thinking.tune.loader import WriterFactory
from tests.fakes.known_evening import JIG, MIND, MIXED, REEL, WRONG, melody, repertoire, snapshot_of


def planner(snapshot: Snapshot) -> PhrasePlanner:
    return PhrasePlanner(WriterFactory(MIND).writer, Arrangement({}, "none"), snapshot)


def spans(plan: PhrasePlanner, count: int) -> list[Span]:
    return [plan.next_span() for _ in range(count)]


def written(tunes: Repertoire, at: int = 0) -> list[list[tuple[int, int]]]:
    """(ticks from its end, pitch as written) of each bar in the order in which they are played."""
    tune = tunes.tunes[at].known()
    measures = read_tune(tune.tokens[:-1], strict=False).measures
    return [
        sorted((note.start - measures[i].length, note.pitch + tune.up) for note in measures[i].notes)
        for i in order(measures)
    ]


def heard(found: list[Span]) -> list[list[tuple[int, int]]]:
    return [melody(span) for span in found]


@pytest.mark.parametrize("text", [JIG, REEL, MIXED, WRONG])
def test_it_is_played_note_for_note_with_its_repeats_and_endings(text: str) -> None:
    tunes = repertoire(text)
    bars = written(tunes)
    lead = text == JIG  # the second time its pick-up has no room: the tune ends on a whole bar
    found = spans(planner(snapshot_of(tunes)), 2 * len(bars) - lead)
    assert heard(found) == bars + bars[lead:]
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    assert {span.source for span in found} == {"known"}
    assert [span.of_set.time for span in found] == [1] * len(bars) + [2] * (len(bars) - lead)


def test_each_bar_is_in_the_meter_that_is_written_there() -> None:
    found = spans(planner(snapshot_of(repertoire(MIXED))), 8)
    assert [span.meter for span in found] == ["4/4"] * 4 + ["6/8"] * 4
    assert [span.end - span.start for span in found] == [40320] * 4 + [30240] * 4


def test_bars_that_do_not_add_up_begin_anew_with_the_next_bar_line() -> None:
    found = spans(planner(snapshot_of(repertoire(WRONG))), 4)
    assert [span.lacking for span in found] == [0, 0, 0, 0]


@pytest.mark.parametrize(("key", "up"), [("E major", 2), ("C major", -2), ("Bb major", -4), ("D minor", 0)])
def test_another_tonic_moves_every_note_alike(key: str, up: int) -> None:
    tunes = repertoire(JIG)
    found = spans(planner(snapshot_of(tunes, 0, ("tune.key", key))), 12)
    assert heard(found) == [[(at, pitch + up) for at, pitch in bar] for bar in written(tunes)[:12]]


def test_a_set_goes_through_the_repertoire_each_tune_in_its_own_key_and_meter() -> None:
    tunes = repertoire(JIG, REEL, MIXED)
    found = spans(planner(snapshot_of(tunes, 0, ("set.times", 2))), 110)
    seen = [key for key, _ in itertools.groupby((span.known[1], span.of_set.time) for span in found)]
    assert seen[:7] == [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2), (0, 1)]
    assert {span.key for span in found if span.known[1] == 1} == {"E dorian"}
    assert {span.meter for span in found if span.known[1] == 1} == {"4/4"}


def test_a_set_of_known_tunes_ends_where_it_is_said() -> None:
    found = spans(planner(snapshot_of(repertoire(JIG, REEL), 0, ("set.tunes", 2), ("set.chord", False))), 50)
    over = next(span for span in found if span.of_set.over)
    assert over.known[1] == 1
    last = max(note.start for note in over.notes if note.voice == "melody")
    assert [note.pitch % 12 for note in over.notes if note.start == last and note.voice == "melody"] == [4]  # E


def test_going_on_from_any_bar_is_going_on_as_if_nothing_had_been() -> None:
    tunes = repertoire(JIG, REEL)
    for vary in (0.0, 0.5):
        snapshot = snapshot_of(tunes, 0, ("tune.vary", vary))
        whole = spans(planner(snapshot), 44)
        for cut in range(1, 40, 3):
            plan = planner(snapshot)
            plan.rethink(Rethink(1, snapshot, whole[cut].end, whole[cut], snapshot))
            again = spans(plan, 4)
            assert [(s.start, s.notes, s.bar, s.place) for s in again] == [
                (s.start, s.notes, s.bar, s.place) for s in whole[cut + 1 : cut + 5]
            ]


def test_a_tune_that_is_called_for_begins_with_the_next_bar() -> None:
    tunes = repertoire(JIG, REEL)
    first = snapshot_of(tunes)
    plan = planner(first)
    after = spans(plan, 5)[-1]
    second = first.with_known(tunes.window(1, 2), [("tune.key", "E dorian"), ("tune.meter", "4/4")])
    plan.rethink(Rethink(1, second, after.end, after, first))
    found = spans(plan, 4)
    assert heard(found) == written(tunes, 1)[:4] and found[0].bar == 0 and found[0].known == (2, 1)
    plan.rethink(Rethink(2, first, after.end, after, first))  # taken back before it was heard
    assert heard(spans(plan, 3)) == written(tunes)[5:8]


def test_turned_off_a_new_tune_is_composed_and_turned_on_the_known_one_begins() -> None:
    tunes = repertoire(REEL)
    known = snapshot_of(tunes)
    plan = planner(known)
    after = spans(plan, 3)[-1]
    composed = known.with_value("tune.known", False)
    plan.rethink(Rethink(1, composed, after.end, after, known))
    new = spans(plan, 3)
    assert {span.source for span in new} == {"composed"} and new[0].bar == 0
    plan.rethink(Rethink(2, known, new[-1].end, new[-1], composed))
    assert heard(spans(plan, 4)) == written(tunes)[:4]


def test_its_chords_go_with_it_in_the_key_in_which_it_sounds() -> None:
    tunes = repertoire(JIG)
    plain = spans(planner(snapshot_of(tunes)), 6)
    names = [[(chord.name(), chord.length) for chord in span.chords] for span in plain]
    assert names[1] == [("D", 30240)] and names[2] == [("G", 15120), ("A7", 15120)]
    assert all(span.start <= c.begins < c.ends <= span.end for span in plain for c in span.chords)
    moved = spans(planner(snapshot_of(tunes, 0, ("tune.key", "E major"))), 24)
    assert [chord.name() for chord in moved[2].chords] == ["A", "B7"]
    unknown = [chord for span in moved for chord in span.chords if chord.text]
    assert {chord.text for chord in unknown} == {"Zz9"} and all(chord.chord.silent for chord in unknown)


def test_nothing_is_varied_at_nought_and_much_at_one() -> None:
    tunes = repertoire(REEL)
    bars = written(tunes)
    plain = heard(spans(planner(snapshot_of(tunes, 0, ("set.vary", 1.0))), 3 * len(bars)))
    assert plain == bars * 3
    for share, least, most in ((0.25, 1, 5), (1.0, 6, 16)):
        varied = heard(spans(planner(snapshot_of(tunes, 0, ("tune.vary", share))), len(bars)))
        others = sum(one != other for one, other in zip(varied, bars, strict=True))
        assert least <= others <= most


def test_bars_that_are_alike_are_varied_alike_and_each_time_through_others_are() -> None:
    tunes = repertoire(REEL)
    known = tunes.tunes[0].known()
    groups, count = alike(known.tokens), len(written(tunes))
    times = []
    found = spans(planner(snapshot_of(tunes, 0, ("tune.vary", 0.6))), 3 * count)
    for time in range(3):
        said: dict[int, list[tuple[int, int]]] = {}
        for span in found[time * count : (time + 1) * count]:
            notes = melody(span)
            assert said.setdefault(groups[span.place.measure], notes) == notes
        times.append(said)
    assert times[0] != times[1] and times[1] != times[2]
    assert all(span.of_set.base in ((), known.tokens) for span in found)  # what is kept is the tune


def test_a_tune_like_it_has_its_first_bars_and_its_plan_and_goes_its_own_way() -> None:
    tunes = repertoire(REEL)
    known = tunes.window(0, 1)
    like = snapshot_of(tunes).with_known(type(known)(2, known.tunes, key=known.key, like=True))
    found = spans(planner(like), 32)
    assert heard(found[:2]) == heard(spans(planner(snapshot_of(tunes)), 2)) and found[0].source == "composed"
    assert heard(found[:32]) != written(tunes)[:32]
    assert [bar.sign for bar in found[0].form] == ["|", "|", "|", ":|", "|", "|", "|", ":|"]
    assert found[0].key == "E dorian"


def test_its_beginning_is_two_bars_behind_its_pick_up() -> None:
    tokens = repertoire(JIG).tunes[0].known().tokens
    assert [m.length for m in read_tune(beginning(tokens)).measures] == [5040, 30240, 30240]


def test_what_is_announced_stands_in_a_tune_that_is_spliced() -> None:
    tokens = repertoire(REEL).tunes[0].known().tokens
    other = tuple("c" if text == "D" else text for text in tokens)
    assert spliced(other, tokens, 0) == tokens
    found = spliced(other, tokens, 3)
    measures = read_tune(found[:-1]).measures
    assert (
        found[: measures[2].last] == other[: measures[2].last]
        and found[measures[2].last :] == tokens[measures[2].last :]
    )
