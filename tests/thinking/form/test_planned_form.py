"""Square form: parts of eight bars, whatever the model would rather do."""

from dataclasses import replace

import pytest

from instrument.controls.snapshot import Snapshot
from instrument.music.analysis.part_bars import bars_in_part
from instrument.music.play_order import order
from instrument.music.tokens.bars import miscounted, read_tune
from instrument.thinking.spans.planner import WriteRequest, header
from instrument.thinking.tune.loader import WriterFactory
from tests.fakes.band import tiny_mind

BAR = 8 * 5040


def bars(text: str) -> int:
    return bars_in_part(read_tune(["M:4/4", "K:Cmaj", *text.split()]).measures, BAR)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("c 8 | c 8 |", 2),
        ("c | c 8 | c 8 |", 2),  # a pick-up counts for nothing
        ("c |: c 8 | c 8 |", 2),
        ("|: c 8 | c 8 :|", 0),
        ("|: c 8 | c 8 :| c 8 |", 1),
        ("|: c 8 | c 8 |1 d 8 :| |2 e 8 |", 3),  # the second ending stands where the first did
        ("|: c | c 8 | c 7 :| d |", 0),  # the next part's pick-up
        ("|: c 8 :| |: d 8 | d 8 |", 2),
    ],
)
def test_bars_are_counted_from_where_the_part_begins(text: str, count: int) -> None:
    assert bars(text) == count


@pytest.mark.parametrize("seed", range(1, 9))
def test_even_a_model_that_knows_nothing_writes_square_tunes(seed: int) -> None:
    snapshot = Snapshot().with_value("tune.seed", seed)
    tune_writer = WriterFactory(tiny_mind(seed))(WriteRequest(snapshot, 0, header(snapshot)))
    while not tune_writer.whole:
        tune_writer.compose_measure()
    tune = read_tune(tune_writer.texts[:-1])
    assert not miscounted(tune, order(tune.measures))
    assert len(tune.measures) >= 16
    for i, measure in enumerate(tune.measures):
        if measure.closes and i < 64:  # from there on the tune must end, crooked or not
            whole = bars_in_part([*tune.measures[:i], replace(measure, closes=False)], BAR)
            assert whole % 8 == 0, tune_writer.texts
