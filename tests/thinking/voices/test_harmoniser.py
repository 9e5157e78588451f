"""Voices under a composed tune: a pure function, span by span; spans stay aligned and are thought again together."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import METERS
from instrument.music.cues import CHAIN
from instrument.music.events import Span
from instrument.music.grid import grid, tactus
from instrument.music.meter import Meter
from instrument.networks.chorale.tokens import CHAIN as VOICES
from instrument.networks.chorale.tokens import NAMES, RANGES
from instrument.playing.player import Player
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.voices.spans_with_voices import SpansWithVoices, with_voices
from instrument.workshop.evaluate.part_writing import Writing
from instrument.workshop.study import voices
from tests.fakes.band import Thought, planner, tiny_mind
from tests.fakes.quartet import ROUTES, tiny_choir
from tests.fakes.thorough import every

CHOIR, MIND = tiny_choir(), tiny_mind()
ALL = Arrangement({"melody": 0, "alto": 0, "tenor": 0, "bass": 0})


def ensemble(snapshot: Snapshot, how: Arrangement = ALL) -> SpansWithVoices:
    return SpansWithVoices(planner(snapshot, MIND), lambda: CHOIR, how)


def snapshot(**values: object) -> Snapshot:
    return Snapshot().with_values([("tune.seed", 3), *((k.replace("_", "."), v) for k, v in values.items())])


def spans(one: SpansWithVoices, count: int, start: Snapshot, after: Span | None = None, plan: int = 1) -> list[Span]:
    one.rethink(Rethink(plan, start, after.end if after else 0, after, start))
    return [one.next_span() for _ in range(count)]


@pytest.mark.parametrize("meter", every(4, METERS))
def test_the_tune_is_the_same_and_every_voice_sounds_within_its_span(meter: str) -> None:
    now = snapshot(tune_meter=meter)
    plain = spans(ensemble(now.with_value("harmony.on", False)), 8, now.with_value("harmony.on", False))
    voiced = spans(ensemble(now), 8, now)
    for bare, span in zip(plain, voiced, strict=True):
        assert tuple(n for n in span.notes if n.voice == "melody") == bare.notes
        assert (span.start, span.end, span.place) == (bare.start, bare.end, bare.place)
        assert span.written[: len(bare.written)] == bare.written, "for its chords the tune is written further ahead"
        for note in span.notes:
            assert span.start <= note.start < note.end <= span.end
        for voice in CHAIN:
            notes = sorted((n for n in span.notes if n.voice == voice), key=lambda n: n.start)
            assert all(a.end <= b.start for a, b in pairwise(notes))
    assert {n.voice for span in voiced for n in span.notes} == {"melody", *CHAIN}


@pytest.mark.parametrize("meter", every(4, METERS))
def test_voices_fall_on_the_grid_of_the_bars(meter: str) -> None:
    now = snapshot(tune_meter=meter)
    found = Meter.parse(meter)
    for span in spans(ensemble(now), 6, now):
        lay = grid(found, tactus("auto", found, now.number("clock.bpm")), span.end + span.lacking, span.bar + 1)
        for note in span.notes:
            if note.voice != "melody" and note.start != span.start:
                assert lay.tick(lay.under(note.start)) == note.start


def test_voices_stay_in_their_ranges_and_do_not_cross() -> None:
    now = snapshot()
    for span in spans(ensemble(now), 16, now):
        for voice in VOICES:
            low, high = RANGES[voice]
            pitches = [n.pitch for n in span.notes if n.voice == NAMES[voice]]
            assert all((low <= p <= high) or (low <= p + 12 <= high) or (low <= p - 12 <= high) for p in pitches)
        for low, high in pairwise(CHAIN):
            for note in (n for n in span.notes if n.voice == low):
                above = [n for n in span.notes if n.voice == high and n.start <= note.start < n.end]
                assert all(note.pitch <= n.pitch for n in above)


@pytest.mark.long  # 3 seconds of CPU
def test_going_on_from_a_span_gives_what_would_have_come() -> None:
    """A restarted thinker, or a change taken back: from the end of any span the same music follows."""
    now = snapshot()
    whole = spans(ensemble(now), 10, now)
    for at in (1, 4, 7):
        again = spans(ensemble(now), 10 - at, now, whole[at - 1])
        assert [s.notes for s in again] == [s.notes for s in whole[at:]]
        assert [s.parts for s in again] == [s.parts for s in whole[at:]]


@pytest.mark.long  # 5 seconds of CPU
@pytest.mark.parametrize(
    "change",
    every(3, [("harmony.temperature", 1.5), ("harmony.tactus", "half"), ("harmony.expert.contour", -1.0),
              ("harmony.articulation", 0.3), ("harmony.heat.absolute", 5.0)]),
)  # fmt: skip
def test_turning_a_voice_control_leaves_the_tune_and_changes_the_voices(change: tuple[str, object]) -> None:
    now, later = snapshot(), snapshot().with_values([change])
    before, after = spans(ensemble(now), 12, now), spans(ensemble(later), 12, later)
    assert [[n for n in s.notes if n.voice == "melody"] for s in before] == [
        [n for n in s.notes if n.voice == "melody"] for s in after
    ]
    assert [s.notes for s in before] != [s.notes for s in after]


def test_tune_and_voices_are_thought_again_together() -> None:
    now, later = snapshot(), snapshot(tune_temperature=1.7)
    one = ensemble(now)
    first = spans(one, 6, now)
    one.rethink(Rethink(2, later, first[2].end, first[2], now))
    again = [one.next_span() for _ in range(3)]
    assert [s.start for s in again] == [s.start for s in first[3:]] and {s.plan for s in again} == {2}
    assert all({n.voice for n in s.notes} == {"melody", *CHAIN} for s in again)
    assert [s.notes for s in again] != [s.notes for s in first[3:]]


@pytest.mark.long  # 4 seconds of CPU
def test_the_longer_the_tactus_the_calmer_the_voices() -> None:
    counts = []
    for asked in ("eighth", "quarter", "half"):
        now = snapshot(harmony_tactus=asked)
        counts.append(sum(n.voice != "melody" for s in spans(ensemble(now), 12, now) for n in s.notes))
    assert counts == sorted(counts, reverse=True) and counts[0] > counts[2]


@pytest.mark.long  # 4 seconds of CPU
def test_what_was_announced_stands_and_the_rest_is_voiced_anew() -> None:
    """Player and thinker together: a fader is turned; spans join, none that was announced moves, later ones differ."""
    plain, turned = (performance(turn) for turn in (None, 4))
    for spans_ in (plain, turned):
        assert all(a.end == b.start for a, b in pairwise(spans_))
        assert all({n.voice for n in s.notes} == {"melody", *CHAIN} for s in spans_)
    assert [s.notes for s in plain[:4]] == [s.notes for s in turned[:4]]
    tunes = [[[n for n in s.notes if n.voice == "melody"] for s in spans_] for spans_ in (plain, turned)]
    assert tunes[0] == tunes[1]
    assert [s.notes for s in plain[7:]] != [s.notes for s in turned[7:]]


def performance(turn: int | None) -> list[Span]:
    """Twelve bars announced; at bar `turn` the tenor's temperature and an expert are turned."""
    now = snapshot(clock_bpm=120.0)
    player, thinker = Player(ROUTES, now, []), Thought(ensemble(now))  # type: ignore[arg-type]
    thinker.ask(player.thinker_ready())
    thinker.answer(player)
    player.play(0.0)
    found: list[Span] = []
    for step in range(2400):
        turn_ = player.advance(step * 0.01)
        found += turn_.announced
        thinker.ask(turn_.requests)
        if turn is not None and len(found) == turn and player.snapshot == now:
            changed = now.with_values([("harmony.expert.spacing", -1.0), ("harmony.temperature", 1.6)])
            thinker.ask(player.change(changed, step * 0.01))
        thinker.answer(player)
    return found[:12]


def test_only_the_voices_there_are_and_asked_for_sound() -> None:
    two = Arrangement({"melody": 0, "alto": 0, "bass": 0})
    now = snapshot()
    assert {n.voice for s in spans(ensemble(now, two), 4, now) for n in s.notes} == {"melody", "alto", "bass"}
    one = now.with_value("harmony.voices", 1)
    assert {n.voice for s in spans(ensemble(one, two), 4, one) for n in s.notes} == {"melody", "bass"}
    none = SpansWithVoices(planner(now, MIND), lambda: pytest.fail("no voices, no choir"), Arrangement({"melody": 0}))
    assert {n.voice for s in spans(none, 4, now) for n in s.notes} == {"melody"}


def test_the_choir_is_loaded_once_ahead_of_the_voices_and_one_that_is_missing_costs_nothing() -> None:
    now, loaded = snapshot(), list[int]()
    load = lambda: loaded.append(1) or CHOIR  # noqa: E731
    one = SpansWithVoices(planner(now, MIND), load, ALL)
    one.prepare()
    one.prepare()
    assert spans(one, 4, now) == spans(ensemble(now), 4, now) and len(loaded) == 1
    none = SpansWithVoices(planner(now, MIND), lambda: Path("/no choir").read_text(), Arrangement({"melody": 0}))
    none.prepare()
    assert {n.voice for s in spans(none, 4, now) for n in s.notes} == {"melody"}


def test_an_opening_gets_its_voices_too() -> None:
    now = snapshot()
    plain = [planner(now, MIND)]
    bars = [plain[0].next_span() for _ in range(4)]
    voiced = with_voices(bars, lambda: CHOIR, ALL, now)
    assert [s.start for s in voiced] == [s.start for s in bars]
    assert all({n.voice for n in s.notes} == {"melody", *CHAIN} for s in voiced)


def test_every_note_of_a_sounding_voice_has_its_reason() -> None:
    one, now = ensemble(snapshot()), snapshot()
    one.rethink(Rethink(1, now, 0, None, now))
    for _ in range(6):
        span = one.next_span()
        told = {(reason.voice, reason.pitch, max(reason.tick, span.start)) for reason in one.why}
        assert {(n.voice, n.pitch, n.start) for n in span.notes if n.voice != "melody"} <= told


@pytest.mark.long
@pytest.mark.parametrize("meter", ["4/4", "6/8", "9/8"])
def test_the_study_counts_each_bar_once(meter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now, writing, found = snapshot(tune_meter=meter), Writing(), Meter.parse(meter)
    monkeypatch.setattr(voices, "BARS", 6)
    monkeypatch.setattr(Writing, "add", lambda _, tokens, places, key: rows.append((tokens, places, key)))
    rows: list[tuple[NDArray[np.int16], list[int], tuple[int, bool]]] = []
    voices._count(ensemble(now), now, writing)
    whole = spans(ensemble(now), 6, now)
    beat = tactus("auto", found, now.number("clock.bpm"))
    tokens, places, key = rows[0]
    assert len(tokens) == len(places) == round(4 * (whole[-1].end - whole[0].start) / beat)
    assert key == (2, False)  # D major
    onsets = sum(n.voice == "melody" for s in whole for n in s.notes)
    assert 0 < (tokens[:, 0] >= 2).sum() <= onsets
