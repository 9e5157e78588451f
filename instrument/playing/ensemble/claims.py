"""Claims to lead an ensemble, and which of several holds: the same for every member that knows the same claims.

A claim made by a performer holds over every earlier one. One made because the leader was lost does not hold over a
leader that was only out of reach: it comes back and leads on. Of two made at once the smaller member number holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A claim to lead. In order, the first of several holds.

    called: minus the number of claims that performers have made, this one included
    losses: how many leaders had been lost before it since then; member: whose it is; since: tick, of ours, from which
    on it leads
    """

    called: int
    losses: int
    member: str
    since: int = 0


def holder(claims: Iterable[Claim], tick: int | None = None) -> Claim | None:
    """The claim that holds for the bar that begins at `tick`, or of all there are; None where there is none. Pure."""
    return min((claim for claim in claims if tick is None or claim.since <= tick), default=None)
