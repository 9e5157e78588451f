"""Announced bars that are remembered: whatever was packed comes back as it was, and takes a fraction of the memory."""

from __future__ import annotations

import pickle
import tracemalloc
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.music.chord import Chord, PlacedChord
from instrument.music.events import Branch, Span
from instrument.playing.schedule import past
from instrument.playing.schedule.packed_bar import is_packed, tokens_of
from instrument.playing.schedule.past import KEPT, WHOLE, Past
from tests.fakes.band import BAR, bar_of


def bar(number: int, notes: int = 1) -> Span:
    """Bar `number`, with all that a bar may carry, as it comes out of a pipe."""
    start = number * BAR
    branch = Branch(start, 2, ((60, "C"), (62, "D")))
    chord = PlacedChord(start, BAR, Chord(number % 12), why=(("melody", 1.5 + number),))
    span = bar_of(*(60 + (number + each) % 40 for each in range(notes)), start=start, plan=number // 3)
    written = (*span.written, *(f"{number // 5}|" for _ in range(number % 5)))  # as far as the tune was composed
    carried = replace(
        span, branches=(branch,), chords=(chord,), parts=((1, 2),), tune=number // 5, bar=number % 5, written=written
    )
    return cast(Span, pickle.loads(pickle.dumps(carried)))


def told(span: Span) -> tuple[object, ...]:
    """A bar with what does not count as a difference between two."""
    return span, [chord.why for chord in span.chords]


ACTS = st.lists(st.one_of(st.just("append"), st.just("many"), st.just("back"), st.just("amend"), st.just("clear")))


@given(acts=ACTS, places=st.lists(st.integers(-1, 40), min_size=1))
@settings(deadline=None)
def test_it_remembers_as_a_list_of_the_newest_does(acts: list[str], places: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(past, "KEPT", 12)
        patched.setattr(past, "WHOLE", 4)
        one, model = Past(), list[Span]()
        for act in acts:
            if act in ("append", "many"):
                for _ in range(1 if act == "append" else 6):
                    new = bar(model[-1].end // BAR if model else 0)
                    one.append(new)
                    model = [*model, new][-12:]
            elif act == "back":
                tick = model[-1].end - 5 * BAR if model else 0
                back = [span for span in reversed(model) if span.end > tick]
                assert [told(span) for span in one.take_beyond(tick)] == [told(span) for span in back]
                model = model[: len(model) - len(back)]
            elif act == "amend" and model:
                model[-1] = replace(model[-1], written=("M:4/4", "K:Dmaj", "D"))
                one.replace_last(model[-1])
            elif act == "clear":
                one.clear()
                model.clear()
            assert (one.last, len(one)) == (model[-1] if model else None, len(model))
            assert one.last is None or not is_packed(one.last)
        assert one.start == (model[0].start if model else 0) and one.plans() == {span.plan for span in model}
        assert [told(span) for span in one.newest_first()] == [told(span) for span in reversed(model)]
        for place in places:
            assert list(one.since(place * BAR)) == [span for span in model if span.end > place * BAR]


def test_what_is_asked_for_stays_as_it_was_while_the_music_goes_on() -> None:
    one = Past()
    for number in range(KEPT):
        one.append(bar(number))
    since, newest = one.since(0), one.newest_first()
    for number in range(KEPT, KEPT + WHOLE):
        one.append(bar(number))
    assert [span.start // BAR for span in since] == list(range(KEPT))
    assert [span.start // BAR for span in newest] == list(range(KEPT))[::-1]


def test_bars_of_a_tune_share_its_tokens() -> None:
    one = Past()
    for number in range(WHOLE + 20):
        one.append(bar(number))
    shared: dict[int, set[int]] = {}
    for span in filter(is_packed, one.newest_first()):
        shared.setdefault(span.tune, set()).add(id(tokens_of(span)))
    assert len(shared) == 4 and all(len(of_tune) == 1 for of_tune in shared.values())


def test_bars_of_a_tune_that_is_longer_than_what_is_whole_share_its_tokens_all_the_same() -> None:
    """The tune is written as it goes: each bar has more of it than the one before."""
    one, bars = Past(), 4 * WHOLE
    tokens = ("M:4/4", "K:Cmaj", *(f"{number}|" for number in range(bars)))
    for number in range(bars):
        one.append(replace(bar(number), tune=1, written=tokens[: 3 + number]))
    packed = list(filter(is_packed, one.newest_first()))
    assert len(packed) == bars - WHOLE and len({id(tokens_of(span)) for span in packed}) <= 4
    assert all(span.written == tokens[: 3 + span.start // BAR] for span in packed)


def test_bars_take_less_than_half_of_what_they_took(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(remembered: Past | list[Span]) -> int:
        tracemalloc.start()
        for number in range(KEPT // 8):
            remembered.append(bar(number, notes=32))
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return size

    monkeypatch.setattr(past, "WHOLE", WHOLE // 8)
    taken(Past())  # what is made once
    assert taken(Past()) < taken([]) / 2
