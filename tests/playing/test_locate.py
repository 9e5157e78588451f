"""The tune is addressable: bar n is the same bar however one gets there, and beyond what is composed it is composed."""

from __future__ import annotations

import itertools
import random

import pytest

from instrument.controls.requests import Extend
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Span
from instrument.playing.midi.output_message import Message
from instrument.playing.player import Player
from instrument.playing.schedule import past
from tests.fakes.balance import balance
from tests.fakes.band import BAR, ROUTES, Thought, planner
from tests.fakes.sequencer import CONTINUE, START, STOP, Tape, bar
from tests.fakes.thorough import every, share

SEED = 5


class Band:
    """A player that follows a tape, and a thinker that needs a turn for each bar."""

    def __init__(self, seed: int = SEED, bars_a_turn: int = 1) -> None:
        snapshot = Snapshot().with_values([("tune.seed", seed), ("clock.source", "midi")])
        self.player, self.thought = Player(ROUTES, snapshot, []), Thought(planner())
        self.thought.ask(list(self.player.thinker_ready()))
        self.now, self.messages, self.announced = 0.0, list[Message](), list[Span]()
        self.bars_a_turn = bars_a_turn
        self._heard = 0

    def listen(self, tape: Tape) -> Band:
        coming = list(tape.heard())[self._heard :]
        self._heard += len(coming)
        while self.now < tape.at:
            self.now += 0.01
            while coming and coming[0].at <= self.now:
                self._take(self.player.hear(coming.pop(0)))
            self._take(self.player.advance(self.now + 0.02))
            self.thought.answer(self.player, self.bars_a_turn)
        return self

    def _take(self, turn) -> None:
        self.messages += [*(turn.silence or ()), *turn.messages]
        self.announced += turn.announced
        self.thought.ask(list(turn.requests))

    def bars(self) -> dict[int, tuple[Note, ...]]:
        """The newest announcement of each measure, by where it starts."""
        return {span.start: span.notes for span in self.announced if span.source == "composed"}


@pytest.fixture(scope="module")
def straight() -> dict[int, tuple[Note, ...]]:
    """The first hundred bars, played through."""
    return Band().listen(Tape(bpm=240, at=0.5).send(START).beats(400)).bars()


@pytest.mark.long  # 5 seconds of CPU
def test_back_to_bar_nine_plays_bar_nine_again(straight: dict[int, tuple[Note, ...]]) -> None:
    tape = Tape(bpm=240, at=0.5).send(START).beats(64)
    band = Band().listen(tape)
    first = len(band.announced)
    band.listen(tape.send(bar(9)).beats(40))
    again = band.announced[first:]
    assert again[0].start == 8 * BAR
    assert all(straight[span.start] == span.notes for span in again if span.start in straight)
    assert all(a.end == b.start for a, b in itertools.pairwise(again))


@pytest.mark.parametrize("seed", range(share(2, 12)))
def test_a_bar_is_the_same_however_one_gets_there(straight: dict[int, tuple[Note, ...]], seed: int) -> None:
    """To a bar, for so many beats, with or without stopping first; and again."""
    rng = random.Random(seed)
    moves = [(rng.randint(1, 60), rng.randint(1, 12), rng.random() < 0.5) for _ in range(rng.randint(1, 5))]
    tape = Tape(bpm=240, at=0.5).send(START).beats(6)
    for number, beats, stopping in moves:
        if stopping:
            tape.send(STOP).wait(0.2).send(bar(number)).wait(0.3).send(CONTINUE)
        else:
            tape.send(bar(number))
        tape.beats(beats)
    band = Band(bars_a_turn=2).listen(tape.beats(24).send(STOP).wait(0.2))
    assert band.announced
    assert all(straight[start] == notes for start, notes in band.bars().items() if start in straight)
    assert not any(span.source == "repeated" for span in band.announced)
    assert not balance(band.messages)


def test_beyond_the_plan_it_is_silent_until_it_has_been_composed(straight: dict[int, tuple[Note, ...]]) -> None:
    tape = Tape(bpm=240, at=0.5).send(START).beats(8)
    tape.send(bar(60)).beats(16)
    band = Band(bars_a_turn=3).listen(tape)
    assert band.announced[-1].start >= 59 * BAR
    assert not any(span.source == "repeated" for span in band.announced)
    heard = [span for span in band.announced if span.start >= 59 * BAR]
    assert all(straight[span.start] == span.notes for span in heard if span.start in straight)


def test_what_is_no_longer_remembered_is_composed_again(straight, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "KEPT", 8)
    tape = Tape(bpm=240, at=0.5).send(START).beats(120)
    band = Band(bars_a_turn=2).listen(tape)
    first = len(band.announced)
    band.listen(tape.send(bar(3)).beats(40))
    again = [span for span in band.announced[first:] if span.start >= 2 * BAR]
    assert again[0].start <= 4 * BAR
    assert all(straight[span.start] == span.notes for span in again)


def test_the_top_is_that_of_the_tune_asked_for_last() -> None:
    tape = Tape(bpm=240, at=0.5).send(START).beats(30).send(STOP).wait(0.3)
    band = Band().listen(tape)
    snapshot = band.player.snapshot.with_new_tune()
    band.thought.ask(list(band.player.change(snapshot, band.now + 0.02)))
    first = len(band.announced)
    band.listen(tape.wait(0.5).send(START).beats(24))
    new = band.announced[first:]
    assert [(span.tune, span.bar) for span in new[:6]] == [(1, n) for n in range(6)]
    band.listen(tape.send(bar(3)).beats(8))
    again = band.announced[first + len(new) :]
    assert again[0].notes == new[2].notes
    first = len(band.announced)
    band.listen(tape.send(STOP).wait(0.2).send(START).beats(8))
    assert band.announced[first].notes == new[0].notes, "and stays so"


@pytest.mark.long  # 3 seconds of CPU
@pytest.mark.parametrize("way", every(2, ["answer", "listen"]))
def test_moved_back_from_far_on_no_more_is_composed_than_the_look_ahead(way: str) -> None:
    """It once composed thousands of bars, up to where the music had been."""
    asked: list[Extend] = []

    class Watched(Thought):
        def ask(self, requests: list[object]) -> None:
            asked.extend(request for request in requests if isinstance(request, Extend))
            super().ask(requests)

    band = Band()
    band.thought = Watched(planner())
    band.thought.ask(list(band.player.thinker_ready()))
    tape = Tape(bpm=240, at=0.5).send(START).beats(8).send(bar(900)).beats(8)
    band.listen(tape)
    assert asked[-1].until > 890 * BAR
    before = len(asked)
    tape.send(bar(2)).beats(4)
    band.listen(tape)
    for name, value in (("play.way", way), ("tune.temperature", 0.4)):
        band.thought.ask(list(band.player.change(band.player.snapshot.with_value(name, value), band.now + 0.02)))
    band.listen(tape.beats(16))
    assert asked[before:] and all(one.until < 40 * BAR for one in asked[before:])
