"""Place in a set: which tune, which time through it, how many bars to go, and what comes then. Frozen values.

A set is some tunes played without a stop, each some times through. Every span says where it stands, so that whoever
holds the last one can go on from it, and what comes can be told ahead.
"""

from __future__ import annotations

from dataclasses import dataclass

AGAIN, NEXT, END = "again", "next", "end"  #: what comes behind a time through: the same tune, another, nothing
UNKNOWN = -1  #: bars to go, while nobody knows where the tune will end


@dataclass(frozen=True, slots=True)
class SetPlace:
    """Place of a span in its set.

    first: number of the set's first tune; time: which time through its tune a span belongs to, from 1
    top: the measure with which the tune begins; what stands before it only primed the model
    base: the tune's tokens as it was the first time; () where they are the span's own
    ending: the span belongs to the ending, in place of the tune's own close; over: behind it the set is over

    Told ahead: tunes: of the set, 0 without end; times: through this tune; left: bars behind this one until what comes
    then, UNKNOWN while the tune's length is open; then: AGAIN, NEXT or END; key: of the tune that comes next, or "".
    """

    first: int = 0
    time: int = 1
    top: int = 0
    base: tuple[str, ...] = ()
    ending: bool = False
    over: bool = False
    tunes: int = 0
    times: int = 1
    left: int = UNKNOWN
    then: str = NEXT
    key: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """What the leader of a band calls out, and when: "last" (this time through is the last) or "next" (another tune
    after this part). first: number of the first tune of the set that it was called in; tune, time: what was under way.
    """

    what: str
    first: int
    tune: int
    time: int

    def ends(self, first: int, tune: int, time: int) -> bool:
        """Whether that time through is the last by it."""
        return self.what == "last" and first == self.first and (tune, time) >= (self.tune, self.time)

    def leaves(self, tune: int) -> bool:
        """Whether that tune is left at the end of a part."""
        return self.what == "next" and tune == self.tune
