"""Load shedding: the thinker measures its own speed and asks less of itself while the music would have to wait.

What is asked for is kept. What is in force is the first rung of a ladder that keeps up: first the beam is halved, where
that saves work, then the tuple is shortened, then the futures are halved. Two things send it down: a forecast from the
time that steps take, and the plan's lead falling under one bar although it was given time to grow. It comes back
a rung at a time. Reads no clock; durations are told to it. thread: the thinker's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from instrument.thinking.model.settings import TuneSettings
from instrument.thinking.tree.search import may_reject

LEAST_BEAM = 4  #: a beam is not halved below this
SHARE = 0.7  #: of the time a bar takes, that composing one may take
SHORT, EASE = 1.0, 2.0  #: bars ahead: below is too few, above is enough to ask for more again
GRACE = 2  #: measures after a change before the lead counts
PATIENCE = 4  #: measures with enough lead before a rung is taken back


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that a single step takes, and that each row of a batch takes beyond its first."""

    step: float
    row: float

    def token(self, settings: TuneSettings, vocab: int) -> float:
        """Seconds a token, as far as they can be told before."""
        search = settings.search
        rows = 0 if may_reject(search) else search.nodes(vocab)
        kept = min(settings.stride or search.n, search.n)
        return (search.n * self.step + (rows + (settings.futures - 1) * (search.n + rows)) * self.row) / kept


def ladder(settings: TuneSettings, vocab: int) -> Iterator[TuneSettings]:
    """The settings, and ever less of what they ask, the last as little as there is."""
    yield settings
    beta = settings.search.beta or vocab
    while not may_reject(settings.search) and settings.search.n > 1 and beta > LEAST_BEAM:
        beta = max(LEAST_BEAM, beta // 2)
        settings = replace(settings, search=replace(settings.search, beta=beta))
        yield settings
    while settings.search.n > 1:
        settings = replace(settings, search=replace(settings.search, n=settings.search.n - 1))
        yield settings
    while settings.futures > 1:
        settings = replace(settings, futures=settings.futures // 2)
        yield settings


class LoadShedding:
    """Load shedding.

    slow: how much longer things take than the pace says, measured as we go; notches: rungs given up for lack of
    lead, besides those the forecast gives up."""

    def __init__(self, pace: Pace, vocab: int) -> None:
        self.pace, self.vocab = pace, vocab
        self.slow, self.notches = 1.0, 0
        self._grace, self._eased = GRACE, 0

    def force(self, settings: TuneSettings, budget: float) -> TuneSettings:
        """What of the settings is in force. budget: seconds a token may take to keep up with the music."""
        rungs = list(ladder(settings, self.vocab))
        fits = (i for i, rung in enumerate(rungs) if self.slow * self.pace.token(rung, self.vocab) <= SHARE * budget)
        return rungs[min(next(fits, len(rungs) - 1) + self.notches, len(rungs) - 1)]

    def changed(self) -> None:
        """The plan begins anew somewhere: its lead says nothing for a while."""
        self._grace, self._eased = GRACE, 0

    def took(self, seconds: float, forecast: float) -> None:
        """What composing a measure took, and what the pace had said."""
        if forecast > 0:
            self.slow += 0.2 * (min(max(seconds / forecast, 0.2), 20.0) - self.slow)

    def ahead(self, bars: float) -> None:
        """The plan's lead behind a measure just composed."""
        if self._grace:
            self._grace -= 1
        elif bars < SHORT:
            self.notches, self._grace, self._eased = self.notches + 1, GRACE, 0
        elif bars >= EASE and self.notches:
            self._eased += 1
            if self._eased >= PATIENCE:
                self.notches, self._eased = self.notches - 1, 0


def told(settings: TuneSettings, force: TuneSettings, before: TuneSettings, ahead: float) -> str:
    """One line for people where what is in force has changed, or ""."""
    names = ("beam width", "tuple length", "futures")
    wanted, now, then = (_figures(each) for each in (settings, force, before))
    fallen = [f"{n} lowered from {_shown(t)} to {_shown(f)}" for n, f, t in zip(names, now, then, strict=True) if f < t]
    risen = [
        f"{n} back at {_shown(f)}" + (f" of {_shown(w)}" if f < w else "")
        for n, f, t, w in zip(names, now, then, wanted, strict=True)
        if f > t
    ]
    return f"the thinker is {ahead:.1f} bars ahead; {', '.join(fallen + risen)}" if fallen or risen else ""


def _figures(settings: TuneSettings) -> tuple[float, int, int]:
    return settings.search.beta or float("inf"), settings.search.n, settings.futures


def _shown(figure: float) -> str:
    return "all" if figure == float("inf") else str(int(figure))
