"""Length of a tune as it is played: how many bars it has, repeats counted, as far as that is known. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from instrument.music.measure import Measure, Misspelt
from instrument.music.plan import PlannedBar
from instrument.music.play_order import Place, follow, in_aabb, two_parts
from instrument.music.tokens.bars import read_tune

MOST = 2000  #: bars; whatever goes on longer has no end that is known


def bars_from(written: Sequence[str], form: Sequence[PlannedBar], place: Place, aabb: bool) -> int | None:
    """How many bars are played from `place` to the end of the tune, that one included; None where the end is not known.

    written: the tune's tokens, `</s>` at the end of a whole one; form: its plan, () for none
    aabb: whether both halves are played twice where it has no signs of repeats
    """
    measures = _measures(written, form)
    if aabb and (parts := two_parts(measures)):
        measures = in_aabb(measures, parts)
    count = 0
    while measures and place.measure < len(measures) and count < MOST:
        place = follow(measures, place)
        count += 1
    return count if 0 < count < MOST else None


def _measures(written: Sequence[str], form: Sequence[PlannedBar]) -> tuple[Measure, ...]:
    """The measures of a whole tune, or those that are planned; () where neither is known."""
    if written[-1:] == ("</s>",):
        try:
            return read_tune(tuple(written[:-1]), strict=False).measures
        except Misspelt:
            return ()
    signs = ["", *(bar.sign for bar in form)]
    return tuple(
        Measure((), 1 if bar.lacks else 2, bar.opens or before == "|:", bar.sign == ":|", bar.ending, 0, 0)
        for bar, before in zip(form, signs, strict=False)
    )
