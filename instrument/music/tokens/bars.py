"""A tune and whether its bars add up.

The law of counting is stated here once, on the music as played, and knows nothing of how the guard enforces
it: each judges the other. Reading tokens is `instrument.music.tokens.decode`.
"""

from __future__ import annotations

from collections.abc import Sequence

from instrument.music.measure import Measure, Misspelt, Tune
from instrument.music.tokens.decode import read_tune, tuplet_ratio

__all__ = ["Measure", "Misspelt", "Tune", "miscounted", "read_tune", "tuplet_ratio"]


def miscounted(tune: Tune, order: Sequence[int]) -> list[int]:
    """Indices of the measures that do not add up when the tune is played in `order`. Pure.

    The law: a measure is one bar long; or it is the tune's pick-up; or it is short and the measure played
    next is exactly what it lacks; or it is the last and lacks just the pick-up.
    """
    bar = tune.meter.bar
    wrong: list[int] = []
    pickup = lacking = 0  # what the pick-up holds; what the bar under way still lacks
    for place, i in enumerate(order):
        length = tune.measures[i].length
        if lacking:
            if length == lacking:
                lacking = 0
            else:
                wrong.append(i)
                lacking = 0
        elif length == bar:
            pass
        elif place == 0 and length < bar:
            pickup = length
        elif length < bar:
            follower = order[place + 1] if place + 1 < len(order) else None
            after = tune.measures[follower].length if follower is not None else pickup
            if after == bar - length:
                lacking = after if follower is not None else 0
            else:
                wrong.append(i)
        else:
            wrong.append(i)
    return sorted(set(wrong))
