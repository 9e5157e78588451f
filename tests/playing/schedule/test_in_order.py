"""Order within a turn: the same messages at the same times, however long the player's turns are."""

from __future__ import annotations

from random import Random

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Act, Change, PlayerSetup
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import Performance
from instrument.playing.schedule.in_order import AT_ONCE, OFF, ON, Moment, in_order
from instrument.playing.turn import Entry
from tests.fakes.balance import balance
from tests.fakes.band import BAR, ROUTES, bar_of
from tests.fakes.sequencer import LEAD
from tests.fakes.thorough import share

LONGEST = 0.09  #: seconds, of a turn; what comes a little later would be left out


class Listed:
    """A source of moments."""

    def __init__(self, name: str, moments: list[Moment]) -> None:
        self.name, self.moments = name, moments

    def head(self) -> Moment | None:
        return self.moments[0] if self.moments else None

    def take(self, now: float) -> list[Message]:
        tick, kind = self.moments.pop(0)
        return [Message(tick, ("off", "on")[kind], 1, 60, 0, self.name)]


def test_what_has_come_is_taken_by_tick_and_ends_before_beginnings() -> None:
    tune, strokes = (
        Listed("tune", [(4, ON), (9, OFF), (9, ON)]),
        Listed("strokes", [AT_ONCE, (3, ON), (4, OFF), (10, ON)]),
    )
    taken = [(one.port, one.due, one.kind) for one in in_order([tune, strokes], 9, 0.0)]
    assert taken == [
        ("strokes", AT_ONCE[0], "off"), ("strokes", 3, "on"), ("strokes", 4, "off"),
        ("tune", 4, "on"), ("tune", 9, "off"), ("tune", 9, "on"),
    ]  # fmt: skip
    assert strokes.moments == [(10, ON)], "what is still to come stays"


@pytest.mark.parametrize("seed", range(share(10, 200)))
def test_the_same_is_played_in_turns_of_any_length(seed: int) -> None:
    """Potatoes or a chord before the tune, on its first key perhaps, the click in it, a voice that goes elsewhere from
    a bar on."""
    assert played(seed, 0.001, 0.002) == played(seed, 0.02, LONGEST)


def played(seed: int, shortest: float, longest: float) -> list[tuple[object, ...]]:
    """Each message with its due time, in the order of these. shortest, longest: seconds, of a turn."""
    chance, lengths = Random(seed), Random(-seed)
    controls = Snapshot().with_values([
        ("transport.count_in", chance.randint(1, 2)), ("click.on", chance.random() < 0.5), ("clock.bpm", 190.0),
        ("transport.opening_chord", chance.choice(("potatoes", "potatoes", "chord"))),
    ])  # fmt: skip
    notes = [chance.choice((60, 67, 64, 72)) for _ in range(chance.choice((4, 8)))]
    opening = tuple(bar_of(*notes, start=n * BAR) for n in range(8))
    voices = {name: (route.channel, route.program) for name, route in ROUTES.items()}
    performance = Performance(PlayerSetup(controls, opening, voices, {}), ["out"], LEAD)
    another = chance.choice((("voice.melody.channel", 5), ("voice.melody.program", 40), ("voice.melody.octave", 1)))
    turned = controls.with_new_tune().with_value(*another)
    now, change, ends, sent = 0.0, chance.uniform(2.5, 5.0), 8.0, list[Message]()

    def turn(*entries: Entry) -> None:
        for one in performance.turn(now, entries).out:
            sent.extend(one.offs if isinstance(one, Silence) else [one])

    turn(Act("transport.play"))
    for until in (change, ends):
        while now < until:
            now = min(until, now + lengths.uniform(shortest, longest))
            turn()
        if until == change:
            turn(Change(turned))
    turn(Act("transport.stop"))
    assert not balance(sent)
    assert {one.number for one in sent if one.kind == "on" and one.channel in (1, 5)} >= {*notes}
    assert performance.player.scheduler.routes["melody"] != ROUTES["melody"], "it has gone elsewhere"
    return sorted((m.due, m.port, m.channel, m.number, m.kind, m.value) for m in sent)
