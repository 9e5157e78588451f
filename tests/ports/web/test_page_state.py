"""What a page is told: everything once, the newest only, announced measures for ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.explanations import Choice, Reason, Thought, Why
from instrument.music.events import Span
from instrument.ports.web.page_state import AHEAD, PAST, PageState
from tests.fakes.band import BAR, bar_of


class Page:
    """What an open page knows."""

    def __init__(self, state: PageState) -> None:
        self.state, self.revision = state, -1
        self.spans: dict[int, Any] = {}

    def look(self) -> dict[str, Any]:
        self.revision, news = self.state.since(self.revision)
        self.spans |= {span["start"]: span for span in news.get("spans", [])}
        if news:
            self.spans = {start: self.spans[start] for start in news.get("starts", [])}
        return dict(news)

    def shown(self) -> list[tuple[int, bool, int]]:
        return [(s["start"] // BAR, s["announced"], s["notes"][0][2]) for _, s in sorted(self.spans.items())]


def bar(number: int, pitch: int = 60, plan: int = 0) -> Span:
    return bar_of(pitch, start=number * BAR, plan=plan)


def test_planned_is_faint_announced_is_solid_and_told_once() -> None:
    state = PageState()
    page = Page(state)
    for number in range(3):
        state.planned(bar(number))
    state.announced(bar(0))
    assert len(page.look()["spans"]) == 3
    assert page.shown() == [(0, True, 60), (1, False, 60), (2, False, 60)]
    assert page.look() == {}
    state.announced(bar(1))
    assert len(page.look()["spans"]) == 1


def test_another_plan_takes_the_place_of_the_older_from_there_on() -> None:
    state = PageState()
    page = Page(state)
    for number in range(4):
        state.planned(bar(number))
    page.look()
    state.planned(bar(2, 72, plan=1))
    page.look()
    assert page.shown() == [(0, False, 60), (1, False, 60), (2, False, 72)]


def test_however_far_the_music_has_leapt_no_more_is_kept_than_what_is_composed_last() -> None:
    state = PageState()
    for number in range(4):
        state.announced(replace(bar_of(60, start=number * BAR), plan=1))
    for number in range(4, 3000):
        state.planned(replace(bar_of(60, start=number * BAR), plan=1))
    _, spans = state.measures()
    assert [span.start // BAR for _, span, _ in spans] == [*range(4), *range(3000 - AHEAD, 3000)]


def test_what_was_announced_never_changes() -> None:
    state = PageState()
    page = Page(state)
    state.announced(bar(0))
    state.planned(bar(0, 99, plan=3))
    page.look()
    assert page.shown() == [(0, True, 60)]


def test_what_was_weighed_stands_with_its_measure_and_no_other() -> None:
    state = PageState()
    page = Page(state)
    choice = Choice("C", 0.5, (("C", 0.5), ("D", 0.25)))
    state.planned(bar(1, plan=2))
    state.thought(Thought(2, BAR, 2 * BAR, (choice,)))
    state.thought(Thought(1, BAR, 2 * BAR, (replace(choice, token="D"),)))
    state.thought(Thought(2, 9 * BAR, 10 * BAR, (choice,)))
    page.look()
    assert page.spans[BAR]["choices"] == [["C", 0.5, [["C", 0.5], ["D", 0.25]]]]
    state.announced(bar(1, plan=2))
    page.look()
    assert page.spans[BAR]["choices"], "still there when it is announced"
    state.announced(bar(2, plan=5))
    page.look()
    assert "choices" not in page.spans[2 * BAR]


def test_reasons_and_lines_are_told_once_to_each() -> None:
    state = PageState()
    one = Page(state)
    one.look()
    reason = Reason(5, "bass", 48, (("key", -0.1),), 0.0, 36, (1.0,), 0.0, 0.0)
    state.why(Why((reason,)))
    state.said("kept as tune 1")
    news = one.look()
    assert news["lines"] == ["kept as tune 1"]
    assert news["reasons"] == [{"tick": 5, "voice": "bass", "pitch": 48, "nats": {"key": -0.1}}]
    assert one.look() == {}
    state.said("a second line")
    assert one.look()["lines"] == ["a second line"]
    assert Page(state).look() == {"reasons": [{"tick": 5, "voice": "bass", "pitch": 48, "nats": {"key": -0.1}}]}


@given(st.lists(st.tuples(st.sampled_from("pa"), st.integers(0, 5), st.integers(40, 90)), max_size=120))
def test_a_page_opened_late_sees_what_one_opened_early_sees(steps: list[tuple[str, int, int]]) -> None:
    state = PageState()
    early = Page(state)
    heard = 0
    for plan, (what, ahead, pitch) in enumerate(steps):
        if what == "a":
            state.announced(bar(heard, pitch, plan))
            heard += 1
        else:
            state.planned(bar(heard + ahead, pitch, plan))
        if pitch % 3:
            early.look()
    late = Page(state)
    early.look()
    late.look()
    assert early.shown() == late.shown()
    solid = [number for number, announced, _ in late.shown() if announced]
    assert solid == list(range(max(0, heard - PAST), heard))
    assert len(state._spans) <= PAST + 6
