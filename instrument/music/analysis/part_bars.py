"""Bars of the part under way in a tune that is still being written. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from instrument.music.measure import Measure

PART = 8  #: bars of a part, as dances have them


def bars_in_part(measures: Sequence[Measure], bar: int) -> int:
    """How many bars of the part under way are written. bar: ticks. Pure.

    A pick-up counts for nothing, a part's short last bar for one; a second ending goes on from where the
    first began.
    """
    count = before_ending = 0
    head, lacking = True, False  # the next measure begins a part; completes a short bar
    for measure in measures:
        if measure.opens:
            count, head = 0, True
        if measure.ending == 1:
            before_ending = count
        elif measure.ending == 2:
            count, head = before_ending, False
        short = measure.length < bar
        count += not (lacking or (head and short))
        head, lacking = False, short and not lacking and not head
        if measure.closes:
            count, head, lacking = 0, True, False
    return count
