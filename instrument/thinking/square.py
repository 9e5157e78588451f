"""Square form: parts of eight bars, and at least two of them, as dances have.

The bar guard keeps each bar to its meter; this keeps each part to its dance. It masks signs only (`:|`, `|:`,
`|1`, the end), never notes, and gives way where it would leave nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from instrument.music.tokens import STOP
from instrument.music.tune import Measure
from instrument.networks.vocabulary import Vocabulary

PART = 8  #: bars
FEWEST = 16  #: written bars before a tune may end
LONGEST = 16  #: bars after which a repeated part closes where it can


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


class Square:
    """The mask of one vocabulary. Immutable."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        index = vocabulary.index
        self._bar, self._opens, self._closes, self._first = (index[t] for t in ("|", "|:", ":|", "|1"))
        self._stop = index[STOP]

    def narrow(
        self, allowed: NDArray[np.bool_], measures: Sequence[Measure], bar: int, sounding: bool, short: bool,
        completing: bool,
    ) -> NDArray[np.bool_]:  # fmt: skip
        """`allowed` less the signs that would leave a part crooked; `allowed` itself if that leaves none.

        allowed: [vocab]; measures: whole ones so far; bar: ticks; sounding: notes stand since the last sign
        short: the measure under way is not full yet; completing: it completes the one before. Pure.
        """
        part = bars_in_part(measures, bar) + (sounding and not completing)
        pickup = sounding and short and not measures
        narrowed = allowed.copy()
        if part % PART or part == 0:
            narrowed[self._closes] = False
        if sounding and part % PART and not pickup:
            narrowed[self._opens] = False
        if sounding and short and part % PART and not pickup:
            narrowed[self._bar] = False  # a bar in two halves belongs between parts
        if part % PART not in (PART - 2, PART - 1):
            narrowed[self._first] = False
        if not sounding and (part % PART or len(measures) < FEWEST):
            narrowed[self._stop] = False
        if part >= LONGEST and narrowed[self._closes]:
            narrowed[self._bar] = False
        return narrowed if narrowed.any() else allowed
