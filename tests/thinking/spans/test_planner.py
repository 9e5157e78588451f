"""The plan: spans that join, the same seed the same tune, and changes that begin where they are asked to."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Span
from instrument.music.play_order import order
from instrument.music.tokens.bars import miscounted, read_tune
from instrument.networks.folk.sampling import distribution, draw
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.spans.planner import Given, Planner
from instrument.thinking.tree.random_numbers import uniforms
from tests.fakes.band import BAR, planner, tiny_mind


def spans(plan: Planner, count: int) -> list[Span]:
    return [plan.next_span() for _ in range(count)]


def music(found: list[Span]) -> list[tuple[int, int]]:
    return [(note.start, note.pitch) for span in found for note in span.notes]


def seeded(seed: int) -> Snapshot:
    return Snapshot().with_value("tune.seed", seed)


def test_spans_join_without_gap_or_overlap() -> None:
    found = spans(planner(seeded(3)), 80)
    assert found[0].start == 0
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    assert all(s.start <= n.start < n.end <= s.end for s in found for n in s.notes)


def test_bar_lines_fall_on_the_grid_through_pick_ups_and_tune_ends() -> None:
    for span in spans(planner(seeded(4)), 80):
        assert (span.end + span.lacking) % BAR == 0


def test_the_same_seed_gives_the_same_tune_and_another_another() -> None:
    assert music(spans(planner(seeded(5)), 30)) == music(spans(planner(seeded(5)), 30))
    assert music(spans(planner(seeded(5)), 30)) != music(spans(planner(seeded(6)), 30))


def test_pairs_over_all_branches_are_the_plain_law() -> None:
    """Seed 000, part 11: with beta = all, tuples of any length are ancestral sampling; same numbers, same tune."""
    plain = music(spans(planner(seeded(5)), 20))
    for n in (2, 3, 4):
        assert music(spans(planner(seeded(5).with_value("search.tuple", n)), 20)) == plain


@pytest.mark.long  # 3 seconds of CPU
@pytest.mark.parametrize(
    "turned",
    [
        {"search.tuple": 3, "search.beam": 4},
        {"search.tuple": 2, "search.beam": 6, "search.mode": "beam"},
        {"search.tuple": 2, "search.beam": 5, "search.joint": 0.5},
        {"search.tuple": 3, "search.beam": 3, "search.joint": 1.5, "search.stride": 1},
        {"search.tuple": 3, "search.mode": "beam"},
        {"search.tuple": 4, "search.joint": 0.5},  # all branches: narrowed to what memory holds
    ],
)
def test_every_way_of_searching_plays_and_adds_up(turned: dict[str, object]) -> None:
    found = spans(planner(seeded(5).with_values(turned.items())), 12)
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    for span in found:
        assert (span.end + span.lacking) % BAR == 0
    assert music(found) != music(spans(planner(seeded(5)), 12))


def test_a_set_goes_on_with_another_tune() -> None:
    found = spans(planner(seeded(7)), 150)
    first = [s.written for s in found if s.tune == 0][-1]
    second = [s.written for s in found if s.tune == 1][-1]
    assert first != second
    tune = read_tune(first[:-1])
    assert not miscounted(tune, order(tune.measures))


def test_random_numbers_belong_to_their_bar() -> None:
    first = uniforms(9, 0, 4)
    drawn = [next(first) for _ in range(40)]
    again = uniforms(9, 0, 4)
    assert drawn == [next(again) for _ in range(40)]
    assert drawn[0] != next(uniforms(9, 0, 5))
    assert all(0 <= u < 1 for u in drawn)


def test_drawing_follows_the_distribution_and_never_leaves_the_mask() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.2], np.float32))
    counts = np.zeros(3)
    numbers = uniforms(1, 0, 0)
    for _ in range(6000):
        counts[draw(distribution(logits, 1.0), next(numbers))] += 1
    chi_squared = float((((counts - 6000 * np.array([0.5, 0.3, 0.2])) ** 2) / (6000 * np.array([0.5, 0.3, 0.2]))).sum())
    assert chi_squared < 13.8  # p = 0.001 at two degrees of freedom
    masked = distribution(logits, 0.5, np.array([False, True, True]))
    assert {draw(masked, u) for u in (0.0, 0.5, 0.999999)} <= {1, 2}


@pytest.fixture(scope="module")
def played() -> list[Span]:
    return spans(planner(seeded(3)), 12)


def rethought(after: Span, snapshot: Snapshot, before: Snapshot, count: int = 12) -> list[Span]:
    plan = planner(before)
    spans(plan, 12)
    plan.rethink(Rethink(1, snapshot, after.end, after, before))
    return spans(plan, count)


def test_thinking_again_without_a_change_changes_nothing(played: list[Span]) -> None:
    again = rethought(played[4], seeded(3), seeded(3), 7)
    assert music(again) == music(played[5:])


def test_a_restarted_thinker_goes_on_from_the_last_span(played: list[Span]) -> None:
    """Nothing but the span is known to it; the music is the same."""
    fresh = planner(Snapshot())
    fresh.rethink(Rethink(1, seeded(3), played[4].end, played[4], seeded(3)))
    assert music(spans(fresh, 7)) == music(played[5:])


def test_the_tune_goes_on_from_the_opening() -> None:
    """The thinker comes up after the opening has been announced, with a planner that has begun something else."""
    body = "C D E F G A B c | c B A G F E D C |"
    opening = ("M:4/4", "K:Cmaj", *body.split())
    given = Planner(lambda brief: Given(opening), Arrangement({}), seeded(3))
    announced = [given.next_span(), given.next_span()]
    plan = planner(seeded(3))
    plan.rethink(Rethink(1, seeded(3), announced[1].end, announced[1], seeded(3)))
    found = spans(plan, 3)
    assert found[0].start == announced[1].end
    assert (found[0].tune, found[0].bar) == (0, 2)
    assert all(span.written[: len(opening)] == opening for span in found if span.tune == 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tune.temperature", 0.3),
        ("tune.seed", 99),
        ("tune.meter", "6/8"),
        ("tune.key", "A dorian"),
        ("tune.guard", False),
        ("search.beam", 1),
    ],
)
def test_a_change_begins_where_it_is_asked_to(name: str, value: object, played: list[Span]) -> None:
    before = seeded(3)
    after = rethought(played[5], before.with_value(name, value), before)
    assert after[0].start == played[5].end
    assert all(a.end == b.start for a, b in itertools.pairwise(after))
    assert music(after) != music(played[6:])


def test_a_new_meter_holds_from_the_first_bar_on(played: list[Span]) -> None:
    after = rethought(played[5], seeded(3).with_value("tune.meter", "6/8"), seeded(3))
    assert {s.meter for s in after} == {"6/8"}
    assert after[0].written[0] == "M:6/8"
    assert len(after[0].written) > 20, "the last bars as played should prime the model"
    whole = [s for s in after if not s.lacking][1:6]
    assert all((s.end + s.lacking - after[0].start) % (BAR * 3 // 4) == 0 for s in whole)


def test_a_new_tonic_moves_the_same_tune(played: list[Span]) -> None:
    after = rethought(played[5], seeded(3).with_value("tune.key", "E major"), seeded(3), 6)
    moved = [(start, pitch - 2) for start, pitch in music(after)]
    assert moved == music(played[6:12])


def test_new_tune_begins_a_tune(played: list[Span]) -> None:
    after = rethought(played[5], seeded(3).with_new_tune(), seeded(3))
    assert (after[0].tune, after[0].bar) == (1, 0)


def test_the_drone_lies_under_every_bar() -> None:
    found = spans(planner(seeded(3), drone="fifth"), 5)
    for span in found:
        drone = [n for n in span.notes if n.voice == "drone"]
        assert [n.pitch for n in drone] == [50, 57]
        assert all((n.start, n.end) == (span.start, span.end) for n in drone)


@pytest.mark.long  # 2 seconds of CPU
def test_the_raw_model_is_played_too() -> None:
    """Guard off: bars of any length, and still spans that join."""
    found = spans(planner(seeded(3).with_value("tune.guard", False), tiny_mind(4)), 60)
    assert all(a.end == b.start and a.end > a.start for a, b in itertools.pairwise(found))


def test_a_span_pickles_small() -> None:
    import pickle

    span = spans(planner(seeded(3)), 3)[-1]
    assert pickle.loads(pickle.dumps(span)) == span
    assert len(pickle.dumps(replace(span))) < 20_000
