"""The first bars of a patch without an opening: the music waits for them, and begins once."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from instrument.controls.requests import Rethink
from instrument.controls.snapshot import Snapshot
from instrument.music.events import Note, Span
from instrument.music.ticks import QUARTER
from instrument.playing.player import PATIENCE, Player
from tests.fakes.band import BAR, ROUTES, bar_of


def pick_up(plan: int) -> Span:
    bar = bar_of(60, plan=plan)
    return replace(bar, end=QUARTER, notes=(Note(0, QUARTER, 67),))


class Beginning:
    """A player whose thinker comes up after three seconds and is slow with every span."""

    def __init__(self, slow: float) -> None:
        self.player = Player(ROUTES, Snapshot().with_values([("clock.bpm", 120.0)]), ())
        self.struck: list[tuple[float, int]] = []
        self.announced: list[Span] = []
        self.player.play(0.0)
        self.now, self.slow = 0.0, slow

    def until(self, seconds: float) -> None:
        while self.now < seconds:
            turn = self.player.advance(self.now)
            self.struck += [(m.due, m.number) for m in turn.messages if m.kind == "on" and m.channel == 1]
            self.announced += turn.announced
            self.now = round(self.now + 0.01, 6)

    def compose(self, bars: int) -> None:
        self.until(3.0)
        (asked,) = [request for request in self.player.thinker_ready() if isinstance(request, Rethink)]
        start = QUARTER
        for number in range(bars + 1):
            self.player.receive(pick_up(asked.plan) if number == 0 else
                                bar_of(60, 62, 64, 65, start=start + (number - 1) * BAR, plan=asked.plan))  # fmt: skip
            self.until(self.now + self.slow)


def test_a_pick_up_waits_for_its_bar_and_the_music_begins_once() -> None:
    beginning = Beginning(slow=1.5)
    beginning.compose(6)
    assert [span.source for span in beginning.announced].count("repeated") == 0
    assert [pitch for _, pitch in beginning.struck[:6]] == [67, 60, 62, 64, 65, 60]
    times = [at for at, _ in beginning.struck]
    assert times[0] >= 4.48, "when its first bar is there"
    assert all(abs(after - before - 0.5) < 0.02 for before, after in pairwise(times)), "and then in time"


def test_a_thinker_that_sends_one_bar_and_no_more_is_not_waited_for_for_ever() -> None:
    beginning = Beginning(slow=0.1)
    beginning.compose(0)
    beginning.until(3.0 + PATIENCE + 1.0)
    assert beginning.struck
