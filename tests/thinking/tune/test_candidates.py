"""Futures: continuations weighed side by side. Alone or together they are the same; the best by the taste is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instrument.music.meter import Meter
from instrument.music.note import Note
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.networks.folk.novelty import NoteIndex
from instrument.thinking.constraints.bar_guard import BarGuard
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.model.phrase_score import ScoredPhrase, cadence, contour, in_range, novelty, score
from instrument.thinking.model.phrase_taste import PhraseTaste
from instrument.thinking.model.settings import TuneSettings
from instrument.thinking.tree.search import Search
from instrument.thinking.tree.step_batching import Interrupted, run, together
from instrument.thinking.tune import candidates as futures_module
from instrument.thinking.tune.candidates import write_phrase
from instrument.thinking.tune.tune_writer import TuneWriter
from tests.fakes.band import tiny_mind


def tune_writer(memory: ModelMemory, settings: TuneSettings) -> TuneWriter:
    return TuneWriter(
        memory, BarGuard(memory.vocabulary, Meter(4, 4)), ["M:4/4", "K:Cmaj"], settings, phrase=write_phrase
    )


def notes(*pitches: int, each: int = EIGHTH) -> tuple[Note, ...]:
    return tuple(Note(i * each, each, pitch) for i, pitch in enumerate(pitches))


def test_one_future_is_the_plain_model() -> None:
    plain, one = (tune_writer(tiny_mind(), TuneSettings(3, 1)) for _ in range(2))
    for measure in range(6):
        plain.compose_measure()
        assert one.measure(measure) == plain.measures()[measure]
    assert one.tokens == plain.tokens


def test_the_first_future_is_drawn_with_the_plain_numbers() -> None:
    """So the plain phrase is always among those that are weighed."""
    memory = tiny_mind()
    plain, asked_for = tune_writer(memory, TuneSettings(3, 1)), tune_writer(memory, TuneSettings(3, 1, futures=4))
    for _ in range(4):
        plain.compose_measure()
    first = asked_for.fork(0)
    for _ in range(4):
        first.compose_measure()
    assert first.tokens == plain.tokens


@pytest.mark.parametrize("search", [Search(), Search(2, 3), Search(2, 3, joint=0.8), Search(3, 4, "beam")], ids=str)
def test_futures_written_together_are_those_written_alone(search: Search) -> None:
    settings = TuneSettings(5, 0, search, futures=3)
    alone = [tune_writer(tiny_mind(), settings).fork(future) for future in range(3)]
    for each in alone:
        run(each.memory.store, each.measuring())
    memory = tiny_mind()
    side_by_side = [tune_writer(memory, settings).fork(future) for future in range(3)]
    together(memory.store, [each.measuring() for each in side_by_side])
    assert [each.tokens for each in side_by_side] == [each.tokens for each in alone]
    assert len({tuple(each.tokens) for each in alone}) > 1, "they differ from one another"


def test_what_the_taste_likes_best_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[float, ScoredPhrase]] = []

    def noted(phrase: ScoredPhrase, taste: PhraseTaste) -> float:
        seen.append((score(phrase, taste), phrase))
        return seen[-1][0]

    monkeypatch.setattr(futures_module, "score", noted)
    memory = tiny_mind()
    taste = PhraseTaste(likelihood=0, novelty=0, cadence=0, contour=0, low=60, high=67)
    one = tune_writer(memory, TuneSettings(2, 0, futures=8, taste=taste))
    write_phrase(one)
    best = max(value for value, _ in seen)
    assert len(seen) == 8 and best > min(value for value, _ in seen)
    kept = tuple(n.pitch for m in one.measures() for n in m.notes)
    assert kept == tuple(n.pitch for value, phrase in seen if value == best for n in phrase.notes)[: len(kept)]


def test_breaking_off_leaves_the_sketch_as_it_was() -> None:
    memory = tiny_mind()
    one, calls = tune_writer(memory, TuneSettings(4, 0, futures=4)), [0]
    one.measure(0)
    before = list(one.tokens)

    def check() -> None:
        calls[0] += 1
        if calls[0] == 30:
            raise Interrupted

    memory.check = check
    with pytest.raises(Interrupted):
        while True:
            before = list(one.tokens)
            one.measure(len(one.measures()))
    assert one.tokens == before
    memory.check = lambda: None
    fresh = tune_writer(tiny_mind(), TuneSettings(4, 0, futures=4))
    while len(fresh.measures()) < len(one.measures()) + 1:
        fresh.measure(len(fresh.measures()))
    one.measure(len(one.measures()))
    assert one.tokens == fresh.tokens[: len(one.tokens)], "what comes later is what would have come"


def test_novelty_weighs_against_what_is_known() -> None:
    memory = tiny_mind()
    free = tune_writer(memory, TuneSettings(6, 0, futures=6, taste=PhraseTaste(likelihood=0, cadence=0)))
    write_phrase(free)
    memory.index = NoteIndex.of([[n for m in free.measures() for n in m.notes]])
    other = tune_writer(memory, TuneSettings(6, 0, futures=6, taste=PhraseTaste(likelihood=0, cadence=0, novelty=4)))
    write_phrase(other)
    assert other.tokens != free.tokens, "a phrase that stands in the training tunes is passed over"


# the terms


def test_range() -> None:
    assert in_range(notes(60, 64, 67), 60, 67) == 0
    assert in_range(notes(60, 64, 67, 72), 60, 67) == -1.0
    assert in_range((), 0, 127) == 0


@pytest.mark.parametrize(
    ("shape", "best"),
    [
        ("rise", (60, 62, 64, 65, 67)),
        ("fall", (67, 65, 64, 62, 60)),
        ("arch", (60, 67, 69, 67, 60)),
        ("dip", (69, 62, 60, 62, 69)),
    ],
)
def test_contour(shape: str, best: tuple[int, ...]) -> None:
    melodies = [(60, 62, 64, 65, 67), (67, 65, 64, 62, 60), (60, 67, 69, 67, 60), (69, 62, 60, 62, 69)]
    assert max(melodies, key=lambda m: contour(notes(*m), shape)) == best
    assert all(-1 <= contour(notes(*m), shape) <= 1 for m in melodies)
    assert contour(notes(*best), "free") == contour(notes(60, 60, 60), shape) == 0


def test_cadence() -> None:
    assert cadence(notes(67, 60, each=QUARTER)) == 1.0
    assert cadence(notes(67, 60)) == 0.5
    assert cadence(notes(60, 67, each=QUARTER)) == 0.4
    assert cadence(notes(60, 62, each=QUARTER)) == 0.0
    assert cadence((Note(0, QUARTER, 60), Note(QUARTER, QUARTER, 62), Note(QUARTER, QUARTER, 60))) == 0.0, "a chord"


def test_novelty_begins_to_count_behind_eight_notes() -> None:
    assert [novelty(shared) for shared in (0, 8, 16, 24)] == [0, 0, -1, -2]


def test_each_weight_moves_the_score_by_its_own_term() -> None:
    phrase = ScoredPhrase(notes(60, 64, 67, 60, each=QUARTER), -1.0, closes=True, shared=16)
    zero = PhraseTaste(0, 0, 0, 0, 0, low=62, high=90, shape="rise")
    assert score(phrase, zero) == 0
    expected = {
        "likelihood": -4.0, "range": -2.0, "contour": contour(phrase.notes, "rise"), "cadence": 1.0, "novelty": -1.0,
    }  # fmt: skip
    for name, value in expected.items():
        assert score(phrase, replace(zero, **{name: 2.0})) == pytest.approx(2 * value)
    assert score(replace(phrase, closes=False), replace(zero, cadence=2.0)) == 0
