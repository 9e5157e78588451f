"""Learning by evidence: five thousand gestures at random, each judged rightly, and no control ever thrown to an end."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from instrument.controls.control import Value
from instrument.controls.knobs.gesture import NUMBER as A_NUMBER
from instrument.controls.knobs.gesture import judge
from instrument.controls.knobs.knob import Knob, Moved
from instrument.controls.knobs.knob_map import Knobs
from instrument.controls.table import CONTROLS
from tests.fakes.gestures import NUMBER, Sent, corpus
from tests.fakes.thorough import share


class Hand:
    """One control, and a knob that is being learned for it."""

    def __init__(self, name: str = "play.ornament", value: Value = 0.5, port: str = "keys") -> None:
        self.knobs, self.name, self.value, self.port = Knobs(), name, value, port
        self.knobs.target = name
        self.places: list[float] = []  # of the control, before and after each change
        self.said: list[str] = []

    def send(self, number: int, value: int, at: float) -> None:
        before = CONTROLS[self.name].to_fader(self.value)
        done = self.knobs.hear(Moved(self.port, 1, "cc", number, value), at, lambda name: self.value)
        for _, self.value in done.changes:
            self.places.append(abs(CONTROLS[self.name].to_fader(self.value) - before))
        self.said += [done.said] * bool(done.said)

    def play(self, sent: list[Sent], since: float = 0.0) -> Knob:
        for at, number, value in sent:
            self.send(number, value, since + at)
        return self.knobs.learned[0]

    @property
    def place(self) -> float:
        return CONTROLS[self.name].to_fader(self.value)


def steps(sent: list[Sent]) -> float:
    """The farthest that the knob itself goes from one message to the next, 0..1."""
    coarse = [value for _, number, value in sent if number in (NUMBER, 16, 6)]
    return max(abs(b - a) for a, b in pairwise(coarse)) / 127


def test_gestures_are_judged_rightly_and_none_throws_its_control() -> None:
    wrong: Counter[tuple[str, str, str, str]] = Counter()
    gestures = share(1000, 5000)
    for kind, mode, sent in corpus(gestures, seed=1):
        hand = Hand()
        knob = hand.play(sent)
        if (knob.kind, knob.mode) != (kind, mode):
            wrong[kind, mode, knob.kind, knob.mode] += 1
        most = steps(sent) + 0.03 if mode == "absolute" else 0.16  # of an encoder fifteen clicks are fifteen hundredths
        assert max(hand.places, default=0.0) <= most, (kind, mode, sent)
    assert wrong.total() <= gestures / 100, wrong


SWEEPS = {
    "from the bottom": range(1, 61), "from the bottom, fast": [*range(1, 128, 5), 127],
    "from end to end": [*range(0, 128, 9), 127], "from the top": range(126, 59, -1),
    "from the detent up": range(65, 101), "from the detent down": range(63, 19, -1), "from between": range(30, 91, 2),
}  # fmt: skip


@pytest.mark.parametrize("sweep", SWEEPS)
@pytest.mark.parametrize("gap", (0.005, 0.02, 0.2))
def test_a_fader_is_a_fader_wherever_it_begins(sweep: str, gap: float) -> None:
    values = list(SWEEPS[sweep])
    hand = Hand()
    knob = hand.play([(n * gap, NUMBER, value) for n, value in enumerate(values)])
    assert (knob.kind, knob.mode) == ("cc", "absolute")
    assert max(hand.places, default=0.0) < 0.1
    for place in (*range(values[-1], 128), *range(127, -1, -1)):  # and then it has hold
        hand.send(NUMBER, place, 60.0 + place)
    assert hand.place == 0.0


@pytest.mark.parametrize(("mode", "right", "left"), [("relative", 1, 127), ("offset", 65, 63), ("sign", 1, 65)])
def test_an_encoder_that_is_turned_one_way_first_is_understood_the_other_way_too(
    mode: str, right: int, left: int
) -> None:
    for first, second in ((right, left), (left, right)):
        hand = Hand()
        for n in range(12):
            hand.send(NUMBER, first, n * 0.05)
        for n in range(30):
            hand.send(NUMBER, second, 5 + n * 0.05)
        before = hand.place
        for n in range(10):
            hand.send(NUMBER, right, 20 + n * 0.05)
        assert hand.place > before
        assert hand.knobs.learned[0].mode == mode


def test_until_it_is_sure_nothing_moves() -> None:
    hand = Hand()
    for n, value in enumerate((1, 2, 3)):
        hand.send(NUMBER, value, n * 0.02)
        assert not judge((1, 2, 3)[: n + 1], [0.0, 0.02, 0.04][: n + 1], A_NUMBER).sure
    assert hand.value == 0.5


def test_a_neighbour_that_flickers_gives_way_to_the_knob_that_moves() -> None:
    hand = Hand()
    for n in range(40):
        hand.send(30, 64 + n % 2, n * 0.01)
        hand.send(NUMBER, 20 + n, n * 0.01 + 0.005)
    assert hand.knobs.learned == [Knob("play.ornament", "cc", NUMBER, "keys", 1, "absolute")]


def test_a_button_cannot_turn_a_number_and_a_knob_is_still_waited_for() -> None:
    hand = Hand()
    hand.play([(0.0, 40, 127), (0.2, 40, 0)])
    assert hand.said[-1] == "CC 40 of keys is a button, which cannot turn play.ornament; move a knob"
    for n in range(20):
        hand.send(NUMBER, 40 + n, 1 + n * 0.02)
    assert [(knob.number, knob.mode) for knob in hand.knobs.learned] == [(NUMBER, "absolute")]


def test_a_pedal_is_learned_and_trembles_without_pressing_twice() -> None:
    hand = Hand("tune.guard", True)
    hand.play([(0.0, 64, 127), (0.4, 64, 0)])
    assert [(knob.number, knob.mode) for knob in hand.knobs.learned] == [(64, "toggle")]
    assert hand.knobs.switches() == (("keys", 1, 128 + 64),)
    for n, value in enumerate((30, 70, 60, 66, 127)):
        hand.send(64, value, 2 + n * 0.01)
    assert hand.value is False
    hand.send(64, 0, 3.0)
    hand.send(64, 127, 4.0)
    assert hand.value is True


@pytest.mark.parametrize(("number", "value", "far"), [(16, 127, 0.02), (16, 64, 0.02)])
def test_fourteen_bits_without_their_lower_half_reach_both_ends(number: int, value: int, far: float) -> None:
    hand = Hand()
    for n in range(128):
        hand.send(16, n, n * 0.01)
        hand.send(48, 0, n * 0.01 + 0.001)
    for n in range(127, value - 1, -1):
        hand.send(number, n, 10 + n * 0.01)
    assert abs(hand.place - value / 127) < far


def test_a_parameter_of_seven_bits_reaches_the_top() -> None:
    hand = Hand()
    hand.play([(0.0, 99, 1), (0.0, 98, 2), *((n * 0.01, 6, n) for n in range(40, 128))])
    assert hand.knobs.learned == [Knob("play.ornament", "nrpn", 130, "keys", 1, "absolute")]
    assert hand.value == 1.0


def test_what_is_kept_says_so_instead_of_silence() -> None:
    hand = Hand()
    hand.send(0, 64, 0.0)
    assert hand.said == ["CC 0 of keys is kept for banks; move another"]
    hand.send(6, 64, 0.1)
    assert "parameters" in hand.said[-1]
    assert hand.knobs.target == "play.ornament"


def test_a_choice_is_taken_over_too() -> None:
    hand = Hand("tune.meter", "6/8")
    for n, value in enumerate(range(12)):
        hand.send(NUMBER, value, n * 0.02)
    assert hand.value == "6/8", "not thrown to the first"
    for n, value in enumerate(range(12, 128)):
        hand.send(NUMBER, value, 1 + n * 0.02)
    assert hand.value == "3/2"
